//! What the proxy knows of kinds of objects: which operations make, show, change and delete them, where their ids and states
//! stand, and in which words the service says that one is not there. The tables are compared with AWS's own API models in
//! the tests.

mod ec2;
mod eks;
mod elasticache;
mod iam;
mod kms;
mod logs;
mod rds;

use crate::node::Node;
use crate::operation::Params;

/// All kinds.
pub(crate) fn all() -> impl Iterator<Item = &'static Kind> {
    let tables: [&'static [Kind]; 7] =
        [ec2::KINDS, eks::KINDS, elasticache::KINDS, iam::KINDS, kms::KINDS, logs::KINDS, rds::KINDS];
    tables.into_iter().flatten()
}

/// A kind of objects.
#[derive(Debug)]
pub(crate) struct Kind {
    /// Its name in [`Options`](crate::Options): `service:kind`.
    pub(crate) name: &'static str,
    /// Its states; none when it has none or they do not matter.
    pub(crate) states: Option<States>,
    /// What a read by id is answered when there is no such object.
    pub(crate) absent: Refusal,
    /// What a create is answered while an object of that name is still being deleted; none when the service makes up its ids.
    pub(crate) taken: Option<Refusal>,
    /// What a change is answered while another one is under way; none when the service takes it.
    pub(crate) busy: Option<Refusal>,
    /// Fields that an object has only once it is ready.
    pub(crate) late: &'static [&'static str],
    /// What makes one.
    pub(crate) creates: &'static [Create],
    /// What shows it.
    pub(crate) reads: &'static [Read],
    /// What makes it busy for a while.
    pub(crate) changes: &'static [Touch],
    /// What deletes it.
    pub(crate) deletes: &'static [Touch],
}

/// The states of a kind, in the service's words.
#[derive(Debug)]
pub(crate) struct States {
    /// The field.
    pub(crate) field: &'static str,
    /// Not ready yet.
    pub(crate) creating: &'static str,
    /// Being changed; empty when a change does not show.
    pub(crate) updating: &'static str,
    /// Being deleted; empty when it is gone at once.
    pub(crate) deleting: &'static str,
    /// Gone and still shown for a while; empty when it is not.
    pub(crate) deleted: &'static str,
}

/// A refusal: status and code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

/// An operation that makes an object.
#[derive(Debug)]
pub(crate) struct Create {
    pub(crate) operation: &'static str,
    /// Where the object stands in the reply; empty when the reply is the object.
    pub(crate) object: &'static str,
    /// What tells objects apart.
    pub(crate) key: &'static [Source],
}

/// An operation that shows objects.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) operation: &'static str,
    pub(crate) shape: Shape,
    /// What tells objects apart.
    pub(crate) key: &'static [Source],
    /// The parameters that ask for certain objects; `VpcId.N` is a list. Several together name one object.
    pub(crate) by: &'static [&'static str],
    /// Whether it shows the objects themselves. If not, it only shows something about them (tags, rules), and says nothing
    /// while they are hidden.
    pub(crate) shows: bool,
}

/// An operation on objects that its parameters name.
#[derive(Debug)]
pub(crate) struct Touch {
    pub(crate) operation: &'static str,
    /// The parameters, as in [`Read::by`].
    pub(crate) by: &'static [&'static str],
    /// Where the object stands in the reply; empty when it does not.
    pub(crate) object: &'static str,
}

/// Where objects stand in a reply.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// In a list.
    List(&'static str),
    /// There is one.
    One(&'static str),
    /// Nowhere.
    Nothing,
}

/// Where a part of an object's key comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Source {
    /// A field of the object; empty when the object is a name.
    Field(&'static str),
    /// The last part of a field that holds an ARN.
    Tail(&'static str),
    /// A parameter of the request.
    Param(&'static str),
}

impl Shape {
    /// Takes the objects out of a reply; none when the place is missing.
    pub(crate) fn take(self, reply: &mut Node) -> Option<Vec<Node>> {
        match self {
            Self::List(path) => reply.take_items(path),
            Self::One(path) => reply.detach(path).map(|one| vec![one]),
            Self::Nothing => None,
        }
    }

    /// Puts objects into a reply that they were taken from.
    pub(crate) fn put(self, reply: &mut Node, objects: Vec<Node>) {
        match self {
            Self::List(path) => reply.put_items(path, objects),
            Self::One(path) => objects.into_iter().for_each(|one| reply.attach(path, one)),
            Self::Nothing => {}
        }
    }
}

/// The key of an object, without case, as RDS takes its names; none when a part is missing. `object` is where it stands in
/// `reply`.
pub(crate) fn key(sources: &[Source], reply: &Node, object: &str, params: &Params) -> Option<String> {
    let field = |name: &str| match (object, name) {
        ("", path) | (path, "") => reply.text(path),
        (object, name) => reply.text(&format!("{object}/{name}")),
    };
    let part = |source: &Source| match source {
        Source::Field(name) => field(name),
        Source::Tail(name) => Some(field(name)?.rsplit(['/', ':']).next()?.to_owned()),
        Source::Param(name) => params.get(*name).cloned(),
    };
    let parts: Option<Vec<String>> = sources.iter().map(part).collect();
    Some(parts?.join("/").to_ascii_lowercase())
}

/// The keys of the objects that a request names.
pub(crate) fn named(by: &[&str], params: &Params) -> Vec<String> {
    match by {
        [] => Vec::new(),
        [one] => values(one, params).into_iter().map(|value| value.to_ascii_lowercase()).collect(),
        several => {
            let parts: Option<Vec<&str>> = several.iter().map(|name| params.get(*name).map(String::as_str)).collect();
            parts.map(|parts| parts.join("/").to_ascii_lowercase()).into_iter().collect()
        }
    }
}

/// The values of a parameter; `VpcId.N` has one for each number.
pub(crate) fn values<'a>(name: &str, params: &'a Params) -> Vec<&'a str> {
    let Some(stem) = name.strip_suffix('N') else { return params.get(name).map(String::as_str).into_iter().collect() };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbered = params.iter().filter(|(name, _)| name.strip_prefix(stem).is_some_and(is_number));
    numbered.map(|(_, value)| value.as_str()).collect()
}

const fn refusal(status: u16, code: &'static str) -> Refusal {
    Refusal { status, code }
}

const fn list(
    operation: &'static str,
    path: &'static str,
    key: &'static [Source],
    by: &'static [&'static str],
) -> Read {
    Read { operation, shape: Shape::List(path), key, by, shows: true }
}

const fn one(operation: &'static str, path: &'static str, key: &'static [Source], by: &'static [&'static str]) -> Read {
    Read { operation, shape: Shape::One(path), key, by, shows: true }
}

/// A read of something about objects that stands in a list.
const fn about(operation: &'static str, path: &'static str, key: &'static [Source]) -> Read {
    Read { operation, shape: Shape::List(path), key, by: &[], shows: false }
}

/// A read of something about one object, which the request names.
const fn aside(operation: &'static str, by: &'static [&'static str]) -> Read {
    Read { operation, shape: Shape::Nothing, key: &[], by, shows: false }
}

const fn touch(operation: &'static str, by: &'static [&'static str]) -> Touch {
    Touch { operation, by, object: "" }
}

const TAGGED: Read = about("tagging:GetResources", "ResourceTagMappingList", &[Source::Tail("ResourceARN")]);

#[cfg(test)]
mod tests;
