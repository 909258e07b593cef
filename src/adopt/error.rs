//! Why nothing is adopted, and what a person can do about it.

use flashinfra_plans::{Address, Name, OwnerMark};
use flashinfra_providers::ReleaseOf;

use crate::error::Exit;

/// Why nothing is adopted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdoptError {
    /// Nothing declares the address.
    #[error("the stack declares no {0}")]
    NotDeclared(Address),
    /// The address has an object.
    #[error("{address} has an object already: `{object}`")]
    HasObject {
        /// The address.
        address: Address,
        /// Its object.
        object: Name,
    },
    /// This stack owns the object.
    #[error("`{object}` is the object of {owner} already")]
    Owned {
        /// The object.
        object: Name,
        /// The address that has it.
        owner: Address,
    },
    /// Two addresses are to have one object.
    #[error("`{object}` is named twice, the second time for {address}")]
    Twice {
        /// The object.
        object: Name,
        /// The second address.
        address: Address,
    },
    /// Read by its id, there is no such object.
    #[error("there is no `{object}` for {address} to have")]
    NotThere {
        /// The address.
        address: Address,
        /// The id that was named.
        object: Name,
    },
    /// It could not be read.
    #[error("`{object}`, which {address} is to have, could not be read: {reason}")]
    Unread {
        /// The address.
        address: Address,
        /// The id that was named.
        object: Name,
        /// Why not.
        reason: String,
    },
    /// It is there and cannot be anybody's.
    #[error("`{object}` cannot be the object of {address}: {why}")]
    NotTaken {
        /// The address.
        address: Address,
        /// The id that was named.
        object: Name,
        /// Why not.
        why: String,
    },
    /// Another stack's mark stands on it.
    #[error("`{object}`, which {address} is to have, carries the mark of stack {} for `{}`", mark.stack, mark.address)]
    OtherStack {
        /// The address.
        address: Address,
        /// The id that was named.
        object: Name,
        /// The mark.
        mark: OwnerMark,
    },
    /// There is no such release.
    #[error("there is no {} release `{}`{}", of.tool, of.name, place(of))]
    NoRelease {
        /// The release.
        of: ReleaseOf,
    },
    /// Several clusters have such a release.
    #[error("{} of the stack's providers have a {} release `{}`", .instances.len(), of.tool, of.name)]
    SeveralReleases {
        /// The release.
        of: ReleaseOf,
        /// The provider instances.
        instances: Vec<Name>,
    },
    /// The release could not be read.
    #[error("the {} release `{}` could not be read: {reason}", of.tool, of.name)]
    ReleaseUnread {
        /// The release.
        of: ReleaseOf,
        /// Why not.
        reason: String,
    },
    /// The fields of an object could not be taken over from who wrote them.
    #[error("the fields of `{object}` could not be taken over for {address}: {why}")]
    NotTakenOver {
        /// The address.
        address: Address,
        /// The object.
        object: Name,
        /// Why not.
        why: String,
    },
    /// The owner mark could not be written.
    #[error("the owner mark of {address} could not be put on `{object}`: {why}")]
    NotMarked {
        /// The address.
        address: Address,
        /// The object.
        object: Name,
        /// Why not.
        why: String,
    },
}

fn place(of: &ReleaseOf) -> String {
    of.namespace.as_ref().map(|namespace| format!(" in the namespace {namespace}")).unwrap_or_default()
}

impl AdoptError {
    /// The exit code that it means.
    pub fn exit(&self) -> Exit {
        match self {
            Self::HasObject { .. } | Self::Owned { .. } | Self::NotTaken { .. } | Self::OtherStack { .. } => {
                Exit::Refused
            }
            Self::NotDeclared(_)
            | Self::Twice { .. }
            | Self::NotThere { .. }
            | Self::Unread { .. }
            | Self::NoRelease { .. }
            | Self::SeveralReleases { .. }
            | Self::ReleaseUnread { .. }
            | Self::NotTakenOver { .. }
            | Self::NotMarked { .. } => Exit::Error,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NotDeclared(_) => "Declare it first, as it is: what is adopted is compared with that.".into(),
            Self::HasObject { address, .. } => format!(
                "Nothing has to be adopted. To give it another one, `flashinfra ledger forget {address}` gives the first up."
            ),
            Self::Owned { owner, .. } => {
                format!("If it is the same resource under a new name, declare it with `.moved_from(\"{owner}\")`.")
            }
            Self::Twice { .. } => "An object has one address. Name another one for the second.".into(),
            Self::NotThere { .. } => {
                "Look at the id, and whether the credentials and the region are those of the object.".into()
            }
            Self::Unread { .. } => "Nothing was changed. Try again once it can be read.".into(),
            Self::NotTaken { .. } => "Nothing was changed.".into(),
            Self::NoRelease { .. } => {
                "Look at its name and at the cluster that the stack's provider leads to; `helm list --all-namespaces` lists what there is.".into()
            }
            Self::SeveralReleases { instances, .. } => {
                let list = instances.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
                format!("Say which: --provider NAME. There are: {list}.")
            }
            Self::ReleaseUnread { .. } => "Nothing was changed.".into(),
            Self::NotTakenOver { .. } => {
                "The ledger was not written. Adopt it again: what is marked and taken over is left so.".into()
            }
            Self::OtherStack { mark, .. } => format!(
                "Two stacks must not own one object. Once that stack gave it up (`flashinfra ledger forget {}` there), \
                 say so: --marked-by={}",
                mark.address, mark.stack
            ),
            Self::NotMarked { .. } => "The ledger was not written. Adopt it again: what is marked is left so.".into(),
        }
    }
}
