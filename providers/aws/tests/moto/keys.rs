//! The conformance suite for keys and their names, behind a proxy whose reads lag behind writes and that throttles.

use flashinfra_plans::{Map, map};
use flashinfra_providers::conformance::{Case, Verdict};

use crate::conformance::{conforms, conforms_but, tags};
use crate::network::lifelike;
use crate::world::schema;

#[tokio::test]
async fn kms_key() {
    let (_proxy, world) = lifelike("conformance-key").await;
    let policy = |action: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::123456789012:root"}},"Action":"{action}","Resource":"*"}}]}}"#
        )
    };
    let attributes = map! {
        "description" => "databases", "policy" => policy("kms:*"), "enable_key_rotation" => true,
        "tags" => tags(&[("Name", "data")]),
    };
    let case = Case::new(schema("aws.kms_key"), attributes)
        .unknown_id("11111111-2222-3333-4444-555555555555")
        .update("description", "databases and caches".into())
        .update("policy", policy("kms:Decrypt").into())
        .update("enable_key_rotation", false.into())
        .update("enabled", false.into())
        .update("tags", tags(&[("Owner", "data")]))
        .clear("description")
        .replacement("key_usage", "SIGN_VERIFY".into())
        .delete_arguments(map! { "deletion_window_in_days" => 7 });
    let report = conforms(&world, case).await;
    let left = "a tombstone is left".into();
    assert_eq!(report.verdict("delete absent"), Some(&Verdict::DoesNotApply(left)), "it can still be saved");
}

#[tokio::test]
async fn kms_alias() {
    let (_proxy, world) = lifelike("conformance-alias").await;
    let one = world.make("aws.kms_key", "one", Map::default()).await;
    let other = world.make("aws.kms_key", "other", Map::default()).await;
    let attributes = map! { "name" => "alias/conformance/one", "target_key_id" => one.id.as_str() };
    let case = Case::new(schema("aws.kms_alias"), attributes)
        .unknown_id("alias/conformance/unknown")
        .update("target_key_id", other.id.as_str().into())
        .replacement("name", "alias/conformance/other".into());
    let _ = conforms_but(&world, case, &[]).await;
}
