//! What an object that the ledger knows is now.

use flashinfra_plans::live::Question;
use flashinfra_plans::{Address, Ledger, Live, Map};

use crate::error::EngineError;
use crate::open::{self, Configuring};
use crate::session::Session;

/// Reads the object of an address, by its id and in its place, which is proven before. None when the ledger knows no object there.
///
/// # Errors
/// When the provider instance of the object cannot be opened, or leads somewhere else than before.
pub async fn live(session: &Session, ledger: &Ledger, address: &Address) -> Result<Option<Live>, EngineError> {
    let Some(row) = ledger.rows.get(address) else { return Ok(None) };
    let Some(owned) = &row.current else { return Ok(None) };
    let instances = open::needed(ledger, [&row.provider]);
    let opened = open::open(session, &instances, &ledger.schemas, &Configuring::of(ledger)).await?;
    opened.check_places(&ledger.places)?;
    let question = Question { kind: address.kind().into(), id: owned.id.clone(), attributes: Map::default() };
    Ok(opened.ask(vec![(row.provider.clone(), question)]).await.pop())
}
