//! Made-up kinds, in the terms of a schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_plans::{Address, Map, Name, OwnerMark, ProviderInstance, Value, map};
use flashinfra_providers::{Create, Delete, Inputs, Provider, Question, Update};
use flashinfra_providers_memory::{Options, Sandbox};
use flashinfra_stacks::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Identity, Mode, Schema, Seconds,
    SetBy, Shape, Stability, Unset,
};

/// An optional text that is updated in place: the base of all attributes.
pub(crate) fn attribute(name: &'static str) -> Attribute {
    Attribute {
        name: name.into(),
        doc: "".into(),
        shape: Shape { container: Container::One, element: Element::Text("".into()) },
        set_by: SetBy::Optional,
        mode: Mode::Enforce,
        compare: Compare::Exact,
        change: Change::Update,
        collection: Collection::Exclusive,
        unset: Unset::Release,
        secret: false,
        delete_argument: false,
        delete_guard: false,
        stability: Stability::Fixed,
    }
}

pub(crate) fn text(name: &'static str, of: &'static str) -> Attribute {
    Attribute { shape: Shape { container: Container::One, element: Element::Text(of.into()) }, ..attribute(name) }
}

pub(crate) fn shaped(name: &'static str, container: Container, element: Element) -> Attribute {
    Attribute { shape: Shape { container, element }, ..attribute(name) }
}

pub(crate) fn required(attribute: Attribute) -> Attribute {
    Attribute { set_by: SetBy::Required, ..attribute }
}

pub(crate) fn computed(name: &'static str, of: &'static str) -> Attribute {
    Attribute { set_by: SetBy::Provider, ..text(name, of) }
}

pub(crate) fn replaces(attribute: Attribute) -> Attribute {
    Attribute { change: Change::Replace, ..attribute }
}

/// A kind with an assigned id, a tag as carrier and no once-only create: the base of all kinds.
pub(crate) fn kind(kind: &'static str, attributes: Vec<Attribute>) -> Schema {
    Schema {
        kind: kind.into(),
        version: 1,
        doc: "".into(),
        identity: Identity::Assigned,
        carrier: Carrier::TagAtCreate,
        create_once: CreateOnce::Neither,
        stateful: false,
        reconciled: false,
        ends: false,
        settle_seconds: 0,
        timeouts: Seconds { create: 60, update: 60, delete: 60 },
        typical: Seconds { create: 1, update: 1, delete: 1 },
        wait_codes: Vec::new().into(),
        upgrades: std::borrow::Cow::Borrowed(&[]),
        attributes: attributes.into(),
    }
}

pub(crate) fn vpc() -> Schema {
    let tags = shaped("tags", Container::Map, Element::Text("".into()));
    kind(
        "aws.vpc",
        vec![
            computed("id", "VpcId"),
            computed("arn", ""),
            required(replaces(Attribute { compare: Compare::Cidr, ..text("cidr_block", "Cidr") })),
            Attribute {
                unset: Unset::Reset("true".into()),
                ..shaped("enable_dns_support", Container::One, Element::Bool)
            },
            Attribute { collection: Collection::Keyed, ..tags },
        ],
    )
}

pub(crate) fn subnet() -> Schema {
    kind(
        "aws.subnet",
        vec![
            computed("id", "SubnetId"),
            required(replaces(text("vpc_id", "VpcId"))),
            required(replaces(Attribute { compare: Compare::Cidr, ..text("cidr_block", "Cidr") })),
            replaces(Attribute { set_by: SetBy::Either, ..text("availability_zone", "") }),
        ],
    )
}

/// Named, guarded, slow, with a secret: as hard as a kind gets.
pub(crate) fn database() -> Schema {
    let endpoint =
        Attribute { stability: Stability::ChangesWith(vec!["port".into()].into()), ..computed("endpoint", "") };
    Schema {
        identity: Identity::Named("identifier".into()),
        create_once: CreateOnce::UniqueName,
        stateful: true,
        reconciled: false,
        ends: false,
        typical: Seconds { create: 300, update: 5, delete: 120 },
        ..kind(
            "aws.db_instance",
            vec![
                required(replaces(text("identifier", "DbInstanceId"))),
                required(replaces(text("engine", ""))),
                Attribute { mode: Mode::Prefix, ..text("engine_version", "") },
                Attribute { mode: Mode::AtLeast, ..shaped("allocated_storage", Container::One, Element::Integer) },
                Attribute { set_by: SetBy::Either, ..shaped("port", Container::One, Element::Integer) },
                Attribute { secret: true, mode: Mode::WriteOnly, ..text("password", "") },
                Attribute { delete_guard: true, ..shaped("deletion_protection", Container::One, Element::Bool) },
                Attribute { delete_argument: true, ..text("final_snapshot_identifier", "") },
                endpoint,
            ],
        )
    }
}

pub(crate) fn schemas(schemas: impl IntoIterator<Item = Schema>) -> BTreeMap<Name, Arc<Schema>> {
    schemas.into_iter().map(|schema| (Name::from(schema.kind.as_ref()), Arc::new(schema))).collect()
}

pub(crate) fn all() -> BTreeMap<Name, Arc<Schema>> {
    schemas([vpc(), subnet(), database()])
}

pub(crate) fn options() -> Options {
    Options { seed: Some(7), ..Options::default() }
}

pub(crate) fn aws(sandbox: &Sandbox) -> Arc<dyn Provider> {
    sandbox.provider(&ProviderInstance { provider: "aws".into(), config: map! { "region" => "us-east-1" } })
}

pub(crate) fn mark(address: &str, generation: u32) -> OwnerMark {
    OwnerMark { stack: "a-stack".into(), address: Address::parse(address).unwrap(), generation }
}

pub(crate) fn create(address: &str, attributes: Map) -> Create {
    let mark = mark(address, 1);
    Create {
        kind: mark.address.kind().into(),
        token: format!("token of {address}").into(),
        mark,
        inputs: Inputs { attributes, ..Inputs::default() },
    }
}

pub(crate) fn update(address: &str, id: &str, changed: &[&str], attributes: Map) -> Update {
    let mark = mark(address, 1);
    Update {
        kind: mark.address.kind().into(),
        id: id.into(),
        mark,
        changed: changed.iter().map(|name| Name::from(*name)).collect(),
        before: Map::default(),
        inputs: Inputs { attributes, ..Inputs::default() },
        token: "token".into(),
    }
}

pub(crate) fn delete(kind: &str, id: &str) -> Delete {
    Delete { kind: kind.into(), id: id.into(), arguments: Map::default() }
}

pub(crate) fn question(kind: &str, id: &str) -> Question {
    Question { kind: kind.into(), id: id.into(), attributes: Map::default() }
}

pub(crate) fn value(text: &str) -> Value {
    Value::from(text)
}
