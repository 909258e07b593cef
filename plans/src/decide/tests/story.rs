//! Stories: short texts that define a stack, a ledger and what is live.
//!
//! ```text
//! code  t.vpc/main range="10.0.0.0/16" +protect         declared
//! row   t.vpc/main vpc-1 range="10.0.0.0/16"            owned, with the id of its object
//! live  t.vpc/main range="10.0.0.0/16" +phase=updating  what was read; or `absent`, `tombstone`, `unreadable`
//! same  t.vpc/main vpc-1 range="10.0.0.0/16"            all three
//! old   t.vpc/main 2 range="10.0.0.0/16"                a deposed object, by its generation
//! next  t.db/main name="b" +id=b                        who has the name of the next object; or `absent` and so on
//! lost  t.vpc/main 1                                    a create that nobody answered, by its generation
//! late  t.vpc/main 1 vpc-2                              an object with that mark
//! out   vpc_id @t.vpc/main#id                           published
//! was   vpc_id "vpc-1"                                  published before
//! opt   replace=t.vpc/main +recreate mode=destroy       options
//! place t sandbox:2                                     where a provider is now
//! within k @t.cluster/main#endpoint                     a provider `k` that a resource configures; `+closed`: nobody can look there; `+new`: the ledger does not know it
//! ```
//!
//! Values are JSON; `@ADDRESS#PATH` is a reference, which rows and live objects have as the value that it leads to. A row's
//! edges are those of its code, unless it says `+needs=`, what its deposed objects stand on is what `+stood-on=` says; it is protected as its kind is.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use super::super::Input;
use crate::compiled::{CompiledStack, Declared, DeclaredOutput, Lifecycle, ProviderInstance};
use crate::ledger::{Deposed, Ledger, Owned, Row, Unanswered};
use crate::live::{Live, Object, Observed, OwnerMark, Phase, Place};
use crate::plan::{Mode, Options, Restore, RestoreFrom};
use crate::references::each_reference;
use crate::resolve::resolve;
use crate::schema_file::ReadBack;
use crate::value::{Address, Map, Name, Value};

pub(super) const UUID: &str = "u-1";

/// Everything that a plan is made from.
pub(super) struct Story {
    pub(super) compiled: CompiledStack,
    pub(super) ledger: Ledger,
    pub(super) observed: Observed,
    pub(super) options: Options,
}

pub(super) fn schemas() -> BTreeMap<Name, Arc<Schema>> {
    let read: Vec<ReadBack> = serde_json::from_str(include_str!("schemas.json")).unwrap();
    read.into_iter().map(|ReadBack(schema)| (Name::new(&schema.kind), Arc::new(schema))).collect()
}

pub(super) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// A line in parts.
struct Line {
    verb: String,
    words: Vec<String>,
    attributes: Vec<(String, String)>,
    flags: Vec<(String, String)>,
}

impl Story {
    pub(super) fn empty() -> Self {
        let place = Place { provider: "t".into(), scope: "sandbox:1".into(), region: "".into() };
        let instance = ProviderInstance { provider: "t".into(), config: Map::default() };
        let both = |name: &str| [Name::from(name), format!("{name}2").into()];
        let mut ledger = Ledger::new("shop".into(), "test".into(), UUID.into());
        ledger.schemas = schemas();
        ledger.places = both("t").map(|name| (name, place.clone())).into();
        let compiled = CompiledStack {
            stack: "shop".into(),
            environment: "test".into(),
            flashinfra: "0".into(),
            providers: both("t").map(|name| (name, instance.clone())).into(),
            schemas: schemas(),
            lookups: Vec::new(),
            resources: Vec::new(),
            outputs: Vec::new(),
        };
        let observed = Observed { places: ledger.places.clone(), ..Observed::default() };
        Self { compiled, ledger, observed, options: Options::default() }
    }

