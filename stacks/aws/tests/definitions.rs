//! The definitions as a stack uses them, and facts that hold for all of them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

extern crate flashinfra_stacks as flashinfra;

use std::path::Path;

use flashinfra::schema::{Attribute, Carrier, Element, Identity, Mode, Schema, SetBy};
use flashinfra::{Problem, Resource, Stack, cidr};
use flashinfra_stacks_aws as aws;

fn compiled(define: impl FnOnce(&mut Stack)) -> String {
    let mut stack = Stack::new("shop", "test");
    define(&mut stack);
    stack.compile().unwrap_or_else(|problems: Vec<Problem>| {
        panic!("{}", problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join("\n"))
    })
}

#[test]
fn a_network_and_a_database_compile() {
    let compiled = compiled(|stack| {
        let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
        let zone = aws::AvailabilityZone::new("us-east-1a");
        let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr!("10.0.1.0/24")).availability_zone(zone);
        let subnet = stack.add("a", subnet);
        let nodes = stack.add("nodes", aws::SecurityGroup::builder().vpc_id(vpc.id()));
        let rule = aws::Rule::tcp(5432).from_security_group(nodes.id()).description("nodes");
        let group = aws::SecurityGroup::builder().vpc_id(vpc.id()).ingress([rule]);
        let group = stack.add("database", group);
        let subnets = stack.add("db", aws::DbSubnetGroup::builder().name("shop").subnet_ids([subnet.id()]));
        let settings =
            aws::DbParameterGroup::builder().name(aws::DbParameterGroupName::new("shop")).family("postgres15");
        let settings = stack.add("db", settings.parameters([("work_mem", "8192")]));
        let database = aws::DbInstance::builder()
            .identifier("shop")
            .engine("postgres")
            .engine_version("15")
            .instance_class("db.r6g.large")
            .allocated_storage(100)
            .username("shop")
            .db_subnet_group_name(subnets.name())
            .parameter_group_name(settings.name())
            .vpc_security_group_ids([group.id()]);
        stack.add("db", database);
    });
    assert!(compiled.contains(
        r#""ingress":[{"description":"nodes","from_port":5432,"protocol":"tcp","security_group":{"$ref":["aws.security_group/nodes","id"]},"to_port":5432}]"#
    ));
    assert!(compiled.contains(r#""parameter_group_name":{"$ref":["aws.db_parameter_group/db","name"]}"#));
    assert!(compiled.contains(r#""db_subnet_group_name":{"$ref":["aws.db_subnet_group/db","name"]}"#));
}

#[test]
fn subnets_reach_the_internet_through_gateways() {
    let compiled = compiled(|stack| {
        let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
        let subnet = stack.add("a", aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr!("10.0.1.0/24")));
        let gateway = stack.add("main", aws::InternetGateway::builder().vpc_id(vpc.id()));
        let address = stack.add("nat", aws::Eip::builder());
        let nat = aws::NatGateway::builder().subnet_id(subnet.id()).allocation_id(address.id()).depends_on(&gateway);
        let nat = stack.add("main", nat);
        let anywhere = || aws::Route::to_cidr(cidr!("0.0.0.0/0"));
        let table = aws::RouteTable::builder().vpc_id(vpc.id());
        stack.add("public", table.routes([anywhere().via_internet_gateway(gateway.id())]));
        let table = aws::RouteTable::builder().vpc_id(vpc.id()).routes([anywhere().via_nat_gateway(nat.id())]);
        let table = stack.add("private", table);
        stack.add("a", aws::RouteTableAssociation::builder().subnet_id(subnet.id()).route_table_id(table.id()));
    });
    assert!(
        compiled.contains(
            r#""routes":[{"cidr":"0.0.0.0/0","internet_gateway":{"$ref":["aws.internet_gateway/main","id"]}}]"#
        )
    );
    assert!(compiled.contains(r#""depends_on":["aws.internet_gateway/main"]"#), "{compiled}");
}

#[test]
fn default_tags_become_part_of_each_resource() {
    let compiled = compiled(|stack| {
        let tags = [("Project", "shop"), ("Owner", "platform")];
        stack.provider("aws", aws::Provider::region("us-east-1").default_tags(tags));
        stack.provider("edge", aws::Provider::region("us-west-2"));
        let vpc = || aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16"));
        stack.add("plain", vpc());
        stack.add("own", vpc().tags([("Owner", "network"), ("Name", "own")]));
    });
    assert!(compiled.contains(r#""cidr_block":"10.0.0.0/16","tags":{"Owner":"platform","Project":"shop"}"#));
    assert!(compiled.contains(r#""tags":{"Name":"own","Owner":"network","Project":"shop"}"#));
}

#[test]
fn every_attribute_is_documented_and_every_kind_carries_the_mark() {
    fn check(path: &str, attributes: &[Attribute]) {
        for attribute in attributes {
            let path = format!("{path}.{}", attribute.name);
            assert!(attribute.doc.ends_with('.'), "{path} has no sentence that documents it");
            if let Element::Block(inner) = &attribute.shape.element {
                check(&path, inner);
            }
        }
    }
    // What takes no tags: the ledger alone knows that it is ours.
    let markless = ["aws.kms_alias", "aws.route53_record", "aws.route_table_association"];
    // What takes them by a second call.
    let later = ["aws.route53_zone"];
    for schema in aws::SCHEMAS {
        check(&schema.kind, &schema.attributes);
        let carrier = match &*schema.kind {
            kind if markless.contains(&kind) => Carrier::None,
            kind if later.contains(&kind) => Carrier::TagAfterCreate,
            _ => Carrier::TagAtCreate,
        };
        assert_eq!(schema.carrier, carrier, "{}", schema.kind);
        if let Identity::Named(name) = &schema.identity {
            assert_eq!(schema.attribute(name).unwrap().set_by, SetBy::Required, "{}", schema.kind);
        }
    }
}

#[test]
fn databases_are_stateful_and_their_password_never_comes_back() {
    let schema = aws::DbInstance::SCHEMA;
    assert!(schema.stateful);
    let password = schema.attribute("master_user_password").unwrap();
    assert!(password.secret);
    assert_eq!(password.mode, Mode::WriteOnly);
    assert!(schema.attribute("deletion_protection").unwrap().delete_guard);
    assert!(schema.attribute("final_snapshot_identifier").unwrap().delete_argument);
}

#[test]
fn a_trust_policy_is_json() {
    let policy = aws::trust_service("eks.amazonaws.com");
    assert!(policy.contains(r#""Principal":{"Service":"eks.amazonaws.com"}"#));
    assert!(flashinfra::Any::parse(&policy).is_ok());
}

#[test]
fn a_kind_whose_version_rose_keeps_rows_of_the_former_ones() {
    // As in `plans/src/upgrade/corpus`: a ledger of each former version, and the test there that they become rows of today.
    fn missing(schema: &Schema) -> Vec<String> {
        let files =
            (1..schema.version).map(|version| format!("plans/src/upgrade/corpus/{}-v{version}.json", schema.kind));
        let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        files.filter(|file| !top.join(file).is_file()).collect()
    }
    for schema in aws::SCHEMAS {
        assert_eq!(missing(schema), Vec::<String>::new(), "{}", schema.kind);
    }
    let risen = Schema { version: 2, ..aws::Vpc::SCHEMA.clone() };
    assert_eq!(missing(&risen), ["plans/src/upgrade/corpus/aws.vpc-v1.json"]);
}
