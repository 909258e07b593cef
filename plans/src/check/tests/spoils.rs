//! Ways to spoil a sound plan; each says whether the plan had what it takes.

use crate::ledger::Ledger;
use crate::map;
use crate::plan::{Act, Action, AttributeChange, Mode, OutputChange, Plan, Reason, Reliance, Step};
use crate::samples::Random;
use crate::value::{Address, Expression, Reference, Value};

/// A step that `wanted` accepts.
fn pick<'p>(random: &mut Random, plan: &'p mut Plan, wanted: impl Fn(&Step) -> bool) -> Option<&'p mut Step> {
    let places: Vec<usize> = (0..plan.steps.len()).filter(|&place| wanted(&plan.steps[place])).collect();
    let place = *places.get(random.below(places.len()))?;
    Some(&mut plan.steps[place])
}

fn is_plain_update(step: &Step) -> bool {
    step.act == Act::Update && step.changed == ["size"]
}

fn reference(address: &Address) -> Value {
    Value::Expression(Box::new(Expression::Reference(Reference { address: address.clone(), path: "id".into() })))
}

/// Takes a step out and closes the gap.
fn take_out(plan: &mut Plan, id: u32) -> Step {
    let taken = plan.steps.remove(id as usize - 1);
    for step in &mut plan.steps {
        step.after.retain(|&earlier| earlier != id);
        step.after.iter_mut().filter(|earlier| **earlier > id).for_each(|earlier| *earlier -= 1);
        if step.id > id {
            step.id -= 1;
        }
    }
    taken
}

/// Puts a step last, waiting for nothing.
fn put_last(plan: &mut Plan, step: Step) {
    let id = u32::try_from(plan.steps.len()).unwrap() + 1;
    plan.steps.push(Step { id, after: Vec::new(), ..step });
}

pub(super) fn swap_numbers(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let place = random.below(plan.steps.len().checked_sub(1)?);
    plan.steps.swap(place, place + 1);
    Some(())
}

pub(super) fn wait_for_later(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |_| true)?;
    step.after = vec![step.id];
    Some(())
}

pub(super) fn wait_for_nobody(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |_| true)?.after = vec![0];
    Some(())
}

pub(super) fn double_wait(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| !step.after.is_empty())?;
    step.after.push(step.after[0]);
    Some(())
}

pub(super) fn forget_dependency(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let makers: Vec<(u32, Address)> = plan
        .steps
        .iter()
        .filter(|step| step.act == Act::Create || is_plain_update(step))
        .map(|step| (step.id, step.address.clone()))
        .collect();
    let needs = |step: &Step| {
        let row = step.row.as_ref().filter(|_| step.act == Act::Create || is_plain_update(step))?;
        let of = |(id, address): &&(u32, Address)| step.after.contains(id) && row.depends_on.contains(address);
        makers.iter().find(of).map(|(id, _)| *id)
    };
    let step = pick(random, plan, |step| needs(step).is_some())?;
    let needed = needs(step);
    step.after.retain(|id| Some(*id) != needed);
    Some(())
}

pub(super) fn forget_chain(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let addresses: Vec<(u32, Address)> = plan.steps.iter().map(|step| (step.id, step.address.clone())).collect();
    let same = |step: &Step| addresses.iter().any(|(id, address)| step.after.contains(id) && *address == step.address);
    pick(random, plan, same)?.after.clear();
    Some(())
}

pub(super) fn delete_early(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let first: Vec<_> =
        plan.steps.iter().filter(|step| step.act == Act::Create).map(|step| step.object.clone()).collect();
    let old = pick(random, plan, |step| step.act == Act::Delete && first.contains(&step.object))?;
    old.after.clear();
    Some(())
}

pub(super) fn create_early(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let replaced: Vec<_> =
        plan.changes.iter().filter(|c| c.action == Action::Replace).map(|c| c.address.clone()).collect();
    pick(random, plan, |step| step.act == Act::Create && replaced.contains(&step.address))?.after.clear();
    Some(())
}

pub(super) fn leave_out(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let id = pick(random, plan, |step| step.changed != ["deletion_protection"])?.id;
    take_out(plan, id);
    Some(())
}

pub(super) fn make_twice(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.changed != ["deletion_protection"])?.clone();
    put_last(plan, step);
    Some(())
}

pub(super) fn generation_twice(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.act == Act::Create)?.clone();
    put_last(plan, step);
    Some(())
}

pub(super) fn generation_low(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let deleted: Vec<_> = plan.steps.iter().filter(|s| s.act == Act::Delete).map(|s| s.address.clone()).collect();
    pick(random, plan, |step| step.act == Act::Create && deleted.contains(&step.address))?.generation = 1;
    Some(())
}

pub(super) fn generation_retired(random: &mut Random, plan: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.act == Act::Create)?;
    ledger.retired.insert(step.address.clone(), step.generation);
    Some(())
}

