//! What happens behind flashinfra's back: live objects change and vanish, files are cut and edited.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use flashinfra_plans::{Map, Name, Value, compiled, file};
use flashinfra_providers_memory::{Foreign, Listed, Options, Rule, Sandbox};
use flashinfra_stacks::schema::{Schema, SetBy};

use super::value_text;
use super::world::{COMPILED, World, words};

/// Where the sandbox of a scenario is: where the CLI looks for it.
pub(super) const SANDBOX: &str = ".flashinfra/sandbox.json";

/// The file of what goes wrong on purpose, and the variable that names it.
const FAULTS: &str = "faults.txt";
pub(super) const FAULTS_VARIABLE: &str = "FLASHINFRA_SANDBOX_FAULTS";

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
            ("copy", [object, changes @ ..]) => self.copy(object, &changes.join(" ")),
            ("occupy", [object, looks]) => self.occupy(object, looks),
            ("fault", [_, ..]) => self.fault(line.strip_prefix("fault ").unwrap_or_default()),
            ("calm", []) => self.calm(),
            ("delete", [file]) => self.delete(file),
            ("objects", []) => self.objects(),
            ("append", [file, line]) => self.append(file, line),
            ("edit", [file, from, to]) => self.edit(file, |text| text.replacen(from, to, 1)),
            ("cut", [file, lines]) => {
                let lines: usize = lines.parse().map_err(|_| format!("`{lines}` is no number of lines"))?;
                self.edit(file, |text| text.split_inclusive('\n').take(lines).collect())
            }
            ("seal", [plan]) => self.edit(plan, sealed),
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

    /// `~ copy ADDRESS {"attribute": VALUE}`: somebody makes an object from ours, and its owner mark comes along, as it does
    /// with snapshots and restores.
    fn copy(&self, object: &str, changes: &str) -> Result<String, String> {
        let (sandbox, Listed { kind, account, region, object }) = self.find(object)?;
        let changes = match parsed(if changes.is_empty() { "{}" } else { changes })? {
            Value::Map(map) => map,
            other => return Err(format!("`{}` is no map of attributes", other.to_json())),
        };
        let schema = self.schemas()?.remove(&kind).ok_or_else(|| format!("no kind `{kind}`"))?;
        let is_computed = |name: &str| schema.attribute(name).is_some_and(|own| own.set_by == SetBy::Provider);
        let ours = object.attributes.iter().filter(|(name, _)| !is_computed(name)).cloned();
        let attributes = ours.chain(changes.iter().cloned()).collect();
        let foreign = Foreign { kind, account, region, attributes, owner: object.owner, ..Foreign::default() };
        sandbox.insert(&foreign).map_err(|error| error.to_string())?;
        Ok(String::new())
    }

    /// `~ occupy ADDRESS LOOKS`: somebody else is changing it for so many looks at it.
    fn occupy(&self, object: &str, looks: &str) -> Result<String, String> {
        let looks = looks.parse().map_err(|_| format!("`{looks}` is no number of looks"))?;
        let (sandbox, found) = self.find(object)?;
        sandbox.occupy(&found.kind, &found.object.id, looks).map_err(|error| error.to_string())?;
        Ok(String::new())
    }

    /// `~ fault RULE`: from here on this goes wrong as well, until `~ calm`.
    fn fault(&mut self, rule: &str) -> Result<String, String> {
        let _: Rule = rule.parse()?;
        let before = std::fs::read_to_string(self.shell.file(FAULTS)).unwrap_or_default();
        self.shell.write(FAULTS, &format!("{before}{rule}\n"));
        self.shell.set(FAULTS_VARIABLE, FAULTS);
        Ok(String::new())
    }

    /// `~ calm`: nothing goes wrong on purpose any more.
    fn calm(&mut self) -> Result<String, String> {
        self.shell.unset(FAULTS_VARIABLE);
        self.delete(FAULTS)
    }

    /// `~ delete FILE`
    fn delete(&self, file: &str) -> Result<String, String> {
        let path = self.shell.file(file);
        let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        removed.map_err(|error| format!("{file}: {error}"))?;
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

    fn append(&self, file: &str, line: &str) -> Result<String, String> {
        let path = self.shell.file(file);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(&path, format!("{text}{line}\n")).map_err(|error| format!("{file}: {error}"))?;
        Ok(String::new())
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
        let options = Options { seed: Some(1), keep_unknown: true, ..Options::default() };
        Sandbox::open(Some(self.shell.file(SANDBOX)), self.schemas()?, options).map_err(|error| error.to_string())
    }

    /// The schemas of the kinds that the declared stack uses. A stack that cannot be read is what some scenarios are about.
    fn schemas(&self) -> Result<BTreeMap<Name, Arc<Schema>>, String> {
        let bytes = std::fs::read(self.shell.file(COMPILED)).unwrap_or_default();
        Ok(compiled::read(&bytes).map(|stack| stack.schemas).unwrap_or_default())
    }
}

/// A plan file whose last line has the digest of what stands above it: what anybody can write who means to.
fn sealed(text: &str) -> String {
    let body = text.rfind("\"digest\":").unwrap_or(text.len());
    format!("{}\"digest\":\"{}\"}}\n", &text[..body], file::digest(text.as_bytes()))
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
