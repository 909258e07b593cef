//! `aws.route53_zone`: GetHostedZone for each, which alone tells name servers and VPCs; tags of ten at once.

use async_trait::async_trait;
use aws_sdk_route53::operation::create_hosted_zone::CreateHostedZoneError;
use aws_sdk_route53::operation::create_hosted_zone::builders::CreateHostedZoneInputBuilder;
use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneOutput;
use aws_sdk_route53::types::{HostedZoneConfig, Vpc, VpcRegion};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out, partition};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{Fields, blocks, text};
use crate::kind::{Kind, changes, marked, settled};
use crate::route53::{bare, change_tags, in_sync, readable, tags};
use crate::tags::{MARK, TagChange, Tags, at_create, mark_pair, tagged};

const SCHEMA: &Schema = flashinfra_stacks_aws::Route53Zone::SCHEMA;
const CODES: Codes = Codes { schema: Some(SCHEMA), not_found: &["NoSuchHostedZone"], already_exists: &[] };

/// The kind.
pub(crate) struct Route53ZoneKind;

#[async_trait]
impl Kind for Route53ZoneKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["route53:ListTagsForResources", "route53:ListHostedZones"],
            read_each: &["route53:GetHostedZone"],
            create: &[
                "route53:CreateHostedZone",
                "route53:ChangeTagsForResource",
                "route53:AssociateVPCWithHostedZone",
                "route53:GetChange",
                "ec2:DescribeVpcs",
            ],
            update: &[
                "route53:ChangeTagsForResource",
                "route53:UpdateHostedZoneComment",
                "route53:AssociateVPCWithHostedZone",
                "route53:DisassociateVPCFromHostedZone",
                "route53:GetChange",
                "ec2:DescribeVpcs",
            ],
            delete: &["route53:DeleteHostedZone"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let mut lives = fan_out(questions.iter().map(|question| one(aws, &question.id)).collect()).await;
        add_tags(aws, &mut lives).await;
        Ok(lives)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let zones = aws.read.route53.list_hosted_zones().into_paginator().items().send().collect::<Result<Vec<_>, _>>();
        let zones = zones.await.map_err(CODES.read("route53:ListHostedZones"))?;
        let ids: Vec<String> = zones.iter().map(|zone| bare(zone.id()).to_owned()).collect();
        let tagged = tags(aws, CODES, &ids).await?;
        let is_marked = |tags: &[(String, String)]| tags.iter().any(|(key, _)| key == MARK);
        let question =
            |id: &str| Question { kind: SCHEMA.kind.as_ref().into(), id: id.into(), attributes: Map::default() };
        let questions: Vec<Question> =
            tagged.iter().filter(|(_, tags)| is_marked(tags)).map(|(id, _)| question(id)).collect();
        let mut found = Vec::new();
        for live in self.read(aws, &questions).await? {
            match live {
                Live::Present(object) => found.push(object),
                Live::Absent | Live::Tombstone { .. } => {}
                Live::Unreadable { reason } => return Err(Error::new(Class::Retry, reason.as_str())),
            }
        }
        Ok(marked(found, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let created = to_create(request, aws.region()).send_with(&aws.write.route53).await;
        let id = match created {
            Ok(created) => created.hosted_zone().map(|zone| bare(zone.id()).to_owned()),
            // Route 53 remembers the reference of a create, and refuses the second one instead of answering with the first.
            Err(error) if error.as_service_error().is_some_and(is_repeated) => {
                by_reference(aws, &request.token).await?
            }
            Err(error) => return Err(CODES.write("route53:CreateHostedZone")(error)),
        };
        let Some(id) = id else { return Err(CODES.nameless("route53:CreateHostedZone")) };
        let vpcs = VpcChange::between(&Map::default(), attributes, aws.region());
        complete(self, aws, &id, || async {
            change_tags(aws, CODES, &id, at_create(attributes, &request.mark), Vec::new()).await?;
            vpcs.send(aws, &id).await
        })
        .await?;
        Ok(settled(self, aws, &id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let TagChange { set, remove } = TagChange::of(request);
        change_tags(aws, CODES, &request.id, set, remove).await?;
        if changes(request, "comment") {
            let call = aws.write.route53.update_hosted_zone_comment().id(request.id.as_str());
            let call = call.set_comment(text(attributes, "comment").map(str::to_owned));
            call.send().await.map_err(CODES.write("route53:UpdateHostedZoneComment"))?;
        }
        if changes(request, "vpcs") {
            VpcChange::between(&request.before, attributes, aws.region()).send(aws, &request.id).await?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let deleted = aws.write.route53.delete_hosted_zone().id(request.id.as_str()).send().await;
        deleted.map_err(CODES.write("route53:DeleteHostedZone")).map_err(|error| explained(error, &request.id))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        change_tags(aws, CODES, id, vec![mark_pair(mark)], Vec::new()).await
    }
}

async fn one(aws: &Clients, id: &str) -> Live {
    let answer = aws.read.route53.get_hosted_zone().id(id).send().await;
    match answer.map_err(CODES.read("route53:GetHostedZone")) {
        Ok(answer) => from_response(&answer, aws.region()).map_or(Live::Absent, Live::Present),
        Err(error) if error.class == Class::NotFound || error.code == "InvalidInput" => Live::Absent,
        Err(error) => Live::Unreadable { reason: error.to_string().into() },
    }
}

/// Adds what only another call tells, for all at once.
async fn add_tags(aws: &Clients, lives: &mut [Live]) {
    let ids: Vec<String> = lives.iter().filter_map(present).map(|object| object.id.to_string()).collect();
    let told = tags(aws, CODES, &ids).await;
    for live in lives {
        let Live::Present(object) = live else { continue };
        let own = told.as_ref().map_err(Error::clone).map(|told| {
            let own = told.iter().find(|(id, _)| *id == *object.id).map_or(&[][..], |(_, tags)| tags);
            Tags::read(own.iter().map(|(key, value)| (key.as_str(), value.as_str())))
        });
        (*object, _) = tagged(object.clone(), own);
    }
}

fn present(live: &Live) -> Option<&Object> {
    match live {
        Live::Present(object) => Some(object),
        Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
    }
}

/// Whether a create was refused because its caller reference was used before.
fn is_repeated(error: &CreateHostedZoneError) -> bool {
    error.code() == Some("HostedZoneAlreadyExists")
}

/// The zone that a create with this caller reference made, if it can be seen.
async fn by_reference(aws: &Clients, reference: &str) -> Result<Option<String>, Error> {
    let zones = aws.read.route53.list_hosted_zones().into_paginator().items().send().collect::<Result<Vec<_>, _>>();
    let zones = zones.await.map_err(CODES.read("route53:ListHostedZones"))?;
    let zone = zones.iter().find(|zone| zone.caller_reference() == reference);
    Ok(zone.map(|zone| bare(zone.id()).to_owned()))
}

/// What a refused deletion takes to be accepted.
fn explained(error: Error, id: &str) -> Error {
    if error.code != "HostedZoneNotEmpty" {
        return error;
    }
    let message = format!(
        "zone `{id}` has records besides AWS's own NS and SOA, and stays: delete those that this stack does not declare first"
    );
    Error { class: Class::AskPerson, message, ..error }
}

/// A live zone in the schema's terms, without its tags.
fn from_response(answer: &GetHostedZoneOutput, region: &str) -> Option<Object> {
    let zone = answer.hosted_zone()?;
    let id = bare(zone.id());
    let set = answer.delegation_set();
    let vpcs = answer.vpcs().iter().map(|vpc| {
        Fields::new().text("vpc_id", vpc.vpc_id()).text("vpc_region", vpc.vpc_region().map(VpcRegion::as_str)).build()
    });
    let servers = set.map(|set| set.name_servers()).unwrap_or_default().iter().map(|server| server.as_str().into());
    let fields = Fields::new()
        .text("name", Some(&readable(zone.name())))
        .text("comment", zone.config().and_then(HostedZoneConfig::comment))
        .blocks("vpcs", vpcs)
        .text("delegation_set_id", set.and_then(|set| set.id()).map(bare))
        .text("id", Some(id))
        .text("arn", Some(&format!("arn:{}:route53:::hostedzone/{id}", partition(region))))
        .value("name_servers", Some(servers.collect::<Vec<_>>().into()));
    Some(Object {
        id: id.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// CreateHostedZone, with the first VPC of a private zone.
fn to_create(request: &Create, region: &str) -> CreateHostedZoneInputBuilder {
    let attributes = &request.inputs.attributes;
    let vpc = vpcs(attributes, region).into_iter().next();
    let config = HostedZoneConfig::builder()
        .set_comment(text(attributes, "comment").map(str::to_owned))
        .private_zone(vpc.is_some())
        .build();
    CreateHostedZoneInputBuilder::default()
        .set_name(text(attributes, "name").map(str::to_owned))
        .caller_reference(request.token.as_str())
        .hosted_zone_config(config)
        .set_delegation_set_id(text(attributes, "delegation_set_id").map(str::to_owned))
        .set_vpc(vpc)
}

/// The declared VPCs.
fn vpcs(attributes: &Map, region: &str) -> Vec<Vpc> {
    let vpc = |vpc: &Map| {
        let region = text(vpc, "vpc_region").unwrap_or(region);
        Vpc::builder().set_vpc_id(text(vpc, "vpc_id").map(str::to_owned)).vpc_region(VpcRegion::from(region)).build()
    };
    blocks(attributes, "vpcs").unwrap_or_default().into_iter().map(vpc).collect()
}

/// Which VPCs come and which go.
struct VpcChange {
    add: Vec<Vpc>,
    remove: Vec<Vpc>,
}

impl VpcChange {
    /// A new zone has its first VPC from its create on.
    fn between(before: &Map, after: &Map, region: &str) -> Self {
        let (before, after) = (vpcs(before, region), vpcs(after, region));
        let is_new = before.is_empty();
        let missing_in =
            |other: &[Vpc], one: &[Vpc]| one.iter().filter(|vpc| !other.contains(vpc)).cloned().collect::<Vec<_>>();
        let add = missing_in(&before, &after);
        Self { add: add.into_iter().skip(usize::from(is_new)).collect(), remove: missing_in(&after, &before) }
    }

    /// Adds before it removes: a private zone has one VPC at least.
    async fn send(&self, aws: &Clients, zone: &str) -> Result<(), Error> {
        for vpc in &self.add {
            let call = aws.write.route53.associate_vpc_with_hosted_zone().hosted_zone_id(zone).vpc(vpc.clone());
            let done = call.send().await.map_err(CODES.write("route53:AssociateVPCWithHostedZone"))?;
            in_sync(aws, done.change_info()).await;
        }
        for vpc in &self.remove {
            let call = aws.write.route53.disassociate_vpc_from_hosted_zone().hosted_zone_id(zone).vpc(vpc.clone());
            let done = call.send().await.map_err(CODES.write("route53:DisassociateVPCFromHostedZone"))?;
            in_sync(aws, done.change_info()).await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_route53::types::{DelegationSet, HostedZone};
    use flashinfra_plans::{Address, Value, map};
    use flashinfra_providers::Inputs;

    use super::{Create, GetHostedZoneOutput, Map, OwnerMark, VpcChange, from_response, to_create};

    fn create(attributes: Map) -> Create {
        let address = Address::parse("aws.route53_zone/main").unwrap();
        Create {
            kind: "aws.route53_zone".into(),
            mark: OwnerMark { stack: "c5b0".into(), address, generation: 1 },
            token: "5f".repeat(32).into(),
            inputs: Inputs { attributes, ..Inputs::default() },
        }
    }

    fn vpcs(ids: &[&str]) -> Map {
        let vpcs: Vec<Value> = ids.iter().map(|id| map! { "vpc_id" => *id }.into()).collect();
        map! { "name" => "example.com", "vpcs" => vpcs }
    }

    #[test]
    fn a_create_has_its_reference_and_the_first_vpc() {
        let request = to_create(&create(vpcs(&["vpc-1", "vpc-2"])), "eu-central-1").build().unwrap();
        assert_eq!(request.caller_reference(), Some("5f".repeat(32).as_str()));
        let vpc = request.vpc().unwrap();
        assert_eq!(
            (vpc.vpc_id(), vpc.vpc_region().map(|region| region.as_str())),
            (Some("vpc-1"), Some("eu-central-1"))
        );
        assert!(request.hosted_zone_config().unwrap().private_zone());
        let public = to_create(&create(map! { "name" => "example.com" }), "eu-central-1").build().unwrap();
        assert!(public.vpc().is_none());
    }

    #[test]
    fn vpcs_change_by_what_differs() {
        let ids = |vpcs: &[aws_sdk_route53::types::Vpc]| -> Vec<String> {
            vpcs.iter().filter_map(|vpc| vpc.vpc_id().map(str::to_owned)).collect()
        };
        let change = VpcChange::between(&vpcs(&["vpc-1", "vpc-2"]), &vpcs(&["vpc-2", "vpc-3"]), "eu-central-1");
        assert_eq!((ids(&change.add), ids(&change.remove)), (vec!["vpc-3".to_owned()], vec!["vpc-1".to_owned()]));
        let new = VpcChange::between(&Map::default(), &vpcs(&["vpc-1", "vpc-2"]), "eu-central-1");
        assert_eq!(ids(&new.add), ["vpc-2"]);
    }

    #[test]
    fn a_zone_is_read_in_the_schemas_terms() {
        let zone =
            HostedZone::builder().id("/hostedzone/Z1").name("example.com.").caller_reference("r").build().unwrap();
        let servers =
            DelegationSet::builder().name_servers("ns-1.example.net").name_servers("ns-0.example.net").build();
        let answer = GetHostedZoneOutput::builder().hosted_zone(zone).delegation_set(servers.unwrap()).build();
        let object = from_response(&answer, "eu-central-1").unwrap();
        assert_eq!(object.id, "Z1");
        let servers: Vec<Value> = vec!["ns-1.example.net".into(), "ns-0.example.net".into()];
        assert_eq!(object.attributes.get("name"), Some(&"example.com".into()));
        assert_eq!(object.attributes.get("name_servers"), Some(&servers.into()));
    }
}
