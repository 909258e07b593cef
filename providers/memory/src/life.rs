//! What an object goes through: busy for a while, then ready, failed or gone.

use std::time::{SystemTime, UNIX_EPOCH};

use flashinfra_plans::{Live, Name, Object, Phase};
use flashinfra_stacks::schema::{Schema, SetBy};

use crate::faults::Twist;
use crate::options::Slow;
use crate::world::{Busy, Change, Key, Past, Stored, World};

/// Milliseconds since 1970: time has to mean the same to several processes.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// Puts an object into a phase for a while; none when that takes no time.
pub(crate) fn busy(slow: Slow, twist: Twist, now_ms: u64) -> Option<Busy> {
    let Slow { polls, time } = slow;
    let Twist { fails, tombstone, unmarked: _, hidden: _, stale: _, slow: _ } = twist;
    let until_ms = if time.is_zero() { 0 } else { now_ms + u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2) };
    // What is to fail is accepted first and found failed when it is looked at, as services do it.
    let polls = if fails { polls.max(1) } else { polls };
    (polls > 0 || until_ms > 0).then_some(Busy { polls, until_ms, fails, tombstone })
}

/// An object after some time; none when it is gone.
pub(crate) fn settled(stored: &Stored, now_ms: u64) -> Option<Stored> {
    match stored.busy {
        Some(Busy { polls: 0, until_ms, fails, tombstone: _ }) if until_ms <= now_ms => match stored.phase {
            Phase::Deleting if !fails => None,
            Phase::Deleting | Phase::Creating | Phase::Updating | Phase::Ready | Phase::Failed => {
                Some(Stored { phase: if fails { Phase::Failed } else { Phase::Ready }, busy: None, ..stored.clone() })
            }
        },
        Some(_) | None => Some(stored.clone()),
    }
}

/// Looks at one object, which brings it one poll further: what is seen, and what that changes.
pub(crate) fn look(world: &World, key: &Key, schema: Option<&Schema>, now_ms: u64) -> (Live, Option<Change>) {
    let Some(stored) = world.get(key) else {
        return match world.grave(key) {
            None | Some(0) => (Live::Absent, None),
            Some(reads) => (tombstone(key), Some(Change::Bury(key.clone(), reads - 1))),
        };
    };
    if stored.hidden == 0 && stored.past.is_none() && stored.busy.is_none() {
        return (Live::Present(object(key, stored, schema)), None);
    }
    let put = |stored: Stored| Some(Change::Put(key.clone(), Box::new(stored)));
    if stored.hidden > 0 {
        return (Live::Absent, put(Stored { hidden: stored.hidden - 1, ..stored.clone() }));
    }
    if let Some(Past { reads, attributes }) = &stored.past {
        let shown = Stored { attributes: attributes.clone(), phase: Phase::Ready, ..stored.clone() };
        let left = (*reads > 1).then(|| Past { reads: reads - 1, attributes: attributes.clone() });
        return (Live::Present(object(key, &shown, schema)), put(Stored { past: left, ..stored.clone() }));
    }
    let busy = stored.busy.unwrap_or_default();
    let polled = Stored { busy: Some(Busy { polls: busy.polls.saturating_sub(1), ..busy }), ..stored.clone() };
    match settled(&polled, now_ms) {
        Some(now) if now == *stored => (Live::Present(object(key, stored, schema)), None),
        Some(now) => (Live::Present(object(key, &now, schema)), put(now)),
        None if busy.tombstone > 0 => (tombstone(key), Some(Change::Bury(key.clone(), busy.tombstone - 1))),
        None => (Live::Absent, Some(Change::Bury(key.clone(), 0))),
    }
}

/// An object as it is answered. What a service computes is not there before the object is, but for what names it.
pub(crate) fn object(key: &Key, stored: &Stored, schema: Option<&Schema>) -> Object {
    let Stored { attributes, owner, managed_by, phase, busy: _, hidden: _, past: _, token: _, birth: _, sent: _ } =
        stored;
    let late = |name: &str| match schema.and_then(|schema| schema.attribute(name)) {
        Some(attribute) => {
            attribute.set_by == SetBy::Provider
                && name != "arn"
                && attributes.get(name).and_then(|value| value.as_text()) != Some(&*key.id)
        }
        None => false,
    };
    let attributes = match phase {
        Phase::Creating => attributes.iter().filter(|(name, _)| !late(name)).cloned().collect(),
        Phase::Ready | Phase::Updating | Phase::Failed | Phase::Deleting => attributes.clone(),
    };
    Object {
        id: key.id.clone(),
        phase: *phase,
        attributes,
        unverified: Vec::new(),
        owner: owner.clone(),
        managed_by: managed_by.clone(),
    }
}

fn tombstone(key: &Key) -> Live {
    let note = format!("{} `{}` was deleted and keeps its name for a while", key.shelf.kind, key.id);
    Live::Tombstone { note: Name::from(note) }
}
