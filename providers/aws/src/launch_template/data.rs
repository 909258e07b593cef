//! What is in a version, sent and answered.

use aws_sdk_ec2::types::{
    InstanceType, LaunchTemplateBlockDeviceMapping, LaunchTemplateBlockDeviceMappingRequest,
    LaunchTemplateEbsBlockDeviceRequest, LaunchTemplateHttpTokensState,
    LaunchTemplateIamInstanceProfileSpecificationRequest, LaunchTemplateInstanceMetadataEndpointState,
    LaunchTemplateInstanceMetadataOptions, LaunchTemplateInstanceMetadataOptionsRequest,
    LaunchTemplateInstanceMetadataTagsState, LaunchTemplateTagSpecificationRequest, LaunchTemplatesMonitoringRequest,
    RequestLaunchTemplateData, ResourceType, ResponseLaunchTemplateData, Tag, VolumeType,
};
use aws_smithy_types::base64;
use flashinfra_plans::{Map, Value};

use crate::fields::{Fields, block, blocks, flag, int32, text, texts};

/// The attributes with tags for what is started, and what they are for.
const TAGGED: [(&str, ResourceType); 2] =
    [("instance_tags", ResourceType::Instance), ("volume_tags", ResourceType::Volume)];

/// All that is declared, as one version.
pub(super) fn to_request(attributes: &Map) -> RequestLaunchTemplateData {
    let owned = |name| text(attributes, name).map(str::to_owned);
    let profile = |arn: &str| LaunchTemplateIamInstanceProfileSpecificationRequest::builder().arn(arn).build();
    let monitoring = |enabled| LaunchTemplatesMonitoringRequest::builder().enabled(enabled).build();
    let devices = blocks(attributes, "block_device_mappings");
    RequestLaunchTemplateData::builder()
        .set_image_id(owned("image_id"))
        .set_instance_type(text(attributes, "instance_type").map(InstanceType::from))
        .set_key_name(owned("key_name"))
        .set_user_data(text(attributes, "user_data").map(base64::encode))
        .set_security_group_ids(texts(attributes, "security_group_ids"))
        .set_iam_instance_profile(text(attributes, "iam_instance_profile").map(profile))
        .set_ebs_optimized(flag(attributes, "ebs_optimized"))
        .set_monitoring(flag(attributes, "detailed_monitoring").map(monitoring))
        .set_block_device_mappings(devices.map(|devices| devices.into_iter().map(to_device).collect()))
        .set_metadata_options(block(attributes, "metadata_options").map(to_metadata))
        .set_tag_specifications(to_tags(attributes))
        .build()
}

fn to_device(device: &Map) -> LaunchTemplateBlockDeviceMappingRequest {
    let ebs = LaunchTemplateEbsBlockDeviceRequest::builder()
        .set_volume_size(int32(device, "volume_size"))
        .set_volume_type(text(device, "volume_type").map(VolumeType::from))
        .set_iops(int32(device, "iops"))
        .set_throughput(int32(device, "throughput"))
        .set_encrypted(flag(device, "encrypted"))
        .set_kms_key_id(text(device, "kms_key_id").map(str::to_owned))
        .set_snapshot_id(text(device, "snapshot_id").map(str::to_owned))
        .set_delete_on_termination(flag(device, "delete_on_termination"))
        .build();
    LaunchTemplateBlockDeviceMappingRequest::builder()
        .set_device_name(text(device, "device_name").map(str::to_owned))
        .ebs(ebs)
        .build()
}

fn to_metadata(options: &Map) -> LaunchTemplateInstanceMetadataOptionsRequest {
    LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .set_http_tokens(text(options, "http_tokens").map(LaunchTemplateHttpTokensState::from))
        .set_http_endpoint(text(options, "http_endpoint").map(LaunchTemplateInstanceMetadataEndpointState::from))
        .set_http_put_response_hop_limit(int32(options, "http_put_response_hop_limit"))
        .set_instance_metadata_tags(
            text(options, "instance_metadata_tags").map(LaunchTemplateInstanceMetadataTagsState::from),
        )
        .build()
}

