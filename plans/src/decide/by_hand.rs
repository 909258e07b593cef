//! Whose a live value is that somebody gave an object by hand, with this program.

use super::Decision;
use crate::ledger::Ledger;
use crate::live::Observed;
use crate::plan::{AttributeChange, Drift, Finding, Note};
use crate::value::{Address, Value};

/// Says beside each difference that a record of the ledger explains who made it.
pub(super) fn tell(ledger: &Ledger, decisions: &mut [Decision], drift: &mut [Drift]) {
    if ledger.by_hand.is_empty() {
        return;
    }
    for change in decisions.iter_mut().map(|decision| &mut decision.change) {
        tell_of(ledger, &change.address, &mut change.attributes, |attribute| attribute.before.as_ref());
    }
    for drift in drift {
        tell_of(ledger, &drift.address, &mut drift.attributes, |attribute| attribute.after.as_ref());
    }
}

/// What became of what somebody began, and of which no record says it.
pub(super) fn findings(ledger: &Ledger, observed: &Observed) -> Vec<Finding> {
    let told = ledger.begun_by_hand().filter_map(|(address, begun)| {
        let looked = observed.by_hand.get(&(address.clone(), begun.act.clone()))?;
        Some(Finding::ByHand { address: address.clone(), what: begun.cut_off(looked).into() })
    });
    told.collect()
}

fn tell_of(
    ledger: &Ledger,
    address: &Address,
    attributes: &mut [AttributeChange],
    live: impl Fn(&AttributeChange) -> Option<&Value>,
) {
    let Some(noted) = ledger.by_hand.get(address) else { return };
    for attribute in attributes {
        let done = noted.iter().find(|done| done.explains(&attribute.path, live(attribute)));
        if let (None | Some(Note::WrittenBy(_)), Some(done)) = (&attribute.note, done) {
            attribute.note = Some(Note::ByHand(done.told().into()));
        }
    }
}
