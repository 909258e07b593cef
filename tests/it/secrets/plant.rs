//! A stack with every kind in it, and a secret of its own in each place that takes one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use flashinfra_plans::{Name, schema_file};
use flashinfra_stacks::schema::{Attribute, Compare, Container, Element, Schema, SetBy};
use serde_json::{Map, Value, json};

use crate::shell::Shell;

/// A kind that no cloud has: secrets in every shape that a schema can ask for.
const PROBE: &str = r#"{"kind":"probe.vault","version":1,"carrier":"tag_at_create","typical":[300,60,60],"attributes":[
    {"name":"size","shape":{"element":"integer"},"set_by":"required"},
    {"name":"word","set_by":"required","secret":true},
    {"name":"sealed","set_by":"optional","mode":"write_only","secret":true},
    {"name":"words","shape":{"container":"list"},"set_by":"optional","secret":true},
    {"name":"pairs","shape":{"container":"map"},"set_by":"optional","secret":true},
    {"name":"login","shape":{"element":{"block":[{"name":"user","set_by":"required"},
        {"name":"password","set_by":"required","secret":true}]}},"set_by":"optional"},
    {"name":"users","shape":{"container":"list","element":{"block":[
        {"name":"password","set_by":"required","secret":true}]}},"set_by":"optional"},
    {"name":"note","set_by":"optional"},
    {"name":"settings","shape":{"container":"map"},"set_by":"optional"},
    {"name":"free","shape":{"element":"any"},"set_by":"optional"},
    {"name":"token","set_by":"provider","secret":true},
    {"name":"id","set_by":"provider"}]}"#;

/// Attributes of the probe that are no secrets by their schema, and are given one all the same.
const PLAIN: [&str; 3] = ["note", "settings", "free"];

/// Secrets, and where they were planted.
pub(super) struct Planted {
    /// What raises with each rotation.
    version: u32,
    pub(super) places: Vec<String>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) files: Vec<(PathBuf, String)>,
    /// Of earlier versions too.
    values: Vec<String>,
    resources: BTreeMap<String, Value>,
    directory: tempfile::TempDir,
}

/// The kinds that `flashinfra explain` lists, and the probe.
pub(super) fn kinds() -> BTreeMap<Name, Arc<Schema>> {
    let ours = flashinfra_stacks_aws::SCHEMAS.iter().copied().chain(flashinfra_stacks_kubernetes::schemas());
    let all = ours.cloned().chain([schema_file::read(PROBE).unwrap()]);
    let kinds: BTreeMap<Name, _> = all.map(|schema| (Name::from(&*schema.kind), Arc::new(schema))).collect();
    let listed = Shell::new().run(&["explain", "--json"]).succeeds();
    let listed = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    // A lookup is asked with values that stand in the plan: there is no place in it for a secret, which is checked when it compiles.
    let is_lookup = |kind: &str| flashinfra_stacks_aws::LOOKUPS.iter().any(|schema| schema.kind == kind);
    for kind in listed.filter(|line| line["type"] == "kind") {
        let kind = kind["kind"].as_str().unwrap();
        if is_lookup(kind) {
            continue;
        }
        assert!(kinds.contains_key(kind), "the definitions of {kind} are missing above");
    }
    kinds
}

