//! What must hold at every moment, judged by the truth and by what is durable, never by what the engine says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use flashinfra_plans::journal::{self, Intent, Record};
use flashinfra_plans::plan::{Act as Planned, Action, Change, Reason};
use flashinfra_plans::{Address, Map, Name, OwnerMark, Phase, Plan, Value};

use super::ends::{Ends, Served};
use super::{Key, Maker, Thing};
use crate::scenario::{Act, Edit};

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// No address has two objects of one generation.
    NothingDoubled,
    /// Every object that the stack made and did not delete is owned by its ledger, and the other way round.
    NothingLost,
    /// What others made, or added, is as they left it.
    NothingForeignTouched,
    /// Who changes something has the right to apply.
    LeaseHeld,
    /// What is changed was written down before.
    IntentDurable,
    /// What is changed stands in the plan that is applied.
    AsPlanned,
    /// What is protected is deleted only where that was allowed by name.
    ProtectionHolds,
    /// The ledger says what is true.
    LedgerAgrees,
    /// What is declared is so.
    DeclaredIsLive,
    /// Once nothing goes wrong any more, a plan is empty after a few applies.
    Converges,
    /// The engine says nothing that makes no sense.
    EngineMakesSense,
    /// No secret is written down.
    NoSecretKept,
    /// What is over goes as it says, and nothing else does; what is done is not done again.
    EndsAsDeclared,
}

impl Invariant {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::NothingDoubled => "nothing is doubled",
            Self::NothingLost => "nothing is lost",
            Self::NothingForeignTouched => "nothing foreign is touched",
            Self::LeaseHeld => "no change without the lease",
            Self::IntentDurable => "an intent is durable before its change",
            Self::AsPlanned => "no change that is not planned",
            Self::ProtectionHolds => "protection holds",
            Self::LedgerAgrees => "the ledger agrees with the world",
            Self::DeclaredIsLive => "what is declared is live",
            Self::Converges => "it converges",
            Self::EngineMakesSense => "the engine makes sense",
            Self::NoSecretKept => "no secret is written down",
            Self::EndsAsDeclared => "what is over goes as declared",
        }
    }
}

/// Something that must hold and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What must hold.
    pub invariant: Invariant,
    /// How it does not.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.invariant.name(), self.message)
    }
}

/// What a process may do: the steps of the plan that it applies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permitted {
    acts: Vec<(Act, Address, u32)>,
    deletes: BTreeSet<Name>,
    /// Those of them that were named by their ids, as what an unanswered create made.
    doubles: BTreeSet<Name>,
    /// What stays as it is when its row goes.
    retained: BTreeSet<Key>,
    allowed: BTreeSet<Address>,
    ends: Ends,
}

impl Permitted {
    /// What a plan for an edit permits.
    pub(crate) fn by(plan: &Plan, edit: &Edit) -> Self {
        let stays = |change: &Change| {
            let is_gone = change.reasons.iter().any(|reason| matches!(reason, Reason::Vanished(_)));
            let object = change.object.clone().filter(|_| change.action == Action::Forget && !is_gone)?;
            Some((change.address.kind().into(), object))
        };
        let retained = plan.changes.iter().filter_map(stays).collect();
        let allowed = plan.allowed.iter().cloned().collect();
        let mut permitted = Self { allowed, retained, ends: Ends::by(plan, edit), ..Self::default() };
        for step in &plan.steps {
            let act = match step.act {
                Planned::Create => Act::Create,
                Planned::Update | Planned::UnguardDouble => Act::Update,
                Planned::DeleteDouble => {
                    permitted.doubles.extend(step.object.clone());
                    permitted.deletes.extend(step.object.clone());
                    continue;
                }
                Planned::Delete => {
                    permitted.deletes.extend(step.object.clone());
                    continue;
                }
                Planned::Move(_) => Act::Mark,
                Planned::Forget | Planned::Record => continue,
            };
            permitted.acts.push((act, step.address.clone(), step.generation));
        }
        permitted
    }
}

/// Watches what must hold.
#[derive(Default)]
pub(crate) struct Oracle {
    violations: Vec<Violation>,
    /// The process that has the lease, as it stands in the store.
    holder: Option<u32>,
    /// What is written down and not over, by run and step.
    open: BTreeMap<(Name, u32), Intent>,
    /// What each process may do.
    permitted: BTreeMap<u32, Permitted>,
    /// What the stack made and did not delete, whatever others did to it.
    ours: BTreeSet<Key>,
    /// The addresses whose objects may only be deleted where that was allowed by name.
    protected: BTreeSet<Address>,
    /// What was forgotten since somebody asked.
    forgotten: Vec<Key>,
    /// What is written down as done.
    served: Served,
}

