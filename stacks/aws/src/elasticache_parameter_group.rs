//! `aws.elasticache_parameter_group`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::CacheParameterGroupArn;

/// Settings of a cache's engine.
///
/// A change reaches the caches that use the group at once, and those of its parameters that an engine reads at its start only
/// when a node is rebooted.
#[derive(Resource)]
#[resource(
    kind = "aws.elasticache_parameter_group",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    settle_seconds = 30,
    timeouts(create = 120, update = 300, delete = 600),
    typical(create = 3, update = 3, delete = 2),
    // A cache that uses it is still going, or takes over a change (ElastiCache API reference, DeleteCacheParameterGroup and
    // ModifyCacheParameterGroup).
    wait_codes("InvalidCacheParameterGroupState")
)]
pub struct ElasticacheParameterGroup {
    /// The name, in lower case, unique in account and region.
    #[attr(replace, compare = IgnoreCase)]
    pub name: Input<String>,
    /// Which engine and version it is for: `redis7`, `valkey8`, `memcached1.6`.
    #[attr(replace)]
    pub family: Input<String>,
    /// What it is for. `Made by flashinfra` when unset. No call changes it.
    #[attr(replace, either)]
    pub description: Option<Input<String>>,
    /// The values, by parameter. Exclusive: a parameter that somebody else sets goes back to the engine's default, as does one that
    /// is not set any more.
    #[attr(exclusive, unset = Clear)]
    pub parameters: Option<Map<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<CacheParameterGroupArn>,
}
