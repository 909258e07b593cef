//! The kinds of the simulated world, as their schemas tell the engine. What the world really does is in [`crate::world`], which
//! knows none of this.
//!
//! | kind | id | mark | created once by | and |
//! |---|---|---|---|---|
//! | `sim.net` | assigned | tag at create | nothing: it is searched for | tags that others add keys to |
//! | `sim.host` | assigned | tag at create | a token | in a net, scaled by a controller, a secret |
//! | `sim.disk` | assigned | label | nothing | slow, grows by itself, follows its host |
//! | `sim.bucket` | its name | tag by a second call | its name | stateful, has a guard against deletion |
//! | `sim.cluster` | its name | tag at create | its name | takes minutes, in a net |
//! | `sim.record` | its name | nowhere | its name | points to a host |
//! | `sim.job` | its name | tag at create | its name | is ready once it has ended: hooks and tests are made of it |

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use flashinfra_plans::Name;
use flashinfra_stacks::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Identity, Mode, Schema, Seconds,
    SetBy, Shape, Stability, Text, Unset,
};

/// For how long after a write the services of this world may answer with what was before.
pub(crate) const SETTLE_SECONDS: u32 = 10;

static SCHEMAS: LazyLock<Vec<Schema>> = LazyLock::new(all);

/// The schemas of all kinds.
pub(crate) fn schemas() -> impl Iterator<Item = &'static Schema> {
    SCHEMAS.iter()
}

/// The schema of a kind.
pub(crate) fn schema(kind: &str) -> Option<&'static Schema> {
    SCHEMAS.iter().find(|schema| schema.kind == kind)
}

/// The schemas as a compiled stack has them.
pub(crate) fn shared() -> BTreeMap<Name, Arc<Schema>> {
    static SHARED: LazyLock<BTreeMap<Name, Arc<Schema>>> = LazyLock::new(|| {
        SCHEMAS.iter().map(|schema| (Name::from(schema.kind.as_ref()), Arc::new(schema.clone()))).collect()
    });
    SHARED.clone()
}

fn all() -> Vec<Schema> {
    let named = |attribute| Identity::Named(Text::Borrowed(attribute));
    vec![
        kind("sim.net", Identity::Assigned, Carrier::TagAtCreate, CreateOnce::Neither, 1, net()),
        kind("sim.host", Identity::Assigned, Carrier::TagAtCreate, CreateOnce::Token, 20, host()),
        kind("sim.disk", Identity::Assigned, Carrier::Label, CreateOnce::Neither, 30, disk()),
        Schema {
            stateful: true,
            ..kind("sim.bucket", named("name"), Carrier::TagAfterCreate, CreateOnce::UniqueName, 1, bucket())
        },
        kind("sim.cluster", named("name"), Carrier::TagAtCreate, CreateOnce::UniqueName, 600, cluster()),
        kind("sim.record", named("name"), Carrier::None, CreateOnce::UniqueName, 1, record()),
        kind("sim.job", named("name"), Carrier::TagAtCreate, CreateOnce::UniqueName, 60, job()),
    ]
}

fn net() -> Vec<Attribute> {
    let tags = Attribute { shape: map(), collection: Collection::Keyed, ..optional("tags") };
    let cidr = Attribute { compare: Compare::Cidr, ..required("cidr", Change::Replace) };
    vec![cidr, optional("comment"), tags, computed("id"), computed("arn")]
}

fn host() -> Vec<Attribute> {
    let size = Attribute { unset: Unset::Reset(Text::Borrowed("\"small\"")), ..optional("size") };
    let zone = Attribute { set_by: SetBy::Either, change: Change::Replace, unset: Unset::Release, ..optional("zone") };
    let replicas = Attribute {
        shape: integer(),
        mode: Mode::YieldTo(Text::Borrowed("the autoscaler")),
        unset: Unset::Release,
        ..optional("replicas")
    };
    let password = Attribute { secret: true, mode: Mode::WriteOnly, ..optional("password") };
    let changes = Stability::ChangesWith(Cow::Owned(vec![Text::Borrowed("size")]));
    let address = Attribute { stability: changes, ..computed("address") };
    vec![required("net", Change::Replace), size, zone, replicas, password, computed("id"), address]
}

