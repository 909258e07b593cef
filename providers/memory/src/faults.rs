//! Faults: what goes wrong on purpose, seeded and repeatable.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use flashinfra_plans::{Live, Map, Name, Object};
use flashinfra_providers::{Class, Error};
use sha2::{Digest, Sha256};

/// What goes wrong in a sandbox. By default nothing does.
///
/// Has a text form, one rule a line; blank lines and lines that start with `#` do not count:
///
/// ```
/// use flashinfra_providers_memory::Faults;
///
/// let faults: Faults = "
///     seed 42
///     ## The answer to the first create of this address is lost, though the object was made.
///     create aws.vpc/network.main lost-after
///     ## The second and third delete of any subnet are throttled.
///     delete aws.subnet throttled=50ms skip=1 times=2
///     ## One update in five, of whatever it is.
///     update * lost-before percent=20
///     read aws.db_instance/data.main unverified=storage_encrypted times=always
/// "
/// .parse()?;
/// assert_eq!(faults.rules.len(), 4);
/// # Ok::<_, String>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// What the choices of [`When::Percent`] follow from.
    pub seed: u64,
    /// The rules; all that apply to a call do.
    pub rules: Vec<Rule>,
}

/// When what goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The calls that it is about.
    pub on: Operation,
    /// The objects that it is about: a kind, an address, an id, or `*` for all.
    pub target: Name,
    /// Which of these calls it strikes.
    pub when: When,
    /// What goes wrong.
    pub fault: Fault,
}

impl Rule {
    /// Whether it is about calls of this kind to what has these names.
    fn is_about(&self, on: Operation, names: &[&str]) -> bool {
        self.on == on && (self.target == "*" || names.contains(&&*self.target))
    }
}

/// A call to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Proving the place. Its target is the provider's type.
    Place,
    /// Answering a question.
    Read,
    /// Finding objects by owner mark. Its target is the kind.
    Find,
    /// Making an object.
    Create,
    /// Changing an object.
    Update,
    /// Deleting an object.
    Delete,
    /// Rewriting an owner mark.
    Mark,
}

/// Which of the calls that a rule is about it strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Some in a row, as this process makes them.
    Nth {
        /// So many are let through first.
        skip: u32,
        /// Then so many are struck.
        times: u32,
    },
    /// So many in a hundred. Which ones follows from the seed and from how often the same object was asked for, so that
    /// other objects and the order of calls do not matter.
    Percent(u8),
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service is asked too often and says when to come back. A read comes back by itself.
    Throttled(Duration),
    /// The credentials may not do this.
    Denied,
    /// The connection breaks before the service acts. The caller cannot know.
    LostBefore,
    /// The connection breaks after the service acted. The caller cannot know.
    LostAfter,
    /// A create or update is accepted and then turns out to have failed.
    Fails,
    /// A create, update or delete is accepted, and takes so long.
    Slow(Duration),
    /// So many reads and searches do not see a new object yet.
    Hidden(u32),
    /// So many reads still see an object as it was before an update.
    Stale(u32),
    /// A new object is made without this attribute, and the connection breaks: making it takes several calls.
    Half(Name),
    /// An update gets as far as all but this attribute, which the service refuses: changing it takes several calls.
    Refused(Name),
    /// The service does not know the object that it is to change, as when it answers from a copy that is behind.
    NotFound,
    /// A new object does not get its owner mark, as when a process dies between create and tag.
    Unmarked,
    /// So many reads still find what is left of a deleted object, and its name stays reserved.
    Tombstone(u32),
    /// The object cannot be read.
    Unreadable,
    /// This attribute cannot be read.
    Unverified(Name),
}

/// The faults of one sandbox, and how often which rule was asked.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    faults: Faults,
    asked: Mutex<HashMap<(usize, Name), u32>>,
}

impl Trouble {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, asked: Mutex::default() }
    }

    /// What strikes one call, `names` being all that a rule may call its object by, the most telling one first.
    pub(crate) fn strike(&self, on: Operation, names: &[&str]) -> Vec<Fault> {
        if self.faults.rules.is_empty() {
            return Vec::new();
        }
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let rules = self.faults.rules.iter().enumerate();
        let about = rules.filter(|(_, rule)| rule.is_about(on, names));
        let mut count = |index, name: &str| {
            let count = asked.entry((index, name.into())).or_default();
            *count += 1;
            *count - 1
        };
        let struck = about.filter(|(index, rule)| match rule.when {
            When::Nth { skip, times } => {
                let before = count(*index, "");
                before >= skip && before - skip < times
            }
            When::Percent(percent) => {
                let name = names.first().copied().unwrap_or_default();
                chance(self.faults.seed, *index, name, count(*index, name)) < percent
            }
        });
        struck.map(|(_, rule)| rule.fault.clone()).collect()
    }

    /// The attributes that a read of what has these names would not tell each time. It is none itself.
    pub(crate) fn untold(&self, names: &[&str]) -> Vec<Name> {
        let always = |rule: &&Rule| matches!(rule.when, When::Nth { skip: 0, times: u32::MAX });
        let about = self.faults.rules.iter().filter(|rule| rule.is_about(Operation::Read, names));
        let untold = about.filter(always).filter_map(|rule| match &rule.fault {
            Fault::Unverified(attribute) => Some(attribute.clone()),
            _ => None,
        });
        untold.collect()
    }
}

