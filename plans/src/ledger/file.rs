//! The ledger as bytes, format 1, 2 where resources configure a provider, or 3 where an object is gone on purpose: one row a line, keys in one order, what equals its default left out. The same ledger has
//! the same bytes.

mod by_hand;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use self::by_hand::ByHandForm;
use super::{Deposed, Ledger, Owned, Row, Unanswered};
use crate::compiled::file::{InstanceForm, InstanceRef};
use crate::live::Place;
use crate::schema_file;
use crate::value::{Address, Map, Name, Shared, Value};

/// The newest format that this version reads.
pub const FORMAT: u64 = 3;

/// The format of a ledger without rows whose object is gone on purpose, and with providers that resources configure.
const FORMAT_CONFIGURED: u64 = 2;

/// The format of a ledger without providers that resources configure, the first that there was.
const FORMAT_FIRST: u64 = 1;

/// Why bytes are no ledger.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A newer version of flashinfra wrote it.
    #[error("the ledger has format {format}; this version of flashinfra reads up to format {FORMAT}")]
    NewerFormat {
        /// The format.
        format: u64,
        /// The version that wrote it.
        flashinfra: Option<Name>,
    },
    /// It is something else, or was damaged.
    #[error("this is no ledger: {message} (line {line}, column {column})")]
    Format {
        /// What is wrong.
        message: String,
        /// On which line, from 1.
        line: usize,
        /// In which column.
        column: usize,
    },
}

impl LedgerError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NewerFormat { flashinfra: Some(version), .. } => format!("use flashinfra {version} or newer"),
            Self::NewerFormat { flashinfra: None, .. } => {
                "use the version of flashinfra that wrote it, or a newer one".into()
            }
            Self::Format { .. } => {
                "every save keeps the version before it: restore the last good one from `versions`".into()
            }
        }
    }
    /// A mistake that has no place of its own.
    fn whole(message: String) -> Self {
        Self::Format { message, line: 1, column: 1 }
    }
}

/// Reads a ledger.
///
/// # Errors
/// What is wrong with the bytes and where, or which version of flashinfra is needed.
pub fn read(bytes: &[u8]) -> Result<Ledger, LedgerError> {
    match serde_json::from_slice::<LedgerForm>(bytes) {
        Ok(form) if form.format > FORMAT => {
            Err(LedgerError::NewerFormat { format: form.format, flashinfra: form.flashinfra })
        }
        Ok(form) if form.format < FORMAT_FIRST => Err(LedgerError::whole(format!("format {} is unknown", form.format))),
        Ok(form) => Ok(form.into()),
        Err(error) => match serde_json::from_slice(bytes) {
            Ok(Head { format, flashinfra }) if format > FORMAT => Err(LedgerError::NewerFormat { format, flashinfra }),
            _ => {
                let (line, column) = (error.line(), error.column());
                let told = error.to_string();
                let message = told.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&told).into();
                Err(LedgerError::Format { message, line, column })
            }
        },
    }
}

/// Writes a ledger.
pub fn write(ledger: &Ledger) -> Vec<u8> {
    let Ledger { stack, environment, uuid, serial, providers, places, schemas, rows, .. } = ledger;
    let Ledger { retired, unanswered, by_hand, outputs, .. } = ledger;
    let flashinfra = env!("CARGO_PKG_VERSION");
    let mut out = String::new();
    let is_configured = providers.values().any(|instance| !instance.configured_by().is_empty());
    let format = match (rows.values().any(Row::is_spent), is_configured) {
        // An older version would take it for missing, and do it again.
        (true, _) => FORMAT,
        (false, true) => FORMAT_CONFIGURED,
        (false, false) => FORMAT_FIRST,
    };
    let header = HeaderRef { format, stack, environment, uuid, serial: *serial, flashinfra };
    out.push_str(json(&header).trim_end_matches('}'));
    entries(&mut out, "providers", providers.iter().map(|(name, instance)| (name, InstanceRef(instance))));
    entries(&mut out, "places", places.iter().map(|(name, place)| (name, PlaceForm::from(place.clone()))));
    lines(&mut out, "schemas", schemas.values().map(|schema| schema_file::Written(schema)));
    lines(&mut out, "rows", rows.iter().map(RowRef::from));
    entries(&mut out, "retired", retired.iter().map(|(address, generation)| (address, *generation)));
    if !unanswered.is_empty() {
        lines(&mut out, "unanswered", unanswered.iter().map(UnansweredForm::from));
    }
    if !by_hand.is_empty() {
        let each = by_hand.iter().flat_map(|(address, all)| all.iter().map(move |done| (address, done)));
        lines(&mut out, "by_hand", each.map(ByHandForm::from));
    }
    entries(&mut out, "outputs", outputs.iter());
    out.push_str("}\n");
    out.into_bytes()
}

