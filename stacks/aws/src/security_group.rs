//! `aws.security_group`.

use flashinfra::{Block, Cidr, Computed, Input, IntoInput, Map, Resource};

use crate::ids::{PrefixListId, SecurityGroupId, VpcId};

/// A set of rules that says which traffic may reach what carries the group, and leave it.
///
/// A declared direction is exclusive: rules of that direction that are not declared are drift, and are removed as reviewed
/// lines. An undeclared direction is left alone. AWS gives a new group one egress rule, everything to everywhere: declare
/// `egress` to take that rule away, `.egress(Empty)` for none at all.
#[derive(Resource)]
#[resource(
    kind = "aws.security_group",
    carrier = TagAtCreate,
    // CreateSecurityGroup takes no client token (EC2 API reference). Group names are unique in a VPC, but say nothing about
    // whose a group is.
    create_once = Neither,
    settle_seconds = 60,
    // Network interfaces that carry the group outlive load balancers and clusters by minutes.
    timeouts(create = 120, update = 120, delete = 1200),
    typical(create = 2, update = 1, delete = 2),
    // The VPC of this very run is not visible everywhere yet; the group is still in use (EC2 API reference, error codes).
    wait_codes("InvalidVpcID.NotFound", "DependencyViolation", "InvalidGroup.InUse")
)]
pub struct SecurityGroup {
    /// The VPC.
    #[attr(replace)]
    pub vpc_id: Input<VpcId>,
    /// The name, unique in the VPC; it may not begin with `sg-`. Made from the address when unset, which is what allows a
    /// replacement to be created before the old group is deleted.
    #[attr(replace, either)]
    pub name: Option<Input<String>>,
    /// What it is for; AWS cannot change it later. `Made by flashinfra` when unset.
    #[attr(replace, either)]
    pub description: Option<Input<String>>,
    /// Which traffic may reach it. Unsetting removes all of it.
    #[attr(set, exclusive, unset = Clear)]
    pub ingress: Option<Vec<Rule>>,
    /// Which traffic may leave it. When it was never set, AWS's rule (everything to everywhere) stays.
    #[attr(set, exclusive)]
    pub egress: Option<Vec<Rule>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `sg-…`.
    pub id: Computed<SecurityGroupId>,
    /// The account that owns it.
    pub owner_id: Computed<String>,
}

/// A rule of a security group: a protocol, ports, and where traffic comes from (ingress) or goes to (egress).
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// # use flashinfra::cidr;
/// # fn example(nodes: &aws::SecurityGroupHandle) {
/// let ingress = [
///     aws::Rule::tcp(5432).from_security_group(nodes.id()).description("nodes"),
///     aws::Rule::tcp_ports(1025, 65535).from_cidr(cidr!("10.0.0.0/16")),
///     aws::Rule::all_traffic().from_self(),
/// ];
/// let egress = [aws::Rule::all_traffic().to_cidr(cidr!("0.0.0.0/0"))];
/// # let _ = (ingress, egress);
/// # }
/// ```
///
/// Protocol, ports and source are what makes it one rule; a changed description changes the rule in place. A rule has
/// exactly one of `cidr`, `security_group`, `prefix_list` and `self_group`: for two sources write two rules.
#[derive(Block)]
pub struct Rule {
    /// `tcp`, `udp`, `icmp`, `icmpv6`, another IP protocol by number, or `-1` for all traffic.
    #[attr(compare = IgnoreCase)]
    pub protocol: Input<String>,
    /// The first port, or the ICMP type (`-1` for all). Unset for all traffic.
    pub from_port: Option<Input<i64>>,
    /// The last port, or the ICMP code (`-1` for all). Unset for all traffic.
    pub to_port: Option<Input<i64>>,
    /// An IPv4 or IPv6 range on the other side.
    #[attr(compare = Cidr)]
    pub cidr: Option<Input<Cidr>>,
    /// Another security group on the other side. For the group itself use `self_group`.
    pub security_group: Option<Input<SecurityGroupId>>,
    /// A managed prefix list on the other side.
    pub prefix_list: Option<Input<PrefixListId>>,
    /// `true` when the group itself is on the other side: what carries it may talk to each other.
    pub self_group: Option<Input<bool>>,
    /// What the rule is for.
    pub description: Option<Input<String>>,
}

/// A [`Rule`] that has its protocol, ports and source.
type CompleteRule = RuleBuilder<flashinfra::__private::Set>;

/// A protocol and ports, before the other side is said.
#[must_use = "say where traffic comes from or goes to"]
pub struct PortRule(CompleteRule);

impl Rule {
    /// TCP to one port.
    pub fn tcp(port: u16) -> PortRule {
        Self::tcp_ports(port, port)
    }

    /// TCP to a range of ports, both ends included.
    pub fn tcp_ports(first: u16, last: u16) -> PortRule {
        Self::ports("tcp", first, last)
    }

    /// UDP to one port.
    pub fn udp(port: u16) -> PortRule {
        Self::udp_ports(port, port)
    }

    /// UDP to a range of ports, both ends included.
    pub fn udp_ports(first: u16, last: u16) -> PortRule {
        Self::ports("udp", first, last)
    }

    /// All of ICMP for IPv4.
    pub fn icmp() -> PortRule {
        PortRule(Self::builder().protocol("icmp").from_port(-1).to_port(-1))
    }

    /// All protocols and ports.
    pub fn all_traffic() -> PortRule {
        PortRule(Self::builder().protocol("-1"))
    }

    fn ports(protocol: &str, first: u16, last: u16) -> PortRule {
        PortRule(Self::builder().protocol(protocol).from_port(i64::from(first)).to_port(i64::from(last)))
    }
}

impl PortRule {
    /// From an IP range: for `ingress`.
    pub fn from_cidr(self, cidr: impl IntoInput<Cidr>) -> CompleteRule {
        self.0.cidr(cidr)
    }

    /// To an IP range: for `egress`.
    pub fn to_cidr(self, cidr: impl IntoInput<Cidr>) -> CompleteRule {
        self.0.cidr(cidr)
    }

    /// From what carries another group: for `ingress`.
    pub fn from_security_group(self, group: impl IntoInput<SecurityGroupId>) -> CompleteRule {
        self.0.security_group(group)
    }

    /// To what carries another group: for `egress`.
    pub fn to_security_group(self, group: impl IntoInput<SecurityGroupId>) -> CompleteRule {
        self.0.security_group(group)
    }

    /// From a managed prefix list: for `ingress`.
    pub fn from_prefix_list(self, list: impl IntoInput<PrefixListId>) -> CompleteRule {
        self.0.prefix_list(list)
    }

    /// To a managed prefix list, such as that of a gateway endpoint: for `egress`.
    pub fn to_prefix_list(self, list: impl IntoInput<PrefixListId>) -> CompleteRule {
        self.0.prefix_list(list)
    }

    /// From what carries the group itself: for `ingress`.
    pub fn from_self(self) -> CompleteRule {
        self.0.self_group(true)
    }

    /// To what carries the group itself: for `egress`.
    pub fn to_self(self) -> CompleteRule {
        self.0.self_group(true)
    }
}
