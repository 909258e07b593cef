//! The conformance suite for what keeps data and names.

use std::sync::Arc;

use flashinfra_plans::{Live, Map, Object, Value, map};
use flashinfra_providers::conformance::Case;
use flashinfra_providers::{Class, Delete, Question};
use flashinfra_stacks_aws::trust_service;

use crate::conformance::{conforms, conforms_but, tags};
use crate::reads::since;
use crate::world::{Server, World, schema, texts};

fn list(entries: impl IntoIterator<Item = Map>) -> Value {
    entries.into_iter().map(Value::from).collect::<Vec<_>>().into()
}

async fn s3() -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(&Server::Moto.sdk().await).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

fn policy(bucket: &str, action: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"*"}},"Action":"{action}","Resource":"arn:aws:s3:::{bucket}/*"}}]}}"#
    )
}

/// What keeps a bucket from the public, with or without the part about policies.
fn blocked(policies: bool) -> Map {
    map! {
        "block_public_acls" => true, "ignore_public_acls" => true, "block_public_policy" => policies,
        "restrict_public_buckets" => true,
    }
}

#[tokio::test]
async fn s3_bucket() {
    let world = World::new("conformance-bucket").await;
    let copies = map! { "name" => "conformance-copies", "versioning" => "Enabled" };
    let copies = world.make("aws.s3_bucket", "copies", copies).await;
    let role = map! { "name" => "conformance-replication", "assume_role_policy" => trust_service("s3.amazonaws.com") };
    let role = world.make("aws.iam_role", "replication", role).await;
    let rule = |id: &str, days: i64| map! { "id" => id, "prefix" => "logs/", "expiration_in_days" => days };
    let old = map! { "noncurrent_days" => 30 };
    let copy = map! {
        "id" => "all", "priority" => 1,
        "destination" => map! { "bucket" => copies.attributes.get("arn").unwrap().clone() },
    };
    let replication = map! { "role" => role.attributes.get("arn").unwrap().clone(), "rules" => list([copy]) };
    let attributes = map! {
        "name" => "conformance-bucket", "versioning" => "Enabled", "object_ownership" => "BucketOwnerEnforced",
        "encryption" => map! { "sse_algorithm" => "AES256" },
        "public_access_block" => blocked(true),
        "lifecycle_rules" => list([
            rule("logs", 30),
            map! { "id" => "old", "noncurrent_version_expiration" => old },
            map! { "id" => "uploads", "abort_incomplete_multipart_upload_days" => 7 },
        ]),
        "replication" => replication,
        "policy" => policy("conformance-bucket", "s3:GetObject"),
        "tags" => tags(&[("Name", "data")]),
    };
    let glacier = map! { "transition_in_days" => 30, "storage_class" => "GLACIER" };
    let case = Case::new(schema("aws.s3_bucket"), attributes)
        .unknown_id("conformance-bucket-unknown")
        .foreign(
            "versioning",
            "Suspended".into(),
            Arc::new(|id| {
                Box::pin(async move {
                    let configuration = aws_sdk_s3::types::VersioningConfiguration::builder()
                        .status(aws_sdk_s3::types::BucketVersioningStatus::Suspended)
                        .build();
                    let call = s3().await.put_bucket_versioning().bucket(id.as_str());
                    call.versioning_configuration(configuration).send().await.unwrap();
                })
            }),
        )
        .update("versioning", "Enabled".into())
        .update("tags", tags(&[("Owner", "data")]))
        .update(
            "lifecycle_rules",
            list([rule("logs", 60).with("status", "Disabled".into()).with("transitions", list([glacier]))]),
        )
        .update(
            "encryption",
            map! {
                "sse_algorithm" => "aws:kms", "bucket_key_enabled" => true,
                "kms_master_key_id" => "arn:aws:kms:us-east-1:123456789012:key/0b5fb2f8-dcbb-4a3f-9a4d-000000000000",
            }
            .into(),
        )
        .update("public_access_block", blocked(false).into())
        .update("object_ownership", "BucketOwnerPreferred".into())
        .update("policy", policy("conformance-bucket", "s3:GetObjectVersion").into())
        .clear("policy")
        .clear("lifecycle_rules")
        .clear("replication")
        .clear("tags")
        .replacement("name", "conformance-other".into());
    let _ = conforms(&world, case).await;
}

