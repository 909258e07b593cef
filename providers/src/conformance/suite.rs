//! One run of the suite: the provider, the case, what was made and what was found.

use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::live::Question;
use flashinfra_plans::{Address, Live, Map, Name, Object, OwnerMark, Phase, Value};
use flashinfra_stacks::schema::Schema;
use tokio::time::Instant;

use super::case::Case;
use super::report::{Check, Report, Verdict};
use super::same;
use crate::error::{Class, Error};
use crate::ports::{Create, Delete, Inputs, Outcome, Provider, Update};

/// What a check comes to: a failure is a sentence.
pub(super) type Found = Result<Verdict, String>;

/// One run of the suite.
pub(super) struct Suite<'a> {
    pub(super) provider: Arc<dyn Provider>,
    pub(super) case: &'a Case,
    report: Report,
    /// The objects to delete in the end, whatever happens.
    made: Vec<Name>,
    requests: u32,
}

impl<'a> Suite<'a> {
    pub(super) fn new(provider: Arc<dyn Provider>, case: &'a Case) -> Self {
        let kind = Name::from(case.schema.kind.as_ref());
        Self { provider, case, report: Report { kind, checks: Vec::new() }, made: Vec::new(), requests: 0 }
    }

    pub(super) fn schema(&self) -> &'a Schema {
        &self.case.schema
    }

    pub(super) fn kind(&self) -> Name {
        self.report.kind.clone()
    }

    /// Writes down what a check came to.
    pub(super) fn record(&mut self, name: impl Into<Name>, found: Found) {
        let verdict = found.unwrap_or_else(Verdict::Fails);
        self.report.checks.push(Check { name: name.into(), verdict });
    }

    /// Deletes what is left of what was made.
    pub(super) async fn finish(mut self) -> Report {
        let mut left = Vec::new();
        for id in std::mem::take(&mut self.made) {
            if let Err(problem) = self.delete(&id).await {
                left.push(format!("`{id}` ({problem})"));
            }
        }
        if !left.is_empty() {
            self.record("clean-up", Err(format!("these are left: {}", left.join(", "))));
        }
        self.report
    }

    /// The owner mark that the object of this name gets.
    pub(super) fn mark(&self, name: &str) -> Result<OwnerMark, String> {
        let address = Address::parse(&format!("{}/{name}", self.report.kind))?;
        Ok(OwnerMark { stack: self.case.stack.clone(), address, generation: 1 })
    }

    pub(super) fn create_request(&self, name: &str, inputs: Inputs) -> Result<Create, String> {
        // A real token is a hash: 64 hex digits.
        let token = name.bytes().cycle().take(32).map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(Create { kind: self.kind(), mark: self.mark(name)?, token: token.into(), inputs })
    }

    /// Sends a create, and makes sure that what it makes is deleted in the end.
    pub(super) async fn send_create(&mut self, request: &Create) -> Result<Outcome, Error> {
        let provider = Arc::clone(&self.provider);
        let seconds = self.schema().timeouts.create;
        let outcome = self.persist(seconds, async || provider.create(request).await).await?;
        let id = match &outcome {
            Outcome::Done(object) => Some(object.id.clone()),
            Outcome::Accepted(id) | Outcome::Derived(id) => Some(id.clone()),
            Outcome::Gone | Outcome::Changed(_) => None,
        };
        if let Some(id) = id.filter(|id| !self.made.contains(id)) {
            self.made.push(id);
        }
        Ok(outcome)
    }

    /// Waits until what a create or an update answered is ready.
    pub(super) async fn ready(&self, outcome: Outcome) -> Result<Object, String> {
        let id = match outcome {
            Outcome::Done(object) if object.phase == Phase::Ready => object.id,
            Outcome::Done(object) => return Err(format!("answered `Done` with an object that is {:?}", object.phase)),
            Outcome::Accepted(id) | Outcome::Derived(id) => id,
            Outcome::Gone => return Err("answered `Gone`, which only a delete may".into()),
            Outcome::Changed(_) => return Err("answered `Changed`, and was sent no condition".into()),
        };
        let live = self.settled(&id, self.schema().timeouts.create).await;
        match live {
            Live::Present(object) if object.phase == Phase::Ready => Ok(object),
            other => Err(format!("`{id}` did not become ready: {other:?}")),
        }
    }

    /// Looks at an object until it is neither busy nor, within the settle time of a write, not to be seen yet.
    async fn settled(&self, id: &str, timeout_seconds: u32) -> Live {
        let start = Instant::now();
        let seconds = |seconds: u32| Duration::from_secs(u64::from(seconds));
        loop {
            let live = self.live(id).await;
            let limit = match &live {
                Live::Present(Object { phase: Phase::Ready | Phase::Failed, .. }) => return live,
                Live::Present(Object { phase: Phase::Creating | Phase::Updating | Phase::Deleting, .. }) => {
                    seconds(timeout_seconds)
                }
                Live::Absent => seconds(self.schema().settle_seconds),
                Live::Tombstone { .. } | Live::Unreadable { .. } => return live,
            };
            if start.elapsed() >= limit {
                return live;
            }
            tokio::time::sleep(self.case.poll).await;
        }
    }

    pub(super) fn question(&self, id: &str) -> Question {
        Question { kind: self.kind(), id: id.into(), attributes: self.case.inputs.attributes.clone() }
    }

    /// What one question is answered.
    pub(super) async fn live(&self, id: &str) -> Live {
        let mut answers = self.provider.read(&[self.question(id)]).await;
        match answers.pop() {
            Some(live) if answers.is_empty() => live,
            _ => Live::Unreadable { reason: "one question was not given one answer".into() },
        }
    }

    /// The object that is there under this id, as soon as it is seen.
    pub(super) async fn present(&self, id: &str) -> Result<Object, String> {
        self.present_as(id, |_| Ok(())).await
    }

    /// The object that is there under this id, as soon as `right` finds it so. Reads may be behind a write for as long as the
    /// schema's settle time.
    pub(super) async fn present_as(
        &self,
        id: &str,
        right: impl Fn(&Object) -> Result<(), String>,
    ) -> Result<Object, String> {
        let start = Instant::now();
        let settle = Duration::from_secs(u64::from(self.schema().settle_seconds));
        loop {
            let problem = match self.live(id).await {
                Live::Present(object) => match right(&object) {
                    Ok(()) => return Ok(object),
                    Err(problem) => problem,
                },
                other => format!("`{id}` is there and was read as {other:?}"),
            };
            if start.elapsed() >= settle {
                return Err(problem);
            }
            tokio::time::sleep(self.case.poll).await;
        }
    }

    /// An update as the engine would send it, `applied` being what was declared until now.
    pub(super) fn update_request(
        &mut self,
        live: &Object,
        applied: &Map,
        changed: &[Name],
        inputs: Inputs,
    ) -> Result<Update, String> {
        self.requests += 1;
        let before = |name: &Name| {
            let attribute = self.schema().attribute(name)?;
            let ours = applied.get(name).unwrap_or(&Value::Null);
            Some((name.clone(), same::ours(attribute, ours, live.attributes.get(name)?)))
        };
        Ok(Update {
            kind: self.kind(),
            id: live.id.clone(),
            mark: self.mark(FIRST)?,
            changed: changed.to_vec(),
            before: changed.iter().filter_map(before).collect(),
            inputs,
            token: format!("{:064x}", self.requests).into(),
        })
    }

    pub(super) async fn send_update(&self, request: &Update) -> Result<Outcome, Error> {
        let seconds = self.schema().timeouts.update;
        self.persist(seconds, async || self.provider.update(request).await).await
    }

    pub(super) async fn send_delete(&self, id: &str, arguments: &Map) -> Result<Outcome, Error> {
        let request = Delete { kind: self.kind(), id: id.into(), arguments: arguments.clone() };
        let seconds = self.schema().timeouts.delete;
        self.persist(seconds, async || self.provider.delete(&request).await).await
    }

    pub(super) async fn send_mark(&self, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let seconds = self.schema().timeouts.update;
        self.persist(seconds, async || self.provider.mark(&self.kind(), id, mark).await).await
    }

    /// Deletes an object and waits until it is gone.
    pub(super) async fn delete(&mut self, id: &Name) -> Result<(), String> {
        match self.send_delete(id, &self.case.delete_arguments).await {
            Ok(Outcome::Gone) => {}
            Ok(Outcome::Accepted(accepted)) if accepted == *id => {}
            Ok(other) => return Err(format!("a delete was answered with {other:?}")),
            Err(error) => return Err(format!("{:?}: {error}", error.class)),
        }
        let start = Instant::now();
        let limit = Duration::from_secs(u64::from(self.schema().timeouts.delete));
        loop {
            match self.live(id).await {
                Live::Absent | Live::Tombstone { .. } => {
                    self.made.retain(|made| made != id);
                    return Ok(());
                }
                live if start.elapsed() >= limit => return Err(format!("`{id}` was deleted and is read as {live:?}")),
                Live::Present(_) | Live::Unreadable { .. } => tokio::time::sleep(self.case.poll).await,
            }
        }
    }

    /// Sends again what was surely not done or cannot be done yet, as the engine does: no longer than the act may take.
    async fn persist<T>(&self, seconds: u32, send: impl AsyncFn() -> Result<T, Error>) -> Result<T, Error> {
        let start = Instant::now();
        let limit = Duration::from_secs(u64::from(seconds)).min(PERSISTENCE_MAX);
        loop {
            match send().await {
                Err(error) if again(&error) && start.elapsed() < limit => {
                    tokio::time::sleep(error.retry_after.unwrap_or(self.case.poll)).await;
                }
                other => return other,
            }
        }
    }
}

/// The name of the object that most checks are about.
pub(super) const FIRST: &str = "conformance.first";
/// The name of an object beside it.
pub(super) const SECOND: &str = "conformance.second";

/// How long at most the suite tries what is not possible yet, whatever the kind's timeouts are: what others use (network interfaces of deleted things) is free in minutes.
const PERSISTENCE_MAX: Duration = Duration::from_secs(300);

fn again(error: &Error) -> bool {
    match error.class {
        Class::Retry | Class::Wait => true,
        Class::Unknown | Class::FixInput | Class::AskPerson | Class::NotFound | Class::AlreadyExists => false,
    }
}
