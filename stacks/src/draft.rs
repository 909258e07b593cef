//! What a builder collects until the resource is added to a stack.

use std::collections::BTreeMap;

use crate::address::Address;
use crate::digest::Digest;
use crate::input::{IntoInput, IntoList, IntoMap};
use crate::lifecycle::Lifecycle;
use crate::lookup::IntoKnown;
use crate::provider::ProviderHandle;
use crate::resource::{Block, Dependencies, IntoBlock, IntoBlocks};
use crate::schema::Text;
use crate::secret::IntoSecret;
use crate::turn::Turn;
use crate::value::Value;

/// The attributes that were set, and what was said about the resource as a whole.
///
/// Builders keep values and not the typed struct: it compiles in half the time, and an attribute that nobody set is absent
/// and not a default. Generated code is one call of this for each setter, so that there is little of it to compile.
#[derive(Clone, Default)]
pub struct Draft {
    pub(crate) attributes: BTreeMap<Text, Value>,
    /// Attributes that were set twice, as paths from here.
    pub(crate) twice: Vec<String>,
    pub(crate) options: Option<Box<Options>>,
}

/// What few resources say.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) provider: Option<String>,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) depends_on: Vec<Address>,
    /// Paths that no schema knows, with the JSON that goes there; none where the value is among the attributes already.
    pub(crate) raw: Vec<(String, Option<String>)>,
    /// Entries that change when others do.
    pub(crate) digests: Vec<Digest>,
    /// When it comes, among resources that do not refer to it.
    pub(crate) turn: Option<Turn>,
}

impl Options {
    pub(crate) const fn new() -> Self {
        Self {
            provider: None,
            lifecycle: Lifecycle::new(),
            depends_on: Vec::new(),
            raw: Vec::new(),
            digests: Vec::new(),
            turn: None,
        }
    }
}

impl Draft {
    /// Nothing is set.
    pub fn new() -> Self {
        Self::default()
    }

    fn set(self, name: &'static str, value: Value) -> Self {
        self.value(name, value)
    }

    /// What a block's builder collected, as the value of the attribute `name`.
    fn nested(&mut self, name: &str, block: Self) -> Value {
        self.twice.extend(block.twice.into_iter().map(|path| format!("{name}.{path}")));
        Value::Map(block.attributes)
    }

    /// Sets an attribute to a value that somebody made by hand: for builders that no derive wrote.
    pub fn value(mut self, name: impl Into<Text>, value: Value) -> Self {
        let name = name.into();
        if self.attributes.insert(name.clone(), value).is_some() {
            self.twice.push(name.into_owned());
        }
        self
    }

    /// Sets an attribute that the schema does not have.
    pub fn unmodelled(mut self, name: impl Into<Text>, value: Value) -> Self {
        let name = name.into();
        self.options().raw.push((name.clone().into_owned(), None));
        self.value(name, value)
    }

    /// Sets an attribute of one value.
    pub fn input<T>(self, name: &'static str, value: impl IntoInput<T>) -> Self {
        self.set(name, value.into_input().into_value())
    }

    /// Sets a list or a set.
    pub fn list<T>(self, name: &'static str, list: impl IntoList<T>) -> Self {
        self.set(name, list.into_list().into_value())
    }

    /// Sets a map.
    pub fn map<T>(self, name: &'static str, map: impl IntoMap<T>) -> Self {
        self.set(name, map.into_map().into_value())
    }

    /// Sets what a lookup asks for.
    pub fn known<T>(self, name: &'static str, value: impl IntoKnown<T>) -> Self {
        self.set(name, value.into_known())
    }

    /// Sets a list of what a lookup asks for.
    pub fn known_list<T>(self, name: &'static str, list: impl IntoIterator<Item = impl IntoKnown<T>>) -> Self {
        self.set(name, Value::List(list.into_iter().map(IntoKnown::into_known).collect()))
    }

    /// Sets a map of what a lookup asks for.
    pub fn known_map<T, K, V>(self, name: &'static str, map: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: IntoKnown<T>,
    {
        let entries = map.into_iter().map(|(key, value)| (key.into().into(), value.into_known()));
        self.set(name, Value::Map(entries.collect()))
    }

    /// Sets a secret.
    pub fn secret<T>(self, name: &'static str, secret: impl IntoSecret<T>) -> Self {
        self.set(name, secret.into_secret().into_value())
    }

    /// Sets a map of secrets.
    pub fn secrets<T, K, S>(self, name: &'static str, secrets: impl IntoIterator<Item = (K, S)>) -> Self
    where
        K: Into<String>,
        S: IntoSecret<T>,
    {
        let entries = secrets.into_iter().map(|(key, secret)| (key.into().into(), secret.into_secret().into_value()));
        self.set(name, Value::Map(entries.collect()))
    }

    /// Sets a block.
    pub fn block<B: Block>(mut self, name: &'static str, block: impl IntoBlock<B>) -> Self {
        let block = self.nested(name, block.into_draft());
        self.set(name, block)
    }

    /// Sets a list or a set of blocks.
    pub fn blocks<B: Block>(mut self, name: &'static str, blocks: impl IntoBlocks<B>) -> Self {
        let blocks = blocks.into_drafts().map(|block| self.nested(name, block)).collect();
        self.set(name, Value::List(blocks))
    }

    /// Sets a map of blocks.
    pub fn block_map<B, K, V>(mut self, name: &'static str, blocks: impl IntoIterator<Item = (K, V)>) -> Self
    where
        B: Block,
        K: Into<String>,
        V: IntoBlock<B>,
    {
        let blocks = blocks.into_iter();
        let entries = blocks.map(|(key, block)| (key.into().into(), self.nested(name, block.into_draft()))).collect();
        self.set(name, Value::Map(entries))
    }

    fn options(&mut self) -> &mut Options {
        self.options.get_or_insert_default()
    }

    /// See `raw` of a builder.
    pub fn raw(mut self, path: impl Into<String>, json: impl Into<String>) -> Self {
        self.options().raw.push((path.into(), Some(json.into())));
        self
    }

    /// Adds an entry that changes when another resource does: for builders that no derive wrote.
    pub fn digest(mut self, digest: Digest) -> Self {
        self.options().digests.push(digest);
        self
    }

    /// Says when it comes, among resources that do not refer to it: for builders that no derive wrote.
    pub fn turn(mut self, turn: Turn) -> Self {
        self.options().turn = Some(turn);
        self
    }

    /// See `depends_on` of a builder.
    pub fn depends_on(mut self, resources: impl Dependencies) -> Self {
        resources.each(&mut |address| self.options().depends_on.push(address.clone()));
        self
    }

    /// See `provider` of a builder.
    pub fn provider(mut self, provider: &ProviderHandle) -> Self {
        self.options().provider = Some(provider.name().to_owned());
        self
    }

    /// See `lifecycle` of a builder.
    pub fn lifecycle(mut self, lifecycle: Lifecycle) -> Self {
        let options = self.options();
        options.lifecycle = std::mem::take(&mut options.lifecycle).extended_by(lifecycle);
        self
    }
}