impl Planted {
    /// One resource of each kind, with all that it requires and every secret that it takes.
    pub(super) fn in_every_kind(version: u32) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (places, variables, files, values) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let resources = BTreeMap::new();
        let mut planted = Self { version, places, variables, files, values, resources, directory };
        planted.plant();
        planted
    }

    /// New values under new versions, in the same places.
    pub(super) fn rotate(&mut self) {
        self.version += 1;
        self.places.clear();
        self.variables.clear();
        self.files.clear();
        self.plant();
    }

    fn plant(&mut self) {
        for (kind, schema) in kinds() {
            let address = format!("{kind}/main");
            let attributes = self.block(&address, &schema.attributes);
            self.resources.insert(address, attributes.into());
        }
    }

    fn block(&mut self, path: &str, attributes: &[Attribute]) -> Map<String, Value> {
        let mut map = Map::new();
        for attribute in attributes.iter().filter(|attribute| is_wanted(attribute)) {
            let path = format!("{path}.{}", attribute.name);
            let value = self.element(&path, attribute);
            let value = match attribute.shape.container {
                Container::One => value,
                Container::List | Container::Set => json!([value]),
                Container::Map => json!({ "key": value }),
            };
            map.insert(attribute.name.to_string(), value);
        }
        map
    }

    fn element(&mut self, path: &str, attribute: &Attribute) -> Value {
        if attribute.secret || (path.starts_with("probe.") && PLAIN.contains(&&*attribute.name)) {
            return self.secret(path);
        }
        match &attribute.shape.element {
            Element::Bool => true.into(),
            Element::Integer => 1.into(),
            Element::Text(of) if of == "Cidr" || attribute.compare == Compare::Cidr => "10.0.0.0/16".into(),
            Element::Text(_) if attribute.compare == Compare::Json => "{}".into(),
            Element::Text(_) | Element::Any | Element::Document(_) => format!("a-{}", attribute.name).into(),
            Element::Block(inner) => self.block(path, inner).into(),
        }
    }

    /// Another secret from another source, in another form each time.
    fn secret(&mut self, path: &str) -> Value {
        let (number, version) = (self.places.len(), self.version);
        self.places.push(path.to_owned());
        let value = format!("planted{version}x{number}q7Zk");
        self.values.push(value.clone());
        let source = if number % 3 == 2 {
            let file = self.directory.path().join(format!("secret-{number}"));
            self.files.push((file.clone(), value));
            json!({ "$secret": { "file": file, "version": version } })
        } else {
            let name = format!("PLANTED_{number}");
            self.variables.push((name.clone(), value));
            json!({ "$secret": { "env": name, "version": version } })
        };
        match number % 4 {
            1 => json!({ "$secret": { "text": ["user:", source, "@host"] } }),
            2 => json!({ "$secret": { "base64": source } }),
            3 => json!({ "$secret": { "json": { "password": source } } }),
            _ => source,
        }
    }

    /// What to look for, by what it is: every value that was ever planted, in clear and in base64.
    pub(super) fn needles(&self) -> Vec<(String, String)> {
        let forms = |value: &String| [(value.clone(), value.clone()), (format!("{value} in base64"), base64(value))];
        self.values.iter().flat_map(forms).collect()
    }

    /// The addresses, sorted.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.resources.keys().cloned().collect()
    }

    /// The compiled stack. Another resource and an output use what the provider keeps secret.
    pub(super) fn stack(&self) -> String {
        let schemas: Vec<Value> =
            kinds().values().map(|schema| serde_json::from_str(&schema_file::write(schema)).unwrap()).collect();
        let provider = |address: &str| address.split('.').next().unwrap_or_default().to_owned();
        let providers: Map<String, Value> = self
            .resources
            .keys()
            .map(|address| (provider(address), json!({ "type": provider(address), "config": {} })))
            .collect();
        let resources: Vec<Value> = self
            .resources
            .iter()
            .map(|(address, attributes)| json!({ "address": address, "provider": provider(address), "attributes": attributes }))
            .collect();
        let first = self.resources["probe.vault/main"]["word"].clone();
        let outputs = json!([
            { "name": "planted", "value": first },
            { "name": "token", "value": { "$secret": { "text": [{ "$ref": ["probe.vault/main", "token"] }] } } },
        ]);
        json!({
            "format": 1, "stack": "probe", "environment": "default", "flashinfra": env!("CARGO_PKG_VERSION"),
            "providers": providers, "schemas": schemas, "resources": resources, "outputs": outputs,
        })
        .to_string()
    }
}

fn is_wanted(attribute: &Attribute) -> bool {
    match attribute.set_by {
        SetBy::Provider => false,
        SetBy::Required => true,
        SetBy::Optional | SetBy::Either => holds_secret(attribute) || PLAIN.contains(&&*attribute.name),
    }
}

fn holds_secret(attribute: &Attribute) -> bool {
    match &attribute.shape.element {
        Element::Block(inner) => attribute.secret || inner.iter().any(holds_secret),
        Element::Bool | Element::Integer | Element::Text(_) | Element::Any | Element::Document(_) => attribute.secret,
    }
}

/// A text whose length is a multiple of three begins the same in base64 whatever follows it.
pub(super) fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = |chunk: &[u8]| {
        let bits = (u32::from(chunk[0]) << 16) | (u32::from(chunk[1]) << 8) | u32::from(chunk[2]);
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift) as usize & 63]))
    };
    text.as_bytes().chunks_exact(3).flat_map(digits).collect()
}
