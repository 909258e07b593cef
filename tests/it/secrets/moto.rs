//! The same on AWS, by the real SDK: the master passwords of two databases are sent to the service, quoted back by its errors, and stand
//! nowhere else.

use std::collections::BTreeSet;

use flashinfra_plans::schema_file;
use flashinfra_stacks::Resource;
use flashinfra_stacks_aws::DbInstance;
use flashinfra_test_support::Moto;
use serde_json::json;

use super::collect;
use super::plant::base64;
use super::wire::Wire;
use crate::shell::{Run, Shell};

const DATABASES: [&str; 2] = ["--allow-destroy=aws.db_instance/by-env", "--allow-destroy=aws.db_instance/by-file"];

/// An account behind a wire, a directory, and all that was ever printed.
struct Account {
    _moto: Moto,
    wire: Wire,
    shell: Shell,
    /// Outside of what is searched: that a source holds its secret is no leak.
    sources: tempfile::TempDir,
    planted: Vec<String>,
    said: String,
}

impl Account {
    fn new() -> Self {
        let moto = Moto::start();
        let wire = Wire::to(moto.endpoint());
        let mut shell = Shell::new();
        for (name, value) in moto.environment() {
            shell.set(name, value);
        }
        shell.set("AWS_ENDPOINT_URL", wire.endpoint());
        // Whoever asks for more to be told gets no secrets either.
        shell.set("RUST_LOG", "trace");
        let sources = tempfile::tempdir().unwrap();
        Self { _moto: moto, wire, shell, sources, planted: Vec::new(), said: String::new() }
    }

    /// Two databases with passwords of this version, and the passwords. A form has to quote some of their characters.
    fn declare(&mut self, version: u32, storage: u32) {
        let (by_env, by_file) = (format!("planted{version}&by=env%7Zk"), format!("planted{version}<by>file+7Zk"));
        let file = self.sources.path().join(format!("password-{version}"));
        std::fs::write(&file, format!("{by_file}\n")).unwrap();
        self.shell.set("PLANTED_PASSWORD", &by_env);
        self.planted.extend([by_env, by_file]);
        let database = |name: &str, password: serde_json::Value| {
            let attributes = json!({
                "identifier": name, "engine": "postgres", "instance_class": "db.t4g.micro", "username": "shop",
                "allocated_storage": storage, "manage_master_user_password": false, "master_user_password": password,
                "skip_final_snapshot": true, "apply_immediately": true,
            });
            json!({ "address": format!("aws.db_instance/{name}"), "provider": "aws", "attributes": attributes })
        };
        let schema: serde_json::Value = serde_json::from_str(&schema_file::write(DbInstance::SCHEMA)).unwrap();
        let stack = json!({
            "format": 1, "stack": "probe", "environment": "default", "flashinfra": env!("CARGO_PKG_VERSION"),
            "providers": { "aws": { "type": "aws", "config": { "region": "us-east-1" } } },
            "schemas": [schema],
            "resources": [
                database("by-env", json!({ "$secret": { "env": "PLANTED_PASSWORD", "version": version } })),
                database("by-file", json!({ "$secret": { "file": file, "version": version } })),
            ],
            "outputs": [{ "name": "address", "value": { "$ref": ["aws.db_instance/by-env", "address"] } }],
        });
        self.shell.write("stack.json", &stack.to_string());
    }

    fn run(&mut self, arguments: &[&str]) -> Run {
        let run = self.shell.run(arguments);
        self.said += &format!("{run}");
        self.is_clean();
        run
    }

    fn on_stack(&mut self, command: &str, arguments: &[&str]) -> Run {
        self.run(&[&[command, "--compiled=stack.json"], arguments].concat())
    }

    fn plan_is_empty(&mut self) {
        let planned = self.on_stack("plan", &["-v", "-detailed-exitcode"]).succeeds();
        assert!(planned.contains("No changes"), "{planned}");
    }

    /// Applies while the service answers with errors that quote the request, for people and for programs.
    fn apply_is_quoted(&mut self, operation: &str) {
        self.wire.quotes(operation, 400, "InvalidParameterValue", u32::MAX);
        for options in [&["-auto-approve", "-v"][..], &["-auto-approve", "--json"]] {
            let run = self.on_stack("apply", options);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(run.code == 1 && said.contains("quoted: (secret) is no password"), "the error was told: {run}");
            assert!(said.contains("MasterUserPassword=(secret)"), "and what it quotes: {run}");
        }
        self.wire.passes_on();
    }

