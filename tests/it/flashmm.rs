//! FlashMM's production on AWS, through the real SDK against servers that nobody here wrote: from nothing to nothing, with
//! what happens in between. [`Server`] says what of it runs where.

mod moto;
mod pages;
mod rest;
mod restore;

use std::collections::BTreeSet;

use flashinfra_test_proxy::{Options, Proxy};

use crate::behind::Behind;
use crate::compiled::Compiled;
use crate::server::{Server, Serving};
use crate::shell::{Run, Shell};

/// Where production's secrets are kept, and what they are.
const SECRETS: [(&str, &str); 6] = [
    ("FLASHMM_ALERTING", "planted-alerting-6d1f"),
    ("FLASHMM_APPLICATION", "planted-application-91ac"),
    ("FLASHMM_CACHE_TOKEN", "planted-cache-token-77e0"),
    ("FLASHMM_DATABASE", "planted-database-b35c"),
    ("FLASHMM_EXCHANGE", "planted-exchange-02d8"),
    ("FLASHMM_GRAFANA", "planted-grafana-c4f9"),
];

/// The calls that an empty plan takes for what both servers keep: who we are, in each of three regions; a page of networks, subnets,
/// groups, internet gateways, addresses, NAT gateways, route tables with their associations, launch templates and their
/// versions, aliases, log groups, repositories, subnet groups, parameter groups and roles; and for single objects two attributes of
/// the network, two calls for the repository, the cluster, its issuer, three calls for each of two keys, the tags of the log group,
/// tags and values of the parameter group, the tags of the subnet group, five secrets, and five calls for each of three buckets
/// with one more for the one that is copied.
const SHARED_CALLS: usize = 3 + (9 + 6) + (2 + 2 + 1 + 1 + 2 * 3 + 1 + 2 + 1 + 5 + 3 * 5 + 1);

// What all of production takes.
const _: () = assert!(SHARED_CALLS + moto::CALLS + rest::CALLS == 80);

/// Puts FlashMM's secrets where an apply looks for them.
pub(crate) fn keep_secrets(shell: &mut Shell) {
    for (name, value) in SECRETS {
        shell.set(name, value);
    }
}

/// An account with things of others in it.
struct Account {
    /// Between flashinfra and the server, to count calls.
    proxy: Proxy,
    behind: Behind,
    shell: Shell,
    server: Server,
    _serving: Serving,
}

impl Account {
    fn new(server: Server) -> Self {
        Self::with(server, Options::default())
    }

    fn with(server: Server, options: Options) -> Self {
        let serving = server.start();
        let proxy = Proxy::start(serving.endpoint(), options).unwrap();
        let mut shell = Shell::new();
        keep_secrets(&mut shell);
        for (name, value) in proxy.environment() {
            shell.set(name, &value);
        }
        let behind = Behind::start(&serving);
        behind.does("make_foreign");
        Self { proxy, behind, shell, server, _serving: serving }
    }

    /// Runs a command on what the server keeps of FlashMM's production, with the ledger in the shell's directory.
    fn run(&self, arguments: &[&str]) -> Run {
        let (parameters, arguments): (Vec<&str>, Vec<&str>) =
            arguments.iter().partition(|argument| argument.starts_with("--set="));
        self.run_on(&Compiled::part_of(self.server, "production", &parameters), &arguments)
    }

    /// The same on a stack.
    fn run_on(&self, stack: &Compiled, arguments: &[&str]) -> Run {
        self.shell.write("stack.json", &stack.text());
        self.shell.run(&[arguments, &["--compiled=stack.json", "--ledger=ledger"]].concat())
    }

    /// Says how many calls that took.
    #[track_caller]
    fn plan_is_empty(&self) -> usize {
        self.plan_is_empty_on(&Compiled::part_of(self.server, "production", &[]))
    }

    #[track_caller]
    fn plan_is_empty_on(&self, stack: &Compiled) -> usize {
        self.proxy.clear_log();
        let planned = self.run_on(stack, &["plan", "-v", "-detailed-exitcode"]).succeeds();
        assert!(planned.contains("No changes. flashmm/production matches its stack."), "{planned}");
        let calls = self.proxy.log().len();
        assert!(planned.contains(&format!("{calls}  in all")), "plan -v prints the calls that were made: {planned}");
        calls
    }

    /// Makes all of it, from a plan file, and says how many calls a plan takes afterwards.
    fn make(&self, resources: usize) -> usize {
        let planned = self.run(&["plan", "-o", "prod.plan"]).succeeds();
        assert!(planned.contains(&format!("{resources} to create")), "{planned}");
        let applied = self.shell.run(&["apply", "prod.plan", "--ledger=ledger"]).succeeds();
        assert!(applied.contains(&format!("{resources} created")), "{applied}");
        let calls = self.plan_is_empty();
        self.keeps_no_secret();
        calls
    }

    /// No file of the ledger, and no plan, holds a secret.
    fn keeps_no_secret(&self) {
        let mut left = vec![self.shell.path().to_owned()];
        while let Some(path) = left.pop() {
            if path.is_dir() {
                left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains("planted-"), "{} holds a secret", path.display());
        }
    }

    /// Destroys all of it, after it was refused, and leaves what is others'.
    fn unmake(&self, foreign: &str) {
        let refused = self.run(&["destroy", "--auto-approve"]);
        assert_eq!(refused.code, 3, "{refused}");
        let stack = Compiled::part_of(self.server, "production", &[]);
        let all: BTreeSet<String> = stack.addresses().map(str::to_owned).collect();
        let allowed: Vec<String> =
            stack.protected(&all).iter().map(|address| format!("--allow-destroy={address}")).collect();
        for flag in &allowed {
            assert!(refused.stdout.contains(&flag.replace('=', " ")), "{flag}: {refused}");
        }
        let allowed: Vec<&str> = allowed.iter().map(String::as_str).collect();
        let destroyed = self.run(&[&["destroy", "--auto-approve"], &allowed[..]].concat()).succeeds();
        assert!(destroyed.contains("deleted"), "{destroyed}");
        assert_eq!(self.behind.does("objects"), foreign, "none of ours is left, and nothing else was touched");
        assert_eq!(self.run(&["ledger", "ls"]).succeeds(), "");
    }
}

/// The changes of a printed plan, as `action address`.
fn actions(plan: &str) -> Vec<String> {
    const ACTIONS: [&str; 5] = ["create", "update", "replace", "restore", "delete"];
    let lines = plan.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    lines
        .filter(|words| words.len() == 2 && ACTIONS.contains(&words[0]) && words[1].contains('/'))
        .map(|words| words.join(" "))
        .collect()
}
