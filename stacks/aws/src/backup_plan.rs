//! `aws.backup_plan`.

use flashinfra::{Block, Computed, Input, IntoInput, List, Map, Resource};

use crate::ids::{BackupPlanArn, BackupVaultArn, RoleArn};

/// Says what is backed up, when, where to, and for how long it is kept.
///
/// Not modelled: vaults that are air-gapped, indexes, scans, and settings of Windows; those that a plan has are left alone when it
/// changes, but for what belongs to a rule.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// # fn example(vault: &aws::BackupVaultHandle, there: &aws::BackupVaultHandle, role: &aws::IamRoleHandle) {
/// let daily = aws::BackupRule::named("daily", vault.name())
///     .schedule_expression("cron(0 2 * * ? *)")
///     .retention(aws::BackupLifecycle::delete_after_days(30))
///     .copy_actions([aws::BackupCopy::to(there.arn()).retention(aws::BackupLifecycle::delete_after_days(30))]);
/// let all = aws::BackupSelection::named("all", role.arn()).resources(["*"]);
/// let plan = aws::BackupPlan::builder().name("shop").rules([daily]).selections([all]);
/// # let _ = plan;
/// # }
/// ```
#[derive(Resource)]
#[resource(
    kind = "aws.backup_plan",
    carrier = TagAtCreate,
    create_once = Token,
    settle_seconds = 30,
    timeouts(create = 300, update = 300, delete = 300),
    typical(create = 3, update = 3, delete = 3),
    // The role of this very run, or that a selection is deleted, has not spread (AWS Backup API reference, CreateBackupSelection and
    // DeleteBackupPlan; the messages are the service's).
    wait_codes(
        "InvalidParameterValueException:cannot be assumed",
        "InvalidRequestException:selections must be deleted"
    )
)]
pub struct BackupPlan {
    /// The name.
    pub name: Input<String>,
    /// When backups are made, and what becomes of them. Exclusive.
    #[attr(set, exclusive)]
    pub rules: Vec<BackupRule>,
    /// What is backed up. Exclusive; AWS changes no selection, so one that differs is made anew.
    #[attr(set, exclusive, unset = Clear)]
    pub selections: Option<Vec<BackupSelection>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id.
    pub id: Computed<String>,
    /// The ARN.
    pub arn: Computed<BackupPlanArn>,
    /// The id of the version. A change makes another one.
    #[attr(changes_with("name", "rules"))]
    pub version_id: Computed<String>,
}

/// When a [`BackupPlan`] makes backups, and what becomes of them.
#[derive(Block)]
pub struct BackupRule {
    /// The name, unique in the plan.
    pub rule_name: Input<String>,
    /// The name of the vault.
    pub target_backup_vault: Input<String>,
    /// When: `cron(0 2 * * ? *)` is each day at two. At five when unset.
    #[attr(either)]
    pub schedule_expression: Option<Input<String>>,
    /// In which time zone: `Europe/Berlin`. UTC when unset.
    #[attr(either)]
    pub schedule_expression_timezone: Option<Input<String>>,
    /// Within how many minutes a backup has to begin, 480 when unset.
    #[attr(either)]
    pub start_window_minutes: Option<Input<i64>>,
    /// Within how many minutes a backup has to be complete.
    #[attr(either)]
    pub completion_window_minutes: Option<Input<i64>>,
    /// For how long backups are kept. For ever when unset.
    #[attr(name = "lifecycle")]
    pub retention: Option<BackupLifecycle>,
    /// Where they are copied to.
    #[attr(set)]
    pub copy_actions: Option<Vec<BackupCopy>>,
    /// Whether any point in time can be restored, of what allows that. Then backups are kept for 35 days at most.
    pub enable_continuous_backup: Option<Input<bool>>,
    /// Tags of the recovery points.
    pub recovery_point_tags: Option<Map<String>>,
}

