//! What stands in the way of a plan.

use super::Action;
use crate::value::{Address, Name};

/// Something that stands in the way of applying a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A protected resource would be deleted or replaced.
    Protected(Address, Action),
    /// So many owned objects vanished at once that the credentials or the region are probably wrong.
    ManyVanished {
        /// How many vanished.
        vanished: u32,
        /// Out of how many.
        owned: u32,
    },
    /// An object of this name or mark exists and is not ours.
    Conflict {
        /// The address that wants it.
        address: Address,
        /// The objects in question.
        objects: Vec<Name>,
        /// A sentence: whose they are, as far as known.
        note: Name,
        /// Whether a person may have the address take one of them over as it is: nobody else's mark, row or hand is on it.
        can_adopt: bool,
    },
    /// The plan is partial because something could not be read, and `--allow-partial` was not given.
    Unreadable(Address, Name),
    /// The object is busy under another hand.
    Busy(Address, Name),
    /// A field that is newly declared has another value by another writer, and nobody said that it is to be taken.
    Contested {
        /// The address that declares it.
        address: Address,
        /// Which field.
        path: Name,
        /// Who writes it.
        writer: Name,
    },
    /// The provider was asked, and says that it would refuse this change: why, and what to do about it.
    Rejected(Address, Name),
    /// The name is still taken by an object that is being removed or can be restored.
    Tombstone(Address, Name),
    /// `--allow-destroy` or `--target` named an address that is neither declared nor owned.
    UnknownAddress(Address),
    /// A create that was not answered made this object late, and the plan would make another one.
    MadeLate(Address, Name),
    /// `--delete-double` named an object that is no double.
    UnknownDouble(Name),
}

impl Refusal {
    /// The resource that is in question; none when it is all of them, or there is no such resource.
    pub fn address(&self) -> Option<&Address> {
        match self {
            Self::Protected(address, _)
            | Self::Conflict { address, .. }
            | Self::Contested { address, .. }
            | Self::Rejected(address, _)
            | Self::Unreadable(address, _)
            | Self::Busy(address, _)
            | Self::Tombstone(address, _)
            | Self::MadeLate(address, _) => Some(address),
            Self::ManyVanished { .. } | Self::UnknownAddress(_) | Self::UnknownDouble(_) => None,
        }
    }
}
