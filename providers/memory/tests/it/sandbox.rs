//! What a sandbox does when nothing goes wrong, and what it refuses.

use std::sync::Arc;

use flashinfra_plans::{Live, Map, Object, Phase, Value, map};
use flashinfra_providers::{Class, Error, Outcome, Provider};
use flashinfra_providers_memory::{Foreign, Options, Sandbox};

use crate::kinds::{all, aws, create, delete, options, question, update, value};

fn sandbox() -> (Sandbox, Arc<dyn Provider>) {
    let sandbox = Sandbox::open(None, all(), options()).unwrap();
    let provider = aws(&sandbox);
    (sandbox, provider)
}

async fn made(provider: &Arc<dyn Provider>, address: &str, attributes: Map) -> Object {
    match provider.create(&create(address, attributes)).await.unwrap() {
        Outcome::Done(object) => object,
        other => panic!("expected an object, got {other:?}"),
    }
}

async fn live(provider: &Arc<dyn Provider>, kind: &str, id: &str) -> Live {
    provider.read(&[question(kind, id)]).await.remove(0)
}

fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (Class, String) {
    let error = result.unwrap_err();
    (error.class, error.code)
}

#[tokio::test]
async fn a_new_object_is_read_back_with_what_the_provider_added() {
    let (_, provider) = sandbox();
    let vpc = made(&provider, "aws.vpc/main", map! { "cidr_block" => "10.0.3.4/16" }).await;
    assert!(vpc.id.starts_with("vpc-0"), "{}", vpc.id);
    let expected = map! {
        "id" => vpc.id.as_str(),
        "arn" => format!("arn:aws:vpc:us-east-1:000000000000:vpc/{}", vpc.id),
        "cidr_block" => "10.0.0.0/16",
        "enable_dns_support" => true,
    };
    assert_eq!(vpc.attributes, expected);
    assert_eq!(live(&provider, "aws.vpc", &vpc.id).await, Live::Present(vpc));
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_leaves_foreign_keys_alone() {
    let (_, provider) = sandbox();
    let tags = |map: Map| map! { "cidr_block" => "10.0.0.0/16", "tags" => map };
    let ours = map! { "Name" => "main", "Team" => "a" };
    let vpc = made(&provider, "aws.vpc/main", tags(ours.clone())).await;
    let mut request = update("aws.vpc/main", &vpc.id, &["tags"], tags(map! { "Name" => "other" }));
    request.before = map! { "tags" => map! { "Team" => "a" } };
    let Outcome::Done(changed) = provider.update(&request).await.unwrap() else { panic!("not done") };
    assert_eq!(changed.attributes.get("tags"), Some(&Value::Map(map! { "Name" => "other" })));
    assert_eq!(changed.attributes.get("cidr_block"), Some(&value("10.0.0.0/16")));
}

#[tokio::test]
async fn a_slow_kind_is_ready_on_the_second_look() {
    let (_, provider) = sandbox();
    let inputs = map! { "identifier" => "main", "engine" => "postgres", "engine_version" => "15" };
    let outcome = provider.create(&create("aws.db_instance/main", inputs)).await.unwrap();
    assert_eq!(outcome, Outcome::Accepted("main".into()));
    let Live::Present(first) = live(&provider, "aws.db_instance", "main").await else { panic!("absent") };
    assert_eq!((first.phase, first.attributes.get("endpoint")), (Phase::Creating, None));
    let Live::Present(second) = live(&provider, "aws.db_instance", "main").await else { panic!("absent") };
    assert_eq!(second.phase, Phase::Ready);
    assert!(second.attributes.get("endpoint").is_some());
    assert_eq!(second.attributes.get("engine_version"), Some(&value("15.4")));
    let answer = provider.delete(&delete("aws.db_instance", "main")).await.unwrap();
    assert_eq!(answer, Outcome::Accepted("main".into()));
    let Live::Present(going) = live(&provider, "aws.db_instance", "main").await else { panic!("absent") };
    assert_eq!(going.phase, Phase::Deleting);
    assert_eq!(live(&provider, "aws.db_instance", "main").await, Live::Absent);
    let again = provider.delete(&delete("aws.db_instance", "main")).await;
    assert_eq!(refused(again), (Class::NotFound, "NotFound".into()));
}

#[tokio::test]
async fn what_others_use_is_not_deleted() {
    let (_, provider) = sandbox();
    let vpc = made(&provider, "aws.vpc/main", map! { "cidr_block" => "10.0.0.0/16" }).await;
    let inputs = map! { "vpc_id" => vpc.id.as_str(), "cidr_block" => "10.0.1.0/24" };
    let subnet = made(&provider, "aws.subnet/a", inputs).await;
    let early = provider.delete(&delete("aws.vpc", &vpc.id)).await;
    assert_eq!(refused(early), (Class::Wait, "DependencyViolation".into()));
    assert_eq!(provider.delete(&delete("aws.subnet", &subnet.id)).await, Ok(Outcome::Gone));
    assert_eq!(provider.delete(&delete("aws.vpc", &vpc.id)).await, Ok(Outcome::Gone));
    assert_eq!(live(&provider, "aws.vpc", &vpc.id).await, Live::Absent);
}

#[tokio::test]
async fn bad_input_is_refused_by_the_name_of_the_attribute() {
    let (_, provider) = sandbox();
    let refuses = async |attributes: Map, code: &str, words: &str| {
        let error = provider.create(&create("aws.vpc/main", attributes)).await.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (Class::FixInput, code));
        assert!(error.message.contains(words), "{}", error.message);
    };
    let good = map! { "cidr_block" => "10.0.0.0/16" };
    refuses(Map::default(), "MissingParameter", "`cidr_block` is required").await;
    refuses(good.clone().with("color", value("red")), "UnknownParameter", "no attribute `color`").await;
    refuses(good.clone().with("arn", value("x")), "InvalidParameter", "`arn` is set by the provider").await;
    refuses(good.clone().with("tags", value("x")), "InvalidParameter", "`tags` takes a map, not a text").await;
    refuses(map! { "cidr_block" => "10.0.0.0/33" }, "InvalidParameter", "is no IP range").await;
    refuses(map! { "cidr_block" => Value::Unknown }, "InvalidParameter", "before its value was known").await;
    let vpc = made(&provider, "aws.vpc/main", good).await;
    let moved = update("aws.vpc/main", &vpc.id, &["cidr_block"], map! { "cidr_block" => "10.1.0.0/16" });
    assert_eq!(refused(provider.update(&moved).await), (Class::FixInput, "ImmutableAttribute".into()));
}

