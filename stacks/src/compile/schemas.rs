//! Schemas in the compiled stack, so that the engine knows a kind without linking its definition.

use super::values::write_text;
use super::writer::{Object, list};
use crate::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Field, FieldRule, Identity, Mode,
    Rewrite, Schema, Seconds, SetBy, Shape, Stability, Unset, Upgrade,
};

const TIMEOUTS_DEFAULT: Seconds = Seconds { create: 600, update: 600, delete: 600 };
const TYPICAL_DEFAULT: Seconds = Seconds { create: 1, update: 1, delete: 1 };

/// Writes a schema on one line.
pub(super) fn write(schema: &Schema, out: &mut String) {
    let Schema {
        kind,
        version,
        doc,
        identity,
        carrier,
        create_once,
        stateful,
        reconciled,
        ends,
        settle_seconds,
        timeouts,
        typical,
        wait_codes,
        upgrades,
        attributes,
    } = schema;
    let mut object = Object::open(out);
    object.text("kind", kind);
    object.integer("version", i64::from(*version));
    write_doc(&mut object, doc);
    match identity {
        Identity::Assigned => {}
        Identity::Named(attribute) => with_payload(object.key("identity"), "named", attribute),
        Identity::Composed(attributes) => {
            let mut identity = Object::open(object.key("identity"));
            list(identity.key("composed"), attributes.iter(), |name, out| write_text(out, name));
            identity.close();
        }
    }
    unless_default(&mut object, "carrier", carrier_name(*carrier), "none");
    unless_default(&mut object, "create_once", create_once_name(*create_once), "neither");
    object.flag("stateful", *stateful);
    object.flag("reconciled", *reconciled);
    object.flag("ends", *ends);
    if *settle_seconds != 0 {
        object.integer("settle_seconds", i64::from(*settle_seconds));
    }
    write_seconds(&mut object, "timeouts", *timeouts, TIMEOUTS_DEFAULT);
    write_seconds(&mut object, "typical", *typical, TYPICAL_DEFAULT);
    if !wait_codes.is_empty() {
        list(object.key("wait_codes"), wait_codes.iter(), |code, out| write_text(out, code));
    }
    if !upgrades.is_empty() {
        list(object.key("upgrades"), upgrades.iter(), write_upgrade);
    }
    list(object.key("attributes"), attributes.iter(), write_attribute);
    object.close();
}

fn write_upgrade(upgrade: &Upgrade, out: &mut String) {
    let Upgrade { since, attribute, change } = upgrade;
    let mut object = Object::open(out);
    object.integer("since", i64::from(*since));
    object.text("attribute", attribute);
    match change {
        Rewrite::RenamedFrom(name) => with_payload(object.key("change"), "renamed_from", name),
        Rewrite::Respelled(pairs) => {
            let mut change = Object::open(object.key("change"));
            list(change.key("respelled"), pairs.iter(), |(before, now), out| {
                list(out, [before, now], |text, out| write_text(out, text));
            });
            change.close();
        }
        Rewrite::Dropped => object.text("change", "dropped"),
    }
    object.close();
}

fn write_attribute(attribute: &Attribute, out: &mut String) {
    let Attribute {
        name,
        doc,
        shape,
        set_by,
        mode,
        compare,
        change,
        collection,
        unset,
        secret,
        delete_argument,
        delete_guard,
        stability,
    } = attribute;
    let mut object = Object::open(out);
    object.text("name", name);
    write_doc(&mut object, doc);
    write_shape(&mut object, shape);
    unless_default(&mut object, "set_by", set_by_name(*set_by), "optional");
    write_mode(&mut object, mode);
    unless_default(&mut object, "compare", compare_name(*compare), "exact");
    unless_default(&mut object, "change", change_name(*change), "update");
    unless_default(&mut object, "collection", collection_name(*collection), "exclusive");
    match unset {
        Unset::Release => {}
        Unset::Reset(literal) => with_payload(object.key("unset"), "reset", literal),
        Unset::Clear => object.text("unset", "clear"),
    }
    object.flag("secret", *secret);
    object.flag("delete_argument", *delete_argument);
    object.flag("delete_guard", *delete_guard);
    match stability {
        Stability::Fixed => {}
        Stability::ChangesWith(attributes) => {
            let mut stability = Object::open(object.key("stability"));
            list(stability.key("changes_with"), attributes.iter(), |name, out| write_text(out, name));
            stability.close();
        }
    }
    object.close();
}

