//! `aws.db_snapshot`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{DbSnapshotArn, KmsKeyArn};

/// A snapshot of a DB instance, kept until it is deleted: what the instance held when the snapshot was made.
///
/// A snapshot is of one moment. To make another one, give it another `identifier`, or another address: what is declared under one
/// that is there already stays as it is. A new instance takes its data from it with
/// [`DbRestore::snapshot`](crate::DbRestore::snapshot).
#[derive(Resource)]
#[resource(
    kind = "aws.db_snapshot",
    identity = Named("identifier"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    stateful,
    settle_seconds = 60,
    // The first snapshot of an instance copies all of its disk.
    timeouts(create = 7200, update = 300, delete = 1200),
    typical(create = 180, update = 2, delete = 30),
    // The instance is busy with something else, or the snapshot is being copied (RDS API reference, CreateDBSnapshot and
    // DeleteDBSnapshot).
    wait_codes("InvalidDBInstanceState", "InvalidDBSnapshotState")
)]
pub struct DbSnapshot {
    /// The name, in lower case, unique in account and region. It may not begin with `rds:`.
    #[attr(replace, compare = IgnoreCase)]
    pub identifier: Input<String>,
    /// The DB instance that it is taken of, by its `identifier`.
    #[attr(replace, compare = IgnoreCase)]
    pub db_instance_identifier: Input<String>,
    /// Tags. Keys that others put there, RDS among them where the instance copies its tags to snapshots, are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<DbSnapshotArn>,
    /// The engine of the instance.
    pub engine: Computed<String>,
    /// Its version when the snapshot was taken.
    pub engine_version: Computed<String>,
    /// The size of the disk, in gibibytes.
    pub allocated_storage: Computed<i64>,
    /// Whether it is encrypted, which it is when the instance is.
    pub encrypted: Computed<bool>,
    /// The KMS key that it is encrypted with.
    pub kms_key_id: Computed<KmsKeyArn>,
}
