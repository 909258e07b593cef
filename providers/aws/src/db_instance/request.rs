//! What is sent to RDS.

use aws_sdk_rds::operation::create_db_instance::builders::CreateDbInstanceInputBuilder;
use aws_sdk_rds::operation::delete_db_instance::builders::DeleteDbInstanceInputBuilder;
use aws_sdk_rds::operation::modify_db_instance::builders::ModifyDbInstanceInputBuilder;
use aws_sdk_rds::types::CloudwatchLogsExportConfiguration;
use flashinfra_plans::{Map, OwnerMark};
use flashinfra_providers::{Inputs, Update};

use crate::fields::{SetChange, flag, int32, text, texts};
use crate::kind::changes;
use crate::rds;
use crate::tags::at_create;

/// Sets what every call takes that makes an instance, with the tags and the mark. The SDK has a builder for each of them, and nothing that
/// they have in common.
macro_rules! common {
    ($builder:expr, $attributes:ident, $mark:expr) => {{
        let owned = |name| text($attributes, name).map(str::to_owned);
        let number = |name| int32($attributes, name);
        let truth = |name| flag($attributes, name);
        $builder
            .set_db_instance_class(owned("instance_class"))
            .set_storage_type(owned("storage_type"))
            .set_iops(number("iops"))
            .set_storage_throughput(number("storage_throughput"))
            .set_port(number("port"))
            .set_db_subnet_group_name(owned("db_subnet_group_name"))
            .set_vpc_security_group_ids(texts($attributes, "vpc_security_group_ids"))
            .set_publicly_accessible(truth("publicly_accessible"))
            .set_availability_zone(owned("availability_zone"))
            .set_multi_az(truth("multi_az"))
            .set_network_type(owned("network_type"))
            .set_db_parameter_group_name(owned("parameter_group_name"))
            .set_option_group_name(owned("option_group_name"))
            .set_ca_certificate_identifier(owned("ca_cert_identifier"))
            .set_copy_tags_to_snapshot(truth("copy_tags_to_snapshot"))
            .set_auto_minor_version_upgrade(truth("auto_minor_version_upgrade"))
            .set_enable_iam_database_authentication(truth("iam_database_authentication_enabled"))
            .set_enable_cloudwatch_logs_exports(texts($attributes, "enabled_cloudwatch_logs_exports"))
            .set_deletion_protection(truth("deletion_protection"))
            .set_tags(Some(rds::to_tags(at_create($attributes, $mark))))
    }};
}
pub(super) use common;

