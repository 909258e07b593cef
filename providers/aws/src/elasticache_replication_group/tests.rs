use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, Endpoint, MultiAzStatus, NodeGroup, NodeGroupMember, PendingModifiedValues,
    ReplicationGroup, SecurityGroupMembership,
};
use aws_smithy_types::DateTime;
use flashinfra_plans::value::Secret;
use flashinfra_plans::{Address, Map, Object, OwnerMark, Phase, Value, map};
use flashinfra_providers::{Inputs, Sensitive, Update};

use super::request::{Part, is_named, parts, to_create, to_delete};
use super::response::to_object;

fn mark() -> OwnerMark {
    let address = Address::parse("aws.elasticache_replication_group/main").unwrap();
    OwnerMark { stack: "c5b0".into(), address, generation: 1 }
}

fn plain(attributes: Map) -> Inputs {
    Inputs { attributes, ..Inputs::default() }
}

fn with_token(attributes: Map) -> Inputs {
    let reference = Value::Secret(Box::new(Secret::Env { name: "TOKEN".into(), version: 2 }));
    let mut inputs = plain(attributes.with("auth_token", reference));
    inputs.secrets.insert("auth_token".into(), Sensitive::new("correct-horse-battery".into()));
    inputs
}

fn update(changed: &[&str], inputs: Inputs) -> Update {
    Update {
        kind: "aws.elasticache_replication_group".into(),
        id: "main".into(),
        mark: mark(),
        changed: changed.iter().copied().map(Into::into).collect(),
        before: Map::default(),
        inputs,
        token: "t".into(),
    }
}

fn live(attributes: Map) -> Object {
    Object { id: "main".into(), phase: Phase::Ready, attributes, unverified: Vec::new(), owner: None, managed_by: None }
}

/// The names of the parts of an update.
fn names(parts: &[Part]) -> Vec<&'static str> {
    let name = |part: &Part| match part {
        Part::Increase(_) => "increase",
        Part::Settings(_) => "settings",
        Part::Decrease(_) => "decrease",
        Part::Token(_) => "token",
    };
    parts.iter().map(name).collect()
}

#[test]
fn a_create_carries_its_token_and_mark() {
    let attributes = map! { "replication_group_id" => "main", "engine" => "redis", "num_cache_clusters" => 2 };
    let request = to_create(&with_token(attributes), &mark()).build().unwrap();
    assert_eq!(request.replication_group_description(), Some("Made by flashinfra"));
    assert_eq!((request.num_cache_clusters(), request.auth_token()), (Some(2), Some("correct-horse-battery")));
    assert_eq!(request.tags()[0].value(), Some("c5b0/1/aws.elasticache_replication_group/main"));
    let one = to_create(&plain(map! { "replication_group_id" => "main" }), &mark()).build().unwrap();
    assert_eq!((one.num_cache_clusters(), one.auth_token()), (Some(1), None));
}

#[test]
fn replicas_come_before_failover_and_go_after_it() {
    let attributes = |nodes: i64, failover: bool| {
        map! { "num_cache_clusters" => nodes, "automatic_failover_enabled" => failover, "multi_az_enabled" => failover }
    };
    let changed = ["num_cache_clusters", "automatic_failover_enabled", "multi_az_enabled"];
    let more = parts(&update(&changed, plain(attributes(3, true))), &live(attributes(1, false)));
    assert_eq!(names(&more), ["increase", "settings"]);
    let Part::Increase(call) = more[0].clone() else { panic!("{more:?}") };
    assert_eq!(call.build().unwrap().new_replica_count(), Some(2));
    let fewer = parts(&update(&changed, plain(attributes(1, false))), &live(attributes(3, true)));
    assert_eq!(names(&fewer), ["settings", "decrease"]);
    let Part::Decrease(call) = fewer[1].clone() else { panic!("{fewer:?}") };
    assert_eq!(call.build().unwrap().new_replica_count(), Some(0));
    // Once the nodes are there, what comes next is sent.
    let then = parts(&update(&changed, plain(attributes(3, true))), &live(attributes(3, false)));
    assert_eq!(names(&then), ["settings"]);
    assert!(parts(&update(&changed, plain(attributes(3, true))), &live(attributes(3, true))).is_empty());
}

