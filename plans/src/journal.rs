//! The journal: what an apply is about to do, and what it did. Written before each act.
//!
//! Records are pure data. [`next`] knows in which order those of one step may stand; [`fold`] turns a ledger and the
//! records of a run into the ledger after it, plus the intents that are still open. A normal start is the recovery of an
//! empty journal.

mod file;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

pub use self::file::{Cut, FORMAT, ReadError, Segment, read, write};
use crate::compiled::ProviderInstance;
use crate::ledger::{Ledger, Row, Unanswered};
use crate::live::Place;
use crate::resolve::resolve;
use crate::value::{Address, Expression, Name, Reference, Value};

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The run starts; consumes the plan.
    Begun {
        /// The run's id.
        run: Name,
        /// The digest of the plan.
        plan: Name,
        /// The ledger's serial that the plan was made from.
        serial: u64,
        /// Who began it, from where and when, for people.
        by: Name,
        /// The provider instances of the plan: rows that the run writes name them.
        providers: BTreeMap<Name, ProviderInstance>,
        /// Their proven places.
        places: BTreeMap<Name, Place>,
        /// The schemas of the kinds that have steps, so that a row can be read after a crash.
        schemas: BTreeMap<Name, Arc<Schema>>,
    },
    /// A step is about to act. Durable before the provider is called.
    Started(Intent),
    /// The service accepted it and works on it; from here on it is polled by id.
    Accepted {
        /// The step.
        step: u32,
        /// The object's id.
        id: Name,
    },
    /// A step is done. Durable before or with its dependents' `Started`.
    Done {
        /// The step.
        step: u32,
        /// What it means for the ledger.
        effect: Effect,
    },
    /// A step failed, and surely did nothing (or left what `effect` says).
    Failed {
        /// The step.
        step: u32,
        /// Why.
        message: Name,
        /// What it left behind: a row that never became ready, say.
        effect: Option<Effect>,
    },
    /// It is not known whether a step acted.
    Unknown {
        /// The step.
        step: u32,
        /// Why.
        message: Name,
    },
    /// A create of this address and generation was not answered, and what it may have made cannot be seen. It tells of the
    /// address, whatever becomes of the step.
    Unanswered {
        /// For which address.
        address: Address,
        /// For which generation.
        generation: u32,
        /// In which provider instance.
        provider: Name,
    },
    /// A provider instance that the run could open only once what configures it was made, and where it was proven to be.
    Placed {
        /// The instance.
        provider: Name,
        /// Its place.
        place: Place,
    },
    /// The published values as evaluated after the last step.
    Outputs(BTreeMap<Name, Value>),
    /// The run ended by itself.
    Ended,
}

/// What a step is about to do: enough to find out, after a crash, whether it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The step.
    pub step: u32,
    /// `create`, `update`, `delete`, `move`.
    pub act: Name,
    /// For which address.
    pub address: Address,
    /// For which generation.
    pub generation: u32,
    /// In which provider instance.
    pub provider: Name,
    /// On which object; none for a create.
    pub object: Option<Name>,
    /// The client token that it sends or would send.
    pub token: Name,
    /// The row as it is to be once the step is done, with an empty id for a create: what a recovery completes.
    pub row: Option<Row>,
}

/// What a step means for the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The row of the address is this one now.
    Put(Address, Box<Row>),
    /// The address has no row any more; the generation is retired.
    Remove(Address, u32),
    /// The row moved.
    Rename {
        /// From this address.
        from: Address,
        /// To this one, saying this.
        to: Address,
        /// The row.
        row: Box<Row>,
    },
}

/// Where a step stands, as its records tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// No record names it.
    Planned,
    /// It was about to act.
    Started,
    /// The service works on it.
    Accepted,
    /// It is done.
    Done,
    /// It failed, and nothing of it is open.
    Failed,
    /// It is not known whether it acted.
    Unknown,
}

/// A record that cannot stand where it stands: the journal is damaged, or two runs wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal is damaged: {}{from} cannot be followed by `{record}`", Subject(.step))]
pub struct IllegalTransition {
    /// The step; none for the run itself.
    pub step: Option<u32>,
    /// Where it stood.
    pub from: &'static str,
    /// The record.
    pub record: &'static str,
}

struct Subject<'a>(&'a Option<u32>);

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |step| write!(f, "step {step}: "))
    }
}

/// Where a step stands after a record about it.
///
/// # Errors
/// When the record cannot follow.
pub fn next(state: State, record: &Record) -> Result<State, IllegalTransition> {
    use State::{Accepted, Done, Failed, Planned, Started, Unknown};
    match (state, record) {
        // A resumed run starts a failed step again, and one that surely did nothing.
        (Planned | Failed | Unknown, Record::Started(_)) => Ok(Started),
        // A write of several calls is accepted more than once.
        (Started | Accepted | Unknown, Record::Accepted { .. }) => Ok(Accepted),
        (Started | Accepted | Unknown, Record::Done { .. }) => Ok(Done),
        (Started | Accepted | Unknown, Record::Failed { .. }) => Ok(Failed),
        (Started | Accepted | Unknown, Record::Unknown { .. }) => Ok(Unknown),
        // These tell of the run, not of a step.
        (_, Record::Begun { .. } | Record::Unanswered { .. } | Record::Placed { .. }) => Ok(state),
        (_, Record::Outputs(_) | Record::Ended) => Ok(state),
        (Started | Accepted | Done, Record::Started(_))
        | (Planned | Done | Failed, Record::Accepted { .. } | Record::Unknown { .. })
        | (Planned | Done | Failed, Record::Done { .. } | Record::Failed { .. }) => {
            Err(IllegalTransition { step: record.step(), from: state.name(), record: record.name() })
        }
    }
}

