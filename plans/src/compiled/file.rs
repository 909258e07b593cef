//! The compiled stack as bytes: format 1, format 2 where there are lookups, format 3 where resources configure a provider, and
//! format 4 where there are tests, or what is deleted once it has ended.
//!
//! The definitions crate writes it by hand, so that a stack program needs no serde; here it is read, and hashed for a plan's
//! basis.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};

use super::{CompiledStack, Declared, DeclaredLookup, DeclaredOutput, Lifecycle, ProviderInstance};
use crate::fingerprint::hex;
use crate::schema_file;
use crate::value::{Address, Map, Name, Shared, Value};

/// The newest format that this version reads.
pub const FORMAT: u64 = 4;

/// The first format that had providers which resources configure.
const FORMAT_CONFIGURED: u64 = 3;

/// The first format that had lookups.
const FORMAT_WITH_LOOKUPS: u64 = 2;

/// The first that there was.
const FORMAT_FIRST: u64 = 1;

/// Why there is no compiled stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The program found problems in the stack and wrote them instead; never empty.
    Problems(Vec<Problem>),
    /// The program panicked and wrote this instead.
    Panic {
        /// What it said.
        message: Name,
        /// Where, `path:line:column`.
        at: Option<Name>,
    },
    /// A newer version of flashinfra wrote it.
    NewerFormat {
        /// The format.
        format: u64,
        /// The version that wrote it.
        flashinfra: Option<Name>,
    },
    /// The bytes are no compiled stack.
    Format {
        /// What is wrong with them.
        message: String,
        /// On which line, from 1.
        line: usize,
        /// In which column, from 1; 0 is before the first one.
        column: usize,
    },
}

/// A problem that a stack program found in its own stack.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// What is wrong, as a sentence.
    pub message: String,
    /// Where it was declared.
    #[serde(default)]
    pub at: Option<Name>,
    /// What to do about it.
    #[serde(default)]
    pub help: Option<String>,
    /// The parameter that it comes from, `nodes.max`.
    #[serde(default)]
    pub parameter: Option<Name>,
}

/// Reads a compiled stack.
///
/// # Errors
/// What the program wrote instead of one, or what is wrong with the bytes and where.
pub fn read(bytes: &[u8]) -> Result<CompiledStack, ReadError> {
    match serde_json::from_slice::<Document>(bytes) {
        Ok(document) => document.stack(),
        // A newer format need not have the same fields, so that what it says about itself comes before what is wrong with it.
        Err(error) => Err(newer(bytes).unwrap_or_else(|| ReadError::format(&error))),
    }
}

/// The first format that has all that is in a stack.
pub(super) fn format(stack: &CompiledStack) -> u64 {
    if super::has_short_lived(stack) {
        FORMAT
    } else if stack.providers.values().any(|instance| !instance.configured_by().is_empty()) {
        FORMAT_CONFIGURED
    } else if stack.lookups.is_empty() {
        FORMAT_FIRST
    } else {
        FORMAT_WITH_LOOKUPS
    }
}

/// `sha256:` and the digest of a compiled stack, without the places in the source: moving a line makes no other plan.
pub fn digest(stack: &CompiledStack) -> Name {
    struct Hasher(Sha256);
    impl io::Write for Hasher {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let CompiledStack { stack: name, environment, flashinfra, providers, schemas, lookups, resources, outputs } = stack;
    // What a later format added makes no other digest of a stack without it.
    let format = format(stack);
    let head = (format, name, environment, flashinfra);
    let lookups: Vec<_> =
        lookups.iter().map(|DeclaredLookup { address, provider, asked, at: _ }| (address, provider, asked)).collect();
    let providers: Vec<_> = providers.iter().map(|(name, instance)| (name, InstanceRef(instance))).collect();
    let schemas: Vec<_> = schemas.values().map(|schema| schema_file::Written(schema)).collect();
    let resources: Vec<_> = resources.iter().map(DeclaredRef).collect();
    let outputs: Vec<_> = outputs.iter().map(|output| (&output.name, &output.value, &output.doc)).collect();
    // The buffer is for sha2, which is slow on the many small pieces that serde_json writes.
    let mut hasher = io::BufWriter::with_capacity(1 << 16, Hasher(Sha256::new()));
    let rest = (head, providers, schemas, resources, outputs);
    let written = match lookups.is_empty() {
        true => serde_json::to_writer(&mut hasher, &rest),
        false => serde_json::to_writer(&mut hasher, &(rest, lookups)),
    };
    debug_assert!(written.is_ok(), "a hash takes every byte");
    hasher
        .into_inner()
        .map_or_else(|_| Name::default(), |hasher| format!("sha256:{}", hex(&hasher.0.finalize())).into())
}

/// The document: a stack, or what the program wrote instead.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    format: u64,
    stack: Option<Name>,
    environment: Option<Name>,
    flashinfra: Option<Name>,
    #[serde(default)]
    providers: BTreeMap<Name, InstanceForm>,
    #[serde(default)]
    schemas: Vec<schema_file::ReadBack>,
    #[serde(default)]
    lookups: Vec<LookupForm>,
    #[serde(default)]
    resources: Resources,
    #[serde(default)]
    outputs: Vec<OutputForm>,
    problems: Option<Vec<Problem>>,
    panic: Option<Name>,
    at: Option<Name>,
}

