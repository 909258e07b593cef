//! The last look before acting: is everything still what the plan was made from?
//!
//! All objects are read in one batch. What does not fit stops its step and what depends on it; the rest goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_plans::live::Question;
use flashinfra_plans::plan::Act;
use flashinfra_plans::{
    Address, Ledger, Live, Map, Name, Object, OwnerMark, Phase, Place, Plan, Row, Step, Value, compare, fingerprint,
};
use flashinfra_providers::{Class, Error};
use flashinfra_stacks::schema::Schema;

use super::report::{Stale, StaleAttribute};
use super::run::Begun;
use super::{relied, settle};
use crate::read::Opened;

/// What the last look found.
#[derive(Default)]
pub(crate) struct Checked {
    /// Steps whose object is not what the plan was made from.
    pub(crate) stale: Vec<(u32, Stale)>,
    /// Steps whose object cannot be read.
    pub(crate) unfit: Vec<(u32, Error)>,
    /// The objects of the others.
    pub(crate) seen: BTreeMap<u32, Object>,
}

/// Reads the objects of a plan's steps, and those that they are sent values of, and compares them with what the steps expect.
/// `differing` are steps that do not fit to the ledger.
pub(crate) async fn recheck(
    opened: &Opened,
    plan: &Plan,
    begun: &Begun,
    mut differing: BTreeMap<u32, Stale>,
    ledger: &Ledger,
) -> Checked {
    let (steps, schemas, lookups) = (&plan.steps[..], &plan.schemas, &plan.basis.lookups);
    let rows = Rows::new(steps, ledger);
    let earlier = follows(steps);
    let freed = freed(opened, steps, schemas);
    let mut checked = Checked::default();
    let mut looks = Vec::new();
    let mut questions = Vec::new();
    for step in steps.iter().filter(|step| !begun.is_begun(step.id)) {
        if let Some(stale) = differing.remove(&step.id).or_else(|| rows.disagreement(step)) {
            checked.stale.push((step.id, stale));
            continue;
        }
        let Some(schema) = schemas.get(step.address.kind()) else { continue };
        if earlier.get(&step.id).is_some_and(|update| !begun.done.contains(&update.id)) {
            // It expects what that one leaves, and looks for it when its turn comes.
            continue;
        }
        if plan.basis.is_deferred(step) {
            // It is looked for once its place is there.
            continue;
        }
        if let Some((id, want)) = wanted(opened, step, schema, &freed) {
            if opened.reader(&step.provider).is_none() {
                let message = format!("what {} is in is not there any more: nobody can look there", step.address);
                checked.stale.push((step.id, Stale { message, attributes: Vec::new() }));
                continue;
            }
            let attributes = asked(&step.inputs, rows.of(&step.address).map(|row| &row.applied));
            questions.push((step.provider.clone(), Question { kind: step.address.kind().into(), id, attributes }));
            looks.push((step, schema, want));
        }
    }
    let relied = relied::questions(steps.iter().filter(|step| !begun.is_begun(step.id)), &rows, lookups);
    questions.extend(relied.iter().map(|((provider, ..), question)| ((*provider).clone(), question.clone())));
    let mut answers = opened.ask(questions).await.into_iter();
    for ((step, schema, want), live) in looks.into_iter().zip(answers.by_ref()) {
        let applied = rows.of(&step.address).map(|row| row.applied.clone()).unwrap_or_default();
        match compare(step, schema, want, live, &applied, &ledger.uuid) {
            Verdict::Fits(object) => checked.seen.extend(object.map(|object| (step.id, object))),
            Verdict::Stale(stale) => checked.stale.push((step.id, stale)),
            Verdict::Unreadable(error) => checked.unfit.push((step.id, error)),
        }
    }
    let relied: BTreeMap<_, _> = relied.into_keys().zip(answers).collect();
    let schema = |kind: &str| schemas.get(kind).or_else(|| ledger.schemas.get(kind));
    let stopped = checked.stale.iter().map(|(step, _)| *step).chain(checked.unfit.iter().map(|(step, _)| *step));
    let stopped: BTreeSet<u32> = stopped.collect();
    for step in steps.iter().filter(|step| !begun.is_begun(step.id) && !stopped.contains(&step.id)) {
        let wrong = step.relies_on.iter().find_map(|reliance| {
            let live = relied.get(&relied::key(reliance))?;
            let is_lookup = lookups.contains_key(&reliance.address);
            relied::verdict(reliance, schema(reliance.address.kind())?, is_lookup, live)
        });
        match wrong {
            Some(Verdict::Stale(stale)) => checked.stale.push((step.id, stale)),
            Some(Verdict::Unreadable(error)) => checked.unfit.push((step.id, error)),
            Some(Verdict::Fits(_)) | None => {}
        }
    }
    checked
}

