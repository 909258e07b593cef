//! Rehearse: what a plan changes is tried, where a provider can, before anybody sees the plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_plans::rehearsal::{Rehearsed, rehearsals};
use flashinfra_plans::{Address, Name, Plan};
use flashinfra_providers::{Calls, Read};
use tokio::task::JoinSet;

use crate::read::Opened;

/// The provider instances that can try changes.
pub(crate) struct Rehearsing(BTreeMap<Name, Arc<dyn Read>>);

impl Rehearsing {
    /// Those among the opened ones; the others are given up.
    pub(crate) fn of(opened: Opened) -> Self {
        let readers = opened.places.keys().filter_map(|name| Some((name.clone(), opened.reader(name)?)));
        Self(readers.filter(|(_, reader)| reader.rehearses()).collect())
    }

    /// What there is to say of the changes of a plan. A plan without any is asked nothing about.
    pub(crate) async fn rehearse(&self, plan: &Plan) -> BTreeMap<Address, Rehearsed> {
        let mut tries = JoinSet::new();
        for (provider, rehearsals) in rehearsals(plan, |provider| self.0.contains_key(provider)) {
            let Some(reader) = self.0.get(&provider).cloned() else { continue };
            tries.spawn(async move {
                let said = reader.rehearse(&rehearsals).await;
                rehearsals.into_iter().map(|rehearsal| rehearsal.address).zip(said).collect::<Vec<_>>()
            });
        }
        let mut rehearsed = BTreeMap::new();
        // An adapter that panics has nothing to say: a plan is as good without.
        while let Some(tried) = tries.join_next().await {
            rehearsed.extend(tried.into_iter().flatten().filter(|(_, said)| !said.is_empty()));
        }
        rehearsed
    }

    /// The calls made so far, by provider instance.
    pub(crate) fn calls(&self) -> BTreeMap<Name, Calls> {
        self.0.iter().map(|(name, reader)| (name.clone(), reader.calls())).collect()
    }
}
