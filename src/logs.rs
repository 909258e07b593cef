//! Logs: what the programs write that an object runs. Changes nothing, and keeps nothing of it.

use flashinfra_plans::live::Question;
use flashinfra_plans::{Address, Ledger};
use flashinfra_providers::{LogSink, Logs};

use crate::able;
use crate::error::EngineError;
use crate::open::{self, Configuring};
use crate::owned;
use crate::session::Session;

/// Which lines are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    /// Whether to go on with what is written from now on.
    pub follow: bool,
    /// So many lines of each program, the last ones.
    pub tail: Option<u32>,
    /// Lines that are no older than this, in seconds.
    pub since_seconds: Option<u64>,
}

/// Gives the lines of what the object of an address runs to the sink.
///
/// # Errors
/// When there is no such object, its kind runs nothing, or something of it cannot be read: what could be was given by then.
pub async fn logs(
    session: &Session,
    ledger: &Ledger,
    address: &Address,
    lines: Lines,
    sink: LogSink<'_>,
) -> Result<(), EngineError> {
    let (row, owned) = owned::owned(ledger, address)?;
    let instances = open::needed(ledger, [&row.provider]);
    let opened = open::open(session, &instances, &ledger.schemas, &Configuring::of(ledger)).await?;
    opened.check_places(&ledger.places)?;
    let failed = |why: String| EngineError::NotOperated { act: "logs", address: address.clone(), why };
    let reader = opened.reader(&row.provider).ok_or_else(|| failed("its provider is not open".into()))?;
    let (kind, id) = (address.kind().into(), owned.id.clone());
    let question = Question { kind, id, attributes: row.applied.clone() };
    let Lines { follow, tail, since_seconds } = lines;
    let wanted = Logs { question, follow, tail, since_seconds };
    let told = reader.logs(&wanted, sink).await;
    told.map_err(|error| able::failed(&error, session, reader.as_ref(), ledger, "logs", address))
}
