//! Objects that were added to a stack, as others refer to them: by kind, so that a Secret cannot stand where a ConfigMap is meant.

use std::marker::PhantomData;

use flashinfra::schema::Schema;
use flashinfra::{Address, Handle, Output, Resource};
use serde_json::{Value as Json, json};

use crate::{kinds, token};

/// Kinds of objects that others refer to by name. They are names of types only: no object of theirs is ever made.
pub mod kind {
    use super::{Handle, ObjectHandle, Resource, Schema, kinds};

    /// A kind that others refer to by name.
    pub trait Kind: Resource<Handle = ObjectHandle<Self>> + Sized {
        /// Its name in the API.
        const NAME: &'static str;
    }

    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $api:literal;)*) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}

            impl Resource for $name {
                // What a builder says instead is of the object's own kind.
                const SCHEMA: &'static Schema = &kinds::ANY;
                type Handle = ObjectHandle<$name>;
            }

            impl Kind for $name {
                const NAME: &'static str = $api;
            }
        )*};
    }

    kinds! {
        /// A ConfigMap.
        ConfigMap = "ConfigMap";
        /// A Secret.
        Secret = "Secret";
        /// A Service.
        Service = "Service";
        /// A ServiceAccount.
        ServiceAccount = "ServiceAccount";
        /// A PersistentVolumeClaim.
        PersistentVolumeClaim = "PersistentVolumeClaim";
    }

    /// Whatever kind: what [`object`](crate::object) makes.
    #[derive(Debug)]
    pub enum Any {}

    impl Resource for Any {
        const SCHEMA: &'static Schema = &kinds::ANY;
        type Handle = ObjectHandle<Self>;
    }

    impl<K> Handle for ObjectHandle<K> {
        fn at(address: super::Address) -> Self {
            Self { address, kind: super::PhantomData }
        }
    }
}

use kind::Kind;

/// An object that was added to a stack. Its kind is that of the function that declared it: [`config_map`](crate::config_map) makes a
/// [`ConfigMapHandle`], [`object`](crate::object) one of which nothing is known but its name.
pub struct ObjectHandle<K = kind::Any> {
    address: Address,
    kind: PhantomData<fn() -> K>,
}

/// A ConfigMap that was added to a stack.
pub type ConfigMapHandle = ObjectHandle<kind::ConfigMap>;
/// A Secret that was added to a stack.
pub type SecretHandle = ObjectHandle<kind::Secret>;
/// A Service that was added to a stack.
pub type ServiceHandle = ObjectHandle<kind::Service>;
/// A ServiceAccount that was added to a stack.
pub type ServiceAccountHandle = ObjectHandle<kind::ServiceAccount>;
/// A PersistentVolumeClaim that was added to a stack.
pub type PersistentVolumeClaimHandle = ObjectHandle<kind::PersistentVolumeClaim>;

// Not derived: that would ask for `K: Clone`.
impl<K> Clone for ObjectHandle<K> {
    fn clone(&self) -> Self {
        Self { address: self.address.clone(), kind: PhantomData }
    }
}

impl<K> AsRef<Address> for ObjectHandle<K> {
    fn as_ref(&self) -> &Address {
        &self.address
    }
}

impl<K> ObjectHandle<K> {
    /// Its name: for what refers to it by name, which so is made after it.
    pub fn name(&self) -> Output<String> {
        flashinfra::__private::output(&self.address, "name")
    }

    /// Its name as a [`token`], for the string fields of other objects. Nothing looks at what kind it is of there: see [`name`](self::name()).
    pub fn name_token(&self) -> String {
        token(self.name())
    }

    /// Its namespace.
    pub fn namespace(&self) -> Output<String> {
        flashinfra::__private::output(&self.address, "namespace")
    }

    /// Its UID, known once it is there.
    pub fn uid(&self) -> Output<String> {
        flashinfra::__private::output(&self.address, "uid")
    }
}

