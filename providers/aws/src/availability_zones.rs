//! `aws.availability_zones`: DescribeAvailabilityZones, once for all lookups.

use async_trait::async_trait;
use aws_sdk_ec2::types::{AvailabilityZone, AvailabilityZoneState, Filter};
use flashinfra_plans::{Live, Map, Value};
use flashinfra_providers::{Error, Question};
use flashinfra_stacks::Lookup as _;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::error::Codes;
use crate::fields::Fields;
use crate::lookup::{Lookup, found};

const SCHEMA: &Schema = flashinfra_stacks_aws::AvailabilityZones::SCHEMA;
const CODES: Codes = Codes::of_no_kind();

/// The kind.
pub(crate) struct AvailabilityZonesLookup;

#[async_trait]
impl Lookup for AvailabilityZonesLookup {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> &'static [&'static str] {
        &["ec2:DescribeAvailabilityZones"]
    }

    async fn answer(&self, aws: &Clients, asked: &[Question]) -> Result<Vec<Live>, Error> {
        let filter = |name: &str, value: &str| Filter::builder().name(name).values(value).build();
        let call = aws.read.ec2.describe_availability_zones();
        let call = call.filters(filter("state", "available")).filters(filter("zone-type", ZONE));
        let zones = call.send().await.map_err(CODES.read("ec2:DescribeAvailabilityZones"))?;
        let live = found(aws.region(), from_response(zones.availability_zones()));
        Ok(vec![live; asked.len()])
    }
}

/// The type of those that are no local or wavelength zones.
const ZONE: &str = "availability-zone";

/// The zones in the schema's terms. A server may not know the filters, so that what they say is minded here as well.
pub(crate) fn from_response(zones: &[AvailabilityZone]) -> Map {
    let can_be_used = |zone: &&AvailabilityZone| {
        zone.state().is_none_or(|state| *state == AvailabilityZoneState::Available)
            && zone.zone_type().is_none_or(|of| of == ZONE)
    };
    let named =
        |zone: &AvailabilityZone| Some((zone.zone_name()?.to_owned(), zone.zone_id().unwrap_or_default().to_owned()));
    let mut zones: Vec<(String, String)> = zones.iter().filter(can_be_used).filter_map(named).collect();
    zones.sort();
    let (names, ids): (Vec<Value>, Vec<Value>) =
        zones.into_iter().map(|(name, id)| (Value::from(name), Value::from(id))).unzip();
    Fields::new().value("names", Some(names.into())).value("zone_ids", Some(ids.into())).build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{AvailabilityZone, AvailabilityZoneState};

    use super::from_response;

    #[test]
    fn only_zones_that_can_be_used_are_answered_and_in_order() {
        let zone = |name: &str, of: &str, state: AvailabilityZoneState| {
            let id = format!("id-{name}");
            AvailabilityZone::builder().zone_name(name).zone_id(id).zone_type(of).state(state).build()
        };
        let zones = [
            zone("us-east-1b", "availability-zone", AvailabilityZoneState::Available),
            zone("us-east-1-bos-1a", "local-zone", AvailabilityZoneState::Available),
            zone("us-east-1c", "availability-zone", AvailabilityZoneState::Impaired),
            zone("us-east-1a", "availability-zone", AvailabilityZoneState::Available),
        ];
        assert_eq!(
            from_response(&zones).to_json(),
            r#"{"names":["us-east-1a","us-east-1b"],"zone_ids":["id-us-east-1a","id-us-east-1b"]}"#
        );
    }
}
