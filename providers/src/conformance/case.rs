//! What the suite is told about one kind.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use flashinfra_plans::{Map, Name, Value};
use flashinfra_stacks::schema::Schema;

use crate::ports::Inputs;
use crate::sensitive::Sensitive;

/// Changes an object behind the adapter's back, given its id.
pub type Foreign = Arc<dyn Fn(Name) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// One kind, and what to make of it. What a case does not give is not checked, and the report says so.
#[derive(Clone)]
pub struct Case {
    /// The kind's schema.
    pub schema: Arc<Schema>,
    /// What the object is created with. It refers to objects that exist already.
    pub inputs: Inputs,
    /// What a second object of the kind may be created with beside the first; without it the first one's inputs, with the
    /// same name.
    pub second: Option<Map>,
    /// A well-formed id that the service never gave out.
    pub unknown_id: Name,
    /// Changes in place, made one after the other: attributes, and what they become (none clears one).
    pub updates: Vec<(Name, Option<Value>)>,
    /// Attributes whose change takes a new object, and another value for each.
    pub replacements: Vec<(Name, Value)>,
    /// A change behind the adapter's back: the attribute, what is read after it, and what makes it.
    pub foreign: Option<(Name, Value, Foreign)>,
    /// What the delete is told.
    pub delete_arguments: Map,
    /// The pause between two looks at an object that is not ready yet.
    pub poll: Duration,
    /// The stack uuid in the owner marks: another one for each run where objects of an earlier run may be left.
    pub stack: Name,
}

impl Case {
    /// A case that creates an object with these attributes, reads it and deletes it.
    pub fn new(schema: Arc<Schema>, attributes: Map) -> Self {
        Self {
            schema,
            inputs: Inputs { attributes, ..Inputs::default() },
            second: None,
            unknown_id: "flashinfra-conformance-unknown".into(),
            updates: Vec::new(),
            replacements: Vec::new(),
            foreign: None,
            delete_arguments: Map::default(),
            poll: Duration::from_millis(10),
            stack: "00000000-0000-4000-8000-000000000000".into(),
        }
    }

    /// With a secret in clear; the attributes have its reference at this path.
    #[must_use]
    pub fn secret(mut self, path: &str, clear: &str) -> Self {
        self.inputs.secrets.insert(path.into(), Sensitive::new(clear.into()));
        self
    }

    /// With what a second object is created with.
    #[must_use]
    pub fn second(self, attributes: Map) -> Self {
        Self { second: Some(attributes), ..self }
    }

    /// With an id that the service never gave out.
    #[must_use]
    pub fn unknown_id(self, id: &str) -> Self {
        Self { unknown_id: id.into(), ..self }
    }

    /// With a change in place.
    #[must_use]
    pub fn update(mut self, attribute: &str, value: Value) -> Self {
        self.updates.push((attribute.into(), Some(value)));
        self
    }

    /// With a change in place that clears an attribute.
    #[must_use]
    pub fn clear(mut self, attribute: &str) -> Self {
        self.updates.push((attribute.into(), None));
        self
    }

    /// With a change that takes a new object.
    #[must_use]
    pub fn replacement(mut self, attribute: &str, value: Value) -> Self {
        self.replacements.push((attribute.into(), value));
        self
    }

    /// With a change behind the adapter's back, after which `attribute` is read as `value`.
    #[must_use]
    pub fn foreign(self, attribute: &str, value: Value, change: Foreign) -> Self {
        Self { foreign: Some((attribute.into(), value, change)), ..self }
    }

    /// With what the delete is told.
    #[must_use]
    pub fn delete_arguments(self, arguments: Map) -> Self {
        Self { delete_arguments: arguments, ..self }
    }

    /// With a pause between two looks at an object that is not ready yet.
    #[must_use]
    pub fn poll(self, pause: Duration) -> Self {
        Self { poll: pause, ..self }
    }

    /// With a stack uuid of its own.
    #[must_use]
    pub fn stack(self, uuid: &str) -> Self {
        Self { stack: uuid.into(), ..self }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schema, inputs, second, unknown_id, updates, replacements, foreign, delete_arguments, poll, stack } =
            self;
        f.debug_struct("Case")
            .field("kind", &schema.kind)
            .field("inputs", inputs)
            .field("second", second)
            .field("unknown_id", unknown_id)
            .field("updates", updates)
            .field("replacements", replacements)
            .field("foreign", &foreign.as_ref().map(|(attribute, value, _)| (attribute, value)))
            .field("delete_arguments", delete_arguments)
            .field("poll", poll)
            .field("stack", stack)
            .finish()
    }
}