impl BackupRule {
    /// A rule of this name, into the vault of this name.
    pub fn named(
        name: impl IntoInput<String>,
        vault: impl IntoInput<String>,
    ) -> BackupRuleBuilder<flashinfra::__private::Set, flashinfra::__private::Set> {
        Self::builder().rule_name(name).target_backup_vault(vault)
    }
}

/// For how long backups of a [`BackupRule`] are kept.
#[derive(Block)]
pub struct BackupLifecycle {
    /// After how many days they move to cold storage, where they stay for 90 days at least.
    pub move_to_cold_storage_after_days: Option<Input<i64>>,
    /// After how many days they go, 90 days after that at least.
    pub delete_after_days: Option<Input<i64>>,
}

impl BackupLifecycle {
    /// They go after so many days.
    pub fn delete_after_days(days: i64) -> BackupLifecycleBuilder {
        Self::builder().delete_after_days(days)
    }
}

/// Where backups of a [`BackupRule`] are copied to: a vault of another region or account.
#[derive(Block)]
pub struct BackupCopy {
    /// The vault.
    pub destination_backup_vault_arn: Input<BackupVaultArn>,
    /// For how long the copies are kept. For ever when unset.
    #[attr(name = "lifecycle")]
    pub retention: Option<BackupLifecycle>,
}

impl BackupCopy {
    /// To this vault.
    pub fn to(vault: impl IntoInput<BackupVaultArn>) -> BackupCopyBuilder<flashinfra::__private::Set> {
        Self::builder().destination_backup_vault_arn(vault)
    }
}

/// What a [`BackupPlan`] backs up: resources by ARN, or those with one of some tags.
#[derive(Block)]
pub struct BackupSelection {
    /// The name, unique in the plan.
    pub selection_name: Input<String>,
    /// The role that backs up; it needs `service-role/AWSBackupServiceRolePolicyForBackup`.
    pub iam_role_arn: Input<RoleArn>,
    /// ARNs, in which `*` stands for anything.
    #[attr(set)]
    pub resources: Option<List<String>>,
    /// ARNs of what is left out.
    #[attr(set)]
    pub not_resources: Option<List<String>>,
    /// Tags, one of which a resource has to have.
    #[attr(set)]
    pub list_of_tags: Option<Vec<BackupTag>>,
    /// What has to hold of a resource's tags, all of it.
    pub conditions: Option<BackupConditions>,
}

impl BackupSelection {
    /// A selection of this name, backed up with this role.
    pub fn named(
        name: impl IntoInput<String>,
        role: impl IntoInput<RoleArn>,
    ) -> BackupSelectionBuilder<flashinfra::__private::Set, flashinfra::__private::Set> {
        Self::builder().selection_name(name).iam_role_arn(role)
    }
}

/// What has to hold of a resource's tags to be in a [`BackupSelection`]. Keys are `aws:ResourceTag/KEY` here.
#[derive(Block)]
pub struct BackupConditions {
    /// Tags that it has to have.
    #[attr(set)]
    pub string_equals: Option<Vec<BackupTag>>,
    /// Tags that it must not have.
    #[attr(set)]
    pub string_not_equals: Option<Vec<BackupTag>>,
    /// Tags that it has to have, with `*` in their values for anything.
    #[attr(set)]
    pub string_like: Option<Vec<BackupTag>>,
    /// Tags that it must not have, with `*` in their values for anything.
    #[attr(set)]
    pub string_not_like: Option<Vec<BackupTag>>,
}

/// A tag that a [`BackupSelection`] asks for.
#[derive(Block)]
pub struct BackupTag {
    /// The key.
    pub condition_key: Input<String>,
    /// The value.
    pub condition_value: Input<String>,
}

impl BackupTag {
    /// This key with this value.
    pub fn of(
        key: impl IntoInput<String>,
        value: impl IntoInput<String>,
    ) -> BackupTagBuilder<flashinfra::__private::Set, flashinfra::__private::Set> {
        Self::builder().condition_key(key).condition_value(value)
    }
}
