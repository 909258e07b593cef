//! `aws.route_table_association`: read with the tables, which tell what subnets take them. It is named by its subnet, and no mark
//! stands on it.

use async_trait::async_trait;
use aws_sdk_ec2::types::{RouteTableAssociation, RouteTableAssociationStateCode};
use flashinfra_plans::{Live, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::kind::{Kind, changes, current, settled};
use crate::route_table::RouteTableKind;

const SCHEMA: &Schema = flashinfra_stacks_aws::RouteTableAssociation::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    not_found: &["InvalidAssociationID.NotFound"],
    already_exists: &["Resource.AlreadyAssociated"],
};

/// The kind.
pub(crate) struct RouteTableAssociationKind;

#[async_trait]
impl Kind for RouteTableAssociationKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["ec2:DescribeRouteTables"],
            create: &["ec2:AssociateRouteTable"],
            update: &["ec2:ReplaceRouteTableAssociation"],
            delete: &["ec2:DisassociateRouteTable"],
            ..Permissions::default()
        }
    }

    fn read_by(&self) -> &'static str {
        RouteTableKind.read_by()
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        RouteTableKind.read(aws, questions).await
    }

    async fn find(&self, _: &Clients, _: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        Err(Error::new(Class::FixInput, "EC2 keeps no tags on the associations of route tables"))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let Some(subnet) = text(attributes, "subnet_id") else {
            return Err(Error::new(Class::FixInput, "an association needs its subnet"));
        };
        let call = aws.write.ec2.associate_route_table().subnet_id(subnet);
        let call = call.set_route_table_id(text(attributes, "route_table_id").map(str::to_owned));
        call.send().await.map_err(CODES.write("ec2:AssociateRouteTable"))?;
        Ok(settled(self, aws, subnet, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        if changes(request, "route_table_id") {
            // Replacing an association gives it another id, so that only reading tells which one there is.
            let live = current(self, aws, &request.id).await?;
            let (table, taken) = (text(attributes, "route_table_id"), text(&live.attributes, "route_table_id"));
            if table != taken {
                let call = aws.write.ec2.replace_route_table_association().association_id(association(&live)?);
                let call = call.set_route_table_id(table.map(str::to_owned));
                call.send().await.map_err(CODES.write("ec2:ReplaceRouteTableAssociation"))?;
            }
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let live = current(self, aws, &request.id).await?;
        let call = aws.write.ec2.disassociate_route_table().association_id(association(&live)?);
        call.send().await.map_err(CODES.write("ec2:DisassociateRouteTable"))?;
        Ok(Outcome::Accepted(request.id.clone()))
    }

    async fn mark(&self, _: &Clients, _: &str, _: &OwnerMark) -> Result<(), Error> {
        Ok(())
    }
}

/// The id of a live association.
fn association(live: &Object) -> Result<&str, Error> {
    let id = text(&live.attributes, "id");
    id.ok_or_else(|| Error::new(Class::Retry, format!("EC2 tells no id of the association of {}", live.id)))
}

/// A live association in the schema's terms; none when it is that of a VPC's main table or of a gateway, or over.
pub(crate) fn from_response(association: &RouteTableAssociation) -> Option<Object> {
    let phase = match association.association_state().and_then(|state| state.state()) {
        Some(RouteTableAssociationStateCode::Disassociated) => return None,
        Some(RouteTableAssociationStateCode::Associating) => Phase::Creating,
        Some(RouteTableAssociationStateCode::Disassociating) => Phase::Deleting,
        Some(RouteTableAssociationStateCode::Failed) => Phase::Failed,
        _ => Phase::Ready,
    };
    let fields = Fields::new()
        .text("subnet_id", association.subnet_id())
        .text("route_table_id", association.route_table_id())
        .text("id", association.route_table_association_id());
    Some(Object {
        id: association.subnet_id()?.into(),
        phase,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::RouteTableAssociationState;
    use flashinfra_plans::map;

    use super::{Phase, RouteTableAssociation, RouteTableAssociationStateCode, from_response};

    #[test]
    fn an_association_is_named_by_its_subnet() {
        let live = RouteTableAssociation::builder().route_table_id("rtb-1").route_table_association_id("rtbassoc-1");
        assert_eq!(from_response(&live.clone().main(true).build()), None);
        let live = live.subnet_id("subnet-1");
        let object = from_response(&live.clone().build()).unwrap();
        assert_eq!((&*object.id, object.phase), ("subnet-1", Phase::Ready));
        let expected = map! { "subnet_id" => "subnet-1", "route_table_id" => "rtb-1", "id" => "rtbassoc-1" };
        assert_eq!(object.attributes, expected);
        let state = |code| RouteTableAssociationState::builder().state(code).build();
        let with = |code| from_response(&live.clone().association_state(state(code)).build());
        assert_eq!(with(RouteTableAssociationStateCode::Disassociating).unwrap().phase, Phase::Deleting);
        assert_eq!(with(RouteTableAssociationStateCode::Disassociated), None);
    }
}
