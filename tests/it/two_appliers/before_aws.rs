//! The same before a stand-in for AWS, where every call is counted: one that was stopped asks nothing more either.

use std::time::Duration;

use flashinfra::{Stack, cidr};
use flashinfra_stacks_aws as aws;
use flashinfra_test_proxy::{Fault, Gate, Options, Proxy, Rule};
use flashinfra_test_support::{Bucket, Cloud, Moto};

use super::{Applier, Shell};
use crate::shell::Run;

/// How long the proxy may take to finish what is under way.
const IDLE: Duration = Duration::from_secs(60);

/// The network is there, and a subnet is made.
const MAKING: fn(Fault) -> Rule = |fault| Rule::mutating(fault).nth(2);

/// All subnets are being made, and looked at.
const LOOKING: fn(Fault) -> Rule = |fault| Rule::on("ec2:DescribeSubnets", fault).nth(4);

/// An account, and a directory to apply to it from.
struct Account {
    shell: Shell,
    place: String,
    proxy: Proxy,
    _moto: Moto,
}

impl Account {
    fn new(place: &str) -> Self {
        let mut stack = Stack::new("network", "test");
        let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
        for (number, cidr) in cidr!("10.0.0.0/16").subnets(8).take(6).enumerate() {
            stack.add(format!("n{number}"), aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr));
        }
        let moto = Moto::start();
        // With slow states: an apply looks again and again at what it has made.
        let proxy = Proxy::start(moto.endpoint(), Options::lifelike(0)).unwrap();
        let mut shell = Shell::new();
        proxy.environment().iter().for_each(|(name, value)| shell.set(name, value));
        shell.write("stack.json", &stack.compile().unwrap());
        Self { shell, place: format!("--ledger={place}"), proxy, _moto: moto }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.shell.run(&[arguments, &[self.place.as_str()]].concat())
    }

    /// Applies, is stopped at a call whose reply is on its way, and taken over from. What is asked after that is nothing.
    fn a_stopped_one_asks_nothing_more(&self, at: fn(Fault) -> Rule, take_over: impl FnOnce(&Self)) {
        let _ = self.run(&["plan", "--compiled=stack.json", "-out=network.plan"]).succeeds();
        let gate = Gate::for_one_call();
        self.proxy.set_rules(vec![at(Fault::HoldAfter(gate.clone()))]);
        let process = self.shell.start(&["apply", "network.plan", &self.place]);
        let mut first = Applier::of(process);
        gate.wait(IDLE).expect("it gets that far");
        first.signal("-STOP");
        gate.release();
        assert!(self.proxy.wait_idle(IDLE), "all replies are there");

        take_over(self);
        let plan = self.run(&["plan", "-detailed-exitcode", "--compiled=stack.json"]).succeeds();
        assert!(plan.contains("No changes"), "{plan}");
        let before = self.proxy.log().len();
        first.signal("-CONT");
        let (code, said) = first.ends();
        assert!(code == 1 && said.contains("the right to apply to"), "exit {code}: {said}");
        let more: Vec<String> = self.proxy.log()[before..].iter().map(ToString::to_string).collect();
        assert!(more.is_empty(), "it asked: {more:#?}\n{said}");
        let plan = self.run(&["plan", "-detailed-exitcode", "--compiled=stack.json"]).succeeds();
        assert!(plan.contains("No changes"), "{plan}");
    }
}

#[test]
fn an_apply_that_was_unlocked_calls_nothing_more() {
    for at in [MAKING, LOOKING] {
        Account::new("ledger").a_stopped_one_asks_nothing_more(at, |account| {
            let _ = account.run(&["unlock", "--reason=the laptop sleeps"]).succeeds();
            let _ = account.run(&["resume", "-auto-approve"]).succeeds();
        });
    }
}

#[test]
fn an_apply_that_outlived_its_lease_calls_nothing_more() {
    let bucket = Bucket::shared(Cloud::S3);
    let mut account = Account::new("");
    let prefix = account.shell.path().file_name().unwrap().to_string_lossy().replace('.', "");
    account.place = format!("--ledger={}/calls/{prefix}", bucket.url());
    let endpoint = bucket.environment().filter(|(name, _)| *name == "AWS_ENDPOINT_URL_S3");
    endpoint.for_each(|(name, value)| account.shell.set(name, value));
    account.shell.set("FLASHINFRA_LEASE", "8");
    account.a_stopped_one_asks_nothing_more(MAKING, |account| {
        let _ = account.run(&["apply", "network.plan"]).succeeds();
    });
}
