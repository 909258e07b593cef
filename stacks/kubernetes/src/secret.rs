//! `kubernetes.secret`: where secrets are kept for pods. No stack holds one: it says where each comes from.

use std::collections::BTreeMap;

use flashinfra::__private::{Draft, Needs};
use flashinfra::schema::{Attribute, Change, SetBy, Text};
use flashinfra::{
    Dependencies, Encode, IntoInput, IntoResource, IntoSecret, Lifecycle, ProviderHandle, Scalar, Schema, Value,
};

use crate::handle::kind;
use crate::needs::needs;
use crate::{kinds, object, token};

/// A Secret of Kubernetes, to be added to a stack.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_kubernetes as kubernetes;
/// use flashinfra::{Output, output};
///
/// fn login(host: &Output<String>) -> kubernetes::Secret {
///     let password = flashinfra::Secret::env("DB_PASSWORD").version(2);
///     let url = output!("postgres://app:{password}@{host}/shop");
///     kubernetes::Secret::named("database").namespace("shop").value("password", password).value("url", url)
/// }
/// ```
///
/// Values are compared by the version of their sources, never by what they are: what somebody else put in their place in the
/// cluster is not noticed. Keys that others add are left alone.
#[derive(Clone)]
#[must_use = "it is in no stack yet"]
pub struct Secret {
    draft: Draft,
    data: BTreeMap<Text, Value>,
}

impl Secret {
    /// One without anything in it yet.
    pub fn named(name: impl IntoInput<String>) -> Self {
        let draft = Draft::new().value("api_version", Value::text("v1")).input("name", name);
        Self { draft, data: BTreeMap::new() }
    }

    /// The namespace that it is in. It has to be said.
    pub fn namespace(self, namespace: impl IntoInput<String>) -> Self {
        Self { draft: self.draft.input("namespace", namespace), ..self }
    }

    /// A value under a key.
    pub fn value<T: Scalar>(mut self, key: impl Into<String>, secret: impl IntoSecret<T>) -> Self {
        let source = secret.into_secret().encode();
        self.data.insert(key.into().into(), source);
        self
    }

    /// The type, such as `kubernetes.io/tls`, which says what keys it has to have. `Opaque` when unset.
    pub fn secret_type(self, secret_type: impl Into<String>) -> Self {
        Self { draft: self.draft.value("type", Value::text(secret_type.into())), ..self }
    }

    /// Labels.
    pub fn labels<K: Into<String>, V: Into<String>>(self, labels: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { draft: self.draft.value("labels", token::map(labels)), ..self }
    }

    /// Annotations.
    pub fn annotations<K: Into<String>, V: Into<String>>(self, annotations: impl IntoIterator<Item = (K, V)>) -> Self {
        Self { draft: self.draft.value("annotations", token::map(annotations)), ..self }
    }

    /// Takes these fields from whoever writes them: `data.PASSWORD`, `labels.app`. Those that somebody else writes are refused otherwise.
    pub fn force<I>(self, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        Self { draft: self.draft.value("force", object::forced(paths)), ..self }
    }

    /// What has to be there before it, beyond what its values say.
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

/// The schema.
pub(crate) fn schema() -> Schema {
    let data = kinds::entries("data", "What is in it, by key. Keys that others add are left alone.");
    let kind = Attribute {
        set_by: SetBy::Either,
        change: Change::Replace,
        ..kinds::text("type", "What keys it has to have: `Opaque`, any.")
    };
    let doc = "A Secret of Kubernetes: what it holds comes from sources, and is compared by their versions.";
    let attributes = [Attribute { secret: true, ..data }, kind];
    Schema { doc: doc.into(), ..kinds::any("kubernetes.secret".into(), attributes.into_iter()) }
}

impl IntoResource for Secret {
    type Resource = kind::Secret;

    fn schema(&self) -> &'static Schema {
        kinds::schema("", "Secret")
    }

    fn needs(&self) -> Option<Needs> {
        Some(needs)
    }

    fn into_draft(self) -> Draft {
        self.draft.value("data", Value::Map(self.data))
    }
}
