//! The words for what a step does, is doing and did.

use flashinfra_plans::Phase;
use flashinfra_plans::plan::Act;

use crate::paint::Paint;

/// What it does: `create`.
pub(crate) fn act(act: &Act) -> &'static str {
    match act {
        Act::Create => "create",
        Act::Update | Act::UnguardDouble => "update",
        Act::Delete | Act::DeleteDouble => "delete",
        Act::Forget => "forget",
        Act::Move(_) => "move",
        Act::Record => "record",
    }
}

/// What it is doing: `creating`.
pub(crate) fn doing(act: &Act) -> &'static str {
    match act {
        Act::Create => "creating",
        Act::Update | Act::UnguardDouble => "updating",
        Act::Delete | Act::DeleteDouble => "deleting",
        Act::Forget => "forgetting",
        Act::Move(_) => "moving",
        Act::Record => "recording",
    }
}

/// What it did: `created`.
pub(crate) fn done(act: &Act) -> &'static str {
    match act {
        Act::Create => "created",
        Act::Update | Act::UnguardDouble => "updated",
        Act::Delete | Act::DeleteDouble => "deleted",
        Act::Forget => "forgotten",
        Act::Move(_) => "moved",
        Act::Record => "recorded",
    }
}

/// Text in the colour of what a step does.
pub(crate) fn painted(paint: Paint, act: &Act, text: &str) -> String {
    match act {
        Act::Create => paint.green(text),
        Act::Update | Act::UnguardDouble | Act::Move(_) => paint.yellow(text),
        Act::Delete | Act::DeleteDouble => paint.red(text),
        Act::Forget | Act::Record => paint.dim(text),
    }
}

/// What an object is doing.
pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Creating => "creating",
        Phase::Ready => "ready",
        Phase::Updating => "updating",
        Phase::Failed => "failed",
        Phase::Deleting => "deleting",
    }
}
