//! `aws.internet_gateway`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{InternetGatewayId, VpcId};

/// The door between a [`Vpc`](crate::Vpc) and the internet. A VPC has at most one.
///
/// Traffic takes it where a [`RouteTable`](crate::RouteTable) says so. What needs the internet while it is made, such as a
/// public [`NatGateway`](crate::NatGateway), says so with `depends_on`.
#[derive(Resource)]
#[resource(
    kind = "aws.internet_gateway",
    carrier = TagAtCreate,
    // CreateInternetGateway takes no client token (EC2 API reference, CreateInternetGateway).
    create_once = Neither,
    settle_seconds = 60,
    // It cannot be detached while public addresses are in use, and those of load balancers and NAT gateways outlive them by
    // minutes.
    timeouts(create = 120, update = 120, delete = 1200),
    typical(create = 2, update = 1, delete = 10),
    // The VPC of this very run is not visible everywhere yet; a public address is still in use (EC2 API reference, error
    // codes).
    wait_codes("InvalidVpcID.NotFound", "DependencyViolation")
)]
pub struct InternetGateway {
    /// The VPC. It is attached by a call of its own, so that a gateway which lost its VPC gets it back in place. AWS could move
    /// it to another one; here that takes a new one, since a VPC that is replaced cannot go as long as a gateway is attached
    /// to it.
    #[attr(once)]
    pub vpc_id: Input<VpcId>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `igw-…`.
    pub id: Computed<InternetGatewayId>,
    /// The account that owns it.
    pub owner_id: Computed<String>,
}
