//! What is sent to ElastiCache.

use aws_sdk_elasticache::operation::create_replication_group::builders::CreateReplicationGroupInputBuilder;
use aws_sdk_elasticache::operation::decrease_replica_count::builders::DecreaseReplicaCountInputBuilder;
use aws_sdk_elasticache::operation::delete_replication_group::builders::DeleteReplicationGroupInputBuilder;
use aws_sdk_elasticache::operation::increase_replica_count::builders::IncreaseReplicaCountInputBuilder;
use aws_sdk_elasticache::operation::modify_replication_group::builders::ModifyReplicationGroupInputBuilder;
use aws_sdk_elasticache::types::{AuthTokenUpdateStrategyType, TransitEncryptionMode};
use aws_smithy_types::DateTime;
use flashinfra_plans::compare::satisfies;
use flashinfra_plans::{Map, Object, OwnerMark};
use flashinfra_providers::{Inputs, Update};

use super::SCHEMA;
use crate::elasticache::to_tags;
use crate::fields::{flag, int32, text, texts};
use crate::kind::{DESCRIPTION, changes};
use crate::tags::at_create;

/// CreateReplicationGroup.
pub(super) fn to_create(inputs: &Inputs, mark: &OwnerMark) -> CreateReplicationGroupInputBuilder {
    let attributes = &inputs.attributes;
    let owned = |name| text(attributes, name).map(str::to_owned);
    let truth = |name| flag(attributes, name);
    CreateReplicationGroupInputBuilder::default()
        .set_replication_group_id(owned("replication_group_id"))
        .replication_group_description(text(attributes, "description").unwrap_or(DESCRIPTION))
        .set_engine(owned("engine"))
        .set_engine_version(owned("engine_version"))
        .set_cache_node_type(owned("cache_node_type"))
        .num_cache_clusters(int32(attributes, "num_cache_clusters").unwrap_or(1))
        .set_automatic_failover_enabled(truth("automatic_failover_enabled"))
        .set_multi_az_enabled(truth("multi_az_enabled"))
        .set_cache_parameter_group_name(owned("cache_parameter_group_name"))
        .set_cache_subnet_group_name(owned("cache_subnet_group_name"))
        .set_security_group_ids(texts(attributes, "security_group_ids"))
        .set_port(int32(attributes, "port"))
        .set_at_rest_encryption_enabled(truth("at_rest_encryption_enabled"))
        .set_kms_key_id(owned("kms_key_id"))
        .set_transit_encryption_enabled(truth("transit_encryption_enabled"))
        .set_transit_encryption_mode(text(attributes, "transit_encryption_mode").map(TransitEncryptionMode::from))
        .set_auth_token(inputs.secret("auth_token").map(|secret| secret.reveal().to_owned()))
        .set_snapshot_retention_limit(int32(attributes, "snapshot_retention_limit"))
        .set_snapshot_window(owned("snapshot_window"))
        .set_preferred_maintenance_window(owned("maintenance_window"))
        .set_auto_minor_version_upgrade(truth("auto_minor_version_upgrade"))
        .set_tags(Some(to_tags(at_create(attributes, mark))))
}

/// A part of an update: a call that ElastiCache takes while no other change is under way.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    /// More replicas, before failover that needs them is turned on.
    Increase(IncreaseReplicaCountInputBuilder),
    /// All else.
    Settings(ModifyReplicationGroupInputBuilder),
    /// Fewer replicas, after failover that needs them is turned off.
    Decrease(DecreaseReplicaCountInputBuilder),
    /// The token. Nothing tells whether it was set, so it comes last and is sent once.
    Token(ModifyReplicationGroupInputBuilder),
}

impl Part {
    /// What it is about.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Increase(_) | Self::Decrease(_) => "nodes",
            Self::Settings(_) => "settings",
            Self::Token(_) => "clients' passwords",
        }
    }
}

/// What ModifyReplicationGroup changes, but for the token.
const SETTINGS: [&str; 14] = [
    "description",
    "engine",
    "engine_version",
    "cache_node_type",
    "automatic_failover_enabled",
    "multi_az_enabled",
    "cache_parameter_group_name",
    "security_group_ids",
    "transit_encryption_enabled",
    "transit_encryption_mode",
    "snapshot_retention_limit",
    "snapshot_window",
    "maintenance_window",
    "auto_minor_version_upgrade",
];

/// Attributes that ElastiCache takes together: when one of a group is sent, the declared ones of it are all sent
/// (ElastiCache API reference, ModifyReplicationGroup: `MultiAZEnabled`, `TransitEncryptionMode`, `EngineVersion`).
const TOGETHER: [&[&str]; 3] = [
    &["automatic_failover_enabled", "multi_az_enabled"],
    &["transit_encryption_enabled", "transit_encryption_mode"],
    &["engine", "engine_version", "cache_parameter_group_name"],
];

