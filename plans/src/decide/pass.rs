//! One walk over all addresses, dependencies first, that decides each.

mod create;
mod present;
mod refresh;
mod remove;
mod served;
mod test;

use std::collections::BTreeMap;

use super::Decision;
use super::PlanError;
use super::desired::Desired;
use super::diff::{Compared, Diff, diff};
use super::drift;
use super::kinds::Kind;
use super::restore;
use super::scope::{Left, Scope};
use super::world::{Node, World};
use crate::compare;
use crate::compiled::Declared;
use crate::ledger::{Owned, Row};
use crate::live::{Live, Object};
use crate::plan::{Action, Drift, DriftKind, Kept, Mode, NotVerified, Reason, Refusal, RowDraft};
use crate::references::each_reference;
use crate::resolve::is_known;
use crate::value::{Address, Map, Name, Reference, Value};
use present::Present;
use served::is_spent;

/// What became of one address, as far as those that depend on it have to know.
pub(super) enum State<'a> {
    /// It is not part of the plan.
    LeftOut,
    /// It cannot be decided, because this position could not be read or is left out.
    Blocked(usize),
    /// Nothing is there, and nothing comes.
    Gone,
    /// The object stays; these top-level attributes of it change.
    Stays {
        /// The live object.
        object: &'a Object,
        /// What the row remembers of what the provider set.
        computed: &'a Map,
        /// The attributes that change.
        changed: Vec<Name>,
    },
    /// Its object is gone on purpose, and nothing comes.
    Spent {
        /// What the row remembers of what the provider set.
        computed: &'a Map,
    },
    /// A new object is made.
    Made {
        /// Whether the one before it is deleted by this plan.
        replaces: bool,
    },
}

/// A walk and what came out of it.
pub(super) struct Pass<'w, 'a> {
    pub(super) world: &'w World<'a>,
    scope: &'w Scope,
    /// By position; those that were not walked yet are [`State::Gone`].
    pub(super) states: Vec<State<'a>>,
    pub(super) desired: Vec<Option<Desired<'a>>>,
    pub(super) decisions: Vec<(usize, Decision)>,
    pub(super) refusals: Vec<(usize, Refusal)>,
    /// Why there can be no plan at all, when that is only found on the way.
    pub(super) error: Option<PlanError>,
    /// What could not be read, and why.
    pub(super) unreadable: Vec<(usize, Name)>,
    pub(super) drift: Vec<Drift>,
    /// What of the objects that stay as they are could not be read.
    pub(super) not_verified: Vec<NotVerified>,
    /// Deposed objects that stay.
    pub(super) kept: Vec<Kept>,
    /// How many owned objects were looked for, and how many of them are gone.
    pub(super) owned: u32,
    pub(super) vanished: u32,
    /// How many of those nobody named as to be made again.
    pub(super) unexpected: u32,
}

impl<'w, 'a> Pass<'w, 'a> {
    /// Walks.
    pub(super) fn new(world: &'w World<'a>, scope: &'w Scope) -> Self {
        let count = world.nodes.len();
        let mut pass = Self {
            world,
            scope,
            states: std::iter::repeat_with(|| State::Gone).take(count).collect(),
            desired: vec![None; count],
            decisions: Vec::new(),
            refusals: Vec::new(),
            error: None,
            unreadable: Vec::new(),
            drift: Vec::new(),
            not_verified: Vec::new(),
            kept: Vec::new(),
            owned: 0,
            vanished: 0,
            unexpected: 0,
        };
        for &position in world.graph.order() {
            pass.decide(position);
        }
        pass
    }

    fn decide(&mut self, position: usize) {
        let world = self.world;
        let node = world.nodes[position];
        match self.scope.left(position) {
            Left::In => {}
            Left::Out => {
                self.states[position] = State::LeftOut;
                return;
            }
            Left::Barred(root) => {
                self.states[position] = State::Blocked(root);
                return;
            }
        }
        if let Some(root) = self.blocked_by(position, node) {
            self.states[position] = State::Blocked(root);
            return;
        }
        let Some(kind) = world.kind(position) else { return };
        match (world.input.options.mode, node) {
            (Mode::Test, Node { declared: Some(declared), row, .. }) if self.runs(declared) => {
                self.test(position, kind, declared, row);
            }
            (Mode::Apply | Mode::Tidy, Node { declared: Some(declared), row, .. }) if declared.lifecycle.test => {
                self.left_by_test(position, kind, declared, row);
            }
            (Mode::Test | Mode::Tidy, node) => self.as_it_is(position, kind, node),
            (Mode::Apply, Node { declared: Some(declared), row, .. }) => self.declared(position, kind, declared, row),
            (Mode::Apply | Mode::Destroy, Node { row: Some((address, row)), .. }) => {
                self.remove(position, kind, address, row)
            }
            (Mode::RefreshOnly, Node { row: Some((_, row)), .. }) => self.refresh(position, kind, row),
            (Mode::Apply | Mode::Destroy | Mode::RefreshOnly, _) => {}
        }
    }

