//! The plan: what will be done, in which order, why, and what it was computed from.
//!
//! A plan is closed: apply makes no decision that a reviewer could not see here. These types are the engine's own;
//! the bytes of a plan file have types of their own, so that the format does not move when these do.

mod finding;
mod lookup;
mod refusal;
mod step;
mod whole;

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use crate::compiled::{CompiledStack, ProviderInstance};
use crate::live::Place;
use crate::value::{Address, Name, Value};

pub use finding::Finding;
pub use lookup::Lookup;
pub use refusal::Refusal;
pub use step::{Act, Arriving, Reliance, RowDraft, Step, When};

/// The version of the rules by which plans are computed and fingerprints are taken. A plan made under another one is
/// refused as "made by another version", not as stale.
pub const PLANNER: u32 = 1;

/// What a person asked the planner for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What the plan is for.
    pub mode: Mode,
    /// Plan only these and what they depend on; marks the plan partial.
    pub targets: Vec<Address>,
    /// Leave these and what depends on them out; marks the plan partial.
    pub excludes: Vec<Address>,
    /// Replace these even if nothing forces it.
    pub replace: Vec<Address>,
    /// Protected addresses whose deletion or replacement is allowed.
    pub allow_destroy: Vec<Address>,
    /// Whether many owned objects that vanished at once may be created again.
    pub allow_recreate: bool,
    /// Which of them may be, where not all may.
    pub allow_recreate_of: Vec<Address>,
    /// Whether a plan that leaves out what could not be read is good enough.
    pub allow_partial: bool,
    /// Ids of doubles that are to be deleted.
    pub delete_doubles: Vec<Name>,
    /// What is to be made anew from data that is kept.
    pub restore: Vec<Restore>,
    /// For [`Mode::Test`]: the tests that run. For [`Mode::Tidy`], when there are any: only tests are tidied up. After a run of tests
    /// what else is declared need not be what is applied.
    pub tests: Vec<Address>,
    /// For [`Mode::Test`]: how long each may take, where that is not its kind's own time.
    pub timeout_seconds: Option<u32>,
}

/// An address that is to get a new object with data that is kept. The object before it stays, as a deposed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// The address.
    pub address: Address,
    /// Where the data is.
    pub from: RestoreFrom,
}

/// Where the data is that an object is restored from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreFrom {
    /// In a snapshot of this name.
    Snapshot(Name),
    /// In what the present object was at this time, RFC 3339 and UTC.
    Time(Name),
    /// In what the present object is, as far as its backups go.
    Latest,
}

/// What a plan is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Make live what the stack declares.
    #[default]
    Apply,
    /// Delete all that the ledger owns.
    Destroy,
    /// Only bring the ledger up to date with live.
    RefreshOnly,
    /// Run tests against what is applied, which stays as it is.
    Test,
    /// Delete what is deleted once it has ended: tests that passed, and what says so of itself.
    Tidy,
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a plan does nothing until it is applied"]
pub struct Plan {
    /// What it was computed from, and for whom.
    pub basis: Basis,
    /// What it is for.
    pub mode: Mode,
    /// Why it does not cover the whole stack; empty when it does.
    pub partial: Vec<Partial>,
    /// Protected addresses whose deletion or replacement was allowed by name, sorted.
    pub allowed: Vec<Address>,
    /// Everything that stands in the way of applying it. A plan with refusals is not applied.
    pub refusals: Vec<Refusal>,
    /// One entry per address that changes, sorted by address.
    pub changes: Vec<Change>,
    /// Where live differs from what was last applied, whether or not the plan mends it.
    pub drift: Vec<Drift>,
    /// Addresses without any difference.
    pub unchanged: u32,
    /// Of those, what could not be read and was compared with what was last applied instead, sorted by address.
    pub not_verified: Vec<NotVerified>,
    /// Objects that a create made of which nobody got to know, sorted by address and object.
    pub doubles: Vec<Double>,
    /// Where what may have shown up late could not be searched for, sorted.
    pub unsearched: Vec<Unsearched>,
    /// Deposed objects with data, which stay until their deletion is allowed by name, sorted by address and generation.
    pub kept: Vec<Kept>,
    /// What providers said of changes before they are made, beside what stands at each: sorted.
    pub findings: Vec<Finding>,
    /// What the published values become.
    pub outputs: Vec<OutputChange>,
    /// The calls and ledger writes, in an order in which they could be made one by one.
    pub steps: Vec<Step>,
    /// The schemas of the kinds that have steps.
    pub schemas: BTreeMap<Name, Arc<Schema>>,
}

