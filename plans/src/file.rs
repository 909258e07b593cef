//! The plan file: a plan as bytes that people review, pipelines store and apply takes back.
//!
//! It is one JSON document, with one change and one step a line, so that two plans compare well line by line. The last line
//! holds a SHA-256 of all bytes before it: a file that was cut short or edited is refused before anything in it is
//! believed. The digest is no signature: it tells accidents, not forgers.
//!
//! The bytes have types of their own, which convert to and from [`Plan`] by full destructuring: a field that is added to
//! the one does not compile until the other has it.

mod basis;
mod change;
mod found;
mod step;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::compiled::{self, Embedded};
use crate::plan::{Basis, Mode, PLANNER, Plan, Reason};
use crate::schema_file::{ReadBack, Written, without_documentation};
use crate::value::{Address, Name};
pub(crate) use basis::ModeV1;
use basis::{BasisV1, DeferredV1, Header, LookupV1, OutputV1, PartialV1, ProviderV1, RefusalV1};
pub(crate) use change::ActionV1;
use change::{ChangeV1, DriftV1};
use found::{DoubleV1, FindingV1, KeptV1, NotVerifiedV1, UnsearchedV1};
use step::StepV1;

/// The newest version of the format that is read.
pub const FORMAT: u32 = 3;

/// That of a plan of nothing that is there for a while only, with providers that resources configure.
const FORMAT_CONFIGURED: u32 = 2;

/// The version of a plan without providers that resources configure, the first that there was.
const FORMAT_FIRST: u32 = 1;

/// How every plan file starts, up to the number of its format.
const START: &str = "{\"format\":";
const DIGEST_KEY: &str = "\"digest\":\"";
const SHA256: &str = "sha256:";

/// Why bytes are not read as a plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// It is something else.
    #[error("this is not a plan file{}", .0.as_ref().map(|what| format!(": it is {what}")).unwrap_or_default())]
    NotAPlan(Option<&'static str>),
    /// A later version of flashinfra wrote it.
    #[error("the plan file has format {format}; this version of flashinfra reads up to format {FORMAT}")]
    NewerFormat {
        /// The format that it says it has.
        format: u32,
    },
    /// Its end is missing.
    #[error("the plan file is cut short: it does not end with its digest")]
    CutShort,
    /// Its bytes are not the ones that were written.
    #[error("the plan file was changed after it was written: its digest is {actual}, its last line says {stated}")]
    Changed {
        /// What its last line says.
        stated: Name,
        /// What its bytes have.
        actual: Name,
        /// Whether its lines end as on Windows, which no plan does when it is written.
        line_ends: bool,
    },
    /// Its bytes are as they were written, yet they are no plan.
    #[error("the plan file cannot be understood: {0}")]
    Malformed(String),
    /// It was made under other rules.
    #[error(
        "the plan was made by flashinfra {flashinfra} under rules {planner} of planning; this version plans under rules {PLANNER}"
    )]
    OtherPlanner {
        /// The version that made it.
        flashinfra: Name,
        /// Its planner's version.
        planner: u32,
    },
}

impl FileError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NotAPlan(Some(COMPILED)) => "plan it first: `flashinfra plan --compiled FILE -o PLAN`".into(),
            Self::NotAPlan(_) => "a plan file is what `flashinfra plan -o FILE` writes".into(),
            Self::NewerFormat { .. } => "use the version of flashinfra that made it, or plan again with this one".into(),
            Self::CutShort => "copy it again, or plan again".into(),
            Self::Changed { line_ends: true, .. } => {
                "its line ends were changed, by git perhaps: mark plans as binary in .gitattributes (`*.plan -text`), and plan again"
                    .into()
            }
            Self::Changed { .. } => {
                "a plan is not edited: change the stack, its parameters or the flags, and plan again".into()
            }
            Self::Malformed(_) => "plan again; if that does not help, it is a fault of flashinfra: please report it".into(),
            Self::OtherPlanner { flashinfra, .. } => {
                format!("apply it with flashinfra {flashinfra}, or plan again with this version")
            }
        }
    }
}

const COMPILED: &str = "a compiled stack";
const LEDGER: &str = "a ledger";

