//! The conformance suite for what IAM has beside roles, behind a proxy: reads that lag behind writes, pages, throttling.

use flashinfra_plans::{Live, Map, Value, map};
use flashinfra_providers::conformance::Case;
use flashinfra_providers::{Inputs, Update};
use flashinfra_stacks_aws::trust_service;

use crate::conformance::{conforms, tags};
use crate::network::lifelike;
use crate::world::{World, schema, texts};

/// A policy that allows one thing.
fn policy(action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#)
}

#[tokio::test]
async fn iam_policy() {
    let (_proxy, world) = lifelike("conformance-policy").await;
    let case = Case::new(
        schema("aws.iam_policy"),
        map! {
            "name" => "conformance-policy", "path" => "/shop/", "policy_document" => policy("logs:PutLogEvents"),
            "description" => "writes logs", "tags" => tags(&[("Name", "logs")]),
        },
    )
    .unknown_id("conformance-policy-unknown")
    .update("policy_document", policy("logs:*").into())
    .update("tags", tags(&[("Owner", "platform")]))
    .clear("tags")
    .replacement("path", "/".into())
    .replacement("description", "writes everything".into());
    let _ = conforms(&world, case).await;
}

/// IAM keeps five versions: seven documents are seven updates all the same, and the first two are gone.
#[tokio::test]
async fn a_policy_changes_more_often_than_iam_keeps_versions() {
    let world = World::new("policy-versions").await;
    let attributes = |number: u8| {
        map! { "name" => "policy-versions", "policy_document" => policy(&format!("logs:Put{number}")) }
    };
    let made = world.make("aws.iam_policy", "logs", attributes(1)).await;
    for number in 2..=7 {
        let update = Update {
            kind: "aws.iam_policy".into(),
            id: made.id.clone(),
            mark: world.mark("aws.iam_policy", "logs"),
            changed: vec!["policy_document".into()],
            before: map! { "policy_document" => policy(&format!("logs:Put{}", number - 1)) },
            inputs: Inputs { attributes: attributes(number), ..Inputs::default() },
            token: format!("{number:064}").into(),
        };
        world.provider.update(&update).await.unwrap();
        // The reply was lost: sent again, it makes no second version.
        world.provider.update(&update).await.unwrap();
    }
    let Live::Present(live) = world.live("aws.iam_policy", &made.id, &attributes(7)).await else {
        panic!("it is gone")
    };
    assert_eq!(live.attributes.get("policy_document"), attributes(7).get("policy_document"));
    assert_eq!(live.attributes.get("default_version_id"), Some(&"v7".into()));
    let arn = live.attributes.get("arn").and_then(Value::as_text).unwrap();
    let listed = aws_sdk_iam::Client::new(&world.server.sdk().await)
        .list_policy_versions()
        .policy_arn(arn)
        .send()
        .await
        .unwrap();
    let mut ids: Vec<_> = listed.versions().iter().filter_map(|version| version.version_id()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["v3", "v4", "v5", "v6", "v7"]);
    world.delete("aws.iam_policy", &made.id).await;
}

#[tokio::test]
async fn iam_instance_profile() {
    let (_proxy, world) = lifelike("conformance-profile").await;
    for name in ["conformance-profile-one", "conformance-profile-other"] {
        let role = map! { "name" => name, "assume_role_policy" => trust_service("ec2.amazonaws.com") };
        world.make("aws.iam_role", name, role).await;
    }
    let attributes = map! {
        "name" => "conformance-profile", "path" => "/shop/", "role" => "conformance-profile-one",
        "tags" => tags(&[("Name", "nodes")]),
    };
    let case = Case::new(schema("aws.iam_instance_profile"), attributes)
        .unknown_id("conformance-profile-unknown")
        .update("role", "conformance-profile-other".into())
        .update("tags", tags(&[("Owner", "platform")]))
        .clear("tags")
        .replacement("path", "/".into());
    let _ = conforms(&world, case).await;
}

#[tokio::test]
async fn iam_openid_connect_provider() {
    let (_proxy, world) = lifelike("conformance-issuer").await;
    // moto has neither AddClientIDToOpenIDConnectProvider nor its opposite: they answer HTTP 500. They are tested beside the adapter.
    let url = "https://oidc.eks.us-east-1.amazonaws.com/id/CONFORMANCE";
    let attributes: Map = map! {
        "url" => url, "client_id_list" => texts(["sts.amazonaws.com"]),
        "thumbprint_list" => texts(["9e99a48a9960b14926bb7f3b02e22da2b0ab7280"]), "tags" => tags(&[("Name", "cluster")]),
    };
    let case = Case::new(schema("aws.iam_openid_connect_provider"), attributes)
        .unknown_id("https://oidc.eks.us-east-1.amazonaws.com/id/UNKNOWN")
        .update("thumbprint_list", texts(["990f4193972f2becf12ddeda5237f9c952f20d9e"]))
        .update("tags", tags(&[("Owner", "platform")]))
        .clear("tags")
        .replacement("url", "https://oidc.eks.us-east-1.amazonaws.com/id/OTHER".into());
    let _ = conforms(&world, case).await;
}
