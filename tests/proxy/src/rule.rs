//! Rules: which calls are struck, and by what.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::gate::Gate;
use crate::operation::Operation;
use crate::random::number_of;

/// Strikes some calls with a fault. Every rule counts the calls that it is about for itself, from one.
///
/// ```
/// use std::time::Duration;
/// use flashinfra_test_proxy::{Fault, Latency, Rule};
///
/// let rules = [
///     Rule::on("ec2:CreateVpc", Fault::DropAfter).nth(1),     // the reply to the first one is lost
///     Rule::mutating(Fault::DropBefore).nth(17),              // the 17th call that changes something
///     Rule::on("iam:*", Fault::throttled()).first(2),
///     Rule::reading(Fault::Failed).percent(5),                // which ones follows from the seed
///     Rule::any(Fault::Delay(Latency::Fixed(Duration::from_millis(20)))),
/// ];
/// # assert_eq!(rules.len(), 5);
/// ```
#[derive(Clone, Debug)]
#[must_use = "a rule does nothing until the proxy has it"]
pub struct Rule {
    about: About,
    when: When,
    fault: Fault,
}

#[derive(Clone, Debug)]
enum About {
    Any,
    Mutating,
    Reading,
    /// The full name, or its beginning before a star.
    Named(String),
}

#[derive(Clone, Copy, Debug)]
enum When {
    /// From this one on, so many of them.
    Range {
        from: u64,
        count: u64,
    },
    Percent(u8),
}

/// What strikes a call. Delays and gates add up; of the others the first rule's strikes.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Refused for coming too often, before the server acts, in the words of the service: 503 `RequestLimitExceeded` of EC2,
    /// 503 `SlowDown` of S3, 429 `ThrottlingException` of EKS, 400 `Throttling` or `ThrottlingException` of others.
    Throttled {
        /// The value of `Retry-After`, in seconds; none leaves the header out.
        retry_after_seconds: Option<u32>,
    },
    /// Answered 500 before the server acts.
    Failed,
    /// Answered 500 although the server acted.
    FailedAfter,
    /// Refused with this status and code before the server acts: `403 AccessDenied`, `503 ServiceUnavailable`,
    /// `400 InvalidVpcID.NotFound`.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
    },
    /// The connection is closed before the server acts.
    DropBefore,
    /// The server acts, then the connection is closed without a reply.
    DropAfter,
    /// The server acts, then the connection is closed in the middle of the reply's body.
    CutReply,
    /// The call is made later.
    Delay(Latency),
    /// The call is held before it reaches the server.
    HoldBefore(Gate),
    /// The server acts, then the reply is held.
    HoldAfter(Gate),
}

/// How long a call is delayed.
#[derive(Clone, Copy, Debug)]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Something between the two, which follows from the seed.
    Between(Duration, Duration),
}

impl Rule {
    /// Strikes an operation, `ec2:CreateVpc`, or all whose name begins with what stands before a star, `iam:*`.
    pub fn on(operation: impl Into<String>, fault: Fault) -> Self {
        Self::new(About::Named(operation.into()), fault)
    }

    /// Strikes all calls.
    pub fn any(fault: Fault) -> Self {
        Self::new(About::Any, fault)
    }

    /// Strikes calls that may change something.
    pub fn mutating(fault: Fault) -> Self {
        Self::new(About::Mutating, fault)
    }

    /// Strikes calls that change nothing.
    pub fn reading(fault: Fault) -> Self {
        Self::new(About::Reading, fault)
    }

    fn new(about: About, fault: Fault) -> Self {
        Self { about, when: When::Range { from: 1, count: u64::MAX }, fault }
    }

    /// Only the n-th of these calls, counted from one.
    pub fn nth(self, n: u64) -> Self {
        Self { when: When::Range { from: n, count: 1 }, ..self }
    }

    /// Only the first `count` of these calls.
    pub fn first(self, count: u64) -> Self {
        Self { when: When::Range { from: 1, count }, ..self }
    }

