//! The calls that change and delete a role.

use flashinfra_plans::{Map, Value};
use flashinfra_providers::{Class, Error, Update};

use super::{CODES, read};
use crate::clients::Clients;
use crate::fields::{SetChange, block, int32, text, texts};
use crate::iam::to_tags;
use crate::kind::changes;
use crate::tags::TagChange;

/// What happens to a role's policies. What is new comes first, so that the role never lacks what it had and keeps.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PolicyChange {
    pub(super) attached: SetChange,
    /// Policies of its own to write, by name.
    pub(super) put: Vec<(String, String)>,
    /// Names of policies of its own to delete.
    pub(super) delete: Vec<String>,
}

impl PolicyChange {
    pub(super) fn between(before: &Map, after: &Map) -> Self {
        let arns = |map| texts(map, "managed_policy_arns").unwrap_or_default();
        let (old, new) = (block(before, "inline_policies"), block(after, "inline_policies"));
        let is_in = |map: Option<&Map>, name: &str| map.is_some_and(|map| map.get(name).is_some());
        let is_same = |name: &str, value: &Value| old.and_then(|old| old.get(name)) == Some(value);
        let put = new.into_iter().flat_map(Map::iter).filter(|(name, value)| !is_same(name, value));
        let delete = old.into_iter().flat_map(Map::iter).filter(|(name, _)| !is_in(new, name));
        Self {
            attached: SetChange::between(&arns(before), &arns(after)),
            put: put.filter_map(|(name, value)| Some((name.to_string(), value.as_text()?.to_owned()))).collect(),
            delete: delete.map(|(name, _)| name.to_string()).collect(),
        }
    }

    pub(super) async fn send(&self, aws: &Clients, role: &str) -> Result<(), Error> {
        let iam = &aws.write.iam;
        for arn in &self.attached.add {
            let call = iam.attach_role_policy().role_name(role).policy_arn(arn);
            call.send().await.map_err(CODES.write("iam:AttachRolePolicy"))?;
        }
        for (name, document) in &self.put {
            let call = iam.put_role_policy().role_name(role).policy_name(name).policy_document(document);
            call.send().await.map_err(CODES.write("iam:PutRolePolicy"))?;
        }
        for arn in &self.attached.remove {
            let call = iam.detach_role_policy().role_name(role).policy_arn(arn);
            gone_is_done(call.send().await.map(drop).map_err(CODES.write("iam:DetachRolePolicy")))?;
        }
        for name in &self.delete {
            let call = iam.delete_role_policy().role_name(role).policy_name(name);
            gone_is_done(call.send().await.map(drop).map_err(CODES.write("iam:DeleteRolePolicy")))?;
        }
        Ok(())
    }
}

/// Changes what an update names: each attribute has a call of its own.
pub(super) async fn update(aws: &Clients, request: &Update) -> Result<(), Error> {
    let (iam, role, after) = (&aws.write.iam, request.id.as_str(), &request.inputs.attributes);
    let tag_change = TagChange::of(request);
    if !tag_change.set.is_empty() {
        let call = iam.tag_role().role_name(role).set_tags(Some(to_tags(tag_change.set)));
        call.send().await.map_err(CODES.write("iam:TagRole"))?;
    }
    if !tag_change.remove.is_empty() {
        let call = iam.untag_role().role_name(role).set_tag_keys(Some(tag_change.remove));
        call.send().await.map_err(CODES.write("iam:UntagRole"))?;
    }
    if let Some(document) = text(after, "assume_role_policy").filter(|_| changes(request, "assume_role_policy")) {
        let call = iam.update_assume_role_policy().role_name(role).policy_document(document);
        call.send().await.map_err(CODES.write("iam:UpdateAssumeRolePolicy"))?;
    }
    if let Some(seconds) = int32(after, "max_session_duration").filter(|_| changes(request, "max_session_duration")) {
        let call = iam.update_role().role_name(role).max_session_duration(seconds);
        call.send().await.map_err(CODES.write("iam:UpdateRole"))?;
    }
    // After UpdateRole, which may take a description that it is not given for an empty one.
    if changes(request, "description")
        || changes(request, "max_session_duration") && text(after, "description").is_some()
    {
        let call = iam.update_role_description().role_name(role).description(text(after, "description").unwrap_or(""));
        call.send().await.map_err(CODES.write("iam:UpdateRoleDescription"))?;
    }
    if changes(request, "permissions_boundary") {
        match text(after, "permissions_boundary") {
            Some(arn) => {
                let call = iam.put_role_permissions_boundary().role_name(role).permissions_boundary(arn);
                call.send().await.map_err(CODES.write("iam:PutRolePermissionsBoundary"))?;
            }
            None => {
                let call = iam.delete_role_permissions_boundary().role_name(role);
                call.send().await.map_err(CODES.write("iam:DeleteRolePermissionsBoundary"))?;
            }
        }
    }
    let only = |map: &Map| -> Map { map.iter().filter(|(name, _)| changes(request, name)).cloned().collect() };
    PolicyChange::between(&only(&request.before), &only(after)).send(aws, role).await
}

/// Takes every policy from a role and deletes it: IAM deletes no role that has any.
pub(super) async fn delete(aws: &Clients, role: &str) -> Result<(), Error> {
    let attached = SetChange { add: Vec::new(), remove: read::attached(aws, role).await? };
    let own = read::inline_names(aws, role).await?;
    PolicyChange { attached, put: Vec::new(), delete: own }.send(aws, role).await?;
    aws.write.iam.delete_role().role_name(role).send().await.map_err(CODES.write("iam:DeleteRole"))?;
    Ok(())
}

/// A policy that is off the role already needs no taking off.
fn gone_is_done(result: Result<(), Error>) -> Result<(), Error> {
    result.or_else(|error| {
        let is_policy = error.code == "NoSuchEntity" && error.class != Class::NotFound;
        if is_policy { Ok(()) } else { Err(error) }
    })
}
