//! `aws.eks_pod_identity_association`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{PodIdentityAssociationArn, RoleArn};

/// Gives a role to the pods of a service account, by EKS's agent on the nodes: the add-on `eks-pod-identity-agent`.
///
/// The role is assumed by `pods.eks.amazonaws.com`, which needs `sts:AssumeRole` and `sts:TagSession`. Neither namespace nor
/// service account have to be there.
#[derive(Resource)]
#[resource(
    kind = "aws.eks_pod_identity_association",
    carrier = TagAtCreate,
    // CreatePodIdentityAssociation takes a client token as well, but a service account has one association at most, which is
    // what keeps it from being made twice.
    create_once = UniqueName,
    settle_seconds = 30,
    timeouts(create = 300, update = 300, delete = 300),
    typical(create = 2, update = 2, delete = 2),
    // The role of this very run has not spread; the cluster is busy with something else (EKS API reference,
    // CreatePodIdentityAssociation; the messages are the service's).
    wait_codes(
        "InvalidParameterException:Role provided",
        "InvalidParameterException:could not be assumed because",
        "ResourceInUseException:in progress",
        "ResourceInUseException:currently"
    )
)]
pub struct EksPodIdentityAssociation {
    /// The cluster.
    #[attr(replace)]
    pub cluster_name: Input<String>,
    /// The Kubernetes namespace of the service account.
    #[attr(replace)]
    pub namespace: Input<String>,
    /// The Kubernetes service account.
    #[attr(replace)]
    pub service_account: Input<String>,
    /// The role that its pods get.
    pub role_arn: Input<RoleArn>,
    /// A role of another account, which EKS assumes with the first one, one after the other. None when unset.
    #[attr(either)]
    pub target_role_arn: Option<Input<RoleArn>>,
    /// Whether sessions carry no tags of cluster, namespace and service account, which makes room for a longer policy. They do
    /// when unset.
    #[attr(unset = Reset("false"))]
    pub disable_session_tags: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<PodIdentityAssociationArn>,
    /// The id: `a-…`.
    pub association_id: Computed<String>,
    /// What the trust policy of the target role asks for as external id, so that nobody else's cluster gets it.
    #[attr(changes_with("target_role_arn"))]
    pub external_id: Computed<String>,
}
