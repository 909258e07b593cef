//! The steps of one address, filled in.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use super::{Moves, moved_from, stood_on};
use crate::decide::{Alternative, Decision};
use crate::ledger::{Deposed, Ledger, Owned, Row};
use crate::plan::{Act, Action, RowDraft, Step, When};
use crate::value::{Address, Map, Name, Value};

/// How long it usually takes to rewrite an owner mark, in seconds: one small call.
const TYPICAL_MOVE_SECONDS: u32 = 1;

/// The steps of one address, by their place in the list of all steps.
pub(super) struct Chain {
    /// All of them, in their order.
    pub(super) nodes: Range<usize>,
    /// After this one the address is as the plan leaves it; none when nothing is left.
    pub(super) made: Option<usize>,
    /// What is done instead of a replacement, if the values turn out to be the live ones; none when there is no such case.
    pub(super) alternative: Option<usize>,
    /// The one that rewires the object in place; none when a new object is made.
    pub(super) rewired: Option<usize>,
    /// What is deleted or forgotten.
    pub(super) removals: Vec<Removal>,
    /// What the address depends on afterwards.
    pub(super) depends_on: Vec<Address>,
    /// What its ledger row depends on.
    pub(super) depended_on: Vec<Address>,
}

/// A deletion.
pub(super) struct Removal {
    /// When in the chain.
    pub(super) phase: Phase,
    /// What has to wait for others: the update that lifts a guard, else the deletion itself. So a guard is lifted as late as
    /// can be.
    pub(super) gate: usize,
    /// The deletion.
    pub(super) delete: usize,
    /// What a deposed object stands on; none for the current object, of which the row says it.
    stood_on: Option<Vec<Address>>,
}

/// When in its chain a step comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    DeleteDouble,
    Move,
    DeleteDeposedFirst,
    Alternative,
    DeleteFirst,
    Make,
    DeleteDeposed,
    DeleteOld,
    Remove,
}

/// What steps are filled in from, beside their decision.
pub(super) struct Sources<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) schemas: &'a BTreeMap<Name, Arc<Schema>>,
    pub(super) moves: &'a Moves,
    /// The deposed objects that go first, by address and generation.
    pub(super) falling: BTreeSet<(Address, u32)>,
}

impl Sources<'_> {
    pub(super) fn schema(&self, kind: &str) -> Option<&Schema> {
        self.schemas.get(kind).or_else(|| self.ledger.schemas.get(kind)).map(Arc::as_ref)
    }

    pub(super) fn row(&self, address: &Address) -> Option<&Row> {
        self.moves.row(self.ledger, address)
    }
}

impl Chain {
    /// Puts the steps of one address behind `steps`.
    pub(super) fn new(decisions: &[Decision], sources: &Sources<'_>, steps: &mut Vec<Step>) -> Self {
        let mut parts: Vec<_> = decisions.iter().flat_map(|decision| parts(decision, sources)).collect();
        parts.sort_by_key(|part| (part.phase, part.decision.owned.as_ref().map(|owned| owned.generation)));
        parts.dedup_by(|a, b| a.phase == Phase::Move && b.phase == Phase::Move);

        let row = decisions.first().and_then(|decision| sources.row(&decision.change.address));
        let is_of_current = |d: &&Decision| !matches!(d.change.action, Action::DeleteDeposed | Action::DeleteDouble);
        let final_row = decisions.iter().filter(is_of_current).find_map(|d| d.row.as_ref());
        let depended_on = row.map(|row| sources.moves.renamed(&row.depends_on)).unwrap_or_default();
        let mut chain = Self {
            nodes: steps.len()..steps.len(),
            made: None,
            alternative: None,
            rewired: None,
            removals: Vec::new(),
            depends_on: final_row.map_or_else(|| depended_on.clone(), |row| row.depends_on.clone()),
            depended_on,
        };
        let objects = Objects::new(row, sources.moves);
        let mut filler = Filler { sources, row, draft: row.map(|row| draft(row, sources.moves)), objects };
        for (index, part) in parts.iter().enumerate() {
            let last_of_row = !parts[index + 1..].iter().any(|later| later.phase <= Phase::Make);
            let mut filled = filler.fill_when(part, last_of_row);
            for draft in filled.iter_mut().filter_map(|step| step.row.as_mut()) {
                draft.deposed.clone_from(&filler.objects.deposed);
            }
            let is_deposed = part.decision.change.action == Action::DeleteDeposed;
            let edges = row.filter(|_| is_deposed).map(|row| stood_on(row, part.decision.generation));
            chain.note(part, (steps.len(), filled.len()), edges.map(|edges| sources.moves.renamed(edges)));
            steps.extend(filled);
        }
        chain.nodes.end = steps.len();
        chain
    }