/// The steps that follow an update of the same object in the same plan, each with that update.
pub(crate) fn follows(steps: &[Step]) -> BTreeMap<u32, &Step> {
    let mut updated: BTreeMap<(&Address, &Name), &Step> = BTreeMap::new();
    let mut follows = BTreeMap::new();
    for step in steps {
        let Some(object) = &step.object else { continue };
        if let Some(update) =
            updated.get(&(&step.address, object)).filter(|update| step.expects.is_some() && update.when == step.when)
        {
            follows.insert(step.id, *update);
        }
        if matches!(step.act, Act::Update | Act::UnguardDouble) {
            updated.insert((&step.address, object), step);
        }
    }
    follows
}

/// What a look at an object asks for: some attributes take a call of their own, which is made when one is declared or was
/// applied. One that is set for the first time has been compared by the plan, too.
pub(crate) fn asked(inputs: &Map, applied: Option<&Map>) -> Map {
    let is_new = |(name, _): &&(Name, Value)| applied.is_none_or(|applied| applied.get(name).is_none());
    applied.into_iter().flatten().chain(inputs.iter().filter(is_new)).cloned().collect()
}

/// A unique name in its place, by its kind.
type Holding<'a> = (&'a str, Option<&'a Place>, Name);

fn holding<'a>(opened: &'a Opened, step: &'a Step, schema: &Schema, name: &Name) -> Holding<'a> {
    (step.address.kind(), opened.places.get(&step.provider), compare::name(schema, name))
}

/// The names that this very plan frees before it takes them: they are still taken now.
fn freed<'a>(opened: &'a Opened, steps: &'a [Step], schemas: &BTreeMap<Name, Arc<Schema>>) -> BTreeSet<Holding<'a>> {
    let deletes = steps.iter().filter(|step| step.act == Act::Delete);
    let freed = deletes.filter_map(|step| {
        let schema = schemas.get(step.address.kind())?;
        Some(holding(opened, step, schema, step.object.as_ref()?))
    });
    freed.collect()
}

/// What a step wants to find.
#[derive(Clone, Copy)]
enum Want<'a> {
    /// The object with this fingerprint.
    Object(&'a Name),
    /// The object, whatever it looks like.
    Any,
    /// Nothing: the name is to be free.
    Nothing,
}

/// What a step wants to find, and under which id; none when there is nothing to look for.
fn wanted<'a>(
    opened: &Opened,
    step: &'a Step,
    schema: &Schema,
    freed: &BTreeSet<Holding<'_>>,
) -> Option<(Name, Want<'a>)> {
    match (&step.act, &step.object, &step.expects) {
        (Act::Create, _, _) => {
            let name = settle::name(schema, &step.inputs)?;
            (!freed.contains(&holding(opened, step, schema, &name))).then_some((name, Want::Nothing))
        }
        (_, Some(object), Some(expects)) => Some((object.clone(), Want::Object(expects))),
        (Act::Record, Some(object), None) => Some((object.clone(), Want::Any)),
        (Act::Update | Act::Delete | Act::UnguardDouble | Act::DeleteDouble, _, _) => None,
        (Act::Forget | Act::Move(_) | Act::Record, _, _) => None,
    }
}

