//! The conformance suite for log groups, and what neither moto nor ministack knows of them: other keys, deletion protection.

use flashinfra_plans::{Map, Name, map};
use flashinfra_providers::conformance::Case;
use flashinfra_providers::{Inputs, Update};
use flashinfra_test_support::{Answer, Script};

use crate::conformance::{conforms, tags};
use crate::network::lifelike;
use crate::world::{World, schema};

#[tokio::test]
async fn cloudwatch_log_group() {
    let (_proxy, world) = lifelike("conformance-logs").await;
    let key = world.make("aws.kms_key", "logs", Map::default()).await;
    let attributes = map! {
        "name" => "/conformance/logs", "retention_in_days" => 30, "tags" => tags(&[("Name", "logs")]),
        "kms_key_id" => key.attributes.get("arn").unwrap().clone(),
    };
    let case = Case::new(schema("aws.cloudwatch_log_group"), attributes)
        .unknown_id("/conformance/unknown")
        .update("retention_in_days", 90.into())
        .update("tags", tags(&[("Owner", "platform")]))
        .clear("retention_in_days")
        .replacement("name", "/conformance/other".into());
    let _ = conforms(&world, case).await;
}

#[tokio::test]
async fn keys_and_protection_are_calls_of_their_own() {
    let script = Script::start(|_| Answer::new(200, "{}"));
    let world = World::at(script.endpoint(), "wire-logs").await;
    let update = |changed: &[&str], attributes: Map| Update {
        kind: "aws.cloudwatch_log_group".into(),
        id: "/shop/api".into(),
        mark: world.mark("aws.cloudwatch_log_group", "api"),
        changed: changed.iter().copied().map(Name::from).collect(),
        before: Map::default(),
        inputs: Inputs { attributes, ..Inputs::default() },
        token: "5f".repeat(32).into(),
    };
    let key = "arn:aws:kms:us-east-1:123456789012:key/1b2c";
    for (request, expected) in [
        (
            update(&["kms_key_id"], map! { "kms_key_id" => key }),
            ("Logs_20140328.AssociateKmsKey", format!(r#"{{"logGroupName":"/shop/api","kmsKeyId":"{key}"}}"#)),
        ),
        (
            update(&["kms_key_id"], Map::default()),
            ("Logs_20140328.DisassociateKmsKey", r#"{"logGroupName":"/shop/api"}"#.to_owned()),
        ),
        (
            update(&["deletion_protection_enabled"], map! { "deletion_protection_enabled" => false }),
            (
                "Logs_20140328.PutLogGroupDeletionProtection",
                r#"{"logGroupIdentifier":"/shop/api","deletionProtectionEnabled":false}"#.to_owned(),
            ),
        ),
    ] {
        let before = script.requests().len();
        world.provider.update(&request).await.unwrap();
        let sent = &script.requests()[before];
        assert_eq!((sent.target.as_str(), sent.body.clone()), expected);
    }
}
