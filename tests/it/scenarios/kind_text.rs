//! Kinds in the scenarios: schema facts as words.

use super::value_text;

/// A kind: its name, its facts as JSON members, its attributes.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) name: String,
    /// `(name, JSON)`, in the order of the compiled stack.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) attributes: Vec<Attribute>,
}

/// An attribute of a kind.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    indent: usize,
    pub(crate) name: String,
    container: &'static str,
    element: String,
    facts: Vec<(&'static str, String)>,
    pub(crate) inside: Vec<Attribute>,
}

/// The facts of a kind in the order of the compiled stack.
const KIND_FACTS: [&str; 10] = [
    "version",
    "identity",
    "carrier",
    "create_once",
    "stateful",
    "settle_seconds",
    "timeouts",
    "typical",
    "wait_codes",
    "upgrades",
];

/// The facts of an attribute in the order of the compiled stack.
const ATTRIBUTE_FACTS: [&str; 10] = [
    "set_by",
    "mode",
    "compare",
    "change",
    "collection",
    "unset",
    "secret",
    "delete_argument",
    "delete_guard",
    "stability",
];

/// `NAME WORD…`, such as `test.database named=name stateful typical=300`.
pub(crate) fn kind_line(text: &str) -> Result<Kind, String> {
    let mut words = text.split_whitespace();
    let name = words.next().ok_or("a kind has a name")?.to_owned();
    let mut facts = vec![("version", "1".to_owned()), ("carrier", text_of("tag_at_create"))];
    let mut upgrades = Vec::new();
    for word in words {
        let (word, value) = word.split_once('=').unwrap_or((word, ""));
        let fact = match (word, value) {
            ("named", value) => ("identity", format!("{{\"named\":{}}}", text_of(value))),
            ("stateful", "") => ("stateful", "true".into()),
            ("token" | "unique_name", "") => ("create_once", text_of(word)),
            ("carrier", value) => ("carrier", text_of(value)),
            ("version", value) => ("version", number(value)?),
            ("settle", value) => ("settle_seconds", number(value)?),
            ("timeouts", value) => ("timeouts", numbers(value)?),
            ("typical", value) => ("typical", numbers(value)?),
            ("wait", value) => ("wait_codes", list(value)),
            ("dropped", value) => {
                upgrades.push(upgrade(value, |name| (name, text_of("dropped")))?);
                continue;
            }
            _ => return Err(format!("`{word}` is no fact of a kind")),
        };
        facts.retain(|(name, _)| *name != fact.0);
        facts.push(fact);
    }
    let mut kind = Kind { name, facts, attributes: Vec::new() };
    sort(&mut kind.facts, &KIND_FACTS);
    upgrades.into_iter().for_each(|upgrade| kind.upgraded(upgrade));
    Ok(kind)
}

impl Kind {
    /// Adds how a row of a former version is understood.
    fn upgraded(&mut self, upgrade: String) {
        let all = match self.facts.iter().position(|(name, _)| *name == "upgrades") {
            Some(place) => format!("{},{upgrade}]", self.facts.remove(place).1.trim_end_matches(']')),
            None => format!("[{upgrade}]"),
        };
        self.facts.push(("upgrades", all));
        sort(&mut self.facts, &KIND_FACTS);
    }
}

/// `BEFORE@VERSION`: an upgrade, once it is known of which attribute and what it is.
fn upgrade<'a>(text: &'a str, change: impl FnOnce(&'a str) -> (&'a str, String)) -> Result<String, String> {
    let (before, since) = text.split_once('@').ok_or("an upgrade says since when: `BEFORE@VERSION`")?;
    let (attribute, change) = change(before);
    Ok(format!("{{\"since\":{},\"attribute\":{},\"change\":{change}}}", number(since)?, text_of(attribute)))
}

/// `NAME TYPE WORD…`, indented; deeper ones are inside the block above them.
pub(crate) fn attribute_line(kind: &mut Kind, line: &str) -> Result<(), String> {
    let indent = line.len() - line.trim_start().len();
    let mut words = line.split_whitespace();
    let name = words.next().ok_or("an attribute has a name")?.to_owned();
    let (container, element) = shape(words.next().ok_or("an attribute has a type")?)?;
    let mut facts = Vec::new();
    for word in words {
        match word.split_once('=') {
            Some(("renamed_from", value)) => {
                let renamed = |before| (name.as_str(), format!("{{\"renamed_from\":{}}}", text_of(before)));
                kind.upgraded(upgrade(value, renamed)?);
            }
            Some(("respelled", value)) => {
                let (before, now) = value.split_once(':').ok_or("what was written how is `BEFORE:NOW@VERSION`")?;
                let respelled = |now| {
                    let pair = format!("[{},{}]", text_of(before), text_of(now));
                    (name.as_str(), format!("{{\"respelled\":[{pair}]}}"))
                };
                kind.upgraded(upgrade(now, respelled)?);
            }
            _ => facts.push(attribute_fact(word)?),
        }
    }
    sort(&mut facts, &ATTRIBUTE_FACTS);
    let attribute = Attribute { indent, name, container, element, facts, inside: Vec::new() };
    let mut siblings = &mut kind.attributes;
    while siblings.last().is_some_and(|last| last.indent < indent) {
        siblings = &mut siblings.last_mut().ok_or("a block is above what is inside")?.inside;
    }
    siblings.push(attribute);
    Ok(())
}

