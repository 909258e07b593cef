//! What the ElastiCache kinds share: tags, which hang on ARNs and take a call for each object.

use aws_sdk_elasticache::types::Tag;
use flashinfra_plans::{Object, OwnerMark};
use flashinfra_providers::{Error, Update};

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::text;
use crate::named::tags_on_arns;
use crate::tags::{Pair, TagChange, Tags, mark_pair, tagged};

/// The most that ElastiCache puts on one page.
pub(crate) const PAGE: i32 = 100;

tags_on_arns!(
    elasticache,
    Tag,
    "elasticache:ListTagsForResource",
    "elasticache:AddTagsToResource",
    "elasticache:RemoveTagsFromResource"
);
