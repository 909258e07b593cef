//! The conformance suite for launch templates, and what reading them costs.

use flashinfra_plans::{Live, Map, Value, map};
use flashinfra_providers::conformance::Case;
use flashinfra_providers::{Inputs, Outcome, Question, Update};

use crate::conformance::{conforms_but, tags, without_lag};
use crate::reads::since;
use crate::world::{Server, World, ids, schema, sdk};

/// A template as for the nodes of a cluster, with a disk of this size.
fn nodes(size: i64) -> Value {
    let disk =
        map! { "device_name" => "/dev/xvda", "encrypted" => true, "volume_size" => size, "volume_type" => "gp3" };
    vec![Value::from(disk)].into()
}

#[tokio::test]
async fn launch_template() {
    let (_proxy, world) = World::with_tokens(Server::Moto, "conformance-template").await;
    let vpc = world.vpc().await;
    let group = world.make("aws.security_group", "nodes", map! { "vpc_id" => vpc.id.as_str() }).await;
    let attributes = map! {
        "name" => "conformance-template", "description" => "nodes", "instance_type" => "t3.large",
        "image_id" => "resolve:ssm:/aws/service/eks/optimized-ami/1.33/amazon-linux-2023/x86_64/standard/recommended/image_id",
        "user_data" => "#!/bin/sh", "security_group_ids" => ids(&[group]), "block_device_mappings" => nodes(50),
        "metadata_options" => map! { "http_tokens" => "required", "http_put_response_hop_limit" => 2 },
        "detailed_monitoring" => true, "instance_tags" => tags(&[("Name", "node")]),
        "tags" => tags(&[("Name", "nodes")]),
    };
    let case = Case::new(schema("aws.launch_template"), attributes.clone())
        .second(attributes.with("name", "conformance-other".into()))
        .unknown_id("lt-0123456789abcdef0")
        .update("instance_type", "t3.xlarge".into())
        .update("image_id", "ami-0123456789abcdef0".into())
        .update("block_device_mappings", nodes(100))
        .update("metadata_options", map! { "http_tokens" => "optional" }.into())
        .update("instance_tags", tags(&[("Name", "worker")]))
        .clear("user_data")
        .clear("description")
        .clear("security_group_ids")
        .clear("block_device_mappings")
        .clear("metadata_options")
        .update("tags", tags(&[("Owner", "platform")]))
        .replacement("name", "conformance-renamed".into());
    // Ministack asks for the template whose versions it is to tell, so that several are not read at once there.
    let gap = "DescribeLaunchTemplates shows the tags of the create";
    let _ = conforms_but(&world, without_lag(case), &[("update tags", gap), ("moved mark", gap)]).await;
}

/// A run that died between the new version and the call that makes it the default one.
#[tokio::test]
async fn a_version_that_was_made_is_not_made_again() {
    let world = World::new("versions").await;
    let template = world.make("aws.launch_template", "nodes", map! { "instance_type" => "t3.large" }).await;
    let ec2 = aws_sdk_ec2::Client::new(&sdk().await);
    let data = aws_sdk_ec2::types::RequestLaunchTemplateData::builder().instance_type("t3.xlarge".into()).build();
    let call = ec2.create_launch_template_version().launch_template_id(template.id.as_str());
    call.launch_template_data(data).send().await.unwrap();
    let update = |size: &str| Update {
        kind: "aws.launch_template".into(),
        id: template.id.clone(),
        mark: world.mark("aws.launch_template", "nodes"),
        changed: vec!["instance_type".into()],
        before: Map::default(),
        inputs: Inputs { attributes: map! { "instance_type" => size }, ..Inputs::default() },
        token: format!("versions-{size}").as_str().into(),
    };
    for (size, version) in [("t3.xlarge", "2"), ("t3.2xlarge", "3"), ("t3.large", "4")] {
        let Outcome::Done(object) = world.provider.update(&update(size)).await.unwrap() else { panic!("{size}") };
        assert_eq!(object.attributes.get("instance_type"), Some(&size.into()));
        assert_eq!(object.attributes.get("default_version"), Some(&version.into()));
    }
}

#[tokio::test]
async fn several_templates_are_read_from_the_list_of_all() {
    let world = World::new("reads-templates").await;
    let mut questions = Vec::new();
    for name in ["a", "b"] {
        let made = world.make("aws.launch_template", name, map! { "instance_type" => "t3.large" }).await;
        questions.push(Question { kind: "aws.launch_template".into(), id: made.id, attributes: Map::default() });
    }
    let unknown = Question { id: "lt-0123456789abcdef0".into(), ..questions[0].clone() };
    questions.push(unknown);
    let before = world.provider.calls();
    let answers = world.provider.read(&questions).await;
    assert_eq!(
        since(&before, &world.provider.calls()),
        "ec2:DescribeLaunchTemplateVersions 1, ec2:DescribeLaunchTemplates 1"
    );
    let [Live::Present(_), Live::Present(_), Live::Absent] = answers.as_slice() else { panic!("{answers:?}") };
}
