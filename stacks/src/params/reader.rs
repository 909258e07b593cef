//! Reads parameters from JSON, and collects everything that is wrong with them.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::json::Json;
use crate::params::path::{ParameterPath, Step};
use crate::params::suggest::nearest;
use crate::params::{Kind, Param, Refusal};

/// Something wrong with a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which parameter; the root when it is about several of them.
    pub path: ParameterPath,
    /// What is wrong. It names the parameter.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Walks through the parameters. A fault never stops it: all of them are told at once.
#[derive(Debug)]
pub struct Reader {
    path: ParameterPath,
    faults: Vec<Fault>,
    /// The file in which the user would set a parameter.
    file: String,
}

/// What values there are, as messages say it.
pub(super) const TRUTH: &str = "true or false";
pub(super) const NUMBER: &str = "a whole number";
pub(super) const LIST: &str = "a list";
pub(super) const TABLE: &str = "a table";

/// The entries of a block that is being read; none when the block itself is left out.
pub type Entries<'json> = Option<&'json BTreeMap<String, Json>>;

impl Reader {
    /// Starts at the root. `file` is the file in which the user would set a parameter, for messages.
    pub fn new(file: impl Into<String>) -> Self {
        Self { path: ParameterPath::ROOT, faults: Vec::new(), file: file.into() }
    }

    /// What was found wrong, in the order in which it was found.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// Records that the parameter here is wrong: `reason` follows its name.
    pub fn refuse(&mut self, reason: impl Display) {
        self.fault(format!("{} {reason}", self.here()), None);
    }

    /// Records that the parameter here is wrong, and what to do about it.
    pub fn refuse_with_help(&mut self, reason: impl Display, help: impl Into<String>) {
        self.fault(format!("{} {reason}", self.here()), Some(help.into()));
    }

    /// Records that the parameter here is of another type, and gives nothing, so that it can end a parser.
    pub fn mismatch<T>(&mut self, expected: &str, found: &Json) -> Option<T> {
        let help = match (expected, found) {
            (_, Json::Null) => "give it a value, or leave it out for its default".to_owned(),
            (NUMBER, Json::Text(text)) if matches!(Json::parse(text), Ok(Json::Integer(_))) => {
                format!("write it without quotes: {text}")
            }
            (TRUTH, Json::Text(text)) if matches!(Json::parse(text), Ok(Json::Bool(_))) => {
                format!("write it without quotes: {text}")
            }
            (TRUTH, _) => "write true or false, without quotes".to_owned(),
            (NUMBER, _) => "write its digits, without quotes".to_owned(),
            (LIST, _) => self.list_form(),
            (TABLE, _) => self.table_form(),
            (_, Json::Bool(_) | Json::Integer(_) | Json::Number(_)) => format!("put it in quotes: \"{found}\""),
            (_, Json::Text(_) | Json::List(_) | Json::Object(_)) => "write one value in quotes".to_owned(),
        };
        self.refuse_with_help(format!("must be {expected}, not {}", found.told()), help);
        None
    }

    /// How a list is written where the user writes it, and when it is typed.
    fn list_form(&self) -> String {
        match self.path.steps.last() {
            Some(Step::Key(key)) => {
                let file =
                    if self.file.ends_with(".toml") { format!("{key} = [1, 2]") } else { format!("{key}: [1, 2]") };
                format!("write {file} in {}, texts in quotes, or --set {}=1,2", self.file, self.path)
            }
            Some(Step::Index(_)) | None => "write [1, 2], texts in quotes".to_owned(),
        }
    }

    /// The same of what has parts with names.
    fn table_form(&self) -> String {
        match self.path.steps.last() {
            Some(Step::Key(key)) => {
                let file = if self.file.ends_with(".toml") { format!("[{}]", self.path) } else { format!("{key}:") };
                format!("name its parts: below {file} in {}, or with --set {}.NAME=VALUE", self.file, self.path)
            }
            Some(Step::Index(_)) => "write its parts by name: { name = \"value\" }".to_owned(),
            None => "write one parameter a line, by name".to_owned(),
        }
    }