#[tokio::test]
async fn a_file_gives_the_same_world_to_whoever_opens_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/sandbox.json");
    let here = Sandbox::open(Some(path.clone()), all(), options()).unwrap();
    let vpc = made(&aws(&here), "aws.vpc/main", map! { "cidr_block" => "10.0.0.0/16" }).await;
    let there = Sandbox::open(Some(path.clone()), all(), options()).unwrap();
    assert_eq!(live(&aws(&there), "aws.vpc", &vpc.id).await, Live::Present(vpc.clone()));
    assert_eq!(aws(&there).delete(&delete("aws.vpc", &vpc.id)).await, Ok(Outcome::Gone));
    assert_eq!(live(&aws(&here), "aws.vpc", &vpc.id).await, Live::Absent);
    assert_eq!(aws(&here).place().await, aws(&there).place().await);
}

#[tokio::test]
async fn somebody_else_changes_removes_and_adds_objects() {
    let (sandbox, provider) = sandbox();
    let vpc = made(&provider, "aws.vpc/main", map! { "cidr_block" => "10.0.0.0/16" }).await;
    let set = |path: &str, value: Option<Value>| sandbox.tamper("aws.vpc", &vpc.id, path, value);
    set("tags.kubernetes.io/role", Some(value("elb"))).unwrap();
    set("cidr_block", Some(value("10.9.0.0/16"))).unwrap();
    set("enable_dns_support", None).unwrap();
    let Live::Present(changed) = live(&provider, "aws.vpc", &vpc.id).await else { panic!("absent") };
    assert_eq!(changed.attributes.get("tags"), Some(&Value::Map(map! { "kubernetes.io/role" => "elb" })));
    assert_eq!(changed.attributes.get("cidr_block"), Some(&value("10.9.0.0/16")));
    assert_eq!(changed.attributes.get("enable_dns_support"), None);
    let mistyped = set("tags", Some(value("x"))).unwrap_err().to_string();
    assert!(mistyped.contains("takes a map"), "{mistyped}");
    let attributes = map! { "cidr_block" => "10.2.0.0/16" };
    let foreign = Foreign { kind: "aws.vpc".into(), region: "us-east-1".into(), attributes, ..Foreign::default() };
    let theirs = sandbox.insert(&foreign).unwrap();
    assert!(matches!(live(&provider, "aws.vpc", &theirs).await, Live::Present(Object { owner: None, .. })));
    sandbox.remove("aws.vpc", &vpc.id).unwrap();
    assert_eq!(live(&provider, "aws.vpc", &vpc.id).await, Live::Absent);
    let listed: Vec<_> = sandbox.objects().unwrap().into_iter().map(|listed| listed.object.id).collect();
    assert_eq!(listed, [theirs]);
}

#[tokio::test]
async fn attributes_outside_the_schema_are_kept_when_asked_for() {
    let sandbox = Sandbox::open(None, all(), Options { keep_unknown: true, ..options() }).unwrap();
    let provider = aws(&sandbox);
    let inputs = map! { "cidr_block" => "10.0.0.0/16", "ipam" => map! { "pool" => "p", "depth" => 3 } };
    let vpc = made(&provider, "aws.vpc/main", inputs.clone()).await;
    assert_eq!(vpc.attributes.get("ipam"), inputs.get("ipam"));
    let changed = inputs.with("ipam", Value::Integer(4));
    provider.update(&update("aws.vpc/main", &vpc.id, &["ipam"], changed.clone())).await.unwrap();
    provider.update(&update("aws.vpc/main", &vpc.id, &["other"], changed)).await.unwrap();
    let Live::Present(live) = live(&provider, "aws.vpc", &vpc.id).await else { panic!("absent") };
    assert_eq!((live.attributes.get("ipam"), live.attributes.get("other")), (Some(&Value::Integer(4)), None));
}
