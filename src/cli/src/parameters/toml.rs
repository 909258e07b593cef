//! TOML, with the place of every key and value.

use std::collections::BTreeMap;
use std::ops::Range;

use flashinfra_stacks::json::Json;
use toml_edit::{Document, Item, Key, TableLike, Value};

use super::malformed::Malformed;
use super::tree::{Node, Origin, Tree};

/// Reads a TOML document.
pub(crate) fn read(text: &str) -> Result<Node, Malformed> {
    match Document::parse(text) {
        Ok(document) => Ok(Reader { text }.table(document.as_table(), None, 0..0)),
        Err(error) => Err(Malformed { reason: error.message().to_owned(), span: error.span().unwrap_or(0..0) }),
    }
}

struct Reader<'text> {
    text: &'text str,
}

impl Reader<'_> {
    fn table(&self, table: &dyn TableLike, key: Option<Range<usize>>, value: Range<usize>) -> Node {
        let entries = table.iter().filter_map(|(name, item)| {
            let key = table.key(name).and_then(Key::span);
            Some((name.to_owned(), self.node(item, key)?))
        });
        Node { tree: Tree::Table(entries.collect::<BTreeMap<_, _>>()), origin: Origin::File { key, value } }
    }

    fn node(&self, item: &Item, key: Option<Range<usize>>) -> Option<Node> {
        let span = item.span().or_else(|| key.clone()).unwrap_or(0..0);
        match item {
            Item::None => None,
            Item::Value(value) => Some(self.of_value(value, key)),
            Item::Table(inner) => Some(self.table(inner, key, span)),
            Item::ArrayOfTables(tables) => {
                let items = tables.iter().map(|inner| self.table(inner, None, inner.span().unwrap_or(0..0))).collect();
                Some(Node { tree: Tree::List(items), origin: Origin::File { key, value: span } })
            }
        }
    }

    fn of_value(&self, value: &Value, key: Option<Range<usize>>) -> Node {
        let span = value.span().or_else(|| key.clone()).unwrap_or(0..0);
        let tree = match value {
            Value::String(text) => Tree::Scalar(Json::Text(text.value().clone())),
            Value::Integer(number) => Tree::Scalar(Json::Integer(*number.value())),
            Value::Boolean(truth) => Tree::Scalar(Json::Bool(*truth.value())),
            Value::Float(_) => Tree::Scalar(float(self.text.get(span.clone()).unwrap_or_default())),
            Value::Datetime(time) => Tree::Scalar(Json::Text(time.value().to_string())),
            Value::Array(items) => Tree::List(items.iter().map(|item| self.of_value(item, None)).collect()),
            Value::InlineTable(inner) => return self.table(inner, key, span),
        };
        Node { tree, origin: Origin::File { key, value: span } }
    }
}

/// A float keeps its spelling where JSON has one, so that a message can show what was written.
fn float(written: &str) -> Json {
    let plain = written.trim_start_matches('+').replace('_', "");
    match Json::parse(&plain) {
        Ok(number @ (Json::Integer(_) | Json::Number(_))) => number,
        Ok(_) | Err(_) => Json::Text(written.to_owned()),
    }
}
