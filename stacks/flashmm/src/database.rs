//! PostgreSQL on RDS.

use flashinfra::{Input, Lifecycle, Stack, aws};

use crate::ground::Ground;
use crate::params::DatabaseParams;

/// The database, as programs name it.
pub(crate) const NAME: &str = "flashmm";

/// The disk grows by itself to this many times its first size.
const STORAGE_GROWTH_MAX: i64 = 2;

pub(crate) fn database(
    stack: &mut Stack,
    ground: &Ground,
    params: &DatabaseParams,
    key: &Input<aws::KmsKeyArn>,
) -> aws::DbInstanceHandle {
    let Ground { name, network, groups, roles, disposable } = ground;
    let subnets = aws::DbSubnetGroup::builder()
        .name(name)
        .description("The private subnets of FlashMM")
        .subnet_ids(network.private_ids());
    let subnets = stack.add("main", subnets);

    // A group is for one major version: with the next one there is another group, and both while the database goes over.
    let family = format!("postgres{}", params.version.split('.').next().unwrap_or_default());
    let settings = aws::DbParameterGroup::builder()
        .name(aws::DbParameterGroupName::new(format!("{name}-{family}")))
        .family(family)
        .description("The settings of FlashMM's PostgreSQL")
        .parameters([("rds.force_ssl", "1"), ("log_min_duration_statement", "1000")])
        .lifecycle(Lifecycle::new().create_before_delete());
    let settings = stack.add("main", settings);

    // The master password is made, kept and rotated by RDS: it never passes through here.
    let database = aws::DbInstance::builder()
        .identifier(name)
        .engine("postgres")
        .engine_version(&params.version)
        .instance_class(&params.class)
        .allocated_storage(params.storage_gib)
        .max_allocated_storage(params.storage_gib * STORAGE_GROWTH_MAX)
        .storage_type("gp3")
        .storage_encrypted(true)
        .db_name(NAME)
        .username("flashmm")
        .manage_master_user_password(true)
        .db_subnet_group_name(subnets.name())
        .parameter_group_name(settings.name())
        .vpc_security_group_ids([groups.database.id()])
        .publicly_accessible(false)
        .multi_az(params.multi_az)
        .backup_retention_period(params.backup_days)
        .backup_window(&params.backup_window)
        .maintenance_window(&params.maintenance_window)
        .copy_tags_to_snapshot(true)
        .monitoring_interval(60)
        .monitoring_role_arn(roles.monitoring.arn())
        .performance_insights_enabled(true)
        .deletion_protection(!*disposable)
        .skip_final_snapshot(*disposable)
        .kms_key_id(key)
        .master_user_secret_kms_key_id(key)
        .with((!*disposable).then(|| format!("{name}-final")), aws::DbInstanceBuilder::final_snapshot_identifier)
        .lifecycle(Lifecycle::new().protect(!*disposable));
    stack.add("main", database)
}
