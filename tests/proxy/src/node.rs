//! A reply as a tree, XML or JSON, with the few moves that rewriting needs.
//!
//! A path is the names of fields from the top, separated by slashes; an empty path is the node itself. In XML the root
//! element's own name does not count, since it only repeats the operation.

mod xml;

use serde_json::Value;

pub(crate) use xml::Element;

/// A reply, or an object in one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// An XML element.
    Xml(Element),
    /// A JSON value.
    Json(Value),
}

/// How a reply is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// XML.
    Xml,
    /// JSON.
    Json,
}

impl Node {
    /// Reads a body; none when it is not what the format says (a stand-in's HTML error page, say).
    pub(crate) fn read(format: Format, body: &[u8]) -> Option<Self> {
        match format {
            Format::Xml => Element::read(std::str::from_utf8(body).ok()?).map(Self::Xml),
            Format::Json => serde_json::from_slice(body).ok().map(Self::Json),
        }
    }

    /// A reply that says nothing.
    pub(crate) fn empty(format: Format) -> Self {
        match format {
            Format::Xml => Self::Xml(Element::default()),
            Format::Json => Self::Json(Value::Object(serde_json::Map::new())),
        }
    }

    /// The body of a reply.
    pub(crate) fn write(&self) -> Vec<u8> {
        match self {
            Self::Xml(element) => element.document(),
            Self::Json(value) => value.to_string().into_bytes(),
        }
    }

    /// The text at a path; none when there is nothing there or something with parts.
    pub(crate) fn text(&self, path: &str) -> Option<String> {
        match self {
            Self::Xml(element) => element.at(path)?.text(),
            Self::Json(value) => match at(value, path)? {
                Value::String(text) => Some(text.clone()),
                Value::Bool(flag) => Some(flag.to_string()),
                Value::Number(number) => Some(number.to_string()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
            },
        }
    }

    /// Whether this text stands anywhere in the field of this name, at any depth.
    pub(crate) fn any(&self, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Self::Xml(element) => element.any(field, matches),
            Self::Json(value) => any(value, field, matches),
        }
    }

    /// Replaces a text that is there already.
    pub(crate) fn replace(&mut self, path: &str, text: &str) {
        if self.text(path).is_some() {
            self.put(path, text);
        }
    }

    /// Writes a text, in a field that is made when it is missing; what holds the field must be there.
    pub(crate) fn put(&mut self, path: &str, text: &str) {
        let (holder, field) = split(path);
        match self {
            Self::Xml(element) => {
                if let Some(holder) = element.at_mut(holder) {
                    holder.put(field, text);
                }
            }
            Self::Json(value) => {
                if let Some(Value::Object(fields)) = at_mut(value, holder) {
                    fields.insert(field.to_owned(), text.into());
                }
            }
        }
    }

    /// Writes a yes or no, likewise.
    pub(crate) fn put_flag(&mut self, path: &str, flag: bool) {
        match self {
            Self::Xml(_) => self.put(path, if flag { "true" } else { "false" }),
            Self::Json(value) => {
                let (holder, field) = split(path);
                if let Some(Value::Object(fields)) = at_mut(value, holder) {
                    fields.insert(field.to_owned(), flag.into());
                }
            }
        }
    }

    /// Takes a field out; none when it is not there.
    pub(crate) fn detach(&mut self, path: &str) -> Option<Self> {
        let (holder, field) = split(path);
        match self {
            Self::Xml(element) => element.at_mut(holder)?.detach(field).map(Self::Xml),
            Self::Json(value) => match at_mut(value, holder)? {
                Value::Object(fields) => fields.remove(field).map(Self::Json),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
            },
        }
    }

    /// Puts back what was taken out.
    pub(crate) fn attach(&mut self, path: &str, part: Self) {
        let (holder, field) = split(path);
        match (self, part) {
            (Self::Xml(element), Self::Xml(part)) => {
                if let Some(holder) = element.at_mut(holder) {
                    holder.attach(part);
                }
            }
            (Self::Json(value), Self::Json(part)) => {
                if let Some(Value::Object(fields)) = at_mut(value, holder) {
                    fields.insert(field.to_owned(), part);
                }
            }
            (Self::Xml(_), Self::Json(_)) | (Self::Json(_), Self::Xml(_)) => {}
        }
    }

    /// Takes the items out of a list and leaves it empty; none when there is no list.
    pub(crate) fn take_items(&mut self, path: &str) -> Option<Vec<Self>> {
        match self {
            Self::Xml(element) => Some(element.at_mut(path)?.take_items().into_iter().map(Self::Xml).collect()),
            Self::Json(value) => match at_mut(value, path)? {
                Value::Array(items) => Some(std::mem::take(items).into_iter().map(Self::Json).collect()),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => None,
            },
        }
    }

