//! What moto keeps of it: network, keys, roles, database, control plane, nodes and stores.

use super::{Account, SHARED_CALLS, actions};
use crate::compiled::Compiled;
use crate::server::Server;
use crate::shell::Shell;

/// How many resources that is.
const RESOURCES: usize = 57;

/// The calls that an empty plan of it takes for what ministack does not keep: the page of databases, and the node group.
pub(super) const CALLS: usize = 1 + 1;

#[test]
fn production_from_nothing_to_nothing() {
    let account = Account::new(Server::Moto);
    let foreign = account.behind.does("objects");
    assert_eq!(account.make(RESOURCES), SHARED_CALLS + CALLS, "{:?}", account.proxy.calls());

    drift_is_named_and_repaired(&account);
    updates_and_replacements_are_told_apart(&account);
    another_place_is_refused(&account);
    what_left_the_code_goes_after_what_depends_on_it(&account);
    account.unmake(&foreign);
}

#[test]
fn a_lost_ledger_is_recovered_from_the_marks() {
    let account = Account::new(Server::Moto);
    account.run(&["apply", "--auto-approve"]).succeeds();
    let owned = account.run(&["ledger", "ls"]).succeeds();
    let before = account.behind.does("objects");
    std::fs::remove_dir_all(account.shell.file("ledger")).unwrap();

    account.proxy.clear_log();
    let recovered = account.run(&["recover", "--auto-approve"]).succeeds();
    assert!(recovered.contains("49 found · 8 unmarked"), "{recovered}");
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
    account.behind.does("open_bucket");
    account.behind.does("delete_role");
    let drift = account.run(&["drift"]).succeeds();
    assert!(drift.contains("aws.iam_role/iam.node") && drift.contains("is gone"), "{drift}");
    assert!(drift.contains("aws.s3_bucket/backups.main") && drift.contains("public_access_block"), "{drift}");
    assert!(drift.contains("aws.security_group/security.redis") && drift.contains("ingress[1]"), "{drift}");
    assert!(drift.contains("from_port: 22") && drift.contains("2 changed · 1 deleted"), "{drift}");

    let repaired = account.run(&["apply", "--auto-approve"]).succeeds();
    // Whether nodes have another role is known once there is one; it has the ARN that it had, and they stay.
    let changes = [
        "create aws.iam_role/iam.node",
        "update aws.s3_bucket/backups.main",
        "update aws.security_group/security.redis",
        "replace aws.eks_node_group/eks.main",
    ];
    assert_eq!(actions(&repaired), changes);
    account.plan_is_empty();
}

fn updates_and_replacements_are_told_apart(account: &Account) {
    let bigger = ["--set=database.class=db.r5.xlarge", "--set=nodes.max=12", "--set=backups.retention_days=60"];
    let planned = account.run(&[&["plan"], &bigger[..]].concat()).succeeds();
    let changes = [
        "update aws.db_instance/data.main",
        "update aws.eks_node_group/eks.main",
        "update aws.s3_bucket/backups.eu-west-1",
        "update aws.s3_bucket/backups.main",
        "update aws.s3_bucket/backups.us-west-2",
    ];
    assert_eq!(actions(&planned), changes);
    assert!(planned.contains("db.r5.large → db.r5.xlarge"), "{planned}");

    let key = "--set=database.kms_key_arn=arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555";
    let other = account.run(&["plan", key]);
    assert_eq!(other.code, 3, "a replaced database is refused until named: {other}");
    assert!(actions(&other.stdout).contains(&"replace aws.db_instance/data.main".to_owned()), "{other}");
    let line = other.stdout.lines().position(|line| line.contains("  kms_key_id")).expect("the attribute is named");
    let told: String = other.stdout.lines().skip(line).take(2).collect();
    assert!(told.contains("forces replacement"), "{told}");

    account.run(&[&["apply", "--auto-approve"], &bigger[..]].concat()).succeeds();
    account.run(&["apply", "--auto-approve"]).succeeds();
    account.plan_is_empty();

    // Nodes that are spare capacity are others.
    let spot = account.run(&["apply", "--auto-approve", "--set=nodes.spot=true"]).succeeds();
    assert_eq!(actions(&spot), ["replace aws.eks_node_group/eks.main"]);
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
    let region = account.run(&["plan", "--set=region=eu-west-3"]).fails(3);
    assert!(region.contains("us-east-1") && region.contains("eu-west-3"), "{region}");
    let asked = account.proxy.calls();
    assert_eq!(
        asked.keys().collect::<Vec<_>>(),
        ["sts:GetCallerIdentity"],
        "nothing else was asked before the refusal"
    );
}

fn what_left_the_code_goes_after_what_depends_on_it(account: &Account) {
    // The stack without the cluster, what is in it, and what only the cluster needs.
    let stack = Compiled::part_of(Server::Moto, "production", &[]);
    let needs = |one: &str| stack.with_what_they_stand_on(&[one]).contains("aws.eks_cluster/eks.main");
    let gone = |one: &str| needs(one) || one == "aws.iam_role/iam.cluster";
    let kept = stack.addresses().filter(|one| !gone(one)).map(str::to_owned).collect();
    let count = stack.addresses().filter(|one| gone(one)).count();
    let applied = account.run_on(&stack.only(&kept), &["apply", "--auto-approve"]);
    let done = |line: &str, address: &str| line.contains(address) && line.contains("deleted");
    let order = |address: &str| applied.stderr.lines().position(|line| done(line, address));
    let [nodes, cluster, role] =
        ["aws.eks_node_group/eks.main", "aws.eks_cluster/eks.main", "aws.iam_role/iam.cluster"].map(order);
    assert!(nodes.is_some() && nodes < cluster && cluster < role, "nodes, their cluster, its role: {applied}");
    assert!(applied.succeeds().contains(&format!("{count} deleted")));
}
