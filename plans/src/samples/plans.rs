//! Plans: sound ones, and ones that have everything that a plan can have.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Random, Shape, World, address, value};
use crate::compiled::{CompiledStack, Declared, Lifecycle, ProviderInstance};
use crate::live::Place;
use crate::map;
use crate::plan::{
    Action, AttributeChange, Basis, Change, Double, Drift, DriftKind, Finding, Kept, Mode, NotVerified, Note,
    OpenJournal, OutputChange, PLANNER, Partial, Plan, Reason, Refusal, Unsearched,
};
use crate::value::{Name, Value};

/// A plan that keeps every promise.
pub(crate) fn sound(random: &mut Random, size: usize) -> Plan {
    of(&World::new(random, Shape { size, one_direction: true }))
}

/// The plan of a world.
pub(crate) fn of(world: &World) -> Plan {
    let mut changes: Vec<_> = world.decisions.iter().map(|decision| decision.change.clone()).collect();
    changes.sort_by(|a, b| a.address.cmp(&b.address).then(a.action.cmp(&b.action)).then(a.object.cmp(&b.object)));
    let protected = changes.iter().filter(|change| change.protected);
    let mut allowed: Vec<_> = protected.map(|change| change.address.clone()).collect();
    allowed.dedup();
    Plan {
        basis: basis(world),
        mode: Mode::Apply,
        partial: Vec::new(),
        allowed,
        refusals: Vec::new(),
        changes,
        drift: Vec::new(),
        unchanged: 3,
        not_verified: Vec::new(),
        doubles: Vec::new(),
        unsearched: Vec::new(),
        kept: Vec::new(),
        findings: Vec::new(),
        outputs: Vec::new(),
        steps: world.steps(),
        schemas: world.schemas.clone(),
    }
}

/// A plan with a bit of everything, sound or not: what the file has to carry.
pub(crate) fn any(random: &mut Random) -> Plan {
    let mut plan = sound(random, 8);
    plan.mode = *random.pick(&[Mode::Apply, Mode::Destroy, Mode::RefreshOnly, Mode::Test, Mode::Tidy]);
    plan.partial = (0..random.below(3)).map(|_| partial(random)).collect();
    plan.allowed = (0..random.below(2)).map(address).collect();
    plan.refusals = (0..random.below(3)).map(|_| refusal(random)).collect();
    plan.outputs = (0..random.below(3)).map(|_| output(random)).collect();
    plan.drift = (0..random.below(3)).map(|_| drift(random)).collect();
    plan.not_verified = (0..random.below(3))
        .map(|number| NotVerified { address: address(number), paths: vec!["size".into(), "tags.a".into()] })
        .collect();
    plan.doubles = (0..random.below(3)).map(|number| double(random, number)).collect();
    if plan.doubles.is_empty() {
        let (provider, kind, reason) = ("test".into(), "test.network".into(), "AccessDenied".into());
        plan.unsearched.push(Unsearched { provider, kind, reason });
        plan.kept.push(Kept { address: address(2), generation: 1, object: "db-old".into() });
        plan.findings.push(Finding::Careful { address: address(1), what: "its volumes go with it".into() });
        plan.findings.push(Finding::ByHand { address: address(1), what: "begun by ada".into() });
        plan.findings.push(Finding::Untried { reason: "may not patch".into(), addresses: vec![address(0)] });
    }
    plan.basis.open = random.one_in(3).then(|| OpenJournal { run: "0123abcd".into(), segments: 3 });
    plan.basis.parameters = if random.one_in(2) { Name::default() } else { "params/test.toml".into() };
    for change in &mut plan.changes {
        change.reasons = (0..1 + random.below(3)).map(|_| reason(random)).collect();
        change.attributes = (0..random.below(4)).map(|_| attribute(random)).collect();
        change.protected = random.one_in(3);
        change.at = random.one_in(2).then(|| "stacks/shop/src/main.rs:41:9".into());
    }
    for step in &mut plan.steps {
        step.inputs = (0..random.below(4)).map(|_| ("é".into(), value(random, 3))).collect();
        step.before = map! { "$ref" => value(random, 2) };
        if let Some(row) = &mut step.row {
            row.protect = random.one_in(2);
            row.retain = random.one_in(2);
            row.released = if random.one_in(2) { vec!["size".into()] } else { Vec::new() };
        }
    }
    plan.basis.repeats = random.one_in(4).then_some(2);
    if random.one_in(2) {
        plan.basis.declared = Some(Arc::new(declared(random, &plan)));
    }
    plan
}

fn declared(random: &mut Random, plan: &Plan) -> CompiledStack {
    let resource = |change: &Change| Declared {
        address: change.address.clone(),
        provider: "test".into(),
        attributes: map! { "size" => 1, "cidr" => "10.0.0.0/16" },
        lifecycle: Lifecycle { protect: Some(true), ..Lifecycle::default() },
        depends_on: Vec::new(),
        raw: Vec::new(),
        at: None,
    };
    CompiledStack {
        stack: plan.basis.stack.clone(),
        environment: plan.basis.environment.clone(),
        flashinfra: "0.1.0".into(),
        providers: plan.basis.providers.clone(),
        schemas: BTreeMap::new(),
        lookups: Vec::new(),
        resources: plan.changes.iter().take(random.below(4)).map(resource).collect(),
        outputs: Vec::new(),
    }
}

