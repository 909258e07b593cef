//! `aws.kms_alias`.

use flashinfra::{Computed, Input, Resource};

use crate::ids::{KmsAliasArn, KmsKeyId};

/// A name for a [`KmsKey`](crate::KmsKey), that programs can use instead of its id.
///
/// KMS keeps no tags on it: the ledger alone knows that it is ours.
#[derive(Resource)]
#[resource(
    kind = "aws.kms_alias",
    identity = Named("name"),
    carrier = None,
    create_once = UniqueName,
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 120),
    typical(create = 1, update = 1, delete = 1),
    // The key of this very run is not visible everywhere yet (KMS API reference, CreateAlias; the message is the service's).
    wait_codes("NotFoundException:Key '")
)]
pub struct KmsAlias {
    /// The name, unique in account and region: `alias/shop/database`. `alias/aws/` is AWS's own.
    #[attr(replace)]
    pub name: Input<String>,
    /// The key. Another one takes its place at once.
    pub target_key_id: Input<KmsKeyId>,
    /// The ARN.
    pub arn: Computed<KmsAliasArn>,
}
