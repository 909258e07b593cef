//! Reading and describing, over one struct that uses everything.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::Params;
use crate::json::Json;
use crate::params::{Refusal, read};

/// Everything.
#[derive(Debug, PartialEq, Params)]
#[param(crate = crate, check = Shop::check)]
struct Shop {
    /// In how many zones
    /// to run.
    #[param(default = 2, min = 1, max = 3)]
    zones: u32,
    #[param(check = no_capitals, min = 3)]
    owner: String,
    #[param(default = [Ipv4Addr::LOCALHOST])]
    hosts: Vec<Ipv4Addr>,
    nodes: Nodes,
    #[param(default = Nodes { size: Size::Small, min: 7, max: 9 })]
    spare: Nodes,
    #[param(default = BTreeMap::<String, String>::new(), max = 2)]
    tags: BTreeMap<String, String>,
    #[param(default)]
    pools: Vec<Nodes>,
    note: Option<String>,
    #[param(default = 5)]
    backups: Option<u8>,
    #[param(default = true)]
    r#async: bool,
}

#[derive(Debug, PartialEq, Params)]
#[param(crate = crate, check = Nodes::check)]
struct Nodes {
    #[param(default = Size::ExtraLarge)]
    size: Size,
    #[param(default = 1)]
    min: u32,
    max: u32,
}

#[derive(Debug, PartialEq, Clone, Copy, Params)]
#[param(crate = crate)]
enum Size {
    Small,
    ExtraLarge,
    #[param(name = "t3.metal")]
    Metal,
}

impl Shop {
    fn check(&self) -> Result<(), &'static str> {
        if self.zones == 3 && self.owner == "ops" {
            Err("give `ops` three zones, which it may not have")
        } else {
            Ok(())
        }
    }
}

impl Nodes {
    fn check(&self) -> Result<(), Refusal> {
        if self.min <= self.max {
            Ok(())
        } else {
            Err(Refusal::at("max", format!("is below min, which is {}", self.min)))
        }
    }
}

fn no_capitals(text: &str) -> Result<(), String> {
    if text.chars().any(char::is_uppercase) { Err("has capital letters".to_owned()) } else { Ok(()) }
}

/// Reads the JSON and compares what is wrong with it, one fault a line: `message -- help`.
fn check_faults(json: &str, expected: &[&str]) {
    let faults = read::<Shop>(&Json::parse(json).unwrap(), "environments/production.toml").unwrap_err();
    let told: Vec<String> = faults
        .into_iter()
        .map(|fault| match fault.help {
            Some(help) => format!("{} -- {help}", fault.message),
            None => fault.message,
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn values_go_over_defaults_field_by_field() {
    let json = r#"{"owner":"team","nodes":{"max":4},"spare":{"min":8},"hosts":["10.0.0.1"],"note":"x","backups":null,
        "pools":[{"max":1,"size":"t3.metal"}],"async":false}"#;
    let shop: Shop = read(&Json::parse(json).unwrap(), "f").unwrap();
    assert_eq!(
        shop,
        Shop {
            zones: 2,
            owner: "team".to_owned(),
            hosts: vec![Ipv4Addr::new(10, 0, 0, 1)],
            nodes: Nodes { size: Size::ExtraLarge, min: 1, max: 4 },
            spare: Nodes { size: Size::Small, min: 8, max: 9 },
            tags: BTreeMap::new(),
            pools: vec![Nodes { size: Size::Metal, min: 1, max: 1 }],
            note: Some("x".to_owned()),
            backups: None,
            r#async: false,
        }
    );
}

#[test]
fn what_is_missing_is_told_with_where_to_set_it() {
    check_faults(
        "{}",
        &[
            "parameter `owner` has no default and no value -- set it in environments/production.toml or with --set owner=…",
            "parameter `nodes.max` has no default and no value -- \
         set it in environments/production.toml or with --set nodes.max=…",
        ],
    );
}

#[test]
fn unknown_keys_are_told_with_what_was_meant_and_without_their_value() {
    check_faults(
        r#"{"owner":"team","node":{"max":4},"nodes":{"max":2,"mni":"hunter2"},"colour":"hunter2","pools":[{"max":1,"a.b":0}]}"#,
        &[
            "unknown parameter `colour` -- \
             there are: zones, owner, hosts, nodes, spare, tags, pools, note, backups, async",
            "unknown parameter `node` -- did you mean `nodes`?",
            "unknown parameter `nodes.mni` -- did you mean `nodes.min`?",
            r"unknown parameter `pools[0].a\.b` -- there are: size, min, max",
        ],
    );
}

#[test]
fn values_of_another_type_are_told() {
    check_faults(
        r#"{"owner":3,"zones":"2","hosts":["10.0.0.1",7,"x"],"nodes":[],"spare":{"size":"smal","min":-1},"tags":{"a":1.50},
            "note":true,"async":"yes","backups":300}"#,
        &[
            "parameter `zones` must be a whole number, not the text \"2\" -- write it without quotes: 2",
            "parameter `owner` must be text, not the number 3 -- put it in quotes: \"3\"",
            "parameter `hosts[1]` must be text that is an IPv4 address such as 10.0.0.1, not the number 7 -- \
             put it in quotes: \"7\"",
            "parameter `hosts[2]` must be text that is an IPv4 address such as 10.0.0.1, not the text \"x\": \
             invalid IPv4 address syntax",
            "parameter `nodes` must be a table, not a list -- \
             name its parts: below [nodes] in environments/production.toml, or with --set nodes.NAME=VALUE",
            "parameter `spare.size` must be one of small, extra_large, t3.metal, not the text \"smal\" -- \
             did you mean `small`?",
            "parameter `spare.min` must be a whole number from 0 to 4294967295, not -1",
            "parameter `tags.a` must be text, not the number 1.50 -- put it in quotes: \"1.50\"",
            "parameter `note` must be text, not true -- put it in quotes: \"true\"",
            "parameter `backups` must be a whole number from 0 to 255, not 300",
            "parameter `async` must be true or false, not the text \"yes\" -- write true or false, without quotes",
        ],
    );
}

#[test]
fn each_type_says_how_it_is_written() {
    check_faults(
        r#"{"owner":["a"],"hosts":"[10.0.0.1,10.0.0.2]","nodes":{"max":"two","size":7},"tags":"a","pools":["x"],"async":1,
            "zones":true,"backups":"true"}"#,
        &[
            "parameter `zones` must be a whole number, not true -- write its digits, without quotes",
            "parameter `owner` must be text, not a list -- write one value in quotes",
            "parameter `hosts` must be a list, not the text \"[10.0.0.1,10.0.0.2]\" -- \
             write hosts = [1, 2] in environments/production.toml, texts in quotes, or --set hosts=1,2",
            "parameter `nodes.size` must be one of small, extra_large, t3.metal, not the number 7 -- \
             put it in quotes: \"7\"",
            "parameter `nodes.max` must be a whole number, not the text \"two\" -- write its digits, without quotes",
            "parameter `tags` must be a table, not the text \"a\" -- \
             name its parts: below [tags] in environments/production.toml, or with --set tags.NAME=VALUE",
            "parameter `pools[0]` must be a table, not the text \"x\" -- \
             write its parts by name: { name = \"value\" }",
            "parameter `backups` must be a whole number, not the text \"true\" -- write its digits, without quotes",
            "parameter `async` must be true or false, not the number 1 -- write true or false, without quotes",
        ],
    );
}

