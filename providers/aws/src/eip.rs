//! `aws.eip`: DescribeAddresses for all of them; it has no pages.

use async_trait::async_trait;
use aws_sdk_ec2::operation::allocate_address::builders::AllocateAddressInputBuilder;
use aws_sdk_ec2::types::{Address, DomainType, Filter, ResourceType};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::Eip::SCHEMA;
const CODES: Codes = Codes { schema: Some(SCHEMA), not_found: &["InvalidAllocationID.NotFound"], already_exists: &[] };

/// The kind.
pub(crate) struct EipKind;

#[async_trait]
impl Kind for EipKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeAddresses"],
            create: &["ec2:AllocateAddress", "ec2:CreateTags"],
            update: &["ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:ReleaseAddress"],
            ..Permissions::default()
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        ec2::read("allocation-id", questions, |filter| describe(aws, filter)).await
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        ec2::find(stack, |filter| describe(aws, filter)).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let allocated = to_create(attributes, &request.mark).send_with(&aws.write.ec2).await;
        let allocated = allocated.map_err(CODES.write("ec2:AllocateAddress"))?;
        let Some(id) = allocated.allocation_id() else { return Err(CODES.nameless("ec2:AllocateAddress")) };
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.release_address().allocation_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:ReleaseAddress"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<Object>, Error> {
    let described = aws.read.ec2.describe_addresses().filters(filter).send().await;
    let described = described.map_err(CODES.read("ec2:DescribeAddresses"))?;
    Ok(described.addresses().iter().filter_map(from_response).collect())
}

/// A live address in the schema's terms.
fn from_response(address: &Address) -> Option<Object> {
    let tags = ec2::tags(address.tags());
    let fields = Fields::new()
        .text("public_ipv4_pool", address.public_ipv4_pool())
        .text("network_border_group", address.network_border_group())
        .value("tags", Some(tags.attribute.into()))
        .text("id", address.allocation_id())
        .text("public_ip", address.public_ip());
    Some(Object {
        id: address.allocation_id()?.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// AllocateAddress.
fn to_create(attributes: &Map, mark: &OwnerMark) -> AllocateAddressInputBuilder {
    AllocateAddressInputBuilder::default()
        .domain(DomainType::Vpc)
        .set_public_ipv4_pool(text(attributes, "public_ipv4_pool").map(str::to_owned))
        .set_network_border_group(text(attributes, "network_border_group").map(str::to_owned))
        .tag_specifications(ec2::tag_specification(ResourceType::ElasticIp, at_create(attributes, mark)))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{OwnerMark, map};

    use super::{Address, DomainType, from_response, to_create};

    #[test]
    fn a_create_is_for_a_vpc_and_carries_the_mark() {
        let address = flashinfra_plans::Address::parse("aws.eip/nat-a").unwrap();
        let mark = OwnerMark { stack: "c5b0".into(), address, generation: 1 };
        let request = to_create(&map! { "network_border_group" => "us-east-1" }, &mark).build().unwrap();
        assert_eq!(request.domain(), Some(&DomainType::Vpc));
        assert_eq!(request.network_border_group(), Some("us-east-1"));
        assert_eq!(request.public_ipv4_pool(), None);
        assert_eq!(request.tag_specifications()[0].tags()[0].value(), Some("c5b0/1/aws.eip/nat-a"));
    }

    #[test]
    fn an_address_is_read_in_the_schemas_terms() {
        let address =
            Address::builder().allocation_id("eipalloc-1").public_ip("203.0.113.7").public_ipv4_pool("amazon");
        let object = from_response(&address.build()).unwrap();
        let expected = map! {
            "public_ipv4_pool" => "amazon", "tags" => map! {}, "id" => "eipalloc-1", "public_ip" => "203.0.113.7",
        };
        assert_eq!((&*object.id, object.attributes), ("eipalloc-1", expected));
    }
}
