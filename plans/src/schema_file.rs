//! Schemas as JSON: in compiled stacks, plan files and ledgers. What equals its default is left out.
//!
//! The types of the definitions crate know nothing of serde, so that a stack program need not compile it; the mirrors
//! below are what the format looks like.

use std::borrow::Cow;

use flashinfra_stacks::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Field, FieldRule, Identity, Items,
    Mode, Rewrite, Schema, Seconds, SetBy, Shape, Stability, Text, Unset, Upgrade,
};
use serde::{Deserialize, Serialize};

/// A schema to be written.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(transparent)]
pub struct Written<'a>(#[serde(with = "SchemaForm")] pub &'a Schema);

/// A schema that was read.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct ReadBack(#[serde(with = "SchemaForm")] pub Schema);

/// A schema as one line of JSON.
pub fn write(schema: &Schema) -> String {
    // Writing to memory cannot fail, and every key is text.
    serde_json::to_string(&Written(schema)).unwrap_or_default()
}

/// Reads what [`write()`] wrote.
///
/// # Errors
/// What is wrong, with line and column.
pub fn read(text: &str) -> Result<Schema, serde_json::Error> {
    serde_json::from_str::<ReadBack>(text).map(|read| read.0)
}

/// A schema without what only `explain` needs.
pub(crate) fn without_documentation(schema: &Schema) -> Schema {
    fn strip(attributes: &[Attribute]) -> Vec<Attribute> {
        let strip_one = |attribute: &Attribute| {
            let mut attribute = Attribute { doc: Cow::default(), ..attribute.clone() };
            if let Element::Block(attributes) = &attribute.shape.element {
                attribute.shape.element = Element::Block(strip(attributes).into());
            }
            attribute
        };
        attributes.iter().map(strip_one).collect()
    }
    Schema { doc: Cow::default(), attributes: strip(&schema.attributes).into(), ..schema.clone() }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Schema", deny_unknown_fields)]
struct SchemaForm {
    kind: Text,
    version: u32,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    doc: Text,
    #[serde(with = "IdentityForm", default = "assigned", skip_serializing_if = "is_assigned")]
    identity: Identity,
    #[serde(with = "CarrierForm", default = "no_carrier", skip_serializing_if = "is_no_carrier")]
    carrier: Carrier,
    #[serde(with = "CreateOnceForm", default = "neither", skip_serializing_if = "is_neither")]
    create_once: CreateOnce,
    #[serde(default, skip_serializing_if = "is_false")]
    stateful: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    reconciled: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    ends: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    settle_seconds: u32,
    #[serde(with = "seconds", default = "timeouts", skip_serializing_if = "is_timeouts")]
    timeouts: Seconds,
    #[serde(with = "seconds", default = "typical", skip_serializing_if = "is_typical")]
    typical: Seconds,
    #[serde(default, skip_serializing_if = "is_empty")]
    wait_codes: Items<Text>,
    #[serde(with = "upgrades", default, skip_serializing_if = "is_empty")]
    upgrades: Items<Upgrade>,
    #[serde(with = "attributes")]
    attributes: Items<Attribute>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Upgrade", deny_unknown_fields)]
struct UpgradeForm {
    since: u32,
    attribute: Text,
    #[serde(with = "RewriteForm")]
    change: Rewrite,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Field", deny_unknown_fields)]
struct FieldForm {
    path: Text,
    #[serde(with = "FieldRuleForm")]
    rule: FieldRule,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Attribute", deny_unknown_fields)]
struct AttributeForm {
    name: Text,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    doc: Text,
    #[serde(with = "ShapeForm", default = "plain_text", skip_serializing_if = "is_plain_text")]
    shape: Shape,
    #[serde(with = "SetByForm", default = "optional", skip_serializing_if = "is_optional")]
    set_by: SetBy,
    #[serde(with = "ModeForm", default = "enforce", skip_serializing_if = "is_enforce")]
    mode: Mode,
    #[serde(with = "CompareForm", default = "exact", skip_serializing_if = "is_exact")]
    compare: Compare,
    #[serde(with = "ChangeForm", default = "update", skip_serializing_if = "is_update")]
    change: Change,
    #[serde(with = "CollectionForm", default = "exclusive", skip_serializing_if = "is_exclusive")]
    collection: Collection,
    #[serde(with = "UnsetForm", default = "release", skip_serializing_if = "is_release")]
    unset: Unset,
    #[serde(default, skip_serializing_if = "is_false")]
    secret: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    delete_argument: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    delete_guard: bool,
    #[serde(with = "StabilityForm", default = "fixed", skip_serializing_if = "is_fixed")]
    stability: Stability,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Shape", deny_unknown_fields)]
struct ShapeForm {
    #[serde(with = "ContainerForm", default = "one", skip_serializing_if = "is_one")]
    container: Container,
    #[serde(with = "ElementForm", default = "text", skip_serializing_if = "is_text")]
    element: Element,
}

/// The mirror of an enum: the same variants, in snake case.
macro_rules! mirror {
    ($form:ident of $name:literal: $($variant:ident $(($(#[$meta:meta])? $payload:ty))?),+) => {
        #[derive(Serialize, Deserialize)]
        #[serde(remote = $name, rename_all = "snake_case")]
        enum $form { $($variant $(($(#[$meta])? $payload))?),+ }
    };
}

mirror!(IdentityForm of "Identity": Assigned, Named(Text), Composed(Items<Text>));
mirror!(CarrierForm of "Carrier": TagAtCreate, TagAfterCreate, Label, Description, Name, KeyInParent, None);
mirror!(CreateOnceForm of "CreateOnce": Token, UniqueName, Neither);
mirror!(ContainerForm of "Container": One, List, Set, Map);
mirror!(ElementForm of "Element": Bool, Integer, Text(Text), Block(#[serde(with = "attributes")] Items<Attribute>), Any,
    Document(#[serde(with = "fields")] Items<Field>));
mirror!(FieldRuleForm of "FieldRule": KeyedBy(Items<Text>), Set, Compare(#[serde(with = "CompareForm")] Compare), Replace,
    YieldTo(Text), WrittenBy(Text), ForcedBy(Text));
mirror!(SetByForm of "SetBy": Required, Optional, Either, Provider);
mirror!(ModeForm of "Mode": Enforce, Initial, AtLeast, Prefix, YieldTo(Text), WriteOnly);
mirror!(CompareForm of "Compare": Exact, IgnoreCase, Cidr, Json, DomainName, Quantity, Duration);
mirror!(ChangeForm of "Change": Update, Replace, Once);
mirror!(CollectionForm of "Collection": Exclusive, Keyed);
mirror!(UnsetForm of "Unset": Release, Reset(Text), Clear);
mirror!(RewriteForm of "Rewrite": RenamedFrom(Text), Respelled(Items<(Text, Text)>), Dropped);
mirror!(StabilityForm of "Stability": Fixed, ChangesWith(Items<Text>));

/// A default of the format: a function that makes it, and one that recognises it.
macro_rules! default {
    ($($make:ident, $is:ident: $type:ty = $value:expr;)+) => {
        $(fn $make() -> $type { $value }
          fn $is(value: &$type) -> bool { *value == $value })+
    };
}

default! {
    assigned, is_assigned: Identity = Identity::Assigned;
    no_carrier, is_no_carrier: Carrier = Carrier::None;
    neither, is_neither: CreateOnce = CreateOnce::Neither;
    timeouts, is_timeouts: Seconds = Seconds { create: 600, update: 600, delete: 600 };
    typical, is_typical: Seconds = Seconds { create: 1, update: 1, delete: 1 };
    one, is_one: Container = Container::One;
    text, is_text: Element = Element::Text(Cow::Borrowed(""));
    plain_text, is_plain_text: Shape = Shape { container: one(), element: text() };
    optional, is_optional: SetBy = SetBy::Optional;
    enforce, is_enforce: Mode = Mode::Enforce;
    exact, is_exact: Compare = Compare::Exact;
    update, is_update: Change = Change::Update;
    exclusive, is_exclusive: Collection = Collection::Exclusive;
    release, is_release: Unset = Unset::Release;
    fixed, is_fixed: Stability = Stability::Fixed;
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_empty<T: Clone>(items: &Items<T>) -> bool {
    items.is_empty()
}

/// `[create, update, delete]`.
mod seconds {
    use flashinfra_stacks::schema::Seconds;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(seconds: &Seconds, serializer: S) -> Result<S::Ok, S::Error> {
        let Seconds { create, update, delete } = *seconds;
        [create, update, delete].serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Seconds, D::Error> {
        let [create, update, delete] = <[u32; 3]>::deserialize(deserializer)?;
        Ok(Seconds { create, update, delete })
    }
}

/// A list of what is written in a form: a module with its two halves.
macro_rules! list {
    ($module:ident of $item:ident as $form:ident $text:literal) => {
        mod $module {
            use flashinfra_stacks::schema::{Items, $item};
            use serde::{Deserialize, Deserializer, Serialize, Serializer};

            use super::$form;

            #[derive(Serialize)]
            struct Written<'a>(#[serde(with = $text)] &'a $item);

            #[derive(Deserialize)]
            struct Read(#[serde(with = $text)] $item);

            pub(super) fn serialize<S: Serializer>(items: &Items<$item>, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(items.iter().map(Written))
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Items<$item>, D::Error> {
                let read = Vec::<Read>::deserialize(deserializer)?;
                Ok(read.into_iter().map(|item| item.0).collect())
            }
        }
    };
}

// How rows of former versions are understood.
list!(upgrades of Upgrade as UpgradeForm "UpgradeForm");
// What is true of some fields of a document.
list!(fields of Field as FieldForm "FieldForm");
// A block has attributes inside an attribute.
list!(attributes of Attribute as AttributeForm "AttributeForm");

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema that uses every field and every variant is read and written again.
    fn check(text: &str) {
        let schema = read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(write(&schema), text);
    }

    #[test]
    fn what_is_written_in_full_comes_back() {
        check(
            r#"{"kind":"a.b","version":3,"doc":"Doc.","identity":{"named":"name"},"carrier":"tag_at_create","create_once":"token","stateful":true,"settle_seconds":9,"timeouts":[1,2,3],"typical":[4,5,6],"wait_codes":["X"],"upgrades":[{"since":2,"attribute":"size","change":{"renamed_from":"depth"}},{"since":3,"attribute":"size","change":{"respelled":[["small","s"]]}},{"since":3,"attribute":"old","change":"dropped"}],"attributes":[]}"#,
        );
        check(
            r#"{"kind":"a.b","version":1,"attributes":[{"name":"a","doc":"Doc.","shape":{"container":"set","element":{"block":[{"name":"b","shape":{"element":"bool"}}]}},"set_by":"either","mode":{"yield_to":"hpa"},"compare":"json","change":"replace","collection":"keyed","unset":{"reset":"[]"},"secret":true,"delete_argument":true,"delete_guard":true,"stability":{"changes_with":["b","c"]}}]}"#,
        );
        check(
            r#"{"kind":"a.b","version":1,"reconciled":true,"ends":true,"attributes":[{"name":"a","shape":{"element":{"document":[{"path":"ports[]","rule":{"keyed_by":["port","protocol=TCP"]}},{"path":"f","rule":"set"},{"path":"limits.*","rule":{"compare":"quantity"}},{"path":"wait","rule":{"compare":"duration"}},{"path":"selector","rule":"replace"},{"path":"replicas","rule":{"yield_to":"writers"}},{"path":"","rule":{"written_by":"others"}},{"path":"","rule":{"forced_by":"force"}}]}}}]}"#,
        );
        for carrier in ["tag_after_create", "label", "description", "name", "key_in_parent"] {
            check(&format!(r#"{{"kind":"a.b","version":1,"carrier":"{carrier}","attributes":[]}}"#));
        }
        for mode in ["initial", "at_least", "prefix", "write_only"] {
            check(&format!(r#"{{"kind":"a.b","version":1,"attributes":[{{"name":"a","mode":"{mode}"}}]}}"#));
        }
    }

    #[test]
    fn what_equals_its_default_is_left_out() {
        let schema = read(
            r#"{"kind":"a.b","version":1,"doc":"","identity":"assigned","carrier":"none","create_once":"neither","stateful":false,"settle_seconds":0,"timeouts":[600,600,600],"typical":[1,1,1],"wait_codes":[],"attributes":[{"name":"a","doc":"","shape":{"container":"one","element":{"text":""}},"set_by":"optional","mode":"enforce","compare":"exact","change":"update","collection":"exclusive","unset":"release","secret":false,"delete_argument":false,"delete_guard":false,"stability":"fixed"}]}"#,
        );
        assert_eq!(write(&schema.unwrap()), r#"{"kind":"a.b","version":1,"attributes":[{"name":"a"}]}"#);
    }

    #[test]
    fn what_this_version_does_not_know_is_refused() {
        let unknown = read(r#"{"kind":"a.b","version":1,"attributes":[],"moons":2}"#).unwrap_err().to_string();
        assert!(unknown.starts_with("unknown field `moons`"), "{unknown}");
        let variant = read(r#"{"kind":"a.b","version":1,"carrier":"pigeon","attributes":[]}"#).unwrap_err().to_string();
        assert!(variant.starts_with("unknown variant `pigeon`"), "{variant}");
    }
}
