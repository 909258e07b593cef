//! What names a ledger.

use std::fmt;

use flashinfra_plans::Name;

use super::LedgerError;

/// A stack in an environment: each has a ledger of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LedgerKey {
    stack: Name,
    environment: Name,
}

impl LedgerKey {
    /// Makes a key, if both names are fit to be part of a path.
    ///
    /// # Errors
    /// [`LedgerError::Key`] names the one that is not.
    pub fn new(stack: &str, environment: &str) -> Result<Self, LedgerError> {
        for name in [stack, environment] {
            let legal = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
            if !legal || name.is_empty() || name.starts_with('.') {
                return Err(LedgerError::Key(name.into()));
            }
        }
        Ok(Self { stack: stack.into(), environment: environment.into() })
    }

    /// The stack.
    pub fn stack(&self) -> &Name {
        &self.stack
    }

    /// The environment.
    pub fn environment(&self) -> &Name {
        &self.environment
    }
}

impl fmt::Display for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.stack, self.environment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_cannot_leave_its_directory() {
        for name in ["", "..", ".hidden", "a/b", "a\\b", "a b"] {
            assert!(LedgerKey::new(name, "production").is_err(), "{name}");
            assert!(LedgerKey::new("shop", name).is_err(), "{name}");
        }
        assert_eq!(
            LedgerKey::new("shop", "eu-1.b_2").map(|key| key.to_string()).ok().as_deref(),
            Some("shop/eu-1.b_2")
        );
    }
}
