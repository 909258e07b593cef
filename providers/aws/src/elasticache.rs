//! What the ElastiCache kinds share: tags, which hang on ARNs and take a call for each object.

use aws_sdk_elasticache::types::Tag;
use flashinfra_plans::{Name, Object, OwnerMark};
use flashinfra_providers::{Error, Update};

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::text;
use crate::tags::{Pair, TagChange, Tags, mark_pair};

/// The most that ElastiCache puts on one page.
pub(crate) const PAGE: i32 = 100;

/// The description of an object that declares none; ElastiCache demands one.
pub(crate) const DESCRIPTION: &str = "Made by flashinfra";

/// Tags to be sent.
pub(crate) fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<Tag> {
    pairs.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// Each object with its tags, or with why they could not be read.
pub(crate) async fn with_tags(aws: &Clients, codes: Codes, objects: Vec<Object>) -> Vec<(Object, Option<Error>)> {
    let tagged = objects.into_iter().map(|mut object| async move {
        let arn = text(&object.attributes, "arn").unwrap_or_default();
        let listed = aws.read.elasticache.list_tags_for_resource().resource_name(arn).send().await;
        match listed.map_err(codes.read("elasticache:ListTagsForResource")) {
            Ok(listed) => {
                let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()));
                let pairs: Vec<Pair> = listed.tag_list().iter().filter_map(pair).collect();
                let tags = Tags::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
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
        let call = aws.write.elasticache.add_tags_to_resource().resource_name(arn).set_tags(Some(to_tags(set)));
        call.send().await.map_err(codes.write("elasticache:AddTagsToResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.write.elasticache.remove_tags_from_resource().resource_name(arn).set_tag_keys(Some(remove));
        call.send().await.map_err(codes.write("elasticache:RemoveTagsFromResource"))?;
    }
    Ok(())
}

/// Rewrites the owner mark.
pub(crate) async fn mark(aws: &Clients, codes: Codes, arn: &str, mark: &OwnerMark) -> Result<(), Error> {
    let tags = to_tags([mark_pair(mark)]);
    let call = aws.write.elasticache.add_tags_to_resource().resource_name(arn).set_tags(Some(tags));
    call.send().await.map_err(codes.write("elasticache:AddTagsToResource"))?;
    Ok(())
}
