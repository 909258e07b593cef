//! What happens behind flashinfra's back: live objects change and vanish, files are cut and edited.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use flashinfra_plans::{Map, Name, Value, compiled};
use flashinfra_providers_memory::{Foreign, Listed, Options, Sandbox};
use flashinfra_stacks::schema::Schema;

use super::value_text;
use super::world::{COMPILED, World, words};

/// Where the sandbox of a scenario is: where the CLI looks for it.
pub(super) const SANDBOX: &str = ".flashinfra/sandbox.json";

impl World<'_> {
    /// Does what a `~` line says.
    pub(super) fn tamper(&mut self, line: &str) -> Result<String, String> {
        let words = words(line)?;
        let (verb, rest) = words.split_first().ok_or("`~` says what to do")?;
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        match (verb.as_str(), rest.as_slice()) {
            ("set", [object, path, value @ ..]) => self.set(object, path, &value.join(" ")),
            ("remove", [object]) => self.remove(object),
            ("insert", [kind, attributes @ ..]) => self.insert(kind, &attributes.join(" ")),
            ("objects", []) => self.objects(),
            ("edit", [file, from, to]) => self.edit(file, |text| text.replacen(from, to, 1)),
            ("cut", [file, lines]) => {
                let lines: usize = lines.parse().map_err(|_| format!("`{lines}` is no number of lines"))?;
                self.edit(file, |text| text.split_inclusive('\n').take(lines).collect())
            }
            ("absent", [text]) => self.absent(text),
            _ => Err(format!("`~ {line}` is nothing that can happen; see tests/scenarios/README.md")),
        }
    }

    /// `~ set ADDRESS PATH VALUE`, where the value `gone` removes.
    fn set(&self, object: &str, path: &str, value: &str) -> Result<String, String> {
        let value = match value {
            "gone" => None,
            value => Some(parsed(value)?),
        };
        let (sandbox, found) = self.find(object)?;
        sandbox.tamper(&found.kind, &found.object.id, path, value).map_err(|error| error.to_string())?;
        Ok(String::new())
    }

    /// `~ remove ADDRESS`
    fn remove(&self, object: &str) -> Result<String, String> {
        let (sandbox, found) = self.find(object)?;
        sandbox.remove(&found.kind, &found.object.id).map_err(|error| error.to_string())?;
        Ok(String::new())
    }

    /// `~ insert KIND {"attribute": VALUE}`: an object that is not ours.
    fn insert(&self, kind: &str, attributes: &str) -> Result<String, String> {
        let attributes = match parsed(attributes)? {
            Value::Map(map) => map,
            other => return Err(format!("`{}` is no map of attributes", other.to_json())),
        };
        let foreign = Foreign { kind: kind.into(), attributes, ..Foreign::default() };
        self.sandbox()?.insert(&foreign).map_err(|error| error.to_string())?;
        Ok(String::new())
    }

    /// `~ objects`: all that is in the sandbox.
    fn objects(&self) -> Result<String, String> {
        let objects = self.sandbox()?.objects().map_err(|error| error.to_string())?;
        let lines = objects.iter().map(|Listed { kind, object, .. }| {
            let whose = object.owner.as_ref().map_or("nobody's".to_owned(), |mark| mark.address.to_string());
            format!("{kind} {} {whose} {}\n", object.id, object.attributes.to_json())
        });
        Ok(if objects.is_empty() { "nothing\n".to_owned() } else { lines.collect() })
    }

    /// `~ absent TEXT`: stands in no file of the scenario and was never printed.
    fn absent(&self, text: &str) -> Result<String, String> {
        if self.said.contains(text) {
            return Err(format!("`{text}` was printed"));
        }
        match holder(self.shell.path(), text) {
            Some(file) => Err(format!("`{text}` stands in {file}")),
            None => Ok(String::new()),
        }
    }

    fn edit(&self, file: &str, change: impl Fn(&str) -> String) -> Result<String, String> {
        let path = self.shell.file(file);
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{file}: {error}"))?;
        let changed = change(&text);
        if changed == text {
            return Err(format!("that does not change {file}"));
        }
        std::fs::write(&path, changed).map_err(|error| format!("{file}: {error}"))?;
        Ok(String::new())
    }

    /// The object at an address (by its owner mark) or with an id.
    fn find(&self, wanted: &str) -> Result<(Sandbox, Listed), String> {
        let sandbox = self.sandbox()?;
        let objects = sandbox.objects().map_err(|error| error.to_string())?;
        let is_it = |listed: &Listed| {
            let mark = listed.object.owner.as_ref();
            listed.object.id == wanted || mark.is_some_and(|mark| mark.address.as_str() == wanted)
        };
        let found = objects.into_iter().rfind(is_it).ok_or_else(|| format!("the sandbox has no `{wanted}`"))?;
        Ok((sandbox, found))
    }

    /// The sandbox of this scenario, made up from a seed so that each run makes up the same.
    pub(super) fn sandbox(&self) -> Result<Sandbox, String> {
        let schemas = match std::fs::read(self.shell.file(COMPILED)) {
            Ok(bytes) => compiled::read(&bytes).map_err(|error| error.to_string())?.schemas,
            Err(_) => BTreeMap::<Name, Arc<Schema>>::new(),
        };
        let options = Options { seed: Some(1), ..Options::default() };
        Sandbox::open(Some(self.shell.file(SANDBOX)), schemas, options).map_err(|error| error.to_string())
    }
}

fn parsed(text: &str) -> Result<Value, String> {
    let json = value_text::json(text)?;
    let map: Map = serde_json::from_str(&format!("{{\"value\":{json}}}")).map_err(|error| error.to_string())?;
    map.get("value").cloned().ok_or_else(|| format!("`{text}` is no value"))
}

/// The first file below a directory that holds a text.
fn holder(directory: &Path, text: &str) -> Option<String> {
    let entries = std::fs::read_dir(directory).ok()?;
    entries.filter_map(Result::ok).find_map(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holder(&path, text);
        }
        let bytes = std::fs::read(&path).ok()?;
        let holds = bytes.windows(text.len()).any(|window| window == text.as_bytes());
        holds.then(|| path.display().to_string())
    })
}
