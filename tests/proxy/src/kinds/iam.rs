//! IAM, which has no states but lags behind its own writes.

use super::Source::{Field, Param};
use super::{Create, Kind, aside, list, one, refusal, touch};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "iam:role",
        creates: &[Create { operation: "iam:CreateRole", object: "CreateRoleResult/Role", key: &[Param("RoleName")] }],
        reads: &[
            one("iam:GetRole", "GetRoleResult/Role", &[Field("RoleName")], &["RoleName"]),
            list("iam:ListRoles", "ListRolesResult/Roles", &[Field("RoleName")], &[]),
            list(
                "iam:GetAccountAuthorizationDetails",
                "GetAccountAuthorizationDetailsResult/RoleDetailList",
                &[Field("RoleName")],
                &[],
            ),
            aside("iam:ListAttachedRolePolicies", &["RoleName"]),
            aside("iam:ListRolePolicies", &["RoleName"]),
            aside("iam:GetRolePolicy", &["RoleName"]),
            aside("iam:ListRoleTags", &["RoleName"]),
        ],
        deletes: &[touch("iam:DeleteRole", &["RoleName"])],
        ..KIND
    },
    Kind {
        name: "iam:policy",
        creates: &[Create { operation: "iam:CreatePolicy", object: "CreatePolicyResult/Policy", key: &[Field("Arn")] }],
        reads: &[
            one("iam:GetPolicy", "GetPolicyResult/Policy", &[Field("Arn")], &["PolicyArn"]),
            list("iam:ListPolicies", "ListPoliciesResult/Policies", &[Field("Arn")], &[]),
            list(
                "iam:GetAccountAuthorizationDetails",
                "GetAccountAuthorizationDetailsResult/Policies",
                &[Field("Arn")],
                &[],
            ),
            aside("iam:GetPolicyVersion", &["PolicyArn"]),
            aside("iam:ListPolicyVersions", &["PolicyArn"]),
        ],
        deletes: &[touch("iam:DeletePolicy", &["PolicyArn"])],
        ..KIND
    },
    Kind {
        name: "iam:instance_profile",
        creates: &[Create {
            operation: "iam:CreateInstanceProfile",
            object: "CreateInstanceProfileResult/InstanceProfile",
            key: &[Param("InstanceProfileName")],
        }],
        reads: &[
            one(
                "iam:GetInstanceProfile",
                "GetInstanceProfileResult/InstanceProfile",
                &[Field("InstanceProfileName")],
                &["InstanceProfileName"],
            ),
            list(
                "iam:ListInstanceProfiles",
                "ListInstanceProfilesResult/InstanceProfiles",
                &[Field("InstanceProfileName")],
                &[],
            ),
        ],
        deletes: &[touch("iam:DeleteInstanceProfile", &["InstanceProfileName"])],
        ..KIND
    },
];

const KIND: Kind = Kind {
    name: "",
    states: None,
    absent: refusal(404, "NoSuchEntity"),
    taken: None,
    busy: None,
    late: &[],
    creates: &[],
    reads: &[],
    changes: &[],
    deletes: &[],
};
