//! The compiled stack: what a stack program hands over.

pub(crate) mod file;
pub(crate) mod written;

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;

use crate::references::each_reference;
use crate::resolve::{is_known, resolve};
use crate::value::{Address, Map, Name, Reference, Value};

pub use file::{FORMAT, Problem, ReadError, digest, read};
pub(crate) use written::Embedded;
pub use written::write;

/// A stack as its program declared it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledStack {
    /// The stack's name.
    pub stack: Name,
    /// The environment it was compiled for.
    pub environment: Name,
    /// The version of the definitions crate that wrote it.
    pub flashinfra: Name,
    /// The provider instances by name.
    pub providers: BTreeMap<Name, ProviderInstance>,
    /// The schemas of the kinds in use.
    pub schemas: BTreeMap<Name, Arc<Schema>>,
    /// What is asked about things that the stack does not own, sorted by address.
    pub lookups: Vec<DeclaredLookup>,
    /// The declared resources, sorted by address.
    pub resources: Vec<Declared>,
    /// What the stack publishes.
    pub outputs: Vec<DeclaredOutput>,
}

/// A configured provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderInstance {
    /// Its type: `aws`.
    pub provider: Name,
    /// Its configuration: `region`, `account`. It may hold outputs of resources: then these configure it.
    pub config: Map,
}

impl ProviderInstance {
    /// The resources whose outputs its configuration holds, sorted, each once.
    pub fn configured_by(&self) -> Vec<&Address> {
        let mut addresses = Vec::new();
        for (name, value) in &self.config {
            each_reference(value, name, &mut |reference, _| addresses.push(&reference.address));
        }
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// The instance with all that its configuration refers to put in; none while something of that is not known, or is nothing.
    pub fn resolved(&self, lookup: &dyn Fn(&Reference) -> Option<Value>) -> Option<Self> {
        let entry = |(name, value): &(Name, Value)| {
            let value = resolve(value, lookup);
            (is_known(&value) && value != Value::Null).then(|| (name.clone(), value))
        };
        let config = self.config.iter().map(entry).collect::<Option<Map>>()?;
        Some(Self { provider: self.provider.clone(), config })
    }
}

/// Whether something in a stack is there for a while only.
pub(crate) fn has_short_lived(stack: &CompiledStack) -> bool {
    stack.resources.iter().any(|declared| declared.lifecycle.is_short_lived())
}

/// A declared resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its address.
    pub address: Address,
    /// The provider instance it lives in.
    pub provider: Name,
    /// What the stack sets; an attribute that nobody set is absent.
    pub attributes: Map,
    /// How it is treated.
    pub lifecycle: Lifecycle,
    /// What must exist before it, beyond what its references say.
    pub depends_on: Vec<Address>,
    /// Attributes that were set through `.raw(…)`, outside the typed schema.
    pub raw: Vec<Name>,
    /// Where it was declared, `path:line:column`; never part of a digest.
    pub at: Option<Name>,
}

/// A declared lookup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredLookup {
    /// Its address, by which resources refer to its answer.
    pub address: Address,
    /// The provider instance that is asked.
    pub provider: Name,
    /// What is asked.
    pub asked: Map,
    /// Where it was declared, `path:line:column`; never part of a digest.
    pub at: Option<Name>,
}

/// How a resource is treated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifecycle {
    /// Whether deletion and replacement need to be allowed by name; unset means the schema's `stateful`.
    pub protect: Option<bool>,
    /// Whether it is forgotten instead of deleted.
    pub retain: bool,
    /// Attributes whose live value is left alone after the create.
    pub ignore: Vec<Name>,
    /// Whether a replacement creates the new object first.
    pub create_before_delete: bool,
    /// Addresses it had before.
    pub moved_from: Vec<Address>,
    /// Whether it is no part of what is applied, but tests it.
    pub test: bool,
    /// Whether its object is deleted once it was ready, and not missed then.
    pub delete_after_success: bool,
    /// Whether its object is deleted when it has failed.
    pub delete_after_failure: bool,
}

impl Lifecycle {
    /// Whether its object is there for a while only.
    pub fn is_short_lived(&self) -> bool {
        self.test || self.delete_after_success || self.delete_after_failure
    }
}

/// A published value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredOutput {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Value,
    /// What it is.
    pub doc: Name,
    /// Where it was declared.
    pub at: Option<Name>,
}
