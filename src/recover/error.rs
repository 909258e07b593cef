//! Why no ledger is made, and what a person can do about it.

use flashinfra_plans::{Address, Name};

use super::search::Unlisted;
use crate::error::Exit;

/// Why no ledger is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoverError {
    /// There is one.
    #[error("there is a ledger at {location}: it can be read, has serial {serial} and owns {owned} resources")]
    LedgerThere {
        /// Where.
        location: String,
        /// Its serial.
        serial: u64,
        /// How many rows it has.
        owned: usize,
    },
    /// Nothing carries a mark for anything that is declared.
    #[error("nothing that is live carries a mark for anything that {stack}/{environment} declares")]
    NothingFound {
        /// The stack.
        stack: Name,
        /// The environment.
        environment: Name,
        /// Kinds that carry no mark, declared ones.
        unmarked: Vec<Name>,
    },
    /// Nothing carries a mark of the uuid that a person named.
    #[error("nothing that is live carries a mark of the stack {0}")]
    NothingOf(Name),
    /// Marks of several stacks name what is declared.
    #[error("several stacks have objects for what is declared: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    SeveralStacks(Vec<Stack>),
    /// The uuid is that of another ledger.
    #[error("the stack {uuid} is {other}, which has a ledger of its own")]
    OtherLedger {
        /// The uuid.
        uuid: Name,
        /// Whose it is.
        other: String,
    },
    /// Several objects carry the mark of one address.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    SeveralObjects(Vec<SeveralObjects>),
    /// What a person named is not among what was found.
    #[error("{object} carries no mark of this stack for {address}")]
    NotFound {
        /// The address.
        address: Address,
        /// The id that was named.
        object: Name,
    },
    /// Something that is declared could not be listed or read.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unlisted(Vec<Unlisted>),
}

/// A stack that has objects for what is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// Its uuid.
    pub uuid: Name,
    /// How many objects carry its mark.
    pub objects: usize,
    /// One of them.
    pub example: Name,
}

impl std::fmt::Display for Stack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { uuid, objects, example } = self;
        write!(f, "{uuid} ({objects} of them, {example} among them)")
    }
}

/// Objects that carry the mark of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeveralObjects {
    /// The address.
    pub address: Address,
    /// Their ids, with the generation that each mark says.
    pub objects: Vec<(Name, u32)>,
}

impl std::fmt::Display for SeveralObjects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told = |(id, generation): &(Name, u32)| format!("{id} (generation {generation})");
        let objects = self.objects.iter().map(told).collect::<Vec<_>>().join(" and ");
        write!(f, "{objects} carry the mark of {}", self.address)
    }
}

impl RecoverError {
    /// The exit code that it means.
    pub fn exit(&self) -> Exit {
        match self {
            Self::LedgerThere { .. } | Self::SeveralStacks(_) | Self::OtherLedger { .. } | Self::SeveralObjects(_) => {
                Exit::Refused
            }
            Self::NothingFound { .. } | Self::NothingOf(_) | Self::NotFound { .. } | Self::Unlisted(_) => Exit::Error,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::LedgerThere { location, owned: 0, .. } => {
                format!("It owns nothing. If it was made after the other one was lost, move {location} away first.")
            }
            Self::LedgerThere { .. } => "Nothing was lost. `flashinfra plan` shows what is not as declared.".into(),
            Self::NothingFound { unmarked, .. } if !unmarked.is_empty() => {
                let kinds: Vec<_> = unmarked.iter().map(Name::as_str).collect();
                format!("Of these kinds only a ledger knows the objects: {}.", kinds.join(", "))
            }
            Self::NothingFound { .. } => {
                "Look whether the credentials and the region are those that it was applied with. If nothing was ever \
                 applied, `flashinfra apply` begins a ledger."
                    .into()
            }
            Self::NothingOf(_) => "Without --uuid, the marks that there are say whose they are.".into(),
            Self::SeveralStacks(stacks) => {
                let each = stacks.iter().map(|stack| format!("--uuid={}", stack.uuid));
                format!("Say which of them it is:\n{}", each.collect::<Vec<_>>().join("\n"))
            }
            Self::OtherLedger { .. } => "Two ledgers must not own the same objects.".into(),
            Self::SeveralObjects(several) => {
                let of = |one: &SeveralObjects| {
                    let object = |(id, _): &(Name, u32)| format!("--object={}={id}", one.address);
                    one.objects.iter().map(object).collect::<Vec<_>>().join("\nor ")
                };
                format!(
                    "A copy has the mark of what it was copied from. Say for each address which one it is:\n{}",
                    several.iter().map(of).collect::<Vec<_>>().join("\n")
                )
            }
            Self::NotFound { .. } => "What carries no mark is not taken.".into(),
            Self::Unlisted(_) => {
                "Nothing was written. What is not found now would be made again by the next plan.".into()
            }
        }
    }
}