fn entries<K: Serialize, V: Serialize>(out: &mut String, key: &str, entries: impl Iterator<Item = (K, V)>) {
    out.push_str(&format!(",\n\"{key}\":{{"));
    let mut separator = "\n";
    for (key, value) in entries {
        out.push_str(&format!("{separator}{}:{}", json(&key), json(&value)));
        separator = ",\n";
    }
    out.push('}');
}

fn lines(out: &mut String, key: &str, items: impl Iterator<Item = impl Serialize>) {
    out.push_str(&format!(",\n\"{key}\":["));
    let mut separator = "\n";
    for item in items {
        out.push_str(separator);
        out.push_str(&json(&item));
        separator = ",\n";
    }
    out.push(']');
}

fn json(value: &impl Serialize) -> String {
    // Writing to memory cannot fail, and every key is text.
    serde_json::to_string(value).unwrap_or_default()
}

/// Only what a ledger of any format says about itself.
#[derive(Deserialize)]
struct Head {
    format: u64,
    flashinfra: Option<Name>,
}

#[derive(Serialize)]
struct HeaderRef<'a> {
    format: u64,
    stack: &'a Name,
    environment: &'a Name,
    uuid: &'a Name,
    serial: u64,
    flashinfra: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerForm {
    format: u64,
    stack: Name,
    environment: Name,
    uuid: Name,
    serial: u64,
    flashinfra: Option<Name>,
    providers: BTreeMap<Name, InstanceForm>,
    places: BTreeMap<Name, PlaceForm>,
    schemas: Vec<schema_file::ReadBack>,
    rows: Rows,
    retired: BTreeMap<Address, u32>,
    #[serde(default)]
    unanswered: Vec<UnansweredForm>,
    #[serde(default)]
    by_hand: Vec<ByHandForm>,
    outputs: BTreeMap<Name, Value>,
}

impl From<LedgerForm> for Ledger {
    fn from(form: LedgerForm) -> Self {
        let LedgerForm { format: _, flashinfra: _, stack, environment, uuid, serial, .. } = form;
        let LedgerForm { providers, places, schemas, rows, retired, unanswered, by_hand, outputs, .. } = form;
        Self {
            stack,
            environment,
            uuid,
            serial,
            providers: providers.into_iter().map(|(name, form)| (name, form.into())).collect(),
            places: places.into_iter().map(|(name, form)| (name, form.into())).collect(),
            schemas: schemas.into_iter().map(|read| (Name::new(&read.0.kind), Arc::new(read.0))).collect(),
            rows: rows.0,
            retired,
            unanswered: unanswered.into_iter().map(Into::into).collect(),
            by_hand: by_hand::of_each(by_hand),
            outputs,
        }
    }
}

/// A create that nobody answered.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UnansweredForm {
    address: Address,
    generation: u32,
    provider: Name,
    serial: u64,
}

impl From<(&(Address, u32), &Unanswered)> for UnansweredForm {
    fn from(((address, generation), unanswered): (&(Address, u32), &Unanswered)) -> Self {
        let Unanswered { provider, serial } = unanswered.clone();
        Self { address: address.clone(), generation: *generation, provider, serial }
    }
}

impl From<UnansweredForm> for ((Address, u32), Unanswered) {
    fn from(form: UnansweredForm) -> Self {
        let UnansweredForm { address, generation, provider, serial } = form;
        ((address, generation), Unanswered { provider, serial })
    }
}

/// A proven place.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceForm {
    provider: Name,
    scope: Name,
    region: Name,
}

impl From<Place> for PlaceForm {
    fn from(Place { provider, scope, region }: Place) -> Self {
        Self { provider, scope, region }
    }
}

impl From<PlaceForm> for Place {
    fn from(PlaceForm { provider, scope, region }: PlaceForm) -> Self {
        Self { provider, scope, region }
    }
}

