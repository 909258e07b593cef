//! What a run of the engine works with.

use std::path::PathBuf;
use std::sync::Arc;

use flashinfra_plans::Name;
use flashinfra_providers::Registry;
use flashinfra_providers_memory::{Options, Sandbox};
use uuid::Uuid;

use crate::ledgers::{Holder, LedgerStore};
use crate::secrets::Secrets;

/// What a run of the engine works with: providers, ledgers, secrets, and who runs it.
#[derive(Clone)]
pub struct Session {
    /// The providers that there are.
    pub registry: Registry,
    /// When given, the sandbox that takes every provider's place.
    pub sandbox: Option<SandboxAt>,
    /// Where the ledgers are.
    pub ledgers: Arc<dyn LedgerStore>,
    /// Where secrets come from.
    pub secrets: Secrets,
    /// Who a second applier is told of.
    pub holder: Holder,
    /// Makes the uuid that a stack gets with its first apply. No two stacks may ever have the same.
    pub uuids: Arc<dyn Fn() -> Name + Send + Sync>,
}

/// A sandbox that takes every provider's place.
#[derive(Clone, Debug)]
pub enum SandboxAt {
    /// In a file, which is made when it is not there.
    File(PathBuf, Options),
    /// One that is open already.
    Open(Sandbox),
}

impl Session {
    /// A session with these providers and ledgers, for this process.
    pub fn new(registry: Registry, ledgers: impl LedgerStore + 'static) -> Self {
        Self::over(registry, Arc::new(ledgers))
    }

    /// A session with these providers and ledgers that may be of any kind, for this process.
    pub fn over(registry: Registry, ledgers: Arc<dyn LedgerStore>) -> Self {
        Self {
            registry,
            sandbox: None,
            ledgers,
            secrets: Secrets::of_this_process(),
            holder: Holder::this_process(),
            uuids: Arc::new(|| Uuid::new_v4().to_string().into()),
        }
    }

    /// The same session with the sandbox in this file in the place of every provider.
    #[must_use]
    pub fn with_sandbox(self, file: impl Into<PathBuf>) -> Self {
        Self { sandbox: Some(SandboxAt::File(file.into(), Options::default())), ..self }
    }

    /// The same session with an open sandbox in the place of every provider.
    #[must_use]
    pub fn with_open_sandbox(self, sandbox: Sandbox) -> Self {
        Self { sandbox: Some(SandboxAt::Open(sandbox)), ..self }
    }

    /// The same session with other sources of secrets.
    #[must_use]
    pub fn with_secrets(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// The same session with another source of uuids, for what has to be repeatable.
    #[must_use]
    pub fn with_uuids(self, uuids: impl Fn() -> Name + Send + Sync + 'static) -> Self {
        Self { uuids: Arc::new(uuids), ..self }
    }

    /// The same session in another person's name.
    #[must_use]
    pub fn with_holder(self, holder: Holder) -> Self {
        Self { holder, ..self }
    }
}
