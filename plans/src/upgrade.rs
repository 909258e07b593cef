//! Rows of former schema versions, understood under the present one.
//!
//! What changed between two versions is data of the schema ([`Upgrade`]): an attribute has another name, its values are written
//! differently, it is gone. So a row can be understood by whoever has the schema, with the kind's code or without it. A row is
//! rewritten by a step that the plan shows; until then it is understood anew each time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::{Rewrite, Schema, Upgrade};

use crate::ledger::{Ledger, Row};
use crate::value::{Map, Name, Value};

/// The ledger with the attributes of older rows as their present schema has them. The rows still say under which version they
/// were written, so that a plan brings them along.
///
/// A kind that `schemas` lacks is looked up in the ledger's own.
pub fn understood<'a>(ledger: &'a Ledger, schemas: &BTreeMap<Name, Arc<Schema>>) -> Cow<'a, Ledger> {
    let mut understood = Cow::Borrowed(ledger);
    for (address, row) in &ledger.rows {
        if let Some((applied, computed)) = schema_of(ledger, schemas, address.kind()).and_then(|s| attributes(s, row))
            && let Some(row) = understood.to_mut().rows.get_mut(address)
        {
            (row.applied, row.computed) = (applied, computed);
        }
    }
    understood
}

/// Brings rows along: as [`understood`], and they say the present version from then on.
pub fn bring_along(ledger: &mut Ledger, schemas: &BTreeMap<Name, Arc<Schema>>) {
    let Ledger { rows, schemas: known, .. } = ledger;
    for (address, row) in rows {
        let kind = address.kind();
        let Some(schema) = schemas.get(kind).or_else(|| known.get(kind)) else { continue };
        if let Some((applied, computed)) = attributes(schema, row) {
            (row.applied, row.computed, row.schema_version) = (applied, computed, schema.version);
        }
    }
}

fn schema_of<'a>(ledger: &'a Ledger, schemas: &'a BTreeMap<Name, Arc<Schema>>, kind: &str) -> Option<&'a Schema> {
    schemas.get(kind).or_else(|| ledger.schemas.get(kind)).map(Arc::as_ref)
}

/// What a row says as applied and computed under the present schema; none when that is what it says already.
fn attributes(schema: &Schema, row: &Row) -> Option<(Map, Map)> {
    let since = |upgrade: &&Upgrade| upgrade.since > row.schema_version;
    if row.schema_version >= schema.version || !schema.upgrades.iter().any(|upgrade| since(&upgrade)) {
        return None;
    }
    // Names first: the others call an attribute what it is called now. Then in the order of versions.
    let order = |upgrade: &&Upgrade| (!matches!(upgrade.change, Rewrite::RenamedFrom(_)), upgrade.since);
    let mut upgrades: Vec<&Upgrade> = schema.upgrades.iter().filter(since).collect();
    upgrades.sort_by_key(order);
    let rewritten = |map: &Map| upgrades.iter().fold(map.clone(), |map, upgrade| rewritten(map, upgrade));
    Some((rewritten(&row.applied), rewritten(&row.computed)))
}

fn rewritten(map: Map, upgrade: &Upgrade) -> Map {
    let Upgrade { since: _, attribute, change } = upgrade;
    match change {
        Rewrite::RenamedFrom(former) => match map.get(former).cloned() {
            Some(value) => map.without(former).with(attribute.as_ref(), value),
            None => map,
        },
        Rewrite::Respelled(pairs) => match map.get(attribute).map(|value| respelled(value, pairs)) {
            Some(value) => map.with(attribute.as_ref(), value),
            None => map,
        },
        Rewrite::Dropped => map.without(attribute),
    }
}

fn respelled(value: &Value, pairs: &[(Cow<'static, str>, Cow<'static, str>)]) -> Value {
    match value {
        Value::Text(text) => {
            let now = pairs.iter().find(|(before, _)| before == text.as_str()).map(|(_, now)| now.as_ref());
            Value::Text(now.map_or_else(|| text.clone(), Name::new))
        }
        Value::List(values) => Value::List(values.iter().map(|value| respelled(value, pairs)).collect()),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Map(_) => value.clone(),
        Value::Expression(_) | Value::Secret(_) | Value::Unknown => value.clone(),
    }
}

#[cfg(test)]
mod tests;
