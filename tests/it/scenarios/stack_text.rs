//! The tiny stack language of the scenarios, so that a case needs no Rust. `tests/scenarios/README.md` describes it.

use std::collections::BTreeMap;

use super::kind_text::{Kind, attribute_line, kind_line};
use super::value_text;

/// A declared stack.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stack {
    pub(crate) name: String,
    pub(crate) environment: String,
    pub(crate) providers: BTreeMap<String, Provider>,
    pub(crate) kinds: BTreeMap<String, Kind>,
    pub(crate) resources: BTreeMap<String, Resource>,
    pub(crate) lookups: BTreeMap<String, Resource>,
    pub(crate) outputs: BTreeMap<String, String>,
}

/// A provider instance.
#[derive(Clone, Debug)]
pub(crate) struct Provider {
    pub(crate) provider: String,
    pub(crate) config: BTreeMap<String, String>,
}

/// A declared resource. Values are JSON.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resource {
    pub(crate) provider: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) protect: Option<bool>,
    pub(crate) retain: bool,
    pub(crate) ignore: Vec<String>,
    pub(crate) create_before_delete: bool,
    pub(crate) moved_from: Vec<String>,
    pub(crate) test: bool,
    pub(crate) delete_after_success: bool,
    pub(crate) delete_after_failure: bool,
    pub(crate) depends_on: Vec<String>,
    pub(crate) raw: Vec<String>,
    pub(crate) at: Option<String>,
}

/// What the lines of a block that are indented belong to.
enum Open {
    Nothing,
    Kind(String),
    Resource(String),
    Lookup(String),
}

impl Stack {
    /// An empty stack that knows these kinds.
    pub(crate) fn new(name: &str, environment: &str, kinds: &BTreeMap<String, Kind>) -> Self {
        Self { name: name.into(), environment: environment.into(), kinds: kinds.clone(), ..Self::default() }
    }

    /// Takes the lines of a block in: they add, change and, with `-`, remove.
    pub(crate) fn take(&mut self, lines: &[&str]) -> Result<(), String> {
        let mut open = Open::Nothing;
        for line in lines {
            self.line(&mut open, line).map_err(|problem| format!("{problem}\n  in: {line}"))?;
        }
        Ok(())
    }

    fn line(&mut self, open: &mut Open, line: &str) -> Result<(), String> {
        let text = line.trim();
        if text.is_empty() || text.starts_with("//") {
            return Ok(());
        }
        if line.starts_with(' ') {
            return match open {
                Open::Nothing => Err("an indented line belongs to a kind or a resource".into()),
                Open::Kind(kind) => attribute_line(self.kinds.get_mut(kind).ok_or("no such kind")?, line),
                Open::Lookup(address) => self.lookups.get_mut(address).ok_or("no such lookup")?.line(text),
                Open::Resource(address) => self.resources.get_mut(address).ok_or("no such resource")?.line(text),
            };
        }
        *open = self.heading(text)?;
        Ok(())
    }

    fn heading(&mut self, text: &str) -> Result<Open, String> {
        let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
        match first {
            "kind" => {
                let kind = kind_line(rest)?;
                let name = kind.name.clone();
                self.kinds.insert(name.clone(), kind);
                Ok(Open::Kind(name))
            }
            "provider" => {
                let (name, provider) = provider_line(rest)?;
                self.providers.insert(name, provider);
                Ok(Open::Nothing)
            }
            "output" => {
                let (name, value) = rest.split_once('=').ok_or("an output is `output NAME = VALUE`")?;
                self.outputs.insert(name.trim().into(), value_text::json(value)?);
                Ok(Open::Nothing)
            }
            "-" => {
                let gone = match rest.split_once(' ') {
                    Some(("output", output)) => self.outputs.remove(output).is_some(),
                    Some(("lookup", lookup)) => self.lookups.remove(lookup).is_some(),
                    _ => self.resources.remove(rest).is_some(),
                };
                if gone { Ok(Open::Nothing) } else { Err(format!("there is no `{rest}` to remove")) }
            }
            "lookup" => {
                let (address, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let instance = self.instance(address, rest)?;
                self.lookups.entry(address.to_owned()).or_default().provider = instance;
                Ok(Open::Lookup(address.to_owned()))
            }
            address => {
                let instance = self.instance(address, rest)?;
                self.resources.entry(address.to_owned()).or_default().provider = instance;
                Ok(Open::Resource(address.to_owned()))
            }
        }
    }

    /// The provider instance of an address, which is the one of its type unless another is named.
    fn instance(&mut self, address: &str, rest: &str) -> Result<String, String> {
        let (kind, _) = address.split_once('/').ok_or("a resource is `KIND/NAME`")?;
        if !self.kinds.contains_key(kind) {
            return Err(format!("no kind `{kind}`"));
        }
        let of_kind = kind.split('.').next().unwrap_or_default();
        let instance = rest.strip_prefix("in ").unwrap_or(of_kind).to_owned();
        let implied = || Provider { provider: of_kind.to_owned(), config: BTreeMap::new() };
        self.providers.entry(instance.clone()).or_insert_with(implied);
        Ok(instance)
    }
}

/// `NAME TYPE key="value" …`
fn provider_line(text: &str) -> Result<(String, Provider), String> {
    let mut words = text.split_whitespace();
    let name = words.next().ok_or("a provider is `provider NAME TYPE key=value …`")?;
    let provider = words.next().ok_or("a provider is `provider NAME TYPE key=value …`")?.to_owned();
    let config = words.map(|word| {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("`{word}` is not `key=value`"))?;
        Ok((key.to_owned(), value_text::json(value)?))
    });
    Ok((name.to_owned(), Provider { provider, config: config.collect::<Result<_, String>>()? }))
}

impl Resource {
    /// `name = VALUE`, `name = unset`, or a lifecycle line `! WORD …`.
    fn line(&mut self, text: &str) -> Result<(), String> {
        if let Some(lifecycle) = text.strip_prefix("! ") {
            return self.lifecycle(lifecycle);
        }
        let (name, value) = text.split_once('=').ok_or("an attribute is `NAME = VALUE`")?;
        match value.trim() {
            "unset" => self.attributes.remove(name.trim()),
            value => self.attributes.insert(name.trim().to_owned(), value_text::json(value)?),
        };
        Ok(())
    }

    fn lifecycle(&mut self, text: &str) -> Result<(), String> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let names = || rest.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        match (word, rest) {
            ("protect", "") => self.protect = Some(true),
            ("unprotect", "") => self.protect = Some(false),
            ("retain", "") => self.retain = true,
            ("test", "") => self.test = true,
            ("delete_after_success", "") => self.delete_after_success = true,
            ("delete_after_failure", "") => self.delete_after_failure = true,
            ("create_before_delete", "") => self.create_before_delete = true,
            ("ignore", _) => self.ignore = names(),
            ("moved_from", _) => self.moved_from = names(),
            ("depends_on", _) => self.depends_on = names(),
            ("raw", _) => self.raw = names(),
            ("at", _) => self.at = Some(rest.to_owned()),
            _ => return Err(format!("`! {text}` says nothing known about a resource")),
        }
        Ok(())
    }
}