/// Writes a plan. The same plan gives the same bytes; schemas are written without their documentation, which nothing but
/// `explain` needs.
pub fn write(plan: &Plan) -> Vec<u8> {
    let Plan { basis, mode, partial, allowed, refusals, changes, drift, unchanged, .. } = plan;
    let Plan { not_verified, doubles, unsearched, kept, findings, outputs, steps, schemas, .. } = plan;
    let mut file = Writer::default();
    file.header(format(plan), &Header::new(basis, *mode));
    file.entry("basis", &BasisV1::from(basis));
    let providers = basis.providers.iter().map(|(name, instance)| ProviderV1::new(name, instance, basis));
    file.list("providers", providers);
    if !basis.lookups.is_empty() {
        file.list("lookups", basis.lookups.iter().map(|(address, lookup)| LookupV1::new(address, lookup)));
    }
    if !basis.deferred.is_empty() {
        file.list("deferred", basis.deferred.iter().map(|(provider, after)| DeferredV1::new(provider, after)));
    }
    file.list("partial", partial.iter().cloned().map(PartialV1::from));
    file.entry("allowed", allowed);
    file.list("refusals", refusals.iter().map(RefusalV1::from));
    file.entry("unchanged", unchanged);
    file.list("not_verified", not_verified.iter().map(NotVerifiedV1::from));
    file.list("doubles", doubles.iter().map(DoubleV1::from));
    if !unsearched.is_empty() {
        file.list("unsearched", unsearched.iter().map(UnsearchedV1::from));
    }
    if !kept.is_empty() {
        file.list("kept", kept.iter().map(KeptV1::from));
    }
    if !findings.is_empty() {
        file.list("findings", findings.iter().map(FindingV1::from));
    }
    file.list("changes", changes.iter().map(ChangeV1::from));
    file.list("drift", drift.iter().map(DriftV1::from));
    file.list("outputs", outputs.iter().map(OutputV1::from));
    file.list("steps", steps.iter().map(StepV1::from));
    let schemas: Vec<_> = schemas.values().map(|schema| without_documentation(schema)).collect();
    file.list("schemas", schemas.iter().map(Written));
    if let Some(declared) = &basis.declared {
        file.text("declared", &compiled::write(declared));
    }
    file.close()
}

/// The first format that has all that is in a plan.
fn format(plan: &Plan) -> u32 {
    let is_of_short_lived = |reason: &Reason| matches!(reason, Reason::RunAgain | Reason::LeftByTest | Reason::Served);
    let has_short_lived = plan.basis.declared.as_ref().is_some_and(|stack| compiled::has_short_lived(stack));
    if has_short_lived
        || matches!(plan.mode, Mode::Test | Mode::Tidy)
        || plan.changes.iter().flat_map(|change| &change.reasons).any(is_of_short_lived)
    {
        FORMAT
    } else if plan.basis.providers.values().any(|instance| !instance.configured_by().is_empty()) {
        FORMAT_CONFIGURED
    } else {
        FORMAT_FIRST
    }
}

/// Reads a plan back.
///
/// # Errors
/// When the bytes are anything but a whole, unchanged plan that this version made or would have made.
pub fn read(bytes: &[u8]) -> Result<Plan, FileError> {
    // Bytes that are no text take another form here, so that the digest tells them.
    let text = &*String::from_utf8_lossy(bytes);
    recognise(text)?;
    let (body, stated) = split(text).ok_or(FileError::CutShort)?;
    let actual = hash(body.as_bytes());
    if stated != actual {
        return Err(FileError::Changed { stated: stated.into(), actual, line_ends: text.contains("\r\n") });
    }
    let file: PlanFileV1 = serde_json::from_str(text).map_err(|error| FileError::Malformed(error.to_string()))?;
    if file.planner != PLANNER {
        return Err(FileError::OtherPlanner { flashinfra: file.flashinfra, planner: file.planner });
    }
    Ok(file.into_plan())
}

/// The digest that a plan file's last line holds when nobody touched the file: what names the plan to a ledger's journal.
pub fn digest(bytes: &[u8]) -> Name {
    match split(&String::from_utf8_lossy(bytes)) {
        Some((body, _)) => hash(body.as_bytes()),
        None => hash(bytes),
    }
}

/// Whether the text starts as a plan file of a format that is known.
fn recognise(text: &str) -> Result<(), FileError> {
    let rest = text.strip_prefix(START).ok_or(FileError::NotAPlan(None))?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let format = rest[..digits].parse().map_err(|_| FileError::NotAPlan(None))?;
    match &rest[digits..] {
        rest if rest.starts_with(",\"plan\":") && format <= FORMAT => Ok(()),
        rest if rest.starts_with(",\"plan\":") => Err(FileError::NewerFormat { format }),
        rest if rest.starts_with(",\"problems\":") => Err(FileError::NotAPlan(Some("the problems of a stack"))),
        rest if rest.starts_with(",\"stack\":") => {
            let is_ledger = text.lines().next().is_some_and(|line| line.contains(",\"uuid\":"));
            Err(FileError::NotAPlan(Some(if is_ledger { LEDGER } else { COMPILED })))
        }
        // So little is left that it can have been anything.
        rest if ",\"plan\":".starts_with(rest) => Err(FileError::CutShort),
        _ => Err(FileError::NotAPlan(None)),
    }
}

/// The text before the line with the digest, and the digest.
fn split(text: &str) -> Option<(&str, &str)> {
    let last = text.trim_end().rfind('\n')? + 1;
    let stated = text[last..].trim_end().strip_prefix(DIGEST_KEY)?.strip_suffix("\"}")?;
    stated.starts_with(SHA256).then_some((&text[..last], stated))
}

