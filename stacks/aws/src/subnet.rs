//! `aws.subnet`.

use flashinfra::{Cidr, Computed, Input, Map, Resource};

use crate::ids::{AvailabilityZone, SubnetArn, SubnetId, VpcId};

/// A part of a [`Vpc`](crate::Vpc) in one availability zone.
#[derive(Resource)]
#[resource(
    kind = "aws.subnet",
    carrier = TagAtCreate,
    // CreateSubnet takes no client token (EC2 API reference, CreateSubnet).
    create_once = Neither,
    settle_seconds = 60,
    // Network interfaces of load balancers and clusters outlive these by up to a quarter of an hour.
    timeouts(create = 120, update = 120, delete = 1200),
    typical(create = 2, update = 1, delete = 2),
    // The VPC of this very run is not visible everywhere yet; something in the subnet is still going (EC2 API reference,
    // error codes).
    wait_codes("InvalidVpcID.NotFound", "DependencyViolation")
)]
pub struct Subnet {
    /// The VPC.
    #[attr(replace)]
    pub vpc_id: Input<VpcId>,
    /// The IPv4 range, inside the VPC's.
    #[attr(replace, compare = Cidr)]
    pub cidr_block: Input<Cidr>,
    /// The availability zone. AWS chooses one when unset.
    #[attr(replace, either)]
    pub availability_zone: Option<Input<AvailabilityZone>>,
    /// Whether instances get a public address when they start. Off for a new subnet when unset.
    #[attr(either)]
    pub map_public_ip_on_launch: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone; EKS and its load balancer controllers write some.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `subnet-…`.
    pub id: Computed<SubnetId>,
    /// The ARN.
    pub arn: Computed<SubnetArn>,
    /// The availability zone's id, which is the same in every account: `use1-az4`.
    pub availability_zone_id: Computed<String>,
    /// The account that owns it.
    pub owner_id: Computed<String>,
}
