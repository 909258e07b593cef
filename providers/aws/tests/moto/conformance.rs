//! The conformance suite for each kind, on each server.

use std::sync::Arc;

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Map, Value, map};
use flashinfra_providers::conformance::{self, Case, Report};
use flashinfra_stacks::schema::{Schema, Seconds};
use flashinfra_stacks_aws::trust_service;

use crate::gaps;
use crate::permissions;
use crate::world::{Server, World, ids, schema, texts};

/// Runs the suite on each server, and asserts that it finds the gaps that `gaps.rs` names, and nothing else: once a server has
/// closed one, the test says so.
pub(crate) async fn conforms_on_each(stack: &str, case: impl AsyncFn(&World) -> Case) -> Vec<Report> {
    let mut reports = Vec::new();
    for server in Server::ALL {
        let world = World::on(server, stack).await;
        let case = without_lag(case(&world).await.stack(stack));
        let report = run(&world, &case).await;
        gaps::assert_known(server, stack, &report);
        reports.push(report);
    }
    reports
}

/// Runs the suite. The kind has to name the permissions of all that it calls.
async fn run(world: &World, case: &Case) -> Report {
    let before = world.provider.calls();
    let report = conformance::run(world.provider.clone(), case).await;
    permissions::name_every_call(&case.schema.kind, &before, &world.provider.calls());
    report
}

/// Neither server shows or does anything late: what it has not done at once, it never does, and nobody has to wait for it.
pub(crate) fn without_lag(case: Case) -> Case {
    let timeouts = Seconds { create: 5, update: 5, delete: 5 };
    let schema = Schema { settle_seconds: 1, timeouts, ..case.schema.as_ref().clone() };
    Case { schema: Arc::new(schema), ..case }
}

/// Runs the suite and asserts that it finds nothing.
pub(crate) async fn conforms(world: &World, case: Case) -> Report {
    conforms_but(world, case, &[]).await
}

/// Runs the suite and asserts that nothing fails but these checks, each for a gap of moto's: once moto has closed it, the test
/// says so.
pub(crate) async fn conforms_but(world: &World, case: Case, gaps: &[(&str, &str)]) -> Report {
    let report = run(world, &case.stack(&world.stack)).await;
    let failures: Vec<&str> = report.failures().map(|check| check.name.as_str()).collect();
    let expected: Vec<&str> = gaps.iter().map(|(check, _)| *check).collect();
    assert_eq!(failures, expected, "{report}\ngaps of moto: {gaps:?}");
    report
}

pub(crate) fn tags(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(key, value)| ((*key).into(), Value::from(*value))).collect::<Map>().into()
}

#[tokio::test]
async fn vpc() {
    conforms_on_each("conformance-vpc", async |world: &World| {
        let server = world.server;
        Case::new(
            schema("aws.vpc"),
            map! {
                "cidr_block" => "10.0.0.0/16", "enable_dns_support" => true, "enable_dns_hostnames" => true,
                "tags" => tags(&[("Name", "main")]),
            },
        )
        .unknown_id("vpc-0123456789abcdef0")
        .foreign(
            "tags",
            tags(&[("Name", "main"), ("Theirs", "1")]),
            Arc::new(move |id| {
                Box::pin(async move {
                    let tag = aws_sdk_ec2::types::Tag::builder().key("Theirs").value("1").build();
                    let ec2 = aws_sdk_ec2::Client::new(&server.sdk().await);
                    ec2.create_tags().resources(id.as_str()).tags(tag).send().await.unwrap();
                })
            }),
        )
        .update("enable_dns_hostnames", false.into())
        .update("tags", tags(&[("Name", "other"), ("Owner", "network")]))
        .clear("tags")
        .replacement("cidr_block", "10.1.0.0/16".into())
    })
    .await;
}

#[tokio::test]
async fn subnet() {
    conforms_on_each("conformance-subnet", async |world: &World| {
        let vpc = world.vpc().await;
        let attributes = |cidr: &str| {
            map! {
                "vpc_id" => vpc.id.as_str(), "cidr_block" => cidr, "availability_zone" => "us-east-1b",
                "map_public_ip_on_launch" => true, "tags" => tags(&[("Name", "public")]),
            }
        };
        Case::new(schema("aws.subnet"), attributes("10.0.1.0/24"))
            .second(attributes("10.0.2.0/24"))
            .unknown_id("subnet-0123456789abcdef0")
            .update("map_public_ip_on_launch", false.into())
            .update("tags", tags(&[("Name", "private")]))
            .replacement("availability_zone", "us-east-1a".into())
    })
    .await;
}

