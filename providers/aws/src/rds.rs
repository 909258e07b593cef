//! What the RDS kinds share: tags, which hang on ARNs.

use aws_sdk_rds::types::Tag;
use flashinfra_plans::{Object, OwnerMark};
use flashinfra_providers::{Error, Update};

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::text;
use crate::named::tags_on_arns;
use crate::tags::{Pair, TagChange, Tags, mark_pair, tagged};

/// The most that RDS puts on one page.
pub(crate) const PAGE: i32 = 100;

tags_on_arns!(rds, Tag, "rds:ListTagsForResource", "rds:AddTagsToResource", "rds:RemoveTagsFromResource");
