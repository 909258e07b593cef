//! What is tried: the engine as it is, or with something in its way, to see that the checks notice.

use std::sync::Arc;

use async_trait::async_trait;
use flashinfra_plans::ProviderInstance;
use flashinfra_providers::{Error, Factory, Provider};
use flashinfra_stacks::schema::Schema;
use object_store::ObjectStore;

/// Puts something between the engine and the world.
pub type Between<Inner, Outer> = Arc<dyn Fn(Inner) -> Outer + Send + Sync>;

/// What stands between the engine and the world. By default nothing.
#[derive(Clone)]
pub struct Subject {
    /// Between the engine and the services.
    pub services: Between<Arc<dyn Factory>, Services>,
    /// Between the ledgers and what they are kept in.
    pub disk: Between<Arc<dyn ObjectStore>, Arc<dyn ObjectStore>>,
    /// Whether what happens is written down as a story.
    pub is_told: bool,
}

impl Default for Subject {
    fn default() -> Self {
        Self { services: Arc::new(Services), disk: Arc::new(|disk| disk), is_told: false }
    }
}

/// The services of a simulated world.
#[derive(Clone)]
pub struct Services(pub Arc<dyn Factory>);

#[async_trait]
impl Factory for Services {
    fn provider(&self) -> &'static str {
        self.0.provider()
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        self.0.schemas()
    }

    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        self.0.open(instance).await
    }
}
