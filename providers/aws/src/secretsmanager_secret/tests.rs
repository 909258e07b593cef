use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::types::{ReplicationStatusType, StatusType, Tag};
use aws_smithy_types::DateTime;
use flashinfra_plans::value::Secret;
use flashinfra_plans::{Address, Live, Map, OwnerMark, Phase, Value, map};
use flashinfra_providers::{Create, Inputs, Sensitive, Update};

use super::{to_create, to_delete, to_live, to_update};

const VALUE: &str = "hunter2hunter2";

fn mark() -> OwnerMark {
    let address = Address::parse("aws.secretsmanager_secret/main").unwrap();
    OwnerMark { stack: "c5b0".into(), address, generation: 1 }
}

fn with_value(attributes: Map) -> Inputs {
    let reference = Value::Secret(Box::new(Secret::Env { name: "VALUE".into(), version: 1 }));
    let mut inputs = Inputs { attributes: attributes.with("secret_string", reference), ..Inputs::default() };
    inputs.secrets.insert("secret_string".into(), Sensitive::new(VALUE.into()));
    inputs
}

fn create(inputs: Inputs) -> Create {
    Create { kind: "aws.secretsmanager_secret".into(), mark: mark(), token: "t".repeat(64).into(), inputs }
}

fn update(changed: &[&str], inputs: Inputs) -> Update {
    Update {
        kind: "aws.secretsmanager_secret".into(),
        id: "main".into(),
        mark: mark(),
        changed: changed.iter().copied().map(Into::into).collect(),
        before: Map::default(),
        inputs,
        token: "u".repeat(64).into(),
    }
}

#[test]
fn a_create_puts_the_value_there_as_the_version_of_its_token() {
    let regions: Vec<Value> = vec!["eu-west-1".into()];
    let attributes = map! { "name" => "main", "replica_regions" => regions };
    let request = to_create(&create(with_value(attributes))).build().unwrap();
    assert_eq!((request.name(), request.secret_string()), (Some("main"), Some(VALUE)));
    assert_eq!(request.client_request_token().map(str::len), Some(64));
    assert_eq!(request.add_replica_regions()[0].region(), Some("eu-west-1"));
    assert_eq!(request.tags()[0].value(), Some("c5b0/1/aws.secretsmanager_secret/main"));
    let empty = Inputs { attributes: map! { "name" => "main" }, ..Inputs::default() };
    let request = to_create(&create(empty)).build().unwrap();
    assert_eq!((request.secret_string(), request.client_request_token()), (None, None));
}

#[test]
fn only_what_changed_is_sent_and_a_new_value_has_a_version_of_its_own() {
    let inputs = || with_value(map! { "description" => "for the shop" });
    let described = to_update(&update(&["description"], inputs())).unwrap().build().unwrap();
    assert_eq!((described.description(), described.secret_string()), (Some("for the shop"), None));
    assert_eq!(described.client_request_token(), None);
    let changed = to_update(&update(&["secret_string"], inputs())).unwrap().build().unwrap();
    assert_eq!((changed.description(), changed.secret_string()), (None, Some(VALUE)));
    assert_eq!(changed.client_request_token().map(str::len), Some(64));
    assert!(to_update(&update(&["tags", "replica_regions", "recovery_window_in_days"], inputs())).is_none());
}

#[test]
fn a_secret_can_be_restored_unless_that_was_forgone() {
    let delete = |arguments: Map| to_delete("main", &arguments).build().unwrap();
    let unsaid = delete(map! {});
    assert_eq!((unsaid.recovery_window_in_days(), unsaid.force_delete_without_recovery()), (None, None));
    assert_eq!(delete(map! { "recovery_window_in_days" => 7 }).recovery_window_in_days(), Some(7));
    let forced = delete(map! { "force_delete_without_recovery" => true, "recovery_window_in_days" => 7 });
    assert_eq!((forced.recovery_window_in_days(), forced.force_delete_without_recovery()), (None, Some(true)));
}

#[test]
fn a_secret_is_read_in_the_schemas_terms_and_without_its_value() {
    let replica = |region: &str, status| ReplicationStatusType::builder().region(region).status(status).build();
    let secret = DescribeSecretOutput::builder()
        .name("main")
        .arn("arn:aws:secretsmanager:us-east-1:1:secret:main-AbCdEf")
        .version_ids_to_stages("v1", vec!["AWSPREVIOUS".into()])
        .version_ids_to_stages("v2", vec!["AWSCURRENT".into()])
        .replication_status(replica("eu-west-1", StatusType::InSync))
        .tags(Tag::builder().key("flashinfra").value(mark().to_text()).build());
    let Live::Present(object) = to_live(&secret.clone().build()) else { panic!("it is there") };
    let regions: Vec<Value> = vec!["eu-west-1".into()];
    let expected = map! {
        "name" => "main", "replica_regions" => regions, "tags" => map! {}, "version_id" => "v2",
        "arn" => "arn:aws:secretsmanager:us-east-1:1:secret:main-AbCdEf",
    };
    assert_eq!((object.attributes, object.phase, object.owner), (expected, Phase::Ready, Some(mark())));
    let copying = secret.replication_status(replica("eu-west-2", StatusType::InProgress)).build();
    assert!(matches!(to_live(&copying), Live::Present(object) if object.phase == Phase::Updating));
}

#[test]
fn one_that_waits_for_its_end_is_a_tombstone_that_says_how_to_go_on() {
    let secret = DescribeSecretOutput::builder().name("main").deleted_date(DateTime::from_secs(0)).build();
    let Live::Tombstone { note } = to_live(&secret) else { panic!("it is deleted") };
    assert!(note.contains("1970-01-01") && note.contains("restore-secret --secret-id main"), "{note}");
}
