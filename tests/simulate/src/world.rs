//! The simulated world: services with rules of their own, which know nothing of the schemas, and the truth about every object.

mod change;
mod ends;
mod facts;
mod hands;
mod network;
mod oracle;
mod provider;
mod show;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use flashinfra_plans::{Address, Map, Name, OwnerMark, Phase};
use tokio::time::Instant;

use crate::random::Random;
use crate::scenario::{Act, Fault, Rule, Trouble};
pub use oracle::{Invariant, Violation};
pub(crate) use oracle::{Oracle, Permitted};
pub(crate) use provider::Services;

/// What faults call the writes by which somebody takes, keeps and gives back the lease.
pub(crate) const LEASE: &str = "lease";

/// The world, as everything in a simulation shares it.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    /// The world now: all that was under way and is over by now is over.
    pub(crate) fn now(&self) -> MutexGuard<'_, World> {
        // Nothing is left half done by a panic elsewhere, and a run with one has failed anyway.
        let mut world = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        world.settle();
        world
    }
}

/// What an object is known by: its kind and its id.
pub(crate) type Key = (Name, Name);

/// The world.
pub(crate) struct World {
    pub(crate) oracle: Oracle,
    /// How often what happened.
    pub(crate) tally: BTreeMap<&'static str, u64>,
    /// The faults that struck, by their place in the scenario.
    pub(crate) struck: BTreeSet<usize>,
    /// Whether nothing goes wrong any more.
    pub(crate) is_calm: bool,
    /// What happened, each with its time, when that is to be told.
    pub(crate) story: Option<Vec<String>>,
    began: Instant,
    things: BTreeMap<Key, Thing>,
    /// What is gone and still listed, until when.
    ghosts: BTreeMap<Key, (Instant, Thing)>,
    /// Names that nobody can have until then.
    graves: BTreeMap<Key, Instant>,
    /// The ids that client tokens led to.
    tokens: BTreeMap<(Name, Name), Name>,
    made: u64,
    calls: BTreeMap<(Act, Name), u32>,
    looks: u64,
    seed: u64,
    rules: Vec<Rule>,
    faults: Vec<Fault>,
}

/// An object, as it really is.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) maker: Maker,
    pub(crate) attributes: Map,
    pub(crate) mark: Option<OwnerMark>,
    pub(crate) managed_by: Option<Name>,
    /// Which attributes have the value that the stack sent last.
    pub(crate) sent: BTreeSet<Name>,
    /// The keys that others added, each with its attribute.
    pub(crate) foreign_keys: BTreeSet<(Name, Name)>,
    work: Option<Work>,
    has_failed: bool,
    /// Until then it is shown now and then only.
    hidden_until: Instant,
    /// Until then it is shown as it was, now and then.
    before: Option<(Instant, Map)>,
}

/// Who made an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    /// The stack, for this address and generation; the address is the one that it gave it last.
    Stack(Address, u32),
    /// Somebody else.
    Foreign,
}

/// What a service works on.
#[derive(Clone, Debug)]
struct Work {
    phase: Phase,
    until: Instant,
    end: End,
}

/// How the work of a service ends.
#[derive(Clone, Debug)]
enum End {
    Ready,
    Failed,
    Gone,
    /// Gone, and after that listed and its name kept for so long.
    Deleted(Traces),
}

/// What a deleted object leaves, in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Traces {
    listed_ms: u64,
    reserved_ms: u64,
}

impl World {
    pub(crate) fn new(seed: u64, rules: Vec<Rule>, faults: Vec<Fault>) -> Self {
        Self {
            oracle: Oracle::default(),
            tally: BTreeMap::new(),
            struck: BTreeSet::new(),
            is_calm: false,
            story: None,
            began: Instant::now(),
            things: BTreeMap::new(),
            ghosts: BTreeMap::new(),
            graves: BTreeMap::new(),
            tokens: BTreeMap::new(),
            made: 0,
            calls: BTreeMap::new(),
            looks: 0,
            seed,
            rules,
            faults,
        }
    }

    /// Counts something that happened.
    pub(crate) fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    /// Goes on with the story, when it is to be told.
    pub(crate) fn tell(&mut self, what: impl FnOnce() -> String) {
        let seconds = self.began.elapsed().as_secs_f64();
        if let Some(story) = &mut self.story {
            story.push(format!("{seconds:>9.2}  {}", what()));
        }
    }

    /// All objects that there are.
    pub(crate) fn things(&self) -> impl Iterator<Item = (&Key, &Thing)> {
        self.things.iter()
    }