/// Only what a document of any format says about itself.
#[derive(Deserialize)]
struct Head {
    format: u64,
    flashinfra: Option<Name>,
}

fn newer(bytes: &[u8]) -> Option<ReadError> {
    let Head { format, flashinfra } = serde_json::from_slice(bytes).ok()?;
    (format > FORMAT).then_some(ReadError::NewerFormat { format, flashinfra })
}

impl Document {
    pub(super) fn stack(self) -> Result<CompiledStack, ReadError> {
        let Self {
            format,
            stack,
            environment,
            flashinfra,
            providers,
            schemas,
            lookups,
            resources,
            outputs,
            problems,
            panic,
            at,
        } = self;
        if format > FORMAT {
            return Err(ReadError::NewerFormat { format, flashinfra });
        }
        if format < FORMAT_FIRST {
            return Err(ReadError::of_whole(format!("format {format} is unknown")));
        }
        if let Some(message) = panic {
            return Err(ReadError::Panic { message, at });
        }
        if let Some(problems) = problems.filter(|problems| !problems.is_empty()) {
            return Err(ReadError::Problems(problems));
        }
        let missing = |key: &str| ReadError::of_whole(format!("`{key}` is missing"));
        let Resources(mut resources) = resources;
        resources.sort_by(|a, b| a.address.cmp(&b.address));
        let mut lookups: Vec<_> = lookups.into_iter().map(DeclaredLookup::from).collect();
        lookups.sort_by(|a, b| a.address.cmp(&b.address));
        Ok(CompiledStack {
            stack: stack.ok_or_else(|| missing("stack"))?,
            environment: environment.ok_or_else(|| missing("environment"))?,
            flashinfra: flashinfra.unwrap_or_default(),
            providers: providers.into_iter().map(|(name, form)| (name, form.into())).collect(),
            schemas: schemas.into_iter().map(|read| (Name::new(&read.0.kind), Arc::new(read.0))).collect(),
            lookups,
            resources,
            outputs: outputs.into_iter().map(DeclaredOutput::from).collect(),
        })
    }
}

impl ReadError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Problems(_) => None,
            Self::Panic { .. } => {
                Some("a stack program may not panic; return problems instead, with `stack.problem(…)`".into())
            }
            Self::NewerFormat { flashinfra: Some(version), .. } => Some(format!("use flashinfra {version} or newer")),
            Self::NewerFormat { .. } => Some("use the version of flashinfra that wrote it, or a newer one".into()),
            Self::Format { .. } => Some("a compiled stack is written by a stack program; compile it again".into()),
        }
    }

    fn format(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let place = format!(" at line {line} column {column}");
        let told = error.to_string();
        Self::Format { message: told.strip_suffix(&place).unwrap_or(&told).into(), line, column }
    }

    /// A mistake that has no place of its own.
    fn of_whole(message: String) -> Self {
        Self::Format { message, line: 1, column: 1 }
    }
}

impl std::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problems(problems) => {
                let told: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
                write!(f, "the stack has problems: {}", told.join("; "))
            }
            Self::Panic { message, at: Some(at) } => write!(f, "the stack program panicked at {at}: {message}"),
            Self::Panic { message, at: None } => write!(f, "the stack program panicked: {message}"),
            Self::NewerFormat { format, flashinfra: _ } => {
                write!(
                    f,
                    "the compiled stack has format {format}; this version of flashinfra reads up to format {FORMAT}"
                )
            }
            Self::Format { message, line, column } => {
                write!(f, "this is no compiled stack: {message} (line {line}, column {column})")
            }
        }
    }
}

