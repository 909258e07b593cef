//! Attributes in aligned rows: before and after, or what a new object gets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use flashinfra_stacks::schema::{Container, Element, Schema, SetBy, Shape};

use super::change::INSIDE;
use super::nested::{self, Edit, Leaf};
use super::text::{Line, Page, Tone, fit, length, pieces, visible};
use super::values::{block, holds_json, inline, opened};
use super::words;
use crate::plan::{Act, AttributeChange, Change, Note, OutputChange, Plan, Step};
use crate::value::{Address, Map, Value};

/// Longer names stand out of the column instead of pushing all values to the right.
const NAME_MAX: usize = 28;
/// How many lines of one difference are shown unless everything is.
const EDITS_MAX: usize = 8;
/// How many lines a new object's attributes get unless everything is shown.
const FLOW_LINES_MAX: usize = 3;
/// How much stays beside the part in which two long texts differ.
const CONTEXT: usize = 8;
const UNSET: &str = "(unset)";

/// The inputs of what makes each address: they know where a value comes from that is known only after apply.
pub(super) struct Makers<'a>(BTreeMap<&'a Address, &'a Map>);

impl<'a> Makers<'a> {
    pub(super) fn of(plan: &'a Plan) -> Self {
        let makes = |step: &&Step| match step.act {
            Act::Create | Act::Update | Act::Record => true,
            Act::Delete | Act::UnguardDouble | Act::DeleteDouble | Act::Forget | Act::Move(_) => false,
        };
        Self(plan.steps.iter().filter(makes).map(|step| (&step.address, &step.inputs)).collect())
    }

    /// A change's attributes, with references where a value is known only later.
    pub(super) fn told<'c>(&self, change: &'c Change) -> Cow<'c, [AttributeChange]> {
        let is_unknown = |attribute: &AttributeChange| attribute.after.as_ref().is_some_and(has_unknown);
        let Some(inputs) = self.0.get(&change.address).filter(|_| change.attributes.iter().any(is_unknown)) else {
            return Cow::Borrowed(&change.attributes);
        };
        let told = |attribute: &AttributeChange| {
            let input = inputs.at(&attribute.path);
            let after = attribute.after.as_ref().map(|after| known(after, input).clone());
            AttributeChange { after, ..attribute.clone() }
        };
        Cow::Owned(change.attributes.iter().map(told).collect())
    }
}

/// Where a value comes from, when it is known only later.
fn known<'v>(value: &'v Value, source: Option<&'v Value>) -> &'v Value {
    source.filter(|_| has_unknown(value)).unwrap_or(value)
}

fn has_unknown(value: &Value) -> bool {
    match value {
        Value::Unknown => true,
        Value::List(entries) => entries.iter().any(has_unknown),
        Value::Map(map) => map.iter().any(|(_, value)| has_unknown(value)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) => false,
        Value::Expression(_) | Value::Secret(_) => false,
    }
}

/// Rows with names in a column.
pub(super) struct Rows {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    shown: Shown,
    remark: String,
    tone: Tone,
}

enum Shown {
    One(String),
    /// Before and after, and whether both are texts, of which the middle can say enough.
    Pair(String, String, bool),
    Edits(Vec<Edit>),
    /// A document, line by line.
    Block(Vec<String>),
    /// What differs inside, by paths from here on.
    Inside(Rows),
}

impl Rows {
    /// What changes about an object.
    pub(super) fn of_changes(attributes: &[AttributeChange], page: &Page) -> Self {
        let mut rows = Vec::new();
        for attribute in attributes {
            let (remark, tone) = remark(attribute);
            let name = visible(&attribute.path);
            let shown = match (&attribute.before, &attribute.after) {
                (Some(before), Some(after)) => inside(before, after, page),
                (before, after) => one_sided(before.as_ref(), after.as_ref(), attribute),
            };
            rows.push(Row { name, shown, remark, tone });
        }
        Self { rows }
    }

