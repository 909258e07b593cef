//! `aws.kms_key`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{KmsKeyArn, KmsKeyId};

/// A key that other services encrypt with, made and kept by KMS.
///
/// Deleting it schedules its deletion: for `deletion_window_in_days` it can be saved by CancelKeyDeletion, and nothing can be
/// decrypted with it. What it encrypted is lost afterwards, so it is protected by default. Imported key material and key stores
/// of one's own are not modelled.
#[derive(Resource)]
#[resource(
    kind = "aws.kms_key",
    carrier = TagAtCreate,
    // CreateKey takes no client token (KMS API reference, CreateKey).
    create_once = Neither,
    stateful,
    // KMS is eventually consistent; most changes are seen within seconds, some in minutes (KMS developer guide).
    settle_seconds = 60,
    timeouts(create = 300, update = 300, delete = 120),
    typical(create = 2, update = 2, delete = 1),
    // A principal of the policy, a role of this very run, has not spread (KMS API reference, CreateKey; the message is the
    // service's).
    wait_codes("MalformedPolicyDocumentException:invalid principals")
)]
pub struct KmsKey {
    /// What it is for.
    #[attr(unset = Clear)]
    pub description: Option<Input<String>>,
    /// Who may use and manage it, as a JSON policy. The whole account, by its IAM policies, when it was never set.
    #[attr(either, compare = Json)]
    pub policy: Option<Input<String>>,
    /// What it is made of: `SYMMETRIC_DEFAULT`, `RSA_4096` and others. `SYMMETRIC_DEFAULT` when unset.
    #[attr(replace, either)]
    pub key_spec: Option<Input<String>>,
    /// What it is used for: `ENCRYPT_DECRYPT`, `SIGN_VERIFY` and others. `ENCRYPT_DECRYPT` when unset.
    #[attr(replace, either)]
    pub key_usage: Option<Input<String>>,
    /// Whether it can be replicated to other regions.
    #[attr(replace, either)]
    pub multi_region: Option<Input<bool>>,
    /// Whether it can be used.
    #[attr(either)]
    pub enabled: Option<Input<bool>>,
    /// Whether KMS makes new key material every year; what was encrypted before stays readable. Symmetric keys only.
    #[attr(either)]
    pub enable_key_rotation: Option<Input<bool>>,
    /// After how many days the material is renewed, 90 to 2560. 365 when unset.
    #[attr(either)]
    pub rotation_period_in_days: Option<Input<i64>>,
    /// For how many days it can be saved after it was deleted, 7 to 30. 30 when unset.
    #[attr(delete_argument)]
    pub deletion_window_in_days: Option<Input<i64>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id.
    pub id: Computed<KmsKeyId>,
    /// The ARN, which other services ask for.
    pub arn: Computed<KmsKeyArn>,
}
