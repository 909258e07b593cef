//! `aws.eks_addon`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{EksAddonArn, RoleArn};

/// Software that EKS puts into a cluster and keeps up to date: `vpc-cni`, `coredns`, `kube-proxy`, `aws-ebs-csi-driver`.
///
/// It stands on its cluster, so a new version comes after the cluster's. One that needs nodes to run on, as `coredns` does,
/// says so: `.depends_on(&nodes)`.
#[derive(Resource)]
#[resource(
    kind = "aws.eks_addon",
    carrier = TagAtCreate,
    // CreateAddon takes a client token as well, but the name in the cluster is what keeps it from being made twice.
    create_once = UniqueName,
    settle_seconds = 30,
    // EKS gives up on an add-on that does not become ready after about twenty minutes.
    timeouts(create = 1800, update = 1800, delete = 1800),
    typical(create = 60, update = 60, delete = 30),
    // The role of this very run has not spread; the cluster or the add-on are busy with something else (EKS API reference,
    // CreateAddon, UpdateAddon, DeleteAddon; the messages are the service's).
    wait_codes(
        "InvalidParameterException:could not be assumed because",
        "InvalidParameterException:role does not exist",
        "InvalidRequestException:not in ACTIVE",
        "InvalidRequestException:in progress",
        "ResourceInUseException:in progress",
        "ResourceInUseException:currently",
        "ResourceInUseException:cannot be updated"
    )
)]
pub struct EksAddon {
    /// The cluster.
    #[attr(replace)]
    pub cluster_name: Input<String>,
    /// Which add-on, unique in the cluster: `vpc-cni`.
    #[attr(replace)]
    pub name: Input<String>,
    /// Its version: `v1.19.2-eksbuild.1`. EKS's default for the cluster's version when unset, at the time when it is made.
    #[attr(either)]
    pub addon_version: Option<Input<String>>,
    /// Its settings, JSON as `describe-addon-configuration` documents them. Write JSON, not YAML: it is compared by meaning.
    #[attr(compare = Json, unset = Clear)]
    pub configuration_values: Option<Input<String>>,
    /// What happens to settings that somebody changed in the cluster: `OVERWRITE`, `PRESERVE` or `NONE`, which fails. EKS's
    /// default when unset, which is `NONE`.
    #[attr(mode = WriteOnly)]
    pub resolve_conflicts: Option<Input<String>>,
    /// The role of its service account, by the cluster's OpenID Connect provider. Without one it has that of the nodes.
    #[attr(unset = Clear)]
    pub service_account_role_arn: Option<Input<RoleArn>>,
    /// Whether what it put into the cluster stays there when it is deleted, under nobody's care. It does not when unset.
    #[attr(delete_argument)]
    pub preserve: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<EksAddonArn>,
    /// What EKS says is wrong with it. Empty when all is well.
    #[attr(changes_with("addon_version", "configuration_values"))]
    pub health_issues: Computed<Vec<String>>,
}