/// A change that a process is about to send.
pub(super) struct Sent<'a> {
    pub(super) process: u32,
    pub(super) act: Act,
    pub(super) mark: Option<&'a OwnerMark>,
    pub(super) id: Option<&'a str>,
    /// What a create sets.
    pub(super) inputs: Option<&'a Map>,
}

impl Oracle {
    /// Something does not hold.
    pub(crate) fn violated(&mut self, invariant: Invariant, message: impl Into<String>) {
        self.violations.push(Violation { invariant, message: message.into() });
    }

    /// What did not hold, in the order in which it was noticed.
    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// A process begins to apply a plan.
    pub(crate) fn permit(&mut self, process: u32, permitted: Permitted) {
        self.permitted.insert(process, permitted);
    }

    /// Whose objects may only be deleted where that was allowed by name, from now on.
    pub(crate) fn protect(&mut self, addresses: impl IntoIterator<Item = Address>) {
        self.protected.extend(addresses);
    }

    /// Whose objects may be deleted from now on.
    pub(crate) fn unprotect(&mut self, addresses: impl IntoIterator<Item = Address>) {
        addresses.into_iter().for_each(|address| {
            self.protected.remove(&address);
        });
    }

    /// Whether something that was written down is not over yet.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Something became durable in the ledger's store.
    pub(crate) fn durable(&mut self, path: &str, bytes: &[u8], secret: &str) {
        if bytes.windows(secret.len()).any(|window| window == secret.as_bytes()) {
            self.violated(Invariant::NoSecretKept, format!("{path} holds it"));
        }
        if path.ends_with("lease.json") {
            let lease: serde_json::Value = serde_json::from_slice(bytes).unwrap_or_default();
            let process = lease["holder"]["process"].as_u64().and_then(|process| u32::try_from(process).ok());
            self.holder = process.filter(|_| lease["ended"].is_null());
        } else if path.contains("/journal/") {
            self.written_down(path, bytes);
        }
    }

    fn written_down(&mut self, path: &str, bytes: &[u8]) {
        // The store puts a line of its own before the segment.
        let start = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let segment = journal::read(&bytes[start..]).or_else(|_| journal::read(bytes));
        let Ok(segment) = segment else {
            return self.violated(Invariant::EngineMakesSense, format!("{path} is no segment"));
        };
        let run = Name::from(path.rsplit('/').nth(1).unwrap_or_default());
        for record in segment {
            match record {
                Record::Started(intent) => {
                    self.open.insert((run.clone(), intent.step), intent);
                }
                Record::Done { step, effect } => {
                    self.served.takes(&effect);
                    if let Some(intent) = self.open.remove(&(run.clone(), step)) {
                        self.forgot(&intent);
                    }
                }
                Record::Failed { step, effect, .. } => {
                    effect.iter().for_each(|effect| self.served.takes(effect));
                    self.open.remove(&(run.clone(), step));
                }
                Record::Ended => self.open.retain(|(of, _), _| *of != run),
                Record::Begun { .. } | Record::Accepted { .. } | Record::Unknown { .. } => {}
                Record::Unanswered { .. } | Record::Placed { .. } | Record::Outputs(_) => {}
            }
        }
    }

    fn forgot(&mut self, intent: &Intent) {
        let Some(object) = intent.object.clone().filter(|_| intent.act == "forget") else { return };
        let key = (intent.address.kind().into(), object);
        if self.permitted.values().any(|permitted| permitted.retained.contains(&key)) {
            self.ours.remove(&key);
            self.forgotten.push(key);
        }
    }