/// A ledger with a journal folded in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The ledger, its serial as it was.
    pub ledger: Ledger,
    /// The run; none when there is no record.
    pub run: Option<Name>,
    /// The digest of its plan.
    pub plan: Option<Name>,
    /// Where each step stands that a record names.
    pub steps: BTreeMap<u32, State>,
    /// What was started and neither done nor failed, by step.
    pub open: Vec<OpenIntent>,
    /// Whether the run ended by itself.
    pub ended: bool,
}

/// An intent of which nobody knows yet what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenIntent {
    /// What was to be done.
    pub intent: Intent,
    /// The object that the service works on, if it accepted.
    pub accepted: Option<Name>,
    /// Why it is not known whether it was done, if that was found out.
    pub unknown: Option<Name>,
}

/// Folds the records of one run, from its first on, into a ledger.
///
/// Cut anywhere, the records give a ledger that holds what was done, and an open intent for each step that was started
/// beyond that. Folding the same records into the result again changes nothing, so that a fold which was saved and not
/// noted as such does no harm.
///
/// # Errors
/// When a record cannot stand where it stands.
pub fn fold(ledger: Ledger, records: &[Record]) -> Result<Folded, IllegalTransition> {
    let mut folded = Folded { ledger, run: None, plan: None, steps: BTreeMap::new(), open: Vec::new(), ended: false };
    let mut open: BTreeMap<u32, OpenIntent> = BTreeMap::new();
    for record in records {
        check_run(&folded, record)?;
        if let Some(step) = record.step() {
            let state = folded.steps.entry(step).or_insert(State::Planned);
            *state = next(*state, record)?;
        }
        match record {
            Record::Begun { run, plan, .. } => {
                folded.run = Some(run.clone());
                folded.plan = Some(plan.clone());
            }
            Record::Started(intent) => {
                open.insert(intent.step, OpenIntent { intent: intent.clone(), accepted: None, unknown: None });
            }
            Record::Accepted { step, id } => {
                if let Some(open) = open.get_mut(step) {
                    (open.accepted, open.unknown) = (Some(id.clone()), None);
                }
            }
            Record::Unknown { step, message } => {
                if let Some(open) = open.get_mut(step) {
                    open.unknown = Some(message.clone());
                }
            }
            Record::Done { step, .. } | Record::Failed { step, .. } => {
                open.remove(step);
            }
            Record::Unanswered { .. } | Record::Placed { .. } | Record::Outputs(_) => {}
            Record::Ended => folded.ended = true,
        }
        enter(&mut folded.ledger, record);
    }
    folded.open = open.into_values().collect();
    Ok(folded)
}

/// A run begins once, before all else, and nothing follows its end.
fn check_run(folded: &Folded, record: &Record) -> Result<(), IllegalTransition> {
    let from = match (&folded.run, folded.ended, record) {
        (None, false, Record::Begun { .. }) => return Ok(()),
        (Some(_), false, Record::Begun { .. }) => "a run that has begun",
        (Some(_), false, _) => return Ok(()),
        (None, _, _) => "a run that has not begun",
        (Some(_), true, _) => "a run that has ended",
    };
    Err(IllegalTransition { step: record.step(), from, record: record.name() })
}

/// Enters a record into the ledger.
pub fn enter(ledger: &mut Ledger, record: &Record) {
    match record {
        Record::Begun { run: _, plan: _, serial: _, by: _, providers, places, schemas } => {
            ledger.providers.extend(providers.iter().map(|(name, instance)| (name.clone(), instance.clone())));
            ledger.places.extend(places.iter().map(|(name, place)| (name.clone(), place.clone())));
            ledger.schemas.extend(schemas.iter().map(|(kind, schema)| (kind.clone(), schema.clone())));
        }
        Record::Done { step: _, effect } | Record::Failed { step: _, message: _, effect: Some(effect) } => {
            apply(ledger, effect);
        }
        Record::Unanswered { address, generation, provider } => {
            let unanswered = Unanswered { provider: provider.clone(), serial: ledger.serial };
            ledger.unanswered.entry((address.clone(), *generation)).or_insert(unanswered);
        }
        Record::Placed { provider, place } => {
            ledger.places.insert(provider.clone(), place.clone());
        }
        Record::Outputs(outputs) => ledger.outputs.clone_from(outputs),
        Record::Ended => prune(ledger),
        Record::Started(_) | Record::Accepted { .. } | Record::Unknown { .. } => {}
        Record::Failed { step: _, message: _, effect: None } => {}
    }
}

