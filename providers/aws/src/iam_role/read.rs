//! The calls that read roles.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{EntityType, Role};
use flashinfra_plans::{Live, Map, Name};
use flashinfra_providers::{Class, Error, Question};

use super::CODES;
use super::view::{RoleView, arns};
use crate::clients::Clients;
use crate::iam::{PAGE, decoded};

/// One role, with as many calls as what is declared or was last applied needs.
pub(super) async fn one(aws: &Clients, question: &Question) -> Live {
    let answer = aws.read.iam.get_role().role_name(question.id.as_str()).send().await;
    let role = match answer.map_err(CODES.read("iam:GetRole")) {
        Ok(answer) => answer.role,
        // The call names nothing but the role, so whatever is not there is the role.
        Err(error) if error.class == Class::NotFound || error.code == "NoSuchEntity" => return Live::Absent,
        Err(error) => return Live::Unreadable { reason: error.to_string().into() },
    };
    let Some(role) = role else { return Live::Absent };
    let mut view = RoleView::of_role(&role);
    if question.attributes.get("managed_policy_arns").is_some() {
        match attached(aws, &view.name).await {
            Ok(attached) => view.attached = Some(attached),
            Err(_) => view.unverified.push(Name::new_static("managed_policy_arns")),
        }
    }
    if question.attributes.get("inline_policies").is_some() {
        match inline(aws, &view.name).await {
            Ok(inline) => view.inline = Some(inline),
            Err(_) => view.unverified.push(Name::new_static("inline_policies")),
        }
    }
    Live::Present(view.to_object())
}

/// How many calls [`one`] makes.
pub(super) fn cost(question: &Question) -> usize {
    let attached = usize::from(question.attributes.get("managed_policy_arns").is_some());
    // A list of their names, and a call for each.
    let inline =
        question.attributes.get("inline_policies").map_or(0, |policies| 1 + policies.as_map().map_or(0, Map::len));
    1 + attached + inline
}

/// The policies attached to a role.
pub(super) async fn attached(aws: &Clients, name: &str) -> Result<Vec<String>, Error> {
    let call = aws.read.iam.list_attached_role_policies().role_name(name).max_items(PAGE);
    let policies = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    Ok(arns(&policies.map_err(CODES.read("iam:ListAttachedRolePolicies"))?))
}

/// The role's own policies.
async fn inline(aws: &Clients, name: &str) -> Result<BTreeMap<String, String>, Error> {
    let mut found = BTreeMap::new();
    for policy in inline_names(aws, name).await? {
        let call = aws.read.iam.get_role_policy().role_name(name).policy_name(&policy);
        match call.send().await.map_err(CODES.read("iam:GetRolePolicy")) {
            Ok(answer) => {
                found.insert(policy, decoded(answer.policy_document()));
            }
            // Deleted since it was listed.
            Err(error) if error.code == "NoSuchEntity" => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// The names of a role's own policies.
pub(super) async fn inline_names(aws: &Clients, name: &str) -> Result<Vec<String>, Error> {
    let call = aws.read.iam.list_role_policies().role_name(name).max_items(PAGE);
    let names = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    names.map_err(CODES.read("iam:ListRolePolicies"))
}

/// All roles of the account, by name.
pub(super) async fn all(aws: &Clients) -> Result<BTreeMap<String, RoleView>, Error> {
    let call = aws.read.iam.get_account_authorization_details().filter(EntityType::Role).max_items(PAGE);
    let mut pages = call.into_paginator().send();
    let mut roles = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(CODES.read("iam:GetAccountAuthorizationDetails"))?;
        let views = page.role_detail_list().iter().filter_map(RoleView::of_detail);
        roles.extend(views.map(|view| (view.name.clone(), view)));
    }
    Ok(roles)
}

/// Adds descriptions and session durations, which only ListRoles tells for all roles at once.
pub(super) async fn add_what_details_lack(aws: &Clients, roles: &mut BTreeMap<String, RoleView>) -> Result<(), Error> {
    let call = aws.read.iam.list_roles().max_items(PAGE);
    let listed = call.into_paginator().items().send().collect::<Result<Vec<Role>, _>>().await;
    for role in listed.map_err(CODES.read("iam:ListRoles"))? {
        if let Some(view) = roles.get_mut(role.role_name()) {
            view.description = role.description().map(str::to_owned);
            view.max_session_duration = role.max_session_duration();
        }
    }
    Ok(())
}
