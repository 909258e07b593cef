//! Three kinds: one that is plain, one that holds data, one that needs both.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Identity, Mode, Schema, Seconds,
    SetBy, Shape, Stability, Unset,
};

use crate::value::Name;

pub(crate) const NETWORK: &str = "test.network";
pub(crate) const DATABASE: &str = "test.database";
pub(crate) const SERVER: &str = "test.server";

pub(crate) fn schemas() -> BTreeMap<Name, Arc<Schema>> {
    [network(), database(), server()].into_iter().map(|schema| (Name::new(&schema.kind), Arc::new(schema))).collect()
}

fn network() -> Schema {
    let cidr = Attribute { change: Change::Replace, compare: Compare::Cidr, ..text("cidr_block") };
    Schema { doc: "A network.".into(), ..kind(NETWORK, [2, 2, 2], vec![cidr, any("depends"), tags(), computed("id")]) }
}

fn database() -> Schema {
    let name = Attribute { set_by: SetBy::Required, change: Change::Replace, ..text("name") };
    let guard = Attribute { delete_guard: true, ..of("deletion_protection", Container::One, Element::Bool) };
    let password = Attribute { secret: true, mode: Mode::WriteOnly, ..text("password") };
    let snapshot = Attribute { delete_argument: true, ..text("final_snapshot") };
    let size = of("size", Container::One, Element::Integer);
    Schema {
        doc: "A database.".into(),
        identity: Identity::Named("name".into()),
        create_once: CreateOnce::UniqueName,
        stateful: true,
        ..kind(
            DATABASE,
            [600, 300, 120],
            vec![name, size, password, guard, snapshot, any("depends"), tags(), computed("endpoint"), computed("id")],
        )
    }
}

fn server() -> Schema {
    let disk = vec![of("size", Container::One, Element::Integer), Attribute { secret: true, ..text("key") }];
    let disks = of("disks", Container::List, Element::Block(disk.into()));
    Schema {
        doc: "A server.".into(),
        ..kind(SERVER, [60, 30, 40], vec![text("image"), disks, any("depends"), tags(), computed("id")])
    }
}

fn kind(kind: &'static str, [create, update, delete]: [u32; 3], attributes: Vec<Attribute>) -> Schema {
    Schema {
        kind: kind.into(),
        version: 1,
        doc: Cow::default(),
        identity: Identity::Assigned,
        carrier: Carrier::TagAtCreate,
        create_once: CreateOnce::Token,
        stateful: false,
        reconciled: false,
        ends: false,
        settle_seconds: 10,
        timeouts: Seconds { create: 1800, update: 1200, delete: 900 },
        typical: Seconds { create, update, delete },
        wait_codes: Cow::default(),
        upgrades: Cow::Borrowed(&[]),
        attributes: attributes.into(),
    }
}

fn of(name: &'static str, container: Container, element: Element) -> Attribute {
    Attribute {
        name: name.into(),
        doc: format!("The {name}.").into(),
        shape: Shape { container, element },
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

fn text(name: &'static str) -> Attribute {
    of(name, Container::One, Element::Text(Cow::default()))
}

fn any(name: &'static str) -> Attribute {
    of(name, Container::One, Element::Any)
}

fn tags() -> Attribute {
    Attribute { collection: Collection::Keyed, ..of("tags", Container::Map, Element::Text(Cow::default())) }
}

fn computed(name: &'static str) -> Attribute {
    Attribute { set_by: SetBy::Provider, ..text(name) }
}
