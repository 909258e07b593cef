//! Completing what an unanswered create made, perhaps in part.
//!
//! Making one object often takes several calls: an IAM role, then each of its policies. Whoever finds the role after a lost
//! reply or a crash knows that it is ours, and not that it is whole. What the create was to set and live lacks is set by an
//! update: the values are those of the plan, and setting what is only not visible yet does no harm. So is what a service does not
//! take when it makes an object from what another one holds, a database from a snapshot.

use std::time::Duration;

use flashinfra_plans::{Map, Object};
use flashinfra_providers::{Class, Create, Error, Update};
use tokio::time::Instant;

use super::tries::Tries;
use super::{Ended, Work};
use crate::apply::{confirm, pauses};

impl Work {
    /// An object of ours that was found, once it is ready and as the create was to make it.
    pub(super) async fn found(&self, request: &Create, object: Object, tries: &mut Tries<'_>) -> Ended {
        let object = match self.made(object, tries).await {
            Ended::Made(object) => object,
            end => return end,
        };
        let changed = confirm::lacking(&self.schema, &self.attributes, &object);
        if changed.is_empty() {
            return Ended::Made(object);
        }
        let before: Map = object.attributes.iter().filter(|(name, _)| changed.contains(name)).cloned().collect();
        let Create { kind, mark, token, inputs } = request.clone();
        let update = Update { kind, id: object.id.clone(), mark, changed, before, inputs, token };
        let settle = Duration::from_secs(self.schema.settle_seconds.into());
        let typical = Duration::from_secs(self.step.typical_seconds.into());
        let began = Instant::now();
        loop {
            match self.send_update(&update, tries).await {
                Ended::Failed(error, _) => return Ended::Partly(error, Box::new(object)),
                // It was seen a moment ago. Where a write goes may be behind where a read went.
                Ended::Vanished if began.elapsed() < settle => {
                    let pause = pauses::until_next_look(self.provider.as_ref(), began.elapsed(), typical);
                    if let Err(stop) = tries.pause(pause).await {
                        return stop.into();
                    }
                }
                // Whether it is gone is for the next plan to find out, which reads it by its id.
                Ended::Vanished => {
                    let message = format!("{} was made in part and was not there to be completed", object.id);
                    return Ended::Partly(Error::new(Class::NotFound, message), Box::new(object));
                }
                end => return end,
            }
        }
    }
}
