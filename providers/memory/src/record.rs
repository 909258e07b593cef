//! The format of the sandbox's file: JSON lines, a header and then one change a line.
//!
//! ```text
//! {"format":1,"sandbox":"7c1f…","written":3}
//! {"put":{"kind":"aws.vpc","region":"us-east-1","id":"vpc-0f3a…","birth":"…","attributes":{…},"owner":"…"}}
//! {"gone":{"kind":"aws.subnet","region":"us-east-1","id":"subnet-0b21…"}}
//! ```
//!
//! Of several lines about one object the last one counts. The types here are the file's own, so that its bytes do not
//! move when the types of the sandbox do.

use std::collections::BTreeMap;

use flashinfra_plans::value::Shared;
use flashinfra_plans::{Name, OwnerMark, Phase};
use serde::{Deserialize, Serialize};

use crate::literal::Literals;
use crate::world::{Busy, Change, Key, Past, Shelf, Site, Stored};

/// The version of the format that this code writes, and the only one that it reads.
pub(crate) const FORMAT: u32 = 1;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// [`FORMAT`].
    pub(crate) format: u32,
    /// The sandbox's uuid.
    pub(crate) sandbox: Name,
    /// How often the whole file was written anew; tells another process that what it has seen of the file is no more.
    pub(crate) written: u64,
}

/// Any other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Put(PutLine),
    Gone(GoneLine),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PutLine {
    kind: Name,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    account: Name,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    region: Name,
    id: Name,
    birth: Name,
    #[serde(default, skip_serializing_if = "Literals::is_empty")]
    attributes: Literals,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    managed_by: Option<Name>,
    #[serde(default, skip_serializing_if = "PhaseName::is_ready")]
    phase: PhaseName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    busy: Option<BusyLine>,
    #[serde(default, skip_serializing_if = "is_zero")]
    hidden: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    past: Option<PastLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<Name>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sent: BTreeMap<Name, u32>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GoneLine {
    kind: Name,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    account: Name,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    region: Name,
    id: Name,
    #[serde(default, skip_serializing_if = "is_zero")]
    tombstone: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BusyLine {
    #[serde(default, skip_serializing_if = "is_zero")]
    polls: u32,
    #[serde(default, skip_serializing_if = "is_zero_long")]
    until_ms: u64,
    #[serde(default, skip_serializing_if = "is_false")]
    fails: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    tombstone: u32,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PastLine {
    reads: u32,
    attributes: Literals,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PhaseName {
    Creating,
    #[default]
    Ready,
    Updating,
    Failed,
    Deleting,
}

/// A change as one line, without its end.
///
/// # Errors
/// When a value is not final, which no live value may be.
pub(crate) fn write(change: &Change) -> Result<String, serde_json::Error> {
    let line = match change {
        Change::Put(key, stored) => Line::Put(put_line(key.clone(), stored)),
        Change::Bury(key, tombstone) => {
            let Key { shelf: Shelf { kind, site: Site { account, region } }, id } = key.clone();
            Line::Gone(GoneLine { kind, account, region, id, tombstone: *tombstone })
        }
    };
    serde_json::to_string(&line)
}

/// Reads one line back. What it has in common with lines before it is held once.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub(crate) fn read(line: &str, shared: &mut Shared) -> Result<Change, String> {
    match serde_json::from_str(line).map_err(|error| error.to_string())? {
        Line::Put(put) => read_put(put, shared),
        Line::Gone(GoneLine { kind, account, region, id, tombstone }) => {
            Ok(Change::Bury(Key { shelf: Shelf { kind, site: Site { account, region } }, id }, tombstone))
        }
    }
}

fn put_line(key: Key, stored: &Stored) -> PutLine {
    let Key { shelf: Shelf { kind, site: Site { account, region } }, id } = key;
    let Stored { attributes, owner, managed_by, phase, busy, hidden, past, token, birth, sent } = stored.clone();
    PutLine {
        kind,
        account,
        region,
        id,
        birth,
        attributes: Literals(attributes),
        owner: owner.map(|mark| mark.to_text()),
        managed_by,
        phase: phase.into(),
        busy: busy.map(|Busy { polls, until_ms, fails, tombstone }| BusyLine { polls, until_ms, fails, tombstone }),
        hidden,
        past: past.map(|Past { reads, attributes }| PastLine { reads, attributes: Literals(attributes) }),
        token,
        sent,
    }
}

fn read_put(put: PutLine, shared: &mut Shared) -> Result<Change, String> {
    let PutLine {
        kind,
        account,
        region,
        id,
        birth,
        attributes,
        owner,
        managed_by,
        phase,
        busy,
        hidden,
        past,
        token,
        sent,
    } = put;
    let owner = match owner {
        Some(text) => Some(OwnerMark::parse(&text).ok_or_else(|| format!("`{text}` is no owner mark"))?),
        None => None,
    };
    let owner = owner.map(|owner| OwnerMark { stack: shared.name(owner.stack), ..owner });
    let stored = Stored {
        attributes: shared.attributes(attributes.0),
        owner,
        managed_by,
        phase: phase.into(),
        busy: busy.map(|BusyLine { polls, until_ms, fails, tombstone }| Busy { polls, until_ms, fails, tombstone }),
        hidden,
        past: past.map(|PastLine { reads, attributes }| Past { reads, attributes: attributes.0 }),
        token,
        birth,
        sent,
    };
    Ok(Change::Put(Key { shelf: Shelf { kind, site: Site { account, region } }, id }, Box::new(stored)))
}

impl From<Phase> for PhaseName {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Creating => Self::Creating,
            Phase::Ready => Self::Ready,
            Phase::Updating => Self::Updating,
            Phase::Failed => Self::Failed,
            Phase::Deleting => Self::Deleting,
        }
    }
}

impl From<PhaseName> for Phase {
    fn from(phase: PhaseName) -> Self {
        match phase {
            PhaseName::Creating => Self::Creating,
            PhaseName::Ready => Self::Ready,
            PhaseName::Updating => Self::Updating,
            PhaseName::Failed => Self::Failed,
            PhaseName::Deleting => Self::Deleting,
        }
    }
}

impl PhaseName {
    fn is_ready(&self) -> bool {
        *self == Self::Ready
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_zero_long(number: &u64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}
