//! The decision for each address: what happens to it and why, before anything is ordered.
//!
//! Values in, decisions out: [`decide`] is one walk over all addresses, dependencies first, so that what a resource refers to is
//! decided before it. A walk is repeated only where something that cannot be read, or is left out, keeps from being deleted
//! what the walk would delete.

mod alternative;
mod by_hand;
mod desired;
mod diff;
mod doubles;
mod drift;
mod error;
mod guards;
mod handover;
mod kinds;
mod moves;
mod outputs;
mod pass;
mod reliance;
mod replace;
mod restore;
mod said;
mod scope;
#[cfg(test)]
mod tests;
mod validate;
mod within;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use crate::compiled::CompiledStack;
use crate::fingerprint::fingerprint;
use crate::ledger::{Ledger, Owned};
use crate::live::{Object, Observed};
use crate::lookups::Answer;
use crate::plan::{
    Act, Action, Arriving, Basis, Change, Double, Drift, Finding, Kept, Mode, NotVerified, Options, OutputChange,
    PLANNER, Partial, Plan, Reason, Refusal, Reliance, RowDraft, Unsearched,
};
use crate::value::{Address, Map, Name, Value};
use crate::{steps, upgrade};
use desired::Desired;
use kinds::Kind;
use pass::{Pass, State};
use scope::Scope;
use world::World;

pub use error::{FailedLookup, PlanError};
pub(crate) use moves::Moves;
pub(crate) use restore::name as restored_name;

/// What a plan is made from.
#[derive(Clone, Debug)]
pub struct Input<'a> {
    /// What is declared, with its [lookups answered](crate::lookups::answer). A destruction and a refresh are made from the ledger
    /// alone.
    pub compiled: &'a CompiledStack,
    /// What is owned.
    pub ledger: &'a Ledger,
    /// What was looked up and is put in already.
    pub lookups: &'a [Answer],
    /// The answers to [`questions`](crate::questions::questions).
    pub observed: &'a Observed,
    /// What is asked for.
    pub options: &'a Options,
    /// Where the ledger is, for people.
    pub ledger_label: Name,
    /// Where the parameters came from, for people.
    pub parameters_label: Name,
    /// The digest of the compiled stack.
    pub compiled_digest: Name,
}

/// Everything that was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What happens, sorted by address.
    pub decisions: Vec<Decision>,
    /// Why it is not everything.
    pub partial: Vec<Partial>,
    /// What stands in the way.
    pub refusals: Vec<Refusal>,
    /// Where live differs from what was last applied, sorted by address.
    pub drift: Vec<Drift>,
    /// How many addresses have no difference.
    pub unchanged: u32,
    /// What of those could not be read, sorted by address.
    pub not_verified: Vec<NotVerified>,
    /// What showed up late, sorted.
    pub doubles: Vec<Double>,
    /// Where it could not be searched for, sorted.
    pub unsearched: Vec<Unsearched>,
    /// Deposed objects that stay, sorted.
    pub kept: Vec<Kept>,
    /// What providers said of the changes, and what was begun by hand, sorted.
    pub findings: Vec<Finding>,
    /// What the published values become.
    pub outputs: Vec<OutputChange>,
    /// The provider instances that something is made in before anybody can look there, with what the plan makes of what configures them.
    pub deferred: BTreeMap<Name, Vec<Address>>,
}

/// Plans: decides, and puts the steps in order.
///
/// # Errors
/// What a person has to change before any plan can be made. What stands in the way of applying a plan is in the plan.
pub fn plan(input: Input<'_>) -> Result<Plan, PlanError> {
    let ledger = upgrade::understood(input.ledger, &input.compiled.schemas);
    let input = Input { ledger: &ledger, ..input };
    let decided = decide_understood(&input)?;
    let Decided { mut decisions, partial, refusals, mut drift, unchanged, not_verified, doubles, .. } = decided;
    let Decided { unsearched, kept, findings, outputs, deferred, .. } = decided;
    by_hand::tell(input.ledger, &mut decisions, &mut drift);
    let changes: Vec<_> = decisions.iter().map(|decision| decision.change.clone()).collect();
    let allowed = guards::allowed(&changes, input.options);
    let looked_up = input.lookups.iter().map(|answer| answer.address.kind());
    let kinds: BTreeSet<&str> = changes.iter().map(|change| change.address.kind()).chain(looked_up).collect();
    let schemas: BTreeMap<Name, Arc<Schema>> = kinds
        .iter()
        .filter_map(|kind| {
            Some((Name::new(kind), input.compiled.schemas.get(*kind).or_else(|| input.ledger.schemas.get(*kind))?))
        })
        .map(|(kind, schema)| (kind, schema.clone()))
        .collect();
    let mut steps = steps::order(decisions, input.ledger, &schemas);
    if let Some(seconds) = input.options.timeout_seconds {
        let tests = steps.iter_mut().filter(|step| step.act == Act::Create);
        tests.for_each(|step| step.timeout_seconds = seconds);
    }
    let Input { compiled, ledger, lookups, observed, options, ledger_label, parameters_label, compiled_digest } = input;
    let mut providers = ledger.providers.clone();
    providers.extend(compiled.providers.iter().map(|(name, instance)| (name.clone(), instance.clone())));
    let basis = Basis {
        stack: ledger.stack.clone(),
        environment: ledger.environment.clone(),
        flashinfra: env!("CARGO_PKG_VERSION").into(),
        planner: PLANNER,
        uuid: ledger.uuid.clone(),
        serial: ledger.serial,
        // What a ledger was folded from, only whoever read it knows.
        open: None,
        compiled: compiled_digest,
        ledger: ledger_label,
        parameters: parameters_label,
        providers,
        places: observed.places.clone(),
        lookups: lookups.iter().map(|answer| (answer.address.clone(), answer.lookup.clone())).collect(),
        // Whether it is of a revision, and whether it is kept as one, is for whoever asked for the plan.
        repeats: None,
        declared: None,
        deferred,
    };
    Ok(Plan {
        basis,
        mode: options.mode,
        partial,
        allowed,
        refusals,
        changes,
        drift,
        unchanged,
        not_verified,
        doubles,
        unsearched,
        kept,
        findings,
        outputs,
        steps,
        schemas,
    })
}

