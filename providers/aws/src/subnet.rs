//! `aws.subnet`: DescribeSubnets for all of them.

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_subnet::builders::CreateSubnetInputBuilder;
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, ResourceType, Subnet, SubnetState};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::complete::complete;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, flag, text};
use crate::kind::{Kind, changes, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::Subnet::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    // Both spellings are in use (EC2 API reference, error codes).
    not_found: &["InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound"],
    already_exists: &[],
};

/// The most that DescribeSubnets puts on one page.
const PAGE: i32 = 1000;

/// The kind.
pub(crate) struct SubnetKind;

#[async_trait]
impl Kind for SubnetKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeSubnets"],
            create: &["ec2:CreateSubnet", "ec2:CreateTags", "ec2:ModifySubnetAttribute"],
            update: &["ec2:ModifySubnetAttribute", "ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DeleteSubnet"],
            ..Permissions::default()
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        ec2::read("subnet-id", questions, |filter| describe(aws, filter)).await
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        ec2::find(stack, |filter| describe(aws, filter)).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let created = to_create(attributes, &request.mark).send_with(&aws.write.ec2).await;
        let created = created.map_err(CODES.write("ec2:CreateSubnet"))?;
        let Some(id) = created.subnet().and_then(Subnet::subnet_id) else {
            return Err(CODES.nameless("ec2:CreateSubnet"));
        };
        // Off is what a new subnet has (EC2 API reference, CreateSubnet).
        if flag(attributes, "map_public_ip_on_launch") == Some(true) {
            complete(self, aws, id, || map_public_ip(aws, id, true)).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        let wanted = flag(&request.inputs.attributes, "map_public_ip_on_launch");
        if let Some(wanted) = wanted.filter(|_| changes(request, "map_public_ip_on_launch")) {
            map_public_ip(aws, &request.id, wanted).await?;
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.delete_subnet().subnet_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:DeleteSubnet"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<Object>, Error> {
    let pages = aws.read.ec2.describe_subnets().filters(filter).max_results(PAGE).into_paginator().items().send();
    let subnets: Vec<Subnet> = pages.collect::<Result<_, _>>().await.map_err(CODES.read("ec2:DescribeSubnets"))?;
    Ok(subnets.iter().filter_map(from_response).collect())
}

async fn map_public_ip(aws: &Clients, id: &str, wanted: bool) -> Result<(), Error> {
    let value = AttributeBooleanValue::builder().value(wanted).build();
    let call = aws.write.ec2.modify_subnet_attribute().subnet_id(id).map_public_ip_on_launch(value);
    call.send().await.map_err(CODES.write("ec2:ModifySubnetAttribute"))?;
    Ok(())
}

/// A live subnet in the schema's terms.
pub(crate) fn from_response(subnet: &Subnet) -> Option<Object> {
    let tags = ec2::tags(subnet.tags());
    let fields = Fields::new()
        .text("vpc_id", subnet.vpc_id())
        .text("cidr_block", subnet.cidr_block())
        .text("availability_zone", subnet.availability_zone())
        .flag("map_public_ip_on_launch", subnet.map_public_ip_on_launch())
        .value("tags", Some(tags.attribute.into()))
        .text("id", subnet.subnet_id())
        .text("arn", subnet.subnet_arn())
        .text("availability_zone_id", subnet.availability_zone_id())
        .text("owner_id", subnet.owner_id());
    let phase = match subnet.state() {
        Some(SubnetState::Pending) => Phase::Creating,
        Some(SubnetState::Failed | SubnetState::FailedInsufficientCapacity) => Phase::Failed,
        _ => Phase::Ready,
    };
    Some(Object {
        id: subnet.subnet_id()?.into(),
        phase,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateSubnet.
pub(crate) fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateSubnetInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateSubnetInputBuilder::default()
        .set_vpc_id(owned("vpc_id"))
        .set_cidr_block(owned("cidr_block"))
        .set_availability_zone(owned("availability_zone"))
        .tag_specifications(ec2::tag_specification(ResourceType::Subnet, at_create(attributes, mark)))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, OwnerMark, Phase, map};

    use super::{Subnet, SubnetState, from_response, to_create};

    #[test]
    fn a_create_says_what_is_declared_and_no_more() {
        let address = Address::parse("aws.subnet/a").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let request = to_create(&map! { "vpc_id" => "vpc-1", "cidr_block" => "10.0.1.0/24" }, &mark).build().unwrap();
        assert_eq!(request.vpc_id(), Some("vpc-1"));
        assert_eq!(request.availability_zone(), None);
        assert_eq!(request.tag_specifications()[0].tags()[0].value(), Some("c5b0/1/aws.subnet/a"));
    }

    #[test]
    fn a_subnet_is_read_in_the_schemas_terms() {
        let subnet = Subnet::builder()
            .subnet_id("subnet-1")
            .vpc_id("vpc-1")
            .cidr_block("10.0.1.0/24")
            .availability_zone("us-east-1a")
            .map_public_ip_on_launch(false)
            .state(SubnetState::Failed)
            .build();
        let object = from_response(&subnet).unwrap();
        assert_eq!(object.phase, Phase::Failed);
        let expected = map! {
            "vpc_id" => "vpc-1", "cidr_block" => "10.0.1.0/24", "availability_zone" => "us-east-1a",
            "map_public_ip_on_launch" => false, "tags" => map! {}, "id" => "subnet-1",
        };
        assert_eq!(object.attributes, expected);
    }
}
