//! What the sandbox makes up: ids, computed attributes, defaults. All of it follows from its seed.

mod text;

use flashinfra_plans::{Map, Name, OwnerMark, Value};
use flashinfra_stacks::schema::{Attribute, Container, Element, Mode, Schema, SetBy, Stability, Unset};
use sha2::{Digest, Sha256};

use crate::world::Shelf;

/// What computed values hang on: which object it is, not what is set on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) shelf: &'a Shelf,
    pub(crate) id: &'a str,
    /// Different for each object that an address ever had.
    pub(crate) birth: &'a str,
    /// What the stack sets.
    pub(crate) set: &'a Map,
}

/// The birth of an object: follows from the sandbox, where the object is and `whose` it is. `again` counts objects made
/// for the very same owner and generation, which kinds without a once-only create allow.
pub(crate) fn birth(sandbox: &str, shelf: &Shelf, whose: Option<&OwnerMark>, again: u32) -> Name {
    let Shelf { kind, site } = shelf;
    let whose = whose.map_or_else(String::new, OwnerMark::to_text);
    hex(&[sandbox, kind, &site.account, &site.region, &whose, &again.to_string()])[..16].into()
}

/// An id in the style of services that make ids up: `vpc-0f3a…`.
pub(crate) fn assigned_id(kind: &str, birth: &str) -> Name {
    let resource = kind.rsplit('.').next().unwrap_or(kind);
    text::id(&resource.split('_').collect::<Vec<_>>(), birth).into()
}

/// The value of an attribute that the provider sets, given the object's other attributes.
pub(crate) fn computed(origin: Origin<'_>, attribute: &Attribute, attributes: &Map) -> Value {
    let revision = match &attribute.stability {
        Stability::Fixed => String::new(),
        Stability::ChangesWith(names) => {
            let values: Vec<_> = names.iter().map(|name| format!("{name}={:?}", attributes.get(name))).collect();
            hex(&values.iter().map(String::as_str).collect::<Vec<_>>())[..8].to_string()
        }
    };
    Inventor { origin, revision: &revision }.value(attribute, &attribute.name)
}

/// What the service answers for an attribute that the stack did not set; none when it answers nothing.
pub(crate) fn default(origin: Origin<'_>, attribute: &Attribute) -> Option<Value> {
    if attribute.secret || attribute.delete_argument || attribute.mode == Mode::WriteOnly {
        return None;
    }
    if let Unset::Reset(literal) = &attribute.unset {
        return serde_json::from_str(literal).ok().map(|crate::literal::Literal(value)| value);
    }
    match attribute.set_by {
        SetBy::Either => Some(Inventor { origin, revision: "" }.value(attribute, &attribute.name)),
        SetBy::Required | SetBy::Optional | SetBy::Provider => None,
    }
}

/// What the service adds to a block that the stack wrote: a rule's id, say.
pub(crate) fn completed(origin: Origin<'_>, attribute: &Attribute, path: &str) -> Option<Value> {
    match attribute.set_by {
        SetBy::Provider => Some(Inventor { origin, revision: "" }.value(attribute, path)),
        SetBy::Required | SetBy::Optional | SetBy::Either => default(origin, attribute),
    }
}

struct Inventor<'a> {
    origin: Origin<'a>,
    /// Differs whenever what the value changes with differs; empty for what is fixed.
    revision: &'a str,
}

impl Inventor<'_> {
    fn value(&self, attribute: &Attribute, path: &str) -> Value {
        match attribute.shape.container {
            Container::One => self.element(attribute, path),
            Container::List | Container::Set if text::is_of_things(attribute) => {
                Value::List([self.element(attribute, path)].into())
            }
            Container::List | Container::Set => Value::List([].into()),
            Container::Map if attribute.set_by == SetBy::Provider => self.for_each_name(attribute, path),
            Container::Map => Value::Map(Map::default()),
        }
    }

    /// What a service tells of each of the names that an object was given: what proves a certificate's domains, by domain.
    fn for_each_name(&self, attribute: &Attribute, path: &str) -> Value {
        let is_name = |name: &str| name.split('_').any(|word| matches!(word, "name" | "names"));
        let given = self.origin.set.iter().filter(|(name, _)| is_name(name)).flat_map(|(_, value)| match value {
            Value::List(names) => names.iter().filter_map(Value::as_text).collect(),
            one => Vec::from_iter(one.as_text()),
        });
        let entry = |name: &str| (Name::from(name), self.element(attribute, &format!("{path}.{name}")));
        Value::Map(given.map(entry).collect())
    }

    fn element(&self, attribute: &Attribute, path: &str) -> Value {
        match &attribute.shape.element {
            Element::Bool => Value::Bool(false),
            Element::Integer => Value::Integer(self.integer(&attribute.name, path)),
            Element::Text(of) => Value::from(self.text(&attribute.name, of, path)),
            Element::Any | Element::Document(_) => Value::from(self.hash(path)),
            Element::Block(attributes) => {
                let chosen = attributes
                    .iter()
                    .filter(|inner| inner.set_by != SetBy::Optional && inner.mode != Mode::WriteOnly && !inner.secret);
                let value = |inner: &Attribute| {
                    let name = Name::from(inner.name.as_ref());
                    let value = self.value(inner, &format!("{path}.{name}"));
                    (name, value)
                };
                Value::Map(chosen.map(value).collect())
            }
        }
    }

    fn integer(&self, name: &str, path: &str) -> i64 {
        if name.split('_').any(|word| word == "port") {
            return self.port();
        }
        i64::from(self.number(path) % 1000) + 1
    }

    /// The usual port of what the object is said to run.
    fn port(&self) -> i64 {
        const PORTS: [(&str, i64); 7] = [
            ("postgres", 5432),
            ("mysql", 3306),
            ("mariadb", 3306),
            ("redis", 6379),
            ("valkey", 6379),
            ("memcached", 11211),
            ("kafka", 9092),
        ];
        const SECURE_WEB_PORT: i64 = 443;
        let mut texts = self.origin.set.iter().filter_map(|(_, value)| value.as_text());
        let usual = texts.find_map(|text| PORTS.iter().find(|(engine, _)| text.contains(engine)));
        usual.map_or(SECURE_WEB_PORT, |(_, port)| *port)
    }

    fn number(&self, path: &str) -> u32 {
        u32::from_str_radix(&self.hash(path)[..8], 16).unwrap_or(0)
    }

    fn hash(&self, path: &str) -> String {
        let mut hash = hex(&[self.origin.birth, path, self.revision]);
        hash.truncate(16);
        hash
    }
}

fn hex(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // Each part with its length, so that no two lists of parts give the same bytes.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
