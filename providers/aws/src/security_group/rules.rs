//! Rules: what makes one rule, and how one set of them becomes another.

use aws_sdk_ec2::types::{IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use flashinfra_plans::Map;

use crate::fields::{Fields, blocks, flag, integer, text};

/// Which way traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    /// The attribute with the rules of this direction.
    pub(super) fn attribute(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }
}

/// One rule with one other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    protocol: String,
    from_port: Option<i32>,
    to_port: Option<i32>,
    source: Source,
    description: Option<String>,
}

/// The other side.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Source {
    Cidr(String),
    Group(String),
    PrefixList(String),
    Itself,
}

/// What takes a group from one set of rules to another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RuleChange {
    /// Rules that are new.
    pub(super) authorize: Vec<Rule>,
    /// Rules whose description changes.
    pub(super) describe: Vec<Rule>,
    /// Rules that go.
    pub(super) revoke: Vec<Rule>,
}

impl RuleChange {
    pub(super) fn between(before: &[Rule], after: &[Rule]) -> Self {
        let same = |rule: &Rule, rules: &[Rule]| rules.iter().find(|other| other.is_same_rule(rule)).cloned();
        let mut change = Self::default();
        for rule in after {
            match same(rule, before) {
                None => change.authorize.push(rule.clone()),
                Some(live) if live.description != rule.description => change.describe.push(rule.clone()),
                Some(_) => {}
            }
        }
        change.revoke = before.iter().filter(|rule| same(rule, after).is_none()).cloned().collect();
        change
    }
}

impl RuleChange {
    /// What is left to do of a change from `before` to `after`, both as planned. A live rule that is in neither is no part of
    /// what was reviewed, and stays.
    pub(super) fn planned(live: &[Rule], before: &[Rule], after: &[Rule]) -> Self {
        let mut change = Self::between(live, after);
        change.revoke.retain(|rule| before.iter().any(|planned| planned.is_same_rule(rule)));
        change
    }
}

impl Rule {
    /// The rule that AWS gives every new group: everything to everywhere.
    pub(super) fn everywhere() -> Self {
        let source = Source::Cidr("0.0.0.0/0".into());
        Self { protocol: "-1".into(), from_port: None, to_port: None, source, description: None }
    }

    /// The rules of one direction in a map of attributes.
    pub(super) fn declared(attributes: &Map, direction: Direction) -> Vec<Self> {
        let blocks = blocks(attributes, direction.attribute()).unwrap_or_default();
        blocks.into_iter().filter_map(Self::from_block).collect()
    }

    fn from_block(block: &Map) -> Option<Self> {
        let owned = |name| text(block, name).map(str::to_owned);
        let port = |name| integer(block, name).and_then(|port| i32::try_from(port).ok());
        let source = if flag(block, "self_group") == Some(true) {
            Source::Itself
        } else if let Some(cidr) = owned("cidr") {
            Source::Cidr(cidr)
        } else if let Some(group) = owned("security_group") {
            Source::Group(group)
        } else {
            Source::PrefixList(owned("prefix_list")?)
        };
        let protocol = text(block, "protocol")?;
        let description = owned("description");
        let (from_port, to_port) = (port("from_port"), port("to_port"));
        Some(Self { protocol: canonical_protocol(protocol), from_port, to_port, source, description })
    }

    /// The rules of the permissions of a live group. AWS groups sources by protocol and ports; each is a rule of its own.
    pub(super) fn live(permissions: &[IpPermission], own_id: &str) -> Vec<Self> {
        permissions.iter().flat_map(|permission| Self::of_permission(permission, own_id)).collect()
    }

    fn of_permission(permission: &IpPermission, own_id: &str) -> Vec<Self> {
        let protocol = canonical_protocol(permission.ip_protocol().unwrap_or("-1"));
        // Ports mean nothing for all traffic, and test servers answer some nevertheless.
        let port = |port: Option<i32>| port.filter(|_| protocol != "-1");
        let (from_port, to_port) = (port(permission.from_port()), port(permission.to_port()));
        let rule = |source: Source, description: Option<&str>| Self {
            protocol: protocol.clone(),
            from_port,
            to_port,
            source,
            description: description.filter(|text| !text.is_empty()).map(str::to_owned),
        };
        let mut rules = Vec::new();
        for range in permission.ip_ranges() {
            rules.extend(range.cidr_ip().map(|cidr| rule(Source::Cidr(cidr.into()), range.description())));
        }
        for range in permission.ipv6_ranges() {
            rules.extend(range.cidr_ipv6().map(|cidr| rule(Source::Cidr(cidr.into()), range.description())));
        }
        for list in permission.prefix_list_ids() {
            rules.extend(list.prefix_list_id().map(|id| rule(Source::PrefixList(id.into()), list.description())));
        }
        for pair in permission.user_id_group_pairs() {
            let source = |id: &str| if id == own_id { Source::Itself } else { Source::Group(id.into()) };
            rules.extend(pair.group_id().map(|id| rule(source(id), pair.description())));
        }
        rules
    }

    /// The rule in the schema's terms.
    pub(super) fn to_block(&self) -> Map {
        let Self { protocol, from_port, to_port, source, description } = self;
        let fields = Fields::new()
            .text("protocol", Some(protocol))
            .integer("from_port", *from_port)
            .integer("to_port", *to_port)
            .text("description", description.as_deref());
        match source {
            Source::Cidr(cidr) => fields.text("cidr", Some(cidr)),
            Source::Group(id) => fields.text("security_group", Some(id)),
            Source::PrefixList(id) => fields.text("prefix_list", Some(id)),
            Source::Itself => fields.flag("self_group", Some(true)),
        }
        .build()
    }

    /// The rule as a permission of the group `own_id`.
    pub(super) fn to_permission(&self, own_id: &str) -> IpPermission {
        let Self { protocol, from_port, to_port, source, description } = self;
        let description = description.clone();
        let permission = IpPermission::builder().ip_protocol(protocol).set_from_port(*from_port).set_to_port(*to_port);
        let pair = |id: &str, description| UserIdGroupPair::builder().group_id(id).set_description(description).build();
        match source {
            Source::Cidr(cidr) if cidr.contains(':') => {
                permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(cidr).set_description(description).build())
            }
            Source::Cidr(cidr) => {
                permission.ip_ranges(IpRange::builder().cidr_ip(cidr).set_description(description).build())
            }
            Source::PrefixList(id) => permission
                .prefix_list_ids(PrefixListId::builder().prefix_list_id(id).set_description(description).build()),
            Source::Group(id) => permission.user_id_group_pairs(pair(id, description)),
            Source::Itself => permission.user_id_group_pairs(pair(own_id, description)),
        }
        .build()
    }

    /// Whether the two are one rule to AWS, whatever their descriptions.
    fn is_same_rule(&self, other: &Self) -> bool {
        let Self { protocol, from_port, to_port, source, description: _ } = self;
        *protocol == other.protocol
            && *from_port == other.from_port
            && *to_port == other.to_port
            && *source == other.source
    }
}

/// The name that AWS answers for a protocol, whichever way it was written.
fn canonical_protocol(protocol: &str) -> String {
    match protocol.to_ascii_lowercase().as_str() {
        "all" => "-1",
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        other => return other.to_owned(),
    }
    .to_owned()
}
