//! `aws.db_instance`.

use flashinfra::{Block, Computed, Input, IntoInput, List, Map, Resource, Secret};

use crate::ids::{
    AvailabilityZone, DbInstanceArn, DbParameterGroupName, KmsKeyArn, RoleArn, SecretArn, SecurityGroupId,
};

/// A database on RDS.
///
/// Unless `master_user_password` is set, RDS makes the master password itself, keeps it in Secrets Manager and rotates it:
/// no password passes through flashinfra, and `master_user_secret_arn` says where it is.
///
/// A read replica is an instance that says whose replica it is, with `replicate_source_db`: RDS has one kind of instance, a replica
/// is changed, backed up and deleted as any other, and becomes one in place when it is promoted. What it takes over from its
/// source (engine, user, encryption) is declared all the same, so that the declaration holds when the source is gone:
/// `.engine(source.engine())`.
///
/// Changes are made at once unless `apply_immediately` is false. RDS then makes those that need a pause of service in the
/// next maintenance window; until then a plan shows them as not verified.
#[derive(Resource)]
#[resource(
    kind = "aws.db_instance",
    identity = Named("identifier"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    stateful,
    settle_seconds = 60,
    // A big class change with its copy of the disk takes more than an hour.
    timeouts(create = 3600, update = 7200, delete = 3600),
    typical(create = 480, update = 300, delete = 240),
    // It is busy with something else; the monitoring role of this very run has not spread (RDS API reference,
    // CreateDBInstance and ModifyDBInstance; the message is the service's).
    wait_codes("InvalidDBInstanceState", "InvalidParameterValue:ENHANCED_MONITORING")
)]
pub struct DbInstance {
    /// The name, in lower case, unique in account and region.
    #[attr(replace, compare = IgnoreCase)]
    pub identifier: Input<String>,
    /// The engine: `postgres`, `mysql`, `mariadb` and others.
    #[attr(replace)]
    pub engine: Input<String>,
    /// The version of the engine, as precise as wanted: `15` is satisfied by 15.7, and RDS takes its default of it.
    #[attr(either, mode = Prefix)]
    pub engine_version: Option<Input<String>>,
    /// The DB instance that this one is a read replica of. Another one, or one for an instance that is none, takes a new instance;
    /// without it, the replica is promoted in place. RDS asks the source for automated backups.
    #[attr(replace, unset = Clear)]
    pub replicate_source_db: Option<Input<DbInstanceArn>>,
    /// Where its data comes from when it is made: [`DbRestore`](crate::DbRestore). An instance that is there is left as it is,
    /// whatever this says: to restore is to make a new one, under another `identifier`.
    #[attr(mode = Initial)]
    pub restore_from: Option<DbRestore>,
    /// The class: `db.r6g.large`.
    pub instance_class: Input<String>,
    /// Gibibytes. Live may be larger, when storage grows by itself: RDS never makes it smaller.
    #[attr(mode = AtLeast)]
    pub allocated_storage: Input<i64>,
    /// Up to how many gibibytes storage may grow by itself. It does not grow when unset.
    #[attr(either)]
    pub max_allocated_storage: Option<Input<i64>>,
    /// `gp3`, `gp2`, `io1`, `io2` or `standard`. RDS chooses when unset.
    #[attr(either)]
    pub storage_type: Option<Input<String>>,
    /// Provisioned operations a second: for `io1` and `io2`, and for large `gp3` volumes.
    #[attr(either)]
    pub iops: Option<Input<i64>>,
    /// Provisioned throughput in MiB a second: for large `gp3` volumes.
    #[attr(either)]
    pub storage_throughput: Option<Input<i64>>,
    /// Whether the disk is encrypted. It is not when unset, and this cannot be changed later.
    #[attr(replace, either)]
    pub storage_encrypted: Option<Input<bool>>,
    /// The key that the disk is encrypted with. The account's own for RDS when unset.
    #[attr(replace, either)]
    pub kms_key_id: Option<Input<KmsKeyArn>>,
    /// The database to make at the start. What unset means is the engine's: PostgreSQL has `postgres` always.
    #[attr(replace, either)]
    pub db_name: Option<Input<String>>,
    /// The name of the master user.
    #[attr(replace)]
    pub username: Input<String>,
    /// Whether RDS makes the master password and keeps it in Secrets Manager. It does unless `master_user_password` is set.
    #[attr(either)]
    pub manage_master_user_password: Option<Input<bool>>,
    /// The master password, when RDS shall not manage it. Raise the secret's version to set a new one.
    #[attr(mode = WriteOnly)]
    pub master_user_password: Option<Secret<String>>,
    /// The key that the managed password's secret is encrypted with. The account's own for Secrets Manager when unset.
    #[attr(either)]
    pub master_user_secret_kms_key_id: Option<Input<KmsKeyArn>>,
    /// The port. The engine's own when unset.
    #[attr(either)]
    pub port: Option<Input<u16>>,
    /// The name of the DB subnet group. The default one when unset.
    #[attr(replace, either)]
    pub db_subnet_group_name: Option<Input<String>>,
    /// The security groups. The VPC's default one when unset. Exclusive.
    #[attr(set, exclusive, either)]
    pub vpc_security_group_ids: Option<List<SecurityGroupId>>,
    /// Whether it has an address on the internet.
    #[attr(either)]
    pub publicly_accessible: Option<Input<bool>>,
    /// The availability zone, for an instance that is not Multi-AZ. RDS chooses when unset.
    #[attr(replace, either)]
    pub availability_zone: Option<Input<AvailabilityZone>>,
    /// Whether a standby in another availability zone takes over when this one fails.
    #[attr(either)]
    pub multi_az: Option<Input<bool>>,
    /// `IPV4` or `DUAL`.
    #[attr(either)]
    pub network_type: Option<Input<String>>,
    /// The DB parameter group. The engine's default when unset. RDS applies static parameters, those of a new group too, at a
    /// reboot, which is not ours to make; until then a plan shows this as not verified.
    #[attr(either)]
    pub parameter_group_name: Option<Input<DbParameterGroupName>>,
    /// The option group. The engine's default when unset.
    #[attr(either)]
    pub option_group_name: Option<Input<String>>,
    /// The licence model, for engines that have a choice.
    #[attr(either)]
    pub license_model: Option<Input<String>>,
    /// The certificate authority that signs its TLS certificate: `rds-ca-rsa2048-g1`.
    #[attr(either)]
    pub ca_cert_identifier: Option<Input<String>>,
    /// For how many days automated backups are kept, 0 to 35; 0 turns them off. 1 when unset (RDS API reference,
    /// CreateDBInstance).
    #[attr(either)]
    pub backup_retention_period: Option<Input<i64>>,
    /// When automated backups are made, UTC: `03:00-04:00`. RDS chooses when unset.
    #[attr(either)]
    pub backup_window: Option<Input<String>>,
    /// When maintenance may interrupt, UTC: `sun:04:00-sun:05:00`. RDS chooses when unset.
    #[attr(either, compare = IgnoreCase)]
    pub maintenance_window: Option<Input<String>>,
    /// Whether tags are copied to snapshots. The owner mark is copied too; flashinfra takes no snapshot for its own.
    #[attr(either)]
    pub copy_tags_to_snapshot: Option<Input<bool>>,
    /// Whether minor versions of the engine are installed in maintenance windows.
    #[attr(either)]
    pub auto_minor_version_upgrade: Option<Input<bool>>,
    /// Whether a change of `engine_version` may be to another major version. Says how a change is made; alone it changes nothing.
    #[attr(mode = WriteOnly)]
    pub allow_major_version_upgrade: Option<Input<bool>>,
    /// Whether changes are made at once, with the pause that some need, or in the next maintenance window. At once when
    /// unset. Says how a change is made; alone it changes nothing.
    #[attr(mode = WriteOnly)]
    pub apply_immediately: Option<Input<bool>>,
    /// Whether users can sign in with IAM.
    #[attr(either)]
    pub iam_database_authentication_enabled: Option<Input<bool>>,
    /// Which logs go to CloudWatch: `postgresql`, `upgrade` and others. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub enabled_cloudwatch_logs_exports: Option<List<String>>,
    /// Every how many seconds the operating system is measured: 1, 5, 10, 15, 30, 60, or 0 for never.
    #[attr(either)]
    pub monitoring_interval: Option<Input<i64>>,
    /// The role that those measurements are sent with; it needs `service-role/AmazonRDSEnhancedMonitoringRole`.
    #[attr(either)]
    pub monitoring_role_arn: Option<Input<RoleArn>>,
    /// Whether Performance Insights is on.
    #[attr(either)]
    pub performance_insights_enabled: Option<Input<bool>>,
    /// The key that Performance Insights encrypts with. The account's own for RDS when unset.
    #[attr(either)]
    pub performance_insights_kms_key_id: Option<Input<KmsKeyArn>>,
    /// For how many days Performance Insights keeps its data: 7, months as multiples of 31, or 731.
    #[attr(either)]
    pub performance_insights_retention_period: Option<Input<i64>>,
    /// Whether RDS refuses to delete it. Taking it away is a step of its own.
    #[attr(either, delete_guard)]
    pub deletion_protection: Option<Input<bool>>,
    /// Whether it is deleted without a last snapshot. When unset, one is taken.
    #[attr(delete_argument)]
    pub skip_final_snapshot: Option<Input<bool>>,
    /// The name of the last snapshot. When unset, it is made from the name and id of the instance.
    #[attr(delete_argument)]
    pub final_snapshot_identifier: Option<Input<String>>,
    /// Whether automated backups are deleted with it. They are when unset (RDS API reference, DeleteDBInstance).
    #[attr(delete_argument)]
    pub delete_automated_backups: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<DbInstanceArn>,
    /// The host name.
    pub address: Computed<String>,
    /// The hosted zone of the host name.
    pub hosted_zone_id: Computed<String>,
    /// The id that survives a rename and that a new instance of the same name does not get: `db-…`.
    pub resource_id: Computed<String>,
    /// The secret with the managed master password.
    #[attr(changes_with("manage_master_user_password"))]
    pub master_user_secret_arn: Computed<SecretArn>,
    /// The changes that wait for the next maintenance window, by attribute.
    #[attr(changes_with("apply_immediately"))]
    pub pending_changes: Computed<Vec<String>>,
}

