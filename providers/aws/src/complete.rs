//! The calls that complete a new object after the one that made it.

use std::time::{Duration, Instant};

use flashinfra_plans::{Map, Phase};
use flashinfra_providers::retry::Backoff;
use flashinfra_providers::{Class, Error};

use crate::clients::{Clients, LOCAL_PAUSE};
use crate::error::half_made;
use crate::kind::{Kind, look};

/// For how long completing is tried, all in all. The engine gives a whole create two minutes.
const PERSISTENCE: Duration = Duration::from_secs(60);

/// Makes the calls that complete a new object. Those that were surely not done are made again for a while: an account that is
/// throttled while it attaches a policy would otherwise be left with half a role for each time that happens.
///
/// # Errors
/// [`Class::Unknown`] whatever went wrong: the object exists, with our mark.
pub(crate) async fn complete<F>(kind: &dyn Kind, aws: &Clients, id: &str, rest: impl Fn() -> F) -> Result<(), Error>
where
    F: Future<Output = Result<(), Error>>,
{
    visible(kind, aws, id).await;
    let start = Instant::now();
    let mut failures = 0;
    loop {
        let Err(error) = rest().await else { return Ok(()) };
        failures += 1;
        let pause = Backoff::default().pause(failures, error.retry_after, id);
        let is_worth_it = match error.class {
            // Not found is not visible everywhere yet: it was made a moment ago.
            Class::Retry | Class::Wait | Class::NotFound => start.elapsed().saturating_add(pause) < PERSISTENCE,
            Class::Unknown | Class::FixInput | Class::AskPerson | Class::AlreadyExists => false,
        };
        if !is_worth_it {
            return Err(half_made(id, error));
        }
        tokio::time::sleep(pause).await;
    }
}

/// Waits until a new object can be seen, since calls about it fail before. Gives up quietly: those calls then say what is wrong.
async fn visible(kind: &dyn Kind, aws: &Clients, id: &str) {
    // EC2 shows a new object within a second or two; its guide to eventual consistency names no bound.
    const LOOKS: u32 = 12;
    const PAUSE: Duration = Duration::from_millis(500);
    let pause = if aws.is_local() { LOCAL_PAUSE } else { PAUSE };
    for _ in 0..LOOKS {
        if look(kind, aws, id, &Map::default()).await.is_some_and(|object| object.phase == Phase::Ready) {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}
