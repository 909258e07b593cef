//! What EKS answers, in the schema's terms.

use aws_sdk_eks::types::{
    AmiTypes, CapacityTypes, Issue, LaunchTemplateSpecification, Nodegroup, NodegroupIssueCode, NodegroupScalingConfig,
    NodegroupStatus, NodegroupUpdateConfig, Taint, TaintEffect,
};
use flashinfra_plans::{Map, Name, Object, Phase, Value};

use crate::eks;
use crate::fields::Fields;

/// A live group.
pub(super) fn to_object(group: &Nodegroup) -> Option<Object> {
    let tags = eks::tags(group.tags());
    let issues: Vec<String> = group.health().into_iter().flat_map(|health| health.issues()).map(issue).collect();
    let scaling_groups = group.resources().into_iter().flat_map(|resources| resources.auto_scaling_groups());
    let labels = group.labels().into_iter().flatten();
    let labels: Map = labels.map(|(key, value)| (Name::from(key), Value::from(value.as_str()))).collect();
    let template = group.launch_template();
    let fields = Fields::new()
        .text("cluster_name", group.cluster_name())
        .text("name", group.nodegroup_name())
        .text("node_role", group.node_role())
        .texts("subnets", group.subnets().iter().map(String::as_str))
        .value("scaling_config", group.scaling_config().map(|scaling| scaling_config(scaling).into()))
        .value("update_config", group.update_config().map(|config| update_config(config).into()))
        .text("capacity_type", group.capacity_type().map(CapacityTypes::as_str))
        .texts("instance_types", group.instance_types().iter().map(String::as_str))
        .text("ami_type", group.ami_type().map(AmiTypes::as_str))
        .integer("disk_size", group.disk_size())
        .value("launch_template", template.map(|template| launch_template(template).into()))
        .text("version", group.version())
        .text("release_version", group.release_version())
        .value("labels", Some(labels.into()))
        .blocks("taints", group.taints().iter().map(taint))
        .value("tags", Some(tags.attribute.into()))
        .text("arn", group.nodegroup_arn())
        .texts("auto_scaling_groups", scaling_groups.filter_map(|group| group.name()))
        .texts("health_issues", issues.iter().map(String::as_str));
    Some(Object {
        id: eks::id(group.cluster_name()?, group.nodegroup_name()?),
        phase: phase(group.status()),
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

fn issue(issue: &Issue) -> String {
    eks::issue(issue.code().map(NodegroupIssueCode::as_str), issue.message(), issue.resource_ids())
}

/// The phase of a status.
pub(super) fn phase(status: Option<&NodegroupStatus>) -> Phase {
    match status {
        // A degraded group is there and takes changes, which is how it is mended.
        Some(NodegroupStatus::Active | NodegroupStatus::Degraded) => Phase::Ready,
        Some(NodegroupStatus::Creating) => Phase::Creating,
        Some(NodegroupStatus::Deleting) => Phase::Deleting,
        Some(NodegroupStatus::CreateFailed | NodegroupStatus::DeleteFailed) => Phase::Failed,
        // `UPDATING` and whatever EKS adds.
        _ => Phase::Updating,
    }
}

fn scaling_config(scaling: &NodegroupScalingConfig) -> Map {
    Fields::new()
        .integer("min_size", scaling.min_size())
        .integer("max_size", scaling.max_size())
        .integer("desired_size", scaling.desired_size())
        .build()
}

fn update_config(config: &NodegroupUpdateConfig) -> Map {
    Fields::new()
        .integer("max_unavailable", config.max_unavailable())
        .integer("max_unavailable_percentage", config.max_unavailable_percentage())
        .build()
}

fn launch_template(template: &LaunchTemplateSpecification) -> Map {
    Fields::new().text("id", template.id()).text("version", template.version()).build()
}

fn taint(taint: &Taint) -> Map {
    Fields::new()
        .text("key", taint.key())
        .text("value", taint.value())
        .text("effect", taint.effect().map(TaintEffect::as_str))
        .build()
}