    /// Reads text that its type takes apart, such as an IP range; `expected` says what it looks like.
    pub fn parse_text<T: FromStr<Err: Display>>(&mut self, json: &Json, expected: &str) -> Option<T> {
        let Json::Text(text) = json else { return self.mismatch(expected, json) };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(format!("must be {expected}, not {}: {error}", json.told()));
                None
            }
        }
    }

    /// Reads one of a closed list of texts.
    pub fn one_of<T: Copy>(&mut self, json: &Json, choices: &[(&'static str, T)]) -> Option<T> {
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        let expected = format!("one of {}", names.join(", "));
        let Json::Text(text) = json else { return self.mismatch(&expected, json) };
        let found = choices.iter().find(|(name, _)| name == text);
        if found.is_none() {
            let reason = format!("must be {expected}, not {}", json.told());
            match nearest(text, names) {
                Some(name) => self.refuse_with_help(reason, format!("did you mean `{name}`?")),
                None => self.refuse(reason),
            }
        }
        found.map(|(_, value)| *value)
    }

    /// Begins a block: refuses what is no table, and each key that is none of `names`.
    pub fn block<'json>(&mut self, given: Option<&'json Json>, names: &[&'static str]) -> Option<Entries<'json>> {
        let Some(given) = given else { return Some(None) };
        let Json::Object(entries) = given else {
            return self.mismatch(TABLE, given);
        };
        for key in entries.keys().filter(|key| !names.contains(&key.as_str())) {
            self.unknown(key, names);
        }
        Some(Some(entries))
    }

    /// Reads one field of a block: what is given, else its default, and checks either.
    pub fn field<T: Param>(
        &mut self,
        entries: Entries<'_>,
        name: &'static str,
        default: Option<T>,
        check: impl FnOnce(&T) -> Result<(), Refusal>,
    ) -> Option<T> {
        self.within(Step::Key(name.to_owned()), |reader| {
            let given = entries.and_then(|entries| entries.get(name));
            let value = T::read(given, default, reader)?;
            reader.checked(value, check)
        })
    }

    /// Passes the value on if the check does.
    pub fn checked<T>(&mut self, value: T, check: impl FnOnce(&T) -> Result<(), Refusal>) -> Option<T> {
        let Err(Refusal { field, reason }) = check(&value) else { return Some(value) };
        match field {
            Some(field) => self.within(Step::Key(field), |reader| reader.refuse(&reason)),
            None => self.refuse(&reason),
        }
        None
    }

    /// Reads one step further in.
    pub fn within<T>(&mut self, step: Step, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.steps.push(step);
        let result = read(self);
        self.path.steps.pop();
        result
    }

    /// Records that the parameter here has neither default nor value.
    pub fn missing(&mut self, kind: Kind) {
        let (path, file) = (&self.path, &self.file);
        let help = match kind {
            Kind::Secret => format!("say in {file} where it is kept: {}", self.secret_form()),
            Kind::Text | Kind::Integer | Kind::Bool | Kind::List | Kind::Map | Kind::Block => {
                format!("set it in {file} or with --set {path}=…")
            }
        };
        self.refuse_with_help("has no default and no value", help);
    }

    /// How a secret is written, in the language of the user's file.
    pub fn secret_form(&self) -> &'static str {
        match self.file.ends_with(".toml") {
            true => "{ env = \"NAME\" } or { file = \"PATH\" }",
            false => "{ env: NAME } or { file: PATH }",
        }
    }

    /// An unknown key. Its value stays untold: it may be a secret under a misspelt name.
    fn unknown(&mut self, key: &str, names: &[&'static str]) {
        const LISTED_MAX: usize = 12;
        let path = self.path.then(Step::Key(key.to_owned()));
        let help = match nearest(key, names.iter().copied()) {
            Some(name) => {
                let meant = self.path.then(Step::Key(name.to_owned()));
                Some(format!("did you mean `{meant}`?"))
            }
            None if names.is_empty() => Some("there are none here".to_owned()),
            None if names.len() <= LISTED_MAX => Some(format!("there are: {}", names.join(", "))),
            None => None,
        };
        self.faults.push(Fault { message: format!("unknown parameter `{path}`"), path, help });
    }

    fn fault(&mut self, message: String, help: Option<String>) {
        self.faults.push(Fault { path: self.path.clone(), message, help });
    }

    fn here(&self) -> String {
        if self.path.steps.is_empty() { "the parameters".to_owned() } else { format!("parameter `{}`", self.path) }
    }
}
