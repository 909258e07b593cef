//! The sandbox serves the kinds of a real cloud, from their schemas alone.

use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Map, Name, Value, map};
use flashinfra_providers::Outcome;
use flashinfra_providers::conformance::{self, Case};
use flashinfra_providers_memory::Sandbox;
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;
use flashinfra_stacks_aws::{
    AcmCertificate, BackupPlan, BackupVault, CloudwatchLogGroup, DbInstance, DbParameterGroup, DbSnapshot,
    DbSubnetGroup, EcrRepository, Eip, EksAccessEntry, EksAddon, EksCluster, EksNodeGroup, EksPodIdentityAssociation,
    ElasticacheParameterGroup, ElasticacheReplicationGroup, ElasticacheSubnetGroup, IamInstanceProfile,
    IamOpenidConnectProvider, IamPolicy, IamRole, InternetGateway, KmsAlias, KmsKey, LaunchTemplate, NatGateway,
    Route53Record, Route53Zone, RouteTable, RouteTableAssociation, S3Bucket, SCHEMAS, SecretsmanagerSecret,
    SecurityGroup, Subnet, Vpc, VpcEndpoint,
};

use crate::kinds::{aws, create, delete, options, question, schemas, update, value};

fn texts(texts: &[&str]) -> Value {
    Value::List(texts.iter().map(|text| value(text)).collect())
}

fn database() -> Map {
    map! {
        "identifier" => "Shop-Main", "engine" => "postgres", "engine_version" => "15", "instance_class" => "db.t4g.micro",
        "allocated_storage" => 20, "username" => "shop", "db_subnet_group_name" => "shop", "deletion_protection" => true,
    }
}

#[tokio::test]
async fn what_can_be_set_once_takes_one_value() {
    let sandbox = Sandbox::open(None, schemas([InternetGateway::SCHEMA.clone()]), options()).unwrap();
    let provider = aws(&sandbox);
    let request = create("aws.internet_gateway/main", map! { "vpc_id" => "vpc-1" });
    let Outcome::Done(gateway) = provider.create(&request).await.unwrap() else { panic!("not done") };
    let attach = |vpc: &str| update("aws.internet_gateway/main", &gateway.id, &["vpc_id"], map! { "vpc_id" => vpc });
    assert!(provider.update(&attach("vpc-1")).await.is_ok());
    assert_eq!(provider.update(&attach("vpc-2")).await.unwrap_err().code, "ImmutableAttribute");
}

#[tokio::test]
async fn all_kinds_conform() {
    let rule = |port: i64| {
        Value::Map(map! { "protocol" => "TCP", "from_port" => port, "to_port" => port, "cidr" => "10.0.0.1/8" })
    };
    let policy = |action: &str| value(&format!("{{ \"Version\": \"2012-10-17\", \"Action\": \"{action}\" }}"));
    let password = Value::Secret(Box::new(Secret::Env { name: "PASSWORD".into(), version: 1 }));
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    let cases = [
        case(Vpc::SCHEMA, map! { "cidr_block" => "10.0.0.0/16" })
            .update("enable_dns_hostnames", Value::Bool(true))
            .update("tags", Value::Map(map! { "Name" => "main" })),
        case(
            Subnet::SCHEMA,
            map! { "vpc_id" => "vpc-1", "cidr_block" => "10.0.1.0/24", "availability_zone" => "us-east-1b" },
        )
        .replacement("availability_zone", value("us-east-1c")),
        case(SecurityGroup::SCHEMA, map! { "vpc_id" => "vpc-1", "ingress" => Value::from(vec![rule(443), rule(80)]) })
            .update("ingress", Value::from(vec![rule(22), rule(443)]))
            .update("egress", Value::from(vec![])),
        case(IamRole::SCHEMA, map! { "name" => "nodes", "assume_role_policy" => policy("sts:AssumeRole") })
            .update("assume_role_policy", policy("sts:TagSession"))
            .update("inline_policies", Value::Map(map! { "logs" => policy("logs:*") })),
        case(DbSubnetGroup::SCHEMA, map! { "name" => "Shop", "subnet_ids" => texts(&["subnet-b", "subnet-a"]) })
            .update("subnet_ids", texts(&["subnet-c", "subnet-a"])),
        case(
            DbParameterGroup::SCHEMA,
            map! { "name" => "Shop", "family" => "postgres16", "parameters" => map! { "work_mem" => "8192" } },
        )
        .update("parameters", Value::Map(map! { "jit" => "0" }))
        .clear("parameters")
        .replacement("family", value("postgres17")),
        case(DbSnapshot::SCHEMA, map! { "identifier" => "before-17", "db_instance_identifier" => "shop" })
            .update("tags", Value::Map(map! { "Name" => "before the migration" }))
            .replacement("db_instance_identifier", value("other")),
        case(DbInstance::SCHEMA, database().with("master_user_password", password))
            .secret("master_user_password", "a password that nobody else has")
            .update("allocated_storage", Value::Integer(40))
            .replacement("db_subnet_group_name", value("other"))
            .delete_arguments(map! { "skip_final_snapshot" => true }),
        case(
            EksCluster::SCHEMA,
            map! {
                "name" => "shop", "role_arn" => "arn:aws:iam::1:role/eks", "version" => "1.33",
                "vpc_config" => map! { "subnet_ids" => texts(&["subnet-a", "subnet-b"]) },
            },
        )
        .update("version", value("1.34")),
    ];
    for case in cases
        .into_iter()
        .chain(networking())
        .chain(keys())
        .chain(caches())
        .chain(stores())
        .chain(storage())
        .chain(identity())
        .chain(clusters())
    {
        let sandbox = Sandbox::open(None, schemas(SCHEMAS.iter().copied().cloned()), options()).unwrap();
        let report = conformance::run(aws(&sandbox), &case).await;
        report.assert_conforms();
        assert_eq!(sandbox.objects().unwrap().len(), 0, "{report}");
    }
}

