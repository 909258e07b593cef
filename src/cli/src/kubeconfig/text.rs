//! Changes to a text of YAML that leave all else of it as it was.

use std::ops::Range;

use flashinfra_stacks::json::Json;

use super::{MEND, Refusal};
use crate::parameters::tree::{Node, Origin, Tree};
use crate::parameters::yaml;

/// Puts an item into a list of named items at the top level, in the place of the one of the same name or at the end.
pub(super) fn put(text: &str, list: &str, item: &str, lines: &[String]) -> Result<String, Refusal> {
    let root = yaml::read(text)?;
    let Some(found) = entry(&root, list) else {
        return Ok(after_text(text, &format!("{list}:\n{}", block(lines, ""))));
    };
    let items = items(found);
    let Some(first) = items.first() else {
        // `clusters: []` or nothing: what comes after it on its line stays, as a comment would.
        let block = block(lines, "");
        return Ok(replaced(text, value(text, found), &format!("\n{}", block.trim_end_matches('\n'))));
    };
    in_block_style(text, &bytes(found))?;
    let line = &text[line_start(text, bytes(first).start)..];
    let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
    let block = block(lines, indent);
    match items.iter().find(|other| name(other) == Some(item)) {
        Some(there) => Ok(replaced(text, lines_of(text, there), &block)),
        None => {
            let end = items.last().map_or(bytes(found).end, |last| lines_of(text, last).end);
            let start = if text[..end].ends_with('\n') { "" } else { "\n" };
            Ok(replaced(text, end..end, &format!("{start}{block}")))
        }
    }
}

/// Sets a text at the top level.
pub(super) fn set(text: &str, key: &str, to: &str) -> Result<String, Refusal> {
    let root = yaml::read(text)?;
    let Some(found) = entry(&root, key) else {
        in_block_style(text, &bytes(&root))?;
        return Ok(after_text(text, &format!("{key}: {}\n", scalar(to))));
    };
    let at = value(text, found);
    let space = if at.is_empty() { " " } else { "" };
    Ok(replaced(text, at, &format!("{space}{}", scalar(to))))
}

/// Lines after a text.
pub(super) fn after_text(text: &str, lines: &str) -> String {
    let start = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{start}{lines}")
}

/// Refuses what stands in braces: an entry in lines does not fit there.
pub(super) fn in_block_style(text: &str, at: &Range<usize>) -> Result<(), Refusal> {
    match text.get(at.clone()) {
        Some(value) if value.starts_with(['[', '{']) => {
            let reason = "it is written in braces, as JSON is: write it in lines".into();
            Err(Refusal { reason, span: at.clone(), help: MEND })
        }
        _ => Ok(()),
    }
}

pub(super) fn replaced(text: &str, at: Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..at.start], &text[at.end..])
}

/// Where the value of a key stands; where it would stand, when it has none.
fn value(text: &str, node: &Node) -> Range<usize> {
    match &node.origin {
        Origin::File { key: Some(key), value } if value.is_empty() => {
            let colon = text[key.end..].find(':').map_or(key.end, |colon| key.end + colon + 1);
            colon..colon
        }
        _ => bytes(node),
    }
}

/// The lines of an item of a list, from its dash to the end of its last line.
fn lines_of(text: &str, item: &Node) -> Range<usize> {
    let last = last_byte(item);
    let end = match text[..last].ends_with('\n') {
        // A text in lines of its own ends where the next line begins.
        true => last,
        false => text[last..].find('\n').map_or(text.len(), |newline| last + newline + 1),
    };
    line_start(text, bytes(item).start)..end
}

/// Where the last value inside of a node ends: the end of a block itself is where the next thing begins.
fn last_byte(node: &Node) -> usize {
    let own = match &node.origin {
        Origin::File { key: Some(key), value } if value.is_empty() => key.end,
        _ => bytes(node).end,
    };
    let inside = match &node.tree {
        Tree::Scalar(_) => None,
        Tree::List(items) => items.iter().map(last_byte).max(),
        Tree::Table(entries) => entries.values().map(last_byte).max(),
    };
    inside.unwrap_or(own)
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

pub(super) fn bytes(node: &Node) -> Range<usize> {
    match &node.origin {
        Origin::File { value, .. } => value.clone(),
        Origin::Argument(_) | Origin::Default => 0..0,
    }
}

pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.tree {
        Tree::Table(entries) => entries.get(key),
        Tree::Scalar(_) | Tree::List(_) => None,
    }
}

pub(super) fn items(list: &Node) -> &[Node] {
    match &list.tree {
        Tree::List(items) => items,
        Tree::Scalar(_) | Tree::Table(_) => &[],
    }
}

/// The item of this name in a list at the top level.
pub(super) fn item<'n>(root: &'n Node, list: &str, named: &str) -> Option<&'n Node> {
    items(entry(root, list)?).iter().find(|item| name(item) == Some(named))
}

pub(super) fn name(item: &Node) -> Option<&str> {
    match &entry(item, "name")?.tree {
        Tree::Scalar(Json::Text(name)) => Some(name),
        Tree::Scalar(_) | Tree::List(_) | Tree::Table(_) => None,
    }
}

/// An item of a list, in lines.
fn block(lines: &[String], indent: &str) -> String {
    let line = |(index, line): (usize, &String)| format!("{indent}{} {line}\n", if index == 0 { "-" } else { " " });
    lines.iter().enumerate().map(line).collect()
}

/// A text as YAML has it: as it is where that can be nothing else, else in quotes as in JSON.
pub(super) fn scalar(text: &str) -> String {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "-_./:@=+".contains(character);
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&text.to_lowercase().as_str());
    let starts = text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/') || text.starts_with("--");
    if starts && text.chars().all(is_safe) && !text.ends_with(':') && !is_word {
        return text.to_owned();
    }
    serde_json::Value::from(text).to_string()
}
