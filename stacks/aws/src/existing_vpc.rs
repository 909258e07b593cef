//! `aws.existing_vpc`.

use flashinfra::{Cidr, Computed, Input, Lookup, Map};

use crate::ids::{SubnetId, VpcId};

/// A VPC that somebody else owns, by its id or by tags. With neither it is the only one that there is.
///
/// Exactly one has to be found: what fits several is refused with their ids.
#[derive(Lookup)]
#[lookup(kind = "aws.existing_vpc")]
pub struct ExistingVpc {
    /// The id: `vpc-…`.
    #[attr(either)]
    pub id: Option<Input<VpcId>>,
    /// Tags that it has, all of them.
    pub tags: Option<Map<String>>,
    /// Its IPv4 range; that which it was made with, where it has several.
    #[attr(compare = Cidr)]
    pub cidr_block: Computed<Cidr>,
    /// The ids of all its subnets, sorted.
    #[attr(set)]
    pub subnet_ids: Computed<Vec<SubnetId>>,
    /// Whether it is the region's default VPC.
    pub is_default: Computed<bool>,
    /// The account that owns it.
    pub owner_id: Computed<String>,
}
