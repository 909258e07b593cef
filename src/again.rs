//! Calls that come to the same when they are made again.

use std::fmt;

use flashinfra_plans::Name;
use flashinfra_providers::retry::Backoff;
use flashinfra_providers::{Class, Error};

use crate::ledgers::{Guarded, Lock};

/// How often a call is made before that is given up.
const TRIES_MAX: u32 = 6;

/// A call that was not answered with what it was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotDone {
    /// Why.
    pub(crate) why: String,
    /// Whether it did nothing for sure: no call was made, or none of them without a refusal.
    pub(crate) is_sure: bool,
}

impl fmt::Display for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

/// Makes a call that comes to the same when it is made again, until it is done, while the right to apply is held.
///
/// # Errors
/// When it is given up.
pub(crate) async fn done<T, F>(lock: &Lock, id: &Name, call: impl Fn() -> F) -> Result<T, NotDone>
where
    F: Future<Output = Result<T, Error>>,
{
    let (mut failures, mut is_sure) = (0, true);
    loop {
        failures += 1;
        let error = match lock.guard(lock.call_timeout(), call()).await {
            Guarded::Ended(Ok(done)) => return Ok(done),
            Guarded::Ended(Err(error)) => error,
            Guarded::TimedOut => return Err(NotDone { why: "the service did not answer".into(), is_sure: false }),
            Guarded::NotStarted => {
                return Err(NotDone { why: "the right to apply ended meanwhile".into(), is_sure });
            }
            Guarded::Lost => {
                return Err(NotDone { why: "the right to apply ended meanwhile".into(), is_sure: false });
            }
        };
        is_sure = is_sure && error.class != Class::Unknown;
        let is_worth_it = matches!(error.class, Class::Retry | Class::Wait | Class::Unknown) && failures < TRIES_MAX;
        if !is_worth_it {
            return Err(NotDone { why: error.to_string(), is_sure });
        }
        tokio::time::sleep(Backoff::default().pause(failures, error.retry_after, id)).await;
    }
}