#[tokio::test]
async fn security_group() {
    conforms_on_each("conformance-group", async |world: &World| {
        let vpc = world.vpc().await;
        let other = world.make("aws.security_group", "nodes", map! { "vpc_id" => vpc.id.as_str() }).await;
        let tcp = |port: i64| map! { "protocol" => "tcp", "from_port" => port, "to_port" => port };
        let inside = tcp(5432).with("cidr", "10.0.0.0/16".into()).with("description", "inside".into());
        let ingress: Vec<Value> = vec![
            inside.clone().into(),
            tcp(6379).with("security_group", other.id.as_str().into()).into(),
            map! { "protocol" => "-1", "self_group" => true }.into(),
        ];
        let described: Vec<Value> = vec![inside.into(), tcp(443).with("cidr", "2001:db8::/32".into()).into()];
        let egress: Vec<Value> = vec![map! { "protocol" => "-1", "cidr" => "10.0.0.0/8" }.into()];
        Case::new(
            schema("aws.security_group"),
            map! {
                "vpc_id" => vpc.id.as_str(), "description" => "databases", "ingress" => ingress, "egress" => egress,
            },
        )
        .unknown_id("sg-0123456789abcdef0")
        .update("ingress", described.into())
        .update("egress", Value::from(Vec::<Value>::new()))
        .update("tags", tags(&[("Name", "databases")]))
        .clear("ingress")
        .replacement("description", "other".into())
    })
    .await;
}

/// What a rule is for is changed without taking it away for a moment.
#[tokio::test]
async fn the_description_of_a_rule() {
    conforms_on_each("conformance-described-rule", async |world: &World| {
        let vpc = world.vpc().await;
        let rules = |description: &str| -> Value {
            let rule = map! { "protocol" => "tcp", "from_port" => 443, "to_port" => 443, "cidr" => "10.0.0.0/16" };
            vec![Value::from(rule.with("description", description.into()))].into()
        };
        Case::new(schema("aws.security_group"), map! { "vpc_id" => vpc.id.as_str(), "ingress" => rules("inside") })
            .unknown_id("sg-0123456789abcdef0")
            .update("ingress", rules("from inside"))
    })
    .await;
}

#[tokio::test]
async fn iam_role() {
    conforms_on_each("conformance-role", async |world: &World| {
        let server = world.server;
        let managed = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
        let policy = |action: &str| -> Value {
            let text = format!(
                r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
            );
            text.into()
        };
        Case::new(
            schema("aws.iam_role"),
            map! {
                "name" => "conformance-role", "path" => "/shop/", "description" => "for the cluster",
                "assume_role_policy" => trust_service("eks.amazonaws.com"), "max_session_duration" => 7200,
                "managed_policy_arns" => texts([managed("AmazonEKSClusterPolicy").as_str()]),
                "inline_policies" => map! { "logs" => policy("logs:PutLogEvents") },
                "tags" => tags(&[("Name", "cluster")]),
            },
        )
        .unknown_id("conformance-role-unknown")
        .foreign(
            "managed_policy_arns",
            texts([managed("AmazonEKSClusterPolicy").as_str(), managed("ReadOnlyAccess").as_str()]),
            Arc::new(move |id| {
                Box::pin(async move {
                    let iam = aws_sdk_iam::Client::new(&server.sdk().await);
                    let call = iam.attach_role_policy().role_name(id.as_str());
                    call.policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess").send().await.unwrap();
                })
            }),
        )
        .update("managed_policy_arns", texts([managed("AmazonEKSVPCResourceController").as_str()]))
        .update("description", "for the cluster, and more".into())
        .update("max_session_duration", 3600.into())
        .update("assume_role_policy", trust_service("ec2.amazonaws.com").into())
        .update("inline_policies", map! { "metrics" => policy("cloudwatch:PutMetricData") }.into())
        .update("permissions_boundary", managed("AdministratorAccess").into())
        .update("tags", tags(&[("Owner", "platform")]))
        .clear("permissions_boundary")
        .clear("inline_policies")
        .clear("description")
        .replacement("path", "/".into())
    })
    .await;
}

