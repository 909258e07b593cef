//! A world that plans are applied to by simple rules, a step at a time.

use flashinfra_stacks::schema::{Attribute, Collection, Container, Element, Identity, Mode, SetBy};

use super::story::Story;
use crate::ledger::{Deposed, Owned, Row};
use crate::live::{Live, Object, Phase};
use crate::plan::{Act, Plan, RowDraft, Step};
use crate::resolve::{published, resolve};
use crate::value::{Address, Expression, Map, Name, Reference, Value};

/// Applies a plan to the ledger and to what is live.
pub(super) fn apply(story: &mut Story, plan: &Plan) {
    for step in &plan.steps {
        Cloud(story).step(step);
    }
    for change in &plan.outputs {
        match &change.value {
            None => story.ledger.outputs.remove(&change.name),
            Some(value) => {
                let value = Cloud(story).resolved(value);
                assert!(crate::resolve::is_known(&value), "an output waits for nothing after the last step: {value:?}");
                story.ledger.outputs.insert(change.name.clone(), value)
            }
        };
    }
    story.ledger.serial += 1;
}

struct Cloud<'a>(&'a mut Story);

impl Cloud<'_> {
    fn step(&mut self, step: &Step) {
        if let Some(when) = &step.when {
            let are_live = when.arriving.iter().all(|of| Some(self.resolved(&of.value)) == of.live);
            if are_live != when.same {
                return;
            }
        }
        let Value::Map(inputs) = self.resolved(&Value::Map(step.inputs.clone())) else { panic!("inputs are a map") };
        // What turns out to be nothing is not sent.
        let inputs: Map = inputs.into_iter().filter(|(_, value)| *value != Value::Null).collect();
        if let Act::Create | Act::Update | Act::Record = step.act {
            assert!(inputs.iter().all(|(_, value)| crate::resolve::is_known(value)), "{}: {inputs:?}", step.address);
        }
        match &step.act {
            Act::Create => self.create(step, inputs),
            Act::Update => self.update(step, inputs),
            Act::Delete => self.delete(step),
            Act::UnguardDouble => {}
            Act::DeleteDouble => {
                let marked = self.0.observed.marked.values_mut();
                marked.for_each(|found| found.retain(|(_, object)| Some(&object.id) != step.object.as_ref()));
            }
            Act::Forget => {
                let row = self.0.ledger.rows.remove(&step.address).unwrap();
                assert!(row.deposed.is_empty(), "a row that is forgotten has no deposed objects left");
                self.0.ledger.retired.insert(step.address.clone(), row.generation);
                self.0.observed.current.remove(&step.address);
            }
            Act::Move(from) => {
                let row = self.0.ledger.rows.remove(from).unwrap();
                self.0.ledger.retired.insert(from.clone(), row.generation);
                let row = drafted(row, step.row.as_ref().unwrap());
                assert!(
                    self.0.ledger.rows.insert(step.address.clone(), row).is_none(),
                    "a row moves to a free address"
                );
                let live = self.0.observed.current.remove(from).unwrap();
                self.0.observed.current.insert(step.address.clone(), live);
            }
            Act::Record => {
                let draft = step.row.as_ref().unwrap();
                let row = self.row(&step.address).clone();
                let row = Row { applied: draft.applied(inputs), recovered: false, ..self.current(row, step) };
                self.0.ledger.rows.insert(step.address.clone(), drafted(row, draft));
            }
        }
    }

    fn create(&mut self, step: &Step, inputs: Map) {
        let schema = self.0.compiled.schemas[step.address.kind()].clone();
        let id: Name = match &schema.identity {
            Identity::Named(_) | Identity::Composed(_) => {
                crate::compare::chosen_name(&schema, |name| inputs.get(name)).unwrap()
            }
            Identity::Assigned => format!("{}-{}", step.address.name(), step.generation).into(),
        };
        let mut attributes = Map::default();
        for attribute in schema.attributes.iter() {
            if let Some(value) = made(attribute, inputs.get(&attribute.name), &id) {
                attributes = attributes.with(&*attribute.name, value);
            }
        }
        let mut deposed = Vec::new();
        if let Some(old) = self.0.ledger.rows.get(&step.address) {
            deposed.clone_from(&old.deposed);
            // One that is gone already is not named.
            if let Some(current) = old.current.as_ref().filter(|current| step.object.as_ref() == Some(&current.id)) {
                deposed.push(Deposed { object: current.clone(), depends_on: old.depends_on.clone() });
                let live = self.0.observed.current.remove(&step.address).unwrap();
                self.0.observed.deposed.insert((step.address.clone(), current.generation), live);
            }
        }
        let object = Object {
            id: id.clone(),
            phase: Phase::Ready,
            attributes,
            unverified: Vec::new(),
            owner: None,
            managed_by: None,
        };
        self.0.observed.current.insert(step.address.clone(), Live::Present(object));
        let draft = step.row.as_ref().unwrap();
        let row = Row {
            provider: step.provider.clone(),
            schema_version: schema.version,
            current: Some(Owned { id, generation: step.generation, ready: true }),
            deposed,
            generation: step.generation,
            applied: draft.applied(inputs),
            computed: Map::default(),
            depends_on: Vec::new(),
            protect: false,
            retain: false,
            recovered: false,
            at: None,
        };
        self.0.ledger.rows.insert(step.address.clone(), drafted(row, draft));
    }

    fn update(&mut self, step: &Step, inputs: Map) {
        let schema = self.0.compiled.schemas[step.address.kind()].clone();
        let is_current =
            self.row(&step.address).current.as_ref().is_some_and(|owned| owned.generation == step.generation);
        let observed = &mut self.0.observed;
        let live = match is_current {
            true => observed.current.get_mut(&step.address),
            false => observed.deposed.get_mut(&(step.address.clone(), step.generation)),
        };
        let Some(Live::Present(object)) = live else { panic!("it is there") };
        for name in &step.changed {
            let mut attributes = object.attributes.clone();
            attributes = match schema.attribute(name) {
                None => match inputs.get(name) {
                    Some(value) => attributes.with(name.clone(), value.clone()),
                    None => attributes.without(name),
                },
                Some(attribute) => match written(attribute, &step.before, &inputs, &attributes) {
                    Some(value) => attributes.with(name.clone(), value),
                    None => attributes.without(name),
                },
            };
            object.attributes = attributes;
        }
        if !is_current {
            return;
        }
        let draft = step.row.as_ref().unwrap();
        let row = self.row(&step.address).clone();
        let row = Row { applied: draft.applied(inputs), recovered: false, ..self.current(row, step) };
        self.0.ledger.rows.insert(step.address.clone(), drafted(row, draft));
    }

    fn delete(&mut self, step: &Step) {
        let mut row = self.row(&step.address).clone();
        if row.current.as_ref().is_some_and(|owned| owned.generation == step.generation) {
            row.current = None;
            self.0.observed.current.remove(&step.address);
        } else {
            let count = row.deposed.len();
            row.deposed.retain(|deposed| deposed.object.generation != step.generation);
            assert_eq!(row.deposed.len() + 1, count, "{} {}: what is deleted is owned", step.address, step.generation);
            self.0.observed.deposed.remove(&(step.address.clone(), step.generation));
        }
        if row.current.is_some() || !row.deposed.is_empty() || step.row.is_some() {
            self.0.ledger.rows.insert(step.address.clone(), row);
        } else {
            self.0.ledger.retired.insert(step.address.clone(), row.generation);
            self.0.ledger.rows.remove(&step.address);
        }
    }

    fn row(&self, address: &Address) -> &Row {
        self.0.ledger.rows.get(address).unwrap_or_else(|| panic!("{address} has a row"))
    }

    /// A row under the schema and in the provider instance of now.
    fn current(&self, row: Row, step: &Step) -> Row {
        let schema_version = self.0.compiled.schemas[step.address.kind()].version;
        Row { schema_version, provider: step.provider.clone(), ..row }
    }

    fn resolved(&self, value: &Value) -> Value {
        resolve(value, &|reference| {
            let Reference { address, path } = reference;
            let row = self.0.ledger.rows.get(address)?;
            let Some(Live::Present(object)) = self.0.observed.current.get(address) else { return None };
            let name = path.split_once('.').map_or(path.as_str(), |(name, _)| name);
            let attribute = self.0.compiled.schemas[address.kind()].attribute(name);
            if attribute.is_some_and(|attribute| attribute.secret && row.applied.get(name).is_none()) {
                return Some(Value::Expression(Box::new(Expression::Reference(reference.clone()))));
            }
            Some(published(&row.applied, &object.attributes, path).cloned().unwrap_or(Value::Null))
        })
    }
}

