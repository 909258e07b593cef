//! Any object.

use std::marker::PhantomData;

use flashinfra::__private::{Draft, Needs};
use flashinfra::schema::Schema;
use flashinfra::{Dependencies, IntoResource, Lifecycle, ProviderHandle, Resource, Value};
use serde::Serialize;

use crate::config::{self, Used};
use crate::convert::{self, Parts};
use crate::facts::is_rolled_out;
use crate::handle::kind::{self, Kind};
use crate::kinds;
use crate::needs::needs;

/// A Kubernetes object, to be added to a stack. See the [crate].
#[must_use = "it is in no stack yet"]
pub struct Object<K = kind::Any> {
    schema: &'static Schema,
    draft: Draft,
    /// The configuration that its pods start with.
    used: Vec<Used>,
    kind: PhantomData<fn() -> K>,
}

// Not derived: that would ask for `K: Clone`.
impl<K> Clone for Object<K> {
    fn clone(&self) -> Self {
        Self { schema: self.schema, draft: self.draft.clone(), used: self.used.clone(), kind: PhantomData }
    }
}

/// An object, from whatever serialises as one. Strings in it may hold [tokens](crate::token).
///
/// What is wrong with it (no name, a namespace that is missing, a secret in clear) is told with the line that adds it to the stack, when
/// the stack is compiled.
pub fn object(object: impl Serialize) -> Object {
    of_parts(parts(object))
}

/// A ConfigMap, from whatever serialises as one; its handle can be mounted and gives variables.
pub fn config_map(object: impl Serialize) -> Object<kind::ConfigMap> {
    of_kind(object, "config_map")
}

/// A Service, from whatever serialises as one; its handle can stand behind an Ingress.
pub fn service(object: impl Serialize) -> Object<kind::Service> {
    of_kind(object, "service")
}

/// A ServiceAccount, from whatever serialises as one; its handle can be bound to roles.
pub fn service_account(object: impl Serialize) -> Object<kind::ServiceAccount> {
    of_kind(object, "service_account")
}

/// A PersistentVolumeClaim, from whatever serialises as one; its handle can be mounted.
pub fn persistent_volume_claim(object: impl Serialize) -> Object<kind::PersistentVolumeClaim> {
    of_kind(object, "persistent_volume_claim")
}

/// An object that has to be of this kind.
fn of_kind<K: Kind>(object: impl Serialize, function: &str) -> Object<K> {
    let mut parts = parts(object);
    if parts.problems.is_empty() && (parts.kind != K::NAME || parts.api_version != "v1") {
        let (kind, group) = (&parts.kind, &parts.api_version);
        parts.problems.push(format!("it is a {kind} of {group}, and `kubernetes::{function}` takes a {}", K::NAME));
    }
    of_parts(parts)
}

/// Fields that are taken from others, as a stack has them.
pub(crate) fn forced<I>(paths: I) -> Value
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    let mut paths: Vec<String> = paths.into_iter().map(Into::into).collect();
    paths.sort();
    Value::List(paths.into_iter().map(Value::text).collect())
}

/// What serialises as an object, taken apart.
pub(crate) fn parts(object: impl Serialize) -> Parts {
    match serde_json::to_value(object) {
        Ok(json) => convert::parts(json),
        Err(error) => unwritable(&error),
    }
}

/// What serialises as nothing.
pub(crate) fn unwritable(error: &serde_json::Error) -> Parts {
    let mut parts = convert::parts(serde_json::Value::Null);
    parts.problems = vec![format!("it cannot be written as JSON: {error}")];
    parts
}

pub(crate) fn of_parts<K>(parts: Parts) -> Object<K> {
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
    let used = if is_rolled_out(&schema.kind) { config::used(attributes.get("spec")) } else { Vec::new() };
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
    Object { schema, draft, used, kind: PhantomData }
}

impl<K> Object<K> {
    /// Takes these fields from whoever writes them, as by `--force-conflicts` of `kubectl`, but by name: `spec.replicas`,
    /// `labels.app`, `spec.template.spec.containers[name=app].image`. Fields that somebody else writes with another value are refused otherwise.
    pub fn force<I>(self, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self { draft: self.draft.value("force", forced(paths)), ..self }
    }

    /// It is ready when this condition of it has this status: `("Healthy", "True")`. For kinds whose readiness is not known, which are ready
    /// at once, and for those that count as ready by another one.
    pub fn ready_when(self, condition: &str, status: &str) -> Self {
        let by = Value::text(format!("{condition}={status}"));
        Self { draft: self.draft.value(kinds::READY_WHEN, by), ..self }
    }

    /// Nothing waits until it is ready, nor fails when it never is: an Ingress whose controller publishes no address, a program that may
    /// come later. `flashinfra health` says how it does.
    pub fn optional(self) -> Self {
        Self { draft: self.draft.value(kinds::OPTIONAL, Value::Bool(true)), ..self }
    }

    /// Whether its pods are made anew when a ConfigMap or a Secret of the stack changes that they start with. They are unless this
    /// says otherwise, which is for programs that notice by themselves. Nothing but a Deployment, a StatefulSet or a DaemonSet has
    /// pods that can be.
    pub fn rolls_with_config(self, rolls: bool) -> Self {
        if rolls { self } else { Self { used: Vec::new(), ..self } }
    }

    /// What has to be there before it, beyond what its tokens say.
    pub fn depends_on(self, resources: impl Dependencies) -> Self {
        Self { draft: self.draft.depends_on(resources), ..self }
    }

    /// The provider instance that it belongs to.
    pub fn provider(self, provider: &ProviderHandle) -> Self {
        Self { draft: self.draft.provider(provider), ..self }
    }

    /// It tests what is applied, and is no part of it: `flashinfra test` makes it, and a Job among them has to complete. What it refers to
    /// and depends on has to be applied.
    pub fn test(self) -> Self {
        self.lifecycle(Lifecycle::new().test())
    }

    /// What may happen to it over its life.
    pub fn lifecycle(self, lifecycle: Lifecycle) -> Self {
        Self { draft: self.draft.lifecycle(lifecycle), ..self }
    }
}

impl<K: Resource> IntoResource for Object<K> {
    type Resource = K;

    fn schema(&self) -> &'static Schema {
        self.schema
    }

    fn needs(&self) -> Option<Needs> {
        Some(needs)
    }

    fn into_draft(self) -> Draft {
        self.used.into_iter().fold(self.draft, |draft, used| draft.digest(used.digest()))
    }
}
