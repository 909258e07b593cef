//! What the Route 53 kinds share: ids, tags, and when a change is everywhere.

use std::time::{Duration, Instant};

use aws_sdk_route53::types::{ChangeInfo, ChangeStatus, Tag, TagResourceType};
use flashinfra_providers::Error;

use crate::clients::{Clients, LOCAL_PAUSE};
use crate::error::Codes;
use crate::tags::Pair;

/// The most zones whose tags one call tells (Route 53 API reference, ListTagsForResources).
const TAGGED: usize = 10;

/// For how long a call waits until a change is on all name servers. Route 53 says "within 60 seconds"; what takes longer goes on without
/// us.
const IN_SYNC: Duration = Duration::from_secs(75);

/// The pause between two looks at a change.
const PAUSE: Duration = Duration::from_secs(3);

/// An id without the path that some answers put before it: `/hostedzone/Z1`.
pub(crate) fn bare(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// A name as it is written by people: without the dot at the end, and `*` instead of `\052`.
pub(crate) fn readable(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.replace("\\052", "*")
}

/// The tags of zones, by their ids, which are there.
pub(crate) async fn tags(aws: &Clients, codes: Codes, zones: &[String]) -> Result<Vec<(String, Vec<Pair>)>, Error> {
    let mut found = Vec::new();
    for zones in zones.chunks(TAGGED) {
        let call = aws.read.route53.list_tags_for_resources().resource_type(TagResourceType::Hostedzone);
        let answer = call.set_resource_ids(Some(zones.to_vec())).send().await;
        let answer = answer.map_err(codes.read("route53:ListTagsForResources"))?;
        found.extend(answer.resource_tag_sets().iter().filter_map(|set| {
            let tags =
                set.tags().iter().filter_map(|tag| Some((tag.key()?.into(), tag.value().unwrap_or_default().into())));
            Some((set.resource_id()?.to_owned(), tags.collect()))
        }));
    }
    Ok(found)
}

/// Changes the tags of a zone.
pub(crate) async fn change_tags(
    aws: &Clients,
    codes: Codes,
    zone: &str,
    set: Vec<Pair>,
    remove: Vec<String>,
) -> Result<(), Error> {
    if set.is_empty() && remove.is_empty() {
        return Ok(());
    }
    let tags: Vec<Tag> = set.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    let call = aws.write.route53.change_tags_for_resource().resource_type(TagResourceType::Hostedzone);
    let call = call.resource_id(zone).set_add_tags(Some(tags).filter(|tags| !tags.is_empty()));
    let call = call.set_remove_tag_keys(Some(remove).filter(|keys| !keys.is_empty()));
    call.send().await.map_err(codes.write("route53:ChangeTagsForResource"))?;
    Ok(())
}

/// Waits until a change is on all name servers, as far as that can be known: who may not look does not wait.
pub(crate) async fn in_sync(aws: &Clients, change: Option<&ChangeInfo>) {
    let Some(change) = change.filter(|change| *change.status() == ChangeStatus::Pending) else { return };
    let pause = if aws.is_local() { LOCAL_PAUSE } else { PAUSE };
    let start = Instant::now();
    while start.elapsed() < IN_SYNC {
        tokio::time::sleep(pause).await;
        let Ok(answer) = aws.read.route53.get_change().id(bare(change.id())).send().await else { return };
        if answer.change_info().is_none_or(|change| *change.status() != ChangeStatus::Pending) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bare, readable};

    #[test]
    fn ids_and_names_are_read_without_their_dress() {
        assert_eq!((bare("/hostedzone/Z1"), bare("Z1")), ("Z1", "Z1"));
        assert_eq!(readable("\\052.example.com."), "*.example.com");
    }
}
