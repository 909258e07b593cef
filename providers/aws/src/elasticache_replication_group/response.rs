//! What ElastiCache answers, in the schema's terms.

use aws_sdk_elasticache::types::{
    AutomaticFailoverStatus, CacheCluster, CacheParameterGroupStatus, Endpoint, MultiAzStatus, NodeGroup,
    PendingAutomaticFailoverStatus, ReplicationGroup, SecurityGroupMembership, TransitEncryptionMode,
};
use flashinfra_plans::{Map, Name, Object, Phase, Value};

use crate::fields::{Fields, flag};

/// What only a node tells.
const OF_NODES: [&str; 5] = [
    "engine_version",
    "cache_parameter_group_name",
    "cache_subnet_group_name",
    "security_group_ids",
    "maintenance_window",
];

/// A live group, without its tags. `node` is one of its nodes, `asked` what is declared or was last applied.
pub(super) fn to_object(group: &ReplicationGroup, node: Option<&CacheCluster>, asked: &Map) -> Option<Object> {
    let pending = pending(group, node);
    let under_way = ours(&pending, asked);
    let is_deferred = flag(asked, "apply_immediately") == Some(false);
    let mut phase = phase(group.status().unwrap_or_default());
    if phase == Phase::Ready && !under_way.is_empty() && !is_deferred {
        // Right after a change ElastiCache still says `available`.
        phase = Phase::Updating;
    }
    let unseen = OF_NODES.into_iter().filter(|name| node.is_none() && asked.get(name).is_some());
    Some(Object {
        id: group.replication_group_id()?.to_lowercase().into(),
        phase,
        attributes: attributes(group, node, &pending),
        // What was applied for the next maintenance window is neither done nor to be done again.
        unverified: unseen.map(Name::new_static).chain(under_way.into_iter().filter(|_| is_deferred)).collect(),
        owner: None,
        managed_by: None,
    })
}

fn attributes(group: &ReplicationGroup, node: Option<&CacheCluster>, pending: &Map) -> Map {
    let shard = group.node_groups().first();
    let primary = shard.and_then(NodeGroup::primary_endpoint);
    let reader = shard.and_then(NodeGroup::reader_endpoint);
    // A group that is being created has no nodes yet, and no port.
    let members = shard.map(|shard| shard.node_group_members().len()).filter(|members| *members > 0);
    let members = members.and_then(|members| i32::try_from(members).ok());
    let parameters = node.and_then(CacheCluster::cache_parameter_group);
    let groups = node.map(CacheCluster::security_groups);
    let mut fields = Fields::new()
        .text("replication_group_id", group.replication_group_id().map(str::to_lowercase).as_deref())
        .text("description", group.description())
        .text("engine", group.engine())
        .text("engine_version", node.and_then(CacheCluster::engine_version))
        .text("cache_node_type", group.cache_node_type())
        .integer("num_cache_clusters", members)
        .flag("automatic_failover_enabled", group.automatic_failover().and_then(failover))
        .flag("multi_az_enabled", group.multi_az().map(|status| *status == MultiAzStatus::Enabled))
        .text("cache_parameter_group_name", parameters.and_then(CacheParameterGroupStatus::cache_parameter_group_name))
        .text("cache_subnet_group_name", node.and_then(CacheCluster::cache_subnet_group_name))
        .integer("port", primary.and_then(Endpoint::port).filter(|port| *port > 0))
        .flag("at_rest_encryption_enabled", group.at_rest_encryption_enabled())
        .text("kms_key_id", group.kms_key_id())
        .flag("transit_encryption_enabled", group.transit_encryption_enabled())
        .text("transit_encryption_mode", group.transit_encryption_mode().map(TransitEncryptionMode::as_str))
        .integer("snapshot_retention_limit", group.snapshot_retention_limit())
        .text("snapshot_window", group.snapshot_window())
        .text("maintenance_window", node.and_then(CacheCluster::preferred_maintenance_window))
        .flag("auto_minor_version_upgrade", group.auto_minor_version_upgrade())
        .text("arn", group.arn())
        .text("primary_endpoint_address", primary.and_then(Endpoint::address))
        .text("reader_endpoint_address", reader.and_then(Endpoint::address))
        .texts("member_clusters", group.member_clusters().iter().map(String::as_str))
        .texts("pending_changes", pending.iter().map(|(name, _)| name.as_str()));
    if let Some(groups) = groups {
        let kept = groups.iter().filter(|group| group.status() != Some("removing"));
        fields = fields.texts("security_group_ids", kept.filter_map(SecurityGroupMembership::security_group_id));
    }
    fields.build()
}

/// Whether failover is on, or off; while it is being turned, neither.
fn failover(status: &AutomaticFailoverStatus) -> Option<bool> {
    match status {
        AutomaticFailoverStatus::Enabled => Some(true),
        AutomaticFailoverStatus::Disabled => Some(false),
        _ => None,
    }
}

/// The changes that wait, by attribute.
fn pending(group: &ReplicationGroup, node: Option<&CacheCluster>) -> Map {
    let of_group = group.pending_modified_values();
    let of_node = node.and_then(CacheCluster::pending_modified_values);
    let failover = of_group.and_then(|values| values.automatic_failover_status());
    Fields::new()
        .text("cache_node_type", of_node.and_then(|values| values.cache_node_type()))
        .text("engine_version", of_node.and_then(|values| values.engine_version()))
        .flag("automatic_failover_enabled", failover.map(|status| *status == PendingAutomaticFailoverStatus::Enabled))
        .flag("transit_encryption_enabled", of_group.and_then(|values| values.transit_encryption_enabled()))
        .text(
            "transit_encryption_mode",
            of_group.and_then(|values| values.transit_encryption_mode()).map(TransitEncryptionMode::as_str),
        )
        .build()
}

/// The pending changes that are what the stack wants: it made them.
fn ours(pending: &Map, asked: &Map) -> Vec<Name> {
    let is_wanted = |name: &str, value: &Value| match (asked.get(name), value) {
        // `7` was asked for, 7.1 is on its way.
        (Some(Value::Text(asked)), Value::Text(coming)) if name == "engine_version" => coming.starts_with(&**asked),
        (asked, coming) => asked == Some(coming),
    };
    pending.iter().filter(|(name, value)| is_wanted(name, value)).map(|(name, _)| name.clone()).collect()
}

/// The phase of a status (ElastiCache API reference, ReplicationGroup: `Status`).
fn phase(status: &str) -> Phase {
    match status {
        // Usable while it makes a snapshot; a change then is refused as `InvalidReplicationGroupState`, and waits.
        "available" | "snapshotting" => Phase::Ready,
        "creating" => Phase::Creating,
        "deleting" => Phase::Deleting,
        "create-failed" => Phase::Failed,
        // `modifying`, and whatever ElastiCache adds.
        _ => Phase::Updating,
    }
}
