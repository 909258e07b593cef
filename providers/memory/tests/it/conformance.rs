//! The sandbox keeps what adapters promise, for kinds of every sort; and the suite notices who does not.

use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Map, Name, Value, map};
use flashinfra_providers::conformance::{self, Case, Report, Verdict};
use flashinfra_providers_memory::{Foreign, Options, Sandbox};
use flashinfra_stacks::schema::{
    Attribute, Carrier, Collection, Compare, Container, CreateOnce, Element, Identity, Mode, Schema, SetBy, Stability,
    Unset,
};

use crate::kinds::{
    attribute, aws, computed, database, kind, options, replaces, required, schemas, shaped, subnet, text, value, vpc,
};

fn sandbox(schema: Schema) -> (Sandbox, Arc<Schema>) {
    let of_all = schemas([schema.clone(), vpc()]);
    (Sandbox::open(None, of_all, options()).unwrap(), Arc::new(schema))
}

async fn run(schema: Schema, inputs: Map, with: impl FnOnce(Case) -> Case) -> Report {
    let (sandbox, schema) = sandbox(schema);
    let case = with(Case::new(schema, inputs).poll(Duration::ZERO));
    let report = conformance::run(aws(&sandbox), &case).await;
    assert_eq!(sandbox.objects().unwrap().len(), 0, "the suite left objects");
    report
}

fn applies(report: &Report, checks: &[&str]) {
    report.assert_conforms();
    for check in checks {
        assert_eq!(report.verdict(check), Some(&Verdict::Holds), "{check}: {report}");
    }
}

/// Changes an attribute behind the adapter's back.
fn tampering(sandbox: &Sandbox, kind: &'static str, path: &'static str, value: Value) -> conformance::Foreign {
    let sandbox = sandbox.clone();
    Arc::new(move |id: Name| {
        let (sandbox, value) = (sandbox.clone(), value.clone());
        Box::pin(async move { sandbox.tamper(kind, &id, path, Some(value)).unwrap() })
    })
}

#[tokio::test]
async fn a_network_with_tags() {
    let (sandbox, schema) = sandbox(vpc());
    let tags = |name: &str| Value::Map(map! { "Name" => name });
    let changed = tampering(&sandbox, "aws.vpc", "tags.Name", value("theirs"));
    let case = Case::new(schema, map! { "cidr_block" => "10.0.7.7/16", "tags" => tags("main") })
        .unknown_id("vpc-0123456789abcdef0")
        .foreign("tags", tags("theirs"), changed)
        .update("tags", tags("other"))
        .update("enable_dns_support", Value::Bool(false))
        .replacement("cidr_block", value("10.1.0.0/16"));
    let report = conformance::run(aws(&sandbox), &case).await;
    let checks = [
        "place",
        "absent",
        "create",
        "identity",
        "read back",
        "schema",
        "owner mark",
        "moved mark",
        "create once",
        "batch",
        "foreign change",
        "update tags",
        "update enable_dns_support",
        "replacement cidr_block",
        "update absent",
        "delete",
        "delete absent",
        "calls",
    ];
    applies(&report, &checks);
    assert_eq!(report.verdict("secrets"), Some(&Verdict::DoesNotApply("the case sends no secret".into())));
}

#[tokio::test]
async fn a_part_of_a_network_beside_a_second_one() {
    let inputs = |range: &str| map! { "vpc_id" => "vpc-1", "cidr_block" => range };
    let report = run(subnet(), inputs("10.0.1.0/24"), |case| case.second(inputs("10.0.2.0/24"))).await;
    applies(&report, &["create once", "read back", "schema"]);
}

#[tokio::test]
async fn a_slow_guarded_database_with_a_password() {
    let password = Value::Secret(Box::new(Secret::Env { name: "PASSWORD".into(), version: 1 }));
    let inputs =
        map! { "identifier" => "main", "engine" => "postgres", "engine_version" => "15", "password" => password };
    let report = run(database(), inputs, |case| {
        case.secret("password", "a password that nobody else has")
            .update("allocated_storage", Value::Integer(50))
            .update("port", Value::Integer(5433))
            .update("deletion_protection", Value::Bool(true))
            .replacement("engine", value("mysql"))
            .delete_arguments(map! { "final_snapshot_identifier" => "last" })
    });
    let checks = ["identity", "secrets", "create once", "update port", "guard deletion_protection", "delete absent"];
    applies(&report.await, &checks);
}

