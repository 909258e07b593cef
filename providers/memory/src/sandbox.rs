//! The sandbox: one world, seen through any number of provider instances.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use flashinfra_plans::{Name, ProviderInstance};
use flashinfra_providers::Provider;
use flashinfra_stacks::schema::Schema;
use sha2::{Digest, Sha256};

use crate::check::Unknown;
use crate::error::SandboxError;
use crate::faults::Trouble;
use crate::options::{Latency, Options};
use crate::provider::SandboxProvider;
use crate::store::Store;
use crate::world::{Change, World};

/// A world of made-up infrastructure: any kind, from its schema. Clones share it.
///
/// It lives in memory, or in a local file that several processes may use at once. See the crate's page for what it
/// does as a real service would.
#[derive(Clone, Debug)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    schemas: BTreeMap<Name, Arc<Schema>>,
    latency: Latency,
    trouble: Trouble,
    unknown: Unknown,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    world: World,
    store: Option<Store>,
}

impl Sandbox {
    /// Opens the sandbox in a file, which is made if it is not there yet; without a path it lives in memory.
    ///
    /// `schemas` are those of all kinds that are to be created or updated. Objects of other kinds, left by other stacks,
    /// are read and deleted all the same.
    ///
    /// # Errors
    /// When the file cannot be read or written, or does not hold a sandbox. It is then left as it is.
    pub fn open(
        path: Option<PathBuf>,
        schemas: BTreeMap<Name, Arc<Schema>>,
        options: Options,
    ) -> Result<Self, SandboxError> {
        let Options { seed, latency, faults, keep_unknown } = options;
        let new_uuid = || uuid_of(seed).to_string();
        let state = match path {
            Some(path) => {
                let (store, world) = Store::open(&path, new_uuid)?;
                State { world, store: Some(store) }
            }
            None => State { world: World::new(new_uuid().into()), store: None },
        };
        let trouble = Trouble::new(faults);
        let unknown = if keep_unknown { Unknown::Kept } else { Unknown::Refused };
        Ok(Self { shared: Arc::new(Shared { schemas, latency, trouble, unknown, state: Mutex::new(state) }) })
    }

    /// A provider instance in this sandbox.
    ///
    /// Its place is the instance's provider type, `sandbox:` with this sandbox's uuid, and what the configuration says: the
    /// scope ends with `account`, `project`, `subscription`, `cluster` or `context`, the region is `region` or `location`.
    /// Other keys of the configuration are not looked at.
    pub fn provider(&self, instance: &ProviderInstance) -> Arc<dyn Provider> {
        Arc::new(SandboxProvider::new(self.clone(), instance))
    }

    /// The sandbox's own id, which everything that it makes up is derived from.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn uuid(&self) -> Result<Name, SandboxError> {
        self.transact(|world| Ok((Vec::new(), world.uuid.clone())))
    }

    pub(crate) fn schema(&self, kind: &str) -> Option<&Arc<Schema>> {
        self.shared.schemas.get(kind)
    }

    pub(crate) fn latency(&self) -> &Latency {
        &self.shared.latency
    }

    pub(crate) fn unknown(&self) -> Unknown {
        self.shared.unknown
    }

    pub(crate) fn trouble(&self) -> &Trouble {
        &self.shared.trouble
    }

    /// Runs `act` on the world as all processes see it, with all others kept out, and does what it asks for.
    pub(crate) fn transact<T, E: From<SandboxError>>(
        &self,
        act: impl FnOnce(&mut World) -> Result<(Vec<Change>, T), E>,
    ) -> Result<T, E> {
        // A panic elsewhere cannot leave a world half changed: changes are computed first and then done.
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { world, store } = &mut *state;
        match store {
            Some(store) => store.transact(world, act),
            None => {
                let (changes, answer) = act(world)?;
                changes.into_iter().for_each(|change| world.apply(change));
                Ok(answer)
            }
        }
    }
}

/// The same seed gives the same sandbox; without one it is a new one.
fn uuid_of(seed: Option<u64>) -> uuid::Uuid {
    match seed {
        Some(seed) => {
            let hash = Sha256::digest(format!("flashinfra sandbox {seed}"));
            let mut bytes = [0; 16];
            bytes.copy_from_slice(&hash[..16]);
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        }
        None => uuid::Uuid::new_v4(),
    }
}
