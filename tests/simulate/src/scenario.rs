//! A scenario: everything that happens in one simulated life of a stack, as data.
//!
//! A seed draws one, the shrinker takes parts out of one, and a file holds one. What a scenario says happens; nothing else goes
//! wrong, and nobody else comes by.

mod read;
mod write;

use flashinfra_plans::{Address, Lifecycle, Map, Name, Value};

pub use read::ScenarioError;

/// A life of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// What is drawn while it runs: how long calls take, which copy of a service answers.
    pub seed: u64,
    /// How the world differs from what the schemas say.
    pub rules: Vec<Rule>,
    /// What people want, one after the other.
    pub edits: Vec<Edit>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// How the world differs from what the schemas say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// A change of this attribute is refused, although the schema says that it can be changed in place.
    Immutable(Name, Name),
    /// What nobody set gets this value.
    Default(Name, Name, Value),
}

/// What people want from some time on, and what they do to get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The stack; none: everything is to go.
    pub stack: Option<Vec<Resource>>,
    /// The tries to get there, one after the other.
    pub turns: Vec<Turn>,
}

/// A declared resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Where.
    pub address: Address,
    /// How it is treated.
    pub lifecycle: Lifecycle,
    /// What it waits for, beyond what it refers to.
    pub after: Vec<Address>,
    /// What the stack sets.
    pub attributes: Map,
}

/// A plan, and an apply of it; or a run of the tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who does it.
    pub who: Name,
    /// Whether the tests are run, instead of an apply.
    pub tests: bool,
    /// Whether it starts together with the one before.
    pub beside: bool,
    /// How long before it starts.
    pub delay_ms: u64,
    /// How long between plan and apply.
    pub gap_ms: u64,
    /// Whether the plan of this person's turn before is applied again, if that one was not over.
    pub again: bool,
    /// How it is cut short.
    pub stop: Option<Stop>,
    /// From when, after the apply began, and for how long the process is stopped.
    pub frozen: Option<(u64, u64)>,
    /// What others do meanwhile.
    pub hands: Vec<Hand>,
}

/// How an apply is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The process dies this long after the apply began.
    Crash(u64),
    /// It dies instead of this write to the ledger's store.
    CrashBefore(u32),
    /// It dies after this write, before it hears that it was done.
    CrashAfter(u32),
    /// Somebody presses Ctrl-C this long after the apply began, so many times, a second apart.
    Interrupt(u64, u32),
}

/// What somebody else does in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// When, after the turn began.
    pub at_ms: u64,
    /// What.
    pub deed: Deed,
}

/// What somebody else does in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Sets an attribute of the object of an address, also where the schema says that this takes a new object.
    Set(Address, Name, Value),
    /// Deletes the object of an address.
    Delete(Address),
    /// Makes another object from the object of an address, and with it copies the owner mark.
    Copy(Address),
    /// Makes an object of a kind with this name.
    Take(Name, Name),
    /// Adds a key to an attribute of the object of an address.
    AddKey(Address, Name, Name),
    /// Scales the object of an address, as its autoscaler does.
    Scale(Address, i64),
}

/// Something that goes wrong with one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// With which.
    pub act: Act,
    /// The address it is about; of reads and searches the kind, of the ledger's store nothing.
    pub subject: Name,
    /// The how manyth of these calls, from 1.
    pub nth: u32,
    /// What.
    pub trouble: Trouble,
}

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A create.
    Create,
    /// An update.
    Update,
    /// A delete.
    Delete,
    /// A rewritten owner mark.
    Mark,
    /// A read of objects.
    Read,
    /// A search by owner mark.
    Find,
    /// A write to the ledger's store.
    Store,
}

/// What can go wrong. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It never arrives, and the caller is told that the connection broke.
    LostBefore,
    /// It is done, and the caller is told that the connection broke.
    LostAfter,
    /// It is done, and the caller is told nothing.
    Silent,
    /// It is done this much later than the caller is told that the connection broke.
    Late(u64),
    /// It is refused because there are too many, with how long to wait.
    Throttled(u64),
    /// It is not sent.
    Refused,
    /// It arrives twice.
    Twice,
    /// Something that it needs has not spread yet.
    NotYet,
    /// The new object is shown now and then only for this long.
    Hidden(u64),
    /// What was before the change is shown now and then for this long.
    Behind(u64),
    /// What was deleted is listed now and then for this long.
    Listed(u64),
    /// The name of what was deleted is kept for this long.
    Reserved(u64),
    /// The service takes this long.
    Slow(u64),
    /// What the service works on fails in the end.
    Fails,
    /// What the service works on is gone in the end.
    Vanishes,
    /// The owner mark, which takes a second call, is not set.
    Unmarked,
    /// It cannot be read.
    Unreadable,
}

impl Turn {
    /// A try of somebody in which nothing happens.
    pub fn of(who: impl Into<Name>) -> Self {
        let (delay_ms, gap_ms) = (0, 0);
        let (stop, frozen, hands) = (None, None, Vec::new());
        let (tests, beside, again) = (false, false, false);
        Self { who: who.into(), tests, beside, delay_ms, gap_ms, again, stop, frozen, hands }
    }
}

impl Trouble {
    /// Its name, as in a scenario file and in what is counted.
    pub fn name(self) -> &'static str {
        match self {
            Self::LostBefore => "lost-before",
            Self::LostAfter => "lost-after",
            Self::Silent => "silent",
            Self::Late(_) => "late",
            Self::Throttled(_) => "throttled",
            Self::Refused => "refused",
            Self::Twice => "twice",
            Self::NotYet => "not-yet",
            Self::Hidden(_) => "hidden",
            Self::Behind(_) => "behind",
            Self::Listed(_) => "listed",
            Self::Reserved(_) => "reserved",
            Self::Slow(_) => "slow",
            Self::Fails => "fails",
            Self::Vanishes => "vanishes",
            Self::Unmarked => "unmarked",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Update, Self::Delete, Self::Mark, Self::Read, Self::Find, Self::Store];

    /// Its name, as in a scenario file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Mark => "mark",
            Self::Read => "read",
            Self::Find => "find",
            Self::Store => "store",
        }
    }
}
