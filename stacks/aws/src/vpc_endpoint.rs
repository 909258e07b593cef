//! `aws.vpc_endpoint`.

use flashinfra::{Computed, Input, List, Map, Resource};

use crate::ids::{NetworkInterfaceId, RouteTableId, SecurityGroupId, SubnetId, VpcEndpointId, VpcId};

/// A way to an AWS service, or to somebody's service, that does not lead over the internet.
///
/// A `Gateway` endpoint (S3 and DynamoDB) puts routes into route tables; an `Interface` endpoint has an address in each of its
/// subnets. Options for DNS and address families are not modelled.
#[derive(Resource)]
#[resource(
    kind = "aws.vpc_endpoint",
    carrier = TagAtCreate,
    create_once = Token,
    settle_seconds = 60,
    // Network interfaces come and go slowly.
    timeouts(create = 900, update = 900, delete = 1200),
    typical(create = 30, update = 10, delete = 60),
    // VPC, tables, subnets and groups of this very run are not visible everywhere yet (EC2 API reference, error codes).
    wait_codes(
        "InvalidVpcId.NotFound",
        "InvalidVpcID.NotFound",
        "InvalidRouteTableId.NotFound",
        "InvalidRouteTableID.NotFound",
        "InvalidSubnetId.NotFound",
        "InvalidSubnetID.NotFound",
        "InvalidSecurityGroupId.NotFound",
        "InvalidGroup.NotFound"
    )
)]
pub struct VpcEndpoint {
    /// The VPC.
    #[attr(replace)]
    pub vpc_id: Input<VpcId>,
    /// The service: `com.amazonaws.us-east-1.s3`.
    #[attr(replace)]
    pub service_name: Input<String>,
    /// `Gateway`, `Interface` or `GatewayLoadBalancer`. `Gateway` when unset.
    #[attr(replace, either)]
    pub vpc_endpoint_type: Option<Input<String>>,
    /// Who may do what through it, as a JSON policy. Everybody everything when it was never set.
    #[attr(either, compare = Json)]
    pub policy: Option<Input<String>>,
    /// The route tables that lead to a `Gateway` endpoint. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub route_table_ids: Option<List<RouteTableId>>,
    /// The subnets that the others have an address in, one in each zone. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub subnet_ids: Option<List<SubnetId>>,
    /// The security groups of an `Interface` endpoint. The VPC's default one when unset. Exclusive.
    #[attr(set, exclusive, either)]
    pub security_group_ids: Option<List<SecurityGroupId>>,
    /// Whether the service's own name leads to an `Interface` endpoint inside of the VPC.
    #[attr(either)]
    pub private_dns_enabled: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `vpce-…`.
    pub id: Computed<VpcEndpointId>,
    /// The network interfaces of an `Interface` endpoint.
    #[attr(set, changes_with("subnet_ids"))]
    pub network_interface_ids: Computed<Vec<NetworkInterfaceId>>,
    /// The names that lead to it, the one for all zones first.
    #[attr(changes_with("subnet_ids", "private_dns_enabled"))]
    pub dns_names: Computed<Vec<String>>,
    /// The account that owns it.
    pub owner_id: Computed<String>,
}
