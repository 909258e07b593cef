//! What was called, in order. Names and outcomes only: no bodies, no parameters, no headers.

use std::fmt;

/// A call that arrived at the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its place among all calls, counted from one, in the order of arrival.
    pub ordinal: u64,
    /// What it is: `service:Operation`.
    pub operation: String,
    /// Whether it may change something.
    pub mutating: bool,
    /// Its place among the calls that may change something, counted from one.
    pub mutating_ordinal: Option<u64>,
    /// Whether the server was asked and answered.
    pub acted: bool,
    /// The status of the reply, as the client would see it; none while there is none, or when there never was one.
    pub status: Option<u16>,
    /// Whether the reply was handed, whole, to a connection that was still open.
    pub delivered: bool,
    /// Where the reply came from.
    pub origin: Origin,
}

/// Where a reply came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// There is no reply: not yet, or the call was dropped.
    #[default]
    None,
    /// From the server, perhaps rewritten.
    Server,
    /// From a rule.
    Rule,
    /// From an earlier call with the same client token.
    Token,
    /// From the rest of a list that an earlier call asked for.
    Page,
    /// From what the proxy remembers of objects: hidden, busy, or with a name that is still taken.
    Memory,
    /// The server could not be reached; the proxy said so.
    Unreachable,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ordinal, operation, mutating, mutating_ordinal: _, acted, status, delivered, origin } = self;
        write!(f, "{ordinal:>4} {} {operation}", if *mutating { "!" } else { " " })?;
        if let Some(status) = status {
            write!(f, " {status}")?;
        }
        match origin {
            Origin::None | Origin::Server => {}
            Origin::Rule => f.write_str(" by a rule")?,
            Origin::Token => f.write_str(" by its token")?,
            Origin::Page => f.write_str(" next page")?,
            Origin::Memory => f.write_str(" by the proxy's memory")?,
            Origin::Unreachable => f.write_str(" server unreachable")?,
        }
        match (acted, delivered) {
            (true, false) => f.write_str(", acted, reply lost"),
            (false, false) => f.write_str(", no reply"),
            (true | false, true) => Ok(()),
        }
    }
}