    pub(super) fn parse(text: &str) -> Self {
        let mut story = Self::empty();
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Line::parse).collect();
        for line in lines.iter().filter(|line| ["code", "same"].contains(&line.verb.as_str())) {
            let declared = line.declared(story.compiled.resources.len() + 1);
            story.compiled.resources.push(declared);
        }
        lines.iter().filter(|line| line.verb == "within").for_each(|line| story.within(line));
        for line in lines.iter().filter(|line| ["row", "same"].contains(&line.verb.as_str())) {
            story.ledger.rows.insert(address(&line.words[0]), Row::from(line));
        }
        story.link_rows(&lines);
        for line in &lines {
            story.read(line);
        }
        story
    }

    pub(super) fn input(&self) -> Input<'_> {
        Input {
            compiled: &self.compiled,
            ledger: &self.ledger,
            lookups: &[],
            observed: &self.observed,
            options: &self.options,
            ledger_label: "here".into(),
            parameters_label: "".into(),
            compiled_digest: crate::compiled::digest(&self.compiled),
        }
    }

    /// A provider that a resource configures, and what is in it depends on that, as the definitions crate has it.
    fn within(&mut self, line: &Line) {
        let name = Name::from(line.words[0].as_str());
        let config = Map::default().with("server", value(&line.words[1]));
        let instance = ProviderInstance { provider: "t".into(), config };
        for declared in self.compiled.resources.iter_mut().filter(|declared| declared.provider == name) {
            declared.depends_on.extend(instance.configured_by().into_iter().cloned());
        }
        let place = Place { provider: "t".into(), scope: format!("inside:{name}").into(), region: "".into() };
        if line.flag("closed").is_none() {
            self.observed.places.insert(name.clone(), place.clone());
        }
        if line.flag("new").is_none() {
            self.ledger.places.insert(name.clone(), place);
            self.ledger.providers.insert(name.clone(), instance.clone());
        }
        self.compiled.providers.insert(name, instance);
    }

    /// Fills in the edges of rows and the values that their references lead to.
    fn link_rows(&mut self, lines: &[Line]) {
        let ids = self.ids();
        for line in lines.iter().filter(|line| ["row", "same"].contains(&line.verb.as_str())) {
            let row = self.ledger.rows.get_mut(&address(&line.words[0])).unwrap();
            let code = self.compiled.resources.iter().find(|declared| declared.address.as_str() == line.words[0]);
            if line.flag("needs").is_none()
                && let Some(code) = code
            {
                row.depends_on = dependencies(code);
            }
            let applied = Value::Map(row.applied.clone());
            row.applied = put_in(&applied, &ids, &self.compiled).as_map().unwrap().clone();
        }
    }

    fn read(&mut self, line: &Line) {
        match line.verb.as_str() {
            "code" | "row" | "within" => {}
            "live" | "same" => {
                let address = address(&line.words[0]);
                let owned = self.ledger.rows.get(&address).and_then(|row| row.current.as_ref());
                let id = owned.map_or_else(|| line.flag("id").unwrap_or("x-1").into(), |owned| owned.id.clone());
                let live = self.live(line, id);
                self.observed.current.insert(address, live);
            }
            "old" => {
                let address = address(&line.words[0]);
                let generation: u32 = line.words[1].parse().unwrap();
                let id = self.ledger.rows[&address]
                    .deposed
                    .iter()
                    .find(|old| old.object.generation == generation)
                    .unwrap()
                    .object
                    .id
                    .clone();
                let live = self.live(line, id);
                self.observed.deposed.insert((address, generation), live);
            }
            "next" => {
                let live = self.live(line, line.flag("id").unwrap_or("x-1").into());
                self.observed.named.insert(address(&line.words[0]), live);
            }
            "lost" => {
                let of = (address(&line.words[0]), line.words[1].parse().unwrap());
                self.ledger.unanswered.insert(of, Unanswered { provider: "t".into(), serial: 0 });
            }
            "late" => {
                let address = address(&line.words[0]);
                let generation = line.words[1].parse().unwrap();
                let Live::Present(mut object) = self.live(line, line.words[2].as_str().into()) else { panic!() };
                let mark = OwnerMark { stack: UUID.into(), address: address.clone(), generation };
                object.owner = Some(mark.clone());
                let marked = self.observed.marked.entry(("t".into(), address.kind().into())).or_default();
                marked.push((mark, object));
            }
            "out" => {
                let (name, value) = (line.words[0].as_str().into(), value(&line.words[1]));
                self.compiled.outputs.push(DeclaredOutput { name, value, doc: "".into(), at: None });
            }
            "was" => {
                self.ledger.outputs.insert(line.words[0].as_str().into(), value(&line.words[1]));
            }
            "place" => {
                let scope = line.words[1].as_str().into();
                let place = Place { provider: "t".into(), scope, region: "".into() };
                self.observed.places.insert(line.words[0].as_str().into(), place);
            }
            "opt" => self.option(line),
            other => panic!("no verb `{other}`"),
        }
    }

    fn option(&mut self, line: &Line) {
        let options = &mut self.options;
        for (key, value) in &line.attributes {
            match key.as_str() {
                "target" => options.targets.push(address(value)),
                "exclude" => options.excludes.push(address(value)),
                "replace" => options.replace.push(address(value)),
                "restore" => options.restore.push(restore(value)),
                "allow" => options.allow_destroy.push(address(value)),
                "double" => options.delete_doubles.push(value.as_str().into()),
                "mode" if value == "destroy" => options.mode = Mode::Destroy,
                "mode" if value == "refresh" => options.mode = Mode::RefreshOnly,
                "mode" if value == "tidy" => options.mode = Mode::Tidy,
                "test" => {
                    options.mode = Mode::Test;
                    options.tests.push(address(value));
                }
                other => panic!("no option `{other}`"),
            }
        }
        options.allow_recreate |= line.flag("recreate") == Some("");
        options.allow_recreate_of.extend(line.addresses("recreate"));
        options.allow_partial |= line.flag("partial").is_some();
    }

    fn live(&self, line: &Line, id: Name) -> Live {
        match line.words.last().map(String::as_str) {
            Some("absent") => return Live::Absent,
            Some("tombstone") => return Live::Tombstone { note: "gone until noon".into() },
            Some("unreadable") => return Live::Unreadable { reason: "AccessDenied".into() },
            _ => {}
        }
        let kind = address(&line.words[0]).kind().to_owned();
        let schema = &self.compiled.schemas[kind.as_str()];
        let mut attributes = Map::default();
        for attribute in
            schema.attributes.iter().filter(|attribute| ["id", "arn", "endpoint"].contains(&&*attribute.name))
        {
            let value = if attribute.name == "id" { id.to_string() } else { format!("{}:{id}", attribute.name) };
            attributes = attributes.with(&*attribute.name, Value::from(value));
        }
        let is_read =
            |name: &str| !schema.attribute(name).is_some_and(|attribute| attribute.secret || attribute.delete_argument);
        let given = put_in(&Value::Map(line.map()), &self.ids(), &self.compiled);
        for (name, value) in given.as_map().unwrap().iter().filter(|(name, _)| is_read(name)) {
            attributes = attributes.with(name.clone(), value.clone());
        }
        let phase = match line.flag("phase").unwrap_or("ready") {
            "creating" => Phase::Creating,
            "updating" => Phase::Updating,
            "failed" => Phase::Failed,
            "deleting" => Phase::Deleting,
            _ => Phase::Ready,
        };
        let unverified = line.flag_values("unverified").map(Name::from).collect();
        let owner = line.flag("mark").map(|text| OwnerMark::parse(text).unwrap());
        Live::Present(Object { id, phase, attributes, unverified, owner, managed_by: line.flag("by").map(Name::from) })
    }

    fn ids(&self) -> BTreeMap<Address, Name> {
        let id = |row: &Row| row.current.as_ref().map(|owned| owned.id.clone());
        self.ledger.rows.iter().filter_map(|(address, row)| Some((address.clone(), id(row)?))).collect()
    }
}

