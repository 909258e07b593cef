//! What a provider instance is opened with beside its configuration.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use flashinfra_plans::{Name, ProviderInstance};

use crate::cluster::ClusterToken;
use crate::error::Error;
use crate::registry::Factory;
use crate::sensitive::Sensitive;

/// What a provider instance is opened with beside its configuration.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// The secrets of the configuration in clear, by dotted path into it; their references stand in the configuration itself.
    pub secrets: BTreeMap<Name, Sensitive>,
    /// Of settings that are outputs of resources: the provider instance that the resource is in, by the name of the setting.
    pub origins: BTreeMap<Name, Origin>,
}

/// The provider instance that a setting comes from.
#[derive(Clone)]
pub struct Origin {
    factory: Arc<dyn Factory>,
    instance: ProviderInstance,
}

impl Origin {
    /// The instance, as its factory opens it.
    pub fn new(factory: Arc<dyn Factory>, instance: ProviderInstance) -> Self {
        Self { factory, instance }
    }

    /// A token for the Kubernetes API of a cluster that is in it; none when its provider makes none.
    ///
    /// # Errors
    /// As for [`Factory::cluster_token`].
    pub async fn cluster_token(&self, cluster: &str) -> Result<Option<ClusterToken>, Error> {
        self.factory.cluster_token(&self.instance, cluster).await
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { factory: _, instance } = self;
        f.debug_struct("Origin").field("instance", instance).finish_non_exhaustive()
    }
}
