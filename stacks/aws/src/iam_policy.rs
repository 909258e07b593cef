//! `aws.iam_policy`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::PolicyArn;

/// A managed policy of one's own, which roles attach by its ARN.
///
/// IAM keeps up to five versions of a policy. A changed document becomes a new version and the default one; when there are five,
/// the oldest that is not the default goes first. Earlier versions stay, for whoever wants to go back by hand.
#[derive(Resource)]
#[resource(
    kind = "aws.iam_policy",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    // IAM user guide, "Changes that I make are not always immediately visible".
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 300),
    typical(create = 1, update = 1, delete = 1),
    // A role that goes in this very run has it still; another change at the same time (IAM API reference, DeletePolicy,
    // CreatePolicyVersion).
    wait_codes("DeleteConflict", "ConcurrentModification")
)]
pub struct IamPolicy {
    /// The name, unique in the account whatever the path.
    #[attr(replace)]
    pub name: Input<String>,
    /// The path, which begins and ends with `/`. `/` when unset.
    #[attr(replace, either)]
    pub path: Option<Input<String>>,
    /// The document, JSON: what is allowed and denied. White space and the order of keys make no difference.
    #[attr(compare = Json)]
    pub policy_document: Input<String>,
    /// What it is for; AWS cannot change it later.
    #[attr(replace)]
    pub description: Option<Input<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<PolicyArn>,
    /// The unique id, which a new policy of the same name does not get: `ANPA…`.
    pub unique_id: Computed<String>,
    /// The version that is in force: `v3`.
    #[attr(changes_with("policy_document"))]
    pub default_version_id: Computed<String>,
}