    /// What is published.
    pub(super) fn of_outputs(outputs: &[OutputChange], page: &Page) -> Self {
        let row = |output: &OutputChange| {
            let OutputChange { name, before, after, value } = output;
            let after = &after.as_ref().map(|after| known(after, value.as_ref()).clone());
            let (shown, remark) = match (before, after) {
                (Some(before), Some(after)) => {
                    (shown(Leaf::Value(Some(before.clone()), Some(after.clone())), page), "")
                }
                (None, Some(after)) => (Shown::One(inline(after)), "new"),
                (Some(before), None) => (Shown::One(inline(before)), "no longer published"),
                (None, None) => (Shown::One(UNSET.into()), ""),
            };
            Row { name: visible(name), shown, remark: remark.into(), tone: Tone::Dim }
        };
        Self { rows: outputs.iter().map(row).collect() }
    }

    /// What a new object gets, several attributes on a line: the required ones first, tags last.
    pub(super) fn flow(attributes: &[AttributeChange], schema: Option<&Schema>, page: &mut Page) {
        let rank = |attribute: &AttributeChange| {
            let place =
                schema.and_then(|schema| schema.attributes.iter().position(|known| known.name == *attribute.path));
            let known = schema.and_then(|schema| schema.attribute(&attribute.path));
            let is_required = known.is_some_and(|known| known.set_by == SetBy::Required);
            // What no schema knows comes last.
            (attribute.path.starts_with("tags"), !is_required, place.unwrap_or(usize::MAX))
        };
        let mut set: Vec<_> = attributes.iter().filter(|attribute| attribute.after.is_some()).collect();
        set.sort_by_key(|attribute| rank(attribute));
        if page.verbose {
            let is_document = |attribute: &AttributeChange| {
                let known = schema.and_then(|schema| schema.attribute(&attribute.path));
                let is_whole = |shape: &Shape| shape.container == Container::One;
                known.is_some_and(|known| is_whole(&known.shape) && matches!(known.shape.element, Element::Document(_)))
            };
            let rows = set.into_iter().map(|attribute| {
                let note = attribute.note.as_ref().and_then(words::note);
                let is_json =
                    attribute.after.as_ref().is_some_and(|value| holds_json(value) && opened(value).is_some());
                Row {
                    name: visible(&attribute.path),
                    shown: match &attribute.after {
                        Some(value) if is_document(attribute) || holds_json(value) => Shown::Block(block(value)),
                        value => Shown::One(value.as_ref().map(inline).unwrap_or_default()),
                    },
                    remark: note.or_else(|| is_json.then(|| "JSON".to_owned())).unwrap_or_default(),
                    tone: Tone::Dim,
                }
            });
            return Self { rows: rows.collect() }.write(INSIDE, page);
        }
        let pairs: Vec<_> = set
            .into_iter()
            .map(|attribute| {
                let value = attribute.after.as_ref().map(inline).unwrap_or_default();
                // What no definition vouches for, and what nobody declares, is said to be so however short the plan is told.
                let mark = match &attribute.note {
                    Some(note @ (Note::Raw | Note::ByService)) => words::note(note).map(|note| format!(" ({note})")),
                    Some(_) | None => None,
                };
                (format!("{}{}", visible(&attribute.path), mark.unwrap_or_default()), value)
            })
            .collect();
        write_flow(&pairs, page);
    }

    pub(super) fn write(self, indent: usize, page: &mut Page) {
        let lengths = self.rows.iter().map(|row| length(&row.name));
        let column = lengths.filter(|&length| length <= NAME_MAX).max().unwrap_or(0);
        for row in self.rows {
            row.write(indent, column, page);
        }
    }
}

