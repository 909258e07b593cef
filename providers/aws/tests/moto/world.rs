//! What the tests have in common: an adapter on the shared server, and objects to refer to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flashinfra_plans::{Address, Live, Map, Name, Object, OwnerMark, Phase, ProviderInstance, Value, map};
use flashinfra_providers::{Class, Create, Delete, Factory, Inputs, Outcome, Provider, Question};
use flashinfra_providers_aws::{AwsFactory, Credentials};
use flashinfra_stacks::schema::Schema;
use flashinfra_test_proxy::{Options, Proxy};
use flashinfra_test_support::{Ministack, Moto};

/// How often a test looks at an object that is not ready.
const PAUSE: Duration = Duration::from_millis(20);

/// How many client tokens were given out: each create has one of its own.
static TOKENS: AtomicU64 = AtomicU64::new(0);

/// A server that stands in for AWS. Neither knows all that the other knows: `gaps.rs` says what of ours each lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Moto,
    Ministack,
}

impl Server {
    pub(crate) const ALL: [Self; 2] = [Self::Moto, Self::Ministack];

    /// Where the one that all tests share is reached.
    pub(crate) fn endpoint(self) -> &'static str {
        match self {
            Self::Moto => Moto::shared().endpoint(),
            Self::Ministack => Ministack::shared().endpoint(),
        }
    }

    /// The SDK itself, for what others do behind our back.
    pub(crate) async fn sdk(self) -> aws_config::SdkConfig {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let loader = aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(http);
        let loader = loader.credentials_provider(Credentials::new("testing", "testing", None, None, "tests"));
        loader.region(aws_config::Region::new("us-east-1")).endpoint_url(self.endpoint()).load().await
    }
}

/// An adapter with a stack of its own.
pub(crate) struct World {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) stack: Name,
    pub(crate) server: Server,
}

impl World {
    /// `stack` keeps apart what tests make on the shared server, which is moto.
    pub(crate) async fn new(stack: &str) -> Self {
        Self::on(Server::Moto, stack).await
    }

    /// The same on either server.
    pub(crate) async fn on(server: Server, stack: &str) -> Self {
        Self { server, ..Self::at(server.endpoint(), stack).await }
    }

    /// The same behind a proxy, for example, with moto behind it.
    pub(crate) async fn at(endpoint: &str, stack: &str) -> Self {
        Self { provider: provider(endpoint).await, stack: stack.into(), server: Server::Moto }
    }

    /// The same where a create with the client token of an earlier one is answered as that was. Neither server looks at tokens.
    pub(crate) async fn with_tokens(server: Server, stack: &str) -> (Proxy, Self) {
        let options = Options { client_tokens: true, ..Options::default() };
        let proxy = Proxy::start(server.endpoint(), options).unwrap();
        let world = Self { server, ..Self::at(&proxy.url(), stack).await };
        (proxy, world)
    }

    pub(crate) fn mark(&self, kind: &str, name: &str) -> OwnerMark {
        let address = Address::parse(&format!("{kind}/{name}")).unwrap();
        OwnerMark { stack: self.stack.clone(), address, generation: 1 }
    }

    /// Creates an object and waits until it is ready. What is throttled is sent again, as the engine does.
    pub(crate) async fn make(&self, kind: &str, name: &str, attributes: Map) -> Object {
        let request = Create {
            kind: kind.into(),
            mark: self.mark(kind, name),
            token: format!("{:064x}", TOKENS.fetch_add(1, Ordering::Relaxed)).into(),
            inputs: Inputs { attributes: attributes.clone(), ..Inputs::default() },
        };
        let made = loop {
            match self.provider.create(&request).await {
                Err(error) if error.class == Class::Retry => tokio::time::sleep(PAUSE).await,
                other => break other,
            }
        };
        match made.unwrap_or_else(|error| panic!("{kind}/{name}: {error}")) {
            Outcome::Done(object) => object,
            Outcome::Accepted(id) | Outcome::Derived(id) => self.ready(kind, &id, &attributes).await,
            outcome @ (Outcome::Gone | Outcome::Changed(_)) => panic!("a create answered {outcome:?}"),
        }
    }

    async fn ready(&self, kind: &str, id: &str, attributes: &Map) -> Object {
        for _ in 0..500 {
            if let Live::Present(object) = self.live(kind, id, attributes).await
                && object.phase == Phase::Ready
            {
                return object;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("{kind} `{id}` did not become ready");
    }

    /// What one object is now.
    pub(crate) async fn live(&self, kind: &str, id: &str, attributes: &Map) -> Live {
        let question = Question { kind: kind.into(), id: id.into(), attributes: attributes.clone() };
        self.provider.read(&[question]).await.pop().unwrap()
    }

    /// Deletes an object.
    pub(crate) async fn delete(&self, kind: &str, id: &str) {
        let request = Delete { kind: kind.into(), id: id.into(), arguments: Map::default() };
        self.provider.delete(&request).await.unwrap();
    }

    pub(crate) async fn vpc(&self) -> Object {
        self.make("aws.vpc", "main", map! { "cidr_block" => "10.0.0.0/16" }).await
    }

    /// Two subnets in two zones.
    pub(crate) async fn subnets(&self, vpc: &Object) -> Vec<Object> {
        let mut subnets = Vec::new();
        for (zone, cidr) in [("us-east-1a", "10.0.1.0/24"), ("us-east-1b", "10.0.2.0/24")] {
            let attributes = map! { "vpc_id" => vpc.id.as_str(), "cidr_block" => cidr, "availability_zone" => zone };
            subnets.push(self.make("aws.subnet", zone, attributes).await);
        }
        subnets
    }
}

/// An adapter that takes the server at `endpoint` for AWS.
pub(crate) async fn provider(endpoint: &str) -> Arc<dyn Provider> {
    let config = map! { "endpoint" => endpoint, "region" => "us-east-1" };
    let factory = AwsFactory::new().with_credentials(Credentials::new("testing", "testing", None, None, "tests"));
    factory.open(&ProviderInstance { provider: "aws".into(), config }).await.unwrap()
}

/// The schema of a kind.
pub(crate) fn schema(kind: &str) -> Arc<Schema> {
    let schemas = AwsFactory::new().schemas();
    Arc::new(schemas.into_iter().find(|schema| schema.kind == kind).unwrap().clone())
}

/// A list of texts.
pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Value {
    Value::from(texts.into_iter().map(Value::from).collect::<Vec<_>>())
}

/// The ids of objects, as a list.
pub(crate) fn ids(objects: &[Object]) -> Value {
    texts(objects.iter().map(|object| object.id.as_str()))
}

/// The SDK itself, for what others do on moto behind our back.
pub(crate) async fn sdk() -> aws_config::SdkConfig {
    Server::Moto.sdk().await
}
