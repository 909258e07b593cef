//! The published values of a stack.

use std::collections::BTreeMap;

use flashinfra_plans::plan::OutputChange;
use flashinfra_plans::value::Reference;
use flashinfra_plans::{Ledger, Name, Value, resolve};

use crate::apply::request;
use crate::error::EngineError;
use crate::ledgers::{self, LedgerKey, LedgerStore};

/// The published values as of the last apply, secrets as references to their source.
///
/// # Errors
/// When there is no ledger, or it cannot be read.
pub async fn published(store: &dyn LedgerStore, key: &LedgerKey) -> Result<BTreeMap<Name, Value>, EngineError> {
    match ledgers::load(store, key).await? {
        Some(loaded) => Ok(loaded.ledger.outputs),
        None => Err(EngineError::NoLedger {
            stack: key.stack().clone(),
            environment: key.environment().clone(),
            location: store.location(key),
        }),
    }
}

/// The published values after an apply, and the names of those that could not be evaluated, which stay as they were.
pub(crate) fn evaluate(changes: &[OutputChange], ledger: &Ledger) -> (BTreeMap<Name, Value>, Vec<Name>) {
    let (mut outputs, mut left) = (ledger.outputs.clone(), Vec::new());
    for OutputChange { name, before: _, after, value } in changes {
        let known = after.as_ref().filter(|after| resolve::is_known(after)).cloned();
        let evaluate = |value| resolve::resolve(value, &|reference: &Reference| request::looked_up(ledger, reference));
        let published = known.or_else(|| value.as_ref().map(evaluate));
        match published {
            Some(value) if resolve::is_known(&value) => {
                outputs.insert(name.clone(), value);
            }
            Some(_) => left.push(name.clone()),
            None => {
                outputs.remove(name);
            }
        }
    }
    (outputs, left)
}
