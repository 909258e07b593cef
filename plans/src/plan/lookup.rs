//! What was looked up.

use crate::value::{Map, Name};

/// What was asked and answered about something that the stack does not own. What of it matters to a step stands with the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The provider instance that was asked.
    pub provider: Name,
    /// What was asked.
    pub asked: Map,
    /// What was found, in the service's words: an id, a name.
    pub object: Name,
    /// What was answered.
    pub answer: Map,
}