    /// What an object that is deleted stands on.
    pub(super) fn stands_on<'a>(&'a self, removal: &'a Removal) -> &'a [Address] {
        removal.stood_on.as_ref().unwrap_or(&self.depended_on)
    }

    /// Remembers what the `count` steps from `first` on mean to other chains.
    fn note(&mut self, part: &Part<'_>, (first, count): (usize, usize), stood_on: Option<Vec<Address>>) {
        let last = first + count - 1;
        match part.phase {
            Phase::Move | Phase::Make => {
                self.made = Some(last);
                self.rewired = (part.act != Act::Create).then_some(last);
            }
            // Nothing depends on it, and it stands in the way of nothing.
            Phase::DeleteDouble => {}
            Phase::Alternative => self.alternative = Some(last),
            Phase::DeleteDeposedFirst
            | Phase::DeleteFirst
            | Phase::DeleteDeposed
            | Phase::DeleteOld
            | Phase::Remove => {
                self.removals.push(Removal { phase: part.phase, gate: first, delete: last, stood_on });
            }
        }
    }
}

/// One part of what a decision takes.
struct Part<'a> {
    phase: Phase,
    act: Act,
    decision: &'a Decision,
}

fn parts<'a>(decision: &'a Decision, sources: &Sources<'_>) -> Vec<Part<'a>> {
    let part = |phase, act| Part { phase, act, decision };
    let mut parts: Vec<_> =
        moved_from(decision).map(|from| part(Phase::Move, Act::Move(from.clone()))).into_iter().collect();
    if let Some(alternative) = &decision.alternative {
        let act = if alternative.changed.is_empty() { Act::Record } else { Act::Update };
        parts.push(part(Phase::Alternative, act));
    }
    match decision.change.action {
        Action::Create => parts.push(part(Phase::Make, Act::Create)),
        Action::Update => parts.push(part(Phase::Make, Act::Update)),
        Action::Replace => {
            parts.push(part(Phase::DeleteFirst, Act::Delete));
            parts.push(part(Phase::Make, Act::Create));
        }
        Action::ReplaceCreateFirst => {
            parts.push(part(Phase::Make, Act::Create));
            parts.push(part(Phase::DeleteOld, Act::Delete));
        }
        Action::Restore => parts.push(part(Phase::Make, Act::Create)),
        Action::Delete => parts.push(part(Phase::Remove, Act::Delete)),
        Action::DeleteDeposed => {
            let falls = sources.falling.contains(&(decision.change.address.clone(), decision.generation));
            let phase = if falls { Phase::DeleteDeposedFirst } else { Phase::DeleteDeposed };
            parts.push(part(phase, Act::Delete));
        }
        Action::DeleteDouble => parts.push(part(Phase::DeleteDouble, Act::DeleteDouble)),
        Action::Forget => parts.push(part(Phase::Remove, Act::Forget)),
        Action::Move => {}
        Action::Record => parts.push(part(Phase::Make, Act::Record)),
    }
    parts
}

/// Fills in the steps of one chain, one after the other.
struct Filler<'a> {
    sources: &'a Sources<'a>,
    row: Option<&'a Row>,
    /// What the row says until a step makes the address what the plan wants.
    draft: Option<RowDraft>,
    objects: Objects,
}