#[test]
fn null_is_no_value() {
    check_faults(
        r#"{"owner":null,"nodes":{"max":1}}"#,
        &["parameter `owner` must be text, not null -- give it a value, or leave it out for its default"],
    );
}

#[test]
fn limits_and_checks_hold() {
    check_faults(
        r#"{"owner":"Al","zones":4,"nodes":{"max":0},"tags":{"a":"","b":"","c":""},"pools":[{"min":2,"max":1}]}"#,
        &[
            "parameter `zones` is 4, but must be at most 3",
            "parameter `owner` must have at least 3 characters, not 2",
            "parameter `nodes.max` is below min, which is 1",
            "parameter `tags` must have at most 2 entries, not 3",
            "parameter `pools[0].max` is below min, which is 2",
        ],
    );
    check_faults(r#"{"owner":"Team","nodes":{"max":1}}"#, &["parameter `owner` has capital letters"]);
    check_faults(
        r#"{"owner":"ops","zones":3,"nodes":{"max":1}}"#,
        &["the parameters give `ops` three zones, which it may not have"],
    );
    check_faults("[]", &["the parameters must be a table, not a list -- write one parameter a line, by name"]);
}

#[test]
fn parameters_describe_themselves() {
    let described: Vec<String> = Shop::parameters().iter().map(|parameter| parameter.to_json().to_string()).collect();
    let nodes = |size, min, max| {
        format!(
            "\"fields\":[{{\"default\":\"{size}\",\"format\":\"Size\",\"name\":\"size\",\"type\":\"text\",\
             \"values\":[\"small\",\"extra_large\",\"t3.metal\"]}},{{\"default\":{min},\"name\":\"min\",\
             \"type\":\"integer\"}},{{{max}\"name\":\"max\",\"type\":\"integer\"}}]"
        )
    };
    assert_eq!(
        described,
        [
            r#"{"default":2,"doc":"In how many zones\nto run.","max":3,"min":1,"name":"zones","type":"integer"}"#
                .to_owned(),
            r#"{"min":3,"name":"owner","type":"text"}"#.to_owned(),
            r#"{"default":["127.0.0.1"],"items":{"format":"Ipv4Addr","type":"text"},"name":"hosts","type":"list"}"#
                .to_owned(),
            format!(r#"{{{},"name":"nodes","type":"block"}}"#, nodes("extra_large", 1, "")),
            format!(
                r#"{{"default":{{"max":9,"min":7,"size":"small"}},{},"name":"spare","type":"block"}}"#,
                nodes("small", 7, "\"default\":9,")
            ),
            r#"{"default":{},"items":{"type":"text"},"max":2,"name":"tags","type":"map"}"#.to_owned(),
            format!(
                r#"{{"default":[],"items":{{{},"type":"block"}},"name":"pools","type":"list"}}"#,
                nodes("extra_large", 1, "")
            ),
            r#"{"default":null,"name":"note","optional":true,"type":"text"}"#.to_owned(),
            r#"{"default":5,"name":"backups","optional":true,"type":"integer"}"#.to_owned(),
            r#"{"default":true,"name":"async","type":"bool"}"#.to_owned(),
        ]
    );
}
