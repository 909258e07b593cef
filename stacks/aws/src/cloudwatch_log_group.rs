//! `aws.cloudwatch_log_group`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{KmsKeyArn, LogGroupArn};

/// Where programs and AWS's services write logs.
///
/// Deleting it deletes what was written, so it is protected by default. A service that writes to a group which is not there
/// makes one that keeps everything for ever: declare the group, and let what writes to it depend on it.
#[derive(Resource)]
#[resource(
    kind = "aws.cloudwatch_log_group",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    stateful,
    settle_seconds = 30,
    timeouts(create = 120, update = 120, delete = 120),
    typical(create = 1, update = 1, delete = 1),
    // Another change of it is going; the key of this very run has not spread (CloudWatch Logs API reference, CreateLogGroup
    // and AssociateKmsKey; the message is the service's).
    wait_codes("OperationAbortedException", "InvalidParameterException:KMS Key")
)]
pub struct CloudwatchLogGroup {
    /// The name, unique in account and region: `/aws/eks/shop/cluster`.
    #[attr(replace)]
    pub name: Input<String>,
    /// For how many days entries are kept: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557,
    /// 2922, 3288 or 3653. For ever when unset.
    #[attr(unset = Clear)]
    pub retention_in_days: Option<Input<i64>>,
    /// The key that what is written from then on is encrypted with; its policy has to let CloudWatch Logs use it. AWS's own when
    /// unset. What was encrypted with a key needs that key for as long as it is kept.
    #[attr(unset = Clear)]
    pub kms_key_id: Option<Input<KmsKeyArn>>,
    /// `STANDARD`, `INFREQUENT_ACCESS` (cheaper, and without subscriptions, metrics and live tail) or `DELIVERY`. `STANDARD` when
    /// unset.
    #[attr(replace, either)]
    pub log_group_class: Option<Input<String>>,
    /// Whether CloudWatch Logs refuses to delete it. Taking it away is a step of its own.
    #[attr(either, delete_guard)]
    pub deletion_protection_enabled: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<LogGroupArn>,
}
