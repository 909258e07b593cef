//! `aws.route_table`.

use flashinfra::{Block, Cidr, Computed, Input, IntoInput, Map, Resource};

use crate::ids::{
    EgressOnlyGatewayId, InternetGatewayId, NatGatewayId, NetworkInterfaceId, PeeringConnectionId, PrefixListId,
    RouteTableId, TransitGatewayId, VpcEndpointId, VpcId, VpnGatewayId,
};

/// Says where traffic that leaves a subnet goes. Subnets take it by a
/// [`RouteTableAssociation`](crate::RouteTableAssociation).
///
/// Declared routes are exclusive: a route that somebody else made is drift, and is removed as a reviewed line. The routes inside of
/// the VPC, those that a gateway propagates and those of gateway endpoints are AWS's and left alone.
#[derive(Resource)]
#[resource(
    kind = "aws.route_table",
    carrier = TagAtCreate,
    create_once = Token,
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 600),
    typical(create = 2, update = 1, delete = 2),
    // The VPC or a gateway of this very run is not visible everywhere yet; a subnet still takes it (EC2 API reference, error
    // codes).
    wait_codes(
        "InvalidVpcID.NotFound",
        "InvalidGatewayID.NotFound",
        "InvalidInternetGatewayID.NotFound",
        "InvalidNatGatewayID.NotFound",
        "InvalidTransitGatewayID.NotFound",
        "InvalidVpcEndpointId.NotFound",
        "InvalidNetworkInterfaceID.NotFound",
        "DependencyViolation"
    )
)]
pub struct RouteTable {
    /// The VPC.
    #[attr(replace)]
    pub vpc_id: Input<VpcId>,
    /// Where traffic goes. Unsetting removes all of it; when it was never set, routes are left to others.
    #[attr(set, exclusive, unset = Clear)]
    pub routes: Option<Vec<Route>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `rtb-…`.
    pub id: Computed<RouteTableId>,
    /// The account that owns it.
    pub owner_id: Computed<String>,
}

/// A route: where traffic is going to, and what takes it there.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// # use flashinfra::cidr;
/// # fn example(gateway: &aws::InternetGatewayHandle, nat: &aws::NatGatewayHandle) {
/// let public = [aws::Route::to_cidr(cidr!("0.0.0.0/0")).via_internet_gateway(gateway.id())];
/// let private = [aws::Route::to_cidr(cidr!("0.0.0.0/0")).via_nat_gateway(nat.id())];
/// # let _ = (public, private);
/// # }
/// ```
///
/// The destination is what makes it one route; another way there changes the route in place.
#[derive(Block)]
pub struct Route {
    /// To an IPv4 or IPv6 range.
    #[attr(compare = Cidr)]
    pub cidr: Option<Input<Cidr>>,
    /// To a managed prefix list.
    pub prefix_list: Option<Input<PrefixListId>>,
    /// Through the VPC's internet gateway.
    pub internet_gateway: Option<Input<InternetGatewayId>>,
    /// Through a NAT gateway.
    pub nat_gateway: Option<Input<NatGatewayId>>,
    /// Through a gateway that lets IPv6 traffic out and none in.
    pub egress_only_gateway: Option<Input<EgressOnlyGatewayId>>,
    /// Through a virtual private gateway.
    pub vpn_gateway: Option<Input<VpnGatewayId>>,
    /// Through a transit gateway.
    pub transit_gateway: Option<Input<TransitGatewayId>>,
    /// Over a VPC peering connection.
    pub peering_connection: Option<Input<PeeringConnectionId>>,
    /// To a network interface, of an appliance for example.
    pub network_interface: Option<Input<NetworkInterfaceId>>,
    /// To an endpoint of a Gateway Load Balancer.
    pub vpc_endpoint: Option<Input<VpcEndpointId>>,
}

/// A destination, before it is said what takes traffic there.
#[must_use = "say what takes traffic there"]
pub struct Destination(RouteBuilder);

impl Route {
    /// To an IPv4 or IPv6 range.
    pub fn to_cidr(cidr: impl IntoInput<Cidr>) -> Destination {
        Destination(Self::builder().cidr(cidr))
    }

    /// To a managed prefix list.
    pub fn to_prefix_list(list: impl IntoInput<PrefixListId>) -> Destination {
        Destination(Self::builder().prefix_list(list))
    }
}

impl Destination {
    /// Through the VPC's internet gateway.
    pub fn via_internet_gateway(self, gateway: impl IntoInput<InternetGatewayId>) -> RouteBuilder {
        self.0.internet_gateway(gateway)
    }

    /// Through a NAT gateway.
    pub fn via_nat_gateway(self, gateway: impl IntoInput<NatGatewayId>) -> RouteBuilder {
        self.0.nat_gateway(gateway)
    }

    /// Through a gateway that lets IPv6 traffic out and none in.
    pub fn via_egress_only_gateway(self, gateway: impl IntoInput<EgressOnlyGatewayId>) -> RouteBuilder {
        self.0.egress_only_gateway(gateway)
    }

    /// Through a virtual private gateway.
    pub fn via_vpn_gateway(self, gateway: impl IntoInput<VpnGatewayId>) -> RouteBuilder {
        self.0.vpn_gateway(gateway)
    }

    /// Through a transit gateway.
    pub fn via_transit_gateway(self, gateway: impl IntoInput<TransitGatewayId>) -> RouteBuilder {
        self.0.transit_gateway(gateway)
    }

    /// Over a VPC peering connection.
    pub fn via_peering_connection(self, connection: impl IntoInput<PeeringConnectionId>) -> RouteBuilder {
        self.0.peering_connection(connection)
    }

    /// To a network interface.
    pub fn via_network_interface(self, interface: impl IntoInput<NetworkInterfaceId>) -> RouteBuilder {
        self.0.network_interface(interface)
    }

    /// To an endpoint of a Gateway Load Balancer.
    pub fn via_vpc_endpoint(self, endpoint: impl IntoInput<VpcEndpointId>) -> RouteBuilder {
        self.0.vpc_endpoint(endpoint)
    }
}
