//! What the IAM kinds share: tags, documents, and ARNs, which are made of account, path and name.

use aws_sdk_iam::types::Tag;
use flashinfra_providers::Error;
use percent_encoding::percent_decode_str;

use crate::clients::Clients;
use crate::tags::{Pair, Tags};

/// The most that IAM puts on one page.
pub(crate) const PAGE: i32 = 1000;

/// Tags as IAM takes them. A pair has key and value, which is all that building one can lack.
pub(crate) fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<Tag> {
    pairs.into_iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

/// The tags of a live object.
pub(crate) fn tags(tags: &[Tag]) -> Tags {
    Tags::read(tags.iter().map(|tag| (tag.key(), tag.value())))
}

/// A policy document as it was written: IAM answers documents in URL encoding (IAM API reference, GetRole).
pub(crate) fn decoded(document: &str) -> String {
    percent_decode_str(document).decode_utf8_lossy().into_owned()
}

/// The ARN of an object of the account: `policy/shop/reader`. IAM is global, so there is no region in it.
///
/// # Errors
/// When nobody can tell the account.
pub(crate) async fn arn(aws: &Clients, resource: &str) -> Result<String, Error> {
    let identity = aws.identity().await?;
    Ok(format!("arn:{}:iam::{}:{resource}", identity.partition(), identity.account))
}