#[tokio::test]
async fn db_subnet_group() {
    conforms_on_each("conformance-subnet-group", async |world: &World| {
        let vpc = world.vpc().await;
        let subnets = world.subnets(&vpc).await;
        Case::new(
            schema("aws.db_subnet_group"),
            map! {
                "name" => "conformance-group", "subnet_ids" => ids(&subnets), "tags" => tags(&[("Name", "databases")]),
            },
        )
        .unknown_id("conformance-group-unknown")
        .update("tags", tags(&[("Owner", "data")]))
        .replacement("name", "conformance-other".into())
    })
    .await;
}

/// A database as a stack declares it. moto takes windows that touch for windows that overlap.
pub(crate) fn database(identifier: &str) -> Map {
    map! {
        "identifier" => identifier, "engine" => "postgres", "engine_version" => "15", "instance_class" => "db.r5.large",
        "allocated_storage" => 100, "storage_type" => "gp3", "storage_encrypted" => true, "username" => "shop",
        "multi_az" => true, "backup_retention_period" => 7, "backup_window" => "03:00-04:00",
        "maintenance_window" => "sun:04:30-sun:05:30", "skip_final_snapshot" => true,
        "tags" => tags(&[("Name", "databases")]),
    }
}

#[tokio::test]
async fn db_instance() {
    let reports = conforms_on_each("conformance-database", async |world: &World| {
        let vpc = world.vpc().await;
        let subnets = world.subnets(&vpc).await;
        let group = map! { "name" => "conformance-database", "subnet_ids" => ids(&subnets) };
        let group = world.make("aws.db_subnet_group", "databases", group).await;
        let firewall = world.make("aws.security_group", "databases", map! { "vpc_id" => vpc.id.as_str() }).await;
        let attributes = database("conformance-database")
            .with("db_subnet_group_name", group.id.as_str().into())
            .with("vpc_security_group_ids", ids(&[firewall]));
        Case::new(schema("aws.db_instance"), attributes)
            .unknown_id("conformance-database-unknown")
            .update("instance_class", "db.r5.xlarge".into())
            .update("backup_retention_period", 14.into())
            .update("allocated_storage", 200.into())
            .update("tags", tags(&[("Owner", "data")]))
            .update("deletion_protection", true.into())
            .replacement("storage_encrypted", false.into())
            .delete_arguments(map! { "skip_final_snapshot" => true })
    })
    .await;
    for report in reports {
        assert_eq!(report.verdict("guard deletion_protection"), Some(&conformance::Verdict::Holds));
    }
}

#[tokio::test]
async fn a_db_instance_with_a_password_of_its_own() {
    let reports = conforms_on_each("conformance-password", async |_: &World| {
        let password = Value::Secret(Box::new(Secret::Env { name: "DB_PASSWORD".into(), version: 1 }));
        Case::new(schema("aws.db_instance"), database("conformance-password").with("master_user_password", password))
            .secret("master_user_password", "correct-horse-battery")
            .unknown_id("conformance-password-unknown")
            .delete_arguments(map! { "skip_final_snapshot" => true })
    })
    .await;
    for report in reports {
        assert_eq!(report.verdict("secrets"), Some(&conformance::Verdict::Holds));
    }
}

#[tokio::test]
async fn eks_cluster() {
    conforms_on_each("conformance-cluster", async |world: &World| {
        let vpc = world.vpc().await;
        let subnets = world.subnets(&vpc).await;
        let role = map! { "name" => "conformance-cluster", "assume_role_policy" => trust_service("eks.amazonaws.com") };
        let role = world.make("aws.iam_role", "cluster", role).await;
        let vpc_config = map! {
            "subnet_ids" => ids(&subnets), "endpoint_public_access" => true, "endpoint_private_access" => true,
        };
        Case::new(
            schema("aws.eks_cluster"),
            map! {
                "name" => "conformance-cluster", "version" => "1.33", "vpc_config" => vpc_config,
                "role_arn" => role.attributes.get("arn").unwrap().clone(),
                "enabled_cluster_log_types" => texts(["api", "audit"]),
                "encryption_key_arn" => "arn:aws:kms:us-east-1:123456789012:key/0b5fb2f8-dcbb-4a3f-9a4d-000000000000",
                "tags" => tags(&[("Name", "main")]),
            },
        )
        .unknown_id("conformance-cluster-unknown")
        .update("tags", tags(&[("Owner", "platform")]))
        .replacement("role_arn", "arn:aws:iam::123456789012:role/other".into())
    })
    .await;
}
