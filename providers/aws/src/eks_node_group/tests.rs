use aws_sdk_eks::types::{
    Issue, Nodegroup, NodegroupHealth, NodegroupIssueCode, NodegroupScalingConfig, NodegroupStatus, TaintEffect,
};
use flashinfra_plans::{Address, Map, OwnerMark, Phase, Value, map};
use flashinfra_providers::{Inputs, Update};

use super::failed;
use super::request::{Part, parts, to_create};
use super::response::{phase, to_object};

fn mark() -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.eks_node_group/workers").unwrap(), generation: 1 }
}

fn update(changed: &[&str], before: Map, attributes: Map) -> Update {
    Update {
        kind: "aws.eks_node_group".into(),
        id: "main/workers".into(),
        mark: mark(),
        changed: changed.iter().copied().map(Into::into).collect(),
        before,
        inputs: Inputs { attributes, ..Inputs::default() },
        token: "t".into(),
    }
}

fn scaling(min: i64, max: i64, desired: i64) -> Map {
    map! { "min_size" => min, "max_size" => max, "desired_size" => desired }
}

#[test]
fn a_create_carries_everything() {
    let subnets: Vec<Value> = vec!["subnet-1".into(), "subnet-2".into()];
    let taints: Vec<Value> = vec![map! { "key" => "gpu", "effect" => "NO_SCHEDULE" }.into()];
    let attributes = map! {
        "cluster_name" => "main", "node_role" => "arn:role", "subnets" => subnets, "capacity_type" => "SPOT",
        "scaling_config" => map! { "min_size" => 2, "max_size" => 10 },
        "launch_template" => map! { "id" => "lt-1", "version" => "3" },
        "update_config" => map! { "max_unavailable" => 1 }, "labels" => map! { "pool" => "general" }, "taints" => taints,
    };
    let request = to_create(&attributes, &mark(), "token").build().unwrap();
    let name = request.nodegroup_name().unwrap();
    assert!(name.contains("workers") && name.len() <= 63, "{name}");
    let sizes = request.scaling_config().unwrap();
    assert_eq!((sizes.min_size(), sizes.max_size(), sizes.desired_size()), (Some(2), Some(10), Some(2)));
    let template = request.launch_template().unwrap();
    assert_eq!((template.id(), template.version()), (Some("lt-1"), Some("3")));
    assert_eq!(request.update_config().unwrap().max_unavailable(), Some(1));
    assert_eq!(request.labels().unwrap()["pool"], "general");
    assert_eq!(request.taints()[0].effect(), Some(&TaintEffect::NoSchedule));
    assert_eq!(request.tags().unwrap()["flashinfra"], "c5b0/1/aws.eks_node_group/workers");
    // A declared name is taken as it is.
    let named = to_create(&attributes.with("name", "general".into()), &mark(), "token").build().unwrap();
    assert_eq!(named.nodegroup_name(), Some("general"));
}

#[test]
fn the_autoscalers_number_is_left_alone_as_long_as_the_bounds_hold_it() {
    let sent = |wanted: Map, live: Map| {
        let update = update(&["scaling_config"], map! {}, map! { "scaling_config" => wanted });
        let parts = parts(&update, &map! { "scaling_config" => live }).unwrap();
        let Some(Part::Config(call)) = parts.into_iter().next() else { return None };
        let call = call.build().unwrap();
        let sizes = call.scaling_config().unwrap();
        Some((sizes.min_size(), sizes.max_size(), sizes.desired_size()))
    };
    assert_eq!(sent(scaling(1, 10, 3), scaling(1, 10, 7)), None);
    assert_eq!(sent(scaling(2, 10, 3), scaling(1, 10, 7)), Some((Some(2), Some(10), None)));
    assert_eq!(sent(scaling(1, 5, 3), scaling(1, 10, 7)), Some((Some(1), Some(5), Some(5))));
    assert_eq!(sent(scaling(8, 10, 3), scaling(1, 10, 7)), Some((Some(8), Some(10), Some(8))));
}

