//! What all of FlashMM stands on.

use crate::network::Network;
use crate::roles::Roles;
use crate::security::Groups;

/// The network, and who may do what in it.
pub(crate) struct Ground {
    /// What names begin with: `flashmm-production`.
    pub(crate) name: String,
    pub(crate) network: Network,
    pub(crate) groups: Groups,
    pub(crate) roles: Roles,
    /// Whether data may go.
    pub(crate) disposable: bool,
}