    fn files(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        collect(self.shell.path(), &mut found);
        found
    }

    #[track_caller]
    fn is_clean(&self) {
        assert_eq!(self.leak(), None, "{}", self.said);
    }

    /// Where a secret came out.
    fn leak(&self) -> Option<String> {
        let files = self.files().into_iter().map(|file| (format!("stands in {file}"), std::fs::read(&file).unwrap()));
        let lines = self.wire.processes().into_iter().map(|line| ("was in a command line".into(), line.into_bytes()));
        let printed = ("was printed".to_owned(), self.said.clone().into_bytes());
        let places: Vec<_> = files.chain(lines).chain([printed]).collect();
        let forms = |secret: &String| [secret.clone(), in_a_form(secret), quoted(secret), base64(secret)];
        self.planted.iter().flat_map(forms).find_map(|form| {
            let holds = |bytes: &[u8]| bytes.windows(form.len()).any(|window| window == form.as_bytes());
            places.iter().find(|(_, bytes)| holds(bytes)).map(|(place, _)| format!("{form} {place}"))
        })
    }
}

/// As a form of the web writes it.
fn in_a_form(secret: &str) -> String {
    let escapes = [("%", "%25"), ("&", "%26"), ("=", "%3D"), ("<", "%3C"), (">", "%3E"), ("+", "%2B")];
    escapes.iter().fold(secret.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// As XML writes it.
fn quoted(secret: &str) -> String {
    secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[test]
fn a_password_reaches_the_service_and_nothing_else() {
    let mut account = Account::new();
    account.declare(1, 20);
    assert!(account.on_stack("plan", &["-v", "-out=first.plan"]).succeeds().contains("(secret env PLANTED_PASSWORD)"));
    let _ = account.on_stack("plan", &["--json"]).succeeds();
    let _ = account.run(&["show", "first.plan", "-v"]).succeeds();
    let _ = account.on_stack("validate", &["--out=again.json", "--json"]).succeeds();

    account.apply_is_quoted("CreateDBInstance");
    // A service that breaks down is asked again, and that is told as it happens.
    account.wire.quotes("CreateDBInstance", 500, "InternalFailure", 1);
    let applied = account.on_stack("apply", &["-auto-approve", "-v"]);
    assert!(applied.stderr.contains("quoted: (secret) is no password"), "{applied}");
    assert!(applied.succeeds().contains("2 created"));
    account.plan_is_empty();
    let _ = account.on_stack("plan", &["--json"]).succeeds();
    let seen = |account: &Account| account.planted.iter().map(|secret| account.wire.saw(&in_a_form(secret))).min();
    assert!(seen(&account) >= Some(2), "each password was sent: with what failed, and with what did not");

    for arguments in [
        &["drift", "-v"][..],
        &["drift", "--json"],
        &["output"],
        &["output", "-json"],
        &["ledger", "ls", "--json"],
        &["ledger", "show", "aws.db_instance/by-env"],
        &["ledger", "show", "aws.db_instance/by-file", "--json"],
    ] {
        let _ = account.run(arguments).succeeds();
    }

    account.declare(2, 30);
    let planned = account.on_stack("plan", &["-v", "-out=second.plan"]).succeeds();
    assert!(planned.contains("PLANTED_PASSWORD version 2"), "{planned}");
    account.apply_is_quoted("ModifyDBInstance");
    let _ = account.on_stack("apply", &["-auto-approve", "--json"]).succeeds();
    account.plan_is_empty();
    assert!(seen(&account) >= Some(2), "the new ones as well");

    let _ = account.run(&[&["destroy", "-auto-approve", "-v"], &DATABASES[..]].concat()).succeeds();
    assert!(account.files().len() > 8, "files were looked into: {:?}", account.files());
    assert!(
        account.wire.processes().iter().any(|line| line.contains("--compiled=stack.json"))
            || !cfg!(target_os = "linux")
    );
    finds_what_there_is_to_find(&mut account);
}

/// The search is no use unless it finds.
fn finds_what_there_is_to_find(account: &mut Account) {
    let secret = account.planted[3].clone();
    for form in [secret.clone(), in_a_form(&secret), quoted(&secret), base64(&secret)] {
        account.shell.write("log/leak.txt", &format!("a password is {form}.\n"));
        assert!(account.leak().unwrap().ends_with("log/leak.txt"), "{form}");
    }
}