pub(crate) fn basis(world: &World) -> Basis {
    let provider = ProviderInstance { provider: "test".into(), config: map! { "region" => "mars-1" } };
    let place = Place { provider: "test".into(), scope: "test:123456789012".into(), region: "mars-1".into() };
    Basis {
        stack: world.ledger.stack.clone(),
        environment: world.ledger.environment.clone(),
        flashinfra: "0.1.0".into(),
        planner: PLANNER,
        uuid: world.ledger.uuid.clone(),
        serial: world.ledger.serial,
        open: None,
        compiled: "sha256:0123".into(),
        ledger: ".flashinfra/shop/test".into(),
        parameters: Name::default(),
        providers: BTreeMap::from([("test".into(), provider)]),
        places: BTreeMap::from([("test".into(), place)]),
        lookups: BTreeMap::new(),
        repeats: None,
        declared: None,
        deferred: BTreeMap::new(),
    }
}

fn some(random: &mut Random) -> Option<Value> {
    (!random.one_in(3)).then(|| value(random, 2))
}

fn attribute(random: &mut Random) -> AttributeChange {
    let notes = [Note::Secret, Note::Released, Note::Reset, Note::Foreign, Note::NotVerified, Note::Raw];
    let note = match random.below(8) {
        0 => None,
        1 => Some(Note::LeftAlone("hpa".into())),
        2 => Some(Note::WrittenBy("kubectl-edit".into())),
        _ => Some(random.pick(&notes).clone()),
    };
    let (before, after) = (some(random), some(random));
    AttributeChange { path: "ingress[2].cidr".into(), before, after, forces_replacement: random.one_in(2), note }
}

fn double(random: &mut Random, number: usize) -> Double {
    let beside = random.one_in(2).then(|| "net-1".into());
    Double { address: address(number), generation: 2, provider: "test".into(), object: "net-2".into(), beside }
}

fn partial(random: &mut Random) -> Partial {
    match random.below(4) {
        0 => Partial::Targeted(3),
        1 => Partial::Excluded(2),
        2 => Partial::Unreadable(address(1), "AccessDenied: no (request 1)".into()),
        _ => Partial::DependsOn(address(2), address(1)),
    }
}

fn refusal(random: &mut Random) -> Refusal {
    match random.below(11) {
        10 => Refusal::Rejected(address(2), "spec.size: must be positive".into()),
        0 => Refusal::Protected(address(1), *random.pick(&[Action::Replace, Action::Delete])),
        1 => Refusal::ManyVanished { vanished: 5, owned: 9 },
        2 => Refusal::Conflict {
            address: address(4),
            objects: vec!["db-1".into()],
            note: "it has no mark".into(),
            can_adopt: true,
        },
        3 => Refusal::Unreadable(address(0), "timed out".into()),
        4 => Refusal::Busy(address(1), "modifying".into()),
        5 => Refusal::Tombstone(address(2), "until tomorrow".into()),
        8 => {
            let (path, writer) = ("spec.replicas".into(), "kubectl-edit".into());
            Refusal::Contested { address: address(1), path, writer }
        }
        7 => Refusal::MadeLate(address(3), "net-9".into()),
        6 => Refusal::UnknownDouble("net-9".into()),
        _ => Refusal::UnknownAddress(address(77)),
    }
}

fn reason(random: &mut Random) -> Reason {
    match random.below(24) {
        20 => Reason::Fixed("spec.size".into(), "it only grows".into()),
        0 => Reason::New,
        1 => Reason::Vanished("o-1".into()),
        2 => Reason::Differs("size".into()),
        3 => Reason::ForcesReplacement("name".into()),
        4 => Reason::UnknownForcesReplacement("name".into(), address(3)),
        5 => Reason::NotDeclared,
        6 => Reason::Destroying,
        7 => Reason::Requested,
        8 => Reason::NeverReady,
        9 => Reason::Failed,
        10 => Reason::Deposed(2),
        11 => Reason::MovedFrom(address(5)),
        12 => Reason::DependencyReplaced(address(6)),
        13 => Reason::CreateBeforeDelete(address(7)),
        14 => Reason::Released("tags.Owner".into()),
        15 => Reason::Protection(true),
        16 => Reason::Double(1),
        17 => Reason::Recovered,
        21 => Reason::RunAgain,
        22 => Reason::LeftByTest,
        23 => Reason::Served,
        19 => Reason::LostWith(address(8)),
        18 => Reason::Restored("the snapshot before".into()),
        _ => Reason::Bookkeeping,
    }
}

fn output(random: &mut Random) -> OutputChange {
    OutputChange { name: "vpc_id".into(), before: some(random), after: some(random), value: some(random) }
}

fn drift(random: &mut Random) -> Drift {
    let kind = *random.pick(&[DriftKind::Changed, DriftKind::Deleted]);
    Drift { address: address(1), kind, attributes: vec![attribute(random)], object: Some("o-1".into()) }
}
