//! Waiting for slow objects by looking at them.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use flashinfra_plans::plan::Act;
use flashinfra_plans::{Live, Name, Object, Phase, Value};
use flashinfra_providers::{Class, Error, Question, WHY_NOT_READY};
use tokio::time::Instant;

use super::tries::Tries;
use super::{Ended, Signal, Work};
use crate::apply::events::LastLines;
use crate::apply::{confirm, pauses, settle};

/// So many lines of each program are told.
const LAST_LINES: u32 = 10;

/// What a wait is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The object is ready.
    Ready,
    /// The object is gone.
    Gone,
}

impl Work {
    /// Looks at an object until it is what the step wants, has failed, or the kind's timeout has passed.
    ///
    /// What is still going on after the timeout is not taken for failed: the intent stays open, and the next run goes on
    /// looking. A test has failed then: nothing waits for it, and the next run makes it anew.
    pub(super) async fn poll(&self, id: &Name, until: Until, tries: &mut Tries<'_>) -> Ended {
        let typical = Duration::from_secs(self.step.typical_seconds.into());
        let settle = Duration::from_secs(self.schema.settle_seconds.into());
        let began = Instant::now();
        tries.only_waits();
        let mut why = String::new();
        loop {
            let may_be_behind = began.elapsed() <= settle;
            let look = settle::one(self.provider.as_ref(), &self.schema, id, &self.attributes);
            let Some(live) = self.lock.while_held(look).await else {
                match tries.pause(Duration::ZERO).await {
                    Ok(()) => continue,
                    Err(stop) => return stop.into(),
                }
            };
            if let Live::Present(object) = &live {
                why = object.attributes.get(WHY_NOT_READY).and_then(Value::as_text).unwrap_or_default().to_owned();
            }
            let phase = match (live, until) {
                (Live::Present(object), Until::Ready) => match object.phase {
                    // Right after our own call the service may still show the object as it was before.
                    Phase::Ready if may_be_behind && !self.shows_the_change(&object) => Some(Phase::Updating),
                    Phase::Ready => return self.ended(id, object).await,
                    Phase::Failed | Phase::Deleting => return self.broken(id, object.phase, &why).await,
                    phase @ (Phase::Creating | Phase::Updating) => Some(phase),
                },
                (Live::Absent | Live::Tombstone { .. }, Until::Gone) => return Ended::Gone,
                (Live::Present(object), Until::Gone) if object.phase == Phase::Failed => {
                    return self.broken(id, object.phase, &why).await;
                }
                (Live::Present(object), Until::Gone) => Some(object.phase),
                // And it may not show a new one yet.
                (Live::Absent, Until::Ready) if may_be_behind => None,
                (Live::Absent | Live::Tombstone { .. }, Until::Ready) => return self.gone(id),
                (Live::Unreadable { .. }, _) => None,
            };
            self.tell(Signal::Waiting { step: self.step.id, phase }).await;
            if tries.is_late() {
                return self.late(id, phase, until, tries.elapsed(), why).await;
            }
            // The last look is at the end of its time.
            let pause = pauses::until_next_look(self.provider.as_ref(), tries.elapsed(), typical).min(tries.left());
            if let Err(stop) = tries.pause(pause).await {
                return stop.into();
            }
        }
    }

    /// What to make of an object that is ready. Some services give up on a change and leave the object as it was: ready, and with a
    /// reason that they tell who asks.
    async fn ended(&self, id: &Name, object: Object) -> Ended {
        if self.step.act == Act::Update
            && !self.shows_the_change(&object)
            && let Some(why) = self.explained(id).await
        {
            let message = format!("{id} is as it was before: {why}");
            return Ended::Failed(Error::new(Class::AskPerson, message), Some(id.clone()));
        }
        Ended::Made(object)
    }

    /// Whether an object has the values that an update set, as far as they can be seen.
    fn shows_the_change(&self, object: &Object) -> bool {
        self.step.changed.iter().all(|name| {
            let Some(attribute) = self.schema.attribute(name) else { return true };
            confirm::shows(attribute, self.attributes.get(name), object.attributes.get(name))
        })
    }

    fn gone(&self, id: &Name) -> Ended {
        match self.step.act {
            Act::Create => {
                let message = format!("{id} was being made and is gone; the service's console or events say why");
                Ended::MadeAndGone(Error::new(Class::AskPerson, message))
            }
            Act::Update | Act::Delete | Act::UnguardDouble | Act::DeleteDouble => Ended::Vanished,
            Act::Forget | Act::Move(_) | Act::Record => Ended::Vanished,
        }
    }

    /// What the provider finds out about an object that is not as it should be, beyond what it says with every look. What its programs in
    /// trouble wrote last is told to who watches, and to nobody else.
    async fn explained(&self, id: &Name) -> Option<String> {
        let kind = self.schema.kind.as_ref().into();
        let question = Question { kind, id: id.clone(), attributes: self.attributes.clone() };
        let told = Mutex::new(Vec::new());
        let sink = |entry| told.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        let why = self.provider.explain_failure(&question, LAST_LINES, &sink).await;
        let lines = LastLines(told.into_inner().unwrap_or_else(PoisonError::into_inner));
        if !lines.0.is_empty() {
            self.tell(Signal::Wrote { step: self.step.id, lines }).await;
        }
        why
    }

    /// How it ends when the time is over.
    async fn late(&self, id: &Name, phase: Option<Phase>, until: Until, elapsed: Duration, why: String) -> Ended {
        let phase = phase.map_or("and cannot be seen".into(), |phase| format!("and {phase:?}").to_lowercase());
        let seconds = elapsed.as_secs();
        let why = self.explained(id).await.unwrap_or(why);
        let why = if why.is_empty() { why } else { format!(": {why}") };
        let message = format!("{id} is not done after {seconds} s {phase}{why}");
        match until {
            Until::Ready if self.is_test => Ended::Failed(Error::new(Class::AskPerson, message), Some(id.clone())),
            Until::Ready | Until::Gone => Ended::Unknown(format!("{message}; it is left to go on")),
        }
    }

    async fn broken(&self, id: &Name, phase: Phase, why: &str) -> Ended {
        let what = match phase {
            Phase::Failed => "has failed",
            Phase::Deleting => "is being deleted by somebody else",
            Phase::Creating | Phase::Ready | Phase::Updating => "did not become what it should",
        };
        let explained = self.explained(id).await;
        let message = match explained.as_deref().unwrap_or(why) {
            "" => format!("{id} {what}; the service's console or events say why"),
            why => format!("{id} {what}: {why}"),
        };
        Ended::Failed(Error::new(Class::AskPerson, message), Some(id.clone()))
    }
}
