//! IP ranges, as far as a service normalises them.

use std::fmt;
use std::net::IpAddr;

/// An IP range: `10.0.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    /// Reads a range; the bits behind the prefix are set to zero, as services do.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let prefix = prefix.parse().ok()?;
        let address = match address.parse().ok()? {
            IpAddr::V4(v4) if prefix <= 32 => {
                IpAddr::V4((v4.to_bits() & mask(u128::from(u32::MAX), prefix, 32) as u32).into())
            }
            IpAddr::V6(v6) if prefix <= 128 => IpAddr::V6((v6.to_bits() & mask(u128::MAX, prefix, 128)).into()),
            IpAddr::V4(_) | IpAddr::V6(_) => return None,
        };
        Some(Self { address, prefix })
    }
}

fn mask(ones: u128, prefix: u32, bits: u32) -> u128 {
    ones.checked_shl(bits - prefix).unwrap_or(0)
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}