fn drafted(row: Row, draft: &RowDraft) -> Row {
    let RowDraft { depends_on, protect, retain, released: _, deposed: edges, at } = draft.clone();
    let mut deposed = row.deposed;
    for old in &mut deposed {
        old.depends_on = edges[&old.object.generation].clone();
    }
    Row { depends_on, protect, retain, deposed, at, ..row }
}

/// What a new object has: what is declared, in the service's own spelling, and what the provider adds.
fn made(attribute: &Attribute, input: Option<&Value>, id: &str) -> Option<Value> {
    if attribute.secret || attribute.mode == Mode::WriteOnly || attribute.delete_argument {
        return None;
    }
    match (attribute.set_by, input) {
        (SetBy::Provider, _) if attribute.name == "id" => Some(id.into()),
        (SetBy::Provider, _) => Some(Value::from(format!("{} of {id}", attribute.name))),
        (SetBy::Either, None) => Some("chosen".into()),
        (SetBy::Required | SetBy::Optional | SetBy::Either, None | Some(Value::Null)) => None,
        (SetBy::Required | SetBy::Optional | SetBy::Either, Some(input)) => Some(spelled(attribute, input)),
    }
}

fn spelled(attribute: &Attribute, input: &Value) -> Value {
    use flashinfra_stacks::schema::Compare;
    match (attribute.shape.container, &attribute.shape.element, input) {
        (Container::One, Element::Text(_), Value::Text(text)) if attribute.mode == Mode::Prefix => {
            format!("{text}.7").into()
        }
        (Container::One, Element::Text(_), Value::Text(text)) if attribute.compare == Compare::IgnoreCase => {
            text.to_ascii_lowercase().into()
        }
        (Container::Set, _, Value::List(entries)) => {
            let mut entries: Vec<_> = entries.iter().map(|entry| readable(attribute, entry)).collect();
            entries.reverse();
            entries.dedup();
            Value::from(entries)
        }
        (Container::One | Container::List | Container::Map, _, Value::Map(map)) => {
            let shows = map.iter().filter(|(_, value)| !matches!(value, Value::Secret(_)));
            Value::Map(shows.map(|(key, value)| (key.clone(), readable(attribute, value))).collect())
        }
        _ => input.clone(),
    }
}

