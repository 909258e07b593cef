//! The conformance suite for ElastiCache.

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Map, Value, map};
use flashinfra_providers::conformance::{Case, Verdict};

use crate::conformance::{conforms_on_each, tags};
use crate::world::{World, ids, schema};

#[tokio::test]
async fn elasticache_subnet_group() {
    conforms_on_each("conformance-cache-subnets", async |world: &World| {
        let vpc = world.vpc().await;
        let subnets = world.subnets(&vpc).await;
        let attributes = map! {
            "name" => "conformance-cache-subnets", "subnet_ids" => ids(&subnets), "tags" => tags(&[("Name", "cache")]),
        };
        Case::new(schema("aws.elasticache_subnet_group"), attributes)
            .unknown_id("conformance-cache-unknown")
            .update("subnet_ids", ids(&subnets[..1]))
            .update("description", "for the shop".into())
            .update("tags", tags(&[("Owner", "data")]))
            .clear("tags")
            .replacement("name", "conformance-cache-other".into())
    })
    .await;
}

#[tokio::test]
async fn elasticache_parameter_group() {
    conforms_on_each("conformance-cache-parameters", async |_: &World| {
        let attributes = map! {
            "name" => "conformance-cache-parameters", "family" => "redis7",
            "parameters" => tags(&[("maxmemory-policy", "noeviction"), ("timeout", "60")]),
            "tags" => tags(&[("Name", "cache")]),
        };
        Case::new(schema("aws.elasticache_parameter_group"), attributes)
            .unknown_id("conformance-cache-unknown")
            .update("parameters", tags(&[("timeout", "90"), ("databases", "4")]))
            .update("tags", tags(&[("Owner", "data")]))
            .clear("parameters")
            .replacement("family", "redis6.x".into())
    })
    .await;
}

/// A cache as FlashMM has it.
fn group(name: &str) -> Map {
    map! {
        "replication_group_id" => name, "engine" => "redis", "engine_version" => "7.1", "cache_node_type" => "cache.r6g.large",
        "num_cache_clusters" => 2, "automatic_failover_enabled" => true, "multi_az_enabled" => true,
        "at_rest_encryption_enabled" => true, "transit_encryption_enabled" => true, "snapshot_retention_limit" => 5,
        "snapshot_window" => "03:00-05:00", "maintenance_window" => "sun:05:00-sun:06:00",
        "tags" => tags(&[("Name", "cache")]),
    }
}

#[tokio::test]
async fn elasticache_replication_group() {
    conforms_on_each("conformance-cache", async |world: &World| {
        let firewall = world.vpc().await;
        let firewall = world.make("aws.security_group", "cache", map! { "vpc_id" => firewall.id.as_str() }).await;
        let attributes = group("conformance-cache").with("security_group_ids", ids(&[firewall]));
        Case::new(schema("aws.elasticache_replication_group"), attributes)
            .unknown_id("conformance-cache-unknown")
            .update("cache_node_type", "cache.r6g.xlarge".into())
            .update("num_cache_clusters", 3.into())
            .update("multi_az_enabled", false.into())
            .update("automatic_failover_enabled", false.into())
            .update("num_cache_clusters", 1.into())
            .update("snapshot_retention_limit", 7.into())
            .update("tags", tags(&[("Owner", "data")]))
            .replacement("at_rest_encryption_enabled", false.into())
            .delete_arguments(map! { "skip_final_snapshot" => true })
    })
    .await;
}

#[tokio::test]
async fn a_replication_group_with_a_token() {
    let reports = conforms_on_each("conformance-cache-token", async |_: &World| {
        let token = Value::Secret(Box::new(Secret::Env { name: "CACHE_TOKEN".into(), version: 1 }));
        let attributes = group("conformance-cache-token").with("auth_token", token);
        Case::new(schema("aws.elasticache_replication_group"), attributes)
            .secret("auth_token", "correct-horse-battery")
            .unknown_id("conformance-cache-unknown")
            .update("auth_token", Value::Secret(Box::new(Secret::Env { name: "CACHE_TOKEN".into(), version: 2 })))
            .delete_arguments(map! { "skip_final_snapshot" => true })
    })
    .await;
    assert!(reports.iter().any(|report| report.verdict("secrets") == Some(&Verdict::Holds)));
}

/// What a node only tells, and what ministack changes of the group alone.
#[tokio::test]
async fn settings_of_the_nodes_of_a_replication_group() {
    conforms_on_each("conformance-cache-nodes", async |_: &World| {
        Case::new(schema("aws.elasticache_replication_group"), group("conformance-cache-nodes"))
            .unknown_id("conformance-cache-unknown")
            .update("maintenance_window", "mon:05:00-mon:06:00".into())
            .delete_arguments(map! { "skip_final_snapshot" => true })
    })
    .await;
}
