use flashinfra_plans::{Map, Value, map};

use super::set::{declared_id, parts_of, to_object, to_set};
use super::{Class, SCHEMA, refusal};

fn values(values: &[&str]) -> Vec<Value> {
    values.iter().copied().map(Value::from).collect()
}

/// What is sent comes back under the id that was chosen before.
fn check(attributes: Map, id: &str) {
    let object = to_object("Z1", &to_set(&attributes).unwrap());
    assert_eq!(object.id, id);
    assert_eq!(declared_id(SCHEMA, &attributes).as_deref(), Some(id));
    for (name, value) in attributes.iter().filter(|(name, _)| *name != "name") {
        assert_eq!(object.attributes.get(name), Some(value), "{name}");
    }
}

#[test]
fn a_record_comes_back_as_it_was_sent() {
    check(
        map! { "zone_id" => "Z1", "name" => "WWW.example.com.", "type" => "A", "ttl" => 300, "records" => values(&["203.0.113.7"]) },
        "Z1/www.example.com/A",
    );
    let alias = map! { "hosted_zone_id" => "Z2", "dns_name" => "lb.example.net", "evaluate_target_health" => true };
    check(
        map! {
            "zone_id" => "Z1", "name" => "*.example.com", "type" => "A", "alias_target" => alias, "set_identifier" => "blue",
            "weight" => 10,
        },
        "Z1/*.example.com/A/blue",
    );
}

#[test]
fn escapes_of_the_service_are_read() {
    let sent =
        to_set(&map! { "name" => "\\052.example.com.", "type" => "TXT", "records" => values(&["\"a\""]) }).unwrap();
    assert_eq!(to_object("Z1", &sent).id, "Z1/*.example.com/TXT");
}

#[test]
fn an_id_says_what_to_list() {
    assert_eq!(parts_of("Z1/www.example.com/A"), Some(("www.example.com", "A", None)));
    assert_eq!(parts_of("Z1/www.example.com/TXT/a/b"), Some(("www.example.com", "TXT", Some("a/b"))));
    assert_eq!(parts_of("Z1/0/25.2.0.192.in-addr.arpa/PTR"), Some(("0/25.2.0.192.in-addr.arpa", "PTR", None)));
    assert_eq!(parts_of("Z1/www.example.com"), None);
    assert_eq!(parts_of("nothing"), None);
}

#[test]
fn a_refusal_is_told_by_its_words() {
    let created = "[Tried to create resource record set [name='www.example.com.', type='A'] but it already exists]";
    assert_eq!(refusal(created), Class::AlreadyExists);
    let deleted = "[Tried to delete resource record set [name='www.example.com.', type='A'] but it was not found]";
    assert_eq!(refusal(deleted), Class::Retry);
    let changed = "[Tried to delete resource record set [name='a.', type='A'] but the values provided do not match the current values]";
    assert_eq!(refusal(changed), Class::Retry);
    assert_eq!(refusal("[Invalid Resource Record: FATAL problem: ARRDATAIllegalIPv4Address]"), Class::FixInput);
}
