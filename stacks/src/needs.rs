//! What resources need of each other and do not refer to: of some providers' kinds it is found by the names that stand in them,
//! once the whole stack is declared.

use std::collections::BTreeMap;

use crate::schema::{Schema, Text};
use crate::value::Value;

/// One of the resources of a provider instance, as what finds their needs sees it.
#[derive(Clone, Debug)]
pub struct Together<'a> {
    /// What is known of its kind.
    pub schema: &'a Schema,
    /// What is declared. What refers to a literal of another resource is that literal.
    pub attributes: BTreeMap<Text, Value>,
}

/// That one resource needs another one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// The place of the one that needs.
    pub from: usize,
    /// The place of the one that is needed.
    pub to: usize,
    /// The attribute by which it is in the other one, and that of the other one which has the same value: it becomes a reference, so
    /// that what is in something which is replaced is planned as lost with it. An attribute that the schema has and nobody set becomes
    /// one, too.
    pub within: Option<(&'static str, &'static str)>,
}

/// Finds what the resources of one provider instance need of each other.
pub type Needs = fn(&[Together<'_>]) -> Vec<Need>;