#[tokio::test]
async fn a_queue_that_takes_a_client_token_and_is_marked_later() {
    let schema = Schema {
        carrier: Carrier::TagAfterCreate,
        create_once: CreateOnce::Token,
        ..kind("aws.queue", vec![computed("url", ""), text("policy", "")])
    };
    let policy = Attribute { compare: Compare::Json, unset: Unset::Clear, ..text("policy", "") };
    let schema = Schema { attributes: vec![computed("url", ""), policy].into(), ..schema };
    let inputs = map! { "policy" => "{ \"b\": 1,\n \"a\": [] }" };
    let report = run(schema, inputs, |case| case.update("policy", value("{\"c\":true}")).clear("policy")).await;
    applies(&report, &["create once", "owner mark", "update policy"]);
}

#[tokio::test]
async fn a_named_role_that_takes_a_client_token() {
    let schema = Schema {
        identity: Identity::Named("name".into()),
        carrier: Carrier::Label,
        create_once: CreateOnce::Token,
        ..kind("aws.role", vec![required(replaces(text("name", "RoleName"))), text("description", "")])
    };
    let report = run(schema, map! { "name" => "nodes" }, |case| case.update("description", value("d"))).await;
    applies(&report, &["identity", "create once", "update description"]);
}

#[tokio::test]
async fn a_firewall_whose_rules_are_a_set_of_blocks() {
    let rule = Element::Block(
        vec![
            Attribute { compare: Compare::IgnoreCase, ..required(text("protocol", "")) },
            shaped("port", Container::One, Element::Integer),
            Attribute { compare: Compare::Cidr, ..text("range", "Cidr") },
            computed("rule_id", ""),
        ]
        .into(),
    );
    let schema = Schema {
        carrier: Carrier::Description,
        ..kind("aws.firewall", vec![shaped("rules", Container::Set, rule), computed("id", "FirewallId")])
    };
    let rules = |ports: &[i64]| {
        let rule = |port: &i64| Value::Map(map! { "protocol" => "TCP", "port" => *port, "range" => "10.0.0.9/8" });
        Value::List(ports.iter().map(rule).collect())
    };
    let report =
        run(schema, map! { "rules" => rules(&[443, 80]) }, |case| case.update("rules", rules(&[22, 80]))).await;
    applies(&report, &["read back", "schema", "update rules"]);
}

#[tokio::test]
async fn a_bucket_with_a_generated_name() {
    let schema = Schema {
        identity: Identity::Named("bucket".into()),
        carrier: Carrier::Name,
        create_once: CreateOnce::UniqueName,
        ..kind(
            "aws.bucket",
            vec![
                replaces(Attribute { set_by: SetBy::Either, ..text("bucket", "BucketName") }),
                shaped("lists", Container::List, Element::Integer),
                Attribute {
                    collection: Collection::Keyed,
                    ..shaped("grants", Container::Set, Element::Text("".into()))
                },
            ],
        )
    };
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| value(text)).collect());
    let inputs = map! {
        "bucket" => "logs",
        "lists" => vec![Value::Integer(2), Value::Integer(1)],
        "grants" => texts(&["b", "a"]),
    };
    let report = run(schema, inputs, |case| case.update("grants", texts(&["a", "c"]))).await;
    applies(&report, &["identity", "create once", "update grants"]);
}

#[tokio::test]
async fn a_record_in_a_zone_that_only_the_ledger_knows() {
    let schema = Schema {
        carrier: Carrier::None,
        ..kind("aws.record", vec![required(text("value", "")), Attribute { mode: Mode::Initial, ..text("seed", "") }])
    };
    let report = run(schema, map! { "value" => "a", "seed" => "s" }, |case| case.update("value", value("b"))).await;
    applies(&report, &["create once", "update value", "delete"]);
    assert!(matches!(report.verdict("owner mark"), Some(Verdict::DoesNotApply(_))), "{report}");
}