/// What a look at a step's object says.
pub(crate) enum Verdict {
    /// It is what the step expects.
    Fits(Option<Object>),
    /// It is not.
    Stale(Stale),
    /// It could not be looked at.
    Unreadable(Error),
}

/// Compares the object of one step with what the step expects: for a step that waited so long for others that the last look
/// is not the last any more, and for one that follows an update. `before` is what that update expected, as long as the service may
/// still show it, or not show the object at all.
pub(crate) fn again(
    step: &Step,
    schema: &Schema,
    live: Live,
    before: Option<&Name>,
    applied: &Map,
    uuid: &str,
) -> Verdict {
    let is_before = match (&live, before) {
        (Live::Present(object), Some(before)) => {
            fingerprint::fingerprint(uuid, schema, object, &step.watched) == *before
        }
        (Live::Absent, Some(_)) => true,
        (Live::Present(_) | Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. }, _) => false,
    };
    match &step.expects {
        Some(expects) if !is_before => compare(step, schema, Want::Object(expects), live, applied, uuid),
        Some(_) | None => Verdict::Fits(None),
    }
}

/// Compares the object of a step that an earlier run began with what the step expects. What of it that run may have done is taken
/// for what was before: what is live as it is `wanted`, and what is on the way there. A deletion wants nothing.
pub(crate) fn begun(step: &Step, schema: &Schema, live: Live, wanted: &Map, applied: &Map, uuid: &str) -> Verdict {
    let Some(expects) = &step.expects else { return Verdict::Fits(None) };
    let undone = match &live {
        Live::Present(object) => undone(step, schema, object, wanted, applied),
        Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
    };
    match (compare(step, schema, Want::Object(expects), live, applied, uuid), undone) {
        // It may be as it was, in a spelling that no row has.
        (Verdict::Stale(_), Some(object)) => {
            compare(step, schema, Want::Object(expects), Live::Present(object), applied, uuid)
        }
        (verdict, _) => verdict,
    }
}

/// An object without what a step may have done of it; none for a step that does nothing in part. Deleting may take several calls,
/// which take away what the object has before it goes itself.
fn undone(step: &Step, schema: &Schema, object: &Object, wanted: &Map, applied: &Map) -> Option<Object> {
    let live = &object.attributes;
    let attributes = match step.act {
        Act::Update | Act::UnguardDouble => step.changed.iter().fold(live.clone(), |attributes, name| {
            let before = step.before.get(name);
            let is_done =
                compare::is_live(schema, name, wanted, live) || is_on_the_way(live.get(name), before, wanted.get(name));
            if is_done { attributes.with_at(name, before.cloned()) } else { attributes }
        }),
        Act::Delete => applied.iter().fold(live.clone(), |attributes, (name, before)| {
            let is_taken = live.get(name).is_none() || is_on_the_way(live.get(name), Some(before), None);
            if is_taken { attributes.with(name.clone(), before.clone()) } else { attributes }
        }),
        Act::Create | Act::DeleteDouble | Act::Forget | Act::Move(_) | Act::Record => return None,
    };
    Some(Object { attributes, ..object.clone() })
}

/// Whether the live entries of a collection are some of those that it had and some of those that it is to have.
fn is_on_the_way(live: Option<&Value>, before: Option<&Value>, wanted: Option<&Value>) -> bool {
    let ends = [before, wanted];
    let list =
        |value: Option<&Value>, entry: &Value| value.and_then(Value::as_list).is_some_and(|all| all.contains(entry));
    let map = |value: Option<&Value>, (name, entry): &(Name, Value)| {
        value.and_then(Value::as_map).is_some_and(|all| all.get(name) == Some(entry))
    };
    match live {
        Some(Value::List(entries)) => entries.iter().all(|entry| ends.iter().any(|end| list(*end, entry))),
        Some(Value::Map(entries)) => entries.iter().all(|entry| ends.iter().any(|end| map(*end, entry))),
        None => before.is_some_and(|before| before.as_list().is_some() || before.as_map().is_some()),
        Some(_) => false,
    }
}