/// What of an update live still lacks, in the order in which it has to be sent. What waits for the maintenance window is not
/// lacking.
pub(super) fn parts(update: &Update, live: &Object) -> Vec<Part> {
    let attributes = &update.inputs.attributes;
    let have = int32(&live.attributes, "num_cache_clusters");
    let want = int32(attributes, "num_cache_clusters").filter(|_| changes(update, "num_cache_clusters"));
    let replicas = want.filter(|want| Some(*want) != have).map(|nodes| nodes.saturating_sub(1));
    let is_more = want > have;
    let lacking: Vec<&str> =
        SETTINGS.into_iter().filter(|name| changes(update, name) && is_lacking(name, attributes, live)).collect();
    let id = update.id.as_str();
    let increase = replicas.filter(|_| is_more).map(|replicas| {
        let call = IncreaseReplicaCountInputBuilder::default().replication_group_id(id).apply_immediately(true);
        Part::Increase(call.new_replica_count(replicas))
    });
    let settings = (!lacking.is_empty()).then(|| Part::Settings(to_modify(id, attributes, &lacking)));
    let decrease = replicas.filter(|_| !is_more).map(|replicas| {
        let call = DecreaseReplicaCountInputBuilder::default().replication_group_id(id).apply_immediately(true);
        Part::Decrease(call.new_replica_count(replicas))
    });
    [increase, settings, decrease, token(update)].into_iter().flatten().collect()
}

/// Whether live has not what is declared, nor is on its way to it.
fn is_lacking(name: &str, attributes: &Map, live: &Object) -> bool {
    let (Some(want), Some(attribute)) = (attributes.get(name), SCHEMA.attribute(name)) else { return false };
    let is_there = live.attributes.get(name).is_some_and(|have| satisfies(attribute, want, have));
    !is_there && !live.unverified.iter().any(|waiting| waiting == name)
}

/// ModifyReplicationGroup with these attributes.
fn to_modify(id: &str, attributes: &Map, lacking: &[&str]) -> ModifyReplicationGroupInputBuilder {
    let is_sent = |name: &str| {
        let with = TOGETHER.iter().find(|group| group.contains(&name));
        lacking.contains(&name) || with.is_some_and(|group| group.iter().any(|other| lacking.contains(other)))
    };
    let owned = |name| text(attributes, name).filter(|_| is_sent(name)).map(str::to_owned);
    let number = |name| int32(attributes, name).filter(|_| is_sent(name));
    let truth = |name| flag(attributes, name).filter(|_| is_sent(name));
    ModifyReplicationGroupInputBuilder::default()
        .replication_group_id(id)
        .apply_immediately(flag(attributes, "apply_immediately").unwrap_or(true))
        .set_replication_group_description(owned("description"))
        .set_engine(owned("engine"))
        .set_engine_version(owned("engine_version"))
        .set_cache_node_type(owned("cache_node_type"))
        .set_automatic_failover_enabled(truth("automatic_failover_enabled"))
        .set_multi_az_enabled(truth("multi_az_enabled"))
        .set_cache_parameter_group_name(owned("cache_parameter_group_name"))
        .set_security_group_ids(texts(attributes, "security_group_ids").filter(|_| is_sent("security_group_ids")))
        .set_transit_encryption_enabled(truth("transit_encryption_enabled"))
        .set_transit_encryption_mode(owned("transit_encryption_mode").as_deref().map(TransitEncryptionMode::from))
        .set_snapshot_retention_limit(number("snapshot_retention_limit"))
        .set_snapshot_window(owned("snapshot_window"))
        .set_preferred_maintenance_window(owned("maintenance_window"))
        .set_auto_minor_version_upgrade(truth("auto_minor_version_upgrade"))
}

/// The part that sets a new token, by itself and at once: ElastiCache changes it in no other way.
fn token(update: &Update) -> Option<Part> {
    let token = update.inputs.secret("auth_token").filter(|_| changes(update, "auth_token"))?;
    let strategy = text(&update.inputs.attributes, "auth_token_update_strategy").map(AuthTokenUpdateStrategyType::from);
    let call = ModifyReplicationGroupInputBuilder::default()
        .replication_group_id(update.id.as_str())
        .apply_immediately(true)
        .auth_token(token.reveal())
        .auth_token_update_strategy(strategy.unwrap_or(AuthTokenUpdateStrategyType::Rotate));
    Some(Part::Token(call))
}

/// Whether the delete arguments say what becomes of a last snapshot.
pub(super) fn is_named(arguments: &Map) -> bool {
    flag(arguments, "skip_final_snapshot") == Some(true) || text(arguments, "final_snapshot_identifier").is_some()
}

/// DeleteReplicationGroup. A last snapshot is taken unless it was said not to. `made` is when the group was: with it, the name of
/// a snapshot that nobody named is not that of an earlier group of the same name.
pub(super) fn to_delete(id: &str, arguments: &Map, made: Option<&DateTime>) -> DeleteReplicationGroupInputBuilder {
    let is_skipped = flag(arguments, "skip_final_snapshot") == Some(true);
    let unique = made.map(|made| format!("-{:x}", made.secs())).unwrap_or_default();
    let snapshot = match text(arguments, "final_snapshot_identifier") {
        _ if is_skipped => None,
        Some(name) => Some(name.to_owned()),
        None => Some(format!("{id}-final{unique}")),
    };
    DeleteReplicationGroupInputBuilder::default()
        .replication_group_id(id)
        .retain_primary_cluster(false)
        .set_final_snapshot_identifier(snapshot)
}