/// Rows, made of their forms as they are read: there are many, and what is equal in them is held once.
struct Rows(BTreeMap<Address, Row>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor;
        impl<'de> Visitor<'de> for RowsVisitor {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows, A::Error> {
                let (mut rows, mut shared) = (Vec::new(), Shared::default());
                while let Some(form) = seq.next_element::<RowForm>()? {
                    let (address, row) = form.into();
                    let (applied, computed) = (shared.attributes(row.applied), shared.attributes(row.computed));
                    let at = row.at.map(|at| shared.name(at));
                    rows.push((address, Row { applied, computed, at, ..row }));
                }
                rows.sort_by(|(a, _): &(Address, _), (b, _)| a.cmp(b));
                if let Some([(address, _), _]) = rows.array_windows().find(|[(a, _), (b, _)]| a == b) {
                    return Err(A::Error::custom(format_args!("`{address}` has two rows")));
                }
                // Made of what is sorted, a map leaves no room between its entries.
                Ok(Rows(rows.into_iter().collect()))
            }
        }
        deserializer.deserialize_seq(RowsVisitor)
    }
}

/// A row as it was read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RowForm {
    address: Address,
    provider: Name,
    schema_version: u32,
    current: Option<OwnedForm>,
    #[serde(default)]
    deposed: Vec<DeposedForm>,
    generation: u32,
    applied: Map,
    #[serde(default)]
    computed: Map,
    #[serde(default)]
    depends_on: Vec<Address>,
    #[serde(default)]
    protect: bool,
    #[serde(default)]
    retain: bool,
    #[serde(default)]
    recovered: bool,
    at: Option<Name>,
}

impl From<RowForm> for (Address, Row) {
    fn from(form: RowForm) -> Self {
        let RowForm { address, provider, schema_version, current, deposed, generation, .. } = form;
        let RowForm { applied, computed, depends_on, protect, retain, recovered, at, .. } = form;
        let current = current.map(Owned::from);
        // What an older version wrote does not say what a deposed object stands on: what the current one does, most likely.
        let deposed = deposed.into_iter().map(|form| form.read(&depends_on)).collect();
        let row = Row {
            provider,
            schema_version,
            current,
            deposed,
            generation,
            applied,
            computed,
            depends_on,
            protect,
            retain,
            recovered,
            at,
        };
        (address, row)
    }
}

/// A row to be written.
#[derive(Serialize)]
pub(crate) struct RowRef<'a> {
    address: &'a Address,
    provider: &'a Name,
    schema_version: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<OwnedForm>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deposed: Vec<DeposedForm>,
    generation: u32,
    applied: &'a Map,
    #[serde(skip_serializing_if = "is_empty")]
    computed: &'a Map,
    #[serde(skip_serializing_if = "<[Address]>::is_empty")]
    depends_on: &'a [Address],
    #[serde(skip_serializing_if = "is_false")]
    protect: bool,
    #[serde(skip_serializing_if = "is_false")]
    retain: bool,
    #[serde(skip_serializing_if = "is_false")]
    recovered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: &'a Option<Name>,
}

impl<'a> From<(&'a Address, &'a Row)> for RowRef<'a> {
    fn from((address, row): (&'a Address, &'a Row)) -> Self {
        let Row { provider, schema_version, current, deposed, generation, applied, computed, .. } = row;
        let Row { depends_on, protect, retain, recovered, at, .. } = row;
        Self {
            address,
            provider,
            schema_version: *schema_version,
            current: current.clone().map(OwnedForm::from),
            deposed: deposed.iter().cloned().map(DeposedForm::from).collect(),
            generation: *generation,
            applied,
            computed,
            depends_on,
            protect: *protect,
            retain: *retain,
            recovered: *recovered,
            at,
        }
    }
}

/// An owned object; `ready` is only written when it never was.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedForm {
    id: Name,
    generation: u32,
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    ready: bool,
}

impl From<Owned> for OwnedForm {
    fn from(Owned { id, generation, ready }: Owned) -> Self {
        Self { id, generation, ready }
    }
}

impl From<OwnedForm> for Owned {
    fn from(OwnedForm { id, generation, ready }: OwnedForm) -> Self {
        Self { id, generation, ready }
    }
}

/// A deposed object.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeposedForm {
    id: Name,
    generation: u32,
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    ready: bool,
    depends_on: Option<Vec<Address>>,
}

impl From<Deposed> for DeposedForm {
    fn from(Deposed { object: Owned { id, generation, ready }, depends_on }: Deposed) -> Self {
        Self { id, generation, ready, depends_on: Some(depends_on) }
    }
}

impl DeposedForm {
    fn read(self, of_row: &[Address]) -> Deposed {
        let Self { id, generation, ready, depends_on } = self;
        let object = Owned { id, generation, ready };
        Deposed { object, depends_on: depends_on.unwrap_or_else(|| of_row.to_vec()) }
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_empty(map: &&Map) -> bool {
    map.is_empty()
}

#[cfg(test)]
mod tests;
