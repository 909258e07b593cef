//! Numbers about an object that people watch.

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name, in lower case with underscores, as monitoring has it: `replicas_ready`.
    pub name: &'static str,
    /// What it counts, as a sentence.
    pub help: &'static str,
}

/// A number, and what there is to say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    /// What it is.
    pub metric: Metric,
    /// How much; none where nobody could look, which `told` then says.
    pub value: Option<i64>,
    /// The same for people: `2 of 3 replicas ready`. Empty where another measure of the object says it.
    pub told: String,
    /// Why that is not well, as a sentence without a full stop; none when it is.
    pub trouble: Option<String>,
}
