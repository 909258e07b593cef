//! `aws.vpc`: DescribeVpcs for all of them, and DescribeVpcAttribute for each DNS attribute that a stack sets.

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_vpc::builders::CreateVpcInputBuilder;
use aws_sdk_ec2::operation::modify_vpc_attribute::builders::ModifyVpcAttributeInputBuilder;
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, ResourceType, Tenancy, Vpc, VpcAttributeName, VpcState};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase};
use flashinfra_providers::{Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, flag, text};
use crate::kind::{Kind, changes, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::Vpc::SCHEMA;
const CODES: Codes = Codes { schema: Some(SCHEMA), not_found: &["InvalidVpcID.NotFound"], already_exists: &[] };

/// The kind.
pub(crate) struct VpcKind;

#[async_trait]
impl Kind for VpcKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeVpcs"],
            read_each: &["ec2:DescribeVpcAttribute"],
            create: &["ec2:CreateVpc", "ec2:CreateTags", "ec2:ModifyVpcAttribute"],
            update: &["ec2:ModifyVpcAttribute", "ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DeleteVpc"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let mut lives = ec2::read("vpc-id", questions, |filter| describe(aws, filter)).await?;
        let asked = questions.iter().zip(&mut lives).filter_map(|(question, live)| match live {
            Live::Present(object) => Some(read_dns(aws, &question.attributes, object)),
            Live::Absent | Live::Tombstone { .. } | Live::Unreadable { .. } => None,
        });
        fan_out(asked.collect()).await;
        Ok(lives)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        ec2::find(stack, |filter| describe(aws, filter)).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let created = to_create(attributes, &request.mark).send_with(&aws.write.ec2).await;
        let created = created.map_err(CODES.write("ec2:CreateVpc"))?;
        let Some(id) = created.vpc().and_then(Vpc::vpc_id) else { return Err(CODES.nameless("ec2:CreateVpc")) };
        let rest = to_modify(id, attributes, &AT_CREATE);
        if !rest.is_empty() {
            complete(self, aws, id, || modify(aws, rest.clone())).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        let wanted = DNS.map(|name| changes(request, name).then(|| flag(&request.inputs.attributes, name)).flatten());
        modify(aws, in_order(&request.id, wanted)).await?;
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.delete_vpc().vpc_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:DeleteVpc"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

/// The attributes that DescribeVpcs does not tell: DNS support and host names.
const DNS: [&str; 2] = ["enable_dns_support", "enable_dns_hostnames"];

/// What they are on a new VPC that CreateVpc made (EC2 user guide, "DNS attributes for your VPC").
const AT_CREATE: [bool; 2] = [true, false];

async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<Object>, Error> {
    let pages = aws.read.ec2.describe_vpcs().filters(filter).max_results(PAGE).into_paginator().items().send();
    let vpcs: Vec<Vpc> = pages.collect::<Result<_, _>>().await.map_err(CODES.read("ec2:DescribeVpcs"))?;
    Ok(vpcs.iter().filter_map(from_response).collect())
}

/// The most that DescribeVpcs puts on one page.
const PAGE: i32 = 1000;

/// Reads the DNS attributes that the stack declares or has applied; one that cannot be read is unverified.
async fn read_dns(aws: &Clients, asked: &Map, object: &mut Object) {
    let names = [VpcAttributeName::EnableDnsSupport, VpcAttributeName::EnableDnsHostnames];
    for (name, attribute) in DNS.into_iter().zip(names) {
        if asked.get(name).is_none() {
            continue;
        }
        let call = aws.read.ec2.describe_vpc_attribute().vpc_id(object.id.as_str()).attribute(attribute);
        let Ok(answer) = call.send().await else {
            object.unverified.push(Name::new_static(name));
            continue;
        };
        let value = [answer.enable_dns_support(), answer.enable_dns_hostnames()].into_iter().flatten().next();
        let value = value.and_then(AttributeBooleanValue::value).unwrap_or_default();
        object.attributes = std::mem::take(&mut object.attributes).with(name, value.into());
    }
}

/// A live VPC in the schema's terms.
pub(crate) fn from_response(vpc: &Vpc) -> Option<Object> {
    let tags = ec2::tags(vpc.tags());
    let fields = Fields::new()
        .text("cidr_block", vpc.cidr_block())
        .text("instance_tenancy", vpc.instance_tenancy().map(Tenancy::as_str))
        .text("id", vpc.vpc_id())
        .text("owner_id", vpc.owner_id())
        .value("tags", Some(tags.attribute.into()));
    Some(Object {
        id: vpc.vpc_id()?.into(),
        phase: if vpc.state() == Some(&VpcState::Pending) { Phase::Creating } else { Phase::Ready },
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateVpc.
pub(crate) fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateVpcInputBuilder {
    CreateVpcInputBuilder::default()
        .set_cidr_block(text(attributes, "cidr_block").map(str::to_owned))
        .set_instance_tenancy(text(attributes, "instance_tenancy").map(Tenancy::from))
        .tag_specifications(ec2::tag_specification(ResourceType::Vpc, at_create(attributes, mark)))
}

/// The ModifyVpcAttribute calls that take a VPC with `current` DNS attributes to the declared ones.
pub(crate) fn to_modify(id: &str, attributes: &Map, current: &[bool; 2]) -> Vec<ModifyVpcAttributeInputBuilder> {
    let mut wanted = DNS.map(|name| flag(attributes, name));
    for (wanted, current) in wanted.iter_mut().zip(current) {
        *wanted = wanted.filter(|wanted| wanted != current);
    }
    in_order(id, wanted)
}

/// One call for each attribute, in an order that AWS takes: host names need DNS support.
fn in_order(id: &str, [support, hostnames]: [Option<bool>; 2]) -> Vec<ModifyVpcAttributeInputBuilder> {
    let boolean = |value| AttributeBooleanValue::builder().value(value).build();
    let call = || ModifyVpcAttributeInputBuilder::default().vpc_id(id);
    let support_call = support.map(|value| call().enable_dns_support(boolean(value)));
    let hostnames_call = hostnames.map(|value| call().enable_dns_hostnames(boolean(value)));
    let calls = if support == Some(false) { [hostnames_call, support_call] } else { [support_call, hostnames_call] };
    calls.into_iter().flatten().collect()
}

async fn modify(aws: &Clients, calls: Vec<ModifyVpcAttributeInputBuilder>) -> Result<(), Error> {
    for call in calls {
        call.send_with(&aws.write.ec2).await.map_err(CODES.write("ec2:ModifyVpcAttribute"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::Tag;
    use flashinfra_plans::{Address, map};

    use super::{OwnerMark, Phase, Vpc, VpcState, from_response, to_create, to_modify};

    fn mark() -> OwnerMark {
        let address = Address::parse("aws.vpc/main").unwrap();
        OwnerMark { stack: "c5b0".into(), address, generation: 1 }
    }

    #[test]
    fn a_create_carries_tags_and_mark() {
        let attributes = map! { "cidr_block" => "10.0.0.0/16", "tags" => map! { "Name" => "main" } };
        let request = to_create(&attributes, &mark()).build().unwrap();
        assert_eq!(request.cidr_block(), Some("10.0.0.0/16"));
        assert_eq!(request.instance_tenancy(), None);
        let tags: Vec<_> = request.tag_specifications()[0].tags().iter().map(|tag| (tag.key(), tag.value())).collect();
        assert_eq!(tags, [(Some("Name"), Some("main")), (Some("flashinfra"), Some("c5b0/1/aws.vpc/main"))]);
    }

    #[test]
    fn only_dns_attributes_that_differ_are_sent_and_in_an_order_that_aws_takes() {
        let sent = |attributes, current| -> Vec<(Option<bool>, Option<bool>)> {
            let calls = to_modify("vpc-1", &attributes, &current).into_iter().map(|call| call.build().unwrap());
            let value = |value: &super::AttributeBooleanValue| value.value().unwrap();
            calls.map(|call| (call.enable_dns_support().map(value), call.enable_dns_hostnames().map(value))).collect()
        };
        assert_eq!(sent(map! {}, [true, false]), []);
        let both = map! { "enable_dns_support" => true, "enable_dns_hostnames" => true };
        assert_eq!(sent(both.clone(), [true, false]), [(None, Some(true))]);
        assert_eq!(sent(both, [false, false]), [(Some(true), None), (None, Some(true))]);
        let neither = map! { "enable_dns_support" => false, "enable_dns_hostnames" => false };
        assert_eq!(sent(neither, [true, true]), [(None, Some(false)), (Some(false), None)]);
    }

    #[test]
    fn a_vpc_is_read_in_the_schemas_terms() {
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        let vpc = Vpc::builder()
            .vpc_id("vpc-1")
            .cidr_block("10.0.0.0/16")
            .state(VpcState::Available)
            .tags(tag("Name", "main"))
            .tags(tag("flashinfra", &mark().to_text()))
            .build();
        let object = from_response(&vpc).unwrap();
        assert_eq!(object.phase, Phase::Ready);
        assert_eq!(object.owner, Some(mark()));
        let expected = map! { "cidr_block" => "10.0.0.0/16", "id" => "vpc-1", "tags" => map! { "Name" => "main" } };
        assert_eq!(object.attributes, expected);
        assert_eq!(
            from_response(&Vpc::builder().vpc_id("vpc-1").state(VpcState::Pending).build()).unwrap().phase,
            Phase::Creating
        );
    }
}