/// Decides what happens to each address.
///
/// # Errors
/// As for [`plan`].
pub fn decide(input: &Input<'_>) -> Result<Decided, PlanError> {
    let ledger = upgrade::understood(input.ledger, &input.compiled.schemas);
    decide_understood(&Input { ledger: &ledger, ..input.clone() })
}

fn decide_understood(input: &Input<'_>) -> Result<Decided, PlanError> {
    let world = World::new(input)?;
    let mut scope = Scope::new(&world);
    let mut pass = Pass::new(&world, &scope);
    loop {
        let mut adjusted = scope.clone();
        if !adjusted.adjust(&pass) {
            break;
        }
        scope = adjusted;
        pass = Pass::new(&world, &scope);
    }
    if let Some(error) = pass.error.take() {
        return Err(error);
    }
    replace::create_first(&mut pass)?;
    handover::names(&mut pass);
    alternative::without_what_is_taken_down(&mut pass);
    let mut findings = said::findings(&mut pass);
    findings.extend(by_hand::findings(input.ledger, input.observed));
    let doubles = doubles::doubles(&mut pass);
    let unsearched = doubles::unsearched(&pass);
    let partial = scope.partial(&pass);
    let refusals = guards::refusals(&mut pass);
    let outputs = outputs::changes(&pass)?;
    let unchanged = unchanged(&pass, &refusals);
    let deferred = within::deferred(&pass);
    let Pass { mut decisions, mut drift, mut not_verified, mut kept, .. } = pass;
    kept.sort_by(|a, b| (&a.address, a.generation).cmp(&(&b.address, b.generation)));
    decisions.sort_by(|(_, a), (_, b)| {
        let key = |decision: &Decision| (decision.change.action, decision.generation);
        a.change.address.cmp(&b.change.address).then_with(|| key(a).cmp(&key(b)))
    });
    drift.sort_by(|a, b| a.address.cmp(&b.address));
    not_verified.sort_by(|a, b| a.address.cmp(&b.address));
    let decisions = decisions.into_iter().map(|(_, decision)| decision).collect();
    Ok(Decided {
        decisions,
        partial,
        refusals,
        drift,
        unchanged,
        not_verified,
        doubles,
        unsearched,
        kept,
        findings,
        outputs,
        deferred,
    })
}

/// How many addresses stay as they are: those with an object, and without a decision or a refusal.
fn unchanged(pass: &Pass<'_, '_>, refusals: &[Refusal]) -> u32 {
    if matches!(pass.world.input.options.mode, Mode::Test | Mode::Tidy) {
        // That all else stays as it is, whatever it is, is what these are.
        return 0;
    }
    let of_address = |decision: &&(usize, Decision)| decision.1.change.action != Action::DeleteDouble;
    let decided: BTreeSet<usize> = pass.decisions.iter().filter(of_address).map(|(position, _)| *position).collect();
    let busy: BTreeSet<_> = refusals
        .iter()
        .filter_map(|refusal| match refusal {
            Refusal::Busy(address, _)
            | Refusal::Tombstone(address, _)
            | Refusal::Conflict { address, .. }
            | Refusal::MadeLate(address, _) => pass.world.graph.position(address),
            Refusal::Protected(..)
            | Refusal::ManyVanished { .. }
            | Refusal::Unreadable(..)
            | Refusal::Contested { .. }
            | Refusal::Rejected(..)
            | Refusal::UnknownAddress(_)
            | Refusal::UnknownDouble(_) => None,
        })
        .collect();
    let stays = |(position, state): &(usize, &State<'_>)| {
        // What tests left is no part of the stack as it is applied.
        let is_test = pass.world.nodes[*position].declared.is_some_and(|declared| declared.lifecycle.test);
        let stays = matches!(state, State::Stays { .. } | State::Spent { .. }) && !is_test;
        stays && !decided.contains(position) && !busy.contains(position)
    };
    u32::try_from(pass.states.iter().enumerate().filter(stays).count()).unwrap_or(u32::MAX)
}

