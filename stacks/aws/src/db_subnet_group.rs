//! `aws.db_subnet_group`.

use flashinfra::{Computed, Input, List, Map, Resource};

use crate::ids::{DbSubnetGroupArn, SubnetId, VpcId};

/// The subnets that a DB instance may be placed in.
#[derive(Resource)]
#[resource(
    kind = "aws.db_subnet_group",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    settle_seconds = 30,
    timeouts(create = 120, update = 300, delete = 600),
    typical(create = 2, update = 2, delete = 2),
    // A DB instance in it is still going (RDS API reference, DeleteDBSubnetGroup).
    wait_codes("InvalidDBSubnetGroupStateFault")
)]
pub struct DbSubnetGroup {
    /// The name, in lower case, unique in account and region.
    #[attr(replace, compare = IgnoreCase)]
    pub name: Input<String>,
    /// What it is for. `Made by flashinfra` when unset.
    #[attr(either)]
    pub description: Option<Input<String>>,
    /// The subnets, in at least two availability zones.
    #[attr(set)]
    pub subnet_ids: List<SubnetId>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<DbSubnetGroupArn>,
    /// The VPC of the subnets.
    pub vpc_id: Computed<VpcId>,
}
