//! `aws.route_table`: DescribeRouteTables tells all tables with all routes, and which subnets take them.

mod read;
mod routes;

use async_trait::async_trait;
use aws_sdk_ec2::operation::create_route_table::builders::CreateRouteTableInputBuilder;
use aws_sdk_ec2::types::{ResourceType, RouteTable};
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::complete::complete;
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, changes, current, look, marked, settled};
use crate::tags::at_create;
use routes::{Destination, Route, RouteChange, Way};

const SCHEMA: &Schema = flashinfra_stacks_aws::RouteTable::SCHEMA;
const CODES: Codes = Codes { schema: Some(SCHEMA), not_found: &["InvalidRouteTableID.NotFound"], already_exists: &[] };

/// The kind.
pub(crate) struct RouteTableKind;

#[async_trait]
impl Kind for RouteTableKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeRouteTables"],
            create: &["ec2:CreateRouteTable", "ec2:CreateTags", "ec2:CreateRoute"],
            update: &["ec2:CreateRoute", "ec2:ReplaceRoute", "ec2:DeleteRoute", "ec2:CreateTags", "ec2:DeleteTags"],
            delete: &["ec2:DeleteRouteTable"],
            ..Permissions::default()
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        read::tables_and_associations(aws, questions).await
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let found = read::describe(aws, ec2::mark_filter(stack)).await?;
        Ok(marked(found.iter().filter_map(from_response), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let created = to_create(request).send_with(&aws.write.ec2).await;
        let created = created.map_err(CODES.write("ec2:CreateRouteTable"))?;
        let Some(id) = created.route_table().and_then(RouteTable::route_table_id) else {
            return Err(CODES.nameless("ec2:CreateRouteTable"));
        };
        let routes = Route::declared(attributes);
        if !routes.is_empty() {
            complete(self, aws, id, || self.set_first_routes(aws, id, &routes)).await?;
        }
        Ok(settled(self, aws, id, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        ec2::update_tags(aws, CODES, request).await?;
        if changes(request, "routes") {
            // Read first, so that an update that is sent again after half of it was done does the other half.
            let live = current(self, aws, &request.id).await?;
            let [live, before, after] =
                [&live.attributes, &request.before, &request.inputs.attributes].map(Route::declared);
            send(aws, &request.id, RouteChange::planned(&live, &before, &after)).await?;
        }
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.ec2.delete_route_table().route_table_id(request.id.as_str());
        call.send().await.map_err(CODES.write("ec2:DeleteRouteTable"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        ec2::mark(aws, CODES, id, mark).await
    }
}

impl RouteTableKind {
    /// Puts the declared routes into a new table, which may have some of them from an attempt before.
    async fn set_first_routes(&self, aws: &Clients, id: &str, routes: &[Route]) -> Result<(), Error> {
        let live = look(self, aws, id, &Map::default()).await.map(|live| Route::declared(&live.attributes));
        send(aws, id, RouteChange::planned(&live.unwrap_or_default(), &[], routes)).await
    }
}

/// Puts a route into one of the two calls that take one, which have the same parameters.
macro_rules! with_route {
    ($call:expr, $route:expr) => {{
        let Route { destination, target } = $route;
        let [cidr, cidr_6, list] = destination.parts();
        $call
            .set_destination_cidr_block(cidr)
            .set_destination_ipv6_cidr_block(cidr_6)
            .set_destination_prefix_list_id(list)
            .set_gateway_id(target.gateway())
            .set_nat_gateway_id(target.of(Way::NatGateway))
            .set_egress_only_internet_gateway_id(target.of(Way::EgressOnlyGateway))
            .set_transit_gateway_id(target.of(Way::TransitGateway))
            .set_vpc_peering_connection_id(target.of(Way::PeeringConnection))
            .set_network_interface_id(target.of(Way::NetworkInterface))
            .set_vpc_endpoint_id(target.of(Way::VpcEndpoint))
    }};
}

/// Sends a change of routes: what is new first, so that no traffic loses its way in between.
async fn send(aws: &Clients, id: &str, change: RouteChange) -> Result<(), Error> {
    let ec2 = &aws.write.ec2;
    let RouteChange { create, replace, delete } = change;
    for route in create {
        let call = with_route!(ec2.create_route().route_table_id(id), route);
        call.send().await.map_err(CODES.write("ec2:CreateRoute")).map_err(about_routes)?;
    }
    for route in replace {
        let call = with_route!(ec2.replace_route().route_table_id(id), route);
        call.send().await.map_err(CODES.write("ec2:ReplaceRoute")).map_err(about_routes)?;
    }
    for destination in delete {
        delete_route(aws, id, &destination).await?;
    }
    Ok(())
}

async fn delete_route(aws: &Clients, id: &str, destination: &Destination) -> Result<(), Error> {
    let [cidr, cidr_6, list] = destination.parts();
    let call = aws.write.ec2.delete_route().route_table_id(id);
    let call = call.set_destination_cidr_block(cidr).set_destination_ipv6_cidr_block(cidr_6);
    let call = call.set_destination_prefix_list_id(list);
    call.send().await.map_err(CODES.write("ec2:DeleteRoute")).map_err(about_routes)?;
    Ok(())
}

/// The error of a call about a route. One that is there or gone already means that somebody else changed the table since it was
/// read: the engine looks again.
fn about_routes(error: Error) -> Error {
    match error.code.as_str() {
        "RouteAlreadyExists" | "InvalidRoute.NotFound" => Error { class: Class::Unknown, ..error },
        _ => error,
    }
}

/// A live table in the schema's terms.
fn from_response(table: &RouteTable) -> Option<Object> {
    let tags = ec2::tags(table.tags());
    let fields = Fields::new()
        .text("vpc_id", table.vpc_id())
        .blocks("routes", table.routes().iter().filter_map(Route::live).map(|route| route.to_block()))
        .value("tags", Some(tags.attribute.into()))
        .text("id", table.route_table_id())
        .text("owner_id", table.owner_id());
    Some(Object {
        id: table.route_table_id()?.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateRouteTable.
fn to_create(request: &Create) -> CreateRouteTableInputBuilder {
    let attributes = &request.inputs.attributes;
    CreateRouteTableInputBuilder::default()
        .client_token(request.token.as_str())
        .set_vpc_id(text(attributes, "vpc_id").map(str::to_owned))
        .tag_specifications(ec2::tag_specification(ResourceType::RouteTable, at_create(attributes, &request.mark)))
}

#[cfg(test)]
mod tests;
