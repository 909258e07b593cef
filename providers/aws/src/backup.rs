//! What the kinds of AWS Backup share: tags, which hang on ARNs, and tokens.

use std::collections::HashMap;

use aws_sdk_backup::operation::list_tags::ListTagsOutput;
use flashinfra_plans::{Object, OwnerMark};
use flashinfra_providers::{Error, Update};

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::text;
use crate::tags::{Pair, TagChange, Tags, mark_pair, tagged};

/// The most that AWS Backup puts on one page.
pub(crate) const PAGE: i32 = 1000;

/// The longest request id that AWS Backup takes (AWS Backup API reference, CreateBackupPlan).
const REQUEST_ID: usize = 50;

/// A client token as AWS Backup takes it. What is left of a hash tells requests apart as well.
pub(crate) fn request_id(token: &str) -> String {
    token.chars().take(REQUEST_ID).collect()
}

/// Tags to be sent.
pub(crate) fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> HashMap<String, String> {
    pairs.into_iter().collect()
}

/// Each object with the tags of its ARN, and why they could not be read, if they could not.
pub(crate) async fn with_tags(aws: &Clients, codes: Codes, objects: Vec<Object>) -> Vec<(Object, Option<Error>)> {
    let read = objects.into_iter().map(|object| async move {
        let arn = text(&object.attributes, "arn").unwrap_or_default();
        let pages = aws.read.backup.list_tags().resource_arn(arn).into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await.map_err(codes.read("backup:ListTags"));
        tagged(object, pages.map(|pages| tags(&pages)))
    });
    fan_out(read.collect()).await
}

fn tags(pages: &[ListTagsOutput]) -> Tags {
    let pairs = pages.iter().filter_map(ListTagsOutput::tags).flatten();
    Tags::read(pairs.map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Does what an update says about `tags`.
pub(crate) async fn update_tags(aws: &Clients, codes: Codes, arn: &str, update: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(update);
    if !set.is_empty() {
        let call = aws.write.backup.tag_resource().resource_arn(arn).set_tags(Some(to_tags(set)));
        call.send().await.map_err(codes.write("backup:TagResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.write.backup.untag_resource().resource_arn(arn).set_tag_key_list(Some(remove));
        call.send().await.map_err(codes.write("backup:UntagResource"))?;
    }
    Ok(())
}

/// Rewrites the owner mark.
pub(crate) async fn mark(aws: &Clients, codes: Codes, arn: &str, mark: &OwnerMark) -> Result<(), Error> {
    let call = aws.write.backup.tag_resource().resource_arn(arn).set_tags(Some(to_tags([mark_pair(mark)])));
    call.send().await.map_err(codes.write("backup:TagResource"))?;
    Ok(())
}
