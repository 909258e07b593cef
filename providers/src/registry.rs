//! The providers that a binary was built with.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use flashinfra_plans::{Name, ProviderInstance};
use flashinfra_stacks::schema::Schema;

use crate::access::Access;
use crate::cluster::ClusterToken;
use crate::error::Error;
use crate::manifests::{Manifest, ToWrite, Unwritable};
use crate::permissions::{Needed, Permissions};
use crate::ports::Provider;

/// Makes provider instances of one type.
#[async_trait]
pub trait Factory: Send + Sync {
    /// The provider's type, which is also the first part of its kinds: `aws`.
    fn provider(&self) -> &'static str;

    /// The schemas of the kinds that it serves.
    fn schemas(&self) -> Vec<&'static Schema>;

    /// The schemas of the lookups that it answers. [`Read::read`](crate::Read::read) is asked them like questions about objects,
    /// with an empty id: what is asked stands in the attributes.
    fn lookups(&self) -> Vec<&'static Schema> {
        Vec::new()
    }

    /// Whether it serves a kind that is not among its schemas, because only the place itself knows it (a custom resource of
    /// Kubernetes). Of such a kind the stack's own schema is believed.
    fn serves_unlisted(&self, kind: &str) -> bool {
        let _ = kind;
        false
    }

    /// What is true of a kind that is not among its schemas, whatever the place itself says of it: for people who read about it. None where
    /// it serves no such kind.
    fn explained(&self, kind: &str) -> Option<Schema> {
        let _ = kind;
        None
    }

    /// Makes an instance. Makes no call yet beyond what finding credentials takes.
    ///
    /// # Errors
    /// When the configuration has an unknown or malformed key, which the message names.
    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error>;

    /// As [`open`](Self::open), for a provider whose configuration may hold secrets, or that reaches what another provider makes.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    async fn open_with(&self, instance: &ProviderInstance, access: Access) -> Result<Arc<dyn Provider>, Error> {
        let _ = access;
        self.open(instance).await
    }

    /// A token for the Kubernetes API of a cluster, by the credentials of an instance. None when the provider has no clusters.
    ///
    /// # Errors
    /// When there are no credentials, or the configuration is malformed.
    async fn cluster_token(&self, _instance: &ProviderInstance, _cluster: &str) -> Result<Option<ClusterToken>, Error> {
        Ok(None)
    }

    /// Resources as the provider's own tools take them, in the order in which they can be given to these one after the other. The same
    /// resources make the same bytes. None when the provider has no such tools.
    ///
    /// # Errors
    /// What cannot be written down, all of it.
    fn manifests(&self, _resources: &[ToWrite<'_>]) -> Option<Result<Vec<Manifest>, Vec<Unwritable>>> {
        None
    }

    /// What credentials have to be allowed for a kind, or a lookup. None when the adapter does not say.
    fn permissions(&self, _kind: &str) -> Option<Permissions> {
        None
    }

    /// The JSON document with which the cloud gives these permissions: a policy, a role. None when there is no such thing.
    fn policy(&self, _needed: &Needed) -> Option<String> {
        None
    }
}

/// The factories of a binary, by provider type.
#[derive(Clone, Default)]
pub struct Registry {
    factories: BTreeMap<Name, Arc<dyn Factory>>,
}

impl Registry {
    /// A registry without any provider.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same registry with one provider more; a second one of the same type takes the first one's place.
    #[must_use]
    pub fn with(mut self, factory: impl Factory + 'static) -> Self {
        self.factories.insert(factory.provider().into(), Arc::new(factory));
        self
    }

    /// The factory of a provider type.
    pub fn get(&self, provider: &str) -> Option<&Arc<dyn Factory>> {
        self.factories.get(provider)
    }

    /// The provider types, sorted.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.factories.keys().map(Name::as_str)
    }

    /// The schema of a kind.
    pub fn schema(&self, kind: &str) -> Option<&'static Schema> {
        let factory = self.get(flashinfra_stacks::schema::provider_of(kind))?;
        factory.schemas().into_iter().find(|schema| schema.kind == kind)
    }

    /// The schema of a lookup.
    pub fn lookup(&self, kind: &str) -> Option<&'static Schema> {
        let factory = self.get(flashinfra_stacks::schema::provider_of(kind))?;
        factory.lookups().into_iter().find(|schema| schema.kind == kind)
    }

    /// What credentials have to be allowed for a kind, or a lookup. None when nobody says.
    pub fn permissions(&self, kind: &str) -> Option<Permissions> {
        self.get(flashinfra_stacks::schema::provider_of(kind))?.permissions(kind)
    }
}
