//! One provider instance in a sandbox: the two ports.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::{Live, Name, Object, OwnerMark, Place, ProviderInstance, Value};
use flashinfra_providers::{
    Answers, Calls, Class, Condition, Create, Delete, Error, Inputs, Operable, Operate, Outcome, Question, Read,
    Update, Write, is_sought,
};
use flashinfra_stacks::schema::{Carrier, Identity, Schema, provider_of};

use crate::condition::Asked;
use crate::error::SandboxError;
use crate::faults::{self, Fault, Operation, Twist};
use crate::options::{Act, Slow};
use crate::sandbox::Sandbox;
use crate::services::{self, Circumstances};
use crate::world::{Change, Key, Shelf, Site, World};
use crate::{keep, life, lookup, operate};

/// How many objects one call answers, as is usual for services.
const PAGE: usize = 100;

/// The configuration keys that say whose the objects are.
const ACCOUNT_KEYS: [&str; 6] = ["account", "project", "subscription", "cluster", "context", "server"];
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
        // A service that does not tell names by their case finds them in any case.
        let identity = self.sandbox.schema(kind).and_then(|schema| match &schema.identity {
            Identity::Named(attribute) => schema.attribute(attribute),
            Identity::Assigned | Identity::Composed(_) => None,
        });
        let id = identity.map_or_else(|| id.clone(), |attribute| keep::text(attribute, id).into());
        Key { shelf: self.shelf(kind), id }
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
        let delay = self.sandbox.latency().call;
        if !delay.is_zero() {
            tokio::time::sleep(delay * u32::try_from(times).unwrap_or(u32::MAX)).await;
        }
    }

    /// Counts a read as often as faults make it come back.
    async fn read_call(&self, operation: &str, kind: &str, pages: usize, faults: &[Fault]) {
        let again =
            faults.iter().filter(|fault| matches!(fault, Fault::Throttled(_) | Fault::LostBefore | Fault::LostAfter));
        self.call(operation, kind, pages + again.count()).await;
    }

    /// What strikes a write, and under which circumstances it happens otherwise.
    fn circumstances(&self, act: Act, kind: &str, faults: &[Fault]) -> Circumstances {
        let slow = self.sandbox.schema(kind).map(|schema| self.sandbox.latency().slow(schema, act));
        let (twist, unknown) = (Twist::new(faults), self.sandbox.unknown());
        let slow = twist.slow.map(|time| Slow { polls: 0, time }).or(slow).unwrap_or_default();
        Circumstances { now_ms: life::now_ms(), slow, twist, unknown }
    }

    fn strike(&self, on: Operation, names: &[&str]) -> Vec<Fault> {
        self.sandbox.trouble().strike(on, names)
    }

    /// Answers one question from the world.
    fn look(&self, world: &World, question: &Question, now_ms: u64) -> (Live, Option<Change>, Vec<Fault>) {
        let Question { kind, id, attributes } = question;
        if id.is_empty() {
            let faults = self.strike(Operation::Read, &[kind]);
            let schema = self.sandbox.schema(kind).map(Arc::as_ref);
            let (live, change) = lookup::look(world, self.shelf(kind), schema, attributes);
            return (faults::seen(&faults, live), change, faults);
        }
        let key = self.key(kind, id);
        let owner = world.get(&key).and_then(|stored| stored.owner.as_ref());
        let address = owner.map_or("", |owner| owner.address.as_str());
        let faults = self.strike(Operation::Read, &[id, address, kind]);
        let (live, change) = life::look(world, &key, self.sandbox.schema(kind).map(Arc::as_ref), now_ms);
        (faults::seen(&faults, live), change, faults)
    }
}

