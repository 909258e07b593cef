//! A step that an earlier run began: what it may have done of it is found out by looking, before anything is sent again.
//!
//! Steps are begun before there is room for their calls, so that most of what a killed run left open was never called; and it may
//! be days until somebody goes on with it. What is there by then has to be what the plan was made from, or what the step makes
//! of it.

use std::time::Duration;

use flashinfra_plans::plan::Act;
use flashinfra_plans::{Live, Phase};

use super::tries::Tries;
use super::{Ended, Signal, Work, unfit};
use crate::apply::recheck::{self, Verdict};
use crate::apply::{pauses, settle};

impl Work {
    /// How the step ends, unless it is to be done as if nobody had begun it.
    pub(super) async fn begun_before(&self, tries: &mut Tries<'_>) -> Option<Ended> {
        let id = self.step.object.as_ref().filter(|_| self.step.act != Act::Create)?;
        let deletes = matches!(self.step.act, Act::Delete | Act::DeleteDouble);
        let typical = Duration::from_secs(self.step.typical_seconds.into());
        let asked = recheck::asked(&self.step.inputs, Some(&self.applied));
        let live = loop {
            let live = settle::one(self.provider.as_ref(), &self.schema, id, &asked).await;
            let phase = match &live {
                Live::Present(object) if deletes && settle::is_of_others(&self.schema, object, &self.mark) => {
                    return Some(Ended::Gone);
                }
                Live::Present(object) => object.phase,
                Live::Absent | Live::Tombstone { .. } if deletes => return Some(Ended::Gone),
                Live::Absent | Live::Tombstone { .. } => break live,
                // The intent stays open: nobody has found out what became of it.
                Live::Unreadable { reason } => {
                    return Some(Ended::Unknown(format!("{id} could not be read: {reason}")));
                }
            };
            match phase {
                Phase::Creating | Phase::Updating if self.schema.reconciled => break live,
                Phase::Ready | Phase::Failed => break live,
                Phase::Creating | Phase::Updating | Phase::Deleting => {}
            }
            self.tell(Signal::Waiting { step: self.step.id, phase: Some(phase) }).await;
            if tries.is_late() {
                return Some(Ended::Unknown(format!("{id} is busy still; it is left to go on")));
            }
            let pause = pauses::until_next_look(self.provider.as_ref(), tries.elapsed(), typical);
            if let Err(stop) = tries.pause(pause).await {
                return Some(stop.into());
            }
        };
        let (step, schema) = (&self.step, &self.schema);
        let verdict = recheck::begun(step, schema, live, &self.attributes, &self.applied, &self.mark.stack);
        match unfit(verdict) {
            None => self.unlike_relied().await,
            end => end,
        }
    }

    /// How the step ends when something that it is sent of others is not as planned.
    pub(super) async fn unlike_relied(&self) -> Option<Ended> {
        for relied in &self.relied {
            match relied.look().await {
                Some(Verdict::Unreadable(error)) => return Some(Ended::Unknown(error.to_string())),
                Some(verdict @ (Verdict::Stale(_) | Verdict::Fits(_))) => {
                    if let Some(end) = unfit(verdict) {
                        return Some(end);
                    }
                }
                None => {}
            }
        }
        None
    }
}
