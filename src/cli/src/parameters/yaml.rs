//! YAML 1.2 (and so JSON), with the place of every key and value.
//!
//! Plain scalars are what the core schema says, so `no` is text. Tags, merge keys and several documents are refused; anchors are
//! followed, up to a number of values that no honest file reaches.

use std::collections::BTreeMap;
use std::ops::Range;

use flashinfra_stacks::json::Json;
use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::malformed::Malformed;
use super::tree::{Node, Origin, Tree};

/// How many values a file may have once its aliases are followed: it keeps a few lines from standing for a billion.
const VALUES_MAX: usize = 100_000;

/// How deep lists and tables may nest; what the stack program accepts.
const DEPTH_MAX: usize = flashinfra_stacks::json::DEPTH_MAX;

/// Reads a YAML document. An empty one is an empty table.
pub(crate) fn read(text: &str) -> Result<Node, Malformed> {
    let mut reader = Reader { events: Parser::new_from_str(text), anchors: BTreeMap::new(), values: 0 };
    let mut root = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            _ if root.is_some() => return Err(malformed("a second document begins: keep one", bytes(span))),
            event => root = Some(reader.node(event, span, None, 0)?),
        }
    }
    match root {
        None | Some(Node { tree: Tree::Scalar(Json::Null), .. }) => Ok(Node::empty()),
        Some(root) => Ok(root),
    }
}

struct Reader<'text> {
    events: Parser<'text, StrInput<'text>>,
    /// What an alias stands for, by the number of its anchor, and how many values it is.
    anchors: BTreeMap<usize, (Node, usize)>,
    values: usize,
}

impl<'text> Reader<'text> {
    /// The next event that is no comment.
    fn next(&mut self) -> Result<(Event<'text>, Span), Malformed> {
        loop {
            match self.events.next() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(event)) => return Ok(event),
                Some(Err(error)) => {
                    let at = error.marker().byte_offset().unwrap_or(0);
                    return Err(malformed(error.kind().to_string(), at..at));
                }
                None => return Ok((Event::StreamEnd, Span::default())),
            }
        }
    }

    /// Reads the value that begins with this event.
    fn node(
        &mut self,
        event: Event<'text>,
        span: Span,
        key: Option<Range<usize>>,
        depth: usize,
    ) -> Result<Node, Malformed> {
        let start = bytes(span);
        if depth > DEPTH_MAX {
            return Err(malformed("it nests too deep", start));
        }
        let before = self.values;
        self.count(1, &start)?;
        let (tree, anchor, end) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                (Tree::Scalar(scalar(&text, style, tag.as_deref(), &start)?), anchor, start.end)
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), "seq", &start)?;
                let (items, end) = self.list(depth)?;
                (Tree::List(items), anchor, end)
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_tag(tag.as_deref(), "map", &start)?;
                let (entries, end) = self.table(depth)?;
                (Tree::Table(entries), anchor, end)
            }
            Event::Alias(anchor) => {
                let Some((node, values)) = self.anchors.get(&anchor).cloned() else {
                    return Err(malformed("an alias stands inside its own anchor", start));
                };
                self.count(values, &start)?;
                // The place of an alias is where it is used; the places inside are those of the anchor.
                return Ok(Node { origin: Origin::File { key, value: start }, ..node });
            }
            other => return Err(malformed(format!("a value is expected, not {other:?}"), start)),
        };
        let node = Node { tree, origin: Origin::File { key, value: start.start..end } };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), self.values - before));
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<(Vec<Node>, usize), Malformed> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, span) => return Ok((items, bytes(span).end)),
                (event, span) => items.push(self.node(event, span, None, depth + 1)?),
            }
        }
    }

    fn table(&mut self, depth: usize) -> Result<(BTreeMap<String, Node>, usize), Malformed> {
        let mut entries = BTreeMap::new();
        loop {
            let (key, key_span) = match self.next()? {
                (Event::MappingEnd, span) => return Ok((entries, bytes(span).end)),
                (Event::Scalar(key, _, _, _), span) => (key.into_owned(), bytes(span)),
                (_, span) => return Err(malformed("a key must be text", bytes(span))),
            };
            if key == "<<" {
                return Err(malformed("merge keys are no part of YAML 1.2: repeat the keys", key_span));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, Some(key_span.clone()), depth + 1)?;
            if entries.insert(key, value).is_some() {
                return Err(malformed("this key stands twice in its table", key_span));
            }
        }
    }

    fn count(&mut self, values: usize, at: &Range<usize>) -> Result<(), Malformed> {
        self.values += values;
        if self.values > VALUES_MAX {
            Err(malformed("its aliases stand for too many values", at.clone()))
        } else {
            Ok(())
        }
    }
}

/// The value of a scalar by the core schema.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>, at: &Range<usize>) -> Result<Json, Malformed> {
    refuse_tag(tag, "str", at)?;
    if style != ScalarStyle::Plain || tag.is_some() {
        return Ok(Json::Text(text.to_owned()));
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Json::Null,
        "true" | "True" | "TRUE" => Json::Bool(true),
        "false" | "False" | "FALSE" => Json::Bool(false),
        other => number(other).unwrap_or_else(|| Json::Text(other.to_owned())),
    })
}

/// A number as JSON spells it. What other readers of YAML disagree about (`007`, `.5`, `1_000`) stays text: a stack that
/// wants a number refuses it, and one that wants text gets what was written.
fn number(text: &str) -> Option<Json> {
    let radix = |digits: &str, radix| {
        // `from_str_radix` alone would take a sign.
        let all_digits = digits.chars().all(|digit| digit.is_digit(radix));
        i64::from_str_radix(digits, radix).ok().filter(|_| all_digits).map(Json::Integer)
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return radix(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return radix(digits, 8);
    }
    match Json::parse(text.strip_prefix('+').unwrap_or(text)) {
        Ok(number @ (Json::Integer(_) | Json::Number(_))) => Some(number),
        Ok(_) | Err(_) => None,
    }
}

/// Lets pass no tag, and the one that says what is there anyway.
fn refuse_tag(tag: Option<&Tag>, expected: &str, at: &Range<usize>) -> Result<(), Malformed> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(expected) => {
            Err(malformed(format!("the tag {} is not supported here", tag.original()), at.clone()))
        }
        Some(_) | None => Ok(()),
    }
}

fn malformed(reason: impl Into<String>, span: Range<usize>) -> Malformed {
    Malformed { reason: reason.into(), span }
}

fn bytes(span: Span) -> Range<usize> {
    span.byte_range().unwrap_or(0..0)
}
