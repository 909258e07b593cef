//! A service in virtual time: creates that take as long as drawn, and a rate above which it throttles.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use flashinfra::Schema;
use flashinfra_plans::{Address, Live, Map, Name, Object, OwnerMark, Phase, Place, ProviderInstance};
use flashinfra_providers::{
    Answers, Calls, Class, Create, Delete, Error, Factory, Outcome, Provider, Question, Read, Update, Write,
};
use tokio::time::Instant;

/// How long one create takes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Latency {
    /// The call itself.
    pub(crate) call: Duration,
    /// From the answer until the object is ready; zero when the answer is the object.
    pub(crate) wait: Duration,
}

/// How long the call takes that looks at objects.
const LOOK: Duration = Duration::from_millis(100);

/// How many requests may follow each other at once under a rate.
const BURST: f64 = 2.0;

/// The service.
#[derive(Clone)]
pub(crate) struct Timed(Arc<State>);

struct State {
    schemas: Vec<&'static Schema>,
    latencies: BTreeMap<Address, Latency>,
    /// Requests a second that each kind takes.
    rate: Option<f64>,
    objects: Mutex<BTreeMap<Name, (Object, Instant)>>,
    buckets: Mutex<BTreeMap<Name, (f64, Instant)>>,
}

impl Timed {
    /// A service of these kinds.
    pub(crate) fn new(schemas: Vec<&'static Schema>, latencies: BTreeMap<Address, Latency>, rate: Option<f64>) -> Self {
        Self(Arc::new(State { schemas, latencies, rate, objects: Mutex::default(), buckets: Mutex::default() }))
    }

    /// Whether the service takes another request of this kind now.
    fn takes(&self, kind: &Name) -> bool {
        let Some(rate) = self.0.rate else { return true };
        let now = Instant::now();
        let mut buckets = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (tokens, since) = buckets.entry(kind.clone()).or_insert((BURST, now));
        *tokens = (*tokens + now.duration_since(*since).as_secs_f64() * rate).min(BURST);
        *since = now;
        let takes = *tokens >= 1.0;
        if takes {
            *tokens -= 1.0;
        }
        takes
    }

    fn look(&self, id: &Name) -> Live {
        let objects = self.0.objects.lock().unwrap_or_else(PoisonError::into_inner);
        match objects.get(id) {
            Some((object, ready)) if Instant::now() < *ready => {
                Live::Present(Object { phase: Phase::Creating, ..object.clone() })
            }
            Some((object, _)) => Live::Present(object.clone()),
            None => Live::Absent,
        }
    }
}

#[async_trait]
impl Factory for Timed {
    fn provider(&self) -> &'static str {
        "timed"
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        self.0.schemas.clone()
    }

    async fn open(&self, _: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        Ok(Arc::new(self.clone()))
    }
}

#[async_trait]
impl Read for Timed {
    async fn place(&self) -> Result<Place, Error> {
        Ok(Place { provider: "timed".into(), scope: "timed".into(), region: Name::default() })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        tokio::time::sleep(LOOK).await;
        questions.iter().map(|question| self.look(&question.id)).collect()
    }

    async fn find(&self, _: &str, _: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        Err(Error::new(Class::AskPerson, "nothing is lost here, so nothing is searched for"))
    }

    fn calls(&self) -> Calls {
        Calls::default()
    }
}

#[async_trait]
impl Write for Timed {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        let Create { kind, mark, token: _, inputs } = request;
        let Latency { call, wait } = self.0.latencies.get(&mark.address).copied().unwrap_or_default();
        if !self.takes(kind) {
            return Err(Error::new(Class::Retry, "too many requests").with_code("Throttling"));
        }
        tokio::time::sleep(call).await;
        let id = Name::from(mark.address.as_str());
        let attributes: Map = inputs.attributes.clone().with("id", id.as_str().into());
        let object = Object {
            id: id.clone(),
            phase: Phase::Ready,
            attributes,
            unverified: Vec::new(),
            owner: Some(mark.clone()),
            managed_by: None,
        };
        let mut objects = self.0.objects.lock().unwrap_or_else(PoisonError::into_inner);
        objects.insert(id.clone(), (object.clone(), Instant::now() + wait));
        Ok(if wait.is_zero() { Outcome::Done(object) } else { Outcome::Accepted(id) })
    }

    async fn update(&self, _: &Update) -> Result<Outcome, Error> {
        Err(Error::new(Class::FixInput, "nothing changes here"))
    }

    async fn delete(&self, _: &Delete) -> Result<Outcome, Error> {
        Err(Error::new(Class::FixInput, "nothing is deleted here"))
    }

    async fn mark(&self, _: &str, _: &str, _: &OwnerMark) -> Result<(), Error> {
        Err(Error::new(Class::FixInput, "nothing moves here"))
    }
}
