//! Writing on condition that the object is still what the plan was made from.
//!
//! The last look comes before the write, and somebody may come in between. Services that take a condition leave no such
//! window: their adapter asks, of the very version that its write is made for, whether it is what the step expects.

use std::time::Duration;

use flashinfra_plans::plan::Act;
use flashinfra_plans::{Live, Map, Object, Phase};
use flashinfra_providers::{Class, Condition, Delete, Error, Outcome, Update};

use super::{Ended, History, Work, unfit};
use crate::apply::recheck::{self, Verdict};

/// What a step expects of its object, through all its tries.
pub(super) struct Expected<'a> {
    work: &'a Work,
    /// What the look of the adapter asks for.
    asked: Map,
    /// Whether an earlier try, or an earlier run, may have done some of it.
    is_touched: bool,
}

impl<'a> Expected<'a> {
    pub(super) fn of(work: &'a Work) -> Self {
        let asked = recheck::asked(&work.step.inputs, Some(&work.applied));
        Self { work, asked, is_touched: work.history != History::Fresh }
    }

    pub(super) async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        let holds = |object: &Object| self.unlike(object).is_none();
        self.work.provider.update_if(request, &Condition { asked: &self.asked, holds: &holds }).await
    }

    pub(super) async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        let holds = |object: &Object| self.unlike(object).is_none();
        self.work.provider.delete_if(request, &Condition { asked: &self.asked, holds: &holds }).await
    }

    /// A try failed: perhaps after some of it was done.
    pub(super) fn after(&mut self, error: &Error) {
        self.is_touched |= error.class == Class::Unknown;
    }

    /// How the step ends whose adapter found this object.
    ///
    /// # Errors
    /// When it is what the step expects after all: nothing was done.
    pub(super) fn end(&self, object: Object) -> Result<Ended, Error> {
        let changed = || Error::new(Class::Retry, format!("{} was changed in the same moment", object.id));
        self.unlike(&object).ok_or_else(changed)
    }

    /// How the step ends that would write to this object; none when it is what the step expects, or what the step may have made of
    /// it so far.
    fn unlike(&self, object: &Object) -> Option<Ended> {
        let Work { step, schema, attributes, applied, mark, .. } = self.work;
        let live = Live::Present(object.clone());
        if !self.is_touched {
            return unfit(self.work.expected(live));
        }
        let is_going = object.phase == Phase::Deleting && matches!(step.act, Act::Delete | Act::DeleteDouble);
        match is_going {
            true => None,
            false => unfit(recheck::begun(step, schema, live, attributes, applied, &mark.stack)),
        }
    }
}

impl Work {
    /// Compares what is live with what the step expects.
    pub(super) fn expected(&self, live: Live) -> Verdict {
        let settle = Duration::from_secs(self.schema.settle_seconds.into());
        let before = self.follows.as_ref().filter(|update| update.done.elapsed() <= settle);
        let before = before.and_then(|update| update.expected.as_ref());
        recheck::again(&self.step, &self.schema, live, before, &self.applied, &self.mark.stack)
    }
}
