//! What a ledger owns at an address, and what to say where it owns nothing.

use flashinfra_plans::ledger::Owned;
use flashinfra_plans::{Address, Ledger, Name, Row};
use flashinfra_stacks::params::suggest;

use crate::error::EngineError;

/// An address that was named, and at which nothing is owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotOwned {
    /// The stack.
    pub stack: Name,
    /// The environment.
    pub environment: Name,
    /// The address.
    pub address: Address,
    /// Addresses that may have been meant: the one that is a slip away, else some of its kind.
    pub meant: Vec<Address>,
    /// Whether nothing at all is owned.
    pub is_empty: bool,
}

impl NotOwned {
    /// Of an address that a ledger has no object at.
    pub fn of(ledger: &Ledger, address: &Address) -> Self {
        let Ledger { stack, environment, rows, .. } = ledger;
        Self {
            stack: stack.clone(),
            environment: environment.clone(),
            address: address.clone(),
            meant: meant(address, rows.keys()),
            is_empty: rows.is_empty(),
        }
    }

    /// As a sentence without a full stop.
    pub(crate) fn told(&self) -> String {
        let Self { stack, environment, address, .. } = self;
        format!("{stack}/{environment} owns no {address}")
    }

    /// What may have been meant, and where to look.
    pub fn help(&self) -> String {
        if self.is_empty {
            return "It owns nothing: `flashinfra apply` makes what is declared.".into();
        }
        let meant: Vec<&str> = self.meant.iter().map(Address::as_str).collect();
        let list = "`flashinfra ledger ls` lists what it owns.";
        if meant.is_empty() { list.into() } else { format!("Did you mean {}? {list}", meant.join(" or ")) }
    }
}

/// What may have been meant by an address that there is not.
fn meant<'a>(address: &Address, known: impl Iterator<Item = &'a Address>) -> Vec<Address> {
    /// More would be a list, which another command prints.
    const MAX: usize = 3;
    let known: Vec<&Address> = known.collect();
    let slip = suggest::nearest(address.as_str(), known.iter().map(|known| known.as_str()));
    let is_meant = |known: &Address| match slip {
        Some(slip) => known.as_str() == slip,
        None => known.kind() == address.kind(),
    };
    known.into_iter().filter(|known| is_meant(known)).take(MAX).cloned().collect()
}

/// The row of an address and the object that it has.
///
/// # Errors
/// When nothing is owned there.
pub(crate) fn owned<'l>(ledger: &'l Ledger, address: &Address) -> Result<(&'l Row, &'l Owned), EngineError> {
    let row = ledger.rows.get(address);
    let owned = row.and_then(|row| Some((row, row.current.as_ref()?)));
    owned.ok_or_else(|| EngineError::NotOwned(NotOwned::of(ledger, address)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_told() {
        let address = |text: &str| Address::parse(text).unwrap();
        let known = ["test.host/web.main", "test.host/web.spare", "test.net/main"].map(address);
        for (typed, expected) in [
            ("test.net/mian", &["test.net/main"][..]),
            ("test.host/web", &["test.host/web.main", "test.host/web.spare"]),
            ("test.queue/jobs", &[]),
        ] {
            assert_eq!(
                meant(&address(typed), known.iter()),
                expected.iter().map(|text| address(text)).collect::<Vec<_>>()
            );
        }
        let not_owned = |meant: &[&str], is_empty| NotOwned {
            stack: "shop".into(),
            environment: "production".into(),
            address: address("test.host/web"),
            meant: meant.iter().map(|text| address(text)).collect(),
            is_empty,
        };
        let found = not_owned(&["test.host/a", "test.host/b"], false);
        assert_eq!(found.told(), "shop/production owns no test.host/web");
        assert_eq!(found.help(), "Did you mean test.host/a or test.host/b? `flashinfra ledger ls` lists what it owns.");
        assert_eq!(not_owned(&[], false).help(), "`flashinfra ledger ls` lists what it owns.");
        assert!(not_owned(&[], true).help().starts_with("It owns nothing:"));
    }
}
