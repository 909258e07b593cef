//! Plans and drift as JSON lines. docs/json.md describes them; the types here are the format's own.

mod words;

use flashinfra::error::MissingSecret;
use flashinfra_plans::plan::{
    AttributeChange, Change, Double, Drift, Finding, Kept, Mode, NotVerified, OutputChange, Plan, Unsearched,
};
use flashinfra_plans::{Action, Address, Map, Value, schedule};
use serde::Serialize;

use crate::json_lines::words::{Note, Reason, Refusal};
use crate::output::Output;

/// Writes a plan: `plan`, one `plan.change` a change, `plan.drift`, `plan.output`, `plan.refusal`, `plan.summary`.
pub(crate) fn plan(output: &Output, plan: &Plan, file: Option<&str>) {
    if !output.is_json() {
        return;
    }
    output.line("plan", &Header::new(plan, file));
    drift(output, plan);
    for change in &plan.changes {
        output.line("plan.change", &ChangeLine::new(change));
    }
    for change in &plan.outputs {
        output.line("plan.output", &OutputLine::new(change));
    }
    for refusal in &plan.refusals {
        output.line("plan.refusal", &Refusal::new(refusal));
    }
    output.line("plan.summary", &Summary::new(plan));
}

/// Writes which secrets an apply from here would not find, one `plan.missing_secret` for each attribute.
pub(crate) fn missing(output: &Output, missing: &[MissingSecret]) {
    for MissingSecret { address, attribute, problem } in missing {
        output.line("plan.missing_secret", &MissingSecretLine { address: address.as_str(), attribute, problem });
    }
}

/// Writes where live differs from what was last applied, one `plan.drift` an address.
pub(crate) fn drift(output: &Output, plan: &Plan) {
    for drift in &plan.drift {
        output.line("plan.drift", &DriftLine::new(drift));
    }
    found(output, plan);
}

/// Writes what was found beside what changes: `plan.not_verified`, `plan.double`, `plan.unsearched`, `plan.kept`, `plan.careful`,
/// `plan.by_hand` and `plan.untried`.
fn found(output: &Output, plan: &Plan) {
    for NotVerified { address, paths } in &plan.not_verified {
        let attributes = paths.iter().map(|path| path.as_str()).collect();
        output.line("plan.not_verified", &NotVerifiedLine { address: address.as_str(), attributes });
    }
    for Double { address, generation, provider, object, beside } in &plan.doubles {
        let (address, beside) = (address.as_str(), beside.as_deref());
        output.line("plan.double", &DoubleLine { address, object, beside, generation: *generation, provider });
    }
    for Unsearched { provider, kind, reason } in &plan.unsearched {
        output.line("plan.unsearched", &UnsearchedLine { provider, kind, reason });
    }
    for Kept { address, generation, object } in &plan.kept {
        output.line("plan.kept", &KeptLine { address: address.as_str(), object, generation: *generation });
    }
    for finding in &plan.findings {
        match finding {
            Finding::Careful { address, what } => {
                output.line("plan.careful", &CarefulLine { address: address.as_str(), what });
            }
            Finding::ByHand { address, what } => {
                output.line("plan.by_hand", &CarefulLine { address: address.as_str(), what });
            }
            Finding::Untried { reason, addresses } => {
                let addresses = addresses.iter().map(|address| address.as_str()).collect();
                output.line("plan.untried", &UntriedLine { reason, addresses });
            }
        }
    }
}

#[derive(Serialize)]
struct MissingSecretLine<'a> {
    address: &'a str,
    attribute: &'a str,
    problem: &'a str,
}

#[derive(Serialize)]
struct CarefulLine<'a> {
    address: &'a str,
    what: &'a str,
}

#[derive(Serialize)]
struct UntriedLine<'a> {
    reason: &'a str,
    addresses: Vec<&'a str>,
}

/// The word for what happens to an address.
pub(crate) fn action_word(action: Action) -> &'static str {
    words::action(action)
}

/// The word for what a plan is for.
pub(crate) fn mode_word(mode: Mode) -> &'static str {
    words::mode(mode)
}

#[derive(Serialize)]
struct KeptLine<'a> {
    address: &'a str,
    object: &'a str,
    generation: u32,
}

#[derive(Serialize)]
struct UnsearchedLine<'a> {
    provider: &'a str,
    kind: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct NotVerifiedLine<'a> {
    address: &'a str,
    attributes: Vec<&'a str>,
}

#[derive(Serialize)]
struct DoubleLine<'a> {
    address: &'a str,
    object: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    beside: Option<&'a str>,
    generation: u32,
    provider: &'a str,
}

#[derive(Serialize)]
struct Header<'a> {
    stack: &'a str,
    environment: &'a str,
    mode: &'static str,
    ledger: &'a str,
    serial: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeats: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    parameters: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    places: Vec<PlaceLine<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deferred: Vec<DeferredLine<'a>>,
}

/// A provider instance that opens only while the plan is applied.
#[derive(Serialize)]
struct DeferredLine<'a> {
    provider: &'a str,
    after: Vec<&'a str>,
}

#[derive(Serialize)]
struct PlaceLine<'a> {
    provider: &'a str,
    scope: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    region: &'a str,
}

