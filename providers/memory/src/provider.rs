//! One provider instance in a sandbox: the two ports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use flashinfra_plans::{Live, Name, Object, OwnerMark, Place, ProviderInstance, Value};
use flashinfra_providers::{Answers, Calls, Class, Create, Delete, Error, Outcome, Question, Read, Update, Write};
use flashinfra_stacks::schema::{Carrier, Schema, provider_of};

use crate::error::SandboxError;
use crate::life;
use crate::sandbox::Sandbox;
use crate::services;
use crate::world::{Key, Shelf, Site};

/// How many objects one call answers, as is usual for services.
const PAGE: usize = 100;

/// The configuration keys that say whose the objects are.
const ACCOUNT_KEYS: [&str; 5] = ["account", "project", "subscription", "cluster", "context"];
/// The configuration keys that say where the objects are.
const REGION_KEYS: [&str; 2] = ["region", "location"];

/// A provider instance in a sandbox.
#[derive(Debug)]
pub(crate) struct SandboxProvider {
    sandbox: Sandbox,
    provider: Name,
    site: Site,
    calls: Mutex<Calls>,
}

impl SandboxProvider {
    pub(crate) fn new(sandbox: Sandbox, instance: &ProviderInstance) -> Self {
        let configured = |keys: &[&str]| {
            let value = keys.iter().find_map(|key| instance.config.get(key));
            value.and_then(Value::as_text).map(Name::from).unwrap_or_default()
        };
        let site = Site { account: configured(&ACCOUNT_KEYS), region: configured(&REGION_KEYS) };
        Self { sandbox, provider: instance.provider.clone(), site, calls: Mutex::default() }
    }

    fn shelf(&self, kind: &str) -> Shelf {
        Shelf { kind: kind.into(), site: self.site.clone() }
    }

    fn key(&self, kind: &str, id: &Name) -> Key {
        Key { shelf: self.shelf(kind), id: id.clone() }
    }

    fn schema(&self, kind: &str) -> Result<Arc<Schema>, Error> {
        let schema = self.sandbox.schema(kind).filter(|_| provider_of(kind) == self.provider);
        schema.cloned().ok_or_else(|| {
            let message = format!("the sandbox's provider `{}` was opened without a schema of {kind}", self.provider);
            Error::new(Class::FixInput, message).with_code("UnknownKind")
        })
    }

    /// Counts calls and takes the time that they take.
    async fn call(&self, operation: &str, kind: &str, times: usize) {
        {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            *calls.0.entry(format!("{kind}:{operation}").into()).or_default() += times as u64;
        }
        let delay = self.sandbox.options().latency.call;
        if !delay.is_zero() {
            tokio::time::sleep(delay * u32::try_from(times).unwrap_or(u32::MAX)).await;
        }
    }
}

#[async_trait]
impl Read for SandboxProvider {
    async fn place(&self) -> Result<Place, Error> {
        self.call("place", &self.provider, 1).await;
        let uuid = self.sandbox.uuid()?;
        let Site { account, region } = self.site.clone();
        let scope = if account.is_empty() { format!("sandbox:{uuid}") } else { format!("sandbox:{uuid}/{account}") };
        Ok(Place { provider: self.provider.clone(), scope: scope.into(), region })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        let mut kinds: BTreeMap<&Name, BTreeSet<&Name>> = BTreeMap::new();
        for question in questions {
            kinds.entry(&question.kind).or_default().insert(&question.id);
        }
        for (kind, ids) in kinds {
            let objects =
                self.sandbox.transact(|world| Ok::<_, SandboxError>((Vec::new(), world.shelf_len(&self.shelf(kind)))));
            // Whole pages of the kind, or pages of those asked for by id, whichever are fewer.
            let answered = objects.unwrap_or(0).min(ids.len());
            self.call("list", kind, answered.div_ceil(PAGE).max(1)).await;
        }
        let now_ms = life::now_ms();
        let answers = self.sandbox.transact(|world| {
            let looked = questions.iter().map(|question| {
                let schema = self.sandbox.schema(&question.kind).map(Arc::as_ref);
                life::look(world, &self.key(&question.kind, &question.id), schema, now_ms)
            });
            let (answers, changes): (Vec<_>, Vec<_>) = looked.unzip();
            Ok::<_, SandboxError>((changes.into_iter().flatten().collect(), answers))
        });
        answers.unwrap_or_else(|error| {
            let reason = Name::from(Error::from(error).to_string());
            questions.iter().map(|_| Live::Unreadable { reason: reason.clone() }).collect()
        })
    }

    async fn find(&self, kind: &str, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let schema = self.schema(kind)?;
        if schema.carrier == Carrier::None {
            let message = format!("{kind} carries no owner mark; its objects are known by the ledger only");
            return Err(Error::new(Class::FixInput, message));
        }
        let shelf = self.shelf(kind);
        let (objects, found) = self.sandbox.transact(|world| {
            let ours = world.shelf(&shelf).filter(|(_, stored)| stored.hidden == 0).filter_map(|(id, stored)| {
                let owner = stored.owner.clone().filter(|owner| owner.stack == stack)?;
                let key = Key { shelf: shelf.clone(), id: id.clone() };
                Some((owner, life::object(&key, stored, Some(&schema))))
            });
            Ok::<_, SandboxError>((Vec::new(), (world.shelf_len(&shelf), ours.collect())))
        })?;
        self.call("find", kind, objects.div_ceil(PAGE).max(1)).await;
        Ok(found)
    }

    fn calls(&self) -> Calls {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Write for SandboxProvider {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        self.call("create", &request.kind, 1).await;
        let schema = self.schema(&request.kind)?;
        let (shelf, latency) = (self.shelf(&request.kind), &self.sandbox.options().latency);
        self.sandbox.transact(|world| services::create(world, &schema, shelf, request, latency))
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        self.call("update", &request.kind, 1).await;
        let schema = self.schema(&request.kind)?;
        let (key, latency) = (self.key(&request.kind, &request.id), &self.sandbox.options().latency);
        self.sandbox.transact(|world| services::update(world, &schema, key, request, latency))
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        self.call("delete", &request.kind, 1).await;
        let (key, latency) = (self.key(&request.kind, &request.id), &self.sandbox.options().latency);
        let schemas = |kind: &str| self.sandbox.schema(kind).map(Arc::as_ref);
        self.sandbox.transact(|world| services::delete(world, schemas, key, latency))
    }

    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        self.call("mark", kind, 1).await;
        let schema = self.schema(kind)?;
        let key = self.key(kind, &id.into());
        self.sandbox.transact(|world| services::mark(world, &schema, key, mark))
    }
}