impl Row {
    fn write(self, indent: usize, column: usize, page: &mut Page) {
        let Self { name, shown, remark, tone } = self;
        let values = indent + column.max(length(&name).min(NAME_MAX)) + 2;
        let (width, verbose) = (page.width, page.verbose);
        let taken = if remark.is_empty() { 0 } else { length(&remark) + 2 };
        let room = width.saturating_sub(values.max(indent + length(&name) + 2) + taken).max(16);
        let below = width.saturating_sub(values).max(16);
        let line = page.line().space(indent).plain(&name).to(values, 2);
        match shown {
            Shown::One(text) if verbose => {
                let mut parts = pieces(&text, room).into_iter();
                let mut line = line.plain(&parts.next().unwrap_or_default()).right(tone, &remark);
                for part in parts {
                    line = line.space(values).plain(&part).next();
                }
            }
            Shown::One(text) => {
                line.plain(&fit(&text, room)).right(tone, &remark);
            }
            Shown::Pair(before, after, are_texts) => {
                let cuts = are_texts && !verbose;
                let (before, after) = if cuts { contrast(before, after, room) } else { (before, after) };
                if length(&before) + length(&after) + 3 <= room {
                    line.plain(&before).tone(Tone::Dim, " → ").plain(&after).right(tone, &remark);
                } else {
                    write_below(line, &before, &after, (values, room, below), (tone, &remark), verbose);
                }
            }
            Shown::Edits(edits) => {
                let line = if remark.is_empty() { line } else { line.right(tone, &remark).space(values) };
                write_edits(line, &edits, values, below, verbose);
            }
            Shown::Block(lines) => {
                line.right(tone, &remark);
                let (indent, room) = (indent + 2, width.saturating_sub(indent + 2).max(16));
                for text in lines {
                    let body = text.trim_start_matches(' ');
                    let lead = text.len() - body.len();
                    for (index, piece) in pieces(body, room.saturating_sub(lead + 2).max(16)).iter().enumerate() {
                        let hang = if index == 0 { lead } else { lead + 2 };
                        page.line().space(indent + hang).plain(piece).end();
                    }
                }
            }
            Shown::Inside(rows) => {
                line.right(tone, &remark);
                rows.write(indent + 2, page);
            }
        }
    }
}

/// What comes under what goes. A remark for which there is no room beside the first line stands beside the last one, not between the two.
fn write_below(
    line: Line<'_>,
    before: &str,
    after: &str,
    (column, room, below): (usize, usize, usize),
    (tone, remark): (Tone, &str),
    verbose: bool,
) {
    let cut = |text: &str, room| if verbose { pieces(text, room) } else { vec![fit(text, room)] };
    let mut olds = cut(before, room).into_iter();
    let line = line.plain(&olds.next().unwrap_or_default());
    let (beside, after_all) = if length(remark) <= line.left() { (remark, "") } else { ("", remark) };
    let mut line = line.right(tone, beside);
    for old in olds {
        line = line.space(column).plain(&old).next();
    }
    let news = cut(after, below);
    for (index, new) in news.iter().enumerate() {
        let mark = if index == 0 { "→ " } else { "" };
        let remark = if index + 1 == news.len() { after_all } else { "" };
        line = line.to(column.saturating_sub(2), 0).tone(Tone::Dim, mark).to(column, 0).plain(new).right(tone, remark);
    }
}

fn write_edits(line: Line<'_>, edits: &[Edit], column: usize, room: usize, verbose: bool) {
    let shown = if verbose || edits.len() <= EDITS_MAX + 1 { edits.len() } else { EDITS_MAX };
    let mut line = line;
    for (index, edit) in edits[..shown].iter().enumerate() {
        if index > 0 {
            line = line.next().space(column);
        }
        let cut = |text: &str| fit(text, room.saturating_sub(2));
        line = match edit {
            Edit::Removed(text) => line.tone(Tone::Red, "- ").plain(&cut(text)),
            Edit::Added(text) => line.tone(Tone::Green, "+ ").plain(&cut(text)),
            Edit::Same(count) => line.tone(Tone::Dim, &format!("  … {count} the same")),
        };
    }
    if shown < edits.len() {
        line = line.next().space(column).tone(Tone::Dim, &format!("… {} lines more", edits.len() - shown));
    }
    line.end();
}

