//! `aws.nat_gateway`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{AllocationId, NatGatewayId, NetworkInterfaceId, SubnetId, VpcId};

/// Lets what has private addresses only reach the internet, or other networks, under one address.
///
/// A public one stands in a public subnet and needs the VPC's [`InternetGateway`](crate::InternetGateway) from the start: say
/// so with `depends_on`. Further addresses than the first are not modelled.
#[derive(Resource)]
#[resource(
    kind = "aws.nat_gateway",
    carrier = TagAtCreate,
    create_once = Token,
    settle_seconds = 60,
    timeouts(create = 900, update = 120, delete = 1800),
    typical(create = 105, update = 1, delete = 60),
    // Subnet and address of this very run are not visible everywhere yet; the address is still with a gateway that is being
    // deleted (EC2 API reference, error codes; VPC user guide, "Troubleshoot NAT gateways").
    wait_codes(
        "InvalidSubnetID.NotFound",
        "InvalidSubnet",
        "InvalidAllocationID.NotFound",
        "InvalidElasticIpID.NotFound",
        "Resource.AlreadyAssociated"
    )
)]
pub struct NatGateway {
    /// The subnet that it stands in.
    #[attr(replace)]
    pub subnet_id: Input<SubnetId>,
    /// The elastic IP of a public gateway. A private one has none.
    #[attr(replace)]
    pub allocation_id: Option<Input<AllocationId>>,
    /// `public` or `private`. `public` when unset.
    #[attr(replace, either)]
    pub connectivity_type: Option<Input<String>>,
    /// Its address inside the subnet. AWS chooses one when unset.
    #[attr(replace, either)]
    pub private_ip_address: Option<Input<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `nat-…`.
    pub id: Computed<NatGatewayId>,
    /// The public address.
    pub public_ip: Computed<String>,
    /// The network interface.
    pub network_interface_id: Computed<NetworkInterfaceId>,
    /// The VPC.
    pub vpc_id: Computed<VpcId>,
}
