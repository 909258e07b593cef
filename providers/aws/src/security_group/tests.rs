use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, UserIdGroupPair};
use flashinfra_plans::{Address, Map, OwnerMark, Value, map};
use flashinfra_providers::{Class, Error};

use super::rules::{Direction, Rule, RuleChange};
use super::{SecurityGroup, about_rules, from_response, generated_name, to_create};

fn mark(address: &str) -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse(address).unwrap(), generation: 1 }
}

fn tcp(port: i64, cidr: &str) -> Map {
    map! { "protocol" => "tcp", "from_port" => port, "to_port" => port, "cidr" => cidr }
}

fn ingress(rules: impl IntoIterator<Item = Map>) -> Vec<Rule> {
    let rules: Vec<Value> = rules.into_iter().map(Value::from).collect();
    Rule::declared(&map! { "ingress" => rules }, Direction::Ingress)
}

#[test]
fn rules_are_told_apart_by_protocol_ports_and_source() {
    let described = tcp(6379, "10.0.0.0/16").with("description", "nodes".into());
    let before = ingress([tcp(5432, "10.0.0.0/16"), tcp(6379, "10.0.0.0/16"), tcp(22, "0.0.0.0/0")]);
    let after = ingress([tcp(5432, "10.0.0.0/16"), described.clone(), tcp(5432, "10.1.0.0/16")]);
    let change = RuleChange::between(&before, &after);
    assert_eq!(change.authorize, ingress([tcp(5432, "10.1.0.0/16")]));
    assert_eq!(change.describe, ingress([described]));
    assert_eq!(change.revoke, ingress([tcp(22, "0.0.0.0/0")]));
    assert_eq!(RuleChange::between(&after, &after), RuleChange::default());
}

#[test]
fn an_update_does_what_is_left_of_what_was_planned() {
    let (before, after) = (ingress([tcp(22, "0.0.0.0/0")]), ingress([tcp(5432, "10.0.0.0/16")]));
    let half_done = ingress([tcp(22, "0.0.0.0/0"), tcp(5432, "10.0.0.0/16"), tcp(9, "10.9.0.0/16")]);
    let change = RuleChange::planned(&half_done, &before, &after);
    assert_eq!((change.authorize, change.revoke), (vec![], before.clone()));
    assert_eq!(RuleChange::planned(&after, &before, &after), RuleChange::default());
}

#[test]
fn the_rule_that_aws_makes_goes_unless_it_is_declared() {
    let egress = |rules: Vec<Value>| Rule::declared(&map! { "egress" => rules }, Direction::Egress);
    let made = [Rule::everywhere()];
    assert_eq!(RuleChange::between(&made, &egress(vec![])).revoke, made);
    let everywhere = map! { "protocol" => "-1", "cidr" => "0.0.0.0/0" };
    assert_eq!(RuleChange::between(&made, &egress(vec![everywhere.into()])), RuleChange::default());
}

#[test]
fn live_permissions_become_one_block_for_each_source() {
    let permission = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(443)
        .to_port(443)
        .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/16").description("inside").build())
        .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
        .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-own").build())
        .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-other").build())
        .build();
    let everything = IpPermission::builder().ip_protocol("-1").from_port(0).to_port(0);
    let everything = everything.ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build();
    let group = SecurityGroup::builder().group_id("sg-own").group_name("web").ip_permissions(permission);
    let object = from_response(&group.ip_permissions_egress(everything).build()).unwrap();
    let https = || map! { "protocol" => "tcp", "from_port" => 443, "to_port" => 443 };
    let mut expected: Vec<Value> = vec![
        https().with("cidr", "10.0.0.0/16".into()).with("description", "inside".into()).into(),
        https().with("cidr", "::/0".into()).into(),
        https().with("self_group", true.into()).into(),
        https().with("security_group", "sg-other".into()).into(),
    ];
    expected.sort();
    assert_eq!(object.attributes.get("ingress"), Some(&Value::from(expected)));
    let egress: Vec<Value> = vec![map! { "protocol" => "-1", "cidr" => "0.0.0.0/0" }.into()];
    assert_eq!(object.attributes.get("egress"), Some(&Value::from(egress)));
}

#[test]
fn blocks_and_permissions_are_two_forms_of_one_rule() {
    let blocks = [
        tcp(5432, "10.0.0.0/16").with("description", "inside".into()),
        tcp(5432, "2001:db8::/32"),
        map! { "protocol" => "-1", "self_group" => true },
        map! { "protocol" => "udp", "from_port" => 53, "to_port" => 53, "security_group" => "sg-other" },
        map! { "protocol" => "icmp", "from_port" => -1, "to_port" => -1, "prefix_list" => "pl-1" },
    ];
    for block in blocks {
        let [rule] = ingress([block.clone()]).try_into().unwrap();
        let permission: IpPermission = rule.to_permission("sg-own");
        assert_eq!(Rule::live(&[permission], "sg-own")[0].to_block(), block);
    }
}

#[test]
fn a_name_is_made_from_the_address_and_differs_by_generation() {
    let first = generated_name(&mark("aws.security_group/data.redis"));
    assert!(first.starts_with("data.redis-"), "{first}");
    let second = generated_name(&OwnerMark { generation: 2, ..mark("aws.security_group/data.redis") });
    assert_ne!(first, second);
    assert!(generated_name(&mark("aws.security_group/sg-web")).starts_with("group-sg-web-"));
    let request = to_create(&map! { "vpc_id" => "vpc-1" }, &mark("aws.security_group/data.redis")).build().unwrap();
    assert_eq!(request.group_name(), Some(first.as_str()));
    assert_eq!(request.description(), Some("Made by flashinfra"));
}

#[test]
fn a_rule_that_somebody_else_changed_is_looked_at_again() {
    let error = |class, code: &str, message: &str| Error::new(class, message).with_code(code);
    let duplicate = error(Class::FixInput, "InvalidPermission.Duplicate", "the rule exists");
    assert_eq!(about_rules("sg-own", duplicate).class, Class::Unknown);
    let own = error(Class::NotFound, "InvalidGroup.NotFound", "The security group 'sg-own' does not exist");
    assert_eq!(about_rules("sg-own", own).class, Class::NotFound);
    let other = error(Class::NotFound, "InvalidGroup.NotFound", "The security group 'sg-new' does not exist");
    assert_eq!(about_rules("sg-own", other).class, Class::Wait);
}