/// What a new [`DbInstance`] is restored from: a snapshot, or what another instance was at a time.
///
/// Engine, user, password and encryption are those of the source. The rest is as it is declared; what RDS does not take when it
/// restores is changed once the instance is up.
///
/// ```
/// # use flashinfra_stacks_aws::DbRestore;
/// let from_snapshot = DbRestore::snapshot("shop-before-the-migration");
/// let as_of = DbRestore::point_in_time("shop", "2026-11-27T02:00:00Z");
/// let newest = DbRestore::latest("shop");
/// ```
#[derive(Block)]
pub struct DbRestore {
    /// The DB snapshot, by name or, when another account shares it, by ARN.
    pub snapshot: Option<Input<String>>,
    /// The instance whose automated backups are taken, by name.
    pub source: Option<Input<String>>,
    /// The time that it is restored to, RFC 3339 and UTC: `2026-11-27T02:00:00Z`. The latest that there is when unset.
    pub time: Option<Input<String>>,
}

impl DbRestore {
    /// From a snapshot.
    pub fn snapshot(snapshot: impl IntoInput<String>) -> DbRestoreBuilder {
        Self::builder().snapshot(snapshot)
    }

    /// What an instance was at a time, RFC 3339 and UTC.
    pub fn point_in_time(source: impl IntoInput<String>, time: impl IntoInput<String>) -> DbRestoreBuilder {
        Self::builder().source(source).time(time)
    }

    /// What an instance is, as far as its backups go: about five minutes ago.
    pub fn latest(source: impl IntoInput<String>) -> DbRestoreBuilder {
        Self::builder().source(source)
    }
}