/// What is inside of a cluster.
fn clusters() -> Vec<Case> {
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    let sizes = |max: i64| Value::Map(map! { "min_size" => 1, "max_size" => max, "desired_size" => 3 });
    let role = |name: &str| value(&format!("arn:aws:iam::1:role/{name}"));
    let policy = Value::Map(map! { "policy_arn" => "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy" });
    vec![
        case(
            EksNodeGroup::SCHEMA,
            map! {
                "cluster_name" => "shop", "name" => "workers", "node_role" => role("nodes"), "version" => "1.33",
                "subnets" => texts(&["subnet-a"]), "scaling_config" => sizes(5),
            },
        )
        .update("scaling_config", sizes(10))
        .update("version", value("1.34"))
        .replacement("node_role", role("other")),
        case(EksAddon::SCHEMA, map! { "cluster_name" => "shop", "name" => "vpc-cni", "addon_version" => "v1" })
            .update("addon_version", value("v2")),
        case(EksAccessEntry::SCHEMA, map! { "cluster_name" => "shop", "principal_arn" => role("admin") })
            .update("access_policies", Value::from(vec![policy])),
        case(
            EksPodIdentityAssociation::SCHEMA,
            map! {
                "cluster_name" => "shop", "namespace" => "shop", "service_account" => "api", "role_arn" => role("api"),
            },
        )
        .update("role_arn", role("other")),
    ]
}

/// What IAM has beside roles.
fn identity() -> Vec<Case> {
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    let policy = |action: &str| value(&format!("{{ \"Version\": \"2012-10-17\", \"Action\": \"{action}\" }}"));
    vec![
        case(IamPolicy::SCHEMA, map! { "name" => "logs", "policy_document" => policy("logs:Put") })
            .update("policy_document", policy("logs:*")),
        case(IamInstanceProfile::SCHEMA, map! { "name" => "nodes", "role" => "nodes" }).update("role", value("other")),
        case(
            IamOpenidConnectProvider::SCHEMA,
            map! { "url" => "https://issuer.invalid/1", "client_id_list" => texts(&["sts.amazonaws.com"]) },
        )
        .update("client_id_list", texts(&["shop"])),
    ]
}

/// The ways out of a network.
fn networking() -> Vec<Case> {
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    let route = |way: &str, id: &str| Value::Map(map! { "cidr" => "0.0.0.0/0" }.with(way, value(id)));
    let tags = |name: &str| Value::Map(map! { "Name" => name });
    vec![
        case(InternetGateway::SCHEMA, map! { "vpc_id" => "vpc-1" }).update("tags", tags("main")),
        case(Eip::SCHEMA, Map::default()).update("tags", tags("nat")),
        case(LaunchTemplate::SCHEMA, map! { "instance_type" => "t3.large", "user_data" => "#!/bin/sh" })
            .update("instance_type", value("t3.xlarge"))
            .clear("user_data"),
        case(NatGateway::SCHEMA, map! { "subnet_id" => "subnet-1", "allocation_id" => "eipalloc-1" })
            .update("tags", tags("a"))
            .replacement("allocation_id", value("eipalloc-2")),
        case(
            RouteTable::SCHEMA,
            map! { "vpc_id" => "vpc-1", "routes" => Value::from(vec![route("internet_gateway", "igw-1")]) },
        )
        .update("routes", Value::from(vec![route("nat_gateway", "nat-1")])),
        case(VpcEndpoint::SCHEMA, map! { "vpc_id" => "vpc-1", "service_name" => "com.amazonaws.us-east-1.s3" })
            .update("route_table_ids", texts(&["rtb-b", "rtb-a"]))
            .update("private_dns_enabled", Value::Bool(true)),
        case(RouteTableAssociation::SCHEMA, map! { "subnet_id" => "subnet-1", "route_table_id" => "rtb-1" })
            .update("route_table_id", value("rtb-2")),
    ]
}

