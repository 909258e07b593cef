//! Every kind of place that ledgers can be in, each test in a corner of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flashinfra::ledgers::{Holder, LedgerKey, LedgerStore, LocalLedgers};
use flashinfra_ledgers::{Environment, ObjectLedgers, Times};
use flashinfra_test_support::{Bucket, Cloud};
use object_store::memory::InMemory;

/// Makes tests of checks, each over all these places at once: most of their time is waiting.
macro_rules! over {
    (@ [$($place:ident),*] $check:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $check() {
            let mut over = tokio::task::JoinSet::new();
            $(over.spawn(async {
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
        }
    }

    /// The ledgers of a place that has objects.
    pub(crate) async fn objects(&self) -> ObjectLedgers {
        self.objects_at("").await
    }

    /// The ledgers of the same server in a bucket that is not there.
    pub(crate) async fn without_bucket(&self) -> ObjectLedgers {
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
        };
        ledgers.with_times(SHORT)
    }
}

/// What a client of the server finds in its environment.
pub(crate) fn environment(server: &Bucket) -> Environment {
    server.environment().collect()
}

pub(crate) fn key() -> LedgerKey {
    LedgerKey::new("shop", "production").unwrap()
}

pub(crate) fn holder(who: &str) -> Holder {
    Holder { who: who.into(), host: "laptop".into(), process: 7, since_unix_seconds: 951_782_400 }
}

/// Cargo builds examples with the tests of their package, beside them.
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