/// What a plan was computed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// The stack.
    pub stack: Name,
    /// The environment.
    pub environment: Name,
    /// The version of flashinfra that planned.
    pub flashinfra: Name,
    /// [`PLANNER`] of the version that planned.
    pub planner: u32,
    /// The ledger's stack uuid.
    pub uuid: Name,
    /// The ledger's serial, of the version that a run which is not over will leave; another one at apply refuses the plan.
    pub serial: u64,
    /// The run that was not over; none when all were. The serial does not tell whether it went on, so this does: another run at
    /// apply, or another length of its journal, refuses the plan.
    pub open: Option<OpenJournal>,
    /// `sha256:…` of the compiled stack without places in the source.
    pub compiled: Name,
    /// Where the ledger is, for people.
    pub ledger: Name,
    /// Where the parameters came from, for people; empty when there were none.
    pub parameters: Name,
    /// The provider instances.
    pub providers: BTreeMap<Name, ProviderInstance>,
    /// The proven places.
    pub places: BTreeMap<Name, Place>,
    /// What was looked up, by address.
    pub lookups: BTreeMap<Address, Lookup>,
    /// The revision that is gone back to, when the stack is that of one.
    pub repeats: Option<u64>,
    /// The stack itself, for the revision that applying the plan makes: whoever applies has nothing but the plan. None when nothing is
    /// declared, as for a destroy, and when there is nothing to do.
    pub declared: Option<Arc<CompiledStack>>,
    /// The provider instances that this plan makes something in although nobody can look there yet, each with the resources that it
    /// makes and that configure the instance, sorted.
    pub deferred: BTreeMap<Name, Vec<Address>>,
}

impl Basis {
    /// Whether a step is done in a place that nobody has looked at, since the plan makes that, too. Such a step makes an object, where
    /// nothing has its name, and does nothing else.
    pub fn is_deferred(&self, step: &Step) -> bool {
        step.act == Act::Create && self.deferred.contains_key(&step.provider)
    }
}

/// How far a run had come that was not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenJournal {
    /// The run.
    pub run: Name,
    /// How many segments its journal had.
    pub segments: u32,
}

/// Why a plan does not cover the whole stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Partial {
    /// `--target` left these many addresses out.
    Targeted(u32),
    /// `--exclude` left these many addresses out.
    Excluded(u32),
    /// This address could not be read, for this reason.
    Unreadable(Address, Name),
    /// This address depends on one that is blocked.
    DependsOn(Address, Address),
}

/// Attributes of one address that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotVerified {
    /// The address.
    pub address: Address,
    /// Their paths, sorted.
    pub paths: Vec<Name>,
}

/// A search for what creates made whose answers got lost, which failed: there may be doubles that nobody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsearched {
    /// The provider instance.
    pub provider: Name,
    /// The kind.
    pub kind: Name,
    /// Why it failed.
    pub reason: Name,
}

/// An object that a create made whose answer got lost, and that showed up when it had been given up: beside the one that was made
/// instead of it, or alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Double {
    /// The address in its owner mark.
    pub address: Address,
    /// The generation in its owner mark.
    pub generation: u32,
    /// The provider instance that it is in.
    pub provider: Name,
    /// Its id.
    pub object: Name,
    /// The object that the address owns; none when it owns none.
    pub beside: Option<Name>,
}

/// A deposed object that stays, because it is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The address that it belongs to.
    pub address: Address,
    /// Which object of the address it is.
    pub generation: u32,
    /// Its id.
    pub object: Name,
}

/// What happens to one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The address.
    pub address: Address,
    /// What happens.
    pub action: Action,
    /// Why, the first being the one that decides.
    pub reasons: Vec<Reason>,
    /// What differs, sorted by path.
    pub attributes: Vec<AttributeChange>,
    /// The live object that it happens to; none for a create.
    pub object: Option<Name>,
    /// Whether deleting the object loses data.
    pub stateful: bool,
    /// Whether deletion and replacement have to be allowed by name.
    pub protected: bool,
    /// How long it usually takes, in seconds.
    pub typical_seconds: u32,
    /// Where the resource was declared.
    pub at: Option<Name>,
}

