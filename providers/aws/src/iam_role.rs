//! `aws.iam_role`: a few roles are read one by one, many from the account's authorization details.

mod read;
mod view;
mod write;

use async_trait::async_trait;
use aws_sdk_iam::operation::create_role::builders::CreateRoleInputBuilder;
use flashinfra_plans::{Live, Map, Object, OwnerMark};
use flashinfra_providers::{Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::complete::complete;
use crate::error::Codes;
use crate::fields::{int32, text};
use crate::iam::to_tags;
use crate::kind::{Kind, marked, settled};
use crate::tags::{at_create, mark_pair};
use view::RoleView;
use write::PolicyChange;

const SCHEMA: &Schema = flashinfra_stacks_aws::IamRole::SCHEMA;
const CODES: Codes = Codes {
    schema: Some(SCHEMA),
    // IAM has one code for roles and policies that are not there; the message says which.
    not_found: &["NoSuchEntity:role with name", "NoSuchEntity:Role "],
    already_exists: &["EntityAlreadyExists"],
};

/// Up to how many calls roles are read one by one with. Above, pages of the account's authorization details are fewer calls,
/// although they hold every role of the account.
const ONE_BY_ONE: usize = 10;

/// The kind.
pub(crate) struct IamRoleKind;

#[async_trait]
impl Kind for IamRoleKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["iam:GetAccountAuthorizationDetails", "iam:ListRoles"],
            read_each: &["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:GetRolePolicy"],
            create: &[
                "iam:CreateRole",
                "iam:TagRole",
                "iam:AttachRolePolicy",
                "iam:PutRolePolicy",
                "iam:PutRolePermissionsBoundary",
            ],
            update: &[
                "iam:UpdateRole",
                "iam:UpdateRoleDescription",
                "iam:UpdateAssumeRolePolicy",
                "iam:AttachRolePolicy",
                "iam:DetachRolePolicy",
                "iam:PutRolePolicy",
                "iam:DeleteRolePolicy",
                "iam:PutRolePermissionsBoundary",
                "iam:DeleteRolePermissionsBoundary",
                "iam:TagRole",
                "iam:UntagRole",
            ],
            delete: &["iam:DetachRolePolicy", "iam:DeleteRolePolicy", "iam:DeleteRole"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        if questions.iter().map(read::cost).sum::<usize>() <= ONE_BY_ONE {
            return Ok(fan_out(questions.iter().map(|question| read::one(aws, question)).collect()).await);
        }
        let is_asked = |name| questions.iter().any(|question| question.attributes.get(name).is_some());
        let mut roles = read::all(aws).await?;
        if is_asked("description") || is_asked("max_session_duration") {
            read::add_what_details_lack(aws, &mut roles).await?;
        }
        let answer = |question: &Question| {
            let role = roles.get(question.id.as_str());
            role.map_or(Live::Absent, |role| Live::Present(role.to_object()))
        };
        Ok(questions.iter().map(answer).collect())
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        Ok(marked(read::all(aws).await?.values().map(RoleView::to_object), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let name = text(attributes, "name").unwrap_or_default();
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.iam).await.map_err(CODES.write("iam:CreateRole"))?;
        let policies = PolicyChange::between(&Map::default(), attributes);
        if policies != PolicyChange::default() {
            complete(self, aws, name, || policies.send(aws, name)).await?;
        }
        Ok(settled(self, aws, name, attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        write::update(aws, request).await?;
        Ok(settled(self, aws, &request.id, &request.inputs.attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        write::delete(aws, &request.id).await?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let call = aws.write.iam.tag_role().role_name(id).set_tags(Some(to_tags([mark_pair(mark)])));
        call.send().await.map_err(CODES.write("iam:TagRole"))?;
        Ok(())
    }
}

/// CreateRole.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateRoleInputBuilder {
    let owned = |name| text(attributes, name).map(str::to_owned);
    CreateRoleInputBuilder::default()
        .set_role_name(owned("name"))
        .set_path(owned("path"))
        .set_assume_role_policy_document(owned("assume_role_policy"))
        .set_description(owned("description"))
        .set_max_session_duration(int32(attributes, "max_session_duration"))
        .set_permissions_boundary(owned("permissions_boundary"))
        .set_tags(Some(to_tags(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests;
