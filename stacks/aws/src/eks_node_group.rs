//! `aws.eks_node_group`.

use flashinfra::{Block, Computed, Input, List, Map, Resource};

use crate::ids::{EksNodeGroupArn, LaunchTemplateId, RoleArn, SubnetId};

/// EC2 instances that EKS makes, joins to a cluster, drains and replaces: a managed node group.
///
/// The number of nodes is the autoscaler's between `min_size` and `max_size`: `desired_size` counts when the group is made and is
/// only reported afterwards. Where nothing scales, `min_size` says how many there are.
///
/// A new version comes after the cluster's: it takes its version from there, `version(cluster.version())`, or stands on it by
/// `cluster_name(cluster.name())` alone. EKS moves nodes one minor version at a time, as it does clusters.
#[derive(Resource)]
#[resource(
    kind = "aws.eks_node_group",
    carrier = TagAtCreate,
    // CreateNodegroup takes a client token as well, but the name in the cluster is what keeps it from being made twice.
    create_once = UniqueName,
    settle_seconds = 30,
    // Nodes are drained one after the other, each for up to 15 minutes (EKS user guide, "Managed node update behavior").
    timeouts(create = 3600, update = 14400, delete = 3600),
    typical(create = 180, update = 600, delete = 300),
    // The role of this very run has not spread; cluster or group are busy with something else (EKS API reference,
    // CreateNodegroup, UpdateNodegroupConfig, UpdateNodegroupVersion; the messages are the service's).
    wait_codes(
        "InvalidParameterException:The role with name",
        "InvalidParameterException:Following required service principals",
        "InvalidParameterException:could not be assumed because",
        "InvalidRequestException:is not currently in ACTIVE",
        "InvalidRequestException:status CREATING",
        "InvalidRequestException:status UPDATING",
        "ResourceInUseException:in progress",
        "ResourceInUseException:currently",
        "ResourceInUseException:cannot be updated",
        "ResourceInUseException:as it is"
    )
)]
pub struct EksNodeGroup {
    /// The cluster.
    #[attr(replace)]
    pub cluster_name: Input<String>,
    /// The name, unique in the cluster. Made from the address when unset, which is what allows a replacement to be created
    /// before the old group is deleted.
    #[attr(replace, either)]
    pub name: Option<Input<String>>,
    /// The role that the nodes act with; it needs `AmazonEKSWorkerNodePolicy`, a CNI's policy and a registry's.
    #[attr(replace)]
    pub node_role: Input<RoleArn>,
    /// The subnets that nodes are put in.
    #[attr(set, replace)]
    pub subnets: List<SubnetId>,
    /// How many nodes there are. One to two when unset.
    #[attr(either)]
    pub scaling_config: Option<EksScaling>,
    /// How many nodes are replaced at once. One when unset.
    #[attr(either)]
    pub update_config: Option<EksNodeUpdate>,
    /// `ON_DEMAND` or `SPOT`. `ON_DEMAND` when unset.
    #[attr(replace, either)]
    pub capacity_type: Option<Input<String>>,
    /// The types of instances, one to twenty: `m7g.large`. EKS or the launch template choose when unset.
    #[attr(set, replace, either)]
    pub instance_types: Option<List<String>>,
    /// The kind of image: `AL2023_x86_64_STANDARD`, `BOTTLEROCKET_ARM_64`. EKS chooses by the instance types when unset;
    /// not to be set where the launch template names an image.
    #[attr(replace, either)]
    pub ami_type: Option<Input<String>>,
    /// Gibibytes of each node's disk; not to be set with a launch template. EKS chooses when unset.
    #[attr(replace, either)]
    pub disk_size: Option<Input<i64>>,
    /// What instances are launched from. A group that was made without one never takes one, and the other way round.
    #[attr(either)]
    pub launch_template: Option<EksLaunchTemplate>,
    /// The minor version of Kubernetes: `1.33`. The cluster's when unset, at the time when the group is made. It only rises,
    /// one minor version at a time, and never above the cluster's.
    #[attr(either)]
    pub version: Option<Input<String>>,
    /// The version of EKS's image: `1.33.1-20250715`. The newest when unset, at the time when the group is made.
    #[attr(either)]
    pub release_version: Option<Input<String>>,
    /// Whether nodes are replaced also when a disruption budget does not let go of their pods. They are not when unset.
    #[attr(mode = WriteOnly)]
    pub force_update_enabled: Option<Input<bool>>,
    /// Kubernetes labels of the nodes. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub labels: Option<Map<String>>,
    /// Kubernetes taints of the nodes. Exclusive.
    #[attr(set, exclusive, unset = Clear)]
    pub taints: Option<Vec<EksTaint>>,
    /// Tags of the group; instances get theirs from the launch template. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<EksNodeGroupArn>,
    /// The auto scaling groups that EKS made for it.
    pub auto_scaling_groups: Computed<Vec<String>>,
    /// What EKS says is wrong with it. Empty when all is well.
    #[attr(changes_with("scaling_config", "version", "release_version", "launch_template"))]
    pub health_issues: Computed<Vec<String>>,
}

/// How many nodes an [`EksNodeGroup`] has.
#[derive(Block)]
pub struct EksScaling {
    /// At least so many. Raising it above the number that there are adds nodes.
    pub min_size: Input<i64>,
    /// At most so many. Lowering it below the number that there are takes nodes away.
    pub max_size: Input<i64>,
    /// So many to begin with; `min_size` when unset. Afterwards the number is the autoscaler's.
    #[attr(either, mode = YieldTo("the autoscaler"))]
    pub desired_size: Option<Input<i64>>,
}

/// How many nodes of an [`EksNodeGroup`] are replaced at once: a number or a percentage, not both.
#[derive(Block)]
pub struct EksNodeUpdate {
    /// So many nodes, 1 to 100.
    pub max_unavailable: Option<Input<i64>>,
    /// So many percent of the nodes, 1 to 100.
    pub max_unavailable_percentage: Option<Input<i64>>,
}

/// Which launch template an [`EksNodeGroup`] takes.
#[derive(Block)]
pub struct EksLaunchTemplate {
    /// Its id.
    #[attr(replace)]
    pub id: Input<LaunchTemplateId>,
    /// Its version, a number. EKS takes the template's default one when unset, at the time when the group is made; `$Latest`
    /// would name another one at each look.
    #[attr(either)]
    pub version: Option<Input<String>>,
}

/// A taint of an [`EksNodeGroup`]'s nodes. Key and effect are what makes it one taint.
#[derive(Block)]
pub struct EksTaint {
    /// The key.
    pub key: Input<String>,
    /// The value.
    pub value: Option<Input<String>>,
    /// `NO_SCHEDULE`, `PREFER_NO_SCHEDULE` or `NO_EXECUTE`.
    pub effect: Input<String>,
}
