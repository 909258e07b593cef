//! A bucket's tags, which S3 takes as a whole only.

use aws_sdk_s3::types::{Tag, Tagging};
use flashinfra_plans::{Map, OwnerMark};
use flashinfra_providers::{Error, Update};

use super::CODES;
use crate::clients::Clients;
use crate::tags::{Pair, TagChange, at_create, mark_pair};

/// Tags to be sent. A pair has key and value, which is all that building one can lack.
pub(super) fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<Tag> {
    pairs.into_iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// The tags of a bucket.
///
/// # Errors
/// [`Class::NotFound`](flashinfra_providers::Class) when there is no such bucket.
pub(super) async fn get(aws: &Clients, bucket: &str) -> Result<Vec<Pair>, Error> {
    let answer = aws.read.s3.get_bucket_tagging().bucket(bucket).send().await;
    match answer.map_err(CODES.read("s3:GetBucketTagging")) {
        Ok(answer) => Ok(answer.tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()),
        Err(error) if error.code == "NoSuchTagSet" => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Makes sure that a new bucket has the tags that its create was sent: S3 takes them there since 2025, and what stands in for it may
/// not know.
pub(super) async fn put_at_create(
    aws: &Clients,
    bucket: &str,
    attributes: &Map,
    mark: &OwnerMark,
) -> Result<(), Error> {
    let sent = at_create(attributes, mark);
    let there = get(aws, bucket).await?;
    if sent.iter().all(|pair| there.contains(pair)) { Ok(()) } else { put(aws, bucket, merged(there, sent, &[])).await }
}

/// Does what an update says about `tags`.
pub(super) async fn update(aws: &Clients, request: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(request);
    if set.is_empty() && remove.is_empty() {
        return Ok(());
    }
    let there = get(aws, &request.id).await?;
    put(aws, &request.id, merged(there, set, &remove)).await
}

/// Rewrites the owner mark.
pub(super) async fn mark(aws: &Clients, bucket: &str, mark: &OwnerMark) -> Result<(), Error> {
    let there = get(aws, bucket).await?;
    put(aws, bucket, merged(there, vec![mark_pair(mark)], &[])).await
}

/// The tags that are there, without those that go and with those that come. AWS's own are sent along: S3 refuses to lose them.
fn merged(there: Vec<Pair>, set: Vec<Pair>, remove: &[String]) -> Vec<Pair> {
    let stays = |(key, _): &Pair| !remove.contains(key) && !set.iter().any(|(new, _)| new == key);
    let mut tags: Vec<Pair> = there.into_iter().filter(stays).collect();
    tags.extend(set);
    tags
}

async fn put(aws: &Clients, bucket: &str, tags: Vec<Pair>) -> Result<(), Error> {
    // The set is there, which is all that building can lack.
    let Ok(tagging) = Tagging::builder().set_tag_set(Some(to_tags(tags))).build() else { return Ok(()) };
    let call = aws.write.s3.put_bucket_tagging().bucket(bucket).tagging(tagging);
    call.send().await.map_err(CODES.write("s3:PutBucketTagging"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::merged;

    #[test]
    fn tags_of_others_stay_when_all_are_sent() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let there = vec![pair("Theirs", "1"), pair("Name", "old"), pair("Gone", "x")];
        let tags = merged(there, vec![pair("Name", "new")], &["Gone".to_owned()]);
        assert_eq!(tags, [pair("Theirs", "1"), pair("Name", "new")]);
    }
}