/// What a declared resource depends on, as its row says.
pub(super) fn dependencies(declared: &Declared) -> Vec<Address> {
    let mut found = declared.depends_on.clone();
    for (name, value) in &declared.attributes {
        each_reference(value, name, &mut |reference, _| found.push(reference.address.clone()));
    }
    found.sort();
    found.dedup();
    found
}

/// Puts ids and declared values in for references.
fn put_in(value: &Value, ids: &BTreeMap<Address, Name>, compiled: &CompiledStack) -> Value {
    resolve(value, &|reference| {
        let id = ids.get(&reference.address)?;
        let declared = compiled.resources.iter().find(|declared| declared.address == reference.address);
        match (reference.path.as_str(), declared.and_then(|declared| declared.attributes.at(&reference.path))) {
            (_, Some(value)) => Some(put_in(value, ids, compiled)),
            ("id", None) => Some(Value::text(id.as_str())),
            ("join_key", None) => None,
            (path, None) => Some(Value::from(format!("{path}:{id}"))),
        }
    })
}

impl Line {
    fn parse(text: &str) -> Self {
        let mut words = split(text).into_iter();
        let mut line =
            Self { verb: words.next().unwrap(), words: Vec::new(), attributes: Vec::new(), flags: Vec::new() };
        for word in words {
            let pair = |text: &str| {
                let (key, value) = text.split_once('=').unwrap_or((text, ""));
                (key.to_owned(), value.to_owned())
            };
            let is_attribute = word.split_once('=').is_some_and(|(key, _)| !key.contains(['"', '{', '[', '@']));
            match word.strip_prefix('+') {
                Some(flag) => line.flags.push(pair(flag)),
                None if is_attribute => line.attributes.push(pair(&word)),
                None => line.words.push(word),
            }
        }
        line
    }

    fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn flag_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.flags.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn addresses(&self, flag: &str) -> Vec<Address> {
        let mut found: Vec<_> = self.flag_values(flag).filter(|value| !value.is_empty()).map(address).collect();
        found.sort();
        found
    }

    fn map(&self) -> Map {
        self.attributes.iter().map(|(key, text)| (Name::from(key.as_str()), value(text))).collect()
    }

    fn declared(&self, line: usize) -> Declared {
        let lifecycle = Lifecycle {
            protect: self.flag("protect").map(|value| value != "false"),
            retain: self.flag("retain").is_some(),
            ignore: self.flag_values("ignore").map(Name::from).collect(),
            create_before_delete: self.flag("cbd").is_some(),
            moved_from: self.addresses("moved"),
            test: self.flag("test").is_some(),
            delete_after_success: self.flag("once").is_some(),
            delete_after_failure: self.flag("unless-failed").is_some(),
        };
        Declared {
            address: address(&self.words[0]),
            provider: self.flag("in").unwrap_or("t").into(),
            attributes: self.map(),
            lifecycle,
            depends_on: self.addresses("needs"),
            raw: self.flag_values("raw").map(Name::from).collect(),
            at: Some(format!("stack.rs:{line}").into()),
        }
    }
}

/// `t.db/main:latest`, or a time or the name of a snapshot instead.
fn restore(text: &str) -> Restore {
    let (name, from) = text.split_once(':').unwrap();
    let from = match from {
        "latest" => RestoreFrom::Latest,
        time if time.starts_with(|first: char| first.is_ascii_digit()) => RestoreFrom::Time(time.into()),
        snapshot => RestoreFrom::Snapshot(snapshot.into()),
    };
    Restore { address: address(name), from }
}

impl From<&Line> for Row {
    fn from(line: &Line) -> Self {
        let address = address(&line.words[0]);
        let schema = schemas().remove(address.kind()).unwrap();
        let generation: u32 = line.flag("generation").map_or(1, |text| text.parse().unwrap());
        let owned =
            |id: &str, generation| Owned { id: id.into(), generation, ready: line.flag("never-ready").is_none() };
        let deposed = line.flag_values("deposed").map(|text| text.split_once('/').unwrap());
        Self {
            provider: line.flag("in").unwrap_or("t").into(),
            schema_version: line.flag("v").map_or(schema.version, |text| text.parse().unwrap()),
            current: line.words.get(1).map(|id| owned(id, generation)),
            deposed: deposed
                .map(|(id, generation)| Deposed {
                    object: owned(id, generation.parse().unwrap()),
                    depends_on: line.addresses("stood-on"),
                })
                .collect(),
            generation,
            applied: line.map(),
            computed: Map::default(),
            depends_on: line.addresses("needs"),
            protect: line.flag("protect").map_or(schema.stateful, |value| value != "false"),
            retain: line.flag("retain").is_some(),
            recovered: line.flag("recovered").is_some(),
            at: None,
        }
    }
}

/// A value in JSON, with `@ADDRESS#PATH` for references.
pub(super) fn value(text: &str) -> Value {
    let mut json = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let end = after.find([',', ']', '}']).unwrap_or(after.len());
        let (address, path) = after[..end].split_once('#').unwrap_or_else(|| panic!("a reference in `{text}`"));
        json.push_str(&format!(r#"{before}{{"$ref":["{address}","{path}"]}}"#));
        rest = &after[end..];
    }
    json.push_str(rest);
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Words at white space that is in no text.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_text = false;
    for letter in text.chars() {
        is_text ^= letter == '"' && !words[words.len() - 1].ends_with('\\');
        if letter.is_whitespace() && !is_text {
            words.push(String::new());
        } else {
            words.last_mut().unwrap().push(letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
