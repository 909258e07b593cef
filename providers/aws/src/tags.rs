//! Tags: the owner mark among them, what is ours, and what AWS put there.

use flashinfra_plans::{Map, Name, OwnerMark, Value};
use flashinfra_providers::Update;

use crate::fields::block;

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

/// What an update does to the tags.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TagChange {
    pub(crate) set: Vec<Pair>,
    pub(crate) remove: Vec<String>,
}

impl TagChange {
    /// What `tags` among the changed attributes means: set what differs, remove what was ours and is declared no more.
    pub(crate) fn of(update: &Update) -> Self {
        if !update.changed.iter().any(|name| name == "tags") {
            return Self::default();
        }
        let (before, after) = (declared(&update.before), declared(&update.inputs.attributes));
        let is_declared = |key: &String| after.iter().any(|(declared, _)| declared == key);
        let remove = before.iter().map(|(key, _)| key).filter(|key| !is_declared(key)).cloned().collect();
        let set = after.iter().filter(|pair| !before.contains(pair)).cloned().collect();
        Self { set, remove }
    }
}

fn declared(attributes: &Map) -> Vec<Pair> {
    let tags = block(attributes, "tags").into_iter().flat_map(Map::iter);
    tags.filter_map(|(key, value)| Some((key.to_string(), value.as_text()?.to_owned()))).collect()
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
