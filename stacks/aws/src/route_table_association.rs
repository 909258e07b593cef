//! `aws.route_table_association`.

use flashinfra::{Computed, Input, Resource};

use crate::ids::{RouteTableAssociationId, RouteTableId, SubnetId};

/// Makes a [`Subnet`](crate::Subnet) take a [`RouteTable`](crate::RouteTable). Without one it takes the VPC's main table.
///
/// A subnet has at most one, so it is named by its subnet. AWS keeps no tags on it: the ledger alone knows that it is ours.
#[derive(Resource)]
#[resource(
    kind = "aws.route_table_association",
    identity = Named("subnet_id"),
    carrier = None,
    create_once = UniqueName,
    settle_seconds = 60,
    timeouts(create = 300, update = 300, delete = 300),
    typical(create = 1, update = 1, delete = 1),
    // The subnet or the table of this very run is not visible everywhere yet (EC2 API reference, error codes).
    wait_codes("InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound", "InvalidRouteTableID.NotFound")
)]
pub struct RouteTableAssociation {
    /// The subnet.
    #[attr(replace)]
    pub subnet_id: Input<SubnetId>,
    /// The table. Another one takes its place at once (EC2 API reference, ReplaceRouteTableAssociation).
    pub route_table_id: Input<RouteTableId>,
    /// The id: `rtbassoc-…`. Taking another table gives another one.
    #[attr(changes_with("route_table_id"))]
    pub id: Computed<RouteTableAssociationId>,
}