/// Enters an effect into the ledger. Doing it twice is the same as doing it once.
pub fn apply(ledger: &mut Ledger, effect: &Effect) {
    match effect {
        Effect::Put(address, row) => put(ledger, address, row),
        Effect::Remove(address, generation) => {
            ledger.rows.remove(address);
            ledger.by_hand.remove(address);
            retire(ledger, address, *generation);
            displace(ledger, address);
        }
        Effect::Rename { from, to, row } => {
            // When this is told again, another row may have moved in behind it.
            if ledger.rows.get(from).is_none_or(|old| old.current == row.current) {
                ledger.rows.remove(from);
                ledger.by_hand.remove(from);
                rename_edges(ledger, from, to);
            }
            // An address that is used again must not repeat the client token of the object that left it.
            retire(ledger, from, row.generation);
            put(ledger, to, row);
        }
    }
}

/// Lets what stands on an address stand on its new one: the rows of dependents are written later or, when the run is cut off,
/// not at all.
fn rename_edges(ledger: &mut Ledger, from: &Address, to: &Address) {
    for row in ledger.rows.values_mut() {
        let of_deposed = row.deposed.iter_mut().flat_map(|deposed| &mut deposed.depends_on);
        for edge in row.depends_on.iter_mut().chain(of_deposed).filter(|edge| *edge == from) {
            edge.clone_from(to);
        }
    }
    let renamed = |Reference { address, path }: &Reference| {
        let reference = Reference { address: to.clone(), path: path.clone() };
        (address == from).then(|| Value::Expression(Box::new(Expression::Reference(reference))))
    };
    for instance in ledger.providers.values_mut().filter(|instance| instance.configured_by().contains(&from)) {
        let config = instance.config.iter().map(|(name, value)| (name.clone(), resolve(value, &renamed)));
        instance.config = config.collect();
    }
}

/// Forgets where the providers were that an object configured which is no more: the next one leads to another place.
fn displace(ledger: &mut Ledger, address: &Address) {
    let Ledger { providers, places, .. } = ledger;
    let of_address = providers.iter().filter(|(_, instance)| instance.configured_by().contains(&address));
    of_address.for_each(|(name, _)| drop(places.remove(name)));
}

fn put(ledger: &mut Ledger, address: &Address, row: &Row) {
    if ledger.retired.get(address).is_some_and(|&retired| retired <= row.generation) {
        ledger.retired.remove(address);
    }
    // What somebody did by hand was taken back or taken over by whoever wrote this row, who saw it in the plan.
    ledger.by_hand.remove(address);
    let generation = |row: Option<&Row>| Some(row?.current.as_ref()?.generation);
    if generation(ledger.rows.get(address)) != generation(Some(row)) {
        displace(ledger, address);
    }
    ledger.rows.insert(address.clone(), row.clone());
}

fn retire(ledger: &mut Ledger, address: &Address, generation: u32) {
    let retired = ledger.retired.entry(address.clone()).or_default();
    *retired = generation.max(*retired);
}

/// For how many versions of the ledger a create that nobody answered is remembered. What it made shows up within hours, if at all;
/// until it is forgotten, each plan searches for it with a call.
const UNANSWERED_SERIALS: u64 = 50;

/// Forgets instances, places and schemas that no row names: what owns nothing in an account is not bound to it. And what
/// has not shown up for long.
fn prune(ledger: &mut Ledger) {
    let Ledger { rows, providers, places, schemas, unanswered, serial, .. } = ledger;
    unanswered.retain(|_, unanswered| unanswered.serial + UNANSWERED_SERIALS >= *serial);
    let of_unanswered = unanswered.values().map(|unanswered| unanswered.provider.as_str());
    let named: BTreeSet<&str> = rows.values().map(|row| row.provider.as_str()).chain(of_unanswered).collect();
    providers.retain(|name, _| named.contains(name.as_str()));
    places.retain(|name, _| named.contains(name.as_str()));
    let of_unanswered = unanswered.keys().map(|(address, _)| address.kind());
    let kinds: BTreeSet<&str> = rows.keys().map(Address::kind).chain(of_unanswered).collect();
    schemas.retain(|kind, _| kinds.contains(kind.as_str()));
}

impl Record {
    /// The step that the record is about; none when it is about the run.
    pub fn step(&self) -> Option<u32> {
        match self {
            Self::Started(intent) => Some(intent.step),
            Self::Accepted { step, .. }
            | Self::Done { step, .. }
            | Self::Failed { step, .. }
            | Self::Unknown { step, .. } => Some(*step),
            Self::Begun { .. } | Self::Unanswered { .. } | Self::Placed { .. } | Self::Outputs(_) | Self::Ended => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "begun",
            Self::Started(_) => "started",
            Self::Accepted { .. } => "accepted",
            Self::Done { .. } => "done",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Unanswered { .. } => "unanswered",
            Self::Placed { .. } => "placed",
            Self::Outputs(_) => "outputs",
            Self::Ended => "ended",
        }
    }
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Started => "started",
            Self::Accepted => "accepted",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}
