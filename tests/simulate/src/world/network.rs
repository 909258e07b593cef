//! The way between a process and the services: replies that get lost, requests that arrive late or twice, and requests that are
//! under way when their sender dies.

use std::fmt::Debug;
use std::time::Duration;

use flashinfra_providers::{Class, Error};
use tokio::sync::oneshot;

use super::{Shared, World};
use crate::random::Random;
use crate::scenario::Trouble;

/// How long nobody answers a request whose reply got lost, at most: the caller has given up before.
const SILENCE: Duration = Duration::from_secs(3600);

/// Sends a request that goes on by itself from here on, whatever becomes of its sender.
pub(super) async fn send<T: Debug + Send + 'static>(
    world: &Shared,
    what: String,
    mut draws: Random,
    troubles: Vec<Trouble>,
    act: impl Fn(&mut World, &[Trouble]) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    world.now().tell(|| format!("{what} is sent {troubles:?}"));
    let way = Duration::from_millis(draws.between(20, 900));
    let back = Duration::from_millis(draws.between(20, 400));
    for trouble in &troubles {
        let name = trouble.name();
        match *trouble {
            Trouble::Throttled(ms) => {
                world.now().count(name);
                tokio::time::sleep(way).await;
                let error = Error::new(Class::Retry, "too many requests").with_code("Throttling");
                return Err(Error { retry_after: (ms > 0).then(|| Duration::from_millis(ms)), ..error });
            }
            Trouble::Refused => {
                world.now().count(name);
                tokio::time::sleep(way).await;
                return Err(Error::new(Class::Retry, "the connection was refused"));
            }
            Trouble::LostBefore => {
                world.now().count(name);
                tokio::time::sleep(way).await;
                return Err(lost());
            }
            Trouble::NotYet => {
                world.now().count(name);
                tokio::time::sleep(way).await;
                return Err(Error::new(Class::Wait, "what it needs has not spread yet").with_code("NotYet"));
            }
            _ => {}
        }
    }
    let late = troubles.iter().find_map(|trouble| match trouble {
        Trouble::Late(ms) => Some(Duration::from_millis(*ms)),
        _ => None,
    });
    let is_silent = troubles.contains(&Trouble::Silent);
    let (answer, answered) = oneshot::channel();
    let world_of = world.clone();
    tokio::spawn(async move {
        tokio::time::sleep(way + late.unwrap_or_default()).await;
        let result = {
            let mut world = world_of.now();
            for trouble in &troubles {
                world.count(trouble.name());
            }
            let first = act(&mut world, &troubles);
            if troubles.contains(&Trouble::Twice) {
                // The same request again; whoever sent it hears what the first one came to.
                let _ = act(&mut world, &troubles);
            }
            world.tell(|| format!("{what} arrives: {first:?}"));
            first
        };
        if is_silent {
            tokio::time::sleep(SILENCE).await;
        }
        tokio::time::sleep(back).await;
        let is_lost = troubles.contains(&Trouble::LostAfter);
        // Who asked may be gone.
        let _ = answer.send(if is_lost { Err(lost()) } else { result });
    });
    match late {
        Some(_) => {
            tokio::time::sleep(way).await;
            Err(lost())
        }
        None => answered.await.unwrap_or_else(|_| Err(lost())),
    }
}

fn lost() -> Error {
    Error::new(Class::Unknown, "the connection broke before an answer came")
}
