//! `docs/aws-kinds.md` is made from the schemas, from the permissions that the kinds name, and from what they are compared with.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write;

use flashinfra_providers::{Factory, Permissions};
use flashinfra_providers_aws::AwsFactory;
use flashinfra_stacks::schema::{Attribute, Carrier, Change, CreateOnce, Identity, Schema, SetBy};
use serde_json::Value;

const DOC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/aws-kinds.md");
const ORACLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracles/cfn_lint.json");

const HEAD: &str = "\
# AWS's kinds

<!-- Made from the schemas: UPDATE=1 cargo test --workspace --all-features --test kinds_doc -->

What each kind changes in place, what takes a new object, how its create is made once only, and what it calls. `flashinfra explain KIND`
shows the attributes; [aws.md](aws.md) says what else there is to know. An empty plan costs the pages of the second column, and for
each object that the stack owns a call of each of the third (AWS's names of the permissions, which most operations share).

| kind | read in pages | read one by one |
|---|---|---|
";

const LOOKUPS: &str = "
What exists already is looked up (`stack.lookup(…)`): every plan asks first, and apply asks again before a step that uses an answer. All lookups of
a kind are asked with one call or its pages, parameters ten at a time, a VPC by tags with a call of its own.

| lookup | asked | answered | calls |
|---|---|---|---|
";

#[test]
fn the_kinds_are_documented_as_their_schemas_say() {
    let factory = AwsFactory::new();
    let mut schemas = factory.schemas();
    schemas.sort_by(|one, other| one.kind.cmp(&other.kind));
    let oracle: Value = serde_json::from_str(&std::fs::read_to_string(ORACLE).unwrap()).unwrap();
    let mut doc = HEAD.to_owned();
    for schema in &schemas {
        let permissions = factory.permissions(&schema.kind).unwrap();
        writeln!(doc, "| `{}` | {} | {} |", schema.kind, codes(permissions.read), codes(permissions.read_each))
            .unwrap();
    }
    doc.push_str(LOOKUPS);
    let mut lookups = factory.lookups();
    lookups.sort_by(|one, other| one.kind.cmp(&other.kind));
    for schema in lookups {
        let read = codes(factory.permissions(&schema.kind).unwrap().read);
        let asked = attributes(schema, |attribute| attribute.set_by != SetBy::Provider);
        let answered = attributes(schema, |attribute| matches!(attribute.set_by, SetBy::Provider | SetBy::Either));
        writeln!(doc, "| `{}` | {asked} | {answered} | {read} |", schema.kind).unwrap();
    }
    for schema in &schemas {
        section(&mut doc, schema, &factory.permissions(&schema.kind).unwrap(), &oracle["kinds"][&*schema.kind]);
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(DOC, &doc).unwrap();
    }
    let written = std::fs::read_to_string(DOC).unwrap();
    assert!(
        written == doc,
        "docs/aws-kinds.md is not what the schemas say: run this test with UPDATE=1, and review it"
    );
}

fn section(doc: &mut String, schema: &Schema, permissions: &Permissions, oracle: &Value) {
    let said = schema.doc.lines().next().unwrap_or_default();
    write!(doc, "\n## `{}`\n\n{said}\n\n| | |\n|---|---|\n", schema.kind).unwrap();
    let mut row = |name: &str, text: &str| {
        if !text.is_empty() {
            writeln!(doc, "| {name} | {text} |").unwrap();
        }
    };
    let declared = |change: Change| {
        attributes(schema, |attribute| attribute.set_by != SetBy::Provider && attribute.change == change)
    };
    row("changes in place", &declared(Change::Update));
    row("set once, replaces after that", &declared(Change::Once));
    row("replaces", &declared(Change::Replace));
    row("set by AWS", &attributes(schema, |attribute| attribute.set_by == SetBy::Provider));
    row("id", &identity(&schema.identity));
    row("create once only", once(schema));
    row("owner mark", carrier(schema.carrier));
    row("holds data", if schema.stateful { "yes: guarded unless the stack says otherwise" } else { "" });
    row("create calls", &codes(permissions.create));
    row("update calls", &codes(permissions.update));
    row("delete calls", &codes(permissions.delete));
    row("waits for", &codes(&schema.wait_codes.iter().map(AsRef::as_ref).collect::<Vec<_>>()));
    row("usual seconds", &usual(schema));
    row("compared with", &source(oracle));
}

fn attributes(schema: &Schema, which: impl Fn(&Attribute) -> bool) -> String {
    let names: Vec<&str> = schema.attributes.iter().filter(|one| which(one)).map(|one| one.name.as_ref()).collect();
    codes(&names)
}

fn codes(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn identity(identity: &Identity) -> String {
    match identity {
        Identity::Assigned => "given by AWS".to_owned(),
        Identity::Named(attribute) => format!("chosen by the stack: `{attribute}`"),
        Identity::Composed(parts) => format!("chosen by the stack: `{}`", parts.join("`, `")),
    }
}

fn once(schema: &Schema) -> &'static str {
    match (schema.create_once, schema.carrier) {
        (CreateOnce::Token, _) => "client token: AWS answers a repeated create with the first object",
        (CreateOnce::UniqueName, _) => "AWS refuses a second object of the name",
        (CreateOnce::Neither, Carrier::TagAtCreate) => "looked for by the owner mark before it is made again",
        (CreateOnce::Neither, _) => "looked for before it is made again",
    }
}

fn carrier(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::TagAtCreate => "tag, with the create",
        Carrier::TagAfterCreate => "tag, after the create",
        Carrier::Label => "label",
        Carrier::Description => "description",
        Carrier::Name => "name",
        Carrier::KeyInParent => "key in its parent",
        Carrier::None => "none: the ledger alone knows",
    }
}

fn usual(schema: &Schema) -> String {
    let (typical, timeouts) = (&schema.typical, &schema.timeouts);
    let times = [("create", typical.create, timeouts.create), ("update", typical.update, timeouts.update)];
    let times = times.into_iter().chain([("delete", typical.delete, timeouts.delete)]);
    let text = |(act, typical, most): (_, u32, u32)| format!("{act} {typical} (at most {most})");
    format!("{}; seen by all reads after {}", times.map(text).collect::<Vec<_>>().join(", "), schema.settle_seconds)
}

/// CloudFormation's type, and where what it does not have is written.
fn source(oracle: &Value) -> String {
    let Some(kind) = oracle["type"].as_str() else { return String::new() };
    let mut text = format!("`{kind}` (`providers/aws/tests/oracle.rs`)");
    for (attribute, source) in oracle["not_in_cloudformation"].as_object().into_iter().flatten() {
        write!(text, "; `{attribute}`: {}", source.as_str().unwrap_or_default()).unwrap();
    }
    text
}
