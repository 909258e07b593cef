use aws_sdk_ec2::types::{LaunchTemplateBlockDeviceMapping, LaunchTemplateHttpTokensState, VolumeType};
use aws_sdk_ec2::types::{
    LaunchTemplateEbsBlockDevice, LaunchTemplateInstanceMetadataOptions, ResponseLaunchTemplateData,
};
use flashinfra_plans::{Address, Map, OwnerMark, Phase, Value, map};
use flashinfra_providers::{Create, Inputs};

use super::{LaunchTemplate, LaunchTemplateVersion, from_response, to_create};

fn nodes() -> Map {
    let disk = map! { "device_name" => "/dev/xvda", "encrypted" => true, "volume_size" => 50, "volume_type" => "gp3" };
    let disks: Vec<Value> = vec![disk.into()];
    map! {
        "user_data" => "#!/bin/sh", "block_device_mappings" => disks,
        "metadata_options" => map! { "http_tokens" => "required" }, "instance_tags" => map! { "Name" => "node" },
    }
}

#[test]
fn a_create_carries_name_data_and_mark() {
    let address = Address::parse("aws.launch_template/nodes").unwrap();
    let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
    let inputs = Inputs { attributes: nodes(), ..Inputs::default() };
    let request = Create { kind: "aws.launch_template".into(), mark, token: "5f".repeat(32).into(), inputs };
    let request = to_create(&request).build().unwrap();
    assert!(request.launch_template_name().unwrap().starts_with("nodes-"));
    assert_eq!(request.client_token(), Some("5f".repeat(32).as_str()));
    let data = request.launch_template_data().unwrap();
    assert_eq!(data.user_data(), Some("IyEvYmluL3No"));
    assert_eq!(data.block_device_mappings()[0].ebs().unwrap().volume_size(), Some(50));
    assert_eq!(data.tag_specifications().len(), 1, "volumes get no tags");
    assert_eq!(request.tag_specifications()[0].tags()[0].value(), Some("c5b0/1/aws.launch_template/nodes"));
}

#[test]
fn a_template_is_what_its_default_version_says() {
    let ebs =
        LaunchTemplateEbsBlockDevice::builder().encrypted(true).volume_size(50).volume_type(VolumeType::Gp3).build();
    let disk = LaunchTemplateBlockDeviceMapping::builder().device_name("/dev/xvda").ebs(ebs).build();
    let options = LaunchTemplateInstanceMetadataOptions::builder().http_tokens(LaunchTemplateHttpTokensState::Required);
    let data = ResponseLaunchTemplateData::builder()
        .user_data("IyEvYmluL3No")
        .block_device_mappings(disk)
        .metadata_options(options.build());
    let version = LaunchTemplateVersion::builder().version_number(3).launch_template_data(data.build()).build();
    let template = LaunchTemplate::builder().launch_template_id("lt-1").launch_template_name("nodes").build();
    let object = from_response(&template, Some(&version)).unwrap();
    let nothing: Vec<Value> = Vec::new();
    let expected = nodes()
        .with("instance_tags", map! {}.into())
        .with("volume_tags", map! {}.into())
        .with("security_group_ids", nothing.into())
        .with("name", "nodes".into())
        .with("tags", map! {}.into())
        .with("id", "lt-1".into())
        .with("default_version", "3".into());
    assert_eq!(object.attributes, expected);
    // Without it nothing can be said of what is declared, which is not the same as nothing being there.
    assert_eq!(from_response(&template, None).unwrap().phase, Phase::Updating);
}