/// A part as it can be read again: without secrets, and with what the provider adds.
fn readable(attribute: &Attribute, value: &Value) -> Value {
    match (&attribute.shape.element, value) {
        (Element::Block(parts), Value::Map(map)) => {
            let is_secret = |key: &str| parts.iter().any(|part| part.name == key && part.secret);
            let read: Map = map.iter().filter(|(key, _)| !is_secret(key)).cloned().collect();
            let added = parts.iter().filter(|part| matches!(part.set_by, SetBy::Provider | SetBy::Either));
            added
                .filter(|part| map.get(&part.name).is_none())
                .fold(read, |read, part| read.with(&*part.name, "added".into()))
                .into()
        }
        _ => value.clone(),
    }
}

/// What an attribute is after an update that writes it: a keyed collection keeps the entries that are not ours.
fn written(attribute: &Attribute, before: &Map, inputs: &Map, live: &Map) -> Option<Value> {
    let input = inputs.get(&attribute.name);
    let (before, live) = (before.get(&attribute.name), live.get(&attribute.name));
    match (attribute.collection, attribute.shape.container) {
        (Collection::Keyed, Container::Map) => {
            let ours = before.and_then(Value::as_map).into_iter().flatten();
            let kept = ours
                .fold(live.and_then(Value::as_map).cloned().unwrap_or_default(), |kept, (key, _)| kept.without(key));
            let new = input.and_then(Value::as_map).into_iter().flatten();
            Some(new.fold(kept, |kept, (key, value)| kept.with(key.clone(), value.clone())).into())
        }
        (Collection::Keyed, Container::Set) => {
            let ours = before.and_then(Value::as_list).unwrap_or_default();
            let live = live.and_then(Value::as_list).unwrap_or_default();
            let mut kept: Vec<_> = live.iter().filter(|entry| !ours.contains(entry)).cloned().collect();
            kept.extend(input.and_then(Value::as_list).unwrap_or_default().iter().cloned());
            kept.dedup();
            Some(Value::from(kept))
        }
        (_, Container::One) if matches!(attribute.shape.element, Element::Block(_)) => {
            let ours = before.and_then(Value::as_map).into_iter().flatten();
            let kept = ours
                .fold(live.and_then(Value::as_map).cloned().unwrap_or_default(), |kept, (key, _)| kept.without(key));
            let made = made(attribute, input, "x")?;
            Some(made.as_map()?.iter().fold(kept, |kept, (key, value)| kept.with(key.clone(), value.clone())).into())
        }
        _ => made(attribute, input, "x"),
    }
}