/// What happens to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// A new object.
    Create,
    /// A change of the live object.
    Update,
    /// The object is deleted, then made anew.
    Replace,
    /// The new object is made first, the old one deleted after its dependents were rewired.
    ReplaceCreateFirst,
    /// A new object is made from data that is kept, and takes over; the one before it stays, as a deposed one.
    Restore,
    /// The object is deleted.
    Delete,
    /// An object that an earlier replacement left behind is deleted.
    DeleteDeposed,
    /// An object that an unanswered create made beside the one that is owned is deleted.
    DeleteDouble,
    /// The ledger stops owning it; the object stays.
    Forget,
    /// The address changes; the object stays.
    Move,
    /// Only the ledger changes: released attributes, protection, edges, values that drifted and are taken over.
    Record,
}

/// Why a change is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The address is declared and nothing is owned there.
    New,
    /// The owned object (its id) is gone.
    Vanished(Name),
    /// The declared value of this attribute differs.
    Differs(Name),
    /// This attribute differs and cannot be changed in place.
    ForcesReplacement(Name),
    /// This field differs and cannot be changed on this object: where, and why.
    Fixed(Name, Name),
    /// This attribute cannot be changed in place and becomes known only when the other resource was changed.
    UnknownForcesReplacement(Name, Address),
    /// The address is no longer declared.
    NotDeclared,
    /// The person asked to destroy.
    Destroying,
    /// The person asked to replace it.
    Requested,
    /// It runs once more: a test that is asked for, or what is declared differently from what was done.
    RunAgain,
    /// It is what a test left.
    LeftByTest,
    /// It has done what it is for, and is deleted then.
    Served,
    /// The person asked to restore it: from what, for people.
    Restored(Name),
    /// The owned object never became ready.
    NeverReady,
    /// The owned object is in the phase "failed".
    Failed,
    /// An earlier replacement left this generation behind.
    Deposed(u32),
    /// An unanswered create of this generation made it, and its deletion was asked for.
    Double(u32),
    /// The address was this one before.
    MovedFrom(Address),
    /// It was in a place that this resource was, and that is gone.
    LostWith(Address),
    /// A dependency is replaced, so this object cannot outlive it.
    DependencyReplaced(Address),
    /// A dependent asks for create-before-delete, which spreads to this one.
    CreateBeforeDelete(Address),
    /// The attribute is no longer set and is left as it is.
    Released(Name),
    /// The stack says otherwise than before whether deletion and replacement have to be allowed by name: from now on they do,
    /// or do not.
    Protection(bool),
    /// Only what the ledger says about it differs: edges, schema version, values taken over.
    Bookkeeping,
    /// Its row was rebuilt from what is live, and live is as declared: the ledger notes what that is.
    Recovered,
}

/// A difference in one attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeChange {
    /// Where: `cidr_block`, `ingress[2].cidr`, `tags.Owner`.
    pub path: Name,
    /// The live value; none when there is none.
    pub before: Option<Value>,
    /// The value to be; none when it is removed, [`Value::Unknown`] when it is known only after apply.
    pub after: Option<Value>,
    /// Whether it makes a new object necessary.
    pub forces_replacement: bool,
    /// What else there is to say.
    pub note: Option<Note>,
}

/// What else there is to say about an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It is a secret: shown as its source, compared by version.
    Secret,
    /// No longer set; left as it is.
    Released,
    /// No longer set; goes back to the documented default.
    Reset,
    /// An entry that somebody else added is removed.
    Foreign,
    /// It could not be read; compared with what was last applied.
    NotVerified,
    /// It was set outside the typed schema.
    Raw,
    /// It is only reported: it differs and is left alone because of its mode, an `ignore` or a named controller.
    LeftAlone(Name),
    /// This other writer gave it the live value.
    WrittenBy(Name),
    /// Nobody declares it: the service says that it would set it.
    ByService,
    /// A person gave it the live value by hand, with this program: who, when and why.
    ByHand(Name),
}

/// Live differs from what was last applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The address.
    pub address: Address,
    /// What happened.
    pub kind: DriftKind,
    /// `before` is what was last applied, `after` what is live.
    pub attributes: Vec<AttributeChange>,
    /// The live object.
    pub object: Option<Name>,
}

/// What kind of drift it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftKind {
    /// Owned attributes were changed.
    Changed,
    /// The object is gone.
    Deleted,
}

/// A published value changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputChange {
    /// Its name.
    pub name: Name,
    /// What it is now.
    pub before: Option<Value>,
    /// What it becomes; none when it is no longer published.
    pub after: Option<Value>,
    /// What to evaluate after the last step: the declared value, with references where it is known only then.
    pub value: Option<Value>,
}

impl Partial {
    /// The resource that could not be decided; none when it was not to be.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Unreadable(address, _) | Self::DependsOn(address, _) => Some(address),
            Self::Targeted(_) | Self::Excluded(_) => None,
        }
    }
}