    /// Puts items at the end of a list that is there.
    pub(crate) fn put_items(&mut self, path: &str, items: Vec<Self>) {
        for item in items {
            match (&mut *self, item) {
                (Self::Xml(element), Self::Xml(item)) => {
                    if let Some(list) = element.at_mut(path) {
                        list.attach(item);
                    }
                }
                (Self::Json(value), Self::Json(item)) => {
                    if let Some(Value::Array(list)) = at_mut(value, path) {
                        list.push(item);
                    }
                }
                (Self::Xml(_), Self::Json(_)) | (Self::Json(_), Self::Xml(_)) => {}
            }
        }
    }
}

/// What holds a field, and the field's name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|step| !step.is_empty())
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path).try_fold(value, |value, step| value.get(step))
}

fn at_mut<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    steps(path).try_fold(value, |value, step| value.get_mut(step))
}

fn any(value: &Value, field: &str, matches: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Array(items) => items.iter().any(|item| any(item, field, matches)),
        Value::Object(fields) => fields.iter().any(|(name, value)| {
            let here = name == field && value.as_str().is_some_and(matches);
            here || any(value, field, matches)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Node};

    const XML: &str = "<?xml version=\"1.0\"?>\n<R xmlns=\"http://x/\"><set><item><id>a</id><state>available</state></item>\
                       <item><id>b &amp; &#99;</id></item></set><requestId>r</requestId></R>";
    const JSON: &str =
        r#"{"set":[{"id":"a","state":"available"},{"id":"b & c"}],"requestId":"r","n":1.5,"more":false}"#;

    fn both() -> [Node; 2] {
        [(Format::Xml, XML), (Format::Json, JSON)].map(|(format, text)| Node::read(format, text.as_bytes()).unwrap())
    }

    fn again(node: &Node) -> Node {
        let format = if matches!(node, Node::Xml(_)) { Format::Xml } else { Format::Json };
        Node::read(format, &node.write()).unwrap()
    }

    #[test]
    fn a_reply_survives_reading_and_writing() {
        for node in both() {
            assert_eq!(again(&node), node);
            assert_eq!(node.text("requestId").as_deref(), Some("r"));
        }
        let xml = Node::read(Format::Xml, XML.as_bytes()).unwrap();
        let text = String::from_utf8(xml.write()).unwrap();
        assert!(text.contains("<R xmlns=\"http://x/\">") && text.contains("b &amp; c"), "{text}");
    }

    #[test]
    fn lists_are_taken_apart_and_put_together() {
        for mut node in both() {
            let whole = node.clone();
            let mut items = node.take_items("set").unwrap();
            assert_eq!(items.iter().map(|item| item.text("id").unwrap()).collect::<Vec<_>>(), ["a", "b & c"]);
            assert_eq!(again(&node).take_items("set"), Some(Vec::new()));
            items[0].replace("state", "pending");
            items[1].replace("state", "pending");
            node.put_items("set", items);
            let items = again(&node).take_items("set").unwrap();
            assert_eq!(items[0].text("state").as_deref(), Some("pending"));
            assert_eq!(items[1].text("state"), None, "what has no state gets none");
            assert_eq!(whole.clone().take_items("nowhere"), None);
        }
    }

    #[test]
    fn fields_are_taken_out_and_put_back() {
        for mut node in both() {
            let whole = node.clone();
            let id = node.detach("requestId").unwrap();
            assert_eq!((node.text("requestId"), id.text("").as_deref()), (None, Some("r")));
            node.attach("requestId", id);
            assert_eq!(node.text("requestId"), whole.text("requestId"));
            node.put("next", "<token>");
            node.put_flag("more", true);
            assert_eq!(again(&node).text("next").as_deref(), Some("<token>"));
            assert_eq!(again(&node).text("more").as_deref(), Some("true"));
        }
    }

    #[test]
    fn a_text_is_found_at_any_depth() {
        for node in both() {
            assert!(node.any("id", &|text| text == "a"));
            assert!(!node.any("id", &|text| text == "available"));
        }
    }

    #[test]
    fn what_is_no_reply_is_not_read() {
        for text in ["<html><br></html>", "", "plain", "<a></b>"] {
            assert_eq!(Node::read(Format::Xml, text.as_bytes()), None, "{text}");
            assert_eq!(Node::read(Format::Json, text.as_bytes()), None, "{text}");
        }
    }
}