/// Keys and their names, and what is encrypted with one.
fn keys() -> [Case; 3] {
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    [
        case(KmsKey::SCHEMA, map! { "description" => "databases", "enable_key_rotation" => true })
            .update("description", value("databases and caches"))
            .replacement("key_usage", value("SIGN_VERIFY"))
            .delete_arguments(map! { "deletion_window_in_days" => 7 }),
        case(KmsAlias::SCHEMA, map! { "name" => "alias/shop", "target_key_id" => "1b2c" })
            .update("target_key_id", value("3d4e")),
        case(CloudwatchLogGroup::SCHEMA, map! { "name" => "/shop/api", "retention_in_days" => 30 })
            .update("retention_in_days", Value::Integer(90))
            .update("deletion_protection_enabled", Value::Bool(true))
            .update("deletion_protection_enabled", Value::Bool(false))
            .clear("retention_in_days")
            .replacement("log_group_class", value("INFREQUENT_ACCESS")),
    ]
}

/// What a cache takes.
fn caches() -> Vec<Case> {
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    let token = Value::Secret(Box::new(Secret::Env { name: "TOKEN".into(), version: 1 }));
    let group = map! {
        "replication_group_id" => "Shop", "engine" => "redis", "engine_version" => "7", "num_cache_clusters" => 2,
        "cache_node_type" => "cache.t4g.micro", "cache_subnet_group_name" => "shop", "auth_token" => token,
    };
    vec![
        case(
            ElasticacheSubnetGroup::SCHEMA,
            map! { "name" => "Shop", "subnet_ids" => texts(&["subnet-b", "subnet-a"]) },
        )
        .update("subnet_ids", texts(&["subnet-c", "subnet-a"])),
        case(
            ElasticacheParameterGroup::SCHEMA,
            map! { "name" => "Shop", "family" => "redis7", "parameters" => map! { "timeout" => "60" } },
        )
        .update("parameters", Value::Map(map! { "databases" => "4" }))
        .replacement("family", value("valkey8")),
        case(ElasticacheReplicationGroup::SCHEMA, group)
            .secret("auth_token", "a token that nobody else has")
            .update("num_cache_clusters", Value::Integer(3))
            .replacement("port", Value::Integer(6380))
            .delete_arguments(map! { "skip_final_snapshot" => true }),
    ]
}

/// What keeps secrets and images.
fn stores() -> Vec<Case> {
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    let secret = Value::Secret(Box::new(Secret::Env { name: "VALUE".into(), version: 1 }));
    vec![
        case(SecretsmanagerSecret::SCHEMA, map! { "name" => "shop/database", "secret_string" => secret })
            .secret("secret_string", "a value that nobody else has")
            .update("replica_regions", texts(&["eu-west-1"]))
            .clear("replica_regions")
            .replacement("name", value("shop/other")),
        case(EcrRepository::SCHEMA, map! { "name" => "shop/api", "lifecycle_policy" => "{\"rules\": []}" })
            .update("image_tag_mutability", value("IMMUTABLE"))
            .clear("lifecycle_policy")
            .replacement("encryption_type", value("KMS")),
    ]
}

/// What keeps data and names.
fn storage() -> Vec<Case> {
    let case = |schema: &Schema, inputs: Map| Case::new(Arc::new(schema.clone()), inputs).poll(Duration::ZERO);
    let rules = |days: i64| Value::from(vec![Value::from(map! { "id" => "old", "expiration_in_days" => days })]);
    let backups = |when: &str| {
        let rule = map! { "rule_name" => "daily", "target_backup_vault" => "shop", "schedule_expression" => when };
        Value::from(vec![Value::from(rule)])
    };
    let selection = map! { "selection_name" => "all", "iam_role_arn" => "arn:aws:iam::1:role/backup" };
    let selections = Value::from(vec![Value::from(selection.with("resources", texts(&["*"])))]);
    vec![
        case(
            S3Bucket::SCHEMA,
            map! {
                "name" => "shop-data", "versioning" => "Enabled", "lifecycle_rules" => rules(30),
                "public_access_block" => map! { "block_public_acls" => true },
            },
        )
        .update("lifecycle_rules", rules(60))
        .update("versioning", value("Suspended"))
        .replacement("name", value("shop-other")),
        case(BackupVault::SCHEMA, map! { "name" => "shop" })
            .update("tags", Value::Map(map! { "Name" => "shop" }))
            .replacement("name", value("other")),
        case(BackupPlan::SCHEMA, map! { "name" => "shop", "rules" => backups("cron(0 2 * * ? *)") })
            .update("rules", backups("cron(0 3 * * ? *)"))
            .update("selections", selections)
            .clear("selections"),
        case(AcmCertificate::SCHEMA, map! { "domain_name" => "shop.example.com" })
            .update("tags", Value::Map(map! { "Name" => "shop" }))
            .replacement("domain_name", value("www.example.com")),
        case(Route53Zone::SCHEMA, map! { "name" => "example.com" }).update("comment", value("the shop")),
        case(
            Route53Record::SCHEMA,
            map! {
                "zone_id" => "Z1", "name" => "WWW.example.com.", "type" => "A", "ttl" => 300,
                "records" => texts(&["203.0.113.7"]),
            },
        )
        .update("records", texts(&["203.0.113.8"]))
        .replacement("type", value("AAAA")),
    ]
}

