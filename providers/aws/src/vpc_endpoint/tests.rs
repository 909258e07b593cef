use aws_sdk_ec2::types::{DnsEntry, SecurityGroupIdentifier, State};
use flashinfra_plans::{Address, Map, OwnerMark, Phase, Value, map};
use flashinfra_providers::{Create, Inputs, Update};

use super::{VpcEndpoint, VpcEndpointType, from_response, to_create, to_modify};

fn mark() -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.vpc_endpoint/s3").unwrap(), generation: 1 }
}

fn list(ids: &[&str]) -> Value {
    ids.iter().copied().map(Value::from).collect::<Vec<_>>().into()
}

#[test]
fn a_create_is_for_a_gateway_unless_told_otherwise() {
    let create = |attributes| Create {
        kind: "aws.vpc_endpoint".into(),
        mark: mark(),
        token: "5f".repeat(32).into(),
        inputs: Inputs { attributes, ..Inputs::default() },
    };
    let attributes = map! { "vpc_id" => "vpc-1", "service_name" => "com.amazonaws.us-east-1.s3" };
    let request = to_create(&create(attributes.clone())).build().unwrap();
    assert_eq!(request.vpc_endpoint_type(), Some(&VpcEndpointType::Gateway));
    assert_eq!(request.client_token(), Some("5f".repeat(32).as_str()));
    assert_eq!(request.tag_specifications()[0].tags()[0].value(), Some("c5b0/1/aws.vpc_endpoint/s3"));
    let request = to_create(&create(attributes.with("vpc_endpoint_type", "Interface".into()))).build().unwrap();
    assert_eq!(request.vpc_endpoint_type(), Some(&VpcEndpointType::Interface));
}

#[test]
fn a_change_adds_what_is_missing_and_removes_what_was_planned_to_go() {
    let update = |changed: &[&str], before: Map, attributes: Map| Update {
        kind: "aws.vpc_endpoint".into(),
        id: "vpce-1".into(),
        mark: mark(),
        changed: changed.iter().map(|name| (*name).into()).collect(),
        before,
        inputs: Inputs { attributes, ..Inputs::default() },
        token: "t".into(),
    };
    let before = map! { "route_table_ids" => list(&["rtb-1", "rtb-2"]) };
    let after = map! { "route_table_ids" => list(&["rtb-2", "rtb-3"]), "private_dns_enabled" => true };
    let live = map! { "route_table_ids" => list(&["rtb-1", "rtb-2", "rtb-9"]) };
    let request = to_modify(&update(&["route_table_ids"], before, after), &live).build().unwrap();
    assert_eq!(request.add_route_table_ids(), ["rtb-3"]);
    assert_eq!(request.remove_route_table_ids(), ["rtb-1"]);
    assert_eq!(request.private_dns_enabled(), None);
    let policy = map! { "policy" => "{}" };
    let request = to_modify(&update(&["policy"], Map::default(), policy), &live).build().unwrap();
    assert_eq!((request.policy_document(), request.add_route_table_ids().len()), (Some("{}"), 0));
}

#[test]
fn states_are_understood_in_either_case() {
    let phase = |state: &str| {
        let endpoint = VpcEndpoint::builder().vpc_endpoint_id("vpce-1").state(State::from(state)).build();
        from_response(&endpoint).map(|object| object.phase)
    };
    for (state, expected) in [
        ("pending", Some(Phase::Creating)),
        ("available", Some(Phase::Ready)),
        ("Available", Some(Phase::Ready)),
        ("pendingAcceptance", Some(Phase::Ready)),
        ("rejected", Some(Phase::Failed)),
        ("Deleting", Some(Phase::Deleting)),
        ("deleted", None),
    ] {
        assert_eq!(phase(state), expected, "{state}");
    }
}

#[test]
fn an_endpoint_is_read_in_the_schemas_terms() {
    let endpoint = VpcEndpoint::builder()
        .vpc_endpoint_id("vpce-1")
        .vpc_id("vpc-1")
        .vpc_endpoint_type(VpcEndpointType::Interface)
        .groups(SecurityGroupIdentifier::builder().group_id("sg-1").build())
        .subnet_ids("subnet-2")
        .subnet_ids("subnet-1")
        .network_interface_ids("eni-1")
        .dns_entries(DnsEntry::builder().dns_name("vpce-1.s3.vpce.amazonaws.com").build())
        .requester_managed(true);
    let object = from_response(&endpoint.build()).unwrap();
    let expected = map! {
        "vpc_id" => "vpc-1", "vpc_endpoint_type" => "Interface", "route_table_ids" => list(&[]),
        "subnet_ids" => list(&["subnet-1", "subnet-2"]), "security_group_ids" => list(&["sg-1"]), "tags" => map! {},
        "id" => "vpce-1", "network_interface_ids" => list(&["eni-1"]),
        "dns_names" => list(&["vpce-1.s3.vpce.amazonaws.com"]),
    };
    assert_eq!(object.attributes, expected);
    assert_eq!(object.managed_by.as_deref(), Some("an AWS service"));
}
