//! `aws.vpc`.

use flashinfra::{Cidr, Computed, Input, Map, Resource};

use crate::ids::VpcId;

/// A virtual private cloud: the network that subnets are cut from.
///
/// AWS makes a default security group, network ACL and route table with it; flashinfra leaves them alone, and they go with the
/// VPC.
#[derive(Resource)]
#[resource(
    kind = "aws.vpc",
    carrier = TagAtCreate,
    // CreateVpc takes no client token (EC2 API reference, CreateVpc).
    create_once = Neither,
    // New tags are found by DescribeVpcs within seconds; EC2's guide to eventual consistency names no bound.
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 600),
    typical(create = 2, update = 1, delete = 2),
    // DeleteVpc while something in it is still going (EC2 API reference, error codes).
    wait_codes("DependencyViolation")
)]
pub struct Vpc {
    /// The IPv4 range, /16 to /28.
    #[attr(replace, compare = Cidr)]
    pub cidr_block: Input<Cidr>,
    /// `default`, or `dedicated` for instances on hardware of their own. `default` when unset.
    #[attr(replace, either)]
    pub instance_tenancy: Option<Input<String>>,
    /// Whether Amazon's DNS server answers inside. On for a new VPC when unset.
    #[attr(either)]
    pub enable_dns_support: Option<Input<bool>>,
    /// Whether instances with public addresses get public DNS names; EKS and private endpoints need it. Off for a new VPC when
    /// unset.
    #[attr(either)]
    pub enable_dns_hostnames: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `vpc-…`.
    pub id: Computed<VpcId>,
    /// The account that owns it.
    pub owner_id: Computed<String>,
}