#[test]
fn configuration_comes_before_the_version_and_each_goes_on_where_live_still_differs() {
    let wanted = map! {
        "version" => "1.34", "launch_template" => map! { "id" => "lt-1", "version" => "4" },
        "labels" => map! { "pool" => "general" }, "force_update_enabled" => true,
    };
    let update = update(
        &["version", "launch_template", "labels"],
        map! { "labels" => map! { "old" => "1", "pool" => "batch" } },
        wanted.clone(),
    );
    let live = map! {
        "version" => "1.33", "launch_template" => map! { "id" => "lt-1", "version" => "3" },
        "labels" => map! { "old" => "1", "pool" => "batch", "theirs" => "1" },
    };
    let first = parts(&update, &live).unwrap();
    let [Part::Config(config), Part::Version(version)] = first.as_slice() else { panic!("{first:?}") };
    let config = config.clone().build().unwrap();
    let labels = config.labels().unwrap();
    assert_eq!(labels.add_or_update_labels().unwrap()["pool"], "general");
    assert_eq!(labels.remove_labels(), ["old"]);
    assert_eq!((config.cluster_name(), config.nodegroup_name()), (Some("main"), Some("workers")));
    let version = version.clone().build().unwrap();
    assert_eq!((version.version(), version.release_version(), version.force()), (Some("1.34"), None, Some(true)));
    assert_eq!(version.launch_template().and_then(|template| template.version()), Some("4"));
    // The configuration is done.
    let live = live.with("labels", map! { "pool" => "general", "theirs" => "1" }.into());
    assert!(matches!(parts(&update, &live).unwrap().as_slice(), [Part::Version(_)]));
    assert!(parts(&update, &wanted).unwrap().is_empty());
}

#[test]
fn a_taint_with_another_value_is_not_taken_away() {
    let taint =
        |key: &str, value: &str| Value::from(map! { "key" => key, "value" => value, "effect" => "NO_SCHEDULE" });
    let wanted: Vec<Value> = vec![taint("gpu", "b"), taint("new", "x")];
    let live: Vec<Value> = vec![taint("gpu", "a"), taint("old", "x")];
    let update = update(&["taints"], map! {}, map! { "taints" => wanted });
    let parts = parts(&update, &map! { "taints" => live }).unwrap();
    let [Part::Config(call)] = parts.as_slice() else { panic!("{parts:?}") };
    let call = call.clone().build().unwrap();
    let keys = |taints: &[aws_sdk_eks::types::Taint]| {
        taints.iter().map(|taint| taint.key().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let taints = call.taints().unwrap();
    assert_eq!(keys(taints.add_or_update_taints()), ["gpu", "new"]);
    assert_eq!(keys(taints.remove_taints()), ["old"]);
}

#[test]
fn a_group_that_failed_says_what_is_wrong() {
    let issue = Issue::builder()
        .code(NodegroupIssueCode::NodeCreationFailure)
        .message("Instances failed to join the kubernetes cluster")
        .resource_ids("i-1")
        .build();
    let group = Nodegroup::builder()
        .cluster_name("main")
        .nodegroup_name("workers")
        .status(NodegroupStatus::CreateFailed)
        .scaling_config(NodegroupScalingConfig::builder().min_size(1).max_size(10).desired_size(3).build())
        .health(NodegroupHealth::builder().issues(issue).build())
        .tags("flashinfra", mark().to_text())
        .build();
    let object = to_object(&group).unwrap();
    assert_eq!((&*object.id, object.phase, object.owner.clone()), ("main/workers", Phase::Failed, Some(mark())));
    assert_eq!(object.attributes.get("scaling_config"), Some(&scaling(1, 10, 3).into()));
    let told = failed(&object).message;
    assert!(told.ends_with("NodeCreationFailure: Instances failed to join the kubernetes cluster (i-1)"), "{told}");
}

#[test]
fn a_degraded_group_is_there() {
    assert_eq!(phase(Some(&NodegroupStatus::Degraded)), Phase::Ready);
    assert_eq!(phase(Some(&NodegroupStatus::DeleteFailed)), Phase::Failed);
    assert_eq!(phase(Some(&NodegroupStatus::Updating)), Phase::Updating);
    assert_eq!(phase(Some(&NodegroupStatus::Deleting)), Phase::Deleting);
}
