//! What a ledger records, as text.

use flashinfra_plans::ledger::by_hand::{ByHand, Stage};
use flashinfra_plans::ledger::{Deposed, Owned, Unanswered};
use flashinfra_plans::{Address, Ledger, Map, Place, Row, Value};

use crate::outputs;
use crate::page::{self, Page};
use crate::text::count;

/// Everything in a ledger: each resource with what was last applied and what the provider computed.
pub(crate) fn whole(ledger: &Ledger, page: &Page) -> String {
    let Ledger { stack, environment, uuid, serial, places, rows, unanswered, outputs, .. } = ledger;
    let name = page.paint.bold(&format!("{stack}/{environment}"));
    let mut text = format!("{name} · serial {serial} · {}\n", count(rows.len(), "resource"));
    text += &page.paint.dim(&format!("stack {uuid}"));
    text.push('\n');
    for (provider, place) in places {
        text += &page.paint.dim(&format!("provider {provider} in {}", told(place)));
        text.push('\n');
    }
    for (address, row) in rows {
        text += &format!("\n{}", short(address, row, page));
    }
    if !unanswered.is_empty() {
        text += &format!("\n{}\n", page.paint.bold("Creates that were not answered, whose objects may show up late"));
        for ((address, generation), Unanswered { provider, .. }) in unanswered {
            text += &format!("  {address} (generation {generation}, in {provider})\n");
        }
    }
    if !outputs.is_empty() {
        text += &format!("\n{}\n{}", page.paint.bold("Outputs"), outputs::table(outputs, page.paint));
    }
    text
}

/// What one row says, on as few lines as hold it.
fn short(address: &Address, row: &Row, page: &Page) -> String {
    let Row { current, deposed, applied, computed, depends_on, .. } = row;
    let object = current.as_ref().map_or("no current object", |owned| owned.id.as_str());
    let facts = facts(row);
    let facts = if facts.is_empty() { String::new() } else { page.paint.dim(&format!("  {}", facts.join(", "))) };
    let mut text = format!("{}  {object}{facts}\n", page.paint.bold(address.as_str()));
    deposed.iter().for_each(|old| text += &format!("  to delete: {}\n", to_delete(old)));
    if !depends_on.is_empty() {
        let others = depends_on.iter().map(Address::as_str).collect::<Vec<_>>().join(", ");
        text += &page.paint.dim(page.wrapped(2, &format!("depends on {others}")).trim_end());
        text.push('\n');
    }
    let names = applied.iter().chain(computed).map(|(name, _)| name.as_str());
    let column = page::column(names);
    text + &attributes(applied, 2, column, page, false) + &attributes(computed, 2, column, page, true)
}

/// Whatever is not as usual about a row.
pub(crate) fn facts(row: &Row) -> Vec<String> {
    let facts = [(row.protect, "protected"), (row.retain, "retained"), (row.recovered, "recovered")];
    let mut facts: Vec<String> = facts.iter().filter(|(holds, _)| *holds).map(|(_, what)| (*what).to_owned()).collect();
    if !row.deposed.is_empty() {
        facts.push(format!("{} left to delete", row.deposed.len()));
    }
    facts
}

/// All that is recorded of one address.
pub(crate) fn in_full(address: &Address, row: &Row, by_hand: &[ByHand], page: &Page) -> String {
    let Row {
        provider,
        schema_version,
        current,
        deposed,
        generation,
        applied,
        computed,
        depends_on,
        protect,
        retain,
        recovered,
        at,
    } = row;
    let mut text = format!("{}\n", page.paint.bold(address.as_str()));
    let mut fact = |name: &str, value: String| text += &format!("  {name:<12} {value}\n");
    fact("object", current.as_ref().map_or("none".to_owned(), object));
    deposed.iter().for_each(|old| fact("to delete", to_delete(old)));
    fact("provider", format!("{provider} (schema version {schema_version})"));
    fact("generation", generation.to_string());
    fact("protected", if *protect { "yes" } else { "no" }.to_owned());
    if *retain {
        fact("retained", "yes: forgotten instead of deleted once it is no longer declared".to_owned());
    }
    if *recovered {
        fact("recovered", "yes: what it was last applied with is not known".to_owned());
    }
    by_hand.iter().for_each(|noted| match noted.stage {
        Stage::Done => fact("by hand", noted.told()),
        Stage::Begun => fact("by hand", format!("{} (begun; the next plan tells what came of it)", noted.told())),
    });
    depends_on.iter().for_each(|other| fact("depends on", other.to_string()));
    at.iter().for_each(|at| fact("declared at", at.to_string()));
    for (title, attributes) in [("last applied", applied), ("computed by the provider", computed)] {
        if !attributes.is_empty() {
            text += &format!("\n  {}\n", page.paint.dim(title));
        }
        let column = page::column(attributes.iter().map(|(name, _)| name.as_str()));
        text += &self::attributes(attributes, 4, column, page, false);
    }
    text
}