    /// What the ledger has forgotten, and is to stay, since this was asked for the last time.
    pub(super) fn retained(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.forgotten)
    }

    /// A process sends a change.
    pub(super) fn sent(&mut self, things: &BTreeMap<Key, Thing>, kind: &str, sent: &Sent<'_>) {
        let Sent { process, act, mark, id, inputs } = *sent;
        let what = format!("{} {}", act.name(), mark.map_or(id.unwrap_or_default(), |mark| mark.address.as_str()));
        if self.holder != Some(process) {
            let holder = self.holder.map_or("nobody".into(), |holder| format!("process {holder}"));
            self.violated(Invariant::LeaseHeld, format!("process {process} sent {what}, and {holder} has the lease"));
        }
        let is_written_down = self.open.values().any(|Intent { act: open, address, generation, object, .. }| {
            let is_act = matches!(
                (open.as_str(), act),
                // What an unanswered create made in part is completed by an update, still under the create's intent.
                ("create", Act::Create | Act::Update)
                    | ("update", Act::Update)
                    | ("delete", Act::Delete)
                    | ("move", Act::Mark)
            );
            let is_marked = mark.is_none_or(|mark| mark.address == *address && mark.generation == *generation);
            let is_object = id.is_none_or(|id| object.as_ref().is_none_or(|object| object == id));
            is_act && is_marked && is_object
        });
        if !is_written_down {
            self.violated(Invariant::IntentDurable, format!("{what} was sent, and no open intent says so"));
        }
        let Some(permitted) = self.permitted.get(&process) else {
            return self.violated(Invariant::AsPlanned, format!("{what} was sent by who applies nothing"));
        };
        let is_planned = match (act, mark, id) {
            (Act::Delete, _, Some(id)) => permitted.deletes.contains(id),
            (_, Some(mark), _) => permitted.acts.iter().any(|(planned, address, generation)| {
                let is_act = *planned == act || (*planned, act) == (Act::Create, Act::Update);
                is_act && *address == mark.address && *generation == mark.generation
            }),
            (_, None, _) => false,
        };
        let thing = id.and_then(|id| things.get(&(kind.into(), id.into())));
        let owner = thing.map(|thing| &thing.maker);
        let wrong = match (act, mark, owner, thing, inputs) {
            (Act::Create, Some(mark), _, _, Some(inputs)) => {
                let again = self.served.runs_again(&mark.address, inputs, &permitted.ends);
                again.or_else(|| permitted.ends.wrongly_made(&mark.address))
            }
            (Act::Delete, _, Some(Maker::Stack(address, _)), Some(thing), _) => {
                permitted.ends.wrongly_deleted(address, thing.phase())
            }
            _ => None,
        };
        let is_unprotected = match owner {
            Some(Maker::Stack(address, _)) if act == Act::Delete => {
                let is_named = id.is_some_and(|id| permitted.doubles.contains(id));
                !self.protected.contains(address) || permitted.allowed.contains(address) || is_named
            }
            _ => true,
        };
        if !is_planned {
            self.violated(Invariant::AsPlanned, format!("{what} was sent, and no step of the plan says so"));
        }
        if !is_unprotected {
            self.violated(Invariant::ProtectionHolds, format!("{what} was sent, and it is protected"));
        }
        if let Some(wrong) = wrong {
            self.violated(Invariant::EndsAsDeclared, format!("{what} was sent, and {wrong}"));
        }
    }

    /// Whether the stack has to think that this is its own.
    pub(super) fn is_ours(&self, key: &Key) -> bool {
        self.ours.contains(key)
    }

    /// The stack is about to have another object.
    pub(super) fn made(&mut self, things: &BTreeMap<Key, Thing>, key: &Key, mark: &OwnerMark) {
        self.ours.insert(key.clone());
        let is_same = |thing: &&Thing| thing.maker == Maker::Stack(mark.address.clone(), mark.generation);
        let there = things.iter().find(|(_, thing)| is_same(thing) && thing.phase() != Phase::Deleting);
        if let Some(((_, id), _)) = there {
            let OwnerMark { address, generation, .. } = mark;
            self.violated(Invariant::NothingDoubled, format!("{address}, generation {generation}, is {id} already"));
        }
    }

    /// An object is about to be changed by the stack.
    pub(super) fn touched(&mut self, things: &BTreeMap<Key, Thing>, key: &Key, how: &str) {
        if things.get(key).is_some_and(|thing| thing.maker == Maker::Foreign) {
            self.violated(Invariant::NothingForeignTouched, format!("{} was {how}, and others made it", key.1));
        }
    }

    /// The stack was told that an object is gone.
    pub(super) fn gone(&mut self, key: &Key) {
        self.ours.remove(key);
    }

    /// An object is about to be deleted by the stack.
    pub(super) fn deleted(&mut self, things: &BTreeMap<Key, Thing>, key: &Key) {
        self.touched(things, key, "deleted");
        self.ours.remove(key);
    }

    /// What a keyed map is after a change of it: what stood in `before` and is not wanted goes, and what others added stays.
    pub(super) fn keyed(
        &mut self,
        thing: &mut Thing,
        attribute: &Name,
        had: Map,
        before: Option<&Value>,
        wanted: Option<&Value>,
    ) -> Map {
        let empty = Map::default();
        let before = before.and_then(Value::as_map).unwrap_or(&empty);
        let wanted = wanted.and_then(Value::as_map).unwrap_or(&empty);
        let mut map = had;
        for (key, _) in before.iter().filter(|(key, _)| wanted.get(key).is_none()) {
            if thing.foreign_keys.contains(&(attribute.clone(), key.clone())) {
                let message = format!("the key {key} of {attribute} was removed, and others added it");
                self.violated(Invariant::NothingForeignTouched, message);
            }
            map = map.without(key);
        }
        for (key, value) in wanted {
            // What the stack says itself is its own from now on.
            thing.foreign_keys.remove(&(attribute.clone(), key.clone()));
            map = map.with(key.clone(), value.clone());
        }
        map
    }
}
