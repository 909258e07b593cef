use aws_sdk_eks::types::{
    AccessConfigResponse, AuthenticationMode, Cluster, ClusterStatus, LogSetup, LogType, Logging, VpcConfigResponse,
};
use flashinfra_plans::{Address, Map, OwnerMark, Phase, Value, map};
use flashinfra_providers::{Class, Inputs, Update};

use super::request::{Part, parts, to_create, to_update};
use super::response::to_object;

fn mark() -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.eks_cluster/main").unwrap(), generation: 1 }
}

fn list(texts: &[&str]) -> Vec<Value> {
    texts.iter().copied().map(Value::from).collect()
}

fn update(changed: &[&str], attributes: Map) -> Update {
    Update {
        kind: "aws.eks_cluster".into(),
        id: "main".into(),
        mark: mark(),
        changed: changed.iter().copied().map(Into::into).collect(),
        before: map! {},
        inputs: Inputs { attributes, ..Inputs::default() },
        token: "t".into(),
    }
}

#[test]
fn a_create_carries_everything() {
    let attributes = map! {
        "name" => "main", "role_arn" => "arn:role", "version" => "1.33",
        "vpc_config" => map! {
            "subnet_ids" => list(&["subnet-1", "subnet-2"]), "endpoint_public_access" => false,
            "endpoint_private_access" => true,
        },
        "enabled_cluster_log_types" => list(&["api", "audit"]),
        "encryption_key_arn" => "arn:key",
        "tags" => map! { "Name" => "main" },
    };
    let request = to_create(&attributes, &mark(), "token").build().unwrap();
    assert_eq!((request.name(), request.version()), (Some("main"), Some("1.33")));
    assert_eq!(request.client_request_token(), Some("token"));
    let vpc = request.resources_vpc_config().unwrap();
    assert_eq!(vpc.subnet_ids(), ["subnet-1", "subnet-2"]);
    assert_eq!((vpc.endpoint_public_access(), vpc.endpoint_private_access()), (Some(false), Some(true)));
    let setups = request.logging().unwrap().cluster_logging();
    let off: Vec<_> = setups[1].types().iter().map(LogType::as_str).collect();
    assert_eq!((setups[0].enabled(), setups[0].types()), (Some(true), [LogType::Api, LogType::Audit].as_slice()));
    assert_eq!(off, ["authenticator", "controllerManager", "scheduler"]);
    let key = request.encryption_config()[0].provider().and_then(|provider| provider.key_arn());
    assert_eq!(key, Some("arn:key"));
    let tags = request.tags().unwrap();
    assert_eq!(tags.get("flashinfra").map(String::as_str), Some("c5b0/1/aws.eks_cluster/main"));
    assert_eq!(tags.len(), 2);
}

#[test]
fn an_update_goes_on_where_live_still_differs() {
    let wanted = map! {
        "version" => "1.34",
        "vpc_config" => map! { "subnet_ids" => list(&["subnet-2", "subnet-1"]), "endpoint_public_access" => false },
        "enabled_cluster_log_types" => list(&["api"]),
    };
    let update = update(&["version", "vpc_config", "enabled_cluster_log_types"], wanted.clone());
    let live = map! {
        "version" => "1.33",
        "vpc_config" => map! {
            "subnet_ids" => list(&["subnet-1", "subnet-2"]), "endpoint_public_access" => true,
            "public_access_cidrs" => list(&["0.0.0.0/0"]),
        },
        "enabled_cluster_log_types" => list(&[]),
    };
    let names = |live: &Map| parts(&update, live).unwrap().iter().map(Part::name).collect::<Vec<_>>();
    assert_eq!(names(&live), ["endpoint", "logging", "version"]);
    let live = live.with("vpc_config", wanted.get("vpc_config").unwrap().clone());
    assert_eq!(names(&live), ["logging", "version"]);
    assert_eq!(names(&wanted), Vec::<&str>::new());
}

#[test]
fn what_did_not_change_is_no_part() {
    let update = update(&["enabled_cluster_log_types"], map! { "version" => "1.34" });
    let live = map! { "version" => "1.33", "enabled_cluster_log_types" => list(&["api"]) };
    assert_eq!(parts(&update, &live).unwrap(), [Part::Logging(vec![])]);
}

#[test]
fn a_key_is_added_but_never_changed() {
    let update = update(&["encryption_key_arn"], map! { "encryption_key_arn" => "arn:new" });
    assert_eq!(parts(&update, &map! {}).unwrap(), [Part::Encryption("arn:new".into())]);
    let error = parts(&update, &map! { "encryption_key_arn" => "arn:old" }).unwrap_err();
    assert_eq!(error.class, Class::FixInput);
    assert!(error.message.contains("arn:old"));
}

#[test]
fn each_part_sends_only_itself() {
    let vpc = map! { "subnet_ids" => list(&["subnet-1"]), "endpoint_private_access" => true };
    let subnets = to_update("main", &Part::Subnets(vpc.clone()), "t").build().unwrap();
    let sent = subnets.resources_vpc_config().unwrap();
    assert_eq!((sent.subnet_ids().len(), sent.endpoint_private_access()), (1, None));
    let endpoint = to_update("main", &Part::Endpoint(vpc), "t").build().unwrap();
    let sent = endpoint.resources_vpc_config().unwrap();
    assert_eq!((sent.subnet_ids().len(), sent.endpoint_private_access()), (0, Some(true)));
    let protection = to_update("main", &Part::Protection(false), "t").build().unwrap();
    assert_eq!((protection.deletion_protection(), protection.logging()), (Some(false), None));
}

#[test]
fn a_cluster_is_read_in_the_schemas_terms() {
    let vpc = VpcConfigResponse::builder()
        .subnet_ids("subnet-2")
        .subnet_ids("subnet-1")
        .endpoint_public_access(true)
        .vpc_id("vpc-1")
        .cluster_security_group_id("sg-1")
        .build();
    let on = LogSetup::builder().enabled(true).types(LogType::Audit).types(LogType::Api).build();
    let off = LogSetup::builder().enabled(false).types(LogType::Scheduler).build();
    let cluster = Cluster::builder()
        .name("main")
        .status(ClusterStatus::Creating)
        .version("1.33")
        .resources_vpc_config(vpc)
        .logging(Logging::builder().cluster_logging(on).cluster_logging(off).build())
        .tags("flashinfra", mark().to_text())
        .build();
    let object = to_object(&cluster).unwrap();
    assert_eq!((object.phase, object.owner.clone()), (Phase::Creating, Some(mark())));
    let expected = map! {
        "name" => "main", "version" => "1.33",
        "vpc_config" => map! {
            "subnet_ids" => list(&["subnet-1", "subnet-2"]), "security_group_ids" => list(&[]),
            "endpoint_public_access" => true, "endpoint_private_access" => false, "public_access_cidrs" => list(&[]),
        },
        "enabled_cluster_log_types" => list(&["api", "audit"]),
        "tags" => map! {}, "vpc_id" => "vpc-1", "cluster_security_group_id" => "sg-1",
    };
    assert_eq!(object.attributes, expected);
}

#[test]
fn what_eks_did_not_answer_is_not_verified() {
    let silent = Cluster::builder().name("main").build();
    assert_eq!(to_object(&silent).unwrap().unverified, ["access_config", "deletion_protection"]);
    let access = AccessConfigResponse::builder().authentication_mode(AuthenticationMode::Api).build();
    let told = Cluster::builder().name("main").deletion_protection(false).access_config(access).build();
    assert!(to_object(&told).unwrap().unverified.is_empty());
}
