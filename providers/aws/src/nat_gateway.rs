//! `aws.nat_gateway`: DescribeNatGateways for all of them. A deleted one stays in sight for about an hour.

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_nat_gateway::builders::CreateNatGatewayInputBuilder;
use aws_sdk_ec2::types::{ConnectivityType, Filter, NatGateway, NatGatewayState, ResourceType};
use flashinfra_plans::{Live, Object, OwnerMark, Phase};
use flashinfra_providers::{Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, answers, marked, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::NatGateway::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    // Both spellings are in use (EC2 API reference, error codes).
    not_found: &["NatGatewayNotFound", "InvalidNatGatewayID.NotFound"],
    already_exists: &[],
};

/// The most that DescribeNatGateways puts on one page.
const PAGE: i32 = 1000;

/// The kind.
pub(crate) struct NatGatewayKind;

#[async_trait]
impl Kind for NatGatewayKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeNatGateways"],
            create: &["ec2:CreateNatGateway", "ec2:CreateTags"],
            update: &["ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DeleteNatGateway"],
            ..Permissions::default()
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let mut found = Vec::new();
        for filter in ec2::id_filters("nat-gateway-id", questions) {
            found.extend(describe(aws, filter).await?);
        }
        let (gone, there): (Vec<_>, Vec<_>) = found.into_iter().partition(is_deleted);
        let mut lives = answers(questions, there.iter().filter_map(from_response));
        for (question, live) in questions.iter().zip(&mut lives) {
            if gone.iter().any(|gateway| gateway.nat_gateway_id() == Some(&*question.id)) {
                *live = Live::Tombstone { note: "deleted; EC2 lists it for about an hour more".into() };
            }
        }
        Ok(lives)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let found = describe(aws, ec2::mark_filter(stack)).await?;
        let there = found.iter().filter(|gateway| !is_deleted(gateway));
        Ok(marked(there.filter_map(from_response), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let created = to_create(request).send_with(&aws.write.ec2).await;
        let created = created.map_err(CODES.write("ec2:CreateNatGateway"))?;
        let Some(id) = created.nat_gateway().and_then(NatGateway::nat_gateway_id) else {
            return Err(CODES.nameless("ec2:CreateNatGateway"));
        };
        Ok(settled(self, aws, id, &request.inputs.attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.delete_nat_gateway().nat_gateway_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:DeleteNatGateway"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<NatGateway>, Error> {
    let call = aws.read.ec2.describe_nat_gateways().filter(filter).max_results(PAGE);
    let gateways: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    gateways.map_err(CODES.read("ec2:DescribeNatGateways"))
}

fn is_deleted(gateway: &NatGateway) -> bool {
    gateway.state() == Some(&NatGatewayState::Deleted)
}

/// A live gateway in the schema's terms.
fn from_response(gateway: &NatGateway) -> Option<Object> {
    let tags = ec2::tags(gateway.tags());
    // The first address is the gateway's own; others were added to it.
    let addresses = gateway.nat_gateway_addresses();
    let address = addresses.iter().find(|address| address.is_primary() == Some(true)).or(addresses.first());
    let fields = Fields::new()
        .text("subnet_id", gateway.subnet_id())
        .text("allocation_id", address.and_then(|address| address.allocation_id()))
        .text("connectivity_type", gateway.connectivity_type().map(ConnectivityType::as_str))
        .text("private_ip_address", address.and_then(|address| address.private_ip()))
        .value("tags", Some(tags.attribute.into()))
        .text("id", gateway.nat_gateway_id())
        .text("public_ip", address.and_then(|address| address.public_ip()))
        .text("network_interface_id", address.and_then(|address| address.network_interface_id()))
        .text("vpc_id", gateway.vpc_id());
    let phase = match gateway.state() {
        Some(NatGatewayState::Pending) => Phase::Creating,
        Some(NatGatewayState::Failed) => Phase::Failed,
        Some(NatGatewayState::Deleting | NatGatewayState::Deleted) => Phase::Deleting,
        _ => Phase::Ready,
    };
    Some(Object {
        id: gateway.nat_gateway_id()?.into(),
        phase,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateNatGateway.
fn to_create(request: &Create) -> CreateNatGatewayInputBuilder {
    let attributes = &request.inputs.attributes;
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateNatGatewayInputBuilder::default()
        .client_token(request.token.as_str())
        .set_subnet_id(owned("subnet_id"))
        .set_allocation_id(owned("allocation_id"))
        .connectivity_type(
            text(attributes, "connectivity_type").map_or(ConnectivityType::Public, ConnectivityType::from),
        )
        .set_private_ip_address(owned("private_ip_address"))
        .tag_specifications(ec2::tag_specification(ResourceType::Natgateway, at_create(attributes, &request.mark)))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::NatGatewayAddress;
    use flashinfra_plans::{Address, Map, map};
    use flashinfra_providers::Inputs;

    use super::{ConnectivityType, Create, NatGateway, NatGatewayState, OwnerMark, Phase, from_response, to_create};

    fn create(attributes: Map) -> Create {
        let address = Address::parse("aws.nat_gateway/a").unwrap();
        Create {
            kind: "aws.nat_gateway".into(),
            mark: OwnerMark { stack: "c5b0".into(), address, generation: 1 },
            token: "5f".repeat(32).into(),
            inputs: Inputs { attributes, ..Inputs::default() },
        }
    }

    #[test]
    fn a_create_has_its_token() {
        let request = create(map! { "subnet_id" => "subnet-1", "allocation_id" => "eipalloc-1" });
        let request = to_create(&request).build().unwrap();
        assert_eq!(request.client_token(), Some("5f".repeat(32).as_str()));
        assert_eq!(request.allocation_id(), Some("eipalloc-1"));
        assert_eq!(request.connectivity_type(), Some(&ConnectivityType::Public));
        assert_eq!(request.tag_specifications()[0].tags()[0].value(), Some("c5b0/1/aws.nat_gateway/a"));
    }

    #[test]
    fn a_gateway_is_read_with_its_first_address() {
        let address = |id: &str| NatGatewayAddress::builder().allocation_id(id).private_ip("10.0.1.7");
        let gateway = NatGateway::builder()
            .nat_gateway_id("nat-1")
            .subnet_id("subnet-1")
            .nat_gateway_addresses(address("eipalloc-2").is_primary(false).build())
            .nat_gateway_addresses(address("eipalloc-1").is_primary(true).public_ip("203.0.113.7").build())
            .state(NatGatewayState::Failed);
        let object = from_response(&gateway.build()).unwrap();
        assert_eq!(object.phase, Phase::Failed);
        let expected = map! {
            "subnet_id" => "subnet-1", "allocation_id" => "eipalloc-1", "private_ip_address" => "10.0.1.7",
            "tags" => map! {}, "id" => "nat-1", "public_ip" => "203.0.113.7",
        };
        assert_eq!(object.attributes, expected);
    }
}