/// CreateDBInstance.
pub(super) fn to_create(inputs: &Inputs, mark: &OwnerMark) -> CreateDbInstanceInputBuilder {
    let attributes = &inputs.attributes;
    let owned = |name| text(attributes, name).map(str::to_owned);
    let number = |name| int32(attributes, name);
    let truth = |name| flag(attributes, name);
    let password = inputs.secret("master_user_password").map(|secret| secret.reveal().to_owned());
    let is_managed = truth("manage_master_user_password").unwrap_or(password.is_none());
    common!(CreateDbInstanceInputBuilder::default(), attributes, mark)
        .set_db_instance_identifier(owned("identifier"))
        .set_engine(owned("engine"))
        .set_engine_version(owned("engine_version"))
        .set_allocated_storage(number("allocated_storage"))
        .set_max_allocated_storage(number("max_allocated_storage"))
        .set_storage_encrypted(truth("storage_encrypted"))
        .set_kms_key_id(owned("kms_key_id"))
        .set_db_name(owned("db_name"))
        .set_master_username(owned("username"))
        .set_manage_master_user_password(is_managed.then_some(true))
        .set_master_user_password(password)
        .set_master_user_secret_kms_key_id(owned("master_user_secret_kms_key_id"))
        .set_license_model(owned("license_model"))
        .set_backup_retention_period(number("backup_retention_period"))
        .set_preferred_backup_window(owned("backup_window"))
        .set_preferred_maintenance_window(owned("maintenance_window"))
        .set_monitoring_interval(number("monitoring_interval"))
        .set_monitoring_role_arn(owned("monitoring_role_arn"))
        .set_enable_performance_insights(truth("performance_insights_enabled"))
        .set_performance_insights_kms_key_id(owned("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(number("performance_insights_retention_period"))
}

/// Attributes that RDS takes together: when one of a group changes, the declared ones of it are all sent (RDS API reference,
/// ModifyDBInstance: `Iops`, `MasterUserSecretKmsKeyId`, `MonitoringRoleArn`, `EnablePerformanceInsights`).
const TOGETHER: [&[&str]; 4] = [
    &["manage_master_user_password", "master_user_secret_kms_key_id"],
    &["storage_type", "iops", "storage_throughput"],
    &["monitoring_interval", "monitoring_role_arn"],
    &["performance_insights_enabled", "performance_insights_kms_key_id", "performance_insights_retention_period"],
];

/// Attributes that are not changed by a ModifyDBInstance of their own.
const NOT_MODIFIED: [&str; 7] = [
    "tags",
    "replicate_source_db",
    "apply_immediately",
    "allow_major_version_upgrade",
    "skip_final_snapshot",
    "final_snapshot_identifier",
    "delete_automated_backups",
];

/// ModifyDBInstance, when an update changes something that it takes.
pub(super) fn to_modify(update: &Update) -> Option<ModifyDbInstanceInputBuilder> {
    if update.changed.iter().all(|name| NOT_MODIFIED.contains(&name.as_str())) {
        return None;
    }
    let attributes = &update.inputs.attributes;
    let is_sent = |name: &str| {
        let with = TOGETHER.iter().find(|group| group.contains(&name));
        changes(update, name) || with.is_some_and(|group| group.iter().any(|other| changes(update, other)))
    };
    let owned = |name| text(attributes, name).filter(|_| is_sent(name)).map(str::to_owned);
    let number = |name| int32(attributes, name).filter(|_| is_sent(name));
    let truth = |name| flag(attributes, name).filter(|_| is_sent(name));
    let password = update.inputs.secret("master_user_password").filter(|_| changes(update, "master_user_password"));
    // A password of one's own ends the managed one: RDS refuses it otherwise.
    let is_managed = truth("manage_master_user_password").or(password.map(|_| false));
    let call = ModifyDbInstanceInputBuilder::default()
        .db_instance_identifier(update.id.as_str())
        .apply_immediately(flag(attributes, "apply_immediately").unwrap_or(true))
        .set_engine_version(owned("engine_version"))
        .set_allow_major_version_upgrade(
            flag(attributes, "allow_major_version_upgrade").filter(|_| changes(update, "engine_version")),
        )
        .set_db_instance_class(owned("instance_class"))
        .set_allocated_storage(number("allocated_storage"))
        .set_max_allocated_storage(number("max_allocated_storage"))
        .set_storage_type(owned("storage_type"))
        .set_iops(number("iops"))
        .set_storage_throughput(number("storage_throughput"))
        .set_manage_master_user_password(is_managed)
        .set_master_user_password(password.map(|secret| secret.reveal().to_owned()))
        .set_master_user_secret_kms_key_id(owned("master_user_secret_kms_key_id"))
        .set_db_port_number(number("port"))
        .set_vpc_security_group_ids(
            texts(attributes, "vpc_security_group_ids").filter(|_| is_sent("vpc_security_group_ids")),
        )
        .set_publicly_accessible(truth("publicly_accessible"))
        .set_multi_az(truth("multi_az"))
        .set_network_type(owned("network_type"))
        .set_db_parameter_group_name(owned("parameter_group_name"))
        .set_option_group_name(owned("option_group_name"))
        .set_license_model(owned("license_model"))
        .set_ca_certificate_identifier(owned("ca_cert_identifier"))
        .set_backup_retention_period(number("backup_retention_period"))
        .set_preferred_backup_window(owned("backup_window"))
        .set_preferred_maintenance_window(owned("maintenance_window"))
        .set_copy_tags_to_snapshot(truth("copy_tags_to_snapshot"))
        .set_auto_minor_version_upgrade(truth("auto_minor_version_upgrade"))
        .set_enable_iam_database_authentication(truth("iam_database_authentication_enabled"))
        .set_cloudwatch_logs_export_configuration(logs(update))
        .set_monitoring_interval(number("monitoring_interval"))
        .set_monitoring_role_arn(owned("monitoring_role_arn"))
        .set_enable_performance_insights(truth("performance_insights_enabled"))
        .set_performance_insights_kms_key_id(owned("performance_insights_kms_key_id"))
        .set_performance_insights_retention_period(number("performance_insights_retention_period"))
        .set_deletion_protection(truth("deletion_protection"));
    Some(call)
}

/// Which logs are exported from now on and which no longer.
fn logs(update: &Update) -> Option<CloudwatchLogsExportConfiguration> {
    const NAME: &str = "enabled_cloudwatch_logs_exports";
    let types = |map: &Map| texts(map, NAME).unwrap_or_default();
    let SetChange { add, remove } = SetChange::between(&types(&update.before), &types(&update.inputs.attributes));
    let some = |types: Vec<String>| Some(types).filter(|types| !types.is_empty());
    let configuration = CloudwatchLogsExportConfiguration::builder()
        .set_enable_log_types(some(add))
        .set_disable_log_types(some(remove))
        .build();
    changes(update, NAME).then_some(configuration)
}

/// Whether the delete arguments say what becomes of a last snapshot.
pub(super) fn is_named(arguments: &Map) -> bool {
    flag(arguments, "skip_final_snapshot") == Some(true) || text(arguments, "final_snapshot_identifier").is_some()
}

/// DeleteDBInstance. A last snapshot is taken unless it was said not to.
pub(super) fn to_delete(id: &str, arguments: &Map, resource_id: &str) -> DeleteDbInstanceInputBuilder {
    let is_skipped = flag(arguments, "skip_final_snapshot") == Some(true);
    let snapshot = match text(arguments, "final_snapshot_identifier") {
        _ if is_skipped => None,
        Some(name) => Some(name.to_owned()),
        None => Some(snapshot_name(id, resource_id)),
    };
    DeleteDbInstanceInputBuilder::default()
        .db_instance_identifier(id)
        .skip_final_snapshot(is_skipped)
        .set_final_db_snapshot_identifier(snapshot)
        .set_delete_automated_backups(flag(arguments, "delete_automated_backups"))
}

/// The name of a last snapshot that nobody named: the instance's name and its own id, which no later instance of the same name
/// has.
fn snapshot_name(id: &str, resource_id: &str) -> String {
    let unique = resource_id.trim_start_matches("db-").to_lowercase();
    if unique.is_empty() { format!("{id}-final") } else { format!("{id}-final-{unique}") }
}