impl Filler<'_> {
    /// [`Self::fill`], each step with when it is done.
    fn fill_when(&mut self, part: &Part<'_>, last_of_row: bool) -> Vec<Step> {
        let same = match part.phase {
            Phase::Alternative => true,
            Phase::DeleteFirst | Phase::Make | Phase::DeleteOld => false,
            Phase::DeleteDouble | Phase::Move | Phase::DeleteDeposedFirst | Phase::DeleteDeposed | Phase::Remove => {
                return self.fill(part, last_of_row);
            }
        };
        let Some(alternative) = &part.decision.alternative else { return self.fill(part, last_of_row) };
        let when = || Some(When { same, arriving: alternative.arriving.clone() });
        if !same {
            return self.fill(part, last_of_row).into_iter().map(|step| Step { when: when(), ..step }).collect();
        }
        let decision = part.decision;
        let Alternative { arriving: _, inputs, changed, before, row } = alternative.clone();
        // Nothing is made, so no generation is given out.
        let generation = self.row.map_or(decision.generation, |row| row.generation);
        let step = self.step(decision, &part.act, generation, decision.owned.as_ref());
        let relies_on = decision.relies_on.clone();
        vec![Step { inputs, changed, before, relies_on, row: Some(row), when: when(), ..step }]
    }

    /// The steps of one part; `last_of_row` when no later part makes or moves the object.
    fn fill(&mut self, part: &Part<'_>, last_of_row: bool) -> Vec<Step> {
        let Part { phase, act, decision } = part;
        let owned = decision.owned.as_ref();
        match act {
            Act::Create => {
                let is_first = matches!(decision.change.action, Action::ReplaceCreateFirst | Action::Restore);
                let deposes = owned.filter(|_| is_first);
                self.objects.create(decision.generation, deposes.is_some());
                self.draft.clone_from(&decision.row);
                let step = self.step(decision, act, decision.generation, deposes);
                let (inputs, relies_on) = (decision.inputs.clone(), decision.relies_on.clone());
                vec![Step { inputs, relies_on, expects: None, watched: Vec::new(), ..step }]
            }
            Act::Update => {
                self.draft.clone_from(&decision.row);
                let step = self.step(decision, act, decision.generation, owned);
                let Decision { inputs, changed, before, relies_on, .. } = (*decision).clone();
                vec![Step { inputs, changed, before, relies_on, ..step }]
            }
            Act::Delete | Act::DeleteDouble => self.delete(decision, act, *phase),
            // It comes with its deletion.
            Act::UnguardDouble => Vec::new(),
            Act::Forget => {
                let step = self.step(decision, act, decision.generation, owned);
                vec![Step { row: None, ..step }]
            }
            Act::Move(_) | Act::Record => {
                if last_of_row {
                    self.draft.clone_from(&decision.row);
                }
                let step = self.step(decision, act, decision.generation, owned);
                let inputs = if *act == Act::Record { decision.inputs.clone() } else { Map::default() };
                vec![Step { inputs, ..step }]
            }
        }
    }

    /// A deletion, with an update before it that lifts what guards the object.
    fn delete(&mut self, decision: &Decision, act: &Act, phase: Phase) -> Vec<Step> {
        let owned = decision.owned.as_ref();
        let mut steps = Vec::new();
        let guards = &decision.delete_guards;
        if !guards.is_empty() {
            let set = |to: bool| guards.iter().map(move |name| (name.clone(), Value::Bool(to)));
            let (lifts, applied, provider) = match act {
                // The row says nothing about it.
                Act::DeleteDouble => (Act::UnguardDouble, decision.inputs.clone(), decision.provider.clone()),
                _ => {
                    let applied = self.row.map(|row| row.applied.clone()).unwrap_or_default();
                    (Act::Update, applied, self.lives_in(decision))
                }
            };
            let step = self.step(decision, &lifts, decision.generation, owned);
            steps.push(Step {
                inputs: applied.into_iter().chain(set(false)).collect(),
                changed: guards.clone(),
                before: set(true).collect(),
                provider,
                ..step
            });
        }
        let step = self.step(decision, act, decision.generation, owned);
        // A double may have the generation of the object that is owned.
        let left = *act == Act::DeleteDouble || self.objects.delete(step.generation);
        // A deposed object leaves the row as its own decision says; the row of a declared address is the draft by now.
        let row = match phase {
            Phase::DeleteDeposedFirst | Phase::DeleteDeposed => self.draft.clone().or_else(|| decision.row.clone()),
            Phase::DeleteDouble | Phase::Move | Phase::Alternative => self.draft.clone(),
            Phase::DeleteFirst | Phase::Make => self.draft.clone(),
            Phase::DeleteOld | Phase::Remove => self.draft.clone(),
        };
        let expects = if guards.is_empty() { step.expects.clone() } else { decision.expects_unguarded.clone() };
        let inputs = decision.delete_arguments.clone();
        let row = match (decision.change.action, &decision.row) {
            // That it has done what it is for is still to be known.
            (Action::Delete, Some(kept)) => Some(kept.clone()),
            _ => row.filter(|_| left),
        };
        steps.push(Step { inputs, expects, row, ..step });
        steps
    }

    /// Where the object that is there lives: a replaced resource that changes its provider instance is deleted where it was.
    fn lives_in(&self, decision: &Decision) -> Name {
        self.row.map_or(&decision.provider, |row| &row.provider).clone()
    }

    /// A step with everything that is the same for all acts.
    fn step(&self, decision: &Decision, act: &Act, generation: u32, owned: Option<&Owned>) -> Step {
        let kind = decision.change.address.kind();
        let (typical_seconds, timeout_seconds) = self.sources.schema(kind).map_or((0, 0), |schema| match act {
            Act::Create => (schema.typical.create, schema.timeouts.create),
            Act::Update | Act::UnguardDouble => (schema.typical.update, schema.timeouts.update),
            Act::Delete | Act::DeleteDouble => (schema.typical.delete, schema.timeouts.delete),
            Act::Move(_) => (TYPICAL_MOVE_SECONDS, schema.timeouts.update),
            Act::Forget | Act::Record => (0, 0),
        });
        let provider = match act {
            Act::Delete | Act::Move(_) => self.lives_in(decision),
            Act::Create | Act::Update | Act::UnguardDouble | Act::DeleteDouble | Act::Forget | Act::Record => {
                decision.provider.clone()
            }
        };
        Step {
            id: 0,
            act: act.clone(),
            address: decision.change.address.clone(),
            generation: match act {
                Act::Create => generation,
                _ => owned.map_or(generation, |owned| owned.generation),
            },
            provider,
            object: owned.map(|owned| owned.id.clone()),
            inputs: Map::default(),
            changed: Vec::new(),
            before: Map::default(),
            when: None,
            expects: decision.expects.clone(),
            watched: decision.watched.clone(),
            relies_on: Vec::new(),
            after: Vec::new(),
            row: self.draft.clone(),
            typical_seconds,
            timeout_seconds,
        }
    }
}

