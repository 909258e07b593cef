//! Tags: the owner mark among them, what is ours, and what AWS put there.

use flashinfra_plans::{Map, Name, Object, OwnerMark, Value};
use flashinfra_providers::{Error, Update};

use crate::fields::{MapChange, block, texts_of};

/// The key of the tag that holds the owner mark. It is no part of the `tags` attribute.
pub(crate) const MARK: &str = "flashinfra";

/// Tags by which AWS's own services say that they make and remove an object. Such an object is nobody's to take over.
const MANAGED: [&str; 5] = [
    "aws:cloudformation:stack-name",
    "aws:autoscaling:groupName",
    "aws:eks:cluster-name",
    "aws:backup:source-resource",
    "aws:servicecatalog:provisioningPrincipalArn",
];

/// A tag as all services have it.
pub(crate) type Pair = (String, String);

/// The tags of a live object, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags {
    /// The `tags` attribute: without the owner mark and without AWS's own.
    pub(crate) attribute: Map,
    /// The owner mark.
    pub(crate) owner: Option<OwnerMark>,
    /// Which service manages the object.
    pub(crate) managed_by: Option<Name>,
}

impl Tags {
    /// Takes the tags of a live object apart.
    pub(crate) fn read<'a>(tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut read = Self::default();
        let mut own = Vec::new();
        for (key, value) in tags {
            if key == MARK {
                read.owner = OwnerMark::parse(value);
            } else if key.starts_with("aws:") {
                if MANAGED.contains(&key) {
                    read.managed_by = Some(format!("{key}={value}").into());
                }
            } else {
                own.push((Name::from(key), Value::from(value)));
            }
        }
        read.attribute = own.into_iter().collect();
        read
    }
}

/// A live object with the tags that a call of their own told, and why it did not, if it did not.
pub(crate) fn tagged(object: Object, told: Result<Tags, Error>) -> (Object, Option<Error>) {
    match told {
        Ok(Tags { attribute, owner, managed_by }) => {
            let attributes = object.attributes.with("tags", attribute.into());
            (Object { attributes, owner, managed_by, ..object }, None)
        }
        Err(error) => {
            let unverified = object.unverified.into_iter().chain([Name::new_static("tags")]).collect();
            (Object { unverified, ..object }, Some(error))
        }
    }
}

/// The tags that a create sends: the declared ones and the mark.
pub(crate) fn at_create(attributes: &Map, mark: &OwnerMark) -> Vec<Pair> {
    let mut tags = declared(attributes);
    tags.push(mark_pair(mark));
    tags
}

/// The owner mark as a tag.
pub(crate) fn mark_pair(mark: &OwnerMark) -> Pair {
    (MARK.to_owned(), mark.to_text())
}

/// What an update does to the tags: sets what differs, and removes what was ours and is declared no more.
pub(crate) type TagChange = MapChange;

impl TagChange {
    /// What `tags` among the changed attributes means.
    pub(crate) fn of(update: &Update) -> Self {
        match update.changed.iter().any(|name| name == "tags") {
            true => Self::between(block(&update.before, "tags"), block(&update.inputs.attributes, "tags")),
            false => Self::default(),
        }
    }
}

fn declared(attributes: &Map) -> Vec<Pair> {
    texts_of(block(attributes, "tags").into_iter().flat_map(Map::iter))
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, OwnerMark, map};
    use flashinfra_providers::{Inputs, Update};

    use super::{TagChange, Tags};

    fn mark() -> OwnerMark {
        let address = Address::parse("aws.vpc/network.main").unwrap();
        OwnerMark { stack: "c5b0".into(), address, generation: 2 }
    }

    #[test]
    fn the_mark_and_awss_own_tags_are_no_part_of_the_attribute() {
        let text = mark().to_text();
        let tags = Tags::read([("Name", "main"), ("flashinfra", &text), ("aws:cloudformation:stack-name", "old")]);
        assert_eq!(tags.attribute, map! { "Name" => "main" });
        assert_eq!(tags.owner, Some(mark()));
        assert_eq!(tags.managed_by.as_deref(), Some("aws:cloudformation:stack-name=old"));
    }

    #[test]
    fn an_update_sets_what_differs_and_removes_what_was_ours() {
        let update = Update {
            kind: "aws.vpc".into(),
            id: "vpc-1".into(),
            mark: mark(),
            changed: vec!["tags".into()],
            before: map! { "tags" => map! { "Name" => "main", "Old" => "1", "Same" => "x" } },
            inputs: Inputs {
                attributes: map! { "tags" => map! { "Name" => "other", "New" => "2", "Same" => "x" } },
                ..Inputs::default()
            },
            token: "t".into(),
        };
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let change = TagChange::of(&update);
        assert_eq!(change.set, [pair("Name", "other"), pair("New", "2")]);
        assert_eq!(change.remove, ["Old"]);
        assert_eq!(TagChange::of(&Update { changed: vec![], ..update }), TagChange::default());
    }
}
