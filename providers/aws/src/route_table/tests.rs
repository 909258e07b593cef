use aws_sdk_ec2::types::{Route as LiveRoute, RouteOrigin};
use flashinfra_plans::{Map, Value, map};
use flashinfra_providers::{Class, Error};

use super::routes::{Destination, Route, RouteChange};
use super::{RouteTable, about_routes, from_response};

fn routes(blocks: impl IntoIterator<Item = Map>) -> Vec<Route> {
    let blocks: Vec<Value> = blocks.into_iter().map(Value::from).collect();
    Route::declared(&map! { "routes" => blocks })
}

fn via_nat(cidr: &str, id: &str) -> Map {
    map! { "cidr" => cidr, "nat_gateway" => id }
}

#[test]
fn a_route_is_told_apart_by_its_destination() {
    let before = routes([via_nat("0.0.0.0/0", "nat-1"), via_nat("10.9.0.0/16", "nat-1")]);
    let after = routes([via_nat("0.0.0.0/0", "nat-2"), via_nat("10.8.0.0/16", "nat-1")]);
    let change = RouteChange::planned(&before, &before, &after);
    assert_eq!(change.create, routes([via_nat("10.8.0.0/16", "nat-1")]));
    assert_eq!(change.replace, routes([via_nat("0.0.0.0/0", "nat-2")]));
    assert_eq!(change.delete, [Destination::Cidr("10.9.0.0/16".into())]);
    assert_eq!(RouteChange::planned(&after, &before, &after), RouteChange::default());
}

#[test]
fn a_route_that_was_in_no_plan_stays() {
    let (before, after) = (routes([via_nat("0.0.0.0/0", "nat-1")]), routes([]));
    let live = routes([via_nat("0.0.0.0/0", "nat-1"), via_nat("10.9.0.0/16", "nat-9")]);
    let change = RouteChange::planned(&live, &before, &after);
    assert_eq!(change, RouteChange { delete: vec![Destination::Cidr("0.0.0.0/0".into())], ..RouteChange::default() });
}

#[test]
fn what_aws_put_there_is_no_route_of_anybodys() {
    let made = |origin| LiveRoute::builder().origin(origin);
    let inside = made(RouteOrigin::CreateRouteTable).destination_cidr_block("10.0.0.0/16").gateway_id("local");
    let propagated =
        made(RouteOrigin::EnableVgwRoutePropagation).destination_cidr_block("10.9.0.0/16").gateway_id("vgw-1");
    let of_endpoint = made(RouteOrigin::CreateRoute).destination_prefix_list_id("pl-1").gateway_id("vpce-1");
    let default = made(RouteOrigin::CreateRoute).destination_cidr_block("0.0.0.0/0").gateway_id("igw-1");
    let table = RouteTable::builder().route_table_id("rtb-1").vpc_id("vpc-1");
    let table = table.routes(inside.build()).routes(propagated.build()).routes(of_endpoint.build());
    let object = from_response(&table.routes(default.build()).build()).unwrap();
    let expected: Vec<Value> = vec![map! { "cidr" => "0.0.0.0/0", "internet_gateway" => "igw-1" }.into()];
    assert_eq!(object.attributes.get("routes"), Some(&Value::from(expected)));
}

#[test]
fn blocks_and_live_routes_are_two_forms_of_one_route() {
    let live = |to: fn(aws_sdk_ec2::types::builders::RouteBuilder) -> aws_sdk_ec2::types::builders::RouteBuilder| {
        let route = LiveRoute::builder().origin(RouteOrigin::CreateRoute).destination_cidr_block("10.9.0.0/16");
        Route::live(&to(route).build()).unwrap()
    };
    let pairs = [
        ("internet_gateway", "igw-1", live(|route| route.gateway_id("igw-1"))),
        ("vpn_gateway", "vgw-1", live(|route| route.gateway_id("vgw-1"))),
        ("vpc_endpoint", "vpce-1", live(|route| route.gateway_id("vpce-1"))),
        ("nat_gateway", "nat-1", live(|route| route.nat_gateway_id("nat-1"))),
        ("egress_only_gateway", "eigw-1", live(|route| route.egress_only_internet_gateway_id("eigw-1"))),
        ("transit_gateway", "tgw-1", live(|route| route.transit_gateway_id("tgw-1"))),
        ("peering_connection", "pcx-1", live(|route| route.vpc_peering_connection_id("pcx-1"))),
        ("network_interface", "eni-1", live(|route| route.network_interface_id("eni-1").instance_id("i-1"))),
    ];
    for (attribute, id, live) in pairs {
        let block = map! { "cidr" => "10.9.0.0/16" }.with(attribute, id.into());
        assert_eq!(live.to_block(), block);
        assert_eq!(routes([block]), [live]);
    }
}

#[test]
fn a_target_that_is_not_modelled_is_a_route_all_the_same() {
    let route = LiveRoute::builder().origin(RouteOrigin::CreateRoute).destination_cidr_block("10.9.0.0/16");
    let live = Route::live(&route.local_gateway_id("lgw-1").build()).unwrap();
    assert_eq!(live.to_block(), map! { "cidr" => "10.9.0.0/16" });
}

#[test]
fn destinations_have_a_parameter_each() {
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(Destination::Cidr("10.0.0.0/8".into()).parts(), [some("10.0.0.0/8"), None, None]);
    assert_eq!(Destination::Cidr("::/0".into()).parts(), [None, some("::/0"), None]);
    assert_eq!(Destination::PrefixList("pl-1".into()).parts(), [None, None, some("pl-1")]);
}

#[test]
fn a_route_that_somebody_else_changed_is_looked_at_again() {
    let error = |code: &str| Error::new(Class::FixInput, "").with_code(code);
    assert_eq!(about_routes(error("RouteAlreadyExists")).class, Class::Unknown);
    assert_eq!(about_routes(error("InvalidRoute.NotFound")).class, Class::Unknown);
    assert_eq!(about_routes(error("InvalidParameterValue")).class, Class::FixInput);
}