#[test]
fn only_what_live_lacks_is_sent_and_at_once_unless_said_otherwise() {
    let attributes = map! {
        "cache_node_type" => "cache.r7g.xlarge", "snapshot_window" => "03:00-05:00", "engine_version" => "7",
        "apply_immediately" => false,
    };
    let now =
        map! { "cache_node_type" => "cache.r7g.large", "snapshot_window" => "03:00-05:00", "engine_version" => "7.1" };
    let change = update(&["cache_node_type", "snapshot_window", "engine_version"], plain(attributes));
    let sent = parts(&change, &live(now.clone()));
    let [Part::Settings(call)] = sent.as_slice() else { panic!("{sent:?}") };
    let request = call.clone().build().unwrap();
    assert_eq!(request.cache_node_type(), Some("cache.r7g.xlarge"));
    assert_eq!((request.snapshot_window(), request.engine_version()), (None, None));
    assert_eq!(request.apply_immediately(), Some(false));
    // What waits for the window is not sent again.
    let waiting = Object { unverified: vec!["cache_node_type".into()], ..live(now) };
    assert!(parts(&change, &waiting).is_empty());
}

#[test]
fn a_token_is_rotated_by_itself_at_once_and_last() {
    let attributes = map! { "snapshot_retention_limit" => 5, "apply_immediately" => false };
    let change = update(&["auth_token", "snapshot_retention_limit"], with_token(attributes.clone()));
    let sent = parts(&change, &live(map! { "snapshot_retention_limit" => 0 }));
    assert_eq!(names(&sent), ["settings", "token"]);
    let Part::Token(call) = sent[1].clone() else { panic!("{sent:?}") };
    let request = call.build().unwrap();
    assert_eq!(request.auth_token(), Some("correct-horse-battery"));
    assert_eq!(request.auth_token_update_strategy().map(|strategy| strategy.as_str()), Some("ROTATE"));
    assert_eq!((request.apply_immediately(), request.snapshot_retention_limit()), (Some(true), None));
    let set = with_token(attributes.with("auth_token_update_strategy", "SET".into()));
    let sent = parts(&update(&["auth_token"], set.clone()), &live(Map::default()));
    let [Part::Token(call)] = sent.as_slice() else { panic!("{sent:?}") };
    let request = call.clone().build().unwrap();
    assert_eq!(request.auth_token_update_strategy().map(|strategy| strategy.as_str()), Some("SET"));
    // A way to change it changes nothing alone.
    assert!(parts(&update(&["auth_token_update_strategy"], set), &live(Map::default())).is_empty());
}

#[test]
fn a_last_snapshot_is_taken_unless_it_is_skipped() {
    let delete = |arguments: Map| to_delete("main", &arguments, Some(&DateTime::from_secs(255))).build().unwrap();
    assert_eq!(delete(map! {}).final_snapshot_identifier(), Some("main-final-ff"));
    let named = delete(map! { "final_snapshot_identifier" => "last" });
    assert_eq!(named.final_snapshot_identifier(), Some("last"));
    let skipped = delete(map! { "skip_final_snapshot" => true, "final_snapshot_identifier" => "last" });
    assert_eq!(skipped.final_snapshot_identifier(), None);
    assert!(!is_named(&map! { "skip_final_snapshot" => false }));
}