    /// Only these calls from the n-th on, counted from one.
    pub fn from(self, n: u64) -> Self {
        Self { when: When::Range { from: n, count: u64::MAX }, ..self }
    }

    /// So many in a hundred of these calls. Whether a call is struck follows from the seed, the rule's place among the rules, the
    /// operation, and how often that operation was called before.
    pub fn percent(self, percent: u8) -> Self {
        Self { when: When::Percent(percent), ..self }
    }

    fn is_about(&self, operation: &Operation, name: &str) -> bool {
        match &self.about {
            About::Any => true,
            About::Mutating => operation.mutating,
            About::Reading => !operation.mutating,
            About::Named(pattern) => match pattern.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => name == pattern,
            },
        }
    }
}

impl Fault {
    /// Throttling that does not say when to come back.
    pub fn throttled() -> Self {
        Self::Throttled { retry_after_seconds: None }
    }

    /// A refusal with a status and a code.
    pub fn refused(status: u16, code: impl Into<String>) -> Self {
        Self::Refused { status, code: code.into() }
    }
}

/// The rules of a proxy and what they have counted.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    seed: u64,
    rules: Vec<(Rule, u64)>,
    by_operation: BTreeMap<String, u64>,
}

/// What strikes one call.
#[derive(Debug, Default)]
pub(crate) struct Struck {
    /// It is made so much later.
    pub(crate) delay: Duration,
    /// It is held at these before the server acts.
    pub(crate) before: Vec<Gate>,
    /// It is held at these afterwards.
    pub(crate) after: Vec<Gate>,
    /// One of the other faults.
    pub(crate) fault: Option<Fault>,
}

impl Rules {
    pub(crate) fn new(seed: u64, rules: Vec<Rule>) -> Self {
        let rules = rules.into_iter().map(|rule| (rule, 0)).collect();
        Self { seed, rules, by_operation: BTreeMap::new() }
    }

    /// Adds a rule, which begins to count now.
    pub(crate) fn add(&mut self, rule: Rule) {
        self.rules.push((rule, 0));
    }

    /// The same rules, none of which has counted anything.
    pub(crate) fn afresh(&self) -> Self {
        Self::new(self.seed, self.rules.iter().map(|(rule, _)| rule.clone()).collect())
    }

    /// Counts a call and says what strikes it.
    pub(crate) fn strike(&mut self, operation: &Operation) -> Struck {
        let name = operation.full_name();
        let times = self.by_operation.entry(name.clone()).or_default();
        *times += 1;
        let (seed, times) = (self.seed, times.to_string());
        let mut struck = Struck::default();
        for (index, (rule, counted)) in self.rules.iter_mut().enumerate() {
            if !rule.is_about(operation, &name) {
                continue;
            }
            *counted += 1;
            let index = index.to_string();
            let number = |purpose| number_of(seed, &[purpose, &index, &name, &times]);
            let strikes = match rule.when {
                When::Range { from, count } => *counted >= from && *counted - from < count,
                When::Percent(percent) => number("percent") % 100 < u64::from(percent),
            };
            if strikes {
                struck.add(&rule.fault, number("latency"));
            }
        }
        struck
    }
}

impl Struck {
    fn add(&mut self, fault: &Fault, number: u64) {
        match fault {
            Fault::Delay(latency) => self.delay += latency.of(number),
            Fault::HoldBefore(gate) => self.before.push(gate.clone()),
            Fault::HoldAfter(gate) => self.after.push(gate.clone()),
            Fault::Throttled { .. }
            | Fault::Failed
            | Fault::FailedAfter
            | Fault::Refused { .. }
            | Fault::DropBefore
            | Fault::DropAfter
            | Fault::CutReply => drop(self.fault.get_or_insert_with(|| fault.clone())),
        }
    }
}

impl Latency {
    fn of(self, number: u64) -> Duration {
        match self {
            Self::Fixed(duration) => duration,
            Self::Between(least, most) => {
                let span = u64::try_from(most.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
                least + Duration::from_micros(number % span.saturating_add(1))
            }
        }
    }
}

#[cfg(test)]
mod tests;
