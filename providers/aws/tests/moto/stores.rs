//! The conformance suite for what keeps secrets and images.

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Live, Map, Value, map};
use flashinfra_providers::conformance::{Case, Verdict};
use flashinfra_providers::{Class, Create, Delete, Inputs};

use crate::conformance::{conforms_on_each, tags};
use crate::world::{Server, World, schema, texts};

#[tokio::test]
async fn secretsmanager_secret() {
    let reports = conforms_on_each("conformance-secret", async |_: &World| {
        let value = |version| Value::Secret(Box::new(Secret::Env { name: "VALUE".into(), version }));
        let attributes = map! {
            "name" => "conformance/secret", "description" => "for the shop", "secret_string" => value(1),
            "tags" => tags(&[("Name", "secret")]),
        };
        Case::new(schema("aws.secretsmanager_secret"), attributes)
            .secret("secret_string", "correct-horse-battery")
            .unknown_id("conformance/unknown")
            .update("description", "for the shop, and more".into())
            .update("secret_string", value(2))
            .update("tags", tags(&[("Owner", "data")]))
            .clear("tags")
            .replacement("name", "conformance/other".into())
    })
    .await;
    for report in reports {
        assert_eq!(report.verdict("secrets"), Some(&Verdict::Holds));
    }
}

#[tokio::test]
async fn copies_of_a_secret() {
    conforms_on_each("conformance-secret-copies", async |_: &World| {
        let attributes =
            map! { "name" => "conformance/copies", "replica_regions" => texts(["eu-west-1", "eu-west-2"]) };
        Case::new(schema("aws.secretsmanager_secret"), attributes)
            .unknown_id("conformance/unknown")
            .update("replica_regions", texts(["eu-central-1", "eu-west-1"]))
            .clear("replica_regions")
            .delete_arguments(map! { "force_delete_without_recovery" => true })
    })
    .await;
}

/// Within its recovery window a secret keeps its name: it is told as deleted, and none of that name is made.
#[tokio::test]
async fn a_deleted_secret_keeps_its_name_until_its_window_ends() {
    for server in Server::ALL {
        let world = World::on(server, "deleted-secret").await;
        let kind = "aws.secretsmanager_secret";
        let attributes = map! { "name" => "deleted/secret" };
        let secret = world.make(kind, "main", attributes.clone()).await;
        let delete =
            Delete { kind: kind.into(), id: secret.id.clone(), arguments: map! { "recovery_window_in_days" => 7 } };
        world.provider.delete(&delete).await.unwrap();
        let Live::Tombstone { note } = world.live(kind, &secret.id, &Map::default()).await else {
            panic!("{server:?}: it is no tombstone")
        };
        assert!(note.contains("restore-secret --secret-id deleted/secret"), "{note}");
        assert_eq!(world.provider.delete(&delete).await.unwrap_err().class, Class::NotFound, "{server:?}");
        let again = Create {
            kind: kind.into(),
            mark: world.mark(kind, "main"),
            token: "f".repeat(64).into(),
            inputs: Inputs { attributes, ..Inputs::default() },
        };
        let refused = world.provider.create(&again).await.unwrap_err();
        assert_eq!(refused.class, Class::AlreadyExists, "{server:?}: {refused}");
    }
}

#[tokio::test]
async fn ecr_repository() {
    conforms_on_each("conformance-repository", async |_: &World| {
        let lifecycle = |count: u32| -> Value {
            let rule = format!(
                r#"{{"rules":[{{"rulePriority":1,"selection":{{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":{count}}},"action":{{"type":"expire"}}}}]}}"#
            );
            rule.into()
        };
        let policy = |sid: &str| -> Value {
            let statement = format!(
                r#"{{"Sid":"{sid}","Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}}"#
            );
            format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#).into()
        };
        let attributes = map! {
            "name" => "conformance/api", "image_tag_mutability" => "IMMUTABLE", "scan_on_push" => true,
            "encryption_type" => "AES256", "lifecycle_policy" => lifecycle(10), "repository_policy" => policy("pull"),
            "tags" => tags(&[("Name", "api")]),
        };
        Case::new(schema("aws.ecr_repository"), attributes)
            .unknown_id("conformance/unknown")
            .update("image_tag_mutability", "MUTABLE".into())
            .update("lifecycle_policy", lifecycle(20))
            .update("repository_policy", policy("fetch"))
            .update("tags", tags(&[("Owner", "platform")]))
            .clear("repository_policy")
            .clear("lifecycle_policy")
            .replacement("encryption_type", "KMS".into())
    })
    .await;
}

/// The SDK leaves a field out that is false, which is what it stands for.
#[tokio::test]
async fn scans_of_a_repository() {
    conforms_on_each("conformance-repository-scans", async |_: &World| {
        let attributes = map! { "name" => "conformance/scans", "scan_on_push" => true };
        Case::new(schema("aws.ecr_repository"), attributes)
            .unknown_id("conformance/unknown")
            .update("scan_on_push", false.into())
    })
    .await;
}
