//! `aws.ecr_repository`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{EcrRepositoryArn, KmsKeyArn};

/// A repository of container images.
#[derive(Resource)]
#[resource(
    kind = "aws.ecr_repository",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    stateful,
    settle_seconds = 30,
    timeouts(create = 120, update = 300, delete = 600),
    typical(create = 2, update = 2, delete = 2)
)]
pub struct EcrRepository {
    /// The name, with its namespace if it has one, in lower case, unique in account and region: `shop/api`.
    #[attr(replace)]
    pub name: Input<String>,
    /// Whether a tag can be moved to another image (`MUTABLE`, AWS's default) or not (`IMMUTABLE`).
    #[attr(either)]
    pub image_tag_mutability: Option<Input<String>>,
    /// Whether images are scanned for vulnerabilities when they are pushed. They are not when unset.
    #[attr(either)]
    pub scan_on_push: Option<Input<bool>>,
    /// `AES256` (AWS's default), `KMS` or `KMS_DSSE`. It is chosen when the repository is made.
    #[attr(replace, either)]
    pub encryption_type: Option<Input<String>>,
    /// The key that images are encrypted with, for `KMS` and `KMS_DSSE`. The account's own for ECR when unset.
    #[attr(replace, either)]
    pub kms_key: Option<Input<KmsKeyArn>>,
    /// Which images expire, as JSON.
    #[attr(compare = Json, unset = Clear)]
    pub lifecycle_policy: Option<Input<String>>,
    /// Who else may pull and push, as JSON.
    #[attr(compare = Json, unset = Clear)]
    pub repository_policy: Option<Input<String>>,
    /// Whether it is deleted with the images in it. ECR refuses to delete one that has some when unset.
    #[attr(delete_argument)]
    pub force_delete: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<EcrRepositoryArn>,
    /// Where images are pulled from and pushed to: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/api`.
    pub repository_uri: Computed<String>,
}
