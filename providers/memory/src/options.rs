//! How a sandbox behaves beyond what schemas say.

use std::collections::BTreeMap;
use std::time::Duration;

use flashinfra_plans::Name;
use flashinfra_stacks::schema::Schema;

use crate::faults::Faults;

/// How a sandbox behaves beyond what schemas say. The default is a calm world: nothing fails.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What a new sandbox's uuid, and with it everything that it makes up, is derived from. Without it each new sandbox
    /// is another one. Does not matter for a file that is there already.
    pub seed: Option<u64>,
    /// How long things take.
    pub latency: Latency,
    /// What goes wrong.
    pub faults: Faults,
    /// Whether attributes that a schema does not have are kept as they were sent: what stacks set with `.raw(…)`. Otherwise
    /// they are refused, as services refuse misspelt ones.
    pub keep_unknown: bool,
}

/// How long things take.
#[derive(Clone, Debug)]
pub struct Latency {
    /// The pause between two looks at a busy object that the sandbox asks for: 0.2 s unless set.
    pub poll: Duration,
    /// How long each call takes.
    pub call: Duration,
    /// How long a second that the schema calls typical takes here: with one millisecond a cluster that typically takes
    /// ten minutes is ready after 0.6 s. Zero counts polls instead.
    pub typical_second: Duration,
    /// How slow single kinds are, in place of all else.
    pub kinds: BTreeMap<Name, Slow>,
}

/// How long an object stays busy after a create, an update or a delete: until both have passed. When both are zero it
/// is never busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slow {
    /// The read that finds it done: with 2 the first one still finds it busy.
    pub polls: u32,
    /// How long it takes.
    pub time: Duration,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Create,
    Update,
    Delete,
}

/// Kinds that typically take as long as this are busy for a moment even in a calm sandbox, so that people see polling.
const BUSY_FROM_SECONDS: u32 = 60;
/// Such an object is done when it is looked at for the second time.
const BUSY_POLLS: u32 = 2;

/// Long enough to be seen in the progress, short enough not to be waited for.
const POLL_PAUSE: Duration = Duration::from_millis(200);

impl Default for Latency {
    fn default() -> Self {
        let none = Duration::ZERO;
        Self { poll: POLL_PAUSE, call: none, typical_second: none, kinds: BTreeMap::new() }
    }
}

impl Latency {
    /// How long an act on an object of this kind takes.
    pub(crate) fn slow(&self, schema: &Schema, act: Act) -> Slow {
        if let Some(slow) = self.kinds.get(schema.kind.as_ref()) {
            return *slow;
        }
        let seconds = match act {
            Act::Create => schema.typical.create,
            Act::Update => schema.typical.update,
            Act::Delete => schema.typical.delete,
        };
        if !self.typical_second.is_zero() {
            Slow { polls: 0, time: self.typical_second * seconds }
        } else if seconds >= BUSY_FROM_SECONDS {
            Slow { polls: BUSY_POLLS, time: Duration::ZERO }
        } else {
            Slow::default()
        }
    }
}
