//! `aws.route53_record`.

use flashinfra::{Block, Computed, Input, IntoInput, List, Resource};

use crate::ids::Route53ZoneId;

/// A record of a [`Route53Zone`](crate::Route53Zone): what a name stands for.
///
/// It has `records` and a `ttl`, or an `alias_target`. Several records of a name and type differ in their `set_identifier` and say
/// which of them is answered: by `weight`, `region`, `failover`, `geo_location`, or all by `multi_value_answer`.
///
/// A record that is there already is in the way and not overwritten, a change is made only of what was just read, and both are in one
/// piece: no query is answered in between. Route 53 keeps no tags on it: the ledger alone knows that it is ours.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_aws as aws;
/// # fn example(zone: &aws::Route53ZoneHandle) {
/// let record = aws::Route53Record::in_zone(zone.id(), "www.example.com", "A").ttl(300).records(["203.0.113.7"]);
/// # let _ = record;
/// # }
/// ```
#[derive(Resource)]
#[resource(
    kind = "aws.route53_record",
    identity = Composed("zone_id", "name", "type", "set_identifier"),
    carrier = None,
    create_once = UniqueName,
    settle_seconds = 60,
    timeouts(create = 300, update = 300, delete = 300),
    typical(create = 30, update = 30, delete = 5),
    // Another change of the zone is going on; the zone of this very run is not visible everywhere yet (Route 53 API reference,
    // ChangeResourceRecordSets).
    wait_codes("PriorRequestNotComplete")
)]
pub struct Route53Record {
    /// The zone.
    #[attr(replace)]
    pub zone_id: Input<Route53ZoneId>,
    /// The name as a whole: `www.example.com`, with or without a dot at the end.
    #[attr(replace, compare = DomainName)]
    pub name: Input<String>,
    /// `A`, `AAAA`, `CNAME`, `TXT`, `MX` and others.
    #[attr(name = "type", replace)]
    pub record_type: Input<String>,
    /// What tells it from other records of this name and type.
    #[attr(replace)]
    pub set_identifier: Option<Input<String>>,
    /// For how many seconds others may remember it. Needed with `records`.
    pub ttl: Option<Input<i64>>,
    /// The values, as zone files write them: texts of `TXT` stand in quotes. Exclusive.
    #[attr(set, exclusive)]
    pub records: Option<List<String>>,
    /// The AWS resource whose addresses it answers with.
    pub alias_target: Option<Route53Alias>,
    /// How often it is answered, in proportion to the others'.
    pub weight: Option<Input<i64>>,
    /// It is answered where this region is nearest.
    pub region: Option<Input<String>>,
    /// `PRIMARY`, or `SECONDARY` when the primary one is not healthy.
    pub failover: Option<Input<String>>,
    /// Whether it is answered together with others, as far as they are healthy.
    pub multi_value_answer: Option<Input<bool>>,
    /// It is answered to those who ask from there.
    pub geo_location: Option<Route53GeoLocation>,
    /// The health check without whose consent it is not answered.
    pub health_check_id: Option<Input<String>>,
    /// The name in full, without a dot at the end.
    pub fqdn: Computed<String>,
}

impl Route53Record {
    /// A record of this name and type: `A`, `CNAME` and others.
    pub fn in_zone(
        zone: impl IntoInput<Route53ZoneId>,
        name: impl IntoInput<String>,
        record_type: impl IntoInput<String>,
    ) -> Route53RecordBuilder<flashinfra::__private::Set, flashinfra::__private::Set, flashinfra::__private::Set> {
        Self::builder().zone_id(zone).name(name).record_type(record_type)
    }
}

/// The AWS resource that a [`Route53Record`] stands for: a load balancer, a distribution, another record of the zone.
#[derive(Block)]
pub struct Route53Alias {
    /// The zone of the resource, which AWS publishes for each service and region; the own zone for another record of it.
    pub hosted_zone_id: Input<Route53ZoneId>,
    /// Its name.
    #[attr(compare = DomainName)]
    pub dns_name: Input<String>,
    /// Whether it is answered only while the resource is healthy. Not so when unset.
    #[attr(unset = Reset("false"))]
    pub evaluate_target_health: Option<Input<bool>>,
}

/// From where is asked for a [`Route53Record`]: a continent, or a country and a part of it.
#[derive(Block)]
pub struct Route53GeoLocation {
    /// `EU` and others.
    pub continent_code: Option<Input<String>>,
    /// `DE` and others; `*` for all that no other record names.
    pub country_code: Option<Input<String>>,
    /// A state of the USA.
    pub subdivision_code: Option<Input<String>>,
}
