//! Calls that come to the same when they are made again.

use flashinfra_plans::Name;
use flashinfra_providers::retry::Backoff;
use flashinfra_providers::{Class, Error};

use crate::ledgers::{Guarded, Lock};

/// How often a call is made before that is given up.
const TRIES_MAX: u32 = 6;

/// Makes a call that comes to the same when it is made again, until it is done, while the right to apply is held. The error says why it is
/// not.
pub(crate) async fn done<T, F>(lock: &Lock, id: &Name, call: impl Fn() -> F) -> Result<T, String>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut failures = 0;
    loop {
        failures += 1;
        let error = match lock.guard(lock.call_timeout(), call()).await {
            Guarded::Ended(Ok(done)) => return Ok(done),
            Guarded::Ended(Err(error)) => error,
            Guarded::TimedOut => return Err("the service did not answer".into()),
            Guarded::NotStarted | Guarded::Lost => return Err("the right to apply ended meanwhile".into()),
        };
        let is_worth_it = matches!(error.class, Class::Retry | Class::Wait | Class::Unknown) && failures < TRIES_MAX;
        if !is_worth_it {
            return Err(error.to_string());
        }
        tokio::time::sleep(Backoff::default().pause(failures, error.retry_after, id)).await;
    }
}