fn hash(bytes: &[u8]) -> Name {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Name::from(format!("{SHA256}{hex}"))
}

/// The whole document, in the order in which it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFileV1 {
    #[serde(rename = "format")]
    _format: u32,
    plan: basis::ModeV1,
    stack: Name,
    environment: Name,
    flashinfra: Name,
    planner: u32,
    basis: BasisV1,
    providers: Vec<ProviderV1>,
    #[serde(default)]
    lookups: Vec<LookupV1>,
    #[serde(default)]
    deferred: Vec<DeferredV1>,
    partial: Vec<PartialV1>,
    allowed: Vec<Address>,
    refusals: Vec<RefusalV1>,
    unchanged: u32,
    not_verified: Vec<NotVerifiedV1>,
    doubles: Vec<DoubleV1>,
    #[serde(default)]
    unsearched: Vec<UnsearchedV1>,
    #[serde(default)]
    kept: Vec<KeptV1>,
    #[serde(default)]
    findings: Vec<FindingV1>,
    changes: Vec<ChangeV1>,
    drift: Vec<DriftV1>,
    outputs: Vec<OutputV1>,
    steps: Vec<StepV1>,
    schemas: Vec<ReadBack>,
    #[serde(default)]
    declared: Option<Embedded>,
    #[serde(rename = "digest")]
    _digest: Name,
}

impl PlanFileV1 {
    fn into_plan(self) -> Plan {
        let Self {
            _format,
            plan,
            stack,
            environment,
            flashinfra,
            planner,
            basis,
            providers,
            lookups,
            deferred,
            partial,
            allowed,
            refusals,
            unchanged,
            not_verified,
            doubles,
            unsearched,
            kept,
            findings,
            changes,
            drift,
            outputs,
            steps,
            schemas,
            declared,
            _digest,
        } = self;
        let header = Header { plan, stack, environment, flashinfra, planner };
        let (basis, mode) = basis.into_basis(header, providers, lookups, deferred);
        let basis = Basis { declared: declared.map(|Embedded(stack)| Arc::new(stack)), ..basis };
        Plan {
            basis,
            mode,
            partial: partial.into_iter().map(Into::into).collect(),
            allowed,
            refusals: refusals.into_iter().map(Into::into).collect(),
            changes: changes.into_iter().map(Into::into).collect(),
            drift: drift.into_iter().map(Into::into).collect(),
            unchanged,
            not_verified: not_verified.into_iter().map(Into::into).collect(),
            doubles: doubles.into_iter().map(Into::into).collect(),
            unsearched: unsearched.into_iter().map(Into::into).collect(),
            kept: kept.into_iter().map(Into::into).collect(),
            findings: findings.into_iter().map(Into::into).collect(),
            outputs: outputs.into_iter().map(Into::into).collect(),
            steps: steps.into_iter().map(Into::into).collect(),
            schemas: schemas.into_iter().map(|ReadBack(schema)| (Name::new(&schema.kind), Arc::new(schema))).collect(),
        }
    }
}

/// Writes the document line by line.
#[derive(Default)]
struct Writer(String);

impl Writer {
    fn header(&mut self, format: u32, header: &Header) {
        self.0.push_str(START);
        self.0.push_str(&format.to_string());
        self.0.push(',');
        // The header is an object of its own, whose braces go.
        self.0.push_str(json(header).trim_start_matches('{').trim_end_matches('}'));
        self.0.push_str(",\n");
    }

    fn entry(&mut self, key: &str, value: &impl Serialize) {
        self.key(key);
        self.0.push_str(&json(value));
        self.0.push_str(",\n");
    }

    /// An entry that is JSON already.
    fn text(&mut self, key: &str, json: &str) {
        self.key(key);
        self.0.push_str(json);
        self.0.push_str(",\n");
    }

    fn list(&mut self, key: &str, items: impl Iterator<Item = impl Serialize>) {
        self.key(key);
        self.0.push('[');
        let mut separator = "\n";
        for item in items {
            self.0.push_str(separator);
            self.0.push_str(&json(&item));
            separator = ",\n";
        }
        self.0.push_str("],\n");
    }

    fn key(&mut self, key: &str) {
        self.0.push('"');
        self.0.push_str(key);
        self.0.push_str("\":");
    }

    fn close(mut self) -> Vec<u8> {
        let digest = hash(self.0.as_bytes());
        self.0.push_str(DIGEST_KEY);
        self.0.push_str(&digest);
        self.0.push_str("\"}\n");
        self.0.into_bytes()
    }
}

fn json(value: &impl Serialize) -> String {
    // Writing to memory cannot fail, and no map here has a key that is not text.
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads a field that is there as `Some`, also when it is `null`: an explicit null is a value, an absent field is none.
fn present<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Whether a flag is left out.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}
