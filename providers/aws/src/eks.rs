//! What the EKS kinds share: ids of what is inside of a cluster, tags, which hang on ARNs, and what EKS says is wrong.

pub(crate) mod updates;

use std::collections::HashMap;

use flashinfra_plans::{Live, Name, Object, OwnerMark};
use flashinfra_providers::{Class, Error, Question, Update};

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::text;
use crate::kind::marked;
use crate::tags::{TagChange, Tags, mark_pair};

/// The id of what is inside of a cluster: the cluster's name, a slash, and what tells it from others there. Names of clusters
/// have no slash.
pub(crate) fn id(cluster: &str, inside: &str) -> Name {
    format!("{cluster}/{inside}").into()
}

/// The cluster of an id, and what tells the object from others there.
///
/// # Errors
/// When it is no such id: a person typed it.
pub(crate) fn parts(id: &str) -> Result<(&str, &str), Error> {
    let parts = id.split_once('/').filter(|(cluster, inside)| !cluster.is_empty() && !inside.is_empty());
    parts.ok_or_else(|| Error::new(Class::FixInput, format!("`{id}` is no id of EKS: write CLUSTER/NAME")))
}

/// The tags of a live object.
pub(crate) fn tags(tags: Option<&HashMap<String, String>>) -> Tags {
    Tags::read(tags.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())))
}

/// Answers questions by describing each object, since EKS's lists tell names only.
pub(crate) async fn read<'q, F>(questions: &'q [Question], describe: impl Fn(&'q Question) -> F) -> Vec<Live>
where
    F: Future<Output = Result<Option<Object>, Error>>,
{
    let reads = questions.iter().map(|question| {
        let described = describe(question);
        async move {
            match described.await {
                Ok(Some(object)) => Live::Present(object),
                Ok(None) => Live::Absent,
                Err(error) => Live::Unreadable { reason: error.to_string().into() },
            }
        }
    });
    fan_out(reads.collect()).await
}

/// Finds what carries a mark in any cluster: `list` tells what there is in one, `describe` what it is.
pub(crate) async fn find<L, D>(
    aws: &Clients,
    codes: Codes,
    stack: &str,
    list: impl Fn(String) -> L,
    describe: impl Fn(Name) -> D,
) -> Result<Vec<(OwnerMark, Object)>, Error>
where
    L: Future<Output = Result<Vec<Name>, Error>>,
    D: Future<Output = Result<Option<Object>, Error>>,
{
    let clusters = aws.read.eks.list_clusters().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    let clusters = clusters.map_err(codes.read("eks:ListClusters"))?;
    let listed = fan_out(clusters.into_iter().map(list).collect()).await;
    let mut ids = Vec::new();
    for listed in listed {
        match listed {
            Ok(listed) => ids.extend(listed),
            // The cluster went in between.
            Err(error) if error.class == Class::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    let found = fan_out(ids.into_iter().map(describe).collect()).await;
    let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(marked(found.into_iter().flatten(), stack))
}

/// None when the object is not there.
pub(crate) fn or_absent<T>(described: Result<T, Error>) -> Result<Option<T>, Error> {
    match described {
        Ok(described) => Ok(Some(described)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The ARN of a live object.
///
/// # Errors
/// When EKS does not tell it.
pub(crate) fn arn(live: &Object) -> Result<&str, Error> {
    let arn = text(&live.attributes, "arn");
    arn.ok_or_else(|| Error::new(Class::Retry, format!("EKS tells no ARN of {}", live.id)))
}

/// Does what an update says about `tags`.
pub(crate) async fn update_tags(aws: &Clients, codes: Codes, arn: &str, request: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(request);
    if !set.is_empty() {
        let call = aws.write.eks.tag_resource().resource_arn(arn).set_tags(Some(set.into_iter().collect()));
        call.send().await.map_err(codes.write("eks:TagResource"))?;
    }
    if !remove.is_empty() {
        let call = aws.write.eks.untag_resource().resource_arn(arn).set_tag_keys(Some(remove));
        call.send().await.map_err(codes.write("eks:UntagResource"))?;
    }
    Ok(())
}

/// Rewrites the owner mark.
pub(crate) async fn mark(aws: &Clients, codes: Codes, arn: &str, mark: &OwnerMark) -> Result<(), Error> {
    let (key, value) = mark_pair(mark);
    let call = aws.write.eks.tag_resource().resource_arn(arn).tags(key, value);
    call.send().await.map_err(codes.write("eks:TagResource"))?;
    Ok(())
}

/// A part of an update that EKS takes as a request of its own has a token of its own.
pub(crate) fn part_token(token: &str, part: &str) -> String {
    // EKS takes 64 characters.
    format!("{}-{part}", token.chars().take(40).collect::<String>())
}

/// What EKS says is wrong with an object: a code, a sentence, and what it is about.
pub(crate) fn issue(code: Option<&str>, message: Option<&str>, about: &[String]) -> String {
    let code = code.unwrap_or("Unknown");
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    format!("{code}: {}{about}", message.unwrap_or("EKS says no more"))
}

#[cfg(test)]
mod tests {
    use super::{id, issue, part_token, parts};

    #[test]
    fn an_id_names_the_cluster_and_what_is_in_it() {
        let role = "arn:aws:iam::1:role/shop/admin";
        assert_eq!(parts(&id("main", role)).unwrap(), ("main", role));
        assert!(parts("main").is_err() && parts("/a").is_err() && parts("main/").is_err());
    }

    #[test]
    fn an_issue_says_what_it_is_about() {
        let about = ["i-1".to_owned(), "i-2".to_owned()];
        assert_eq!(
            issue(Some("NodeCreationFailure"), Some("no route"), &about),
            "NodeCreationFailure: no route (i-1, i-2)"
        );
        assert_eq!(issue(None, None, &[]), "Unknown: EKS says no more");
    }

    #[test]
    fn a_parts_token_fits_eks() {
        let token = "5f".repeat(32);
        assert_eq!(part_token(&token, "version").len(), 48);
        assert_ne!(part_token(&token, "version"), part_token(&token, "config"));
    }
}
