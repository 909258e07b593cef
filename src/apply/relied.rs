//! What a step sends of objects that its plan does not make: they are looked at again like the step's own object.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_plans::live::Question;
use flashinfra_plans::plan::Reliance;
use flashinfra_plans::{Live, Map, Name, Step, Value, compare};
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
    /// What was last applied to it, for kinds whose read needs more than an id.
    pub(crate) applied: Map,
}

impl Relied {
    /// Looks at it; what is wrong with it, if anything is.
    pub(crate) async fn look(&self) -> Option<Verdict> {
        let live = settle::one(self.read.as_ref(), &self.schema, &self.reliance.object, &self.applied).await;
        verdict(&self.reliance, &self.schema, &live)
    }
}

/// The questions about what all these steps are sent of others, each object once.
pub(super) fn questions<'a>(
    steps: impl Iterator<Item = &'a Step>,
    rows: &Rows<'_>,
) -> BTreeMap<(&'a Name, &'a str, &'a Name), Question> {
    let mut questions = BTreeMap::new();
    for reliance in steps.flat_map(|step| &step.relies_on) {
        questions.entry(key(reliance)).or_insert_with(|| Question {
            kind: reliance.address.kind().into(),
            id: reliance.object.clone(),
            attributes: rows.of(&reliance.address).map(|row| row.applied.clone()).unwrap_or_default(),
        });
    }
    questions
}

/// What tells one object from another.
pub(super) fn key(reliance: &Reliance) -> (&Name, &str, &Name) {
    (&reliance.provider, reliance.address.kind(), &reliance.object)
}

/// What is wrong with an object that a step is sent values of; none when it has them still.
pub(super) fn verdict(reliance: &Reliance, schema: &Schema, live: &Live) -> Option<Verdict> {
    let Reliance { address, provider: _, object: id, values } = reliance;
    let unread = |reason: &str| {
        let message = format!("{id} of {address}, which this uses, could not be read again: {reason}");
        Some(Verdict::Unreadable(Error::new(Class::AskPerson, message)))
    };
    let object = match live {
        Live::Present(object) => object,
        Live::Unreadable { reason } => return unread(reason),
        Live::Absent | Live::Tombstone { .. } => {
            let message = format!("{id} of {address}, which this uses, is gone, and was there when the plan was made");
            return Some(Verdict::Stale(Stale { message, attributes: Vec::new() }));
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
    let message = format!("{id} of {address}, which this uses, is not what the plan was made from");
    (!attributes.is_empty()).then_some(Verdict::Stale(Stale { message, attributes }))
}