pub(super) fn beside_current(random: &mut Random, plan: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    let other = ledger.rows.values().find(|row| row.current.is_some())?.clone();
    let moved: Vec<_> = plan.steps.iter().filter(|step| matches!(step.act, Act::Move(_))).cloned().collect();
    let is_moved =
        |address: &Address| moved.iter().any(|step| step.address == *address || step.act == Act::Move(address.clone()));
    let is_new = |step: &Step| !ledger.rows.contains_key(&step.address) && !is_moved(&step.address);
    let step = pick(random, plan, |step| step.act == Act::Create && is_new(step))?;
    ledger.rows.insert(step.address.clone(), other);
    Some(())
}

pub(super) fn other_action(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let count = plan.changes.len();
    let change = plan.changes.get_mut(random.below(count))?;
    change.action = if change.action == Action::Update { Action::Create } else { Action::Update };
    Some(())
}

pub(super) fn change_twice(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let place = random.below(plan.changes.len());
    let change = plan.changes.get(place)?.clone();
    plan.changes.insert(place, change);
    Some(())
}

pub(super) fn changes_unsorted(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let last = plan.changes.len().checked_sub(1)?;
    plan.changes.swap(0, last);
    (plan.changes[0].address != plan.changes[last].address).then_some(())
}

fn destroys(action: Action) -> bool {
    matches!(action, Action::Replace | Action::ReplaceCreateFirst | Action::Delete)
}

pub(super) fn not_allowed(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    plan.allowed.clear();
    plan.changes.iter().any(|change| change.protected && destroys(change.action)).then_some(())
}

pub(super) fn allowed_unsorted(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    plan.allowed.reverse();
    (plan.allowed.len() > 1).then_some(())
}

pub(super) fn not_stateful(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    plan.changes.iter_mut().find(|change| change.stateful)?.stateful = false;
    Some(())
}

fn set_input(step: &mut Step, name: &str, value: Value) {
    step.inputs = std::mem::take(&mut step.inputs).with(name, value);
}

pub(super) fn secret_in_inputs(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.inputs.get("password").is_some())?;
    set_input(step, "password", "hunter2".into());
    Some(())
}

pub(super) fn secret_in_block(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.address.kind() == "test.server" && !step.inputs.is_empty())?;
    let disk = Value::Map(map! { "key" => "hunter2", "size" => 1 });
    set_input(step, "disks", vec![disk].into());
    Some(())
}

pub(super) fn secret_before(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.address.kind() == "test.database")?;
    step.before = map! { "password" => "hunter2" };
    Some(())
}

pub(super) fn secret_in_change(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let change = plan.changes.iter_mut().find(|change| change.address.kind() == "test.server")?;
    let (path, after) = ("disks[0].key".into(), Some("hunter2".into()));
    change.attributes.push(AttributeChange { path, before: None, after, forces_replacement: false, note: None });
    Some(())
}

pub(super) fn update_blindly(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |step| step.act == Act::Update)?.expects = None;
    Some(())
}

pub(super) fn delete_blindly(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let kept: Vec<_> = plan.changes.iter().filter(|c| destroys(c.action)).filter_map(|c| c.object.clone()).collect();
    let wanted =
        |step: &Step| step.expects.is_some() && step.object.as_ref().is_some_and(|object| kept.contains(object));
    pick(random, plan, |step| step.act == Act::Delete && wanted(step))?.expects = None;
    Some(())
}

pub(super) fn create_expects(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |step| step.act == Act::Create)?.expects = Some("sha256:0".into());
    Some(())
}

/// What a step is sent of another object, as it was read.
fn reliance(address: &Address, provider: &str, object: &str) -> Reliance {
    let values = map! { "arn" => "arn:1" };
    Reliance { address: address.clone(), provider: provider.into(), object: object.into(), values }
}

pub(super) fn relies_on_others(random: &mut Random, plan: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    let address = ledger.rows.keys().next()?.clone();
    let step = pick(random, plan, |step| step.act == Act::Create)?;
    step.relies_on.push(reliance(&address, "test", "somebody-elses"));
    Some(())
}

pub(super) fn relies_on_nobody(random: &mut Random, plan: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    let (address, row) = ledger.rows.iter().find(|(_, row)| row.current.is_some())?;
    let object = row.current.as_ref()?.id.clone();
    pick(random, plan, |step| step.act == Act::Create)?.relies_on.push(reliance(address, "nobody", &object));
    Some(())
}

pub(super) fn no_schema(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let kind = pick(random, plan, |_| true)?.address.kind().to_owned();
    plan.schemas.remove(kind.as_str());
    Some(())
}

pub(super) fn no_provider(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |_| true)?.provider = "nobody".into();
    Some(())
}

pub(super) fn no_place(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    plan.basis.places.clear();
    (!plan.steps.is_empty()).then_some(())
}

pub(super) fn destroy_creates(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    plan.mode = Mode::Destroy;
    plan.steps.iter().any(|step| step.act == Act::Create).then_some(())
}

pub(super) fn tidy_creates(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    plan.mode = Mode::Tidy;
    plan.steps.iter().any(|step| step.act == Act::Create).then_some(())
}