/// A provider instance in a compiled stack and in a ledger.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InstanceForm {
    #[serde(rename = "type")]
    provider: Name,
    #[serde(default)]
    config: Map,
}

impl From<InstanceForm> for ProviderInstance {
    fn from(InstanceForm { provider, config }: InstanceForm) -> Self {
        Self { provider, config }
    }
}

/// A provider instance to be written.
pub(crate) struct InstanceRef<'a>(pub(crate) &'a ProviderInstance);

impl Serialize for InstanceRef<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Form<'a> {
            r#type: &'a Name,
            config: &'a Map,
        }
        let ProviderInstance { provider, config } = self.0;
        Form { r#type: provider, config }.serialize(serializer)
    }
}

/// Resources, made of their forms as they are read: there are many, and what is equal in them is held once.
#[derive(Default)]
struct Resources(Vec<Declared>);

impl<'de> Deserialize<'de> for Resources {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ResourcesVisitor;
        impl<'de> Visitor<'de> for ResourcesVisitor {
            type Value = Resources;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of resources")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Resources, A::Error> {
                let (mut resources, mut shared) = (Vec::new(), Shared::default());
                while let Some(form) = seq.next_element::<DeclaredForm>()? {
                    resources.push(form.declared(&mut shared));
                }
                resources.shrink_to_fit();
                Ok(Resources(resources))
            }
        }
        deserializer.deserialize_seq(ResourcesVisitor)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredForm {
    address: Address,
    provider: Name,
    attributes: Map,
    #[serde(default)]
    lifecycle: LifecycleForm,
    #[serde(default)]
    depends_on: Vec<Address>,
    #[serde(default)]
    raw: Vec<Name>,
    at: Option<Name>,
}

impl DeclaredForm {
    fn declared(self, shared: &mut Shared) -> Declared {
        let Self { address, provider, attributes, lifecycle, depends_on, raw, at } = self;
        let lifecycle = Lifecycle::from(lifecycle);
        let (attributes, at) = (shared.attributes(attributes), at.map(|at| shared.name(at)));
        Declared { address, provider, attributes, lifecycle, depends_on, raw, at }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LookupForm {
    address: Address,
    provider: Name,
    attributes: Map,
    at: Option<Name>,
}

impl From<LookupForm> for DeclaredLookup {
    fn from(LookupForm { address, provider, attributes, at }: LookupForm) -> Self {
        Self { address, provider, asked: attributes, at }
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct LifecycleForm {
    protect: Option<bool>,
    retain: bool,
    ignore: Vec<Name>,
    create_before_delete: bool,
    moved_from: Vec<Address>,
    test: bool,
    delete_after_success: bool,
    delete_after_failure: bool,
}

impl From<LifecycleForm> for Lifecycle {
    fn from(form: LifecycleForm) -> Self {
        let LifecycleForm { protect, retain, ignore, create_before_delete, moved_from, .. } = form;
        let LifecycleForm { test, delete_after_success, delete_after_failure, .. } = form;
        Self {
            protect,
            retain,
            ignore,
            create_before_delete,
            moved_from,
            test,
            delete_after_success,
            delete_after_failure,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputForm {
    name: Name,
    value: Value,
    #[serde(default)]
    doc: Name,
    at: Option<Name>,
}

impl From<OutputForm> for DeclaredOutput {
    fn from(OutputForm { name, value, doc, at }: OutputForm) -> Self {
        Self { name, value, doc, at }
    }
}

/// What of a declared resource is part of the digest.
struct DeclaredRef<'a>(&'a Declared);

impl Serialize for DeclaredRef<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Declared { address, provider, attributes, lifecycle, depends_on, raw, at: _ } = self.0;
        let Lifecycle { protect, retain, ignore, create_before_delete, moved_from, .. } = lifecycle;
        let Lifecycle { test, delete_after_success, delete_after_failure, .. } = lifecycle;
        let is_short_lived = lifecycle.is_short_lived();
        let lifecycle = (protect, retain, ignore, create_before_delete, moved_from);
        if is_short_lived {
            let lives = (test, delete_after_success, delete_after_failure);
            return (address, provider, attributes, lifecycle, depends_on, raw, lives).serialize(serializer);
        }
        (address, provider, attributes, lifecycle, depends_on, raw).serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