#[async_trait]
impl Read for SandboxProvider {
    async fn place(&self) -> Result<Place, Error> {
        self.call("place", &self.provider, 1).await;
        faults::before(&self.strike(Operation::Place, &[&self.provider]))?;
        let uuid = self.sandbox.uuid()?;
        let Site { account, region } = self.site.clone();
        let scope = if account.is_empty() { format!("sandbox:{uuid}") } else { format!("sandbox:{uuid}/{account}") };
        Ok(Place { provider: self.provider.clone(), scope: scope.into(), region })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        let now_ms = life::now_ms();
        let mut pages: BTreeMap<&Name, (usize, BTreeSet<&Name>, Vec<Fault>)> = BTreeMap::new();
        let answers = self.sandbox.transact(|world| {
            let mut changes = Vec::new();
            let answers = questions.iter().map(|question| {
                let (live, change, faults) = self.look(world, question, now_ms);
                changes.extend(change);
                let (objects, ids, struck) = pages.entry(&question.kind).or_default();
                *objects = world.shelf_len(&self.shelf(&question.kind));
                ids.insert(&question.id);
                struck.extend(faults);
                live
            });
            let answers: Answers = answers.collect();
            Ok::<_, SandboxError>((changes, answers))
        });
        for (kind, (objects, ids, faults)) in pages {
            // Whole pages of the kind, or pages of those asked for by id, whichever are fewer.
            let pages = objects.min(ids.len()).div_ceil(PAGE).max(1);
            self.read_call("list", kind, pages, &faults).await;
        }
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
        let (shelf, now_ms) = (self.shelf(kind), life::now_ms());
        let faults = self.strike(Operation::Find, &[kind]);
        let (objects, found) = self.sandbox.transact(|world| {
            let keys = world.shelf(&shelf).map(|(id, _)| Key { shelf: shelf.clone(), id: id.clone() });
            // An object that is not seen yet comes one read nearer; the others are not polled by a search.
            let seen = keys.filter_map(|key| {
                let stored = world.get(&key)?;
                let owner = stored.owner.clone().filter(|owner| is_sought(owner, stack))?;
                let hidden = (stored.hidden > 0).then(|| life::look(world, &key, None, now_ms).1).flatten();
                let object = (stored.hidden == 0).then(|| life::object(&key, stored, Some(&schema)));
                Some((object.map(|object| (owner, object)), hidden))
            });
            let (found, changes): (Vec<_>, Vec<_>) = seen.unzip();
            let changes = changes.into_iter().flatten().collect();
            Ok::<_, SandboxError>((changes, (world.shelf_len(&shelf), found.into_iter().flatten().collect())))
        })?;
        self.read_call("find", kind, objects.div_ceil(PAGE).max(1), &faults).await;
        match faults::seen(&faults, Live::Absent) {
            Live::Unreadable { reason } => Err(Error::new(Class::AskPerson, reason)),
            Live::Absent | Live::Present(_) | Live::Tombstone { .. } => Ok(found),
        }
    }

    async fn explain(&self, question: &Question) -> Option<String> {
        let key = self.key(&question.kind, &question.id);
        let is_behind = |world: &mut World| {
            let is_behind = world.get(&key).is_some_and(|stored| stored.past.is_some());
            Ok::<_, SandboxError>((Vec::new(), is_behind))
        };
        let is_behind = self.sandbox.transact(is_behind).ok()?;
        is_behind.then(|| "the sandbox goes on showing it as it was, as a fault says".to_owned())
    }

    fn able(&self, act: &str) -> Vec<Name> {
        let able = |world: &mut World| Ok::<_, SandboxError>((Vec::new(), operate::able(world, act)));
        self.sandbox.transact(able).unwrap_or_default()
    }

    async fn operable(&self, request: &Operate) -> Result<Operable, Error> {
        let Operate { kind, id, operation: _, attributes: _ } = request;
        self.call("get", kind, 1).await;
        let key = self.key(kind, id);
        let faults = self.strike(Operation::Read, &[id, kind]);
        faults::before(&faults)?;
        self.sandbox.transact(|world| operate::operable(world, &key, request).map(|found| (Vec::new(), found)))
    }

    fn poll_pause(&self) -> Option<Duration> {
        Some(self.sandbox.latency().poll)
    }

