//! What EKS keeps in the cluster: without it, no pod has an address, a name, a disk or a role.

use flashinfra::{Stack, aws};

use crate::params::KubernetesParams;

/// What a node needs before it is ready. None of it needs a node to be there.
const BEFORE_NODES: [&str; 3] = ["vpc-cni", "kube-proxy", "eks-pod-identity-agent"];

/// Adds what nodes need before they are ready.
pub(crate) fn before_nodes(
    stack: &mut Stack,
    params: &KubernetesParams,
    cluster: &aws::EksClusterHandle,
) -> Vec<aws::EksAddonHandle> {
    BEFORE_NODES.map(|name| addon(stack, name, params, cluster, None, None)).into()
}

/// Adds what runs on nodes, as any pod does.
pub(crate) fn on_nodes(
    stack: &mut Stack,
    params: &KubernetesParams,
    cluster: &aws::EksClusterHandle,
    nodes: &aws::EksNodeGroupHandle,
    disks: &aws::EksPodIdentityAssociationHandle,
) -> [aws::EksAddonHandle; 2] {
    [
        addon(stack, "coredns", params, cluster, Some(nodes), None),
        // Its pods are not well before they may make disks.
        addon(stack, "aws-ebs-csi-driver", params, cluster, Some(nodes), Some(disks)),
    ]
}

fn addon(
    stack: &mut Stack,
    name: &str,
    params: &KubernetesParams,
    cluster: &aws::EksClusterHandle,
    nodes: Option<&aws::EksNodeGroupHandle>,
    identity: Option<&aws::EksPodIdentityAssociationHandle>,
) -> aws::EksAddonHandle {
    let addon = aws::EksAddon::builder()
        .cluster_name(cluster.name())
        .name(name)
        .resolve_conflicts("OVERWRITE")
        .with(params.addon_versions.get(name), aws::EksAddonBuilder::addon_version)
        .with(nodes, |addon, nodes| addon.depends_on(nodes))
        .with(identity, |addon, identity| addon.depends_on(identity));
    stack.add(name, addon)
}
