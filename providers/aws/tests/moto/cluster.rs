//! The conformance suite for what is inside of an EKS cluster, and the order in which a new version of Kubernetes goes there.

use flashinfra::apply::{ApplyOptions, apply};
use flashinfra::error::Exit;
use flashinfra::ledgers::LocalLedgers;
use flashinfra::plan::{Labels, plan};
use flashinfra::plans::file;
use flashinfra::plans::plan::{Act, Options, Plan};
use flashinfra::providers::Registry;
use flashinfra::sandbox::Sandbox;
use flashinfra::session::Session;
use flashinfra::{Stack, aws, load};
use flashinfra_plans::{Map, Object, Value, map};
use flashinfra_providers::conformance::Case;
use flashinfra_providers::{Factory, Question};
use flashinfra_providers_aws::AwsFactory;
use flashinfra_stacks_aws::trust_service;
use flashinfra_test_support::{Answer, Script};

use crate::conformance::{conforms_on_each, tags};
use crate::world::{World, ids, schema, texts};

/// A cluster of this name, and the ids of its subnets.
async fn cluster(world: &World, name: &str) -> (Object, Value) {
    let vpc = world.vpc().await;
    let subnets = ids(&world.subnets(&vpc).await);
    let role = map! { "name" => name, "assume_role_policy" => trust_service("eks.amazonaws.com") };
    let role = world.make("aws.iam_role", "cluster", role).await;
    let attributes = map! {
        "name" => name, "version" => "1.33", "vpc_config" => map! { "subnet_ids" => subnets.clone() },
        "role_arn" => role.attributes.get("arn").unwrap().clone(),
    };
    (world.make("aws.eks_cluster", "main", attributes).await, subnets)
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{name}")
}

fn block(map: Map) -> Value {
    map.into()
}

#[tokio::test]
async fn eks_node_group() {
    conforms_on_each("conformance-nodes", async |world: &World| {
        let (cluster, subnets) = cluster(world, "conformance-nodes").await;
        let sizes = |min: i64, max: i64| map! { "min_size" => min, "max_size" => max, "desired_size" => 3 };
        let taint = |value: &str| {
            Value::from(vec![block(map! { "key" => "pool", "value" => value, "effect" => "NO_SCHEDULE" })])
        };
        let attributes = map! {
            "cluster_name" => cluster.id.as_str(), "name" => "workers", "node_role" => role("nodes"),
            "subnets" => subnets, "scaling_config" => sizes(1, 10), "capacity_type" => "SPOT",
            "instance_types" => texts(["m7g.large", "m6g.large"]), "ami_type" => "AL2023_ARM_64_STANDARD",
            "disk_size" => 50, "version" => "1.33", "labels" => map! { "pool" => "general" }, "taints" => taint("a"),
            "tags" => tags(&[("Name", "workers")]),
        };
        Case::new(schema("aws.eks_node_group"), attributes)
            .unknown_id("conformance-nodes/unknown")
            .update("scaling_config", sizes(2, 5).into())
            .update("labels", map! { "size" => "large" }.into())
            .update("taints", taint("b"))
            .update("update_config", map! { "max_unavailable" => 1 }.into())
            .update("tags", tags(&[("Owner", "platform")]))
            .replacement("capacity_type", "ON_DEMAND".into())
            .replacement("subnets", texts(["subnet-0123456789abcdef0"]))
    })
    .await;
}