/// A group of two nodes, in all its answers.
fn group(status: &str) -> ReplicationGroup {
    let endpoint = |address: &str| Endpoint::builder().address(address).port(6379).build();
    let node = |name: &str| NodeGroupMember::builder().cache_cluster_id(name).build();
    let shard = NodeGroup::builder()
        .primary_endpoint(endpoint("master.main"))
        .reader_endpoint(endpoint("replica.main"))
        .node_group_members(node("main-001"))
        .node_group_members(node("main-002"));
    ReplicationGroup::builder()
        .replication_group_id("main")
        .status(status)
        .automatic_failover(AutomaticFailoverStatus::Enabled)
        .multi_az(MultiAzStatus::Enabled)
        .node_groups(shard.build())
        .cache_node_type("cache.r7g.large")
        .build()
}

#[test]
fn a_group_is_read_in_the_schemas_terms() {
    let firewall =
        |id: &str, status: &str| SecurityGroupMembership::builder().security_group_id(id).status(status).build();
    let node = CacheCluster::builder()
        .engine_version("7.1.0")
        .security_groups(firewall("sg-1", "active"))
        .security_groups(firewall("sg-2", "removing"))
        .build();
    let object = to_object(&group("available"), Some(&node), &map! {}).unwrap();
    let get = |name| object.attributes.get(name).cloned();
    assert_eq!((object.phase, get("num_cache_clusters")), (Phase::Ready, Some(2.into())));
    assert_eq!(get("primary_endpoint_address"), Some("master.main".into()));
    assert_eq!(get("reader_endpoint_address"), Some("replica.main".into()));
    assert_eq!((get("port"), get("engine_version")), (Some(6379.into()), Some("7.1.0".into())));
    assert_eq!(get("security_group_ids"), Some(vec![Value::from("sg-1")].into()));
    assert_eq!((get("automatic_failover_enabled"), get("multi_az_enabled")), (Some(true.into()), Some(true.into())));
}

#[test]
fn what_only_nodes_tell_is_not_verified_without_one() {
    let asked = map! { "engine_version" => "7", "maintenance_window" => "sun:05:00-sun:06:00", "port" => 6379 };
    let object = to_object(&group("available"), None, &asked).unwrap();
    assert_eq!(object.unverified, ["engine_version", "maintenance_window"]);
}

#[test]
fn a_pending_change_of_ours_is_under_way_or_waits_for_the_window() {
    let pending = PendingModifiedValues::builder().cache_node_type("cache.r7g.xlarge").engine_version("7.1").build();
    let node = CacheCluster::builder().engine_version("7.0").pending_modified_values(pending).build();
    let read = |asked: &Map| to_object(&group("available"), Some(&node), asked).unwrap();
    let names: Vec<Value> = vec!["cache_node_type".into(), "engine_version".into()];
    let foreign = read(&map! { "cache_node_type" => "cache.r7g.large" });
    assert_eq!((foreign.phase, foreign.unverified), (Phase::Ready, vec![]));
    assert_eq!(foreign.attributes.get("pending_changes"), Some(&names.into()));
    let ours = map! { "cache_node_type" => "cache.r7g.xlarge", "engine_version" => "7.1" };
    let at_once = read(&ours);
    assert_eq!((at_once.phase, at_once.unverified), (Phase::Updating, vec![]));
    let deferred = read(&ours.with("apply_immediately", false.into()));
    assert_eq!(deferred.phase, Phase::Ready);
    assert_eq!(deferred.unverified, ["cache_node_type", "engine_version"]);
    assert_eq!(deferred.attributes.get("cache_node_type"), Some(&"cache.r7g.large".into()));
}

#[test]
fn a_status_says_what_the_group_is_doing() {
    let phase = |status: &str| to_object(&group(status), None, &map! {}).unwrap().phase;
    assert_eq!(phase("creating"), Phase::Creating);
    assert_eq!(phase("snapshotting"), Phase::Ready);
    assert_eq!(phase("modifying"), Phase::Updating);
    assert_eq!(phase("deleting"), Phase::Deleting);
    assert_eq!(phase("create-failed"), Phase::Failed);
}
