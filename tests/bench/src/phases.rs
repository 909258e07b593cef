//! The phases of the pure core on one fixed input, each in a function of its own so that its instructions can be counted.

use std::collections::BTreeMap;
use std::hint::black_box;

use flashinfra::load;
use flashinfra::plans::ledger::Owned;
use flashinfra::plans::plan::Options;
use flashinfra::plans::references::each_reference;
use flashinfra::plans::{
    Address, CompiledStack, Ledger, Live, Map, Name, Object, Observed, OwnerMark, Phase, Place, Plan, Row, Value,
    check, compiled, decide, file, ledger, schedule,
};

use crate::layers::Layers;
use crate::process::Failed;
use crate::stacks;

/// How many resources the fixed input has.
pub(crate) const RESOURCES: usize = 1000;

/// Every so manieth object has drifted, and every so manieth address has no object yet.
const DRIFTED: usize = 10;
const NEW: usize = 25;

const UUID: &str = "3f0d3c1e-6d0c-4d5e-9a57-0d6c5b1f2a34";

/// What the phases work on.
pub(crate) struct Fixed {
    bytes: String,
    stack: CompiledStack,
    ledger: Ledger,
    ledger_bytes: Vec<u8>,
    observed: Observed,
    plan: Plan,
    plan_bytes: Vec<u8>,
}

/// A phase, under the name in the table.
pub(crate) type Measured = (&'static str, &'static str, fn(&Fixed));

/// The phases, each with a part of its function's name: what callgrind counts in.
pub(crate) const PHASES: [Measured; 10] = [
    ("read a compiled stack", "phase_read_compiled", phase_read_compiled),
    ("its digest", "phase_digest_compiled", phase_digest_compiled),
    ("read a ledger", "phase_read_ledger", phase_read_ledger),
    ("write a ledger", "phase_write_ledger", phase_write_ledger),
    ("decide (diff)", "phase_decide", phase_decide),
    ("decide and steps", "phase_plan", phase_plan),
    ("check a plan", "phase_check", phase_check),
    ("write a plan file", "phase_write_plan", phase_write_plan),
    ("read a plan file", "phase_read_plan", phase_read_plan),
    ("schedule", "phase_schedule", phase_schedule),
];

#[inline(never)]
fn phase_read_compiled(fixed: &Fixed) {
    drop(black_box(compiled::read(fixed.bytes.as_bytes())));
}

#[inline(never)]
fn phase_digest_compiled(fixed: &Fixed) {
    black_box(compiled::digest(&fixed.stack));
}

#[inline(never)]
fn phase_read_ledger(fixed: &Fixed) {
    drop(black_box(ledger::read(&fixed.ledger_bytes)));
}

#[inline(never)]
fn phase_write_ledger(fixed: &Fixed) {
    black_box(ledger::write(&fixed.ledger));
}

#[inline(never)]
fn phase_decide(fixed: &Fixed) {
    drop(black_box(decide::decide(&input(&fixed.stack, &fixed.ledger, &fixed.observed, &Options::default()))));
}

#[inline(never)]
fn phase_plan(fixed: &Fixed) {
    drop(black_box(decide::plan(input(&fixed.stack, &fixed.ledger, &fixed.observed, &Options::default()))));
}

#[inline(never)]
fn phase_check(fixed: &Fixed) {
    black_box(check::check(&fixed.plan));
    black_box(check::against(&fixed.plan, &fixed.ledger));
}

#[inline(never)]
fn phase_write_plan(fixed: &Fixed) {
    black_box(file::digest(&file::write(&fixed.plan)));
}

#[inline(never)]
fn phase_read_plan(fixed: &Fixed) {
    drop(black_box(file::read(&fixed.plan_bytes)));
}

/// A whole run, in which each step is done at once.
#[inline(never)]
fn phase_schedule(fixed: &Fixed) {
    let mut schedule = schedule::Schedule::new(&fixed.plan.steps);
    loop {
        let next = schedule.ready().next();
        let Some(step) = next else { break };
        schedule.start(step);
        schedule.done(step);
    }
    black_box(schedule.is_finished());
}

/// Runs one phase once.
///
/// # Errors
/// When there is no such phase, or the input cannot be made.
pub(crate) fn run(function: &str) -> Result<(), Failed> {
    let phase = PHASES.iter().find(|(_, known, _)| *known == function);
    let (_, _, phase) = phase.ok_or_else(|| Failed::Engine(format!("there is no phase `{function}`").into()))?;
    phase(&Fixed::new()?);
    Ok(())
}

