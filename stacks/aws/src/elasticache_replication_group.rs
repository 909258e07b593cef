//! `aws.elasticache_replication_group`.

use flashinfra::{Computed, Input, List, Map, Resource, Secret};

use crate::ids::{KmsKeyArn, ReplicationGroupArn, SecurityGroupId};

/// A Redis or Valkey cache on ElastiCache: a primary node and its replicas, with cluster mode disabled.
///
/// Changes are made at once unless `apply_immediately` is false. ElastiCache then makes those that interrupt in the next
/// maintenance window; until then a plan shows them as not verified. The number of nodes and the token are changed at once always.
///
/// An update of several things is several calls, each after the one before has ended: nodes are added first, since failover needs
/// a replica, and taken away last.
#[derive(Resource)]
#[resource(
    kind = "aws.elasticache_replication_group",
    identity = Named("replication_group_id"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    stateful,
    settle_seconds = 60,
    // A node takes up to a quarter of an hour, and a change of the node type makes all of them anew.
    timeouts(create = 3600, update = 7200, delete = 3600),
    typical(create = 600, update = 600, delete = 300),
    // It is busy with something else (ElastiCache API reference, ModifyReplicationGroup and DeleteReplicationGroup).
    wait_codes("InvalidReplicationGroupState", "InvalidCacheClusterState")
)]
pub struct ElasticacheReplicationGroup {
    /// The name, in lower case, unique in account and region.
    #[attr(replace, compare = IgnoreCase)]
    pub replication_group_id: Input<String>,
    /// What it is for. `Made by flashinfra` when unset.
    #[attr(either)]
    pub description: Option<Input<String>>,
    /// The engine: `redis` or `valkey`. ElastiCache turns Redis into Valkey in place, and nothing back.
    pub engine: Input<String>,
    /// The version of the engine, as precise as wanted: `7` is satisfied by 7.1. It only rises in place: give the group another
    /// name to go back.
    #[attr(either, mode = Prefix)]
    pub engine_version: Option<Input<String>>,
    /// The type of all nodes: `cache.r7g.large`.
    pub cache_node_type: Input<String>,
    /// How many nodes there are, the primary among them. One when unset.
    #[attr(either)]
    pub num_cache_clusters: Option<Input<i64>>,
    /// Whether a replica becomes the primary when that fails. It takes a replica.
    #[attr(either)]
    pub automatic_failover_enabled: Option<Input<bool>>,
    /// Whether the nodes are spread over availability zones. It takes failover.
    #[attr(either)]
    pub multi_az_enabled: Option<Input<bool>>,
    /// The parameter group. The engine's default when unset.
    #[attr(either)]
    pub cache_parameter_group_name: Option<Input<String>>,
    /// The subnet group. The default one when unset.
    #[attr(replace, either, compare = IgnoreCase)]
    pub cache_subnet_group_name: Option<Input<String>>,
    /// The security groups. The VPC's default one when unset. Exclusive.
    #[attr(set, exclusive, either)]
    pub security_group_ids: Option<List<SecurityGroupId>>,
    /// The port. 6379 when unset.
    #[attr(replace, either)]
    pub port: Option<Input<u16>>,
    /// Whether what is written to disk, snapshots among it, is encrypted. This cannot be changed later.
    #[attr(replace, either)]
    pub at_rest_encryption_enabled: Option<Input<bool>>,
    /// The key that the disk is encrypted with. ElastiCache's own when unset.
    #[attr(replace, either)]
    pub kms_key_id: Option<Input<KmsKeyArn>>,
    /// Whether clients and nodes speak TLS. Redis 7 and Valkey take a change of it in place, step by step: on with the mode
    /// `preferred`, then `required`.
    #[attr(either)]
    pub transit_encryption_enabled: Option<Input<bool>>,
    /// Whether clients may go without TLS for now (`preferred`) or not (`required`).
    #[attr(either)]
    pub transit_encryption_mode: Option<Input<String>>,
    /// The password of all clients, 16 to 128 characters; it takes TLS. Raise the secret's version to set a new one.
    #[attr(mode = WriteOnly)]
    pub auth_token: Option<Secret<String>>,
    /// How a new password is set: `ROTATE` takes the old one as well until the next change, `SET` from then on the new one only.
    /// `ROTATE` when unset. Says how a change is made; alone it changes nothing.
    #[attr(mode = WriteOnly)]
    pub auth_token_update_strategy: Option<Input<String>>,
    /// For how many days automatic snapshots are kept; 0 turns them off. 0 when unset (ElastiCache API reference,
    /// CreateReplicationGroup).
    #[attr(either)]
    pub snapshot_retention_limit: Option<Input<i64>>,
    /// When automatic snapshots are made, UTC: `03:00-05:00`. ElastiCache chooses when unset.
    #[attr(either)]
    pub snapshot_window: Option<Input<String>>,
    /// When maintenance may interrupt, UTC: `sun:05:00-sun:06:00`. ElastiCache chooses when unset.
    #[attr(either, compare = IgnoreCase)]
    pub maintenance_window: Option<Input<String>>,
    /// Whether minor versions of the engine are installed in maintenance windows.
    #[attr(either)]
    pub auto_minor_version_upgrade: Option<Input<bool>>,
    /// Whether changes are made at once, with the pause that some need, or in the next maintenance window. At once when
    /// unset. Says how a change is made; alone it changes nothing.
    #[attr(mode = WriteOnly)]
    pub apply_immediately: Option<Input<bool>>,
    /// Whether it is deleted without a last snapshot. When unset, one is taken.
    #[attr(delete_argument)]
    pub skip_final_snapshot: Option<Input<bool>>,
    /// The name of the last snapshot. When unset, it is made from the name and the age of the group.
    #[attr(delete_argument)]
    pub final_snapshot_identifier: Option<Input<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<ReplicationGroupArn>,
    /// The host name of the primary: for reads and writes.
    #[attr(changes_with("transit_encryption_enabled", "transit_encryption_mode"))]
    pub primary_endpoint_address: Computed<String>,
    /// The host name that leads to all replicas: for reads.
    #[attr(changes_with("transit_encryption_enabled", "transit_encryption_mode"))]
    pub reader_endpoint_address: Computed<String>,
    /// The names of the nodes.
    #[attr(changes_with("num_cache_clusters"))]
    pub member_clusters: Computed<Vec<String>>,
    /// The changes that wait for the next maintenance window, by attribute.
    #[attr(changes_with("apply_immediately"))]
    pub pending_changes: Computed<Vec<String>>,
}
