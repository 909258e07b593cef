use flashinfra_plans::{Address, Map, OwnerMark, Value, map};
use flashinfra_providers::{Class, Error};

use super::part::Part;
use super::{explained, lifecycle, replication, to_create};

fn mark() -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.s3_bucket/data").unwrap(), generation: 1 }
}

#[test]
fn a_create_has_its_region_and_its_tags() {
    let attributes =
        map! { "name" => "shop-data", "object_lock_enabled" => true, "object_ownership" => "ObjectWriter" };
    let create = |region: &str| to_create(&attributes, &mark(), region).build().unwrap();
    let here = create("us-east-1");
    let configuration = here.create_bucket_configuration().unwrap();
    assert_eq!(configuration.location_constraint(), None);
    assert_eq!(configuration.tags()[0].value(), "c5b0/1/aws.s3_bucket/data");
    assert_eq!(here.object_lock_enabled_for_bucket(), Some(true));
    let there = create("eu-central-1");
    let location = there.create_bucket_configuration().unwrap().location_constraint();
    assert_eq!(location.map(|location| location.as_str()), Some("eu-central-1"));
}

#[test]
fn only_what_is_named_is_a_part() {
    let parts = |names: &[&str]| Part::among(|name| names.contains(&name));
    assert_eq!(parts(&["policy", "versioning", "tags"]), [Part::Versioning, Part::Policy]);
    assert_eq!(parts(&["object_lock_retention"]), [Part::ObjectLock]);
    assert_eq!(parts(&["name", "tags", "force_destroy"]), []);
}

#[test]
fn a_lifecycle_rule_comes_back_as_it_was_sent() {
    let check = |rule: Map| {
        let sent = lifecycle::to_rule(&rule).unwrap();
        let mut read = lifecycle::from_rule(&sent);
        for (name, value) in [("status", Value::from("Enabled")), ("transitions", vec![].into())] {
            if rule.get(name).is_none() && read.get(name) == Some(&value) {
                read = read.without(name);
            }
        }
        if rule.get("noncurrent_version_transitions").is_none() {
            read = read.without("noncurrent_version_transitions");
        }
        assert_eq!(read, rule);
        sent
    };
    let everything = check(map! { "id" => "a", "expiration_in_days" => 30 });
    assert_eq!(everything.filter().unwrap().prefix(), Some(""));
    let prefix = check(map! { "id" => "a", "prefix" => "logs/", "expiration_in_days" => 30 });
    assert_eq!(prefix.filter().unwrap().prefix(), Some("logs/"));
    let both = check(map! {
        "id" => "a", "status" => "Disabled", "prefix" => "logs/", "tag_filters" => map! { "Class" => "cold" },
        "object_size_greater_than" => 1024,
        "transitions" => vec![Value::from(map! { "transition_in_days" => 30, "storage_class" => "GLACIER" })],
        "noncurrent_version_expiration" => map! { "noncurrent_days" => 7, "newer_noncurrent_versions" => 2 },
        "abort_incomplete_multipart_upload_days" => 7,
    });
    let and = both.filter().unwrap().and().unwrap();
    assert_eq!((and.prefix(), and.tags().len(), and.object_size_greater_than()), (Some("logs/"), 1, Some(1024)));
}

#[test]
fn copies_of_what_kms_encrypts_are_asked_for_with_their_key() {
    let destination =
        map! { "bucket" => "arn:aws:s3:::there", "replica_kms_key_id" => "arn:aws:kms:eu-west-1:1:key/a" };
    let rule = map! { "id" => "there", "priority" => 1, "destination" => destination };
    let declared = map! { "role" => "arn:aws:iam::1:role/copy", "rules" => vec![Value::from(rule)] };
    let sent = replication::to_configuration(&declared).unwrap();
    let criteria = sent.rules()[0].source_selection_criteria().unwrap();
    assert_eq!(criteria.sse_kms_encrypted_objects().unwrap().status().as_str(), "Enabled");
    let read = replication::from_configuration(&sent);
    let rules = read.get("rules").and_then(Value::as_list).unwrap();
    let rule = rules[0].as_map().unwrap();
    assert_eq!(rule.get("status"), Some(&"Enabled".into()));
    assert_eq!(rule.get("delete_marker_replication"), Some(&"Disabled".into()));
    assert_eq!(rule.get("prefix"), None);
}

#[test]
fn a_bucket_that_is_not_empty_says_how_it_goes() {
    let error = explained(Error::new(Class::FixInput, "not empty").with_code("BucketNotEmpty"), "shop-data");
    assert_eq!(error.class, Class::AskPerson);
    assert!(error.message.contains("set its `force_destroy` to true"), "{}", error.message);
}
