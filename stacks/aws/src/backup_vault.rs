//! `aws.backup_vault`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{BackupVaultArn, KmsKeyArn};

/// Keeps the recovery points that backups make. It is deleted only when there are none left.
///
/// Locks, access policies and notifications are not modelled.
#[derive(Resource)]
#[resource(
    kind = "aws.backup_vault",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    stateful,
    settle_seconds = 30,
    timeouts(create = 120, update = 120, delete = 600),
    typical(create = 2, update = 1, delete = 2)
)]
pub struct BackupVault {
    /// The name, unique in account and region.
    #[attr(replace)]
    pub name: Input<String>,
    /// The key that recovery points are encrypted with, where their service has no key of its own for them. The account's own for AWS
    /// Backup when unset.
    #[attr(replace, either)]
    pub encryption_key_arn: Option<Input<KmsKeyArn>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<BackupVaultArn>,
}