fn compare(step: &Step, schema: &Schema, want: Want<'_>, live: Live, applied: &Map, uuid: &str) -> Verdict {
    let stale = |message: String| Verdict::Stale(Stale { message, attributes: Vec::new() });
    let id = step.object.as_ref().unwrap_or(&step.provider);
    match (live, want) {
        (Live::Unreadable { reason }, _) => {
            let message = format!("{id} could not be read before changing it: {reason}");
            Verdict::Unreadable(Error::new(Class::AskPerson, message))
        }
        (Live::Absent, Want::Nothing) => Verdict::Fits(None),
        (Live::Tombstone { note }, Want::Nothing) => stale(note.to_string()),
        (Live::Present(object), Want::Nothing) => {
            stale(format!("{} exists by now, and did not when the plan was made", object.id))
        }
        (Live::Present(object), Want::Any) => Verdict::Fits(Some(object)),
        (Live::Present(object), Want::Object(_)) if is_of_double(step) && !carries(&object, step, uuid) => {
            stale(format!("{id} does not carry the mark any more that it had when the plan was made"))
        }
        (Live::Present(object), Want::Object(expects)) => {
            let is_it = |object: &Object| fingerprint::fingerprint(uuid, schema, object, &step.watched) == *expects;
            if is_it(&object) || was_at_work(step, &object, is_it) {
                return Verdict::Fits(Some(object));
            }
            Verdict::Stale(differences(step, schema, &object, applied))
        }
        // What is to go and is gone is as the plan wants it.
        (Live::Absent | Live::Tombstone { .. }, Want::Object(_) | Want::Any) => match step.act {
            Act::Delete | Act::DeleteDouble | Act::Forget => Verdict::Fits(None),
            Act::Create | Act::Update | Act::UnguardDouble | Act::Move(_) | Act::Record => {
                stale(format!("{id} is gone, and was there when the plan was made"))
            }
        },
    }
}

/// Whether an object that is to be deleted was still at work when the plan was made, and is as it was but for that: a Job that an
/// interrupted run left ends by itself, and is deleted all the same.
fn was_at_work(step: &Step, object: &Object, is_it: impl Fn(&Object) -> bool) -> bool {
    let is_over = step.act == Act::Delete && matches!(object.phase, Phase::Ready | Phase::Failed);
    is_over && [Phase::Creating, Phase::Updating].into_iter().any(|phase| is_it(&Object { phase, ..object.clone() }))
}

fn is_of_double(step: &Step) -> bool {
    matches!(step.act, Act::UnguardDouble | Act::DeleteDouble)
}

/// Whether an object carries the mark of the step's address and generation: what makes a double one.
fn carries(object: &Object, step: &Step, uuid: &str) -> bool {
    let is_it =
        |mark: &OwnerMark| mark.stack == uuid && mark.address == step.address && mark.generation == step.generation;
    object.owner.as_ref().is_some_and(is_it)
}

