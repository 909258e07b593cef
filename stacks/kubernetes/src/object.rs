//! Any object.

use flashinfra::__private::Draft;
use flashinfra::schema::Schema;
use flashinfra::{Address, Dependencies, Handle, IntoResource, Lifecycle, Output, ProviderHandle, Resource, Value};
use serde::Serialize;

use crate::convert::{self, Parts};
use crate::{kinds, token};

/// A Kubernetes object, to be added to a stack. See the [crate].
#[derive(Clone)]
#[must_use = "it is in no stack yet"]
pub struct Object {
    schema: &'static Schema,
    draft: Draft,
}

/// Stands for every kind of object.
pub struct AnyObject;

/// An object that was added to a stack.
#[derive(Clone)]
pub struct ObjectHandle(Address);

/// An object, from whatever serialises as one. Strings in it may hold [`token`]s.
///
/// What is wrong with it (no name, a namespace that is missing, a secret in clear) is told with the line that adds it to the stack, when
/// the stack is compiled.
pub fn object(object: impl Serialize) -> Object {
    match serde_json::to_value(object) {
        Ok(json) => of_parts(convert::parts(json)),
        Err(error) => {
            let mut parts = convert::parts(serde_json::Value::Null);
            parts.problems = vec![format!("it cannot be written as JSON: {error}")];
            of_parts(parts)
        }
    }
}

fn of_parts(parts: Parts) -> Object {
    let Parts { api_version, kind, mut attributes, mut problems } = parts;
    let group = api_version.rsplit_once('/').map_or("", |(group, _)| group);
    let own = kinds::of_kind(group, &kind);
    match own {
        Some(own) if own.is_namespaced && !attributes.contains_key("namespace") => {
            problems.push(format!("a {kind} is in a namespace: it needs `metadata.namespace`"));
        }
        Some(own) if !own.is_namespaced && attributes.contains_key("namespace") => {
            problems.push(format!("a {kind} is in no namespace: leave `metadata.namespace` out"));
        }
        Some(_) | None => {}
    }
    if group.is_empty() && kind == "Secret" {
        problems.push(
            "what is in a Secret is in no stack: write `kubernetes::Secret::named(…)`, which takes its sources".into(),
        );
    }
    let schema = kinds::schema(group, &kind);
    attributes.insert("api_version".into(), Value::text(api_version));
    let mut draft = Draft::new();
    for (name, value) in attributes {
        draft = match schema.attribute(&name) {
            Some(_) => draft.value(name, value),
            // What is neither metadata nor of the kind's fields is compared as a whole.
            None => draft.unmodelled(name, value),
        };
    }
    if !problems.is_empty() {
        draft = draft.value("object", Value::Invalid(problems.join("; ")));
    }
    Object { schema, draft }
}

impl Object {
    /// Takes these fields from whoever writes them, as by `--force-conflicts` of `kubectl`, but by name: `spec.replicas`,
    /// `spec.template.spec.containers[name=app].image`. Fields that somebody else writes with another value are refused otherwise.
    pub fn force<I>(self, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut paths: Vec<String> = paths.into_iter().map(Into::into).collect();
        paths.sort();
        let paths = paths.into_iter().map(Value::text).collect();
        Self { draft: self.draft.value("force", Value::List(paths)), ..self }
    }

    /// What has to be there before it, beyond what its tokens say.
    pub fn depends_on(self, resources: impl Dependencies) -> Self {
        Self { draft: self.draft.depends_on(resources), ..self }
    }

    /// The provider instance that it belongs to.
    pub fn provider(self, provider: &ProviderHandle) -> Self {
        Self { draft: self.draft.provider(provider), ..self }
    }

    /// What may happen to it over its life.
    pub fn lifecycle(self, lifecycle: Lifecycle) -> Self {
        Self { draft: self.draft.lifecycle(lifecycle), ..self }
    }
}

impl Resource for AnyObject {
    // What the builder says instead is of the object's own kind.
    const SCHEMA: &'static Schema = &kinds::ANY;
    type Handle = ObjectHandle;
}

impl IntoResource for Object {
    type Resource = AnyObject;

    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn into_draft(self) -> Draft {
        self.draft
    }
}

impl AsRef<Address> for ObjectHandle {
    fn as_ref(&self) -> &Address {
        &self.0
    }
}

impl Handle for ObjectHandle {
    fn at(address: Address) -> Self {
        Self(address)
    }
}

impl ObjectHandle {
    /// Its name: for what refers to it by name, which so is made after it.
    pub fn name(&self) -> Output<String> {
        flashinfra::__private::output(&self.0, "name")
    }

    /// Its name as a [`token`], for the string fields of other objects.
    pub fn name_token(&self) -> String {
        token(self.name())
    }

    /// Its namespace.
    pub fn namespace(&self) -> Output<String> {
        flashinfra::__private::output(&self.0, "namespace")
    }

    /// Its UID, known once it is there.
    pub fn uid(&self) -> Output<String> {
        flashinfra::__private::output(&self.0, "uid")
    }
}