fn attribute_fact(word: &str) -> Result<(&'static str, String), String> {
    let (word, value) = word.split_once('=').unwrap_or((word, ""));
    Ok(match word {
        "required" | "optional" | "either" | "provider" => ("set_by", text_of(word)),
        "initial" | "at_least" | "prefix" | "write_only" => ("mode", text_of(word)),
        "yield_to" => ("mode", format!("{{\"yield_to\":{}}}", text_of(value))),
        "compare" => ("compare", text_of(value)),
        "replace" => ("change", text_of(word)),
        "keyed" => ("collection", text_of(word)),
        "clear" => ("unset", text_of(word)),
        "reset" => ("unset", format!("{{\"reset\":{}}}", text_of(&value_text::json(value)?))),
        "secret" => ("secret", "true".into()),
        "delete_argument" => ("delete_argument", "true".into()),
        "delete_guard" => ("delete_guard", "true".into()),
        "changes_with" => ("stability", format!("{{\"changes_with\":{}}}", list(value))),
        _ => return Err(format!("`{word}` is no fact of an attribute")),
    })
}

/// `text`, `bool`, `integer`, `any`, `block`, the name of a type, or `list<…>`, `set<…>`, `map<…>` of these.
fn shape(text: &str) -> Result<(&'static str, String), String> {
    let (container, element) = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some(("list", element)) => ("list", element),
        Some(("set", element)) => ("set", element),
        Some(("map", element)) => ("map", element),
        Some((other, _)) => return Err(format!("`{other}` holds no others; list, set and map do")),
        None => ("one", text),
    };
    Ok((container, element.to_owned()))
}

impl Kind {
    /// The schema as one line of a compiled stack.
    pub(crate) fn to_json(&self) -> String {
        let mut members = vec![member("kind", &text_of(&self.name))];
        members.extend(self.facts.iter().map(|(name, value)| member(name, value)));
        members.push(member("attributes", &attributes(&self.attributes)));
        format!("{{{}}}", members.join(","))
    }
}

fn attributes(attributes: &[Attribute]) -> String {
    format!("[{}]", attributes.iter().map(Attribute::to_json).collect::<Vec<_>>().join(","))
}

impl Attribute {
    fn to_json(&self) -> String {
        let mut members = vec![member("name", &text_of(&self.name))];
        if let Some(shape) = self.shape() {
            members.push(member("shape", &shape));
        }
        members.extend(self.facts.iter().map(|(name, value)| member(name, value)));
        format!("{{{}}}", members.join(","))
    }

    fn shape(&self) -> Option<String> {
        let element = match self.element.as_str() {
            "text" => None,
            "bool" | "integer" | "any" => Some(text_of(&self.element)),
            "block" => Some(format!("{{\"block\":{}}}", attributes(&self.inside))),
            named => Some(format!("{{\"text\":{}}}", text_of(named))),
        };
        let container = (self.container != "one").then(|| member("container", &text_of(self.container)));
        let members: Vec<_> =
            [container, element.map(|element| member("element", &element))].into_iter().flatten().collect();
        (!members.is_empty()).then(|| format!("{{{}}}", members.join(",")))
    }
}

fn sort(facts: &mut [(&'static str, String)], order: &[&str]) {
    facts.sort_by_key(|(name, _)| order.iter().position(|other| other == name));
}

fn member(name: &str, json: &str) -> String {
    format!("\"{name}\":{json}")
}

fn text_of(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(text: &str) -> String {
    format!("[{}]", text.split(',').map(text_of).collect::<Vec<_>>().join(","))
}

fn number(text: &str) -> Result<String, String> {
    text.parse::<u32>().map(|number| number.to_string()).map_err(|error| format!("`{text}`: {error}"))
}

/// One number for create, update and delete, or three.
fn numbers(text: &str) -> Result<String, String> {
    let numbers: Vec<_> = text.split(',').map(number).collect::<Result<_, _>>()?;
    match numbers.as_slice() {
        [one] => Ok(format!("[{one},{one},{one}]")),
        [_, _, _] => Ok(format!("[{}]", numbers.join(","))),
        _ => Err(format!("`{text}` is neither one number nor three")),
    }
}