/// What a deletion has to be told, and what guards the object against it.
fn remains(kind: &Kind<'_>, desired: Option<&Desired<'_>>, applied: &Map, object: &Object) -> (Map, Vec<Name>) {
    let mut arguments = Vec::new();
    let mut guards = Vec::new();
    for attribute in kind.attributes() {
        let name = Name::new(&attribute.name);
        let applied = applied.get(&name);
        if attribute.delete_argument {
            let declared =
                desired.and_then(|desired| desired.get(&name)).filter(|value| crate::resolve::is_known(value));
            arguments.extend(declared.or(applied).map(|value| (name.clone(), value.clone())));
        }
        let live = if object.unverified.contains(&name) { applied } else { object.attributes.get(&name) };
        if attribute.delete_guard && live == Some(&Value::Bool(true)) {
            guards.push(name);
        }
    }
    (arguments.into_iter().collect(), guards)
}

/// What a deletion expects to find once the guards were taken away; none when there are none.
fn unguarded(uuid: &str, kind: &Kind<'_>, object: &Object, watched: &[Name], guards: &[Name]) -> Option<Name> {
    if guards.is_empty() {
        return None;
    }
    let lifted =
        guards.iter().fold(object.attributes.clone(), |all, guard| all.with(guard.clone(), Value::Bool(false)));
    Some(fingerprint(uuid, kind.schema, &Object { attributes: lifted, ..object.clone() }, watched))
}

/// What was decided for one address: the change that people see, and what its steps need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What people see.
    pub change: Change,
    /// The provider instance of the object to be. An object that is deleted lives in the instance that its row names.
    pub provider: Name,
    /// Everything declared, resolved as far as it is known; references stay where the value comes from another step. For an
    /// update and a record, attributes that are left alone (`ignore`, a controller's, set at create only) have their live
    /// value. A record of [`Mode::RefreshOnly`] has what was last applied, with live taken over.
    pub inputs: Map,
    /// For an update: the top-level attributes that change, the released ones not among them.
    pub changed: Vec<Name>,
    /// For an update: the live values of those; of a keyed collection only the entries that are ours.
    pub before: Map,
    /// The fingerprint of the live object that the decision was made on.
    pub expects: Option<Name>,
    /// The paths that [`Self::expects`] is taken over.
    pub watched: Vec<Name>,
    /// What it sends of objects that stay as they are.
    pub relies_on: Vec<Reliance>,
    /// The object that it is about: the current one, or the deposed one of [`Action::DeleteDeposed`].
    pub owned: Option<Owned>,
    /// For a create or replacement: the generation of the new object.
    pub generation: u32,
    /// For a deletion: the delete arguments, from the ledger row and what is declared.
    pub delete_arguments: Map,
    /// For a deletion: attributes that are true on the live object and refuse it (`deletion_protection`).
    pub delete_guards: Vec<Name>,
    /// The fingerprint of the object once those are taken away.
    pub expects_unguarded: Option<Name>,
    /// What the row is to say afterwards; none when it goes.
    pub row: Option<RowDraft>,
    /// For a replacement: what is done instead when the values that force it turn out to be the live ones. For what is done once for
    /// each change: what is done when they turn out to be those it was done with.
    pub alternative: Option<Alternative>,
}

/// What a replacement comes down to when the values that force it, which are known only later, turn out to be the live ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Those values.
    pub arriving: Vec<Arriving>,
    /// As for an update.
    pub inputs: Map,
    /// The attributes that are updated then; none when only the ledger changes.
    pub changed: Vec<Name>,
    /// As for an update.
    pub before: Map,
    /// What the row says then.
    pub row: RowDraft,
}

impl Decision {
    /// A decision with everything empty that its action may do without.
    fn plain(address: Address, action: Action, reasons: Vec<Reason>) -> Self {
        Self {
            change: Change {
                address,
                action,
                reasons,
                attributes: Vec::new(),
                object: None,
                stateful: false,
                protected: false,
                typical_seconds: 0,
                at: None,
            },
            provider: Name::default(),
            inputs: Map::default(),
            changed: Vec::new(),
            before: Map::default(),
            expects: None,
            watched: Vec::new(),
            relies_on: Vec::new(),
            owned: None,
            generation: 0,
            delete_arguments: Map::default(),
            delete_guards: Vec::new(),
            expects_unguarded: None,
            row: None,
            alternative: None,
        }
    }
}
