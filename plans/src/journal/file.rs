//! A segment of the journal as bytes: JSON lines, the first of which says what they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_stacks::schema::Schema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Effect, Intent, Record};
use crate::compiled::ProviderInstance;
use crate::compiled::file::{InstanceForm, InstanceRef};
use crate::ledger::Row;
use crate::ledger::file::{PlaceForm, RowForm, RowRef};
use crate::schema_file::{ReadBack, Written};
use crate::value::{Address, Name, Value};

/// The newest format that this version reads.
pub const FORMAT: u32 = 3;

/// The version of a segment without rows whose object is gone on purpose, and with what only resources of the stack lead to.
const FORMAT_PLACED: u32 = 2;

/// The format of a segment that says nothing of providers which resources configure, the first that there was.
const FORMAT_FIRST: u32 = 1;

/// A segment: what became durable in one commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// What tells the segment from one that another process wrote with the same records.
    pub nonce: Name,
    /// Its records, in order.
    pub records: Vec<Record>,
    /// The last line, when the write was cut off in it. What it was about to say never became durable, so nothing was
    /// done because of it.
    pub cut: Option<Cut>,
}

/// Where a write was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The line, from 1.
    pub line: usize,
    /// How many bytes of it there are.
    pub bytes: usize,
}

/// Why bytes are no segment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// A newer version of flashinfra wrote it.
    #[error("the journal has format {format}; this version of flashinfra reads up to format {FORMAT}")]
    NewerFormat {
        /// The format.
        format: u32,
    },
    /// A line in it makes no sense.
    #[error("line {line} of the journal's segment makes no sense: {message}")]
    Malformed {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

impl ReadError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NewerFormat { .. } => "use the version of flashinfra that wrote it, or a newer one".into(),
            Self::Malformed { .. } => {
                "segments are never edited: restore the segment from a backup; without it, what the interrupted run did is only known to the service"
                    .into()
            }
        }
    }
}

impl IntoIterator for Segment {
    type Item = Record;
    type IntoIter = std::vec::IntoIter<Record>;

    fn into_iter(self) -> Self::IntoIter {
        self.records.into_iter()
    }
}

/// Writes a segment. The nonce is the writer's own, so that of two processes that write the same records under the same
/// number each can tell whose they are.
pub fn write(records: &[Record], nonce: &str) -> Vec<u8> {
    let mut out = json(&HeaderV1 { format: format(records), nonce: nonce.into() });
    out.push('\n');
    for record in records {
        out.push_str(&json(&RecordV1::from(record)));
        out.push('\n');
    }
    out.into_bytes()
}

/// The first format that has all that these records say.
fn format(records: &[Record]) -> u32 {
    let is_spent = |effect: &Effect| matches!(effect, Effect::Put(_, row) if row.is_spent());
    let of = |record: &Record| match record {
        // An older version would take what is gone for missing.
        Record::Started(intent) if intent.row.as_ref().is_some_and(Row::is_spent) => FORMAT,
        Record::Done { effect, .. } if is_spent(effect) => FORMAT,
        Record::Placed { .. } => FORMAT_PLACED,
        Record::Begun { providers, .. } if providers.values().any(|instance| !instance.configured_by().is_empty()) => {
            FORMAT_PLACED
        }
        Record::Begun { .. } | Record::Started(_) | Record::Accepted { .. } | Record::Done { .. } => FORMAT_FIRST,
        Record::Failed { .. } | Record::Unknown { .. } | Record::Unanswered { .. } => FORMAT_FIRST,
        Record::Outputs(_) | Record::Ended => FORMAT_FIRST,
    };
    records.iter().map(of).max().unwrap_or(FORMAT_FIRST)
}

