//! What RDS answers, in the schema's terms.

use aws_sdk_rds::types::{
    DbInstance, DbParameterGroupStatus, DbSubnetGroup, Endpoint, MasterUserSecret, OptionGroupMembership,
    PendingModifiedValues, VpcSecurityGroupMembership,
};
use flashinfra_plans::{Map, Name, Object, Phase, Value};

use crate::fields::{Fields, flag};
use crate::rds;

/// A live instance. `asked` is what is declared or was last applied.
pub(super) fn to_object(instance: &DbInstance, asked: &Map) -> Option<Object> {
    let tags = rds::tags(instance.tag_list());
    let pending = instance.pending_modified_values().map(pending).unwrap_or_default();
    let under_way = ours(&pending, asked);
    let is_deferred = flag(asked, "apply_immediately") == Some(false);
    let mut phase = phase(instance.db_instance_status().unwrap_or_default());
    if phase == Phase::Ready && !under_way.is_empty() && !is_deferred {
        // Right after a change RDS still says `available`.
        phase = Phase::Updating;
    }
    Some(Object {
        id: instance.db_instance_identifier()?.into(),
        phase,
        attributes: attributes(instance, &pending).value("tags", Some(tags.attribute.into())).build(),
        // What was applied for the next maintenance window is neither done nor to be done again.
        unverified: unanswered(instance, asked)
            .chain(under_way.into_iter().filter(|_| is_deferred))
            .chain(waits_for_reboot(instance, asked))
            .collect(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// A parameter group of which static parameters are not in effect, new ones of it or all of a new group.
fn waits_for_reboot(instance: &DbInstance, asked: &Map) -> Option<Name> {
    let name = "parameter_group_name";
    let status = instance.db_parameter_groups().first().and_then(DbParameterGroupStatus::parameter_apply_status);
    (status == Some("pending-reboot") && asked.get(name).is_some()).then(|| Name::new_static(name))
}

/// What RDS always answers, so that its absence says that the server does not know the field and not that it is off.
fn unanswered(instance: &DbInstance, asked: &Map) -> impl Iterator<Item = Name> {
    let name = "performance_insights_enabled";
    let is_unanswered = instance.performance_insights_enabled().is_none() && asked.get(name).is_some();
    is_unanswered.then_some(Name::new_static(name)).into_iter()
}

fn attributes(instance: &DbInstance, pending: &Map) -> Fields {
    let endpoint = instance.endpoint();
    // An instance that is being created has no endpoint yet, and says port 0.
    let port = endpoint.and_then(Endpoint::port).or(instance.db_instance_port()).filter(|port| *port > 0);
    let secret = instance.master_user_secret();
    let groups = instance.vpc_security_groups().iter().filter(|group| group.status() != Some("removing"));
    Fields::new()
        .text("identifier", instance.db_instance_identifier())
        .text("engine", instance.engine())
        .text("engine_version", instance.engine_version())
        .text("replicate_source_db", source(instance).as_deref())
        .text("instance_class", instance.db_instance_class())
        .integer("allocated_storage", instance.allocated_storage())
        .integer("max_allocated_storage", instance.max_allocated_storage())
        .text("storage_type", instance.storage_type())
        .integer("iops", instance.iops())
        .integer("storage_throughput", instance.storage_throughput())
        .flag("storage_encrypted", instance.storage_encrypted())
        .text("kms_key_id", instance.kms_key_id())
        .text("db_name", instance.db_name())
        .text("username", instance.master_username())
        .flag("manage_master_user_password", Some(secret.is_some()))
        .text("master_user_secret_kms_key_id", secret.and_then(MasterUserSecret::kms_key_id))
        .integer("port", port)
        .text("db_subnet_group_name", instance.db_subnet_group().and_then(DbSubnetGroup::db_subnet_group_name))
        .texts("vpc_security_group_ids", groups.filter_map(VpcSecurityGroupMembership::vpc_security_group_id))
        .flag("publicly_accessible", instance.publicly_accessible())
        .text("availability_zone", instance.availability_zone())
        .flag("multi_az", instance.multi_az())
        .text("network_type", instance.network_type())
        .text(
            "parameter_group_name",
            instance.db_parameter_groups().first().and_then(DbParameterGroupStatus::db_parameter_group_name),
        )
        .text(
            "option_group_name",
            instance.option_group_memberships().first().and_then(OptionGroupMembership::option_group_name),
        )
        .text("license_model", instance.license_model())
        .text("ca_cert_identifier", instance.ca_certificate_identifier())
        .integer("backup_retention_period", instance.backup_retention_period())
        .text("backup_window", instance.preferred_backup_window())
        .text("maintenance_window", instance.preferred_maintenance_window())
        .flag("copy_tags_to_snapshot", instance.copy_tags_to_snapshot())
        .flag("auto_minor_version_upgrade", instance.auto_minor_version_upgrade())
        .flag("iam_database_authentication_enabled", instance.iam_database_authentication_enabled())
        .texts("enabled_cloudwatch_logs_exports", instance.enabled_cloudwatch_logs_exports().iter().map(String::as_str))
        // An instance that is not measured has no interval in some answers.
        .integer("monitoring_interval", Some(instance.monitoring_interval().unwrap_or(0)))
        .text("monitoring_role_arn", instance.monitoring_role_arn())
        .flag("performance_insights_enabled", instance.performance_insights_enabled())
        .text("performance_insights_kms_key_id", instance.performance_insights_kms_key_id())
        .integer("performance_insights_retention_period", instance.performance_insights_retention_period())
        .flag("deletion_protection", instance.deletion_protection())
        .text("arn", instance.db_instance_arn())
        .text("address", endpoint.and_then(Endpoint::address))
        .text("hosted_zone_id", endpoint.and_then(Endpoint::hosted_zone_id))
        .text("resource_id", instance.dbi_resource_id())
        .text("master_user_secret_arn", secret.and_then(MasterUserSecret::secret_arn))
        .texts("pending_changes", pending.iter().map(|(name, _)| name.as_str()))
}

/// The ARN of the instance that this one is a replica of. RDS has a bare name for one in the same region.
fn source(instance: &DbInstance) -> Option<String> {
    let source = instance.read_replica_source_db_instance_identifier().filter(|source| !source.is_empty())?;
    let own = instance.db_instance_arn().and_then(|arn| arn.rsplit_once(':'));
    match own {
        Some((place, _)) if !source.starts_with("arn:") => Some(format!("{place}:{source}")),
        _ => Some(source.to_owned()),
    }
}

/// The changes that wait, by attribute.
fn pending(values: &PendingModifiedValues) -> Map {
    Fields::new()
        .text("instance_class", values.db_instance_class())
        .integer("allocated_storage", values.allocated_storage())
        .integer("port", values.port())
        .integer("backup_retention_period", values.backup_retention_period())
        .flag("multi_az", values.multi_az())
        .text("engine_version", values.engine_version())
        .text("license_model", values.license_model())
        .integer("iops", values.iops())
        .integer("storage_throughput", values.storage_throughput())
        .text("storage_type", values.storage_type())
        .text("ca_cert_identifier", values.ca_certificate_identifier())
        .flag("iam_database_authentication_enabled", values.iam_database_authentication_enabled())
        .build()
}

/// The pending changes that are what the stack wants: it made them.
fn ours(pending: &Map, asked: &Map) -> Vec<Name> {
    let is_wanted = |name: &str, value: &Value| match (asked.get(name), value) {
        // `15` was asked for, 15.7 is on its way.
        (Some(Value::Text(asked)), Value::Text(coming)) if name == "engine_version" => coming.starts_with(&**asked),
        (asked, coming) => asked == Some(coming),
    };
    pending.iter().filter(|(name, value)| is_wanted(name, value)).map(|(name, _)| name.clone()).collect()
}

/// The phase of a status (RDS user guide, "Viewing Amazon RDS DB instance status").
fn phase(status: &str) -> Phase {
    match status {
        // Usable, whatever else goes on; a change now is refused as `InvalidDBInstanceState`, and waits.
        "available" | "backing-up" | "storage-optimization" | "storage-initialization" | "storage-full" | "stopped" => {
            Phase::Ready
        }
        "creating" => Phase::Creating,
        "deleting" | "delete-precheck" => Phase::Deleting,
        "failed"
        | "inaccessible-encryption-credentials"
        | "incompatible-create"
        | "incompatible-credentials"
        | "incompatible-network"
        | "incompatible-option-group"
        | "incompatible-parameters"
        | "incompatible-restore"
        | "insufficient-capacity"
        | "restore-error" => Phase::Failed,
        // `modifying`, `rebooting`, `upgrading`, `configuring-…` and whatever RDS adds.
        _ => Phase::Updating,
    }
}