fn input<'a>(
    compiled: &'a CompiledStack,
    ledger: &'a Ledger,
    observed: &'a Observed,
    options: &'a Options,
) -> decide::Input<'a> {
    let (ledger_label, parameters_label) = ("ledger".into(), Name::default());
    let compiled_digest = "sha256:0".into();
    let lookups = &[];
    decide::Input { compiled, ledger, lookups, observed, options, ledger_label, parameters_label, compiled_digest }
}

impl Fixed {
    /// Makes the input, the same each time.
    ///
    /// # Errors
    /// When it cannot be made.
    pub(crate) fn new() -> Result<Self, Failed> {
        let bytes = stacks::servers(Layers { resources: RESOURCES })?;
        let stack = load::for_sandbox(bytes.as_bytes()).map_err(Failed::engine)?;
        let mut ledger = Ledger::new(stack.stack.clone(), stack.environment.clone(), UUID.into());
        let place = Place { provider: "bench".into(), scope: "bench".into(), region: Name::default() };
        let places: BTreeMap<_, _> = stack.providers.keys().map(|name| (name.clone(), place.clone())).collect();
        let mut observed = Observed { places: places.clone(), ..Observed::default() };
        (ledger.serial, ledger.providers, ledger.places) = (7, stack.providers.clone(), places);
        ledger.schemas = stack.schemas.clone();
        for (number, declared) in stack.resources.iter().enumerate().filter(|(number, _)| number % NEW != NEW - 1) {
            let row = applied(&stack, number);
            observed.current.insert(declared.address.clone(), Live::Present(live(number, &declared.address, &row)));
            ledger.rows.insert(declared.address.clone(), row);
        }
        let ledger_bytes = ledger::write(&ledger);
        let plan = decide::plan(input(&stack, &ledger, &observed, &Options::default())).map_err(Failed::engine)?;
        let plan_bytes = file::write(&plan);
        Ok(Self { bytes, stack, ledger, ledger_bytes, observed, plan, plan_bytes })
    }
}

/// The row of a resource that was applied as it is declared.
fn applied(stack: &CompiledStack, number: usize) -> Row {
    let declared = &stack.resources[number];
    let mut depends_on = Vec::new();
    for (_, value) in &declared.attributes {
        each_reference(value, "", &mut |reference, _| depends_on.push(reference.address.clone()));
    }
    let resolved = declared.attributes.iter().map(|(name, value)| (name.clone(), with_ids(value)));
    let id = id(&declared.address);
    Row {
        provider: declared.provider.clone(),
        schema_version: 1,
        current: Some(Owned { id: id.clone(), generation: 1, ready: true }),
        deposed: Vec::new(),
        generation: 1,
        applied: resolved.collect(),
        computed: Map::default().with("id", id.as_str().into()),
        depends_on,
        protect: false,
        retain: false,
        recovered: false,
        at: declared.at.clone(),
    }
}

/// A value with the ids of what it refers to.
fn with_ids(value: &Value) -> Value {
    if let Value::List(entries) = value {
        return entries.iter().map(with_ids).collect::<Vec<_>>().into();
    }
    let mut found = None;
    each_reference(value, "", &mut |reference, _| found = Some(id(&reference.address)));
    found.map_or_else(|| value.clone(), Value::Text)
}

fn id(address: &Address) -> Name {
    format!("id-{}", address.name()).into()
}

fn live(number: usize, address: &Address, row: &Row) -> Object {
    let all: Map = row.applied.iter().chain(&row.computed).cloned().collect();
    let attributes = if number.is_multiple_of(DRIFTED) { all.with("size", "gigantic".into()) } else { all };
    let owner = OwnerMark { stack: UUID.into(), address: address.clone(), generation: 1 };
    let (id, unverified) = (id(address), Vec::new());
    Object { id, phase: Phase::Ready, attributes, unverified, owner: Some(owner), managed_by: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_input_is_changed_in_part() {
        let fixed = Fixed::new().unwrap();
        assert_eq!(fixed.plan.refusals, []);
        let changed = fixed.plan.changes.len();
        assert!((100..RESOURCES / 2).contains(&changed), "{changed}");
        assert!(usize::try_from(fixed.plan.unchanged).unwrap() + changed == RESOURCES);
        assert_eq!(check::check(&fixed.plan), []);
        assert_eq!(Fixed::new().unwrap().plan_bytes, fixed.plan_bytes);
        PHASES.iter().for_each(|(_, _, phase)| phase(&fixed));
    }
}