/// `name: value` pairs, as many on a line as fit.
fn write_flow(pairs: &[(String, String)], page: &mut Page) {
    let room = page.width.saturating_sub(INSIDE);
    let mut lines: Vec<Vec<&(String, String)>> = Vec::new();
    let mut used = 0;
    for pair in pairs {
        let takes = length(&pair.0) + 2 + length(&pair.1);
        match lines.last_mut() {
            Some(line) if used + 3 + takes <= room => {
                line.push(pair);
                used += 3 + takes;
            }
            _ => {
                lines.push(vec![pair]);
                used = takes;
            }
        }
    }
    let shown = if lines.len() <= FLOW_LINES_MAX { lines.len() } else { FLOW_LINES_MAX - 1 };
    for pairs in &lines[..shown] {
        let mut line = page.line().space(INSIDE);
        for (index, (name, value)) in pairs.iter().enumerate() {
            line = if index > 0 { line.tone(Tone::Dim, " · ") } else { line };
            line = line.tone(Tone::Dim, &format!("{name}: ")).plain(&fit(value, room.saturating_sub(length(name) + 2)));
        }
        line.end();
    }
    let hidden: Vec<_> = lines[shown..].iter().flatten().map(|(name, _)| name.as_str()).collect();
    if !hidden.is_empty() {
        let names = fit(&hidden.join(", "), room.saturating_sub(4));
        page.line().space(INSIDE).tone(Tone::Dim, &format!("and {names}")).end();
    }
}

fn remark(attribute: &AttributeChange) -> (String, Tone) {
    let note = attribute.note.as_ref().and_then(words::note);
    match (attribute.forces_replacement, note) {
        (true, None) => ("forces replacement".into(), Tone::Red),
        (true, Some(note)) => (format!("forces replacement, {note}"), Tone::Red),
        (false, note) => (note.unwrap_or_default(), Tone::Dim),
    }
}

/// An attribute that has a value on one side only.
fn one_sided(before: Option<&Value>, after: Option<&Value>, attribute: &AttributeChange) -> Shown {
    match (before, after, &attribute.note) {
        // Its value stays; what changes is that it is nobody's.
        (Some(value), None, Some(Note::Released)) => Shown::One(inline(value)),
        (before, after, _) => {
            let text = |value: Option<&Value>| value.map_or_else(|| UNSET.into(), inline);
            Shown::Pair(text(before), text(after), false)
        }
    }
}

/// A value in place of another; when they are documents, what differs inside.
fn inside(before: &Value, after: &Value, page: &Page) -> Shown {
    let mut rows = Vec::new();
    nested::each("", before, after, &mut |path, leaf| {
        let name = path.trim_start_matches('.').to_owned();
        rows.push(Row { name, shown: shown(leaf, page), remark: String::new(), tone: Tone::Dim });
    });
    match rows.pop() {
        Some(Row { name, shown, .. }) if rows.is_empty() && name.is_empty() => shown,
        last => {
            rows.extend(last);
            Shown::Inside(Rows { rows })
        }
    }
}

fn shown(leaf: Leaf, page: &Page) -> Shown {
    match leaf {
        Leaf::Value(Some(before), Some(after)) if before == after => Shown::One(inline(&after)),
        Leaf::Value(before, after) => {
            let are_texts = matches!((&before, &after), (Some(Value::Text(_)), Some(Value::Text(_))));
            let text = |value: Option<Value>| value.as_ref().map_or_else(|| UNSET.into(), inline);
            Shown::Pair(text(before), text(after), are_texts)
        }
        Leaf::Edits(edits) if page.verbose => Shown::Edits(edits),
        Leaf::Edits(mut edits) => {
            // What stays before and after what changes is not what anybody looks for.
            while matches!(edits.last(), Some(Edit::Same(_))) {
                edits.pop();
            }
            if matches!(edits.first(), Some(Edit::Same(_))) {
                edits.remove(0);
            }
            Shown::Edits(edits)
        }
    }
}

/// Two long texts, cut down to where they differ.
fn contrast(before: String, after: String, room: usize) -> (String, String) {
    if length(&before) + length(&after) + 3 <= room {
        return (before, after);
    }
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let cut = |text: &[char]| {
        let from = if start > CONTEXT + 1 { start - CONTEXT } else { 0 };
        let to = if end > CONTEXT + 1 { text.len() - end + CONTEXT } else { text.len() };
        let middle: String = text[from..to].iter().collect();
        let (head, tail) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
        let middle = if from > 0 { middle.trim_start() } else { &middle };
        format!("{head}{middle}{tail}")
    };
    (cut(&old), cut(&new))
}