#[tokio::test]
async fn a_bucket_whose_objects_can_be_locked() {
    let world = World::new("conformance-lock").await;
    let retention = |days: i64| map! { "mode" => "GOVERNANCE", "days" => days };
    let attributes = map! {
        "name" => "conformance-lock", "versioning" => "Enabled", "object_lock_enabled" => true,
        "object_lock_retention" => retention(7),
    };
    let case = Case::new(schema("aws.s3_bucket"), attributes)
        .unknown_id("conformance-lock-unknown")
        .update("object_lock_retention", retention(14).into())
        .clear("object_lock_retention");
    let _ = conforms(&world, case).await;
}

#[tokio::test]
async fn a_bucket_that_is_not_empty_stays_unless_it_was_asked_to_go() {
    let world = World::new("full-bucket").await;
    let bucket = world.make("aws.s3_bucket", "full", map! { "name" => "full-bucket", "versioning" => "Enabled" }).await;
    let s3 = s3().await;
    for body in ["one", "other"] {
        let put = s3.put_object().bucket("full-bucket").key("a").body(body.as_bytes().to_vec().into());
        put.send().await.unwrap();
    }
    s3.delete_object().bucket("full-bucket").key("a").send().await.unwrap();
    let delete = |arguments: Map| Delete { kind: "aws.s3_bucket".into(), id: bucket.id.clone(), arguments };
    let refused = world.provider.delete(&delete(Map::default())).await.unwrap_err();
    assert_eq!(refused.class, Class::AskPerson, "{refused}");
    world.provider.delete(&delete(map! { "force_destroy" => true })).await.unwrap();
    assert_eq!(world.live("aws.s3_bucket", "full-bucket", &Map::default()).await, Live::Absent);
}

#[tokio::test]
async fn of_a_bucket_only_what_is_declared_is_read() {
    let world = World::new("reads-bucket").await;
    let attributes = map! { "name" => "reads-bucket", "versioning" => "Enabled", "tags" => tags(&[("Name", "a")]) };
    world.make("aws.s3_bucket", "a", attributes.clone()).await;
    let question = |id: &str| Question { kind: "aws.s3_bucket".into(), id: id.into(), attributes: attributes.clone() };
    let before = world.provider.calls();
    let answers = world.provider.read(&[question("reads-bucket"), question("reads-bucket-unknown")]).await;
    assert!(matches!(answers.as_slice(), [Live::Present(_), Live::Absent]), "{answers:?}");
    assert_eq!(since(&before, &world.provider.calls()), "s3:GetBucketTagging 2, s3:GetBucketVersioning 1");
}

#[tokio::test]
async fn route53_zone() {
    let world = World::new("conformance-zone").await;
    let attributes = map! {
        "name" => "Conformance.Example.COM", "comment" => "the shop", "tags" => tags(&[("Name", "shop")]),
    };
    let case = Case::new(schema("aws.route53_zone"), attributes)
        .unknown_id("Z0123456789ABCDEFGHIJ")
        .update("tags", tags(&[("Owner", "network")]))
        .update("comment", "another shop".into())
        .clear("comment")
        .replacement("name", "other.example.com".into());
    let gap = ("create once", "CreateHostedZone does not look at the caller reference");
    let _ = conforms_but(&world, case, &[gap]).await;
}

