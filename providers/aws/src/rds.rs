//! What the RDS kinds share: tags, which hang on ARNs.

use aws_sdk_rds::types::Tag;
use flashinfra_plans::OwnerMark;
use flashinfra_providers::{Error, Update};

use crate::clients::Clients;
use crate::error::Codes;
use crate::tags::{Pair, TagChange, Tags, mark_pair};

/// Tags to be sent.
pub(crate) fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of a live object.
pub(crate) fn tags(tags: &[Tag]) -> Tags {
    Tags::read(tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default()))))
}

/// Does what an update says about `tags`.
pub(crate) async fn update_tags(aws: &Clients, codes: Codes, arn: &str, update: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(update);
    if !set.is_empty() {
        let call = aws.write.rds.add_tags_to_resource().resource_name(arn).set_tags(Some(to_tags(set)));
        call.send().await.map_err(codes.write("rds:AddTagsToResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.write.rds.remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(remove));
        call.send().await.map_err(codes.write("rds:RemoveTagsFromResource"))?;
    }
    Ok(())
}

/// Rewrites the owner mark.
pub(crate) async fn mark(aws: &Clients, codes: Codes, arn: &str, mark: &OwnerMark) -> Result<(), Error> {
    let tags = to_tags([mark_pair(mark)]);
    let call = aws.write.rds.add_tags_to_resource().resource_name(arn).set_tags(Some(tags));
    call.send().await.map_err(codes.write("rds:AddTagsToResource"))?;
    Ok(())
}
