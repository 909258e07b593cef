//! The services as the engine reaches them: the two ports, for one process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::{Live, Name, Object, OwnerMark, Place, ProviderInstance};
use flashinfra_providers::{
    Answers, Calls, Class, Create, Delete, Error, Factory, Outcome, Provider, Question, Read, Update, Write,
};
use flashinfra_stacks::schema::Schema;

use super::oracle::Sent;
use super::{Maker, Shared, network};
use crate::kinds;
use crate::process::Process;
use crate::random::Random;
use crate::scenario::{Act, Trouble};

/// The services, for one process.
#[derive(Clone)]
pub(crate) struct Services {
    world: Shared,
    process: Arc<Process>,
    calls: Arc<Mutex<Calls>>,
}

impl Services {
    pub(crate) fn new(world: Shared, process: Arc<Process>) -> Self {
        Self { world, process, calls: Arc::default() }
    }

    fn count(&self, act: Act, kind: &str) {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.0.entry(format!("{kind}:{}", act.name()).into()).or_default() += 1;
    }

    /// A change is about to be sent: what goes wrong with it, and what is drawn for it.
    fn sends(&self, kind: &str, subject: &str, sent: &Sent<'_>) -> (Random, Vec<Trouble>) {
        self.count(sent.act, kind);
        let mut guard = self.world.now();
        let world = &mut *guard;
        world.oracle.sent(&world.things, kind, sent);
        let (nth, troubles) = world.strikes(sent.act, subject);
        (world.draws(sent.act, subject, nth, "way"), troubles)
    }

    /// A change, for the story.
    fn what(&self, act: Act, subject: &str, id: &str) -> String {
        format!("process {}: {} {subject} {id}", self.process.number, act.name())
    }

    /// The address that an object has, as its maker knows it.
    fn address(&self, kind: &str, id: &str) -> Name {
        match self.world.now().thing(kind, id).map(|thing| &thing.maker) {
            Some(Maker::Stack(address, _)) => address.as_str().into(),
            Some(Maker::Foreign) | None => kind.into(),
        }
    }

    /// A read arrives; whether it can be answered.
    async fn asked(&self, act: Act, kind: &str) -> bool {
        self.process.runs().await;
        self.count(act, kind);
        let (mut draws, troubles) = {
            let mut world = self.world.now();
            let (nth, troubles) = world.strikes(act, kind);
            troubles.iter().for_each(|trouble| world.count(trouble.name()));
            (world.draws(act, kind, nth, "way"), troubles)
        };
        tokio::time::sleep(Duration::from_millis(draws.between(10, 300))).await;
        troubles.is_empty()
    }
}

#[async_trait]
impl Factory for Services {
    fn provider(&self) -> &'static str {
        "sim"
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        kinds::schemas().collect()
    }

    async fn open(&self, _: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Read for Services {
    async fn place(&self) -> Result<Place, Error> {
        self.process.runs().await;
        Ok(Place { provider: "sim".into(), scope: "sim:1".into(), region: "here".into() })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        let mut kinds: BTreeMap<&Name, bool> = BTreeMap::new();
        for question in questions {
            if !kinds.contains_key(&question.kind) {
                let answers = self.asked(Act::Read, &question.kind).await;
                kinds.insert(&question.kind, answers);
            }
        }
        let answers = {
            let mut world = self.world.now();
            let answer = |question: &Question| match kinds.get(&question.kind) {
                Some(true) => world.look(&(question.kind.clone(), question.id.clone())),
                Some(false) | None => Live::Unreadable { reason: "the service is in trouble (InternalError)".into() },
            };
            questions.iter().map(answer).collect()
        };
        self.process.runs().await;
        answers
    }

    async fn find(&self, kind: &str, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let answers = self.asked(Act::Find, kind).await;
        let found = self.world.now().found(kind, stack);
        self.process.runs().await;
        match answers {
            true => Ok(found),
            false => Err(Error::new(Class::AskPerson, "the service is in trouble").with_code("InternalError")),
        }
    }

    fn calls(&self) -> Calls {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Write for Services {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        self.process.runs().await;
        let what = self.what(Act::Create, request.mark.address.as_str(), "");
        let sent = Sent {
            process: self.process.number,
            act: Act::Create,
            mark: Some(&request.mark),
            id: None,
            inputs: Some(&request.inputs.attributes),
        };
        let (draws, troubles) = self.sends(&request.kind, request.mark.address.as_str(), &sent);
        let request = request.clone();
        let send =
            network::send(&self.world, what, draws, troubles, move |world, troubles| world.create(&request, troubles));
        let answer = send.await;
        self.process.runs().await;
        answer
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        self.process.runs().await;
        let what = self.what(Act::Update, request.mark.address.as_str(), &request.id);
        let (mark, id) = (Some(&request.mark), Some(request.id.as_str()));
        let sent = Sent { process: self.process.number, act: Act::Update, mark, id, inputs: None };
        let (draws, troubles) = self.sends(&request.kind, request.mark.address.as_str(), &sent);
        let request = request.clone();
        let send =
            network::send(&self.world, what, draws, troubles, move |world, troubles| world.update(&request, troubles));
        let answer = send.await;
        self.process.runs().await;
        answer
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        self.process.runs().await;
        let what = self.what(Act::Delete, &request.kind, &request.id);
        let address = self.address(&request.kind, &request.id);
        let sent =
            Sent { process: self.process.number, act: Act::Delete, mark: None, id: Some(&request.id), inputs: None };
        let (draws, troubles) = self.sends(&request.kind, &address, &sent);
        let request = request.clone();
        let send =
            network::send(&self.world, what, draws, troubles, move |world, troubles| world.delete(&request, troubles));
        let answer = send.await;
        self.process.runs().await;
        answer
    }

    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        self.process.runs().await;
        let what = self.what(Act::Mark, mark.address.as_str(), id);
        let sent = Sent { process: self.process.number, act: Act::Mark, mark: Some(mark), id: Some(id), inputs: None };
        let (draws, troubles) = self.sends(kind, mark.address.as_str(), &sent);
        let (kind, id, mark) = (Name::from(kind), Name::from(id), mark.clone());
        let send = network::send(&self.world, what, draws, troubles, move |world, _| world.mark(&kind, &id, &mark));
        let answer = send.await;
        self.process.runs().await;
        answer
    }
}