fn to_tags(attributes: &Map) -> Option<Vec<LaunchTemplateTagSpecificationRequest>> {
    let specification = |(name, resource): (&str, ResourceType)| {
        let tags = block(attributes, name).filter(|tags| !tags.is_empty())?.iter();
        let tags =
            tags.filter_map(|(key, value)| Some(Tag::builder().key(key.as_str()).value(value.as_text()?).build()));
        let request = LaunchTemplateTagSpecificationRequest::builder().resource_type(resource);
        Some(request.set_tags(Some(tags.collect())).build())
    };
    let specifications: Vec<_> = TAGGED.into_iter().filter_map(specification).collect();
    Some(specifications).filter(|specifications| !specifications.is_empty())
}

/// Adds what a live version says.
pub(super) fn add_live(fields: Fields, data: &ResponseLaunchTemplateData) -> Fields {
    // What is no text was made by others, and is shown as it is.
    let user_data = data.user_data().map(|coded| {
        let clear = base64::decode(coded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        clear.unwrap_or_else(|| coded.to_owned())
    });
    let fields = fields
        .text("image_id", data.image_id())
        .text("instance_type", data.instance_type().map(InstanceType::as_str))
        .text("key_name", data.key_name())
        .text("user_data", user_data.as_deref())
        .texts("security_group_ids", data.security_group_ids().iter().map(String::as_str))
        .text("iam_instance_profile", data.iam_instance_profile().and_then(|profile| profile.arn()))
        .flag("ebs_optimized", data.ebs_optimized())
        .flag("detailed_monitoring", data.monitoring().and_then(|monitoring| monitoring.enabled()))
        .blocks("block_device_mappings", data.block_device_mappings().iter().map(from_device))
        .value("metadata_options", data.metadata_options().map(|options| from_metadata(options).into()));
    TAGGED.into_iter().fold(fields, |fields, (name, resource)| {
        let of_it = data.tag_specifications().iter().filter(|tags| tags.resource_type() == Some(&resource));
        let tags = of_it.flat_map(|tags| tags.tags());
        let tags: Map = tags.filter_map(|tag| Some((tag.key()?.into(), Value::from(tag.value()?)))).collect();
        fields.value(name, Some(tags.into()))
    })
}

fn from_device(device: &LaunchTemplateBlockDeviceMapping) -> Map {
    let ebs = device.ebs();
    Fields::new()
        .text("device_name", device.device_name())
        .integer("volume_size", ebs.and_then(|ebs| ebs.volume_size()))
        .text("volume_type", ebs.and_then(|ebs| ebs.volume_type()).map(VolumeType::as_str))
        .integer("iops", ebs.and_then(|ebs| ebs.iops()))
        .integer("throughput", ebs.and_then(|ebs| ebs.throughput()))
        .flag("encrypted", ebs.and_then(|ebs| ebs.encrypted()))
        .text("kms_key_id", ebs.and_then(|ebs| ebs.kms_key_id()))
        .text("snapshot_id", ebs.and_then(|ebs| ebs.snapshot_id()))
        .flag("delete_on_termination", ebs.and_then(|ebs| ebs.delete_on_termination()))
        .build()
}

fn from_metadata(options: &LaunchTemplateInstanceMetadataOptions) -> Map {
    Fields::new()
        .text("http_tokens", options.http_tokens().map(LaunchTemplateHttpTokensState::as_str))
        .text("http_endpoint", options.http_endpoint().map(LaunchTemplateInstanceMetadataEndpointState::as_str))
        .integer("http_put_response_hop_limit", options.http_put_response_hop_limit())
        .text(
            "instance_metadata_tags",
            options.instance_metadata_tags().map(LaunchTemplateInstanceMetadataTagsState::as_str),
        )
        .build()
}
