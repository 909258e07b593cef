//! What is sent to EKS.

use std::collections::HashMap;

use aws_sdk_eks::operation::create_nodegroup::builders::CreateNodegroupInputBuilder;
use aws_sdk_eks::operation::update_nodegroup_config::builders::UpdateNodegroupConfigInputBuilder;
use aws_sdk_eks::operation::update_nodegroup_version::builders::UpdateNodegroupVersionInputBuilder;
use aws_sdk_eks::types::{
    AmiTypes, CapacityTypes, LaunchTemplateSpecification, NodegroupScalingConfig, NodegroupUpdateConfig, Taint,
    TaintEffect, UpdateLabelsPayload, UpdateTaintsPayload,
};
use flashinfra_plans::{Map, OwnerMark};
use flashinfra_providers::{Error, Update};
use sha2::{Digest, Sha256};

use crate::eks::{self, part_token};
use crate::fields::{block, blocks, flag, int32, text, texts};
use crate::kind::changes;
use crate::tags::at_create;

/// The name of a group, made from its address when it declares none.
pub(super) fn name(attributes: &Map, mark: &OwnerMark) -> String {
    text(attributes, "name").map_or_else(|| generated_name(mark), str::to_owned)
}

/// The name of a group that declares none: readable, and the same for the same generation of the same address, so that a
/// create that is sent twice is refused the second time.
fn generated_name(mark: &OwnerMark) -> String {
    // Names have at most 63 letters, digits, hyphens and underscores (EKS API reference, CreateNodegroup).
    const READABLE: usize = 54;
    let digest = Sha256::digest(mark.to_text().as_bytes());
    let unique: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let readable: String = mark.address.name().replace('.', "-").chars().take(READABLE).collect();
    format!("{readable}-{unique}")
}

/// CreateNodegroup.
pub(super) fn to_create(attributes: &Map, mark: &OwnerMark, token: &str) -> CreateNodegroupInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    let labels = block(attributes, "labels").map(|labels| pairs(labels).into_iter().collect());
    let taints = blocks(attributes, "taints").map(|taints| taints.into_iter().map(taint).collect());
    CreateNodegroupInputBuilder::default()
        .set_cluster_name(owned("cluster_name"))
        .nodegroup_name(name(attributes, mark))
        .set_node_role(owned("node_role"))
        .set_subnets(texts(attributes, "subnets"))
        .set_scaling_config(block(attributes, "scaling_config").map(|scaling| {
            let desired = int32(scaling, "desired_size").or_else(|| int32(scaling, "min_size"));
            sized(scaling).set_desired_size(desired).build()
        }))
        .set_update_config(block(attributes, "update_config").map(unavailable))
        .set_capacity_type(text(attributes, "capacity_type").map(CapacityTypes::from))
        .set_instance_types(texts(attributes, "instance_types"))
        .set_ami_type(text(attributes, "ami_type").map(AmiTypes::from))
        .set_disk_size(int32(attributes, "disk_size"))
        .set_launch_template(block(attributes, "launch_template").map(launch_template))
        .set_version(owned("version"))
        .set_release_version(owned("release_version"))
        .set_labels(labels)
        .set_taints(taints)
        .set_tags(Some(at_create(attributes, mark).into_iter().collect()))
        .client_request_token(token)
}

/// A part of an update, as EKS takes them: one, then the next.
#[derive(Debug)]
pub(super) enum Part {
    /// Sizes, labels, taints, how many are replaced at once.
    Config(UpdateNodegroupConfigInputBuilder),
    /// Kubernetes, image and launch template: last, since every node is replaced.
    Version(UpdateNodegroupVersionInputBuilder),
}

/// The parts of an update that the live group lacks, in the order in which they are sent.
///
/// # Errors
/// When the id is none.
pub(super) fn parts(update: &Update, live: &Map) -> Result<Vec<Part>, Error> {
    let config = config(update, live)?.map(Part::Config);
    Ok(config.into_iter().chain(version(update, live)?.map(Part::Version)).collect())
}

fn config(update: &Update, live: &Map) -> Result<Option<UpdateNodegroupConfigInputBuilder>, Error> {
    let wanted = &update.inputs.attributes;
    let (cluster, name) = eks::parts(&update.id)?;
    let labels = changes(update, "labels").then(|| labels(update, live)).flatten();
    let taints = changes(update, "taints").then(|| taints(wanted, live)).flatten();
    let scaling = block(wanted, "scaling_config").filter(|_| changes(update, "scaling_config"));
    let scaling = scaling.and_then(|scaling| resized(scaling, block(live, "scaling_config")));
    let at_once = block(wanted, "update_config").filter(|_| changes(update, "update_config"));
    let at_once = at_once.filter(|wanted| lacks(block(live, "update_config"), wanted)).map(unavailable);
    if labels.is_none() && taints.is_none() && scaling.is_none() && at_once.is_none() {
        return Ok(None);
    }
    Ok(Some(
        UpdateNodegroupConfigInputBuilder::default()
            .cluster_name(cluster)
            .nodegroup_name(name)
            .set_labels(labels)
            .set_taints(taints)
            .set_scaling_config(scaling)
            .set_update_config(at_once)
            .client_request_token(part_token(&update.token, "config")),
    ))
}

