//! `aws.vpc_endpoint`: DescribeVpcEndpoints for all of them. Deletes answer with what could not be deleted.

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_vpc_endpoint::builders::CreateVpcEndpointInputBuilder;
use aws_sdk_ec2::operation::modify_vpc_endpoint::builders::ModifyVpcEndpointInputBuilder;
use aws_sdk_ec2::types::{Filter, ResourceType, VpcEndpoint, VpcEndpointType};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase, Value};
use flashinfra_providers::{Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, SetChange, flag, text, texts};
use crate::kind::{Kind, changes, current, settled};
use crate::tags::at_create;

const SCHEMA: &Schema = flashinfra_stacks_aws::VpcEndpoint::SCHEMA;
const CODES: Codes = Codes { schema: Some(SCHEMA), not_found: &["InvalidVpcEndpointId.NotFound"], already_exists: &[] };

/// The most that DescribeVpcEndpoints puts on one page.
const PAGE: i32 = 1000;

/// The kind.
pub(crate) struct VpcEndpointKind;

#[async_trait]
impl Kind for VpcEndpointKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeVpcEndpoints"],
            read_each: &[],
            create: &["ec2:CreateVpcEndpoint", "ec2:CreateTags", "route53:AssociateVPCWithHostedZone"],
            update: &[
                "ec2:ModifyVpcEndpoint",
                "ec2:CreateTags",
                "ec2:DeleteTags",
                "route53:AssociateVPCWithHostedZone",
            ],
            delete: &["ec2:DeleteVpcEndpoints"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        ec2::read("vpc-endpoint-id", questions, |filter| describe(aws, filter)).await
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        ec2::find(stack, |filter| describe(aws, filter)).await
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let created = to_create(request).send_with(&aws.write.ec2).await;
        let created = created.map_err(CODES.write("ec2:CreateVpcEndpoint"))?;
        let Some(id) = created.vpc_endpoint().and_then(VpcEndpoint::vpc_endpoint_id) else {
            return Err(CODES.nameless("ec2:CreateVpcEndpoint"));
        };
        Ok(settled(self, aws, id, &request.inputs.attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        if request.changed.iter().any(|name| name != "tags") {
            // Read first, so that nothing is added that is there or removed that is gone, which EC2 refuses.
            let live = current(self, aws, &request.id).await?;
            let call = to_modify(request, &live.attributes);
            call.send_with(&aws.write.ec2).await.map_err(CODES.write("ec2:ModifyVpcEndpoint"))?;
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.delete_vpc_endpoints().vpc_endpoint_ids(request.id.as_str());
        let deleted = call.send().await.map_err(CODES.write("ec2:DeleteVpcEndpoints"))?;
        match deleted.unsuccessful().first().and_then(|item| item.error()) {
            Some(error) => Err(CODES.refused("ec2:DeleteVpcEndpoints", error.code(), error.message())),
            None => Ok(Outcome::Accepted(request.id.clone())),
        }
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<Object>, Error> {
    let call = aws.read.ec2.describe_vpc_endpoints().filters(filter).max_results(PAGE);
    let endpoints: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    let endpoints = endpoints.map_err(CODES.read("ec2:DescribeVpcEndpoints"))?;
    Ok(endpoints.iter().filter_map(from_response).collect())
}

/// A live endpoint in the schema's terms; none when it is gone and still listed.
fn from_response(endpoint: &VpcEndpoint) -> Option<Object> {
    // The service answers states in lower case, its model has them capitalised.
    let state = endpoint.state().map(|state| state.as_str().to_ascii_lowercase()).unwrap_or_default();
    let phase = match state.as_str() {
        "deleted" => return None,
        "pending" => Phase::Creating,
        "deleting" => Phase::Deleting,
        "failed" | "rejected" | "expired" => Phase::Failed,
        // What waits for the other side's consent is made: nobody here can do more.
        _ => Phase::Ready,
    };
    let tags = ec2::tags(endpoint.tags());
    let names = endpoint.dns_entries().iter().filter_map(|entry| entry.dns_name()).map(Value::from).collect::<Vec<_>>();
    let fields = Fields::new()
        .text("vpc_id", endpoint.vpc_id())
        .text("service_name", endpoint.service_name())
        .text("vpc_endpoint_type", endpoint.vpc_endpoint_type().map(VpcEndpointType::as_str))
        .text("policy", endpoint.policy_document())
        .texts("route_table_ids", endpoint.route_table_ids().iter().map(String::as_str))
        .texts("subnet_ids", endpoint.subnet_ids().iter().map(String::as_str))
        .texts("security_group_ids", endpoint.groups().iter().filter_map(|group| group.group_id()))
        .flag("private_dns_enabled", endpoint.private_dns_enabled())
        .value("tags", Some(tags.attribute.into()))
        .text("id", endpoint.vpc_endpoint_id())
        .texts("network_interface_ids", endpoint.network_interface_ids().iter().map(String::as_str))
        .value("dns_names", Some(names.into()))
        .text("owner_id", endpoint.owner_id());
    let managed = endpoint.requester_managed().filter(|managed| *managed).map(|_| "an AWS service".into());
    Some(Object {
        id: endpoint.vpc_endpoint_id()?.into(),
        phase,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by.or(managed),
    })
}

/// CreateVpcEndpoint.
fn to_create(request: &Create) -> CreateVpcEndpointInputBuilder {
    let attributes = &request.inputs.attributes;
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateVpcEndpointInputBuilder::default()
        .client_token(request.token.as_str())
        .set_vpc_id(owned("vpc_id"))
        .set_service_name(owned("service_name"))
        .vpc_endpoint_type(
            text(attributes, "vpc_endpoint_type").map_or(VpcEndpointType::Gateway, VpcEndpointType::from),
        )
        .set_policy_document(owned("policy"))
        .set_route_table_ids(texts(attributes, "route_table_ids"))
        .set_subnet_ids(texts(attributes, "subnet_ids"))
        .set_security_group_ids(texts(attributes, "security_group_ids"))
        .set_private_dns_enabled(flag(attributes, "private_dns_enabled"))
        .tag_specifications(ec2::tag_specification(ResourceType::VpcEndpoint, at_create(attributes, &request.mark)))
}

/// ModifyVpcEndpoint, which takes what is new and what goes.
fn to_modify(update: &Update, live: &Map) -> ModifyVpcEndpointInputBuilder {
    let attributes = &update.inputs.attributes;
    let of = |name| planned(update, live, name);
    let some = |ids: Vec<String>| Some(ids).filter(|ids| !ids.is_empty());
    let [tables, subnets, groups] = ["route_table_ids", "subnet_ids", "security_group_ids"].map(of);
    ModifyVpcEndpointInputBuilder::default()
        .vpc_endpoint_id(update.id.as_str())
        .set_policy_document(text(attributes, "policy").filter(|_| changes(update, "policy")).map(str::to_owned))
        .set_add_route_table_ids(some(tables.add))
        .set_remove_route_table_ids(some(tables.remove))
        .set_add_subnet_ids(some(subnets.add))
        .set_remove_subnet_ids(some(subnets.remove))
        .set_add_security_group_ids(some(groups.add))
        .set_remove_security_group_ids(some(groups.remove))
        .set_private_dns_enabled(
            flag(attributes, "private_dns_enabled").filter(|_| changes(update, "private_dns_enabled")),
        )
}

/// What is left to do of the change of a set. What is live and in no plan stays.
fn planned(update: &Update, live: &Map, name: &str) -> SetChange {
    if !changes(update, name) {
        return SetChange::default();
    }
    let ids = |map: &Map| texts(map, name).unwrap_or_default();
    let (before, after) = (ids(&update.before), ids(&update.inputs.attributes));
    let mut change = SetChange::between(&ids(live), &after);
    change.remove.retain(|id| before.contains(id));
    change
}

#[cfg(test)]
mod tests;