fn disk() -> Vec<Attribute> {
    let size = Attribute { shape: integer(), mode: Mode::AtLeast, ..required("size_gb", Change::Update) };
    vec![required("type", Change::Replace), size, optional("host"), computed("id")]
}

fn bucket() -> Vec<Attribute> {
    let policy = Attribute { compare: Compare::Json, ..optional("policy") };
    let class = Attribute { unset: Unset::Release, ..optional("class") };
    vec![required("name", Change::Replace), class, policy, optional("net"), guard("locked"), computed("arn")]
}

fn cluster() -> Vec<Attribute> {
    let version = Attribute { mode: Mode::Prefix, unset: Unset::Release, ..optional("version") };
    let net = Attribute { change: Change::Replace, unset: Unset::Release, ..optional("net") };
    let labels = Attribute { shape: map(), ..optional("labels") };
    let zones = Attribute { shape: Shape { container: Container::Set, ..text() }, ..optional("zones") };
    vec![required("name", Change::Replace), net, version, labels, zones, guard("protected"), computed("endpoint")]
}

fn record() -> Vec<Attribute> {
    let ttl = Attribute { shape: integer(), unset: Unset::Reset(Text::Borrowed("300")), ..optional("ttl") };
    vec![required("name", Change::Replace), required("target", Change::Update), ttl]
}

fn job() -> Vec<Attribute> {
    let of = Attribute { change: Change::Replace, unset: Unset::Release, ..optional("of") };
    vec![required("name", Change::Replace), required("task", Change::Replace), of, computed("result")]
}

fn kind(
    kind: &'static str,
    identity: Identity,
    carrier: Carrier,
    create_once: CreateOnce,
    typical: u32,
    attributes: Vec<Attribute>,
) -> Schema {
    let timeout = (typical * 4).max(600);
    Schema {
        kind: Text::Borrowed(kind),
        version: 1,
        doc: Text::Borrowed(""),
        identity,
        carrier,
        create_once,
        stateful: false,
        reconciled: false,
        ends: false,
        settle_seconds: SETTLE_SECONDS,
        timeouts: Seconds { create: timeout, update: timeout, delete: timeout },
        typical: Seconds { create: typical, update: typical, delete: typical },
        wait_codes: Cow::Borrowed(&[]),
        upgrades: Cow::Borrowed(&[]),
        attributes: Cow::Owned(attributes),
    }
}

fn optional(name: &'static str) -> Attribute {
    Attribute {
        name: Text::Borrowed(name),
        doc: Text::Borrowed(""),
        shape: text(),
        set_by: SetBy::Optional,
        mode: Mode::Enforce,
        compare: Compare::Exact,
        change: Change::Update,
        collection: Collection::Exclusive,
        unset: Unset::Clear,
        secret: false,
        delete_argument: false,
        delete_guard: false,
        stability: Stability::Fixed,
    }
}

fn required(name: &'static str, change: Change) -> Attribute {
    Attribute { set_by: SetBy::Required, change, unset: Unset::Release, ..optional(name) }
}

fn computed(name: &'static str) -> Attribute {
    Attribute { set_by: SetBy::Provider, unset: Unset::Release, ..optional(name) }
}

/// While this is true the service refuses to delete the object.
fn guard(name: &'static str) -> Attribute {
    let shape = Shape { container: Container::One, element: Element::Bool };
    Attribute { shape, delete_guard: true, unset: Unset::Reset(Text::Borrowed("false")), ..optional(name) }
}

fn text() -> Shape {
    Shape { container: Container::One, element: Element::Text(Text::Borrowed("")) }
}

fn integer() -> Shape {
    Shape { container: Container::One, element: Element::Integer }
}

fn map() -> Shape {
    Shape { container: Container::Map, ..text() }
}
