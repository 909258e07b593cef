//! What a step sends of objects that its plan does not make, and of what was looked up: both are looked at again like the step's
//! own object.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_plans::live::Question;
use flashinfra_plans::plan::{Lookup, Reliance};
use flashinfra_plans::{Address, Live, Map, Name, Object, Step, Value, compare};
use flashinfra_providers::{Class, Error, Read};
use flashinfra_stacks::schema::Schema;

use super::recheck::{Rows, Verdict};
use super::report::{Stale, StaleAttribute};
use super::settle;

/// An object that a step is sent values of, and how to look at it.
pub(crate) struct Relied {
    pub(crate) reliance: Reliance,
    pub(crate) read: Arc<dyn Read>,
    pub(crate) schema: Arc<Schema>,
    pub(crate) question: Question,
}

impl Relied {
    /// Looks at it; what is wrong with it, if anything is.
    pub(crate) async fn look(&self) -> Option<Verdict> {
        let live = settle::answer(self.read.as_ref(), self.question.clone()).await;
        verdict(&self.reliance, &self.schema, self.question.id.is_empty(), &live)
    }
}

/// What tells one object, or one lookup, from another.
type Key<'a> = (&'a Name, &'a Address, &'a Name);

/// The questions about what all these steps are sent of others, each once.
pub(super) fn questions<'a>(
    steps: impl Iterator<Item = &'a Step>,
    rows: &Rows<'_>,
    lookups: &BTreeMap<Address, Lookup>,
) -> BTreeMap<Key<'a>, Question> {
    let mut questions = BTreeMap::new();
    for reliance in steps.flat_map(|step| &step.relies_on) {
        let applied = || rows.of(&reliance.address).map(|row| row.applied.clone()).unwrap_or_default();
        questions.entry(key(reliance)).or_insert_with(|| question(reliance, lookups, applied));
    }
    questions
}

/// What is asked again: a lookup as it was, else an object by its id, with what was last applied to it for kinds whose read needs
/// more.
pub(super) fn question(
    reliance: &Reliance,
    lookups: &BTreeMap<Address, Lookup>,
    applied: impl FnOnce() -> Map,
) -> Question {
    let Reliance { address, object, .. } = reliance;
    match lookups.get(address) {
        Some(lookup) => Question::lookup(address.kind(), lookup.asked.clone()),
        None => Question { kind: address.kind().into(), id: object.clone(), attributes: applied() },
    }
}

pub(super) fn key(reliance: &Reliance) -> Key<'_> {
    (&reliance.provider, &reliance.address, &reliance.object)
}

/// What is wrong with an object, or the answer of a lookup, that a step is sent values of; none when it has them still.
pub(super) fn verdict(reliance: &Reliance, schema: &Schema, is_lookup: bool, live: &Live) -> Option<Verdict> {
    let Reliance { address, provider: _, object: id, values } = reliance;
    let what = match is_lookup {
        true => format!("the lookup {address}, which this uses,"),
        false => format!("{id} of {address}, which this uses,"),
    };
    let unread = |reason: &str| {
        let message = format!("{what} could not be read again: {reason}");
        Some(Verdict::Unreadable(Error::new(Class::AskPerson, message)))
    };
    let stale = |message: String, attributes| Some(Verdict::Stale(Stale { message, attributes }));
    let object: &Object = match live {
        Live::Present(object) => object,
        Live::Unreadable { reason } => return unread(reason),
        Live::Absent | Live::Tombstone { .. } if is_lookup => {
            return stale(format!("{what} finds nothing any more"), Vec::new());
        }
        Live::Absent | Live::Tombstone { .. } => {
            return stale(format!("{what} is gone, and was there when the plan was made"), Vec::new());
        }
    };
    let mut attributes = Vec::new();
    for (path, planned) in values {
        let name = path.split_once('.').map_or(path.as_str(), |(name, _)| name);
        if object.unverified.iter().any(|unverified| unverified == name) {
            return unread(&format!("it does not show {name}"));
        }
        let value = |value: &Value| (*value != Value::Null).then(|| compare::normal_at(schema, path, value));
        let found = object.attributes.at(path);
        if value(planned) != found.and_then(value) {
            let expected = Some(planned.clone()).filter(|planned| *planned != Value::Null);
            attributes.push(StaleAttribute {
                path: format!("{address}.{path}").into(),
                expected,
                live: found.cloned(),
            });
        }
    }
    if attributes.is_empty() {
        return None;
    }
    let otherwise =
        if is_lookup { "answers otherwise than when the plan was made" } else { "is not what the plan was made from" };
    stale(format!("{what} {otherwise}"), attributes)
}