#[tokio::test]
async fn a_private_zone_takes_other_vpcs() {
    let world = World::new("conformance-private").await;
    let (one, other) = (world.vpc().await, world.vpc().await);
    let vpcs = |vpcs: &[&Object]| {
        list(vpcs.iter().map(|vpc| map! { "vpc_id" => vpc.id.as_str(), "vpc_region" => "us-east-1" }))
    };
    let sorted = |mut ids: Vec<&Object>| {
        ids.sort_by(|one, other| one.id.cmp(&other.id));
        vpcs(&ids)
    };
    let attributes = map! { "name" => "inside.example.com", "vpcs" => vpcs(&[&one]) };
    let case = Case::new(schema("aws.route53_zone"), attributes)
        .unknown_id("Z0123456789ABCDEFGHIJ")
        .update("vpcs", sorted(vec![&one, &other]))
        .update("vpcs", vpcs(&[&other]));
    let gap = ("create once", "CreateHostedZone does not look at the caller reference");
    let _ = conforms_but(&world, case, &[gap]).await;
}

#[tokio::test]
async fn route53_record() {
    let world = World::new("conformance-record").await;
    let zone = world.make("aws.route53_zone", "main", map! { "name" => "records.example.com" }).await;
    let attributes = map! {
        "zone_id" => zone.id.as_str(), "name" => "*.shop.records.example.com.", "type" => "A", "ttl" => 300,
        "records" => texts(["203.0.113.7", "203.0.113.8"]),
    };
    let case = Case::new(schema("aws.route53_record"), attributes)
        .unknown_id(&format!("{}/unknown.records.example.com/A", zone.id))
        .update("records", texts(["203.0.113.9"]))
        .update("ttl", 60.into())
        .replacement("type", "AAAA".into());
    let _ = conforms(&world, case).await;
}

#[tokio::test]
async fn the_records_of_a_zone_are_read_at_once_and_keep_it() {
    let world = World::new("reads-zone").await;
    let zone = world.make("aws.route53_zone", "main", map! { "name" => "many.example.com" }).await;
    let mut questions = Vec::new();
    for index in 0..3 {
        let attributes = map! {
            "zone_id" => zone.id.as_str(), "name" => format!("n{index}.many.example.com"), "type" => "CNAME", "ttl" => 60,
            "records" => texts(["example.com"]),
        };
        let made = world.make("aws.route53_record", &format!("n{index}"), attributes.clone()).await;
        questions.push(Question { kind: "aws.route53_record".into(), id: made.id, attributes });
    }
    let before = world.provider.calls();
    let answers = world.provider.read(&questions).await;
    assert!(answers.iter().all(|answer| matches!(answer, Live::Present(_))), "{answers:?}");
    assert_eq!(since(&before, &world.provider.calls()), "route53:ListResourceRecordSets 1");
    let delete = Delete { kind: "aws.route53_zone".into(), id: zone.id.clone(), arguments: Map::default() };
    let refused = world.provider.delete(&delete).await.unwrap_err();
    assert_eq!(refused.class, Class::AskPerson, "{refused}");
}

#[tokio::test]
async fn acm_certificate() {
    let world = World::new("conformance-certificate").await;
    let attributes = map! {
        "domain_name" => "conformance.example.com",
        "subject_alternative_names" => texts(["*.conformance.example.com", "www.example.com"]),
        "tags" => tags(&[("Name", "shop")]),
    };
    let case = Case::new(schema("aws.acm_certificate"), attributes)
        .unknown_id("arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000")
        .update("tags", tags(&[("Owner", "network")]))
        .clear("tags")
        .replacement("domain_name", "other.example.com".into());
    let _ = conforms(&world, case).await;
}

#[tokio::test]
async fn a_certificate_says_what_proves_it() {
    let world = World::new("proof").await;
    let zone = world.make("aws.route53_zone", "main", map! { "name" => "proof.example.com" }).await;
    let certificate =
        world.make("aws.acm_certificate", "main", map! { "domain_name" => "shop.proof.example.com" }).await;
    let of = |attribute: &str| {
        let records = certificate.attributes.get(attribute).unwrap().as_map().unwrap();
        records.get("shop.proof.example.com").unwrap().clone()
    };
    let record = map! {
        "zone_id" => zone.id.as_str(), "name" => of("validation_record_names"), "type" => "CNAME", "ttl" => 300,
        "records" => vec![of("validation_record_values")],
    };
    let record = world.make("aws.route53_record", "proof", record).await;
    assert!(record.id.ends_with(".shop.proof.example.com/CNAME"), "{}", record.id);
}
