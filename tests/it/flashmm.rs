//! FlashMM's production on AWS, through the real SDK against a server that nobody here wrote: from nothing to nothing, with
//! what happens in between.

use std::path::Path;

use flashinfra_test_proxy::{Options, Proxy};
use flashinfra_test_support::Moto;

use crate::behind::Behind;
use crate::shell::{Run, Shell};

/// The calls that an empty plan of it takes: who we are; a page of networks, subnets, groups, internet gateways, addresses, NAT
/// gateways, route tables with their associations, aliases, subnet groups, parameter groups and databases; and for single objects two
/// attributes of the network, two calls for each of three roles, three for each of two keys, two for the log group, the tags of the
/// subnet group, tags and values of the parameter group, and the cluster.
const CALLS: usize = 1 + 11 + (2 + 2 * 3 + 3 * 2 + 2 + 1 + 2 + 1);

/// What the server makes its operators type. It takes windows that touch for windows that overlap, and knows no deletion protection
/// of clusters.
pub(crate) const SERVED: [&str; 2] =
    ["--set=database.maintenance_window=sun:04:30-sun:05:30", "--set=kubernetes.deletion_protection=false"];

struct Account {
    /// Between flashinfra and the server, to count calls.
    proxy: Proxy,
    behind: Behind,
    shell: Shell,
    _moto: Moto,
}

impl Account {
    fn new() -> Self {
        let moto = Moto::start();
        let proxy = Proxy::start(moto.endpoint(), Options::default()).unwrap();
        let mut shell = Shell::new();
        for (name, value) in proxy.environment() {
            shell.set(name, &value);
        }
        Self { proxy, behind: Behind::start(&moto), shell, _moto: moto }
    }

    /// Runs a command on FlashMM's production, with the ledger in the shell's directory.
    fn run(&self, arguments: &[&str]) -> Run {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let directory = format!("--dir={}", root.display());
        let production = [directory.as_str(), "--ledger=ledger", "--stack=flashmm", "--env=production"];
        self.shell.run(&[arguments, &production, &SERVED].concat())
    }

    /// Says how many calls that took.
    #[track_caller]
    fn plan_is_empty(&self) -> usize {
        self.proxy.clear_log();
        let planned = self.run(&["plan", "-v", "-detailed-exitcode"]).succeeds();
        assert!(planned.contains("No changes. flashmm/production matches its stack."), "{planned}");
        let calls = self.proxy.log().len();
        assert!(planned.contains(&format!("{calls}  in all")), "plan -v prints the calls that were made: {planned}");
        calls
    }
}

/// The changes of a printed plan, as `action address`.
fn actions(plan: &str) -> Vec<String> {
    const ACTIONS: [&str; 4] = ["create", "update", "replace", "delete"];
    let lines = plan.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>());
    lines
        .filter(|words| words.len() == 2 && ACTIONS.contains(&words[0]) && words[1].contains('/'))
        .map(|words| words.join(" "))
        .collect()
}

#[test]
fn production_from_nothing_to_nothing() {
    let account = Account::new();
    account.behind.does("make_foreign");
    let foreign = account.behind.does("objects");

    let planned = account.run(&["plan", "-o", "prod.plan"]).succeeds();
    assert!(planned.contains("40 to create"), "{planned}");
    let applied = account.shell.run(&["apply", "prod.plan", "--ledger=ledger"]).succeeds();
    assert!(applied.contains("40 created") && applied.contains("database_address"), "{applied}");
    assert_eq!(account.plan_is_empty(), CALLS, "{:?}", account.proxy.calls());

    drift_is_named_and_repaired(&account);
    updates_and_replacements_are_told_apart(&account);
    another_place_is_refused(&account);
    what_left_the_code_goes_after_what_depends_on_it(&account);

    let refused = account.run(&["destroy", "--auto-approve"]);
    assert!(refused.stdout.contains("--allow-destroy aws.db_instance/data.main") && refused.code == 3, "{refused}");
    let allowed = ["--allow-destroy=aws.db_instance/data.main", "--allow-destroy=aws.kms_key/keys.rds"];
    let destroyed = account.run(&[&["destroy", "--auto-approve"], &allowed[..]].concat()).succeeds();
    assert!(destroyed.contains("deleted"), "{destroyed}");
    assert_eq!(account.behind.does("objects"), foreign, "none of ours is left, and nothing else was touched");
    assert_eq!(account.run(&["ledger", "ls"]).succeeds(), "");
}

#[test]
fn a_lost_ledger_is_recovered_from_the_marks() {
    let account = Account::new();
    account.behind.does("make_foreign");
    account.run(&["apply", "--auto-approve"]).succeeds();
    let owned = account.run(&["ledger", "ls"]).succeeds();
    let before = account.behind.does("objects");
    std::fs::remove_dir_all(account.shell.file("ledger")).unwrap();

    account.proxy.clear_log();
    let recovered = account.run(&["recover", "--auto-approve"]).succeeds();
    assert!(recovered.contains("32 found · 8 unmarked"), "{recovered}");
    unmarked_is_adopted(&account, &owned, &recovered);
    // Every row is back, with the object and the address that it had.
    let again = account.run(&["ledger", "ls"]).succeeds();
    let objects = |rows: &str| {
        let rows = rows.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
        rows.collect::<Vec<_>>()
    };
    assert_eq!(objects(&again), objects(&owned));
    assert_eq!(objects(&owned).len(), again.lines().filter(|line| line.ends_with("protected, recovered")).count());

    account.plan_is_empty();
    account.run(&["apply", "--auto-approve"]).succeeds();
    let settled = account.run(&["ledger", "ls"]).succeeds();
    assert_eq!(settled, owned, "what is applied is known again, and protection is what the stack says");
    account.plan_is_empty();
    assert_eq!(account.behind.does("objects"), before, "nothing live was touched");
    let writes = |operation: &String| !["Describe", "List", "Get"].iter().any(|read| operation.contains(read));
    let written: Vec<_> = account.proxy.calls().into_keys().filter(writes).collect();
    assert!(written.is_empty(), "{written:?}");
}

