//! What a plan tells of beside its changes: what could not be read, doubles, and what is kept.

use serde::{Deserialize, Serialize};

use crate::plan::{Double, Finding, Kept, NotVerified, Unsearched};
use crate::value::{Address, Name};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NotVerifiedV1 {
    address: Address,
    paths: Vec<Name>,
}

impl From<&NotVerified> for NotVerifiedV1 {
    fn from(not_verified: &NotVerified) -> Self {
        let NotVerified { address, paths } = not_verified.clone();
        Self { address, paths }
    }
}

impl From<NotVerifiedV1> for NotVerified {
    fn from(not_verified: NotVerifiedV1) -> Self {
        let NotVerifiedV1 { address, paths } = not_verified;
        Self { address, paths }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DoubleV1 {
    address: Address,
    generation: u32,
    provider: Name,
    object: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    beside: Option<Name>,
}

impl From<&Double> for DoubleV1 {
    fn from(double: &Double) -> Self {
        let Double { address, generation, provider, object, beside } = double.clone();
        Self { address, generation, provider, object, beside }
    }
}

impl From<DoubleV1> for Double {
    fn from(double: DoubleV1) -> Self {
        let DoubleV1 { address, generation, provider, object, beside } = double;
        Self { address, generation, provider, object, beside }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeptV1 {
    address: Address,
    generation: u32,
    object: Name,
}

impl From<&Kept> for KeptV1 {
    fn from(kept: &Kept) -> Self {
        let Kept { address, generation, object } = kept.clone();
        Self { address, generation, object }
    }
}

impl From<KeptV1> for Kept {
    fn from(kept: KeptV1) -> Self {
        let KeptV1 { address, generation, object } = kept;
        Self { address, generation, object }
    }
}

/// A search that failed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnsearchedV1 {
    provider: Name,
    kind: Name,
    reason: Name,
}

impl From<&Unsearched> for UnsearchedV1 {
    fn from(unsearched: &Unsearched) -> Self {
        let Unsearched { provider, kind, reason } = unsearched.clone();
        Self { provider, kind, reason }
    }
}

impl From<UnsearchedV1> for Unsearched {
    fn from(unsearched: UnsearchedV1) -> Self {
        let UnsearchedV1 { provider, kind, reason } = unsearched;
        Self { provider, kind, reason }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum FindingV1 {
    Careful { address: Address, what: Name },
    ByHand { address: Address, what: Name },
    Untried { reason: Name, addresses: Vec<Address> },
}

impl From<&Finding> for FindingV1 {
    fn from(finding: &Finding) -> Self {
        match finding.clone() {
            Finding::Careful { address, what } => Self::Careful { address, what },
            Finding::ByHand { address, what } => Self::ByHand { address, what },
            Finding::Untried { reason, addresses } => Self::Untried { reason, addresses },
        }
    }
}

impl From<FindingV1> for Finding {
    fn from(finding: FindingV1) -> Self {
        match finding {
            FindingV1::Careful { address, what } => Self::Careful { address, what },
            FindingV1::ByHand { address, what } => Self::ByHand { address, what },
            FindingV1::Untried { reason, addresses } => Self::Untried { reason, addresses },
        }
    }
}
