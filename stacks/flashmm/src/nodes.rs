//! The machines of the cluster: a managed node group in the private subnets.

use flashinfra::{Stack, aws};

use crate::ground::Ground;
use crate::params::NodesParams;

/// The root disk of Amazon Linux.
const ROOT: &str = "/dev/xvda";

/// The image of the nodes, as EKS calls it, and as the parameters do in which AWS publishes what it recommends (EKS user guide,
/// "Retrieve recommended Amazon Linux AMI IDs").
const IMAGE: &str = "AL2023_x86_64_STANDARD";
const IMAGE_PARAMETER: &str = "amazon-linux-2023/x86_64/standard/recommended/release_version";

pub(crate) fn nodes(
    stack: &mut Stack,
    ground: &Ground,
    params: &NodesParams,
    version: &str,
    cluster: &aws::EksClusterHandle,
    before: &[aws::EksAddonHandle],
) -> aws::EksNodeGroupHandle {
    let Ground { name, network, groups, roles, .. } = ground;
    let disk = aws::BlockDevice::builder()
        .device_name(ROOT)
        .volume_size(params.disk_gib)
        .volume_type("gp3")
        .encrypted(true)
        .delete_on_termination(true);
    // Pods get roles of their own; a hop less keeps them from the node's.
    let metadata =
        aws::MetadataOptions::builder().http_endpoint("enabled").http_tokens("required").http_put_response_hop_limit(1);
    let tags = || [("Name", format!("{name}-node"))];
    // With groups of its own in the template, EKS adds none: its own is what lets nodes and control plane talk.
    let template = aws::LaunchTemplate::builder()
        .name(format!("{name}-node"))
        .security_group_ids([groups.node.id(), cluster.cluster_security_group_id()])
        .block_device_mappings([disk])
        .metadata_options(metadata)
        .detailed_monitoring(true)
        .instance_tags(tags())
        .volume_tags(tags());
    let template = stack.add("node", template);

    let scaling = aws::EksScaling::builder().min_size(params.min).max_size(params.max).desired_size(params.desired);
    let nodes = aws::EksNodeGroup::builder()
        .cluster_name(cluster.name())
        .name(format!("{name}-main"))
        .node_role(roles.node.arn())
        .subnets(network.private_ids())
        .scaling_config(scaling)
        .update_config(aws::EksNodeUpdate::builder().max_unavailable(1))
        .capacity_type(if params.spot { "SPOT" } else { "ON_DEMAND" })
        .instance_types(&params.instance_types)
        .ami_type(IMAGE)
        .launch_template(aws::EksLaunchTemplate::builder().id(template.id()).version(template.default_version()))
        .version(version)
        .depends_on(before);
    let nodes = match &params.release_version {
        Some(release) => nodes.release_version(release),
        None => {
            let name = format!("/aws/service/eks/optimized-ami/{version}/{IMAGE_PARAMETER}");
            nodes.release_version(stack.lookup("node-release", aws::SsmParameterValue::builder().name(name)).value())
        }
    };
    stack.add("main", nodes)
}
