//! What ministack keeps of it: the cache and what is inside of the cluster, which moto does not know, and what they stand on.

use super::{Account, SHARED_CALLS, actions};
use crate::compiled::Compiled;
use crate::server::Server;

/// How many resources that is.
const RESOURCES: usize = 71;

/// The calls that an empty plan of it takes for what moto does not keep: a page of endpoints, caches, their nodes, subnet groups and
/// parameter groups; and for single objects a secret, tags and values of the parameter group, the tags of two more, two calls for
/// each of two access entries, five add-ons and four associations.
pub(super) const CALLS: usize = 5 + (1 + 2 + 2 + 2 * 2 + 5 + 4);

#[test]
fn the_rest_of_production_from_nothing_to_nothing() {
    let account = Account::new(Server::Ministack);
    let foreign = account.behind.does("objects");
    assert_eq!(account.make(RESOURCES), SHARED_CALLS + CALLS, "{:?}", account.proxy.calls());

    drift_is_named_and_repaired(&account);
    it_changes_in_place(&account);
    it_is_replaced(&account);
    account.unmake(&foreign);
}

fn drift_is_named_and_repaired(account: &Account) {
    account.behind.does("loosen_cluster");
    let drift = account.run(&["drift"]).succeeds();
    assert!(drift.contains("aws.eks_addon/eks.coredns") && drift.contains("is gone"), "{drift}");
    assert!(drift.contains("aws.eks_access_entry/eks.flashmm-production-deployer"), "{drift}");
    assert!(drift.contains("added by others") && drift.contains("2 changed · 1 deleted"), "{drift}");
    let repaired = account.run(&["apply", "--auto-approve"]).succeeds();
    let changes = [
        "create aws.eks_addon/eks.coredns",
        "update aws.eks_access_entry/eks.flashmm-production-deployer",
        "update aws.elasticache_replication_group/cache.main",
    ];
    assert_eq!(actions(&repaired), changes);
    account.plan_is_empty();
}

fn it_changes_in_place(account: &Account) {
    let more = ["--set=cache.nodes=3", "--set=cache.node_type=cache.r6g.xlarge"];
    let version = "--set=kubernetes.addon_versions={\"coredns\":\"v1.12.4-eksbuild.1\"}";
    let applied = account.run(&[&["apply", "--auto-approve", version], &more[..]].concat()).succeeds();
    let changes = ["update aws.eks_addon/eks.coredns", "update aws.elasticache_replication_group/cache.main"];
    assert_eq!(actions(&applied), changes);
    account.run(&["apply", "--auto-approve"]).succeeds();
    account.plan_is_empty();
}

/// Who deploys is another role: its entry is named by it.
fn it_is_replaced(account: &Account) {
    let stack = Compiled::part_of(Server::Ministack, "production", &[]);
    let text = stack.text().replace("role/flashmm-production-deployer", "role/flashmm-production-pipeline");
    account.shell.write("other.json", &text);
    let other = account.shell.run(&["apply", "--auto-approve", "--compiled=other.json", "--ledger=ledger"]).succeeds();
    assert_eq!(actions(&other), ["replace aws.eks_access_entry/eks.flashmm-production-deployer"]);
    account.run(&["apply", "--auto-approve"]).succeeds();
    account.plan_is_empty();
}
