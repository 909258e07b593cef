//! The conformance suite for VPC endpoints on ministack: moto takes no filter on their ids. What ministack does not keep of them
//! (policy, groups, private DNS) is tested by what is sent (`vpc_endpoint/tests.rs`).

use flashinfra_plans::{Map, map};
use flashinfra_providers::conformance::Case;

use crate::conformance::{conforms_but, tags, without_lag};
use crate::world::{Server, World, ids, schema};

const DELETED_TWICE: (&str, &str) = ("delete absent", "DeleteVpcEndpoints deletes what is not there");

#[tokio::test]
async fn gateway_endpoint() {
    let (_proxy, world) = World::with_tokens(Server::Ministack, "conformance-gateway-endpoint").await;
    let vpc = world.vpc().await;
    let mut tables = Vec::new();
    for name in ["a", "b", "c"] {
        tables.push(world.make("aws.route_table", name, map! { "vpc_id" => vpc.id.as_str() }).await);
    }
    let attributes = map! {
        "vpc_id" => vpc.id.as_str(), "service_name" => "com.amazonaws.us-east-1.s3",
        "route_table_ids" => ids(&tables[..2]), "tags" => tags(&[("Name", "s3")]),
    };
    let case = Case::new(schema("aws.vpc_endpoint"), attributes)
        .unknown_id("vpce-0123456789abcdef0")
        .update("route_table_ids", ids(&tables[1..]))
        .update("tags", tags(&[("Owner", "network")]))
        .clear("route_table_ids")
        .replacement("service_name", "com.amazonaws.us-east-1.dynamodb".into());
    let _ = conforms_but(&world, without_lag(case), &[DELETED_TWICE]).await;
}

#[tokio::test]
async fn interface_endpoint() {
    let (_proxy, world) = World::with_tokens(Server::Ministack, "conformance-interface-endpoint").await;
    let vpc = world.vpc().await;
    let subnets = world.subnets(&vpc).await;
    let attributes = |service: &str| -> Map {
        map! {
            "vpc_id" => vpc.id.as_str(), "service_name" => format!("com.amazonaws.us-east-1.{service}"),
            "vpc_endpoint_type" => "Interface", "subnet_ids" => ids(&subnets[..1]),
        }
    };
    let case = Case::new(schema("aws.vpc_endpoint"), attributes("ecr.api"))
        .second(attributes("ecr.dkr"))
        .unknown_id("vpce-0123456789abcdef0")
        .update("subnet_ids", ids(&subnets))
        .update("tags", tags(&[("Name", "ecr")]))
        .replacement("vpc_endpoint_type", "Gateway".into());
    let _ = conforms_but(&world, without_lag(case), &[DELETED_TWICE]).await;
}
