//! A resource's turn: before or after others that know nothing of it.

use crate::address::Address;

/// When a resource is made or changed, as seen from it and not from those that it stands before.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Whether it comes before the others; else after them.
    pub is_before: bool,
    /// Its place among those that come before, or after, the same one: the less, the earlier.
    pub weight: i32,
    /// The others.
    pub around: Vec<Address>,
}