fn version(update: &Update, live: &Map) -> Result<Option<UpdateNodegroupVersionInputBuilder>, Error> {
    let wanted = &update.inputs.attributes;
    let (cluster, name) = eks::parts(&update.id)?;
    let differing = |name| {
        let wanted = text(wanted, name).filter(|_| changes(update, name));
        wanted.filter(|wanted| text(live, name) != Some(*wanted)).map(str::to_owned)
    };
    let (version, release) = (differing("version"), differing("release_version"));
    let template = block(wanted, "launch_template").filter(|_| changes(update, "launch_template"));
    let template = template.filter(|wanted| lacks(block(live, "launch_template"), wanted)).map(launch_template);
    if version.is_none() && release.is_none() && template.is_none() {
        return Ok(None);
    }
    Ok(Some(
        UpdateNodegroupVersionInputBuilder::default()
            .cluster_name(cluster)
            .nodegroup_name(name)
            .set_version(version)
            .set_release_version(release)
            .set_launch_template(template)
            .set_force(flag(wanted, "force_update_enabled"))
            .client_request_token(part_token(&update.token, "version")),
    ))
}

/// Whether a live block lacks something that is wanted of it.
fn lacks(live: Option<&Map>, wanted: &Map) -> bool {
    wanted.iter().any(|(name, value)| live.and_then(|live| live.get(name)) != Some(value))
}

/// Other bounds than the live ones. The number of nodes is left alone as long as it is between them: EKS refuses bounds that
/// leave it out.
fn resized(wanted: &Map, live: Option<&Map>) -> Option<NodegroupScalingConfig> {
    let bound = |map: &Map, name| int32(map, name);
    let has = |name| live.and_then(|live| bound(live, name));
    let (min, max) = (bound(wanted, "min_size"), bound(wanted, "max_size"));
    if (has("min_size"), has("max_size")) == (min, max) {
        return None;
    }
    let desired = has("desired_size").map(|nodes| nodes.min(max.unwrap_or(nodes)).max(min.unwrap_or(nodes)));
    let desired = desired.filter(|desired| Some(*desired) != has("desired_size"));
    Some(sized(wanted).set_desired_size(desired).build())
}

fn sized(scaling: &Map) -> aws_sdk_eks::types::builders::NodegroupScalingConfigBuilder {
    let config = NodegroupScalingConfig::builder();
    config.set_min_size(int32(scaling, "min_size")).set_max_size(int32(scaling, "max_size"))
}

fn unavailable(block: &Map) -> NodegroupUpdateConfig {
    NodegroupUpdateConfig::builder()
        .set_max_unavailable(int32(block, "max_unavailable"))
        .set_max_unavailable_percentage(int32(block, "max_unavailable_percentage"))
        .build()
}

fn launch_template(block: &Map) -> LaunchTemplateSpecification {
    LaunchTemplateSpecification::builder()
        .set_id(text(block, "id").map(str::to_owned))
        .set_version(text(block, "version").map(str::to_owned))
        .build()
}

/// What has to be set, and what was ours and is declared no more.
fn labels(update: &Update, live: &Map) -> Option<UpdateLabelsPayload> {
    let of = |map| block(map, "labels").map(pairs).unwrap_or_default();
    let (before, wanted, live) = (of(&update.before), of(&update.inputs.attributes), of(live));
    let is_in = |pairs: &[(String, String)], key: &String| pairs.iter().any(|(other, _)| other == key);
    let set: HashMap<_, _> = wanted.iter().filter(|pair| !live.contains(pair)).cloned().collect();
    let ours = before.into_iter().map(|(key, _)| key);
    let remove: Vec<_> = ours.filter(|key| !is_in(&wanted, key) && is_in(&live, key)).collect();
    if set.is_empty() && remove.is_empty() {
        return None;
    }
    let payload = UpdateLabelsPayload::builder().set_add_or_update_labels((!set.is_empty()).then_some(set));
    Some(payload.set_remove_labels((!remove.is_empty()).then_some(remove)).build())
}

/// Key and effect make it one taint: another value changes it, so that is not taken away.
fn taints(wanted: &Map, live: &Map) -> Option<UpdateTaintsPayload> {
    let of = |map| -> Vec<Taint> { blocks(map, "taints").unwrap_or_default().into_iter().map(taint).collect() };
    let (wanted, live) = (of(wanted), of(live));
    let is_wanted =
        |taint: &Taint| wanted.iter().any(|other| (other.key(), other.effect()) == (taint.key(), taint.effect()));
    let set: Vec<Taint> = wanted.iter().filter(|taint| !live.contains(taint)).cloned().collect();
    let remove: Vec<Taint> = live.iter().filter(|taint| !is_wanted(taint)).cloned().collect();
    if set.is_empty() && remove.is_empty() {
        return None;
    }
    let payload = UpdateTaintsPayload::builder().set_add_or_update_taints((!set.is_empty()).then_some(set));
    Some(payload.set_remove_taints((!remove.is_empty()).then_some(remove)).build())
}

fn taint(block: &Map) -> Taint {
    Taint::builder()
        .set_key(text(block, "key").map(str::to_owned))
        .set_value(text(block, "value").map(str::to_owned))
        .set_effect(text(block, "effect").map(TaintEffect::from))
        .build()
}

fn pairs(map: &Map) -> Vec<(String, String)> {
    map.iter().filter_map(|(key, value)| Some((key.to_string(), value.as_text()?.to_owned()))).collect()
}
