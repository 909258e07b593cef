use super::*;
use crate::map;
use crate::schema_file;

/// Compares a declared value with a live one, under an attribute given by the fields of its schema.
fn check(attribute: &str, want: &str, have: &str, expect: bool) {
    let attribute = parse(attribute);
    let (want, have): (Value, Value) = (serde_json::from_str(want).unwrap(), serde_json::from_str(have).unwrap());
    assert_eq!(satisfies(&attribute, &want, &have), expect, "{want:?} {have:?}");
    if expect
        && attribute.mode == Mode::Enforce
        && !want.has_secret()
        && attribute.shape.element == Element::Text("".into())
    {
        assert_eq!(normal(&attribute, &want), normal(&attribute, &have), "the normal forms of {want:?} and {have:?}");
    }
}

fn parse(attribute: &str) -> Attribute {
    let text = format!(r#"{{"kind":"t.t","version":1,"attributes":[{{"name":"a"{attribute}}}]}}"#);
    schema_file::read(&text).unwrap().attributes[0].clone()
}

#[test]
fn scalars() {
    check("", r#""a""#, r#""a""#, true);
    check("", r#""a""#, r#""A""#, false);
    check("", "1", r#""1""#, false);
    check(r#","compare":"ignore_case""#, r#""aB""#, r#""Ab""#, true);
    check(r#","compare":"ignore_case""#, r#""ä""#, r#""Ä""#, false);
}

#[test]
fn ranges_are_the_same_when_they_hold_the_same_addresses() {
    let cidr = r#","compare":"cidr""#;
    check(cidr, r#""10.0.0.0/16""#, r#""10.0.255.1/16""#, true);
    check(cidr, r#""10.0.0.0/16""#, r#""10.0.0.0/17""#, false);
    check(cidr, r#""10.0.0.1""#, r#""10.0.0.1/32""#, true);
    check(cidr, r#""0.0.0.0/0""#, r#""9.9.9.9/0""#, true);
    check(cidr, r#""2001:DB8::/32""#, r#""2001:db8:0::/32""#, true);
    check(cidr, r#""::/0""#, r#""0.0.0.0/0""#, false);
    check(cidr, r#""sg-1/40""#, r#""sg-1/40""#, true);
    check(cidr, r#""10.0.0.0/33""#, r#""10.0.0.0/99""#, false);
}

#[test]
fn documents_are_the_same_whatever_the_order_of_their_keys() {
    let json = r#","compare":"json""#;
    check(json, r#""{\"a\":[1,2.5],\"b\":{}}""#, r#""{ \"b\": {}, \"a\": [1, 2.5] }""#, true);
    check(json, r#""{\"a\":[1,2]}""#, r#""{\"a\":[2,1]}""#, false);
    check(json, r#""no json""#, r#""no json""#, true);
    check(json, r#""no json""#, r#""{}""#, false);
}

#[test]
fn domain_names_are_the_same_however_they_are_written() {
    let domain = r#","compare":"domain_name""#;
    check(domain, r#""www.example.com""#, r#""WWW.example.com.""#, true);
    check(domain, r#""*.example.com""#, r#""\\052.example.com.""#, true);
    check(domain, r#""www.example.com""#, r#""example.com""#, false);
    check(domain, r#""a\\000.example.com""#, r#""a\\000.example.com.""#, true);
    check(domain, r#""a\\9.example.com""#, r#""a9.example.com""#, false);
}

#[test]
fn a_name_of_several_attributes_is_known_when_all_that_are_set_are() {
    let text = r#"{"kind":"test.record","version":1,"doc":"","identity":{"composed":["zone","name","set"]},"attributes":[
        {"name":"zone","set_by":"required"},{"name":"name","set_by":"required","compare":"domain_name"},{"name":"set"}]}"#;
    let schema = schema_file::read(text).unwrap();
    let name = |attributes: Map| chosen_name(&schema, |name| attributes.get(name));
    let record = map! { "zone" => "Z1", "name" => "WWW.example.com." };
    assert_eq!(name(record.clone()).as_deref(), Some("Z1/www.example.com"));
    assert_eq!(name(record.clone().with("set", "blue".into())).as_deref(), Some("Z1/www.example.com/blue"));
    assert_eq!(name(record.with("set", Value::Unknown)), None);
    assert_eq!(name(map! { "name" => "www.example.com" }), None);
}

#[test]
fn modes_take_what_is_near_enough() {
    check(r#","shape":{"element":"integer"},"mode":"at_least""#, "100", "150", true);
    check(r#","shape":{"element":"integer"},"mode":"at_least""#, "100", "99", false);
    check(r#","mode":"prefix""#, r#""15""#, r#""15.7""#, true);
    check(r#","mode":"prefix""#, r#""15""#, r#""150.1""#, false);
    check(r#","mode":"prefix""#, r#""15.7""#, r#""15""#, false);
    check(r#","mode":"prefix""#, r#""11.22""#, r#""11.22-RDS.2""#, true);
}

#[test]
fn collections() {
    let list = r#","shape":{"container":"list"}"#;
    check(list, r#"["a","b"]"#, r#"["b","a"]"#, false);
    check(list, r#"["a"]"#, r#"["a","b"]"#, false);
    let set = r#","shape":{"container":"set"},"compare":"ignore_case""#;
    check(set, r#"["a","B","a"]"#, r#"["b","A"]"#, true);
    check(set, r#"["a","b"]"#, r#"["a","a"]"#, false);
    check(set, r#"["a"]"#, r#"["A","a"]"#, true);
    check(set, r#"["a"]"#, r#"["a","b"]"#, false);
    let map = r#","shape":{"container":"map"}"#;
    check(map, r#"{"a":"1"}"#, r#"{"a":"1"}"#, true);
    check(map, r#"{"a":"1"}"#, r#"{"a":"1","b":"2"}"#, false);
    check(map, r#"{"a":"1"}"#, r#"{"b":"1"}"#, false);
    check(set, r#"[]"#, "null", false);
}

/// A set of rules as security groups have them.
const RULES: &str = r#","shape":{"container":"set","element":{"block":[
    {"name":"port","set_by":"required","shape":{"element":"integer"}},{"name":"ranges","shape":{"container":"set"},"compare":"cidr"},
    {"name":"note"},{"name":"protocol","unset":{"reset":"\"tcp\""}},{"name":"open","shape":{"element":"bool"}},
    {"name":"priority","set_by":"either"},{"name":"rule_id","set_by":"provider"},
    {"name":"seen","mode":"initial"},{"name":"key","secret":true}]}}"#;

#[test]
fn blocks_in_sets_are_matched_on_what_is_declared() {
    check(RULES, r#"[{"port":1},{"port":2}]"#, r#"[{"port":2,"rule_id":"b"},{"port":1,"priority":7}]"#, true);
    check(RULES, r#"[{"port":1,"priority":"8"}]"#, r#"[{"port":1,"priority":"7"}]"#, false);
    check(RULES, r#"[{"port":1,"ranges":["10.0.0.0/8"]}]"#, r#"[{"port":1,"ranges":["10.9.9.9/8"]}]"#, true);
    check(RULES, r#"[{"port":1,"seen":"a"}]"#, r#"[{"port":1,"seen":"b"}]"#, true);
    check(RULES, r#"[{"port":1,"key":{"$secret":{"env":"K"}}}]"#, r#"[{"port":1}]"#, true);
    check(RULES, r#"[{"port":1,"beyond":1}]"#, r#"[{"port":1}]"#, true);
    check(RULES, r#"[{"port":1,"beyond":1}]"#, r#"[{"port":1,"beyond":2}]"#, false);
}

#[test]
fn what_somebody_added_to_a_block_makes_it_another_one() {
    check(RULES, r#"[{"port":1}]"#, r#"[{"port":1,"ranges":["0.0.0.0/0"]}]"#, false);
    check(RULES, r#"[{"port":1}]"#, r#"[{"port":1,"ranges":[],"note":"","open":false}]"#, true);
    check(RULES, r#"[{"port":1,"ranges":[]}]"#, r#"[{"port":1}]"#, true);
    check(RULES, r#"[{"port":1}]"#, r#"[{"port":1,"protocol":"tcp"}]"#, true);
    check(RULES, r#"[{"port":1}]"#, r#"[{"port":1,"protocol":"udp"}]"#, false);
}

#[test]
fn the_precise_block_finds_its_partner_first() {
    check(
        RULES,
        r#"[{"port":1},{"port":1,"priority":"7"}]"#,
        r#"[{"port":1,"priority":"7"},{"port":1,"priority":"9"}]"#,
        true,
    );
    check(RULES, r#"[{"port":1},{"port":1,"priority":"7"}]"#, r#"[{"port":1,"priority":"7"}]"#, false);
}

#[test]
fn a_thousand_rules_in_another_order_are_compared_quickly() {
    let rules = |order: &mut dyn Iterator<Item = i64>| {
        Value::from(order.map(|port| crate::map! {"port" => port}.into()).collect::<Vec<Value>>())
    };
    let (want, have) = (rules(&mut (0..5_000)), rules(&mut (0..5_000).rev()));
    assert!(satisfies(&parse(RULES), &want, &have));
}
