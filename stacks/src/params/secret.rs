//! Secrets as parameters: where the value is kept, and never the value.

use std::collections::BTreeMap;

use crate::json::Json;
use crate::params::path::Step;
use crate::params::{Entries, Kind, Param, Reader, Shape};
use crate::secret::Secret;
use crate::value::{Source, Value};

#[diagnostic::do_not_recommend]
impl Param for Secret<String> {
    fn shape() -> Shape {
        Shape::of(Kind::Secret)
    }

    /// Nothing that is wrong here is repeated in a message: it may be the secret.
    fn parse(json: &Json, reader: &mut Reader) -> Option<Self> {
        let Json::Object(_) = json else {
            let help =
                format!("put the value into an environment variable or a file, and write {}", reader.secret_form());
            reader.refuse_with_help("is a secret: it takes where the value is kept, not the value itself", help);
            return None;
        };
        let entries = reader.block(Some(json), &["env", "file", "version"])?;
        let env = text(entries, "env", "must be the name of an environment variable", is_variable, reader);
        let file = text(entries, "file", "must be the path of a file", |path| !path.is_empty(), reader);
        let version = version(entries, reader)?;
        match (env, file) {
            (Given::Bad, _) | (_, Given::Bad) => None,
            (Given::Good(name), Given::Unset) => Some(Self::env(name).version(version)),
            (Given::Unset, Given::Good(path)) => Some(Self::file(path).version(version)),
            (Given::Good(_), Given::Good(_)) | (Given::Unset, Given::Unset) => {
                reader.refuse_with_help(
                    "is a secret and needs one source",
                    "write either env = \"NAME\" or file = \"PATH\"",
                );
                None
            }
        }
    }

    fn to_json(&self) -> Json {
        let (key, place, version) = match self.to_value() {
            Value::Secret(Source::Environment { name, version }) => ("env", name, version),
            Value::Secret(Source::File { path, version }) => ("file", path, version),
            // A parameter is one of the two; anything else comes from a default that was computed, and has no short form.
            _ => return Json::Null,
        };
        let mut entries = BTreeMap::from([(key.to_owned(), Json::Text(place.to_string()))]);
        if version != 1 {
            entries.insert("version".to_owned(), Json::Integer(version.into()));
        }
        Json::Object(entries)
    }
}

enum Given {
    Unset,
    Good(String),
    Bad,
}

fn text(
    entries: Entries<'_>,
    key: &'static str,
    expected: &str,
    is_good: impl FnOnce(&str) -> bool,
    reader: &mut Reader,
) -> Given {
    match entries.and_then(|entries| entries.get(key)) {
        None => Given::Unset,
        Some(Json::Text(text)) if is_good(text) => Given::Good(text.clone()),
        Some(_) => {
            reader.within(Step::Key(key.to_owned()), |reader| reader.refuse(expected));
            Given::Bad
        }
    }
}

fn version(entries: Entries<'_>, reader: &mut Reader) -> Option<u32> {
    let version = match entries.and_then(|entries| entries.get("version")) {
        None => Some(1),
        Some(Json::Integer(number)) => u32::try_from(*number).ok().filter(|number| *number > 0),
        Some(_) => None,
    };
    if version.is_none() {
        reader.within(Step::Key("version".to_owned()), |reader| reader.refuse("must be a whole number from 1"));
    }
    version
}

/// A name that a shell can set: what looks otherwise is more likely the secret itself.
fn is_variable(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}