/// The objects that a row has, by generation.
struct Objects {
    current: Option<u32>,
    /// What the current one stands on.
    depended_on: Vec<Address>,
    /// The deposed ones, with what they stand on.
    deposed: BTreeMap<u32, Vec<Address>>,
}

impl Objects {
    fn new(row: Option<&Row>, moves: &Moves) -> Self {
        let edges = |deposed: &Deposed| (deposed.object.generation, moves.renamed(&deposed.depends_on));
        Self {
            current: row.and_then(|row| row.current.as_ref()).map(|owned| owned.generation),
            depended_on: row.map(|row| moves.renamed(&row.depends_on)).unwrap_or_default(),
            deposed: row.map(|row| row.deposed.iter().map(edges).collect()).unwrap_or_default(),
        }
    }

    fn create(&mut self, generation: u32, deposes: bool) {
        let old = self.current.replace(generation);
        self.deposed.extend(old.filter(|_| deposes).map(|old| (old, std::mem::take(&mut self.depended_on))));
    }

    /// Whether any object is left.
    fn delete(&mut self, generation: u32) -> bool {
        self.current = self.current.filter(|&current| current != generation);
        self.deposed.remove(&generation);
        self.current.is_some() || !self.deposed.is_empty()
    }
}

fn draft(row: &Row, moves: &Moves) -> RowDraft {
    RowDraft { depends_on: moves.renamed(&row.depends_on), ..RowDraft::of(row) }
}