/// Reads a segment.
///
/// # Errors
/// When a line makes no sense, except for a last line without its end: that is what a crash leaves.
pub fn read(bytes: &[u8]) -> Result<Segment, ReadError> {
    let mut segment = Segment::default();
    let mut rest = bytes;
    for line in 1.. {
        let (text, is_whole) = match rest.iter().position(|&byte| byte == b'\n') {
            Some(end) => (&rest[..end], true),
            None => (rest, false),
        };
        // A segment without any whole line is cut off in its header.
        if !is_whole && (text.is_empty() && line > 1) {
            break;
        }
        let read = if line == 1 { read_header(text, &mut segment) } else { read_record(text, &mut segment) };
        match read {
            Ok(()) => {}
            Err(LineError::NewerFormat(format)) => return Err(ReadError::NewerFormat { format }),
            Err(LineError::Malformed(_)) if !is_whole => {
                segment.cut = Some(Cut { line, bytes: text.len() });
            }
            Err(LineError::Malformed(message)) => return Err(ReadError::Malformed { line, message }),
        }
        if !is_whole {
            break;
        }
        rest = &rest[text.len() + 1..];
    }
    Ok(segment)
}

enum LineError {
    NewerFormat(u32),
    Malformed(String),
}

fn read_header(line: &[u8], segment: &mut Segment) -> Result<(), LineError> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    match serde_json::from_slice(line) {
        Ok(Format { format: FORMAT_FIRST..=FORMAT }) => {}
        Ok(Format { format }) if format > FORMAT => return Err(LineError::NewerFormat(format)),
        Ok(Format { format }) => return Err(LineError::Malformed(format!("format {format} is unknown"))),
        Err(error) => return Err(LineError::Malformed(error.to_string())),
    }
    let HeaderV1 { format: _, nonce } = parse(line)?;
    segment.nonce = nonce;
    Ok(())
}

