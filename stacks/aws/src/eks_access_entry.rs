//! `aws.eks_access_entry`.

use flashinfra::{Block, Computed, Input, List, Map, Resource};

use crate::ids::{AccessPolicyArn, EksAccessEntryArn};

/// Lets an IAM role or user into a cluster, with access policies of EKS or as members of Kubernetes groups.
///
/// The cluster's authentication mode has to be `API` or `API_AND_CONFIG_MAP`.
#[derive(Resource)]
#[resource(
    kind = "aws.eks_access_entry",
    carrier = TagAtCreate,
    // CreateAccessEntry takes a client token as well, but the principal is what keeps it from being made twice.
    create_once = UniqueName,
    settle_seconds = 30,
    timeouts(create = 300, update = 300, delete = 300),
    typical(create = 2, update = 2, delete = 2),
    // The principal of this very run has not spread; the cluster is busy with something else (EKS API reference,
    // CreateAccessEntry; the messages are the service's).
    wait_codes("InvalidParameterException:principalArn", "ResourceInUseException:in progress", "ResourceInUseException:currently")
)]
pub struct EksAccessEntry {
    /// The cluster.
    #[attr(replace)]
    pub cluster_name: Input<String>,
    /// The role or user, one entry for each.
    #[attr(replace)]
    pub principal_arn: Input<String>,
    /// `STANDARD`, or for nodes `EC2_LINUX`, `EC2_WINDOWS`, `FARGATE_LINUX`, `EC2`. `STANDARD` when unset.
    #[attr(name = "type", replace, either)]
    pub entry_type: Option<Input<String>>,
    /// The Kubernetes groups that the principal is a member of. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub kubernetes_groups: Option<List<String>>,
    /// What Kubernetes calls the principal. EKS makes it from the ARN when unset.
    #[attr(either)]
    pub username: Option<Input<String>>,
    /// The access policies. Exclusive: others that are associated are drift. Not with types for nodes.
    #[attr(set, exclusive, unset = Clear)]
    pub access_policies: Option<Vec<EksAccessPolicy>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<EksAccessEntryArn>,
}

/// An access policy of an [`EksAccessEntry`], and where it holds. An entry has each policy at most once.
#[derive(Block)]
pub struct EksAccessPolicy {
    /// The policy.
    pub policy_arn: Input<AccessPolicyArn>,
    /// The namespaces that it holds in, which may end with `*`. In the whole cluster when unset.
    #[attr(set)]
    pub namespaces: Option<List<String>>,
}

impl EksAccessPolicy {
    /// A policy for the whole cluster: `AmazonEKSClusterAdminPolicy`.
    pub fn in_cluster(name: &str) -> EksAccessPolicyBuilder<flashinfra::__private::Set> {
        Self::builder().policy_arn(AccessPolicyArn::eks(name))
    }

    /// A policy for some namespaces: `AmazonEKSEditPolicy`.
    pub fn in_namespaces<I>(name: &str, namespaces: I) -> EksAccessPolicyBuilder<flashinfra::__private::Set>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let namespaces: Vec<String> = namespaces.into_iter().map(Into::into).collect();
        Self::in_cluster(name).namespaces(namespaces)
    }
}