    fn calls(&self) -> Calls {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl SandboxProvider {
    async fn change(&self, request: &Update, condition: Option<&Condition<'_>>) -> Result<Outcome, Error> {
        let Update { kind, id, mark, .. } = request;
        self.call("update", kind, 1).await;
        let (schema, key) = (self.schema(kind)?, self.key(kind, id));
        let names = [mark.address.as_str(), id, kind];
        let faults = self.strike(Operation::Update, &names);
        let asked = condition.map(|condition| Asked { condition, untold: self.sandbox.trouble().untold(&names) });
        faults::before(&faults)?;
        let how = self.circumstances(Act::Update, kind, &faults);
        let Some(refused) = faults::refused(&faults) else {
            let answer =
                self.sandbox.transact(|world| services::update(world, &schema, key, request, asked.as_ref(), how))?;
            return faults::after(&faults, answer);
        };
        let changed = request.changed.iter().filter(|name| *name != refused).cloned().collect();
        let rest = Update { changed, ..request.clone() };
        self.sandbox.transact(|world| services::update(world, &schema, key, &rest, asked.as_ref(), how))?;
        // As some services do, it quotes what it does not like.
        let quoted = request.inputs.secret(refused).map_or("this", |secret| secret.reveal());
        let message = format!("{kind} `{id}` does not take {quoted} as its {refused}");
        Err(Error::new(Class::FixInput, message).with_code("InvalidParameter"))
    }

    async fn remove(&self, request: &Delete, condition: Option<&Condition<'_>>) -> Result<Outcome, Error> {
        let Delete { kind, id, arguments: _ } = request;
        self.call("delete", kind, 1).await;
        let key = self.key(kind, id);
        let address = self.sandbox.transact(|world| {
            let owner = world.get(&key).and_then(|stored| stored.owner.as_ref());
            Ok::<_, SandboxError>((Vec::new(), owner.map(|owner| owner.address.clone())))
        })?;
        let address = address.as_ref().map_or("", |address| address.as_str());
        let names = [id, address, kind];
        let faults = self.strike(Operation::Delete, &names);
        let asked = condition.map(|condition| Asked { condition, untold: self.sandbox.trouble().untold(&names) });
        faults::before(&faults)?;
        let how = self.circumstances(Act::Delete, kind, &faults);
        let schemas = |kind: &str| self.sandbox.schema(kind).map(Arc::as_ref);
        let answer = self.sandbox.transact(|world| services::delete(world, schemas, key, asked.as_ref(), how))?;
        faults::after(&faults, answer)
    }
}

#[async_trait]
impl Write for SandboxProvider {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        let Create { kind, mark, .. } = request;
        self.call("create", kind, 1).await;
        let (schema, shelf) = (self.schema(kind)?, self.shelf(kind));
        let faults = self.strike(Operation::Create, &[mark.address.as_str(), kind]);
        faults::before(&faults)?;
        let how = self.circumstances(Act::Create, kind, &faults);
        let inputs =
            Inputs { attributes: faults::halved(&faults, &request.inputs.attributes), ..request.inputs.clone() };
        let request = Create { inputs, ..request.clone() };
        let answer = self.sandbox.transact(|world| services::create(world, &schema, shelf, &request, how))?;
        faults::after(&faults, answer)
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        self.change(request, None).await
    }

    async fn update_if(&self, request: &Update, condition: &Condition<'_>) -> Result<Outcome, Error> {
        self.change(request, Some(condition)).await
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        self.remove(request, None).await
    }

    async fn delete_if(&self, request: &Delete, condition: &Condition<'_>) -> Result<Outcome, Error> {
        self.remove(request, Some(condition)).await
    }

    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        self.call("mark", kind, 1).await;
        let (schema, key) = (self.schema(kind)?, self.key(kind, &id.into()));
        let faults = self.strike(Operation::Mark, &[mark.address.as_str(), id, kind]);
        faults::before(&faults)?;
        let now_ms = life::now_ms();
        self.sandbox.transact(|world| services::mark(world, &schema, key, mark, now_ms))?;
        faults::after(&faults, ())
    }

    async fn operate(&self, request: &Operate) -> Result<(), Error> {
        let Operate { kind, id, operation, attributes: _ } = request;
        self.call(operation.name(), kind, 1).await;
        let key = self.key(kind, id);
        let faults = self.strike(Operation::Update, &[id, kind]);
        faults::before(&faults)?;
        let answer = self.sandbox.transact(|world| operate::operated(world, key, request))?;
        faults::after(&faults, answer)
    }
}
