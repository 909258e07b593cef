//! `aws.iam_role`.

use flashinfra::{Computed, Input, List, Map, Resource};

use crate::ids::{PolicyArn, RoleArn};

/// A role that services, users or workloads assume, with its policies.
///
/// Deleting a role detaches every policy from it first, also those that others attached: AWS deletes no role that has any.
#[derive(Resource)]
#[resource(
    kind = "aws.iam_role",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    // IAM user guide, "Changes that I make are not always immediately visible".
    settle_seconds = 60,
    timeouts(create = 120, update = 120, delete = 120),
    typical(create = 2, update = 1, delete = 2),
    // A principal in the trust policy, or a policy to attach, that was made a moment ago and has not spread; another
    // change of the role at the same time (IAM API reference, CreateRole, AttachRolePolicy).
    wait_codes(
        "MalformedPolicyDocument:Invalid principal",
        "NoSuchEntity:Policy",
        "ConcurrentModification",
        "EntityTemporarilyUnmodifiable"
    )
)]
pub struct IamRole {
    /// The name, unique in the account whatever the path.
    #[attr(replace)]
    pub name: Input<String>,
    /// The path, which begins and ends with `/`. `/` when unset.
    #[attr(replace, either)]
    pub path: Option<Input<String>>,
    /// The trust policy, JSON: who may assume it. [`trust_service`](crate::trust_service) writes the usual one.
    ///
    /// AWS rewrites some principals (an account id becomes its root ARN): write them in the form that it returns.
    #[attr(compare = Json)]
    pub assume_role_policy: Input<String>,
    /// What it is for.
    #[attr(unset = Clear)]
    pub description: Option<Input<String>>,
    /// How long a session may last, 3600 to 43200 seconds. 3600 when unset (IAM API reference, CreateRole).
    #[attr(unset = Reset("3600"))]
    pub max_session_duration: Option<Input<i64>>,
    /// The managed policy that bounds what the role may do, whatever else it is allowed.
    #[attr(unset = Clear)]
    pub permissions_boundary: Option<Input<PolicyArn>>,
    /// The managed policies attached to it. Exclusive: others that are attached are drift.
    #[attr(set, exclusive, unset = Clear)]
    pub managed_policy_arns: Option<List<PolicyArn>>,
    /// Policies of its own, JSON, by name. Names that others put there are left alone.
    #[attr(keyed, compare = Json, unset = Clear)]
    pub inline_policies: Option<Map<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<RoleArn>,
    /// The unique id, which a new role of the same name does not get: `AROA…`.
    pub unique_id: Computed<String>,
}

/// The trust policy of a role that an AWS service assumes: `trust_service("eks.amazonaws.com")`.
pub fn trust_service(service: &str) -> String {
    // Service principals are host names, which need no escaping.
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Principal\":{{\"Service\":\"{service}\"}},\
         \"Action\":\"sts:AssumeRole\"}}]}}"
    )
}

/// The trust policy of a role that pods get by an [`EksPodIdentityAssociation`](crate::EksPodIdentityAssociation).
pub fn trust_pods() -> String {
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"pods.eks.amazonaws.com\"},\
     \"Action\":[\"sts:AssumeRole\",\"sts:TagSession\"]}]}"
        .to_owned()
}
