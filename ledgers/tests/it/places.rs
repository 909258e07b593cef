//! Every kind of place that ledgers can be in, each test in a corner of its own.

use std::io::Write as _;
#[cfg(all(feature = "aws", feature = "gcp", feature = "azure"))]
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flashinfra::ledgers::{Holder, LedgerKey, LedgerStore, LocalLedgers};
use flashinfra_ledgers::{Environment, ObjectLedgers, Times};
#[cfg(feature = "kubernetes")]
use flashinfra_test_support::Kubernetes;
use flashinfra_test_support::{Bucket, Cloud};
use object_store::memory::InMemory;

/// Makes tests of checks, each over all these places at once: most of their time is waiting.
macro_rules! over {
    (@ [$($place:ident),*] $check:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $check() {
            let mut over = tokio::task::JoinSet::new();
            $(over.spawn(async {
                if !crate::places::is_there(stringify!($place)) {
                    return Ok(());
                }
                let checked = tokio::spawn(super::$check(crate::places::Place::$place())).await;
                checked.map_err(|error| format!("over {}: {error}", stringify!($place)))
            });)*
            let failed: Vec<String> = over.join_all().await.into_iter().filter_map(Result::err).collect();
            assert!(failed.is_empty(), "{failed:#?}");
        }
    };
    ($name:ident: $places:tt $($check:ident),* $(,)?) => {
        mod $name {
            $(crate::places::over!(@ $places $check);)*
        }
    };
}
pub(crate) use over;

/// Whether there is such a place here. What is left out is said on standard error, for each check.
pub(crate) fn is_there(place: &str) -> bool {
    let (is_built, is_found) = match place {
        "s3" => (cfg!(feature = "aws"), true),
        "gcs" => (cfg!(feature = "gcp"), true),
        "azure" => (cfg!(feature = "azure"), true),
        #[cfg(feature = "kubernetes")]
        "kubernetes" => (true, Kubernetes::shared("ledgers in a cluster").is_some()),
        #[cfg(not(feature = "kubernetes"))]
        "kubernetes" => (false, true),
        _ => (true, true),
    };
    if !is_built {
        // Not the macro: the harness keeps what that prints to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED over {place}: these tests were built without it");
    }
    is_built && is_found
}

/// Times in which a test can wait for a lease to run out.
pub(crate) const SHORT: Times = Times {
    lease: Duration::from_millis(3_000),
    heartbeat: Duration::from_millis(200),
    call: Duration::from_millis(1_000),
    request: Duration::from_millis(2_000),
};

/// A corner of a place.
#[derive(Clone)]
pub(crate) struct Place {
    kind: Kind,
    pub(crate) prefix: String,
}

