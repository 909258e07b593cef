//! `aws.secretsmanager_secret`.

use flashinfra::{Computed, Input, List, Map, Resource, Secret};

use crate::ids::{KmsKeyArn, SecretArn};

/// A secret in Secrets Manager.
///
/// Its value is sent and never read back: no plan, ledger or log has it. Whether it is to be sent again tells the secret's
/// source and version, so raise the version to put a new value there; the former one stays as `AWSPREVIOUS`.
///
/// A deleted secret can be restored for a while, and keeps its name for as long.
#[derive(Resource)]
#[resource(
    kind = "aws.secretsmanager_secret",
    identity = Named("name"),
    carrier = TagAtCreate,
    // CreateSecret takes a client token as well, which names the first version; the name is what keeps it from being made twice.
    create_once = UniqueName,
    stateful,
    settle_seconds = 60,
    timeouts(create = 300, update = 600, delete = 300),
    typical(create = 2, update = 2, delete = 2)
)]
pub struct SecretsmanagerSecret {
    /// The name, unique in account and region: `shop/production/database`. Do not end it with a dash and six characters, which is
    /// how Secrets Manager ends its ARNs.
    #[attr(replace)]
    pub name: Input<String>,
    /// What it is for.
    #[attr(either)]
    pub description: Option<Input<String>>,
    /// The key that it is encrypted with. The account's own for Secrets Manager when unset.
    #[attr(either)]
    pub kms_key_id: Option<Input<KmsKeyArn>>,
    /// The value. When unset, the secret is made without one, for somebody else to put there.
    #[attr(mode = WriteOnly)]
    pub secret_string: Option<Secret<String>>,
    /// The regions that it is copied to, encrypted with the account's own keys there. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub replica_regions: Option<List<String>>,
    /// For how many days it can be restored after it was deleted, 7 to 30. 30 when unset (Secrets Manager API reference,
    /// DeleteSecret).
    #[attr(delete_argument)]
    pub recovery_window_in_days: Option<Input<i64>>,
    /// Whether it is deleted for good and at once.
    #[attr(delete_argument)]
    pub force_delete_without_recovery: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN, which ends with six characters that a new secret of the same name does not get.
    pub arn: Computed<SecretArn>,
    /// The version that is in force. It rises by itself when the secret is rotated.
    #[attr(changes_with("secret_string"))]
    pub version_id: Computed<String>,
}
