//! What the RDS kinds share: tags, which hang on ARNs.

use aws_sdk_rds::types::Tag;
use flashinfra_plans::{Name, Object, OwnerMark};
use flashinfra_providers::{Error, Update};

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
pub(crate) use crate::named::{all_read, in_lower_case, only};
use crate::tags::{Pair, TagChange, Tags, mark_pair};

/// Tags to be sent.
pub(crate) fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// The tags of a live object.
pub(crate) fn tags(tags: &[Tag]) -> Tags {
    Tags::read(tags.iter().filter_map(|tag| Some((tag.key()?, tag.value().unwrap_or_default()))))
}

/// Each object with the tags of its ARN, and why they could not be read, if they could not.
pub(crate) async fn with_tags(
    aws: &Clients,
    codes: Codes,
    objects: Vec<(Object, String)>,
) -> Vec<(Object, Option<Error>)> {
    let tagged = objects.into_iter().map(|(mut object, arn)| async move {
        let listed = aws.read.rds.list_tags_for_resource().resource_name(arn).send().await;
        match listed.map_err(codes.read("rds:ListTagsForResource")) {
            Ok(listed) => {
                let tags = tags(listed.tag_list());
                object.attributes = object.attributes.with("tags", tags.attribute.into());
                object.owner = tags.owner;
                object.managed_by = tags.managed_by;
                (object, None)
            }
            Err(error) => {
                object.unverified.push(Name::new_static("tags"));
                (object, Some(error))
            }
        }
    });
    fan_out(tagged.collect()).await
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
