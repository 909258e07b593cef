//! `aws.route53_zone`.

use flashinfra::{Block, Computed, Input, IntoInput, Map, Resource};

use crate::ids::{Route53ZoneArn, Route53ZoneId, VpcId};

/// A hosted zone: the DNS records of a domain, for the internet, or with `vpcs` for these VPCs only.
///
/// The NS and SOA records of a new zone are AWS's. It is deleted only when there are no others, whoever made them. A new zone of the same
/// name has other name servers, and the domain has to be delegated to them anew: so it is protected.
#[derive(Resource)]
#[resource(
    kind = "aws.route53_zone",
    // Route 53 takes tags by a second call. What an unanswered create made is found by its caller reference as well.
    carrier = TagAfterCreate,
    create_once = Token,
    stateful,
    settle_seconds = 60,
    timeouts(create = 300, update = 300, delete = 600),
    typical(create = 3, update = 3, delete = 3),
    // Another change of the zone is going on; a VPC of this very run is not visible everywhere yet (Route 53 API reference,
    // CreateHostedZone, AssociateVPCWithHostedZone).
    wait_codes("ConcurrentModification", "InvalidVPCId", "PriorRequestNotComplete")
)]
pub struct Route53Zone {
    /// The domain: `example.com`, with or without a dot at the end. There can be several zones of one name.
    #[attr(replace, compare = DomainName)]
    pub name: Input<String>,
    /// What it is for.
    #[attr(unset = Clear)]
    pub comment: Option<Input<String>>,
    /// The VPCs that a private zone is for. The zone is public when unset, and becomes private or public only as another zone. Exclusive.
    #[attr(set, exclusive)]
    pub vpcs: Option<Vec<Route53Vpc>>,
    /// The set of name servers that the zone takes, when several zones are to have the same.
    #[attr(replace, either)]
    pub delegation_set_id: Option<Input<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `Z…`.
    pub id: Computed<Route53ZoneId>,
    /// The ARN.
    pub arn: Computed<Route53ZoneArn>,
    /// The name servers that the domain is delegated to. None of a private zone.
    pub name_servers: Computed<Vec<String>>,
}

/// A VPC that a private [`Route53Zone`] is for.
#[derive(Block)]
pub struct Route53Vpc {
    /// The VPC.
    pub vpc_id: Input<VpcId>,
    /// Its region. That of the provider when unset.
    #[attr(either)]
    pub vpc_region: Option<Input<String>>,
}

impl Route53Vpc {
    /// A VPC in the provider's region.
    pub fn of(vpc: impl IntoInput<VpcId>) -> Route53VpcBuilder<flashinfra::__private::Set> {
        Self::builder().vpc_id(vpc)
    }
}