#[derive(Clone)]
enum Kind {
    Local(Arc<tempfile::TempDir>),
    Memory(Arc<InMemory>),
    Server(&'static Bucket),
    #[cfg(feature = "kubernetes")]
    Cluster(&'static Kubernetes),
}

impl Place {
    fn new(kind: Kind) -> Self {
        Self { kind, prefix: format!("tests/{}", uuid::Uuid::new_v4()) }
    }

    pub(crate) fn local() -> Self {
        Self::new(Kind::Local(Arc::new(tempfile::tempdir().unwrap())))
    }

    pub(crate) fn memory() -> Self {
        Self::new(Kind::Memory(Arc::default()))
    }

    pub(crate) fn s3() -> Self {
        Self::new(Kind::Server(Bucket::shared(Cloud::S3)))
    }

    pub(crate) fn gcs() -> Self {
        Self::new(Kind::Server(Bucket::shared(Cloud::Gcs)))
    }

    pub(crate) fn azure() -> Self {
        Self::new(Kind::Server(Bucket::shared(Cloud::Azure)))
    }

    #[cfg(feature = "kubernetes")]
    pub(crate) fn kubernetes() -> Self {
        Self::new(Kind::Cluster(Kubernetes::shared("ledgers in a cluster").unwrap()))
    }

    /// Nobody asks for it where it was not built.
    #[cfg(not(feature = "kubernetes"))]
    pub(crate) fn kubernetes() -> Self {
        Self::memory()
    }

    pub(crate) fn has_objects(&self) -> bool {
        !matches!(self.kind, Kind::Local(_))
    }

    /// The ledgers in this corner, as one more process has them.
    pub(crate) async fn ledgers(&self) -> Arc<dyn LedgerStore> {
        self.ledgers_at("").await
    }

    /// The ledgers with something more in their prefix.
    pub(crate) async fn ledgers_at(&self, suffix: &str) -> Arc<dyn LedgerStore> {
        match &self.kind {
            Kind::Local(directory) => {
                Arc::new(LocalLedgers::new(directory.path().join(format!("{}{suffix}", self.prefix))))
            }
            Kind::Memory(_) | Kind::Server(_) => Arc::new(self.objects_at(suffix).await),
            #[cfg(feature = "kubernetes")]
            Kind::Cluster(_) => Arc::new(self.objects_at(suffix).await),
        }
    }

    /// The ledgers of a place that has objects.
    pub(crate) async fn objects(&self) -> ObjectLedgers {
        self.objects_at("").await
    }

    /// The ledgers of the same server in a bucket or namespace that is not there.
    pub(crate) async fn without_bucket(&self) -> ObjectLedgers {
        #[cfg(feature = "kubernetes")]
        if let Kind::Cluster(server) = &self.kind {
            let url = format!("kubernetes://nobodys/{}", self.prefix);
            return ObjectLedgers::open(&url, &of_cluster(server)).await.unwrap().with_times(SHORT);
        }
        let Kind::Server(server) = &self.kind else { panic!("only a server has several buckets") };
        let url = format!("{}-elsewhere/{}", server.url(), self.prefix);
        ObjectLedgers::open(&url, &environment(server)).await.unwrap().with_times(SHORT)
    }

    async fn objects_at(&self, suffix: &str) -> ObjectLedgers {
        let prefix = format!("{}{suffix}", self.prefix);
        let ledgers = match &self.kind {
            Kind::Local(_) => panic!("a directory has no objects"),
            Kind::Memory(store) => ObjectLedgers::over(store.clone(), "memory://ledgers", &prefix),
            Kind::Server(server) => {
                let url = format!("{}/{prefix}", server.url());
                ObjectLedgers::open(&url, &environment(server)).await.unwrap()
            }
            #[cfg(feature = "kubernetes")]
            Kind::Cluster(server) => {
                let url = format!("kubernetes://{}/{prefix}", namespace(server).await);
                ObjectLedgers::open(&url, &of_cluster(server)).await.unwrap()
            }
        };
        ledgers.with_times(SHORT)
    }
}

/// What a client of the server finds in its environment.
pub(crate) fn environment(server: &Bucket) -> Environment {
    server.environment().collect()
}

#[cfg(feature = "kubernetes")]
fn of_cluster(server: &Kubernetes) -> Environment {
    [("KUBECONFIG", server.kubeconfig().to_str().unwrap())].into_iter().collect()
}

/// The namespace of all ledgers of these tests, which is made when it is not there.
#[cfg(feature = "kubernetes")]
async fn namespace(server: &Kubernetes) -> &'static str {
    use k8s_openapi::api::core::v1::Namespace;
    const NAME: &str = "ledgers";
    let kubeconfig = kube::config::Kubeconfig::read_from(server.kubeconfig()).unwrap();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &Default::default()).await.unwrap();
    let namespaces = kube::Api::<Namespace>::all(kube::Client::try_from(config).unwrap());
    let mut namespace = Namespace::default();
    namespace.metadata.name = Some(NAME.into());
    match namespaces.create(&Default::default(), &namespace).await {
        Ok(_) => {}
        Err(kube::Error::Api(status)) if status.code == 409 => {}
        Err(error) => panic!("{error}"),
    }
    NAME
}

pub(crate) fn key() -> LedgerKey {
    LedgerKey::new("shop", "production").unwrap()
}

pub(crate) fn holder(who: &str) -> Holder {
    Holder { who: who.into(), host: "laptop".into(), process: 7, since_unix_seconds: 951_782_400 }
}

/// Cargo builds examples with the tests of their package, beside them.
#[cfg(all(feature = "aws", feature = "gcp", feature = "azure"))]
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(
        path.is_file(),
        "{} is missing: `cargo build -p flashinfra-ledgers --examples --all-features`",
        path.display()
    );
    path
}
