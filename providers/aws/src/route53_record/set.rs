//! A record, from and to Route 53's form.

use aws_sdk_route53::types::{
    AliasTarget, GeoLocation, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover, ResourceRecordSetRegion,
    RrType,
};
use flashinfra_plans::{Map, Name, Object, Phase, compare};
use flashinfra_stacks::schema::Schema;

use crate::fields::{Fields, block, flag, integer, text, texts};
use crate::route53::readable;

/// The types of records (Route 53 API reference, ResourceRecordSet).
const TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
    "TLSA", "TXT",
];

/// The id of a declared record.
pub(super) fn declared_id(schema: &Schema, attributes: &Map) -> Option<Name> {
    compare::chosen_name(schema, |name| attributes.get(name))
}

/// Name, type and set identifier in the id of a record: a name may hold slashes, and a type is one of few words.
pub(super) fn parts_of(id: &str) -> Option<(&str, &str, Option<&str>)> {
    let (_, rest) = id.split_once('/')?;
    let is_type = |word: &str| TYPES.contains(&word);
    let mut start = rest.find('/')?;
    loop {
        let behind = &rest[start + 1..];
        let (word, identifier) = behind.split_once('/').map_or((behind, None), |(word, rest)| (word, Some(rest)));
        if is_type(word) {
            return Some((&rest[..start], word, identifier));
        }
        start += 1 + behind.find('/')?;
    }
}

/// A live record in the schema's terms.
pub(super) fn to_object(zone: &str, set: &ResourceRecordSet) -> Object {
    let name = readable(set.name());
    let alias = set.alias_target().map(|alias| {
        let fields = Fields::new()
            .text("hosted_zone_id", Some(alias.hosted_zone_id()))
            .text("dns_name", Some(&readable(alias.dns_name())))
            .flag("evaluate_target_health", Some(alias.evaluate_target_health()));
        fields.build().into()
    });
    let geo = set.geo_location().map(|geo| {
        let fields = Fields::new()
            .text("continent_code", geo.continent_code())
            .text("country_code", geo.country_code())
            .text("subdivision_code", geo.subdivision_code());
        fields.build().into()
    });
    let values = set.resource_records().iter().map(ResourceRecord::value);
    let fields = Fields::new()
        .text("zone_id", Some(zone))
        .text("name", Some(&name))
        .text("type", Some(set.r#type().as_str()))
        .text("set_identifier", set.set_identifier())
        .integer("ttl", set.ttl())
        .value("alias_target", alias)
        .integer("weight", set.weight())
        .text("region", set.region().map(ResourceRecordSetRegion::as_str))
        .text("failover", set.failover().map(ResourceRecordSetFailover::as_str))
        .flag("multi_value_answer", set.multi_value_answer())
        .value("geo_location", geo)
        .text("health_check_id", set.health_check_id())
        .text("fqdn", Some(&name));
    let fields = if set.alias_target().is_some() { fields } else { fields.texts("records", values) };
    let identifier = set.set_identifier().map_or_else(String::new, |identifier| format!("/{identifier}"));
    let id = format!("{zone}/{}/{}{identifier}", name.to_ascii_lowercase(), set.r#type().as_str());
    Object {
        id: id.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    }
}

/// A record to be sent.
pub(super) fn to_set(attributes: &Map) -> Option<ResourceRecordSet> {
    let owned = |name| text(attributes, name).map(str::to_owned);
    let alias = block(attributes, "alias_target").and_then(|alias| {
        AliasTarget::builder()
            .set_hosted_zone_id(text(alias, "hosted_zone_id").map(str::to_owned))
            .set_dns_name(text(alias, "dns_name").map(str::to_owned))
            .evaluate_target_health(flag(alias, "evaluate_target_health").unwrap_or(false))
            .build()
            .ok()
    });
    let geo = block(attributes, "geo_location").map(|geo| {
        GeoLocation::builder()
            .set_continent_code(text(geo, "continent_code").map(str::to_owned))
            .set_country_code(text(geo, "country_code").map(str::to_owned))
            .set_subdivision_code(text(geo, "subdivision_code").map(str::to_owned))
            .build()
    });
    let values = texts(attributes, "records").map(|values| {
        values.into_iter().filter_map(|value| ResourceRecord::builder().value(value).build().ok()).collect()
    });
    ResourceRecordSet::builder()
        .name(text(attributes, "name")?)
        .r#type(RrType::from(text(attributes, "type")?))
        .set_set_identifier(owned("set_identifier"))
        .set_ttl(integer(attributes, "ttl"))
        .set_resource_records(values)
        .set_alias_target(alias)
        .set_weight(integer(attributes, "weight"))
        .set_region(text(attributes, "region").map(ResourceRecordSetRegion::from))
        .set_failover(text(attributes, "failover").map(ResourceRecordSetFailover::from))
        .set_multi_value_answer(flag(attributes, "multi_value_answer"))
        .set_geo_location(geo)
        .set_health_check_id(owned("health_check_id"))
        .build()
        .ok()
}