fn read_record(line: &[u8], segment: &mut Segment) -> Result<(), LineError> {
    segment.records.push(parse::<RecordV1>(line)?.into());
    Ok(())
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, LineError> {
    serde_json::from_slice(line).map_err(|error| LineError::Malformed(error.to_string()))
}

fn json(value: &impl Serialize) -> String {
    // Writing to memory cannot fail, and every key is text.
    serde_json::to_string(value).unwrap_or_default()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderV1 {
    format: u32,
    nonce: Name,
}

/// A record as one line, `{"done":{…}}`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum RecordV1 {
    Begun {
        run: Name,
        plan: Name,
        serial: u64,
        #[serde(default, skip_serializing_if = "is_unsaid")]
        by: Name,
        providers: BTreeMap<Name, InstanceV1>,
        places: BTreeMap<Name, PlaceForm>,
        schemas: Vec<SchemaV1>,
    },
    Started {
        step: u32,
        act: Name,
        address: Address,
        generation: u32,
        provider: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        object: Option<Name>,
        token: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        row: Option<RowV1>,
    },
    Accepted {
        step: u32,
        id: Name,
    },
    Done {
        step: u32,
        effect: EffectV1,
    },
    Failed {
        step: u32,
        message: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effect: Option<EffectV1>,
    },
    Unknown {
        step: u32,
        message: Name,
    },
    Unanswered {
        address: Address,
        generation: u32,
        provider: Name,
    },
    Placed {
        provider: Name,
        place: PlaceForm,
    },
    Outputs(BTreeMap<Name, Value>),
    Ended {},
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EffectV1 {
    Put(RowV1),
    Remove(Address, u32),
    Rename(Address, RowV1),
}

impl From<&Record> for RecordV1 {
    fn from(record: &Record) -> Self {
        match record.clone() {
            Record::Begun { run, plan, serial, by, providers, places, schemas } => Self::Begun {
                run,
                plan,
                serial,
                by,
                providers: providers.into_iter().map(|(name, instance)| (name, InstanceV1(instance))).collect(),
                places: places.into_iter().map(|(name, place)| (name, place.into())).collect(),
                schemas: schemas.into_values().map(SchemaV1).collect(),
            },
            Record::Started(Intent { step, act, address, generation, provider, object, token, row }) => {
                let row = row.map(|row| RowV1(address.clone(), row));
                Self::Started { step, act, address, generation, provider, object, token, row }
            }
            Record::Accepted { step, id } => Self::Accepted { step, id },
            Record::Done { step, effect } => Self::Done { step, effect: effect.into() },
            Record::Failed { step, message, effect } => Self::Failed { step, message, effect: effect.map(Into::into) },
            Record::Unknown { step, message } => Self::Unknown { step, message },
            Record::Unanswered { address, generation, provider } => Self::Unanswered { address, generation, provider },
            Record::Placed { provider, place } => Self::Placed { provider, place: place.into() },
            Record::Outputs(outputs) => Self::Outputs(outputs),
            Record::Ended => Self::Ended {},
        }
    }
}

impl From<RecordV1> for Record {
    fn from(record: RecordV1) -> Self {
        match record {
            RecordV1::Begun { run, plan, serial, by, providers, places, schemas } => Self::Begun {
                run,
                plan,
                serial,
                by,
                providers: providers.into_iter().map(|(name, InstanceV1(instance))| (name, instance)).collect(),
                places: places.into_iter().map(|(name, place)| (name, place.into())).collect(),
                schemas: schemas.into_iter().map(|SchemaV1(schema)| (Name::new(&schema.kind), schema)).collect(),
            },
            RecordV1::Started { step, act, address, generation, provider, object, token, row } => {
                let row = row.map(|RowV1(_, row)| row);
                Self::Started(Intent { step, act, address, generation, provider, object, token, row })
            }
            RecordV1::Accepted { step, id } => Self::Accepted { step, id },
            RecordV1::Done { step, effect } => Self::Done { step, effect: effect.into() },
            RecordV1::Failed { step, message, effect } => {
                Self::Failed { step, message, effect: effect.map(Into::into) }
            }
            RecordV1::Unknown { step, message } => Self::Unknown { step, message },
            RecordV1::Unanswered { address, generation, provider } => {
                Self::Unanswered { address, generation, provider }
            }
            RecordV1::Placed { provider, place } => Self::Placed { provider, place: place.into() },
            RecordV1::Outputs(outputs) => Self::Outputs(outputs),
            RecordV1::Ended {} => Self::Ended,
        }
    }
}

impl From<Effect> for EffectV1 {
    fn from(effect: Effect) -> Self {
        match effect {
            Effect::Put(address, row) => Self::Put(RowV1(address, *row)),
            Effect::Remove(address, generation) => Self::Remove(address, generation),
            Effect::Rename { from, to, row } => Self::Rename(from, RowV1(to, *row)),
        }
    }
}

impl From<EffectV1> for Effect {
    fn from(effect: EffectV1) -> Self {
        match effect {
            EffectV1::Put(RowV1(address, row)) => Self::Put(address, row.into()),
            EffectV1::Remove(address, generation) => Self::Remove(address, generation),
            EffectV1::Rename(from, RowV1(to, row)) => Self::Rename { from, to, row: row.into() },
        }
    }
}

fn is_unsaid(text: &Name) -> bool {
    text.is_empty()
}

/// A row with its address, as in a ledger.
struct RowV1(Address, Row);

impl Serialize for RowV1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RowRef::from((&self.0, &self.1)).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RowV1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (address, row) = RowForm::deserialize(deserializer)?.into();
        Ok(Self(address, row))
    }
}

/// A provider instance, as in a compiled stack.
struct InstanceV1(ProviderInstance);

impl Serialize for InstanceV1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        InstanceRef(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for InstanceV1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        InstanceForm::deserialize(deserializer).map(|form| Self(form.into()))
    }
}

/// A schema, as in a compiled stack.
struct SchemaV1(Arc<Schema>);

impl Serialize for SchemaV1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written(&self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SchemaV1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ReadBack::deserialize(deserializer).map(|ReadBack(schema)| Self(schema.into()))
    }
}