    /// An object.
    pub(crate) fn thing(&self, kind: &str, id: &str) -> Option<&Thing> {
        self.things.get(&(kind.into(), id.into()))
    }

    /// Nothing goes wrong from now on.
    pub(crate) fn calm(&mut self) {
        self.is_calm = true;
        let now = Instant::now();
        for thing in self.things.values_mut() {
            (thing.hidden_until, thing.before) = (now, None);
        }
        self.ghosts.clear();
    }

    /// The number of this call, and what goes wrong with it.
    fn strikes(&mut self, act: Act, subject: &str) -> (u32, Vec<Trouble>) {
        let nth = self.calls.entry((act, subject.into())).or_default();
        *nth += 1;
        let nth = *nth;
        if self.is_calm {
            return (nth, Vec::new());
        }
        let of_call = |fault: &Fault| fault.act == act && fault.nth == nth && fault.subject == subject;
        let struck: Vec<_> =
            self.faults.iter().enumerate().filter(|(_, fault)| of_call(fault)).map(|(at, f)| (at, f.trouble)).collect();
        self.struck.extend(struck.iter().map(|(at, _)| *at));
        (nth, struck.into_iter().map(|(_, trouble)| trouble).collect())
    }

    /// What goes wrong with the next write to the ledger's store; a sign of life of who has the lease is counted by itself.
    pub(crate) fn store_troubles(&mut self, is_lease: bool) -> Vec<Trouble> {
        let (_, troubles) = self.strikes(Act::Store, if is_lease { LEASE } else { "" });
        troubles.iter().for_each(|trouble| {
            self.count(match (trouble, is_lease) {
                (Trouble::LostAfter, false) => "store lost-after",
                (_, false) => "store lost-before",
                (Trouble::LostAfter, true) => "lease lost-after",
                (_, true) => "lease lost-before",
            });
        });
        troubles
    }

    /// Something became durable in the ledger's store. What the ledger forgot because it is to be retained is others' from then on.
    pub(crate) fn durable(&mut self, path: &str, bytes: &[u8], secret: &str) {
        self.oracle.durable(path, bytes, secret);
        for key in self.oracle.retained() {
            if let Some(thing) = self.things.get_mut(&key) {
                thing.maker = Maker::Foreign;
                self.count("forgotten and left");
            }
        }
    }

    /// Draws for one call.
    fn draws(&self, act: Act, subject: &str, nth: u32, what: &str) -> Random {
        Random::of(self.seed, &["call", act.name(), subject, &nth.to_string(), what])
    }

    /// What was to be over by now is.
    fn settle(&mut self) {
        let now = Instant::now();
        let over: Vec<Key> = self
            .things
            .iter()
            .filter(|(_, thing)| thing.work.as_ref().is_some_and(|work| work.until <= now))
            .map(|(key, _)| key.clone())
            .collect();
        for key in over {
            let Some(thing) = self.things.get_mut(&key) else { continue };
            let Some(work) = thing.work.take() else { continue };
            match work.end {
                End::Ready => {}
                End::Failed => thing.has_failed = true,
                End::Gone => self.bury(&key, Traces::default()),
                End::Deleted(traces) => self.bury(&key, traces),
            }
        }
        self.ghosts.retain(|_, (until, _)| *until > now);
        self.graves.retain(|_, until| *until > now);
    }

    /// An object is gone from now on, whatever is still shown of it.
    fn bury(&mut self, key: &Key, traces: Traces) {
        let Some(mut thing) = self.things.remove(key) else { return };
        let now = Instant::now();
        let after = |ms| now + std::time::Duration::from_millis(ms);
        thing.work = None;
        // What was attached to it and not in it for life is let go of by the service itself.
        for ((kind, _), other) in &mut self.things {
            if let Some(attribute) = change::naming(kind, other, key) {
                other.attributes = other.attributes.clone().without(attribute);
                other.sent.remove(attribute);
            }
        }
        if traces.listed_ms > 0 && !self.is_calm {
            self.ghosts.insert(key.clone(), (after(traces.listed_ms), thing));
        }
        if traces.reserved_ms > 0 && !self.is_calm {
            self.graves.insert(key.clone(), after(traces.reserved_ms));
        }
    }
}

impl Thing {
    /// What it is doing.
    pub(crate) fn phase(&self) -> Phase {
        match &self.work {
            Some(work) => work.phase,
            None if self.has_failed => Phase::Failed,
            None => Phase::Ready,
        }
    }
}
