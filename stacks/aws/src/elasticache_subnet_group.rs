//! `aws.elasticache_subnet_group`.

use flashinfra::{Computed, Input, List, Map, Resource};

use crate::ids::{CacheSubnetGroupArn, SubnetId, VpcId};

/// The subnets that the nodes of a cache may be placed in.
#[derive(Resource)]
#[resource(
    kind = "aws.elasticache_subnet_group",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    settle_seconds = 30,
    timeouts(create = 120, update = 300, delete = 600),
    typical(create = 2, update = 2, delete = 2),
    // A cache in it is still going (ElastiCache API reference, DeleteCacheSubnetGroup).
    wait_codes("CacheSubnetGroupInUse")
)]
pub struct ElasticacheSubnetGroup {
    /// The name, in lower case, unique in account and region.
    #[attr(replace, compare = IgnoreCase)]
    pub name: Input<String>,
    /// What it is for. `Made by flashinfra` when unset.
    #[attr(either)]
    pub description: Option<Input<String>>,
    /// The subnets, all of one VPC. A subnet with a node in it cannot be taken out.
    #[attr(set)]
    pub subnet_ids: List<SubnetId>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<CacheSubnetGroupArn>,
    /// The VPC of the subnets.
    pub vpc_id: Computed<VpcId>,
}