pub(super) fn refresh_deletes(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    plan.mode = Mode::RefreshOnly;
    plan.steps.iter().any(|step| step.act == Act::Delete).then_some(())
}

pub(super) fn changed_unknown(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, is_plain_update)?.changed.push("zone".into());
    Some(())
}

pub(super) fn changed_nothing(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, is_plain_update)?.changed.clear();
    Some(())
}

pub(super) fn refer_nowhere(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.act == Act::Create)?;
    set_input(step, "tags", reference(&Address::parse("test.network/nowhere").unwrap()));
    Some(())
}

pub(super) fn refer_to_itself(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.act == Act::Create)?;
    let own = reference(&step.address);
    set_input(step, "tags", own);
    Some(())
}

pub(super) fn refer_later(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let last = plan.steps.iter().rev().find(|step| step.act == Act::Create)?;
    let (id, address) = (last.id, last.address.clone());
    let step = pick(random, plan, |step| is_plain_update(step) && step.id < id)?;
    set_input(step, "tags", reference(&address));
    Some(())
}

pub(super) fn output_of_deleted(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let gone = plan.changes.iter().find(|change| change.action == Action::Delete)?;
    let value = Some(reference(&gone.address));
    plan.outputs.push(OutputChange { name: "id".into(), before: None, after: Some(Value::Unknown), value });
    Some(())
}

pub(super) fn no_row(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |step| step.act == Act::Create)?.row = None;
    Some(())
}

pub(super) fn no_object(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |step| step.act == Act::Delete)?.object = None;
    Some(())
}

pub(super) fn row_of_forgotten(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let row = plan.steps.iter().find_map(|step| step.row.clone())?;
    pick(random, plan, |step| step.act == Act::Forget)?.row = Some(row);
    Some(())
}

pub(super) fn move_nowhere(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let step = pick(random, plan, |step| step.act == Act::Record)?;
    let address = step.address.clone();
    step.act = Act::Move(address.clone());
    let change = plan.changes.iter_mut().find(|change| change.address == address && change.action == Action::Record)?;
    (change.action, change.reasons) = (Action::Move, vec![Reason::MovedFrom(address)]);
    Some(())
}

pub(super) fn same_name(_: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    let mut named = plan.steps.iter_mut().filter(|step| step.inputs.get("name").is_some() && step.act == Act::Create);
    let (first, second) = (named.next()?, named.next()?);
    set_input(second, "name", first.inputs.get("name")?.clone());
    Some(())
}

pub(super) fn other_serial(_: &mut Random, _: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    ledger.serial += 1;
    Some(())
}

pub(super) fn other_uuid(_: &mut Random, _: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    ledger.uuid = "00000000-0000-4000-8000-000000000002".into();
    Some(())
}

pub(super) fn other_stack(_: &mut Random, _: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    ledger.environment = "production".into();
    Some(())
}

pub(super) fn other_object(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |step| step.act == Act::Delete)?.object = Some("somebody-elses".into());
    Some(())
}

pub(super) fn other_deposed(random: &mut Random, plan: &mut Plan, _: &mut Ledger) -> Option<()> {
    pick(random, plan, |step| step.act == Act::Create)?.object = Some("somebody-elses".into());
    Some(())
}

/// Puts the delete of something first; what it waited for, by the rule in question, comes later then.
fn delete_first(
    random: &mut Random,
    plan: &mut Plan,
    ledger: &Ledger,
    dependent: impl Fn(&Step) -> bool,
) -> Option<()> {
    let edges = |step: &Step| {
        let row = ledger.rows.get(&step.address)?;
        let deposed = row.deposed.iter().find(|deposed| deposed.object.generation == step.generation);
        Some(deposed.map_or(&row.depends_on, |deposed| &deposed.depends_on))
    };
    let stood_on: Vec<_> =
        plan.steps.iter().filter(|step| dependent(step)).filter_map(edges).flatten().cloned().collect();
    pick(random, plan, |step| step.act == Act::Delete && stood_on.contains(&step.address))?.after.clear();
    Some(())
}

pub(super) fn dependent_late(random: &mut Random, plan: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    delete_first(random, plan, ledger, |step| step.act == Act::Delete)
}

/// Puts the delete of what a deposed object stands on first.
pub(super) fn deposed_late(random: &mut Random, plan: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    let deposed = ledger.rows.values().flat_map(|row| &row.deposed);
    let stood_on: Vec<_> = deposed.flat_map(|deposed| deposed.depends_on.clone()).collect();
    pick(random, plan, |step| step.act == Act::Delete && stood_on.contains(&step.address))?.after.clear();
    Some(())
}

pub(super) fn rewired_late(random: &mut Random, plan: &mut Plan, ledger: &mut Ledger) -> Option<()> {
    // One that is updated after the delete, since it waits for the new object, is no late one.
    let replaced: Vec<_> =
        plan.changes.iter().filter(|c| c.action == Action::Replace).map(|c| c.address.clone()).collect();
    if !replaced.is_empty() {
        return None;
    }
    delete_first(random, plan, ledger, is_plain_update)
}
