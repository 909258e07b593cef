//! IP ranges, checked while compiling.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::input::{Input, Scalar};
use crate::value::Value;

mod parse;

/// A range of IP addresses in CIDR notation: `10.0.0.0/16`, `2001:db8::/32`. The bits behind the prefix are zero.
///
/// Write literals with [`cidr!`](crate::cidr), which checks them while compiling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    /// Whether it is of version 6; orders version 4 first.
    is_v6: bool,
    /// The first address; of version 4 in the low 32 bits.
    first: u128,
    /// How many leading bits are fixed.
    prefix: u8,
}

impl Cidr {
    /// A literal; [`cidr!`](crate::cidr) makes the compiler evaluate it.
    ///
    /// # Panics
    /// When the text is not a CIDR: in a constant that is an error of the compiler.
    #[doc(hidden)]
    #[track_caller]
    pub const fn literal(text: &str) -> Self {
        match parse::cidr(text.as_bytes()) {
            Ok(cidr) => cidr,
            Err(reason) => panic!("{}", reason),
        }
    }

    /// The first address: that of the network.
    pub fn network(&self) -> IpAddr {
        if self.is_v6 {
            IpAddr::V6(Ipv6Addr::from_bits(self.first))
        } else {
            IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(self.first).unwrap_or(u32::MAX)))
        }
    }

    /// How many leading bits are fixed: 16 of `10.0.0.0/16`.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    const fn width(self) -> u8 {
        if self.is_v6 { 128 } else { 32 }
    }

    /// Cuts the range into subnets whose prefix is longer by `bits`, in order: Terraform's `cidrsubnets`, to be zipped with
    /// what needs one each.
    ///
    /// There are never silently too few. What comes after the last subnet is no range, and the stack tells so where it is
    /// used: a network that was made smaller must not make subnets disappear. For all there are, `.take(n)`.
    ///
    /// ```
    /// use flashinfra_stacks::{Stack, cidr};
    ///
    /// let mut stack = Stack::new("shop", "production");
    /// for (zone, range) in ["a", "b", "c"].iter().zip(cidr!("10.0.0.0/23").subnets(1)) {
    ///     stack.output(format!("private-{zone}"), range);
    /// }
    /// let problems = stack.compile().expect_err("there are two halves");
    /// assert_eq!(problems[0].message, "output `private-c`: 10.0.0.0/23 has no third subnet with a prefix of 24");
    /// ```
    pub fn subnets(self, bits: u8) -> impl Iterator<Item = Input<Self>> {
        let mut next = Some(0);
        std::iter::from_fn(move || {
            let number = next?;
            let subnet = self.subnet(bits, number);
            next = subnet.is_some().then_some(number + 1);
            Some(Input::new(match subnet {
                Some(subnet) => subnet.into_value(),
                None => Value::Invalid(self.lacks(bits, number)),
            }))
        })
    }

    /// Why there is no such subnet.
    fn lacks(self, bits: u8, number: u128) -> String {
        let prefix = u16::from(self.prefix) + u16::from(bits);
        let place = match number {
            0 => {
                return format!(
                    "{self} cannot be cut into subnets with a prefix of {prefix}: it ends at {}",
                    self.width()
                );
            }
            1 => "second".to_owned(),
            2 => "third".to_owned(),
            _ => format!("{}th", number + 1),
        };
        format!("{self} has no {place} subnet with a prefix of {prefix}")
    }

    /// The subnet `number`, counted from 0, of those whose prefix is longer by `bits`: Terraform's `cidrsubnet`. `None` if
    /// there is no such subnet.
    pub fn subnet(self, bits: u8, number: u128) -> Option<Self> {
        let prefix = self.prefix.checked_add(bits).filter(|prefix| *prefix <= self.width())?;
        if number.checked_shr(u32::from(bits)).unwrap_or(0) != 0 {
            return None;
        }
        let offset = number.checked_shl(u32::from(self.width() - prefix)).unwrap_or(0);
        Some(Self { first: self.first | offset, prefix, ..self })
    }

    /// Whether the other range lies within this one.
    pub fn contains(&self, other: &Self) -> bool {
        let free_bits = u32::from(self.width() - self.prefix);
        let fixed = |address: u128| address.checked_shr(free_bits).unwrap_or(0);
        self.is_v6 == other.is_v6 && self.prefix <= other.prefix && fixed(self.first) == fixed(other.first)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network(), self.prefix)
    }
}

impl fmt::Debug for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not a CIDR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CidrError {
    reason: &'static str,
}

impl fmt::Display for CidrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for CidrError {}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        parse::cidr(text.as_bytes()).map_err(|reason| CidrError { reason })
    }
}

/// A [`Cidr`] whose text is checked while compiling, by `cargo check` too.
///
/// ```
/// let network = flashinfra_stacks::cidr!("10.0.0.0/16");
/// ```
///
/// ```compile_fail
/// let network = flashinfra_stacks::cidr!("10.0.1.7/16"); // host bits are set
/// ```
#[macro_export]
macro_rules! cidr {
    ($text:literal) => {{
        // An item and not a `const { … }` block: only items are evaluated by `cargo check`.
        const CIDR: $crate::Cidr = $crate::Cidr::literal($text);
        CIDR
    }};
}

#[cfg(test)]
mod tests;