fn write_shape(attribute: &mut Object<'_>, shape: &Shape) {
    let Shape { container, element } = shape;
    let is_plain_text = matches!(element, Element::Text(name) if name.is_empty());
    if is_plain_text && *container == Container::One {
        return;
    }
    let mut object = Object::open(attribute.key("shape"));
    unless_default(&mut object, "container", container_name(*container), "one");
    match element {
        Element::Bool => object.text("element", "bool"),
        Element::Integer => object.text("element", "integer"),
        Element::Any => object.text("element", "any"),
        Element::Text(name) if name.is_empty() => {}
        Element::Text(name) => with_payload(object.key("element"), "text", name),
        Element::Block(attributes) => {
            let mut block = Object::open(object.key("element"));
            list(block.key("block"), attributes.iter(), write_attribute);
            block.close();
        }
        Element::Document(fields) => {
            let mut document = Object::open(object.key("element"));
            list(document.key("document"), fields.iter(), write_field);
            document.close();
        }
    }
    object.close();
}

fn write_field(field: &Field, out: &mut String) {
    let Field { path, rule } = field;
    let mut object = Object::open(out);
    object.text("path", path);
    match rule {
        FieldRule::KeyedBy(keys) => {
            let mut rule = Object::open(object.key("rule"));
            list(rule.key("keyed_by"), keys.iter(), |key, out| write_text(out, key));
            rule.close();
        }
        FieldRule::Set => object.text("rule", "set"),
        FieldRule::Compare(compare) => with_payload(object.key("rule"), "compare", compare_name(*compare)),
        FieldRule::Replace => object.text("rule", "replace"),
        FieldRule::YieldTo(attribute) => with_payload(object.key("rule"), "yield_to", attribute),
        FieldRule::WrittenBy(attribute) => with_payload(object.key("rule"), "written_by", attribute),
        FieldRule::ForcedBy(attribute) => with_payload(object.key("rule"), "forced_by", attribute),
    }
    object.close();
}

fn write_mode(attribute: &mut Object<'_>, mode: &Mode) {
    match mode {
        Mode::Enforce => {}
        Mode::Initial => attribute.text("mode", "initial"),
        Mode::AtLeast => attribute.text("mode", "at_least"),
        Mode::Prefix => attribute.text("mode", "prefix"),
        Mode::YieldTo(controller) => with_payload(attribute.key("mode"), "yield_to", controller),
        Mode::WriteOnly => attribute.text("mode", "write_only"),
    }
}

fn write_doc(object: &mut Object<'_>, doc: &str) {
    unless_default(object, "doc", doc, "");
}

fn write_seconds(object: &mut Object<'_>, key: &str, seconds: Seconds, default: Seconds) {
    if seconds != default {
        let Seconds { create, update, delete } = seconds;
        list(object.key(key), [create, update, delete], |number, out| out.push_str(&number.to_string()));
    }
}

fn unless_default(object: &mut Object<'_>, key: &str, value: &str, default: &str) {
    if value != default {
        object.text(key, value);
    }
}

fn with_payload(out: &mut String, variant: &str, payload: &str) {
    let mut object = Object::open(out);
    object.text(variant, payload);
    object.close();
}

fn carrier_name(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::TagAtCreate => "tag_at_create",
        Carrier::TagAfterCreate => "tag_after_create",
        Carrier::Label => "label",
        Carrier::Description => "description",
        Carrier::Name => "name",
        Carrier::KeyInParent => "key_in_parent",
        Carrier::None => "none",
    }
}

fn create_once_name(create_once: CreateOnce) -> &'static str {
    match create_once {
        CreateOnce::Token => "token",
        CreateOnce::UniqueName => "unique_name",
        CreateOnce::Neither => "neither",
    }
}

fn set_by_name(set_by: SetBy) -> &'static str {
    match set_by {
        SetBy::Required => "required",
        SetBy::Optional => "optional",
        SetBy::Either => "either",
        SetBy::Provider => "provider",
    }
}

fn compare_name(compare: Compare) -> &'static str {
    match compare {
        Compare::Exact => "exact",
        Compare::IgnoreCase => "ignore_case",
        Compare::Cidr => "cidr",
        Compare::DomainName => "domain_name",
        Compare::Json => "json",
        Compare::Quantity => "quantity",
        Compare::Duration => "duration",
    }
}

fn change_name(change: Change) -> &'static str {
    match change {
        Change::Update => "update",
        Change::Replace => "replace",
        Change::Once => "once",
    }
}

fn collection_name(collection: Collection) -> &'static str {
    match collection {
        Collection::Exclusive => "exclusive",
        Collection::Keyed => "keyed",
    }
}

fn container_name(container: Container) -> &'static str {
    match container {
        Container::One => "one",
        Container::List => "list",
        Container::Set => "set",
        Container::Map => "map",
    }
}