#[tokio::test]
async fn a_record_that_zone_and_name_name_together() {
    let name = Attribute { compare: Compare::DomainName, ..required(replaces(attribute("name"))) };
    let set = replaces(attribute("set"));
    let schema = Schema {
        identity: Identity::Composed(vec!["zone".into(), "name".into(), "set".into()].into()),
        carrier: Carrier::None,
        create_once: CreateOnce::UniqueName,
        ..kind("aws.record", vec![required(replaces(attribute("zone"))), name, set, required(text("value", ""))])
    };
    let inputs = map! { "zone" => "Z1", "name" => "WWW.example.com.", "value" => "a" };
    let report = run(schema, inputs, |case| case.update("value", value("b")).replacement("zone", value("Z2"))).await;
    applies(&report, &["identity", "create once", "update value", "replacement zone", "delete absent"]);
}

#[tokio::test]
async fn a_rule_that_is_a_key_of_its_parent() {
    let any = shaped("filter", Container::One, Element::Any);
    let labels = shaped("labels", Container::Map, Element::Text("".into()));
    let status =
        Attribute { stability: Stability::ChangesWith(vec!["filter".into()].into()), ..computed("status_url", "") };
    let schema = Schema {
        carrier: Carrier::KeyInParent,
        create_once: CreateOnce::UniqueName,
        ..kind("aws.rule", vec![required(replaces(attribute("name"))), any, labels, status])
    };
    let filter = |number: i64| Value::Map(map! { "all" => vec![Value::Integer(number), Value::Null] });
    let inputs = map! { "name" => "in", "filter" => filter(1), "labels" => map! { "a.b/c" => "d" } };
    let report = run(schema, inputs, |case| {
        case.update("filter", filter(2))
            .update("labels", Value::Map(map! { "e" => "f" }))
            .replacement("name", value("out"))
    });
    applies(&report.await, &["create once", "update filter", "update labels", "replacement name"]);
}

#[tokio::test]
async fn what_nobody_could_find_again_is_refused() {
    let schema = Schema { carrier: Carrier::TagAfterCreate, ..vpc() };
    let report = run(schema, map! { "cidr_block" => "10.0.0.0/16" }, |case| case).await;
    let failures: Vec<_> = report.failures().map(|check| check.name.as_str()).collect();
    assert_eq!(failures, ["create once"], "{report}");
}

#[tokio::test]
async fn others_in_the_same_place_do_not_matter() {
    let (sandbox, schema) = sandbox(vpc());
    let foreign = Foreign { kind: "aws.vpc".into(), region: "us-east-1".into(), ..Foreign::default() };
    for number in 0..250 {
        let attributes = map! { "cidr_block" => format!("10.{number}.0.0/16") };
        sandbox.insert(&Foreign { attributes, ..foreign.clone() }).unwrap();
    }
    let case = Case::new(schema, map! { "cidr_block" => "10.0.0.0/16" }).poll(Duration::ZERO);
    conformance::run(aws(&sandbox), &case).await.assert_conforms();
    assert_eq!(sandbox.objects().unwrap().len(), 250);
}

#[tokio::test]
async fn a_world_that_an_engine_survives_conforms_as_well() {
    let schema = Schema { settle_seconds: 60, ..vpc() };
    let faults = "seed 1\ncreate * throttled percent=40\nupdate * throttled percent=40\ndelete * throttled percent=40\n\
                  create * hidden=3 times=always\nupdate * stale=3 times=always\nread * throttled percent=20";
    let faults = faults.parse().unwrap();
    let sandbox = Sandbox::open(None, schemas([schema.clone()]), Options { faults, ..options() }).unwrap();
    let case = Case::new(Arc::new(schema), map! { "cidr_block" => "10.0.0.0/16" }).poll(Duration::ZERO);
    let case = case.update("enable_dns_support", Value::Bool(false));
    let report = conformance::run(aws(&sandbox), &case).await;
    applies(&report, &["read back", "owner mark", "create once", "update enable_dns_support", "delete absent"]);
}