/// What differs, as far as it can be told: a fingerprint says that something does, the ledger and the step's own `before` say
/// what was expected.
fn differences(step: &Step, schema: &Schema, live: &Object, applied: &Map) -> Stale {
    let message = match live.phase {
        Phase::Ready => format!("{} is not what the plan was made from", live.id),
        Phase::Creating | Phase::Updating => format!("{} is being changed by somebody else", live.id),
        Phase::Failed => format!("{} has failed since the plan was made", live.id),
        Phase::Deleting => format!("{} is being deleted by somebody else", live.id),
    };
    let expected = |path: &Name| {
        let is_before = step.changed.iter().any(|name| path.split('.').next() == Some(name.as_str()));
        let from = if is_before { &step.before } else { applied };
        from.at(path).cloned()
    };
    // What could not be read tells nothing, and no fingerprint covers it.
    let is_read = |path: &&Name| !live.unverified.iter().any(|name| path.split('.').next() == Some(name.as_str()));
    let attributes = step
        .watched
        .iter()
        .filter(is_read)
        .map(|path| StaleAttribute {
            path: path.clone(),
            expected: expected(path),
            live: live.attributes.at(path).cloned(),
        })
        .filter(|StaleAttribute { path, expected, live }| match (schema.attribute(path), expected, live) {
            (Some(attribute), Some(expected), Some(live)) => !compare::satisfies(attribute, expected, live),
            _ => expected != live,
        })
        .collect();
    Stale { message, attributes }
}

/// The ledger's rows under the addresses that the steps know them by.
pub(super) struct Rows<'a> {
    ledger: &'a Ledger,
    moved: BTreeMap<&'a Address, &'a Address>,
}

impl<'a> Rows<'a> {
    fn new(steps: &'a [Step], ledger: &'a Ledger) -> Self {
        let moves = steps.iter().filter_map(|step| match &step.act {
            Act::Move(from) => Some((&step.address, from)),
            Act::Create | Act::Update | Act::Delete | Act::UnguardDouble | Act::DeleteDouble => None,
            Act::Forget | Act::Record => None,
        });
        Self { ledger, moved: moves.collect() }
    }

    pub(super) fn of(&self, address: &Address) -> Option<&'a Row> {
        let moved = self.moved.get(address).and_then(|from| self.ledger.rows.get(*from));
        moved.or_else(|| self.ledger.rows.get(address))
    }

    /// Whether the row of a step does not have the step's object.
    fn is_gone(&self, step: &Step) -> bool {
        let mut owned = self.of(&step.address).into_iter().flat_map(Row::objects);
        step.object.as_ref().is_some_and(|id| !owned.any(|owned| owned.id == *id))
    }

    /// Whether the ledger is another than the plan was made from. The serial says so as a rule; what an interrupted run left is
    /// found out twice, for the plan and for the apply, and may have been told differently.
    fn disagreement(&self, step: &Step) -> Option<Stale> {
        let fits = match &step.act {
            // What moves from an address where it is gone comes back above the generation that it had there.
            Act::Create => step.generation >= self.ledger.next_generation(&step.address),
            Act::UnguardDouble | Act::DeleteDouble => {
                let mut owners = step.object.iter().flat_map(|id| self.ledger.owners(step.address.kind(), id));
                owners.next().is_none()
            }
            Act::Update | Act::Delete | Act::Forget | Act::Move(_) | Act::Record => {
                self.of(&step.address).is_some() && !self.is_gone(step)
            }
        };
        let message = || format!("the ledger says something else about {} than when the plan was made", step.address);
        (!fits).then(|| Stale { message: message(), attributes: Vec::new() })
    }
}

/// The steps that are to take away what the ledger does not have any more: an interrupted run had begun to, and the plan was made
/// before that was seen. With a deletion goes what lifts its guard.
pub(super) fn gone_already(steps: &[Step], ledger: &Ledger) -> BTreeSet<u32> {
    fn of(step: &Step) -> (&Address, &Option<Name>) {
        (&step.address, &step.object)
    }
    let rows = Rows::new(steps, ledger);
    let takes = |step: &&Step| matches!(step.act, Act::Delete | Act::Forget) && rows.is_gone(step);
    let taken: BTreeSet<_> = steps.iter().filter(takes).map(of).collect();
    let goes = |step: &&Step| matches!(step.act, Act::Update | Act::Delete | Act::Forget) && taken.contains(&of(step));
    steps.iter().filter(goes).map(|step| step.id).collect()
}
