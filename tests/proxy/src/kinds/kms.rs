//! KMS. A key is deleted days later, and until then it is there: nothing here deletes one. Aliases go at once.

use super::Source::{Field, Param};
use super::{Create, Kind, TAGGED, aside, list, one, refusal, touch};

pub(super) const KINDS: &[Kind] = &[KEY, ALIAS];

const KEY: Kind = Kind {
    name: "kms:key",
    states: None,
    absent: refusal(400, "NotFoundException"),
    taken: None,
    busy: None,
    late: &[],
    creates: &[Create { operation: "kms:CreateKey", object: "KeyMetadata", key: &[Field("KeyId")] }],
    reads: &[
        one("kms:DescribeKey", "KeyMetadata", &[Field("KeyId")], &["KeyId"]),
        list("kms:ListKeys", "Keys", &[Field("KeyId")], &[]),
        aside("kms:GetKeyPolicy", &["KeyId"]),
        aside("kms:GetKeyRotationStatus", &["KeyId"]),
        aside("kms:ListResourceTags", &["KeyId"]),
        TAGGED,
    ],
    changes: &[],
    deletes: &[],
};

const ALIAS: Kind = Kind {
    name: "kms:alias",
    states: None,
    absent: refusal(400, "NotFoundException"),
    taken: None,
    busy: None,
    late: &[],
    creates: &[Create { operation: "kms:CreateAlias", object: "", key: &[Param("AliasName")] }],
    reads: &[list("kms:ListAliases", "Aliases", &[Field("AliasName")], &[])],
    changes: &[],
    deletes: &[touch("kms:DeleteAlias", &["AliasName"])],
};
