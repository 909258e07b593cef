//! Addresses: what a resource is called across runs.

use std::fmt;
use std::sync::Arc;

/// A resource's identity across runs: `kind/name`, where scopes give dotted names (`aws.subnet/network.private-a`).
///
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    text: Arc<str>,
}

impl Address {
    /// The address of a name of a kind, unchecked: [`Stack::add`](crate::Stack::add) reports bad names.
    pub(crate) fn new(kind: &str, name: &str) -> Self {
        Self { text: format!("{kind}/{name}").into() }
    }

    /// Reads `kind/name`; the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((kind, name)) = text.split_once('/') else {
            return Err(format!("`{text}` is not an address: write `kind/name`, as in `aws.vpc/main`"));
        };
        let kind_is_good =
            kind.split_once('.').is_some_and(|(provider, resource)| !provider.is_empty() && !resource.is_empty());
        if !kind_is_good {
            return Err(format!("`{kind}` is not a kind: write `provider.resource`, as in `aws.vpc`"));
        }
        for segment in name.split('.') {
            check_name(segment)?;
        }
        Ok(Self { text: text.into() })
    }

    /// The kind: `aws.subnet`.
    pub fn kind(&self) -> &str {
        self.text.split_once('/').map_or("", |(kind, _)| kind)
    }

    /// The name, with the scopes that it stands in: `network.private-a`.
    pub fn name(&self) -> &str {
        self.text.split_once('/').map_or("", |(_, name)| name)
    }

    /// The whole address: `aws.subnet/network.private-a`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.text)
    }
}

impl AsRef<Address> for Address {
    fn as_ref(&self) -> &Address {
        self
    }
}

/// Whether this is a name of one resource, scope, output, provider or stack: `[a-z0-9][a-z0-9_-]*`.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let mut bytes = name.bytes();
    let starts_well = bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit());
    let goes_on_well = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if starts_well && goes_on_well {
        return Ok(());
    }
    if name.is_empty() {
        return Err("a name is empty".to_owned());
    }
    Err(format!("`{name}` is not a name"))
}

/// A name near to this one that is allowed, to be suggested.
pub(crate) fn suggested_name(name: &str) -> Option<String> {
    let kept: String = name
        .chars()
        .map(|c| match c.to_ascii_lowercase() {
            c if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' => c,
            _ => '-',
        })
        .collect();
    let kept = kept.trim_matches(['-', '_']).to_owned();
    check_name(&kept).is_ok().then_some(kept)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{Address, check_name, suggested_name};

    #[test]
    fn an_address_is_a_kind_and_a_name() {
        let address = Address::parse("aws.subnet/network.private-a").unwrap();
        assert_eq!(address.kind(), "aws.subnet");
        assert_eq!(address.name(), "network.private-a");
        assert_eq!(address, Address::new("aws.subnet", "network.private-a"));
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for bad in ["aws.subnet", "subnet/a", "aws./a", "aws.subnet/", "aws.subnet/a..b", "aws.subnet/A"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_lower_case_letters_digits_dashes_and_underscores() {
        for good in ["main", "a", "0", "private-a", "db_main", "3-az"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", "_a", "Main", "a.b", "a/b", "a b", "zürich"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_near_name_is_suggested() {
        assert_eq!(suggested_name("Private A").as_deref(), Some("private-a"));
        assert_eq!(suggested_name("a.b").as_deref(), Some("a-b"));
        assert_eq!(suggested_name("..."), None);
    }
}