    /// What is declared waits for everything that it depends on; what is deleted does not.
    fn blocked_by(&self, position: usize, node: Node<'a>) -> Option<usize> {
        node.declared?;
        self.world.graph.dependencies(position).into_iter().find_map(|dependency| match self.states[dependency] {
            // What keeps a dependency from being replaced is told as what it is.
            State::Blocked(root) => Some(root).filter(|&root| root != position),
            State::LeftOut | State::Gone | State::Spent { .. } | State::Stays { .. } | State::Made { .. } => None,
        })
    }

    fn declared(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        row: Option<(&'a Address, &'a Row)>,
    ) {
        let mut desired = Desired::new(&declared.attributes, &|reference| self.lookup(reference));
        for (name, value, resolved) in desired.computed() {
            let what = || format!("`{name}` of `{}`", declared.address);
            let hole = self.hole(value, resolved, &what, &declared.at);
            self.error = self.error.take().or(hole);
        }
        let owned = row.and_then(|(_, row)| row.current.as_ref());
        if let Some((attribute, name)) = owned.and_then(|owned| restore::live_name(kind, &desired, owned)) {
            desired.leave(attribute, Some(&Value::from(name.as_str())));
        }
        self.desired[position] = Some(desired);
        if let Some(former) = self.world.moves.conflicts.get(&declared.address) {
            self.several_rows(position, declared, former);
        }
        let Some((row_address, row)) = row else { return self.without_object(position, kind, declared, None) };
        if !self.deposed(position, kind, row_address, row) {
            return;
        }
        match &row.current {
            None if row.is_spent() => self.spent(position, kind, declared, (row_address, row)),
            None => self.without_object(position, kind, declared, Some(row)),
            Some(owned) => self.with_object(position, kind, declared, (row_address, row, owned)),
        }
    }

