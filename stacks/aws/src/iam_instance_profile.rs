//! `aws.iam_instance_profile`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::InstanceProfileArn;

/// Hands a role to EC2 instances.
#[derive(Resource)]
#[resource(
    kind = "aws.iam_instance_profile",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    // IAM user guide, "Changes that I make are not always immediately visible".
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 120),
    typical(create = 2, update = 2, delete = 2),
    // The role of this very run has not spread; another change at the same time (IAM API reference,
    // AddRoleToInstanceProfile).
    wait_codes(
        "NoSuchEntity:role with name",
        "NoSuchEntity:Role ",
        "ConcurrentModification",
        "EntityTemporarilyUnmodifiable"
    )
)]
pub struct IamInstanceProfile {
    /// The name, unique in the account whatever the path.
    #[attr(replace)]
    pub name: Input<String>,
    /// The path, which begins and ends with `/`. `/` when unset.
    #[attr(replace, either)]
    pub path: Option<Input<String>>,
    /// The name of the role: a profile has one. Another one takes its place; instances see it within minutes, and have no
    /// role for a moment.
    pub role: Input<String>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<InstanceProfileArn>,
    /// The unique id, which a new profile of the same name does not get: `AIPA…`.
    pub unique_id: Computed<String>,
}