#[tokio::test]
async fn eks_addon() {
    conforms_on_each("conformance-addon", async |world: &World| {
        let (cluster, _) = cluster(world, "conformance-addon").await;
        let attributes = map! {
            "cluster_name" => cluster.id.as_str(), "name" => "vpc-cni", "addon_version" => "v1.19.2-eksbuild.1",
            "configuration_values" => r#"{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}"#, "resolve_conflicts" => "OVERWRITE",
            "service_account_role_arn" => role("cni"), "tags" => tags(&[("Name", "cni")]),
        };
        Case::new(schema("aws.eks_addon"), attributes)
            .unknown_id("conformance-addon/unknown")
            .update("addon_version", "v1.19.3-eksbuild.1".into())
            .update("configuration_values", r#"{ "env": {} }"#.into())
            .update("service_account_role_arn", role("cni-other").into())
            .update("tags", tags(&[("Owner", "platform")]))
            .replacement("name", "coredns".into())
    })
    .await;
}

#[tokio::test]
async fn eks_access_entry() {
    conforms_on_each("conformance-access", async |world: &World| {
        let (cluster, _) = cluster(world, "conformance-access").await;
        let policy = |name: &str| map! { "policy_arn" => format!("arn:aws:eks::aws:cluster-access-policy/{name}") };
        let within =
            |name: &str, namespaces: &[&str]| block(policy(name).with("namespaces", texts(namespaces.iter().copied())));
        let policies = vec![within("AmazonEKSEditPolicy", &["orders", "shop"]), block(policy("AmazonEKSViewPolicy"))];
        let others = vec![within("AmazonEKSEditPolicy", &["shop"]), block(policy("AmazonEKSAdminPolicy"))];
        let attributes = map! {
            "cluster_name" => cluster.id.as_str(), "principal_arn" => role("shop/developers"),
            "kubernetes_groups" => texts(["viewers"]), "username" => "developers", "access_policies" => policies,
            "tags" => tags(&[("Name", "developers")]),
        };
        Case::new(schema("aws.eks_access_entry"), attributes)
            .unknown_id("conformance-access/arn:aws:iam::123456789012:role/unknown")
            .update("access_policies", others.into())
            .update("kubernetes_groups", texts(["editors", "viewers"]))
            .update("username", "people".into())
            .clear("access_policies")
            .clear("kubernetes_groups")
            .update("tags", tags(&[("Owner", "platform")]))
            .replacement("principal_arn", role("other").into())
    })
    .await;
}

#[tokio::test]
async fn eks_pod_identity_association() {
    conforms_on_each("conformance-pods", async |world: &World| {
        let (cluster, _) = cluster(world, "conformance-pods").await;
        let attributes = map! {
            "cluster_name" => cluster.id.as_str(), "namespace" => "shop", "service_account" => "api",
            "role_arn" => role("api"), "tags" => tags(&[("Name", "api")]),
        };
        Case::new(schema("aws.eks_pod_identity_association"), attributes)
            .unknown_id("conformance-pods/a-0123456789abcdef0")
            .update("role_arn", role("api-other").into())
            .update("disable_session_tags", true.into())
            .update("target_role_arn", "arn:aws:iam::210987654321:role/target".into())
            .update("tags", tags(&[("Owner", "platform")]))
            .replacement("service_account", "other".into())
    })
    .await;
}

/// A cluster with what runs in it, all at one version of Kubernetes.
fn versions(minor: u32) -> Stack {
    let mut stack = Stack::new("versions", "test");
    let network = aws::EksVpc::builder().subnet_ids([aws::SubnetId::new("subnet-1"), aws::SubnetId::new("subnet-2")]);
    let cluster = aws::EksCluster::builder()
        .name("main")
        .role_arn(aws::RoleArn::new(role("cluster")))
        .version(format!("1.{minor}"))
        .vpc_config(network);
    let cluster = stack.add("main", cluster);
    let addon = |name: &str, version: String| {
        aws::EksAddon::builder().cluster_name(cluster.name()).name(name).addon_version(version)
    };
    let cni = stack.add("cni", addon("vpc-cni", format!("v1.{minor}.0-eksbuild.1")));
    let nodes = aws::EksNodeGroup::builder()
        .cluster_name(cluster.name())
        .name("workers")
        .node_role(aws::RoleArn::new(role("nodes")))
        .subnets([aws::SubnetId::new("subnet-1")])
        .version(format!("1.{minor}"))
        .depends_on(&cni);
    let nodes = stack.add("workers", nodes);
    stack.add("dns", addon("coredns", format!("v1.{minor}.1-eksbuild.1")).depends_on(&nodes));
    stack
}

async fn planned(session: &Session, stack: Stack) -> Plan {
    let compiled = stack.compile().map_err(|problems| format!("{problems:?}")).unwrap();
    let compiled = load::compiled(compiled.as_bytes(), &session.registry).unwrap();
    plan(session, &compiled, &Options::default(), Labels::default()).await.unwrap().plan
}

/// EKS wants the control plane first. What stands on it by its name follows, in the order in which it was said to.
#[tokio::test]
async fn a_new_version_goes_to_the_cluster_first_and_then_to_what_stands_on_it() {
    let ledgers = tempfile::tempdir().unwrap();
    let factory = AwsFactory::new();
    let schemas = factory.schemas().into_iter().map(|schema| (schema.kind.as_ref().into(), schema.clone().into()));
    let sandbox = Sandbox::open(None, schemas.collect(), flashinfra::sandbox::Options::default()).unwrap();
    let registry = Registry::new().with(factory);
    let session = Session::new(registry, LocalLedgers::new(ledgers.path())).with_open_sandbox(sandbox);
    let first = planned(&session, versions(33)).await;
    let digest = file::digest(&file::write(&first));
    let report = apply(&session, first, digest, &ApplyOptions::default()).await.unwrap();
    assert_eq!(report.exit, Exit::Ok, "{:#?}", report.steps);
    assert!(planned(&session, versions(33)).await.is_empty());

    let upgrade = planned(&session, versions(34)).await;
    let steps: Vec<_> = upgrade.steps.iter().map(|step| (step.act.clone(), step.address.to_string())).collect();
    let expected = ["aws.eks_cluster/main", "aws.eks_addon/cni", "aws.eks_node_group/workers", "aws.eks_addon/dns"];
    assert_eq!(steps, expected.map(|address| (Act::Update, address.to_owned())));
    // Each waits for the one before it: nothing of it is by chance.
    let waits: Vec<_> = upgrade.steps.iter().map(|step| step.after.clone()).collect();
    assert_eq!(waits, [vec![], vec![1], vec![2], vec![3]]);
}

/// A change that EKS gave up on leaves the node group as it was: what it says of the newest one is told.
#[tokio::test]
async fn why_a_change_failed_is_told() {
    let script = Script::start(|request| {
        let update = |id: &str, at: u32, status: &str, errors: &str| {
            format!(
                r#"{{"update":{{"id":"{id}","status":"{status}","type":"ConfigUpdate","createdAt":{at},"errors":[{errors}]}}}}"#
            )
        };
        let evicted =
            r#"{"errorCode":"PodEvictionFailure","errorMessage":"Reached max retries.","resourceIds":["ip-10-0-1-7"]}"#;
        let body = match request.line.split(['?', ' ']).nth(1).unwrap_or_default() {
            "/clusters/shop/updates" => r#"{"updateIds":["a","b"]}"#.to_owned(),
            "/clusters/shop/updates/a" if request.line.contains("nodegroupName=blue") => {
                update("a", 2, "Failed", evicted)
            }
            "/clusters/shop/updates/a" => update("a", 1, "Failed", evicted),
            _ => update("b", 1, "Successful", ""),
        };
        Answer::new(200, body)
    });
    let world = World::at(script.endpoint(), "wire-updates").await;
    let why = async |kind: &str, id: &str| {
        let question = Question { kind: kind.into(), id: id.into(), attributes: Map::default() };
        world.provider.explain(&question).await
    };
    let told = why("aws.eks_node_group", "shop/blue").await;
    let expected = "ConfigUpdate a failed: Reached max retries (PodEvictionFailure: ip-10-0-1-7)";
    assert_eq!(told.as_deref(), Some(expected));
    assert_eq!(why("aws.vpc", "vpc-1").await, None, "of other kinds AWS says it with the object");
}
