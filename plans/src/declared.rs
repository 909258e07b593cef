//! What is declared, worked out as far as it is known without reading anything live: for who writes it down instead of applying it.

use std::collections::{BTreeMap, BTreeSet};

use crate::compiled::{CompiledStack, Declared};
use crate::decide::PlanError;
use crate::graph::Graph;
use crate::ledger::Ledger;
use crate::lookups;
use crate::references::each_reference;
use crate::resolve::{is_known, published, resolve};
use crate::value::{Address, Map, Name, Reference, Value};

/// A value that nobody knows before a service is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotKnown {
    /// The resource that takes it.
    pub address: Address,
    /// Where it stands there.
    pub path: Name,
    /// Where it comes from.
    pub needs: Reference,
    /// Where the resource was declared.
    pub at: Option<Name>,
}

/// The attributes of each declared resource, with what is known of others put in: what they declare, and what a ledger recorded that
/// their provider said.
///
/// # Errors
/// When the stack is no graph.
pub fn worked_out(stack: &CompiledStack, ledger: Option<&Ledger>) -> Result<BTreeMap<Address, Map>, PlanError> {
    let order = order(stack)?;
    let declared: BTreeMap<&Address, &Declared> =
        stack.resources.iter().map(|declared| (&declared.address, declared)).collect();
    let mut known: BTreeMap<Address, Map> = BTreeMap::new();
    for address in order {
        let Some(declared) = declared.get(&address) else { continue };
        let nothing = Map::default();
        let value_of = |reference: &Reference| {
            let row = ledger.and_then(|ledger| ledger.rows.get(&reference.address));
            let row = row.filter(|row| row.current.is_some());
            let computed = row.map_or(&nothing, |row| &row.computed);
            published(known.get(&reference.address)?, computed, &reference.path)
                .filter(|value| is_known(value))
                .cloned()
        };
        let attributes = declared.attributes.iter();
        let attributes = attributes.map(|(name, value)| (name.clone(), resolve(value, &value_of))).collect();
        known.insert(address, attributes);
    }
    Ok(known)
}

/// The values among attributes that were [worked out](worked_out) which are not known. What goes into secrets is not asked about: it is
/// written down by nobody.
pub fn not_known(stack: &CompiledStack, known: &BTreeMap<Address, Map>, of: &BTreeSet<&Address>) -> Vec<NotKnown> {
    let mut found = Vec::new();
    for declared in stack.resources.iter().filter(|declared| of.contains(&declared.address)) {
        let schema = stack.schemas.get(declared.address.kind());
        let is_secret = |name: &str| schema.and_then(|schema| schema.attribute(name)).is_some_and(|known| known.secret);
        let attributes = known.get(&declared.address).into_iter().flatten();
        for (name, value) in attributes.filter(|(name, value)| !is_secret(name) && !is_known(value)) {
            each_reference(value, name, &mut |reference, path| {
                found.push(NotKnown {
                    address: declared.address.clone(),
                    path: told(value, name, path).into(),
                    needs: reference.clone(),
                    at: declared.at.clone(),
                });
            });
        }
    }
    found
}

/// The addresses, each after those that it depends on.
fn order(stack: &CompiledStack) -> Result<Vec<Address>, PlanError> {
    let stack = lookups::unanswered(stack)?;
    let graph = Graph::new(&stack.resources, std::iter::empty(), &BTreeMap::new())?;
    Ok(graph.order().iter().map(|position| graph.addresses()[*position].clone()).collect())
}

/// A path inside of an attribute for people, with the names of list entries that have one: `containers[name=web].image`.
fn told(value: &Value, name: &str, path: &str) -> String {
    let mut text = name.to_owned();
    let mut here = Some(value);
    for part in path.strip_prefix(name).unwrap_or_default().split('.').filter(|part| !part.is_empty()) {
        let next = here.and_then(|value| match value {
            Value::List(entries) => part.parse::<usize>().ok().and_then(|index| entries.get(index)),
            Value::Map(map) => map.get(part),
            _ => None,
        });
        let is_entry = matches!(here, Some(Value::List(_)));
        let named = next.and_then(|entry| entry.at("name")).and_then(Value::as_text);
        text += &match (is_entry, named) {
            (true, Some(named)) => format!("[name={named}]"),
            (true, None) => format!("[{part}]"),
            (false, _) => format!(".{part}"),
        };
        here = next;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compiled;
    use crate::ledger::{Owned, Row};
    use crate::map;

    /// A database, a program that takes its address, and what takes the name of the program.
    fn stack() -> CompiledStack {
        let compiled = r#"{"format":1,"stack":"shop","environment":"test","flashinfra":"0",
            "providers":{"t":{"type":"t","config":{}}},
            "schemas":[],"resources":[
              {"address":"t.alias/a","provider":"t","attributes":{"to":{"$ref":["t.program/web","name"]}}},
              {"address":"t.database/main","provider":"t","attributes":{"size":1}},
              {"address":"t.program/web","provider":"t","attributes":{"name":"web","env":[
                {"name":"A","value":"b"},{"name":"HOST","value":{"$text":["db://",{"$ref":["t.database/main","host"]}]}}]}}],
            "outputs":[]}"#;
        compiled::read(compiled.as_bytes()).unwrap()
    }

    fn address(text: &str) -> Address {
        Address::parse(text).unwrap()
    }

    #[test]
    fn what_others_declare_is_known_and_what_a_service_says_is_named() {
        let stack = stack();
        let known = worked_out(&stack, None).unwrap();
        assert_eq!(known[&address("t.alias/a")].to_json(), r#"{"to":"web"}"#);
        let all: BTreeSet<&Address> = stack.resources.iter().map(|declared| &declared.address).collect();
        let found = not_known(&stack, &known, &all);
        let told: Vec<_> = found
            .iter()
            .map(|one| format!("{} {} {} {}", one.address, one.path, one.needs.address, one.needs.path))
            .collect();
        assert_eq!(told, ["t.program/web env[name=HOST].value t.database/main host"]);
        let others: BTreeSet<&Address> = all.into_iter().filter(|address| address.kind() != "t.program").collect();
        assert_eq!(not_known(&stack, &known, &others), []);
    }

    #[test]
    fn what_a_ledger_recorded_is_known() {
        let stack = stack();
        let mut ledger = Ledger::new("shop".into(), "test".into(), "u".into());
        let row = |current| Row {
            provider: "t".into(),
            schema_version: 1,
            current,
            deposed: Vec::new(),
            generation: 1,
            applied: map! {},
            computed: map! { "host" => "h1" },
            depends_on: Vec::new(),
            protect: false,
            retain: false,
            recovered: false,
            at: None,
        };
        let env = |ledger: &Ledger| {
            let known = worked_out(&stack, Some(ledger)).unwrap();
            known[&address("t.program/web")].at("env.1.value").cloned()
        };
        let owned = Owned { id: "db".into(), generation: 1, ready: true };
        ledger.rows.insert(address("t.database/main"), row(Some(owned)));
        assert_eq!(env(&ledger), Some("db://h1".into()));
        ledger.rows.insert(address("t.database/main"), row(None));
        assert_ne!(env(&ledger), Some("db://h1".into()), "what it said of an object that is gone counts no more");
    }
}
