//! A ledger in a bucket, through the binary, over each cloud's servers.

use std::time::{Duration, Instant};

use flashinfra::ledgers::{Holder, LedgerKey, LedgerStore, Lock};
use flashinfra::{Stack, cidr};
use flashinfra_ledgers::ObjectLedgers;
use flashinfra_stacks_aws as aws;
use flashinfra_test_support::{Bucket, Cloud};

use crate::scenarios;
use crate::shell::{Run, Shell};

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
    fn new(bucket: &Bucket) -> Self {
        let mut shell = Shell::new();
        bucket.environment().for_each(|(name, value)| shell.set(name, value));
        let prefix = shell.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let url = format!("{}/people/{prefix}", bucket.url());
        compiled(&shell, 2);
        Self { shell, url }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let common = ["--compiled=network.json", "--sandbox", "--ledger", &self.url];
        self.shell.run(&[arguments, &common].concat())
    }
}

fn check(cloud: Cloud) {
    let bucket = Bucket::shared(cloud);
    let person = Person::new(bucket);
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
    let lock = runtime.block_on(somebody_applies(bucket, &person.url));
    compiled(&person.shell, 3);
    assert!(person.run(&["plan"]).succeeds().contains("1 to create"));
    let told = person.run(&["apply", "-auto-approve"]).fails(3);
    assert!(told.contains("is being applied to by ada on laptop (process 7) since 2000-02-29 00:00:00 UTC"), "{told}");

    let unlocked = person.run(&["unlock", "--reason=she left"]).succeeds();
    assert!(unlocked.starts_with("ada on laptop (process 7)"), "{unlocked}");
    assert!(person.run(&["apply", "-auto-approve"]).succeeds().contains("1 created"));
    let unlocked = Instant::now();
    while lock.outlives(Duration::ZERO) {
        assert!(unlocked.elapsed() < Duration::from_secs(30), "ada was not told");
        std::thread::sleep(Duration::from_millis(100));
    }
    let nobody = person.run(&["unlock", "--reason=she left"]).succeeds();
    assert!(nobody.starts_with("Nobody holds a lease on network/test."), "{nobody}");
}

/// Slow databases, one after the other.
fn slow() -> String {
    let database = |n: u32| {
        let after = n.checked_sub(1).map(|before| format!("\n  ! depends_on test.database/d{before}"));
        format!("test.database/d{n}\n  name = \"d{n}\"\n  size = 1{}", after.unwrap_or_default())
    };
    (0..3).map(database).collect::<Vec<_>>().join("\n")
}

/// Two people type `apply` at the same moment. One runs, and the other is told who, since when and from where.
#[test]
fn of_two_applies_started_together_one_runs_and_one_is_told_in_a_directory() {
    let shell = Shell::new();
    // One after the other, and each takes a while.
    shell.write("stack.json", &scenarios::compiled("shop", &slow()));
    let common = ["--compiled=stack.json", "--sandbox"];
    let apply = [&["apply", "-auto-approve"], &common[..]].concat();
    let both = [shell.start(&apply), shell.start(&apply)].map(|process| {
        let id = process.id();
        let output = std::thread::spawn(move || process.wait_with_output().unwrap());
        (id, output)
    });
    let mut ended = both.map(|(id, output)| (id, output.join().unwrap()));
    ended.sort_by_key(|(_, output)| output.status.code());
    let [(runs, done), (_, told)] = &ended;
    let said = String::from_utf8_lossy(&told.stderr);
    assert_eq!((done.status.code(), told.status.code()), (Some(0), Some(3)), "{said}");
    let who = format!("(process {runs}) since ");
    assert!(said.contains("is being applied to by ") && said.contains(&who) && said.contains(" UTC"), "{said}");
    let plan = shell.run(&[&["plan", "-detailed-exitcode"], &common[..]].concat()).succeeds();
    assert!(plan.contains("No changes"), "{plan}");
}

async fn somebody_applies(bucket: &Bucket, url: &str) -> Lock {
    let ledgers = ObjectLedgers::open(url, &bucket.environment().collect()).await.unwrap();
    let ada = Holder { who: "ada".into(), host: "laptop".into(), process: 7, since_unix_seconds: 951_782_400 };
    ledgers.lock(&LedgerKey::new("network", "test").unwrap(), &ada).await.unwrap()
}

#[cfg(feature = "aws")]
#[test]
fn a_team_shares_a_ledger_in_s3() {
    check(Cloud::S3);
}

#[cfg(feature = "gcp")]
#[test]
fn a_team_shares_a_ledger_in_google_cloud_storage() {
    check(Cloud::Gcs);
}

#[cfg(feature = "azure")]
#[test]
fn a_team_shares_a_ledger_in_azure() {
    check(Cloud::Azure);
}

#[cfg(feature = "gcp")]
#[test]
fn a_place_that_cannot_be_is_told() {
    let person = Person::new(Bucket::shared(Cloud::Gcs));
    let elsewhere = |url: &str| person.shell.run(&["ledger", "ls", "--ledger", url]).fails(1);
    assert!(elsewhere("ftp://ledgers").contains("starts with none of `s3://`, `gs://` and `az://`"));
    assert!(elsewhere("az://shopstate").contains("names no container"));
    let missing = elsewhere("gs://nobodys/team");
    assert!(missing.contains("could not list gs://nobodys/team") && missing.contains("no such bucket"), "{missing}");
}