fn object(owned: &Owned) -> String {
    let ready = if owned.ready { "" } else { ", never became ready" };
    format!("{} (generation {}{ready})", owned.id, owned.generation)
}

fn to_delete(Deposed { object: owned, depends_on }: &Deposed) -> String {
    let on = depends_on.iter().map(Address::as_str).collect::<Vec<_>>().join(", ");
    let on = if on.is_empty() { on } else { format!(", depends on {on}") };
    format!("{}{on}", object(owned))
}

fn told(place: &Place) -> String {
    [place.scope.as_str(), place.region.as_str()].join(" ").trim_end().to_owned()
}

/// Names on the left, values on the right.
fn attributes(attributes: &Map, indent: usize, column: usize, page: &Page, is_dim: bool) -> String {
    let mut text = String::new();
    for (name, value) in attributes {
        let room = page.width.saturating_sub(indent + column + 2);
        let margin = " ".repeat(indent + 2);
        let lines: Vec<String> = match opened(value, page.width.saturating_sub(indent + 2)) {
            Some(lines) if outputs::line(value).chars().count() > room => {
                let inside = lines.into_iter().map(|line| format!("{margin}{line}"));
                std::iter::once(format!("{:indent$}{name}", "")).chain(inside).collect()
            }
            // What is long and cannot be opened stays whole, for who copies it.
            _ => vec![format!("{:indent$}{name:column$}  {}", "", outputs::line(value))],
        };
        for line in lines {
            text += &if is_dim { page.paint.dim(&line) } else { line };
            text.push('\n');
        }
    }
    text
}

/// What is in a list or map, one entry a line, those that do not fit opened in turn; none for what holds nothing.
fn opened(value: &Value, width: usize) -> Option<Vec<String>> {
    let entries: Vec<(String, &Value)> = match value {
        Value::List(entries) => entries.iter().map(|entry| ("- ".to_owned(), entry)).collect(),
        Value::Map(map) => map.iter().map(|(name, value)| (format!("{name}: "), value)).collect(),
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Text(_)
        | Value::Expression(_)
        | Value::Secret(_)
        | Value::Unknown => return None,
    };
    let lines = entries.into_iter().flat_map(|(head, value)| {
        let line = outputs::line(value);
        let fits = head.chars().count() + line.chars().count() <= width;
        match opened(value, width.saturating_sub(2)).filter(|_| !fits) {
            Some(inside) => {
                let inside = inside.into_iter().map(|line| format!("  {line}"));
                std::iter::once(head.trim_end().to_owned()).chain(inside).collect()
            }
            None => vec![format!("{head}{line}")],
        }
    });
    Some(lines.collect())
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;
    use flashinfra_plans::value::Secret;

    use super::*;
    use crate::paint::Paint;

    #[test]
    fn a_whole_ledger_reads_well_and_shows_no_secret() {
        let mut ledger = Ledger::new("shop".into(), "test".into(), "a-uuid".into());
        ledger.serial = 3;
        let rule =
            |port: i64| Value::Map(map! { "port" => port, "cidr" => "10.0.0.0/16", "about" => "from the network" });
        let password = Value::Secret(Box::new(Secret::Env { name: "PASSWORD".into(), version: 2 }));
        let row = Row {
            provider: "test".into(),
            schema_version: 1,
            current: Some(Owned { id: "sg-1".into(), generation: 1, ready: true }),
            deposed: vec![Deposed {
                object: Owned { id: "sg-0".into(), generation: 1, ready: true },
                depends_on: vec![Address::parse("test.network/old").unwrap()],
            }],
            generation: 2,
            applied: map! {
                "name" => "web",
                "password" => password,
                "rules" => Value::List(vec![rule(443), rule(80)].into()),
            },
            computed: map! { "arn" => "arn:test:sg-1" },
            depends_on: vec![Address::parse("test.network/main").unwrap()],
            protect: true,
            retain: false,
            recovered: false,
            at: None,
        };
        ledger.rows.insert(Address::parse("test.firewall/web").unwrap(), row);
        ledger.outputs.insert("url".into(), "http://web".into());
        let page = Page { paint: Paint::new(false), width: 80 };
        let expected = "\
shop/test · serial 3 · 1 resource
stack a-uuid

test.firewall/web  sg-1  protected, 1 left to delete
  to delete: sg-0 (generation 1), depends on test.network/old
  depends on test.network/main
  name      web
  password  (secret env PASSWORD version 2)
  rules
    - {\"about\":\"from the network\",\"cidr\":\"10.0.0.0/16\",\"port\":443}
    - {\"about\":\"from the network\",\"cidr\":\"10.0.0.0/16\",\"port\":80}
  arn       arn:test:sg-1

Outputs
  url  http://web
";
        assert_eq!(whole(&ledger, &page), expected);
        let narrow = Page { width: 40, ..page };
        let text = whole(&ledger, &narrow);
        assert!(
            text.contains("    -\n      about: from the network\n      cidr: 10.0.0.0/16\n      port: 443\n"),
            "{text}"
        );
    }
}
