//! What credentials have to be allowed for a plan and its apply.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_plans::plan::Act;
use flashinfra_plans::{Name, Plan, Value};
use flashinfra_providers::{Needed, Permissions, Registry};

use crate::plan::Planned;

/// What one provider instance's credentials have to be allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowance {
    /// The permissions. They are those of whole kinds and acts: what only some objects need stands among them.
    pub needed: Needed,
    /// The kinds of which the adapter does not say what they take.
    pub untold: BTreeSet<Name>,
    /// The JSON document that gives the permissions, where the cloud has such a thing.
    pub policy: Option<String>,
}

/// What making this plan took and what applying it will take, for each provider instance that it reads or changes; instances with the
/// same credentials are told as the first of them. Makes no call.
pub fn of(registry: &Registry, planned: &Planned) -> BTreeMap<Name, Allowance> {
    let asked = planned.asked.iter().map(|(provider, kind)| (provider, kind.as_str(), None));
    let done = planned.plan.steps.iter().map(|step| (&step.provider, step.address.kind(), Some(&step.act)));
    let mut allowances: BTreeMap<Name, Allowance> = BTreeMap::new();
    for (provider, kind, act) in asked.chain(done) {
        let allowance = allowances.entry(holder(&planned.plan, provider).clone()).or_default();
        let Some(permissions) = registry.permissions(kind) else {
            allowance.untold.insert(kind.into());
            continue;
        };
        // Apply looks again before each step.
        allowance.needed.read.extend(permissions.read.iter().chain(permissions.read_each));
        allowance.needed.write.extend(act.map_or(&[][..], |act| writing(act, &permissions)));
    }
    for (provider, allowance) in &mut allowances {
        let instance = planned.plan.basis.providers.get(provider);
        let factory = instance.and_then(|instance| registry.get(&instance.provider));
        allowance.policy = factory.and_then(|factory| factory.policy(&allowance.needed));
    }
    allowances
}

/// The first instance that has the credentials of this one: they prove the same scope, and are configured alike but for the region.
fn holder<'p>(plan: &'p Plan, provider: &'p Name) -> &'p Name {
    let credentials = |name: &Name| {
        let (instance, place) = (plan.basis.providers.get(name)?, plan.basis.places.get(name)?);
        let is_region = |value: &Value| value.as_text() == Some(place.region.as_str());
        let config: Vec<_> = instance.config.iter().filter(|(_, value)| !is_region(value)).collect();
        Some((&instance.provider, &place.scope, config))
    };
    let own = credentials(provider);
    let first = plan.basis.providers.keys().find(|other| own.is_some() && credentials(other) == own);
    first.unwrap_or(provider)
}

fn writing(act: &Act, permissions: &Permissions) -> &'static [&'static str] {
    match act {
        Act::Create => permissions.create,
        Act::Update | Act::UnguardDouble | Act::Move(_) => permissions.update,
        Act::Delete | Act::DeleteDouble => permissions.delete,
        Act::Forget | Act::Record => &[],
    }
}
