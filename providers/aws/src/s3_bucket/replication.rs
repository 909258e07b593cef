//! What is copied where, from and to S3's form.

use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination, EncryptionConfiguration,
    ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus, SourceSelectionCriteria,
    SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus, StorageClass,
};
use flashinfra_plans::Map;

use crate::fields::{Fields, block, blocks, int32, text};

/// A live configuration.
pub(super) fn from_configuration(configuration: &ReplicationConfiguration) -> Map {
    let role = Some(configuration.role());
    Fields::new().text("role", role).blocks("rules", configuration.rules().iter().map(from_rule)).build()
}

fn from_rule(rule: &ReplicationRule) -> Map {
    let destination = rule.destination().map(|destination| {
        let encryption = destination.encryption_configuration();
        let fields = Fields::new()
            .text("bucket", Some(destination.bucket()))
            .text("account", destination.account())
            .text("storage_class", destination.storage_class().map(StorageClass::as_str))
            .text("replica_kms_key_id", encryption.and_then(EncryptionConfiguration::replica_kms_key_id));
        fields.build().into()
    });
    let markers = rule.delete_marker_replication().and_then(DeleteMarkerReplication::status);
    Fields::new()
        .text("id", rule.id())
        .integer("priority", rule.priority())
        .text("status", Some(rule.status().as_str()))
        .text("prefix", rule.filter().and_then(ReplicationRuleFilter::prefix))
        .text("delete_marker_replication", markers.map(DeleteMarkerReplicationStatus::as_str))
        .value("destination", destination)
        .build()
}

/// A configuration to be sent.
pub(super) fn to_configuration(replication: &Map) -> Option<ReplicationConfiguration> {
    let rules = blocks(replication, "rules").unwrap_or_default().into_iter().filter_map(to_rule).collect();
    ReplicationConfiguration::builder().role(text(replication, "role")?).set_rules(Some(rules)).build().ok()
}

fn to_rule(rule: &Map) -> Option<ReplicationRule> {
    let destination = block(rule, "destination")?;
    let owned = |name| text(destination, name).map(str::to_owned);
    // What KMS encrypts is left out unless it is asked for with a key for the copies.
    let key = owned("replica_kms_key_id");
    let source = key.is_some().then(|| {
        let encrypted = SseKmsEncryptedObjects::builder().status(SseKmsEncryptedObjectsStatus::Enabled).build().ok();
        SourceSelectionCriteria::builder().set_sse_kms_encrypted_objects(encrypted).build()
    });
    let encryption = key.map(|key| EncryptionConfiguration::builder().replica_kms_key_id(key).build());
    let destination = Destination::builder()
        .set_bucket(owned("bucket"))
        .set_account(owned("account"))
        .set_storage_class(text(destination, "storage_class").map(StorageClass::from))
        .set_encryption_configuration(encryption)
        .build()
        .ok()?;
    let markers = text(rule, "delete_marker_replication")
        .map_or(DeleteMarkerReplicationStatus::Disabled, DeleteMarkerReplicationStatus::from);
    // With a filter a rule is of the newer form, of which there can be several, each with its priority.
    let filter = ReplicationRuleFilter::builder().prefix(text(rule, "prefix").unwrap_or_default()).build();
    ReplicationRule::builder()
        .set_id(text(rule, "id").map(str::to_owned))
        .set_priority(int32(rule, "priority"))
        .status(text(rule, "status").map_or(ReplicationRuleStatus::Enabled, ReplicationRuleStatus::from))
        .filter(filter)
        .delete_marker_replication(DeleteMarkerReplication::builder().status(markers).build())
        .set_source_selection_criteria(source)
        .destination(destination)
        .build()
        .ok()
}