/// What carries no mark is taken over by its id: for an association that is its subnet's, for an alias its name.
fn unmarked_is_adopted(account: &Account, owned: &str, recovered: &str) {
    let unmarked = recovered.lines().filter_map(|line| line.trim_start().strip_prefix("unmarked "));
    let unmarked: Vec<&str> = unmarked.filter_map(|line| line.split_whitespace().next()).collect();
    let row = |address: &&str| owned.lines().find(|row| row.split_whitespace().next() == Some(address)).unwrap();
    let ids = |row: &str| row.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let existing: Vec<String> = unmarked.iter().map(row).map(ids).collect();
    account.shell.write("existing.txt", &format!("{}\n", existing.join("\n")));
    let file = account.shell.file("existing.txt");
    let file = format!("--file={}", file.display());
    let adopted = account.run(&["adopt", "--auto-approve", &file]).succeeds();
    assert!(adopted.contains("No changes. flashmm/production matches its stack."), "{adopted}");
}

fn drift_is_named_and_repaired(account: &Account) {
    account.behind.does("open_ssh");
    account.behind.does("delete_role");
    let drift = account.run(&["drift"]).succeeds();
    assert!(drift.contains("aws.iam_role/iam.node") && drift.contains("is gone"), "{drift}");
    assert!(drift.contains("aws.security_group/security.redis") && drift.contains("ingress[1]"), "{drift}");
    assert!(drift.contains("from_port: 22") && drift.contains("1 changed · 1 deleted"), "{drift}");

    let repaired = account.run(&["apply", "--auto-approve"]).succeeds();
    assert_eq!(actions(&repaired), ["create aws.iam_role/iam.node", "update aws.security_group/security.redis"]);
    account.plan_is_empty();
}

fn updates_and_replacements_are_told_apart(account: &Account) {
    let bigger = account.run(&["plan", "--set=database.class=db.r5.xlarge"]).succeeds();
    assert_eq!(actions(&bigger), ["update aws.db_instance/data.main"]);
    assert!(bigger.contains("db.r5.large → db.r5.xlarge"), "{bigger}");

    let key = "--set=database.kms_key_arn=arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let other = account.run(&["plan", key]);
    assert_eq!(other.code, 3, "a replaced database is refused until named: {other}");
    assert!(actions(&other.stdout).contains(&"replace aws.db_instance/data.main".to_owned()), "{other}");
    let line = other.stdout.lines().position(|line| line.contains("  kms_key_id")).expect("the attribute is named");
    let told: String = other.stdout.lines().skip(line).take(2).collect();
    assert!(told.contains("forces replacement"), "{told}");

    account.run(&["apply", "--auto-approve", "--set=database.class=db.r5.xlarge"]).succeeds();
    account.run(&["apply", "--auto-approve"]).succeeds();
    account.plan_is_empty();
}

fn another_place_is_refused(account: &Account) {
    account.run(&["plan", "-o", "again.plan", "--set=database.class=db.r5.xlarge"]).succeeds();
    let keys = account.behind.does("other_account");
    let [key, secret, token] = keys.split_whitespace().collect::<Vec<_>>()[..] else { panic!("{keys}") };
    let mut other = Shell::new();
    for (name, value) in account.proxy.environment() {
        other.set(name, &value);
    }
    other.set("AWS_ACCESS_KEY_ID", key);
    other.set("AWS_SECRET_ACCESS_KEY", secret);
    other.set("AWS_SESSION_TOKEN", token);

    let (plan, ledger) = (account.shell.file("again.plan"), account.shell.file("ledger"));
    account.proxy.clear_log();
    let ledger = format!("--ledger={}", ledger.display());
    let refused = other.run(&["apply", plan.to_str().unwrap(), &ledger]).fails(3);
    assert!(refused.contains("999999999999") && refused.contains("123456789012"), "{refused}");
    let region = account.run(&["plan", "--set=region=eu-west-1"]).fails(3);
    assert!(region.contains("us-east-1") && region.contains("eu-west-1"), "{region}");
    let asked = account.proxy.calls();
    assert_eq!(
        asked.keys().collect::<Vec<_>>(),
        ["sts:GetCallerIdentity"],
        "nothing else was asked before the refusal"
    );
}

fn what_left_the_code_goes_after_what_depends_on_it(account: &Account) {
    // The stack as its program hands it over, without the cluster and what only the cluster needs.
    let compiled = account.shell.file("stack.json");
    account.run(&["validate", "--out", compiled.to_str().unwrap()]).succeeds();
    let text = std::fs::read_to_string(&compiled).unwrap();
    let gone = ["aws.eks_cluster/eks.main", "aws.iam_role/iam.cluster"];
    let kept: Vec<_> = text.lines().filter(|line| gone.iter().all(|address| !line.contains(address))).collect();
    std::fs::write(&compiled, format!("{}\n", kept.join("\n"))).unwrap();

    let compiled = format!("--compiled={}", compiled.display());
    let applied = account.shell.run(&["apply", "--auto-approve", "--ledger=ledger", &compiled]);
    let done = |line: &str, address: &str| line.contains(address) && line.contains("deleted");
    let order = |address: &str| applied.stderr.lines().position(|line| done(line, address));
    let (cluster, role) = (order(gone[0]), order(gone[1]));
    assert!(cluster.is_some() && cluster < role, "the cluster goes before its role: {applied}");
    assert!(applied.succeeds().contains("2 deleted"));
}
