//! A ledger in a bucket, through the binary, over each cloud's servers.

use std::time::{Duration, Instant};

use flashinfra::ledgers::{Holder, LedgerKey, LedgerStore, Lock};
use flashinfra::{Stack, cidr};
use flashinfra_ledgers::ObjectLedgers;
use flashinfra_stacks_aws as aws;
#[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
use flashinfra_test_support::{Bucket, Cloud};

use crate::shell::{Run, Shell};

/// Where ledgers can be, and what leads there.
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) environment: Vec<(String, String)>,
}

impl Place {
    #[cfg(any(feature = "aws", feature = "gcp", feature = "azure"))]
    pub(crate) fn of(cloud: Cloud) -> Self {
        let bucket = Bucket::shared(cloud);
        let environment = bucket.environment().map(|(name, value)| (name.into(), value.into())).collect();
        Self { url: bucket.url().into(), environment }
    }

    /// A namespace of its own in the API server; none where there is no server.
    #[cfg(feature = "kubernetes")]
    pub(crate) fn in_a_cluster(test: &str) -> Option<Self> {
        let server = flashinfra_test_support::Kubernetes::shared(test)?;
        let kubeconfig = server.kubeconfig().to_str().unwrap().to_owned();
        let namespace = format!("l-{}-{}", test.replace('_', "-"), std::process::id());
        let kubectl = flashinfra_test_support::client("kubectl", test)?;
        let made = std::process::Command::new(kubectl)
            .args(["--kubeconfig", &kubeconfig, "create", "namespace", &namespace])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Some(Self { url: format!("kubernetes://{namespace}"), environment: vec![("KUBECONFIG".into(), kubeconfig)] })
    }
}

/// A stack that was compiled elsewhere, as a pipeline has it.
fn compiled(shell: &Shell, zones: usize) {
    let mut stack = Stack::new("network", "test");
    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    for (number, cidr) in cidr!("10.0.0.0/16").subnets(8).take(zones).enumerate() {
        stack.add(format!("n{number}"), aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr));
    }
    shell.write("network.json", &stack.compile().unwrap());
}

/// A person in a directory of their own, with the same bucket.
struct Person {
    shell: Shell,
    url: String,
}

impl Person {
    fn new(place: &Place) -> Self {
        let mut shell = Shell::new();
        place.environment.iter().for_each(|(name, value)| shell.set(name, value));
        let prefix = shell.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let url = format!("{}/people/{prefix}", place.url);
        compiled(&shell, 2);
        Self { shell, url }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let common = ["--compiled=network.json", "--sandbox", "--ledger", &self.url];
        self.shell.run(&[arguments, &common].concat())
    }
}

fn check(place: &Place) {
    let person = Person::new(place);
    let planned = person.run(&["plan", "-out=network.plan"]);
    let location = format!("no ledger yet at {}/network/test/ledger.json", person.url);
    assert!(planned.stderr.contains(&location), "{planned}");
    assert!(planned.succeeds().contains("3 to create"));
    let applied = person.shell.run(&["apply", "network.plan", "--sandbox", "--ledger", &person.url]).succeeds();
    assert!(applied.contains("3 created"), "{applied}");
    assert!(person.run(&["plan"]).succeeds().contains("No changes"));
    assert!(person.run(&["ledger", "ls"]).succeeds().contains("aws.vpc/main"));
    // The plan is used up.
    let again = person.shell.run(&["apply", "network.plan", "--sandbox", "--ledger", &person.url]).fails(3);
    assert!(again.contains("was applied before"), "{again}");

    // Somebody applies: who comes second is told, and a plan needs nobody's leave.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let lock = runtime.block_on(somebody_applies(place, &person.url));
    compiled(&person.shell, 3);
    assert!(person.run(&["plan"]).succeeds().contains("1 to create"));
    let told = person.run(&["apply", "-auto-approve"]).fails(3);
    assert!(told.contains("is being applied to by ada on laptop (process 7) since 2000-02-29 00:00:00 UTC"), "{told}");
    assert!(told.contains("by a lease of 300 s that was renewed just now"), "{told}");

    // Who it is can be asked, and to end it takes a reason.
    let asked = person.run(&["unlock"]).fails(3);
    assert!(
        asked.contains("ada on laptop (process 7)") && asked.contains("flashinfra unlock --reason TEXT"),
        "{asked}"
    );
    let unlocked = person.run(&["unlock", "--reason=she left"]).succeeds();
    assert!(unlocked.starts_with("ada on laptop (process 7)"), "{unlocked}");
    assert!(unlocked.contains("Next: flashinfra plan"), "{unlocked}");
    assert!(person.run(&["apply", "-auto-approve"]).succeeds().contains("1 created"));
    let unlocked = Instant::now();
    while lock.outlives(Duration::ZERO) {
        assert!(unlocked.elapsed() < Duration::from_secs(30), "ada was not told");
        std::thread::sleep(Duration::from_millis(100));
    }
    let nobody = person.run(&["unlock", "--reason=she left"]).succeeds();
    assert!(nobody.starts_with("Nobody has the right to apply to network/test"), "{nobody}");
}

async fn somebody_applies(place: &Place, url: &str) -> Lock {
    let ledgers = ObjectLedgers::open(url, &place.environment.iter().cloned().collect()).await.unwrap();
    let ada = Holder { who: "ada".into(), host: "laptop".into(), process: 7, since_unix_seconds: 951_782_400 };
    ledgers.lock(&LedgerKey::new("network", "test").unwrap(), &ada).await.unwrap()
}

#[cfg(feature = "aws")]
#[test]
fn a_team_shares_a_ledger_in_s3() {
    check(&Place::of(Cloud::S3));
}

#[cfg(feature = "gcp")]
#[test]
fn a_team_shares_a_ledger_in_google_cloud_storage() {
    check(&Place::of(Cloud::Gcs));
}

#[cfg(feature = "azure")]
#[test]
fn a_team_shares_a_ledger_in_azure() {
    check(&Place::of(Cloud::Azure));
}

#[cfg(feature = "gcp")]
#[test]
fn a_place_that_cannot_be_is_told() {
    let person = Person::new(&Place::of(Cloud::Gcs));
    let elsewhere = |url: &str| person.shell.run(&["ledger", "ls", "--ledger", url]).fails(1);
    assert!(elsewhere("ftp://ledgers").contains("starts with none of `s3://`, `gs://`, `az://` and `kubernetes://`"));
    assert!(elsewhere("az://shopstate").contains("names no container"));
    let missing = elsewhere("gs://nobodys/team");
    assert!(missing.contains("could not list gs://nobodys/team") && missing.contains("no such bucket"), "{missing}");
}

#[cfg(feature = "kubernetes")]
#[test]
fn a_team_shares_a_ledger_in_a_cluster() {
    let Some(place) = Place::in_a_cluster("a_team_shares_a_ledger_in_a_cluster") else { return };
    check(&place);
    let person = Person::new(&place);
    let elsewhere = |url: &str| person.shell.run(&["ledger", "ls", "--ledger", url]).fails(1);
    let missing = elsewhere("kubernetes://nobodys/team");
    assert!(missing.contains("could not list kubernetes://nobodys/team") && missing.contains("no such"), "{missing}");
    assert!(elsewhere("kubernetes:///team").contains("names no namespace"));
    let context = elsewhere("kubernetes://shop?context=nobodys");
    assert!(context.contains("nobodys"), "{context}");
}
