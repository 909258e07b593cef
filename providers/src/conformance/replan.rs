//! What the planner says about an object that is as it was declared: nothing.

use flashinfra_plans::ledger::Owned;
use flashinfra_plans::plan::Options;
use flashinfra_plans::{
    CompiledStack, Declared, Ledger, Lifecycle, Live, Map, Name, Object, Observed, Place, ProviderInstance, Row, decide,
};

use super::suite::{FIRST, Suite};

/// The name of the provider instance in the plan.
const INSTANCE: &str = "conformance";

/// Plans the object as if it had just been applied. Anything that the plan would do is a difference that would come up again
/// after each apply.
pub(super) fn is_empty(suite: &Suite<'_>, place: &Place, declared: &Map, live: &Object) -> Result<(), String> {
    let mark = suite.mark(FIRST)?;
    let schemas = [(suite.kind(), suite.case.schema.clone())];
    let instance = ProviderInstance { provider: place.provider.clone(), config: Map::default() };
    let compiled = CompiledStack {
        stack: INSTANCE.into(),
        environment: INSTANCE.into(),
        flashinfra: env!("CARGO_PKG_VERSION").into(),
        providers: [(INSTANCE.into(), instance.clone())].into(),
        schemas: schemas.clone().into(),
        resources: vec![Declared {
            address: mark.address.clone(),
            provider: INSTANCE.into(),
            attributes: declared.clone(),
            lifecycle: Lifecycle::default(),
            depends_on: Vec::new(),
            raw: Vec::new(),
            at: None,
        }],
        lookups: Vec::new(),
        outputs: Vec::new(),
    };
    let mut ledger = Ledger::new(INSTANCE.into(), INSTANCE.into(), mark.stack.clone());
    ledger.providers = [(INSTANCE.into(), instance)].into();
    ledger.places = [(INSTANCE.into(), place.clone())].into();
    ledger.schemas = schemas.into();
    ledger.rows.insert(mark.address.clone(), row(suite, declared, live));
    let observed = Observed {
        places: ledger.places.clone(),
        current: [(mark.address, Live::Present(live.clone()))].into(),
        ..Observed::default()
    };
    let label = Name::from(INSTANCE);
    let plan = decide::plan(decide::Input {
        compiled: &compiled,
        ledger: &ledger,
        lookups: &[],
        observed: &observed,
        options: &Options::default(),
        ledger_label: label.clone(),
        parameters_label: label.clone(),
        compiled_digest: label,
    });
    let plan = plan.map_err(|error| format!("the planner refuses the case: {error}"))?;
    if plan.is_empty() && plan.refusals.is_empty() && plan.drift.is_empty() {
        return Ok(());
    }
    let changes = plan.changes.iter().map(|change| format!("{:?} {:?}", change.action, change.attributes));
    let drift = plan.drift.iter().map(|drift| format!("drift {:?}", drift.attributes));
    let refusals = plan.refusals.iter().map(|refusal| format!("{refusal:?}"));
    let all: Vec<_> = changes.chain(drift).chain(refusals).collect();
    Err(format!("a plan right after it is not empty: {}", all.join("; ")))
}

fn row(suite: &Suite<'_>, declared: &Map, live: &Object) -> Row {
    let schema = suite.schema();
    let generation = 1;
    Row {
        provider: INSTANCE.into(),
        schema_version: schema.version,
        current: Some(Owned { id: live.id.clone(), generation, ready: true }),
        deposed: Vec::new(),
        generation,
        applied: declared.clone(),
        computed: live.attributes.iter().filter(|(name, _)| declared.get(name).is_none()).cloned().collect(),
        depends_on: Vec::new(),
        protect: schema.stateful,
        retain: false,
        recovered: false,
        at: None,
    }
}