#[tokio::test]
async fn ids_and_computed_values_look_like_the_real_ones() {
    let sandbox = Sandbox::open(None, schemas(SCHEMAS.iter().copied().cloned()), options()).unwrap();
    let provider = aws(&sandbox);
    let made = async |address: &str, inputs: Map| {
        let outcome = provider.create(&create(address, inputs)).await.unwrap();
        let kind = address.split('/').next().unwrap();
        let id = match outcome {
            Outcome::Done(object) => object.id,
            Outcome::Accepted(id) | Outcome::Derived(id) => id,
            Outcome::Gone | Outcome::Changed(_) => panic!("a create makes something"),
        };
        for _ in 0..2 {
            provider.read(&[question(kind, &id)]).await;
        }
        sandbox.objects().unwrap().into_iter().find(|listed| listed.object.id == id).unwrap().object
    };
    let group = made("aws.security_group/web", map! { "vpc_id" => "vpc-1" }).await;
    assert!(group.id.starts_with("sg-0"), "{}", group.id);
    let database = made("aws.db_instance/main", database()).await;
    assert_eq!(database.id, "shop-main");
    let starts = |name: &str, start: &str| {
        let text = database.attributes.get(name).and_then(Value::as_text).unwrap_or_default().to_string();
        assert!(text.starts_with(start), "{name} is {text}");
    };
    starts("arn", "arn:aws:db:us-east-1:000000000000:instance/shop-main");
    starts("address", "address.shop-main.us-east-1.aws.sandbox.invalid");
    starts("availability_zone", "us-east-1a");
    starts("kms_key_id", "arn:aws:kms-key:us-east-1:");
    starts("master_user_secret_arn", "arn:aws:secret:us-east-1:");
    assert_eq!(database.attributes.get("port"), Some(&Value::Integer(5432)));
    assert_eq!(database.attributes.get("pending_changes"), Some(&Value::from(vec![])));
    let domains = map! { "domain_name" => "shop.test", "subject_alternative_names" => texts(&["www.shop.test"]) };
    let certificate = made("aws.acm_certificate/main", domains).await;
    let proofs = certificate.attributes.get("validation_record_names").and_then(Value::as_map).unwrap();
    assert_eq!(proofs.iter().map(|(domain, _)| domain.as_str()).collect::<Vec<_>>(), ["shop.test", "www.shop.test"]);
}

#[tokio::test]
async fn names_in_use_are_known_by_the_attribute_that_holds_them() {
    let sandbox = Sandbox::open(None, schemas(SCHEMAS.iter().copied().cloned()), options()).unwrap();
    let provider = aws(&sandbox);
    let group = map! { "name" => "shop", "subnet_ids" => texts(&["subnet-a"]), "tags" => map! { "Name" => "shop" } };
    provider.create(&create("aws.db_subnet_group/shop", group)).await.unwrap();
    let role = map! { "name" => "shop", "assume_role_policy" => "{}" };
    provider.create(&create("aws.iam_role/shop", role)).await.unwrap();
    let database = database().with("deletion_protection", Value::Bool(false));
    provider.create(&create("aws.db_instance/main", database)).await.unwrap();
    let refused = provider.delete(&delete("aws.db_subnet_group", "shop")).await.unwrap_err();
    assert_eq!(refused.code, "DependencyViolation");
    // A role of the same name is used by nobody.
    assert_eq!(provider.delete(&delete("aws.iam_role", "shop")).await, Ok(Outcome::Gone));
    sandbox.remove("aws.db_instance", "shop-main").unwrap();
    assert_eq!(provider.delete(&delete("aws.db_subnet_group", &Name::from("Shop"))).await, Ok(Outcome::Gone));
}