    /// A declared resource with an owned object: vanished, unreadable or there.
    fn with_object(
        &mut self,
        position: usize,
        kind: &Kind<'a>,
        declared: &'a Declared,
        (row_address, row, owned): (&'a Address, &'a Row, &'a Owned),
    ) {
        self.owned += 1;
        let vanished = || vec![Reason::Vanished(owned.id.clone())];
        match self.world.nodes[position].live {
            None => match self.gone_with(row) {
                Some(place) => {
                    self.note_vanished(position);
                    let lost = vec![Reason::LostWith(place)];
                    self.recreate(position, kind, declared, (row_address, row, owned), lost);
                }
                None => self.unreadable(position, self.unread(row)),
            },
            Some(Live::Unreadable { reason }) => self.unreadable(position, reason.clone()),
            Some(Live::Absent) if is_spent(declared, owned) => {
                self.spent(position, kind, declared, (row_address, row));
            }
            Some(Live::Absent) => {
                self.note_vanished(position);
                self.recreate(position, kind, declared, (row_address, row, owned), vanished());
            }
            Some(Live::Tombstone { note }) => {
                if self.awaited(declared).is_none() && is_name_reserved(kind, self.desired[position].as_ref(), owned) {
                    self.refuse(position, Refusal::Tombstone(declared.address.clone(), note.clone()));
                    self.states[position] = State::Made { replaces: false };
                } else {
                    self.recreate(position, kind, declared, (row_address, row, owned), vanished());
                }
            }
            Some(Live::Present(object)) => self.present(position, kind, Present { declared, row, owned, object }),
        }
    }

    /// The deposed objects of a row; whether all of them could be read.
    fn deposed(&mut self, position: usize, kind: &Kind<'a>, row_address: &'a Address, row: &'a Row) -> bool {
        for owned in row.deposed.iter().map(|deposed| &deposed.object) {
            match self.world.deposed(row_address, owned) {
                None => self.unreadable(position, "a deposed object was not read".into()),
                Some(Live::Unreadable { reason }) => self.unreadable(position, reason.clone()),
                Some(Live::Present(_) | Live::Absent | Live::Tombstone { .. }) => continue,
            }
            return false;
        }
        for owned in row.deposed.iter().map(|deposed| &deposed.object) {
            if let Some(live) = self.world.deposed(row_address, owned) {
                if self.keeps(position, kind, owned, live) {
                    continue;
                }
                self.delete_deposed(position, kind, row, owned, live);
            }
        }
        true
    }

    /// Why nobody asked for what a row owns.
    fn unread(&self, row: &Row) -> Name {
        match self.world.configuring(&row.provider).first() {
            Some(&at) => {
                let (provider, address) = (&row.provider, self.world.address(at));
                format!("provider `{provider}` cannot be opened as long as `{address}` is not there").into()
            }
            None => "it was not read".into(),
        }
    }

    fn unreadable(&mut self, position: usize, reason: Name) {
        self.unreadable.push((position, reason));
        self.states[position] = State::Blocked(position);
    }

    fn refuse(&mut self, position: usize, refusal: Refusal) {
        self.refusals.push((position, refusal));
    }

    /// The value that a reference has once everything it waits for is done: none when it is known only then.
    pub(super) fn lookup(&self, reference: &Reference) -> Option<Value> {
        let Reference { address, path } = reference;
        let position = self.world.graph.position(address)?;
        if let Some(value) = self.desired[position].as_ref().and_then(|desired| desired.at(path)) {
            return is_known(value).then(|| value.clone());
        }
        let (object, computed, changed) = match &self.states[position] {
            State::Stays { object, computed, changed } => (object, computed, changed),
            State::Spent { computed } => return Some(computed.at(path).cloned().unwrap_or(Value::Null)),
            State::LeftOut | State::Blocked(_) | State::Gone | State::Made { .. } => return None,
        };
        let name = path.split_once('.').map_or(path.as_str(), |(name, _)| name);
        let attribute = self.world.kind(position).and_then(|kind| kind.attribute(name));
        if let Some(attribute) = attribute {
            if changed.iter().any(|changed| attribute_changes_with(attribute, changed)) {
                return None;
            }
            if attribute.secret {
                // It is never read while planning; it stays the reference that it is.
                return Some(Value::Expression(Box::new(crate::value::Expression::Reference(reference.clone()))));
            }
        }
        // What was not read now is as it was last seen; what a ready object does not have is nothing.
        let is_unverified = object.unverified.iter().any(|unverified| unverified == name);
        let read = if is_unverified { computed.at(path) } else { object.attributes.at(path) };
        Some(read.cloned().unwrap_or(Value::Null))
    }

    /// A value that waits for nothing and is not known all the same is put together with something that is not there.
    pub(super) fn hole(
        &self,
        value: &Value,
        resolved: &Value,
        what: &dyn Fn() -> String,
        at: &Option<Name>,
    ) -> Option<PlanError> {
        if is_known(resolved) {
            return None;
        }
        let (mut waits, mut nothing) = (false, None);
        each_reference(value, "", &mut |reference, _| match self.lookup(reference) {
            None => waits = true,
            Some(Value::Null) => nothing = nothing.take().or(Some(reference)),
            Some(_) => {}
        });
        let Reference { address, path } = nothing.filter(|_| !waits)?;
        Some(PlanError::Hole { what: what(), from: address.clone(), path: path.clone(), at: at.clone() })
    }

    /// The resource that a reference waits for; none when its value is known.
    fn pending(&self, reference: &Reference) -> Option<Address> {
        self.lookup(reference).is_none().then(|| reference.address.clone())
    }

    /// Compares what is declared with live.
    fn compare(&self, kind: &Kind<'a>, declared: &Declared, desired: &Desired<'a>, row: &Row, object: &Object) -> Diff {
        diff(&Compared {
            kind,
            want: desired,
            live: &object.attributes,
            unverified: &object.unverified,
            applied: &row.applied,
            recovered: row.recovered,
            ignore: &declared.lifecycle.ignore,
            raw: &declared.raw,
            pending: &|reference| self.pending(reference),
        })
    }

    fn note_drift(&mut self, position: usize, kind: &Kind<'a>, row: &Row, object: &Object) {
        let ignore = self.world.nodes[position].declared.map_or(&[][..], |declared| &declared.lifecycle.ignore);
        let attributes = drift::attributes(kind, row, object, ignore);
        if !attributes.is_empty() {
            let address = self.world.address(position).clone();
            self.drift.push(Drift { address, kind: DriftKind::Changed, attributes, object: Some(object.id.clone()) });
        }
    }

    /// Notes what of an object that stays as it is could not be read.
    fn note_not_verified(&mut self, position: usize, mut paths: Vec<Name>) {
        if !paths.is_empty() {
            paths.sort();
            self.not_verified.push(NotVerified { address: self.world.address(position).clone(), paths });
        }
    }

    /// Counts an owned object that is not there any more.
    fn note_vanished(&mut self, position: usize) {
        // What tests left may go at any time.
        if self.world.nodes[position].declared.is_some_and(|declared| declared.lifecycle.test) {
            return;
        }
        let named = &self.world.input.options.allow_recreate_of;
        self.vanished += 1;
        self.unexpected += u32::from(!named.contains(self.world.address(position)));
    }

    fn note_gone(&mut self, position: usize, owned: &Owned) {
        let address = self.world.address(position).clone();
        let (kind, attributes, object) = (DriftKind::Deleted, Vec::new(), Some(owned.id.clone()));
        self.drift.push(Drift { address, kind, attributes, object });
    }

    /// A decision with everything empty that the action does not need.
    fn decision(&self, position: usize, kind: &Kind<'a>, action: Action, reasons: Vec<Reason>) -> Decision {
        let node = self.world.nodes[position];
        let recovered = node.row.is_some_and(|(_, row)| row.recovered);
        let protected = match (node.declared, node.row) {
            // Nobody has looked yet whether a row that was recovered is what it seems to be.
            _ if recovered => true,
            (Some(declared), _) => is_protected(declared, kind),
            (None, Some((_, row))) => row.protect,
            (None, None) => false,
        };
        let typical = &kind.schema.typical;
        let typical_seconds = match action {
            Action::Create | Action::Restore => typical.create,
            Action::Update => typical.update,
            Action::Replace | Action::ReplaceCreateFirst => typical.create.saturating_add(typical.delete),
            Action::Delete | Action::DeleteDeposed | Action::DeleteDouble => typical.delete,
            Action::Move => 1,
            Action::Forget | Action::Record => 0,
        };
        let row = node.row.map(|(_, row)| row);
        let mut decision = Decision::plain(self.world.address(position).clone(), action, reasons);
        let change = &mut decision.change;
        (change.stateful, change.protected, change.typical_seconds) =
            (kind.schema.stateful, protected, typical_seconds);
        change.at = node.declared.map_or_else(|| row.and_then(|row| row.at.clone()), |declared| declared.at.clone());
        let provider = node.declared.map(|declared| &declared.provider).or(row.map(|row| &row.provider));
        decision.provider = provider.cloned().unwrap_or_default();
        decision
    }

    fn push(&mut self, position: usize, mut decision: Decision) {
        decision.relies_on = self.reliances(position, &decision);
        self.decisions.push((position, decision));
    }

    /// What the row of a declared resource is to say.
    fn row_draft(&self, position: usize, kind: &Kind<'a>, declared: &Declared) -> RowDraft {
        let dependencies = self.world.graph.dependencies(position);
        RowDraft {
            depends_on: dependencies.into_iter().map(|dependency| self.world.address(dependency).clone()).collect(),
            protect: is_protected(declared, kind),
            retain: declared.lifecycle.retain,
            released: Vec::new(),
            deposed: BTreeMap::new(),
            at: declared.at.clone(),
        }
    }

    /// The generation of the next object of an address.
    fn next_generation(&self, address: &Address, row: Option<&Row>) -> u32 {
        let of_row = row.map_or(0, |row| row.generation.saturating_add(1));
        self.world.input.ledger.next_generation(address).max(of_row)
    }
}

pub(super) fn is_protected(declared: &Declared, kind: &Kind<'_>) -> bool {
    declared.lifecycle.protect.unwrap_or(kind.schema.stateful)
}

/// Whether a changed attribute takes another one, that the provider sets, along.
fn attribute_changes_with(attribute: &flashinfra_stacks::schema::Attribute, changed: &str) -> bool {
    match &attribute.stability {
        flashinfra_stacks::schema::Stability::Fixed => false,
        flashinfra_stacks::schema::Stability::ChangesWith(others) => others.iter().any(|other| other == changed),
    }
}

/// Whether the new object would have the name of the one that is going: a kind whose names the stack chooses.
fn is_name_reserved(kind: &Kind<'_>, desired: Option<&Desired<'_>>, owned: &Owned) -> bool {
    if kind.schema.named_by().is_empty() {
        return false;
    }
    let name = compare::chosen_name(kind.schema, |name| desired.and_then(|desired| desired.get(name)));
    name.is_none_or(|name| compare::name(kind.schema, &name) == compare::name(kind.schema, &owned.id))
}