/// What faults make of an act that the service does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Twist {
    /// It is accepted and then fails.
    pub(crate) fails: bool,
    /// The owner mark is not written.
    pub(crate) unmarked: bool,
    /// So many reads do not see it.
    pub(crate) hidden: u32,
    /// So many reads see what was before.
    pub(crate) stale: u32,
    /// So many reads find what is left.
    pub(crate) tombstone: u32,
    /// It takes this long, in place of what the sandbox would take.
    pub(crate) slow: Option<Duration>,
}

impl Twist {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let mut twist = Self::default();
        for fault in faults {
            match fault {
                Fault::Fails => twist.fails = true,
                Fault::Unmarked => twist.unmarked = true,
                Fault::Hidden(reads) => twist.hidden = *reads,
                Fault::Stale(reads) => twist.stale = *reads,
                Fault::Tombstone(reads) => twist.tombstone = *reads,
                Fault::Slow(time) => twist.slow = Some(*time),
                Fault::Throttled(_)
                | Fault::Denied
                | Fault::LostBefore
                | Fault::LostAfter
                | Fault::Half(_)
                | Fault::NotFound
                | Fault::Refused(_)
                | Fault::Unreadable
                | Fault::Unverified(_) => {}
            }
        }
        twist
    }
}

/// What keeps a call from reaching the service.
pub(crate) fn before(faults: &[Fault]) -> Result<(), Error> {
    faults.iter().try_for_each(|fault| match fault {
        Fault::Throttled(after) => {
            let error = Error::new(Class::Retry, "the sandbox was asked too often").with_code("Throttling");
            Err(Error { retry_after: Some(*after).filter(|after| !after.is_zero()), ..error })
        }
        Fault::Denied => Err(denied()),
        Fault::LostBefore => Err(lost()),
        Fault::NotFound => {
            Err(Error::new(Class::NotFound, "the sandbox does not know the object yet").with_code("NotFound"))
        }
        Fault::LostAfter
        | Fault::Half(_)
        | Fault::Refused(_)
        | Fault::Fails
        | Fault::Slow(_)
        | Fault::Unmarked
        | Fault::Hidden(_)
        | Fault::Stale(_)
        | Fault::Tombstone(_)
        | Fault::Unreadable
        | Fault::Unverified(_) => Ok(()),
    })
}

/// What becomes of the answer.
pub(crate) fn after<T>(faults: &[Fault], answer: T) -> Result<T, Error> {
    let half = |fault: &Fault| matches!(fault, Fault::Half(_));
    match faults {
        // As of a service, the code is that of the call that failed.
        faults if faults.iter().any(half) => Err(lost().with_code("IncompleteCreate")),
        faults if faults.contains(&Fault::LostAfter) => Err(lost()),
        _ => Ok(answer),
    }
}

/// What faults leave of the attributes of a create.
pub(crate) fn halved(faults: &[Fault], attributes: &Map) -> Map {
    let half = |fault: &Fault| match fault {
        Fault::Half(attribute) => Some(attribute.clone()),
        _ => None,
    };
    faults.iter().filter_map(half).fold(attributes.clone(), |attributes, lost| attributes.without(&lost))
}

/// The attribute that is refused of an update, once the others are changed.
pub(crate) fn refused(faults: &[Fault]) -> Option<&Name> {
    faults.iter().find_map(|fault| match fault {
        Fault::Refused(attribute) => Some(attribute),
        _ => None,
    })
}

/// What faults make of something that was read.
pub(crate) fn seen(faults: &[Fault], live: Live) -> Live {
    let reason = |error: Error| Live::Unreadable { reason: Name::from(error.to_string()) };
    faults.iter().fold(live, |live, fault| match (fault, live) {
        (Fault::Denied, _) => reason(denied()),
        (Fault::Unreadable, _) => reason(Error::new(Class::Unknown, "the service failed").with_code("InternalError")),
        (Fault::Unverified(attribute), Live::Present(object)) => {
            let attributes = object.attributes.without(attribute);
            Live::Present(Object { attributes, unverified: vec![attribute.clone()], ..object })
        }
        // A read comes back by itself after these, and the rest is about writes.
        (
            Fault::Throttled(_)
            | Fault::LostBefore
            | Fault::LostAfter
            | Fault::Half(_)
            | Fault::NotFound
            | Fault::Refused(_)
            | Fault::Fails
            | Fault::Slow(_)
            | Fault::Unmarked
            | Fault::Hidden(_)
            | Fault::Stale(_)
            | Fault::Tombstone(_)
            | Fault::Unverified(_),
            live,
        ) => live,
    })
}