impl<'a> Header<'a> {
    fn new(plan: &'a Plan, file: Option<&'a str>) -> Self {
        let basis = &plan.basis;
        let places = basis.places.iter().map(|(provider, place)| PlaceLine {
            provider,
            scope: &place.scope,
            region: &place.region,
        });
        let deferred = basis
            .deferred
            .iter()
            .map(|(provider, after)| DeferredLine { provider, after: after.iter().map(Address::as_str).collect() });
        Self {
            stack: &basis.stack,
            environment: &basis.environment,
            mode: words::mode(plan.mode),
            ledger: &basis.ledger,
            serial: basis.serial,
            repeats: basis.repeats,
            parameters: &basis.parameters,
            file,
            places: places.collect(),
            deferred: deferred.collect(),
        }
    }
}

#[derive(Serialize)]
struct ChangeLine<'a> {
    address: &'a str,
    action: &'static str,
    reasons: Vec<Reason<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    stateful: bool,
    protected: bool,
    typical_seconds: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    attributes: Vec<AttributeLine<'a>>,
}

impl<'a> ChangeLine<'a> {
    fn new(change: &'a Change) -> Self {
        Self {
            address: change.address.as_str(),
            action: words::action(change.action),
            reasons: change.reasons.iter().map(Reason::new).collect(),
            object: change.object.as_deref(),
            stateful: change.stateful,
            protected: change.protected,
            typical_seconds: change.typical_seconds,
            at: change.at.as_deref(),
            attributes: change.attributes.iter().map(AttributeLine::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct AttributeLine<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    forces_replacement: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<Note<'a>>,
}

impl<'a> AttributeLine<'a> {
    fn new(change: &'a AttributeChange) -> Self {
        let AttributeChange { path, before, after, forces_replacement, note } = change;
        Self {
            path,
            before: before.as_ref(),
            after: after.as_ref(),
            forces_replacement: *forces_replacement,
            note: note.as_ref().map(Note::new),
        }
    }
}

#[derive(Serialize)]
struct DriftLine<'a> {
    address: &'a str,
    drift: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    attributes: Vec<AttributeLine<'a>>,
}

impl<'a> DriftLine<'a> {
    fn new(drift: &'a Drift) -> Self {
        let Drift { address, kind, attributes, object } = drift;
        Self {
            address: address.as_str(),
            drift: words::drift(*kind),
            object: object.as_deref(),
            attributes: attributes.iter().map(AttributeLine::new).collect(),
        }
    }
}

#[derive(Serialize)]
struct OutputLine<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'a Value>,
}

impl<'a> OutputLine<'a> {
    fn new(change: &'a OutputChange) -> Self {
        Self { name: &change.name, before: change.before.as_ref(), after: change.after.as_ref() }
    }
}

#[derive(Serialize)]
struct Summary {
    create: usize,
    update: usize,
    replace: usize,
    delete: usize,
    forget: usize,
    r#move: usize,
    record: usize,
    unchanged: u32,
    not_verified: usize,
    drift: usize,
    steps: usize,
    estimate_seconds: u64,
    empty: bool,
    partial: bool,
    refused: bool,
}

impl Summary {
    fn new(plan: &Plan) -> Self {
        let count = |actions: &[Action]| actions.iter().map(|action| plan.count(*action)).sum();
        Self {
            create: count(&[Action::Create]),
            update: count(&[Action::Update]),
            replace: count(&[Action::Replace, Action::ReplaceCreateFirst, Action::Restore]),
            delete: count(&[Action::Delete, Action::DeleteDeposed, Action::DeleteDouble]),
            forget: count(&[Action::Forget]),
            r#move: count(&[Action::Move]),
            record: count(&[Action::Record]),
            unchanged: plan.unchanged,
            not_verified: plan.not_verified.iter().map(|of| of.paths.len()).sum(),
            drift: plan.drift.len(),
            steps: plan.steps.len(),
            estimate_seconds: schedule::estimate(&plan.steps).seconds,
            empty: plan.is_empty(),
            partial: !plan.partial.is_empty(),
            refused: !plan.refusals.is_empty(),
        }
    }
}

/// A published value as it is after an apply, and what `output` prints.
#[derive(Serialize)]
pub(crate) struct Published<'a> {
    /// The name.
    pub(crate) name: &'a str,
    /// The value; a reference where it is a secret.
    pub(crate) value: &'a Value,
}

/// A row of a ledger, for `ledger show`.
#[derive(Serialize)]
pub(crate) struct RowLine<'a> {
    /// The address.
    pub(crate) address: &'a str,
    /// The service's id of the current object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) object: Option<&'a str>,
    /// Which object of its address it is.
    pub(crate) generation: u32,
    /// The provider instance.
    pub(crate) provider: &'a str,
    /// Whether deletion has to be allowed by name.
    pub(crate) protect: bool,
    /// What it depends on.
    pub(crate) depends_on: Vec<&'a str>,
    /// Ids of objects that are still to be deleted.
    pub(crate) deposed: Vec<&'a str>,
    /// What was last applied.
    pub(crate) applied: &'a Map,
    /// What the provider computed.
    pub(crate) computed: &'a Map,
}
