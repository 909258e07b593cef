//! `aws.internet_gateway`: DescribeInternetGateways for all of them. Attaching and detaching are calls of their own.

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, InternetGateway, ResourceType, TagSpecification};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::complete::complete;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, current, look, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::InternetGateway::SCHEMA;
const CODES: Codes =
    Codes { schema: Some(SCHEMA), not_found: &["InvalidInternetGatewayID.NotFound"], already_exists: &[] };

/// The most that DescribeInternetGateways puts on one page.
const PAGE: i32 = 1000;

/// The kind.
pub(crate) struct InternetGatewayKind;

#[async_trait]
impl Kind for InternetGatewayKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeInternetGateways"],
            create: &["ec2:CreateInternetGateway", "ec2:CreateTags", "ec2:AttachInternetGateway"],
            update: &["ec2:AttachInternetGateway", "ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DetachInternetGateway", "ec2:DeleteInternetGateway"],
            ..Permissions::default()
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        ec2::read("internet-gateway-id", questions, |filter| describe(aws, filter)).await
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        ec2::find(stack, |filter| describe(aws, filter)).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let tags = to_create(attributes, &request.mark);
        let created = aws.write.ec2.create_internet_gateway().tag_specifications(tags).send().await;
        let created = created.map_err(CODES.write("ec2:CreateInternetGateway"))?;
        let Some(id) = created.internet_gateway().and_then(InternetGateway::internet_gateway_id) else {
            return Err(CODES.nameless("ec2:CreateInternetGateway"));
        };
        if let Some(vpc) = text(attributes, "vpc_id") {
            complete(self, aws, id, || attach(aws, id, vpc)).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        if request.changed.iter().any(|name| name == "vpc_id")
            && let Some(vpc) = text(&request.inputs.attributes, "vpc_id")
        {
            attach(aws, &request.id, vpc).await?;
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        // Read first, so that a delete that is sent again after half of it was done does the other half.
        let live = current(self, aws, &request.id).await?;
        if let Some(vpc) = text(&live.attributes, "vpc_id") {
            let call = aws.write.ec2.detach_internet_gateway().internet_gateway_id(request.id.as_str()).vpc_id(vpc);
            let detached = call.send().await.map(drop).map_err(CODES.write("ec2:DetachInternetGateway"));
            detached.or_else(unless("Gateway.NotAttached"))?;
        }
        let call = aws.write.ec2.delete_internet_gateway().internet_gateway_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:DeleteInternetGateway"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<Object>, Error> {
    let call = aws.read.ec2.describe_internet_gateways().filters(filter).max_results(PAGE);
    let gateways: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let gateways = gateways.map_err(CODES.read("ec2:DescribeInternetGateways"))?;
    Ok(gateways.iter().filter_map(from_response).collect())
}

/// Attaches a gateway that has no VPC. A reply that was lost is made up for by looking: a gateway has one VPC at most, so that attaching it
/// again could do nothing new.
async fn attach(aws: &Clients, id: &str, vpc: &str) -> Result<(), Error> {
    let call = aws.write.ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
    let attached = call.send().await.map(drop).map_err(CODES.write("ec2:AttachInternetGateway"));
    let Err(error) = attached else { return Ok(()) };
    if error.class != Class::Unknown && error.code != "Resource.AlreadyAssociated" {
        return Err(error);
    }
    match look(&InternetGatewayKind, aws, id, &Map::default()).await {
        Some(live) if text(&live.attributes, "vpc_id") == Some(vpc) => Ok(()),
        _ => Err(Error { class: Class::Wait, ..error }),
    }
}

/// Takes an error with this code for success.
fn unless(code: &'static str) -> impl FnOnce(Error) -> Result<(), Error> {
    move |error| if error.code == code { Ok(()) } else { Err(error) }
}

/// A live gateway in the schema's terms.
fn from_response(gateway: &InternetGateway) -> Option<Object> {
    let tags = ec2::tags(gateway.tags());
    let fields = Fields::new()
        .text("vpc_id", gateway.attachments().first().and_then(|attachment| attachment.vpc_id()))
        .value("tags", Some(tags.attribute.into()))
        .text("id", gateway.internet_gateway_id())
        .text("owner_id", gateway.owner_id());
    Some(Object {
        id: gateway.internet_gateway_id()?.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateInternetGateway, which takes tags and nothing else.
fn to_create(attributes: &Map, mark: &OwnerMark) -> TagSpecification {
    ec2::tag_specification(ResourceType::InternetGateway, at_create(attributes, mark))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{AttachmentStatus, InternetGatewayAttachment};
    use flashinfra_plans::{Address, OwnerMark, map};

    use super::{InternetGateway, from_response, to_create};

    #[test]
    fn a_create_carries_the_mark() {
        let address = Address::parse("aws.internet_gateway/main").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let tags = to_create(&map! { "vpc_id" => "vpc-1" }, &mark);
        assert_eq!(tags.tags()[0].value(), Some("c5b0/1/aws.internet_gateway/main"));
    }

    #[test]
    fn a_gateway_is_read_with_the_vpc_that_it_is_attached_to() {
        let attachment = InternetGatewayAttachment::builder().vpc_id("vpc-1").state(AttachmentStatus::Attached).build();
        let gateway = InternetGateway::builder().internet_gateway_id("igw-1");
        let loose = from_response(&gateway.clone().build()).unwrap();
        assert_eq!(loose.attributes, map! { "tags" => map! {}, "id" => "igw-1" });
        let attached = from_response(&gateway.attachments(attachment).build()).unwrap();
        assert_eq!(attached.attributes, map! { "vpc_id" => "vpc-1", "tags" => map! {}, "id" => "igw-1" });
    }
}
