//! A live role, whichever calls told it.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{AttachedPermissionsBoundary, AttachedPolicy, Role, RoleDetail, Tag};
use flashinfra_plans::{Map, Name, Object, Phase, Value};

use crate::fields::Fields;
use crate::iam::decoded;
use crate::tags::Tags;

/// A live role.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RoleView {
    pub(super) name: String,
    path: Option<String>,
    id: Option<String>,
    arn: Option<String>,
    assume_role_policy: Option<String>,
    pub(super) description: Option<String>,
    pub(super) max_session_duration: Option<i32>,
    permissions_boundary: Option<String>,
    tags: Vec<(String, String)>,
    /// The attached policies; none when they were not read.
    pub(super) attached: Option<Vec<String>>,
    /// The policies of its own, as far as they were read.
    pub(super) inline: Option<BTreeMap<String, String>>,
    /// Attributes that could not be read.
    pub(super) unverified: Vec<Name>,
}

impl RoleView {
    /// From GetRole or ListRoles; attached and own policies are told by other calls.
    pub(super) fn of_role(role: &Role) -> Self {
        Self {
            name: role.role_name().to_owned(),
            path: Some(role.path().to_owned()),
            id: Some(role.role_id().to_owned()),
            arn: Some(role.arn().to_owned()),
            assume_role_policy: role.assume_role_policy_document().map(decoded),
            description: role.description().map(str::to_owned),
            max_session_duration: role.max_session_duration(),
            permissions_boundary: boundary(role.permissions_boundary()),
            tags: pairs(role.tags()),
            ..Self::default()
        }
    }

    /// From GetAccountAuthorizationDetails, which tells neither description nor session duration.
    pub(super) fn of_detail(role: &RoleDetail) -> Option<Self> {
        let inline = role.role_policy_list().iter();
        let inline =
            inline.filter_map(|policy| Some((policy.policy_name()?.into(), decoded(policy.policy_document()?))));
        Some(Self {
            name: role.role_name()?.to_owned(),
            path: role.path().map(str::to_owned),
            id: role.role_id().map(str::to_owned),
            arn: role.arn().map(str::to_owned),
            assume_role_policy: role.assume_role_policy_document().map(decoded),
            permissions_boundary: boundary(role.permissions_boundary()),
            tags: pairs(role.tags()),
            attached: Some(arns(role.attached_managed_policies())),
            inline: Some(inline.collect()),
            ..Self::default()
        })
    }

    /// The role in the schema's terms.
    pub(super) fn to_object(&self) -> Object {
        let tags = Tags::read(self.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        let mut fields = Fields::new()
            .text("name", Some(&self.name))
            .text("path", self.path.as_deref())
            .text("assume_role_policy", self.assume_role_policy.as_deref())
            .text("description", self.description.as_deref())
            .integer("max_session_duration", self.max_session_duration)
            .text("permissions_boundary", self.permissions_boundary.as_deref())
            .value("tags", Some(tags.attribute.into()))
            .text("arn", self.arn.as_deref())
            .text("unique_id", self.id.as_deref());
        if let Some(attached) = &self.attached {
            fields = fields.texts("managed_policy_arns", attached.iter().map(String::as_str));
        }
        if let Some(inline) = &self.inline {
            let policies = inline.iter().map(|(name, policy)| (Name::from(name), Value::from(policy.as_str())));
            fields = fields.value("inline_policies", Some(policies.collect::<Map>().into()));
        }
        Object {
            id: Name::from(&self.name),
            phase: Phase::Ready,
            attributes: fields.build(),
            unverified: self.unverified.clone(),
            owner: tags.owner,
            managed_by: tags.managed_by,
        }
    }
}

/// The ARNs of attached policies.
pub(super) fn arns(policies: &[AttachedPolicy]) -> Vec<String> {
    policies.iter().filter_map(AttachedPolicy::policy_arn).map(str::to_owned).collect()
}

fn boundary(boundary: Option<&AttachedPermissionsBoundary>) -> Option<String> {
    boundary?.permissions_boundary_arn().map(str::to_owned)
}

fn pairs(tags: &[Tag]) -> Vec<(String, String)> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}
