//! `aws.availability_zones`.

use flashinfra::{Computed, Lookup};

use crate::ids::AvailabilityZone;

/// The availability zones of the region that can be used, sorted by name: without local and wavelength zones, and without those that
/// are impaired or that the account has not opted in to.
///
/// How many there are is known only when they are looked up, so a definition says which of them it takes: `zones.names().at(0)`.
#[derive(Lookup)]
#[lookup(kind = "aws.availability_zones")]
pub struct AvailabilityZones {
    /// Their names: `us-east-1a`. Which zone has which name differs from account to account.
    pub names: Computed<Vec<AvailabilityZone>>,
    /// Their ids, in the order of the names, which are the same in every account: `use1-az4`.
    pub zone_ids: Computed<Vec<String>>,
}