/// The handle of an object of this kind.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: the name of a `{K}` is needed",
    label = "this is no `{K}`",
    note = "the function that declares an object says what its handle is of: `kubernetes::config_map(…)`, `kubernetes::Secret::named(…)`, \
            `kubernetes::service(…)`, `kubernetes::service_account(…)`, `kubernetes::persistent_volume_claim(…)`; what is in no stack is named by plain text"
)]
pub trait Names<K> {
    /// Its name, as a token.
    #[doc(hidden)]
    fn named(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<K: Kind> Names<K> for ObjectHandle<K> {
    fn named(&self) -> String {
        self.name_token()
    }
}

/// The name of an object of this kind, as a [`token`] for a string field that takes the name of such a one and of no other.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_kubernetes as kubernetes;
/// use k8s_openapi::api::core::v1::{ConfigMapEnvSource, SecretEnvSource};
/// use kubernetes::{ConfigMapHandle, SecretHandle, kind, name};
///
/// fn sources(config: &ConfigMapHandle, login: &SecretHandle) -> (ConfigMapEnvSource, SecretEnvSource) {
///     let config = ConfigMapEnvSource { name: name::<kind::ConfigMap>(config), ..ConfigMapEnvSource::default() };
///     (config, SecretEnvSource { name: name::<kind::Secret>(login), ..SecretEnvSource::default() })
/// }
/// ```
pub fn name<K: Kind>(handle: &impl Names<K>) -> String {
    handle.named()
}

/// What a container takes its environment from: a ConfigMap or a Secret.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: the handle of a ConfigMap or of a Secret is needed",
    label = "there are no variables in this",
    note = "`kubernetes::config_map(…)` and `kubernetes::Secret::named(…)` declare one whose handle fits"
)]
pub trait Variables {
    /// All of its keys as variables: an entry of `envFrom`.
    fn env_from(&self) -> Json;

    /// One of its keys as a variable: an entry of `env`.
    fn env(&self, variable: &str, key: &str) -> Json;
}

impl Variables for ConfigMapHandle {
    fn env_from(&self) -> Json {
        json!({ "configMapRef": { "name": self.name_token() } })
    }

    fn env(&self, variable: &str, key: &str) -> Json {
        json!({ "name": variable, "valueFrom": { "configMapKeyRef": { "name": self.name_token(), "key": key } } })
    }
}

impl Variables for SecretHandle {
    fn env_from(&self) -> Json {
        json!({ "secretRef": { "name": self.name_token() } })
    }

    fn env(&self, variable: &str, key: &str) -> Json {
        json!({ "name": variable, "valueFrom": { "secretKeyRef": { "name": self.name_token(), "key": key } } })
    }
}

/// What a pod mounts: a ConfigMap, a Secret or a PersistentVolumeClaim.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit here: the handle of a ConfigMap, a Secret or a PersistentVolumeClaim is needed",
    label = "a pod cannot mount this",
    note = "`kubernetes::config_map(…)`, `kubernetes::Secret::named(…)` and `kubernetes::persistent_volume_claim(…)` declare one whose handle fits"
)]
pub trait Volume {
    /// It as a volume of this name: an entry of `volumes`.
    fn volume(&self, name: &str) -> Json;
}

impl Volume for ConfigMapHandle {
    fn volume(&self, name: &str) -> Json {
        json!({ "name": name, "configMap": { "name": self.name_token() } })
    }
}

impl Volume for SecretHandle {
    fn volume(&self, name: &str) -> Json {
        json!({ "name": name, "secret": { "secretName": self.name_token() } })
    }
}

impl Volume for PersistentVolumeClaimHandle {
    fn volume(&self, name: &str) -> Json {
        json!({ "name": name, "persistentVolumeClaim": { "claimName": self.name_token() } })
    }
}

impl ServiceHandle {
    /// One of its ports, by name, as the backend of an Ingress.
    pub fn backend(&self, port: &str) -> Json {
        json!({ "service": { "name": self.name_token(), "port": { "name": port } } })
    }
}

impl ServiceAccountHandle {
    /// It as the subject of a RoleBinding or ClusterRoleBinding.
    pub fn subject(&self) -> Json {
        json!({ "kind": "ServiceAccount", "name": self.name_token(), "namespace": token(self.namespace()) })
    }
}