fn denied() -> Error {
    Error::new(Class::AskPerson, "these credentials may not do this").with_code("AccessDenied")
}

fn lost() -> Error {
    Error::new(Class::Unknown, "the connection was closed before an answer came")
}

/// A number below 100.
fn chance(seed: u64, rule: usize, name: &str, before: u32) -> u8 {
    let hash = Sha256::digest(format!("{seed} {rule} {before} {name}"));
    let number = u16::from_le_bytes([hash[0], hash[1]]) % 100;
    u8::try_from(number).unwrap_or(0)
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut faults = Self::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            let in_line = |problem: String| format!("line {}: {problem}", number + 1);
            if line.is_empty() || line.starts_with('#') {
                continue;
            } else if let Some(seed) = line.strip_prefix("seed ") {
                faults.seed =
                    seed.trim().parse().map_err(|_| in_line(format!("`{seed}` is no seed; a seed is a number")))?;
            } else {
                faults.rules.push(line.parse().map_err(in_line)?);
            }
        }
        Ok(faults)
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let (Some(on), Some(target), Some(fault)) = (words.next(), words.next(), words.next()) else {
            return Err(format!("`{line}` is no rule; a rule is `create aws.vpc/main lost-after times=2`"));
        };
        let (mut skip, mut times, mut percent) = (0, 1, None);
        for word in words {
            match word.split_once('=') {
                Some(("skip", number)) => skip = parse(word, number)?,
                Some(("times", "always")) => times = u32::MAX,
                Some(("times", number)) => times = parse(word, number)?,
                Some(("percent", number)) => percent = Some(parse(word, number)?),
                _ => return Err(format!("`{word}` is not known here; known are skip=, times= and percent=")),
            }
        }
        let when = percent.map_or(When::Nth { skip, times }, When::Percent);
        Ok(Self { on: on.parse()?, target: target.into(), when, fault: fault.parse()? })
    }
}

impl FromStr for Operation {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Ok(match word {
            "place" => Self::Place,
            "read" => Self::Read,
            "find" => Self::Find,
            "create" => Self::Create,
            "update" => Self::Update,
            "delete" => Self::Delete,
            "mark" => Self::Mark,
            _ => {
                return Err(format!(
                    "`{word}` is no call; calls are place, read, find, create, update, delete and mark"
                ));
            }
        })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let (name, argument) = word.split_once('=').map_or((word, None), |(name, argument)| (name, Some(argument)));
        let reads = || argument.map_or(Ok(1), |argument| parse(word, argument));
        Ok(match (name, argument) {
            ("throttled", None) => Self::Throttled(Duration::ZERO),
            ("throttled", Some(after)) => Self::Throttled(time(word, after)?),
            ("slow", Some(takes)) => Self::Slow(time(word, takes)?),
            ("hidden", _) => Self::Hidden(reads()?),
            ("stale", _) => Self::Stale(reads()?),
            ("tombstone", _) => Self::Tombstone(reads()?),
            ("refused", Some(attribute)) => Self::Refused(attribute.into()),
            ("half", Some(attribute)) => Self::Half(attribute.into()),
            ("unverified", Some(attribute)) => Self::Unverified(attribute.into()),
            ("denied", None) => Self::Denied,
            ("lost-before", None) => Self::LostBefore,
            ("lost-after", None) => Self::LostAfter,
            ("fails", None) => Self::Fails,
            ("not-found", None) => Self::NotFound,
            ("unmarked", None) => Self::Unmarked,
            ("unreadable", None) => Self::Unreadable,
            _ => return Err(format!("`{word}` is no fault; faults are {}", FAULTS.join(", "))),
        })
    }
}

const FAULTS: [&str; 15] = [
    "throttled=50ms",
    "denied",
    "lost-before",
    "lost-after",
    "half=tags",
    "refused=tags",
    "fails",
    "not-found",
    "slow=5s",
    "hidden=2",
    "stale=2",
    "unmarked",
    "tombstone=2",
    "unreadable",
    "unverified=tags",
];

/// `50ms`, or whole seconds: `5s`.
fn time(word: &str, text: &str) -> Result<Duration, String> {
    match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => Ok(Duration::from_millis(parse(word, millis)?)),
        (None, Some(seconds)) => Ok(Duration::from_secs(parse(word, seconds)?)),
        (None, None) => Err(format!("`{word}` needs a time after its `=`: 50ms, 5s")),
    }
}

fn parse<T: FromStr>(word: &str, number: &str) -> Result<T, String> {
    number.parse().map_err(|_| format!("`{word}` needs a number after its `=`"))
}
