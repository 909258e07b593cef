//! `aws.eip`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::AllocationId;

/// An elastic IP: a public IPv4 address that is kept until it is released, whatever it leads to.
///
/// What uses it names it; a released address is lost, and the next one is another.
#[derive(Resource)]
#[resource(
    kind = "aws.eip",
    carrier = TagAtCreate,
    // AllocateAddress takes no client token (EC2 API reference, AllocateAddress).
    create_once = Neither,
    settle_seconds = 60,
    // A NAT gateway or load balancer that is being deleted holds it for minutes.
    timeouts(create = 120, update = 120, delete = 1200),
    typical(create = 2, update = 1, delete = 2),
    // Something that is going still uses it; when that is a service's own network interface, EC2 calls it a matter of
    // permission (EC2 API reference, error codes; the message is the service's).
    wait_codes("InvalidIPAddress.InUse", "AuthFailure:do not have permission to access the specified resource")
)]
pub struct Eip {
    /// The pool of addresses that are one's own. Amazon's when unset.
    #[attr(replace, either)]
    pub public_ipv4_pool: Option<Input<String>>,
    /// Where the address is announced: a local or wavelength zone's group. The region's own when unset.
    #[attr(replace, either)]
    pub network_border_group: Option<Input<String>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The id: `eipalloc-…`.
    pub id: Computed<AllocationId>,
    /// The address.
    pub public_ip: Computed<String>,
}
