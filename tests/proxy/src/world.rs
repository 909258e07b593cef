//! What the proxy remembers of objects, so that they come and go as slowly as real ones.

mod life;
mod show;

use std::collections::BTreeMap;

use crate::kinds::{self, Kind, Read, Shape, Source, Touch};
use crate::node::Node;
use crate::operation::Params;
use crate::options::{Options, Pace};
use crate::reply::Reply;
use crate::request::Request;
use life::{Ghost, Life, Seen};

/// An object: its kind, and its region and key.
type Id = (&'static str, String);

/// The objects that are not, or no longer, as the server shows them.
#[derive(Debug)]
pub(crate) struct World {
    pace: Pace,
    paces: BTreeMap<String, Pace>,
    lives: BTreeMap<Id, Life>,
}

/// A read of the proxy's own, before an object is deleted.
#[derive(Debug)]
pub(crate) struct Probe {
    kind: &'static Kind,
    read: &'static Read,
    key: String,
    /// What to send.
    pub(crate) request: Request,
}

/// What a probe found: an object as it was before its delete, in one kind of reply.
#[derive(Debug)]
pub(crate) struct Snapshot {
    kind: &'static str,
    key: String,
    seen: Seen,
}

impl World {
    pub(crate) fn new(options: &Options) -> Self {
        Self { pace: options.pace, paces: options.paces.clone(), lives: BTreeMap::new() }
    }

    /// The same, with no objects in it.
    pub(crate) fn afresh(&self) -> Self {
        Self { pace: self.pace, paces: self.paces.clone(), lives: BTreeMap::new() }
    }

    fn pace(&self, kind: &Kind) -> Pace {
        self.paces.get(kind.name).copied().unwrap_or(self.pace)
    }

    /// What a call is answered that does not get as far as the server: a read of a hidden object, a change of a busy one, a
    /// create of one that is still being deleted.
    pub(crate) fn refuse(&mut self, request: &Request) -> Option<Reply> {
        kinds::all().filter(|kind| is_of(kind, request)).find_map(|kind| {
            self.refuse_read(kind, request)
                .or_else(|| self.refuse_change(kind, request))
                .or_else(|| self.refuse_create(kind, request))
        })
    }

    fn refuse_read(&mut self, kind: &'static Kind, request: &Request) -> Option<Reply> {
        let read = kind.reads.iter().find(|read| read.operation == request.name)?;
        let hidden = kinds::named(read.by, &request.params)
            .into_iter()
            .find(|key| self.lives.get_mut(&id(kind, request, key)).is_some_and(Life::hides));
        let message = format!("The {} '{}' does not exist", kind.name, hidden?);
        Some(Reply::refusal(&request.operation, kind.absent.status, kind.absent.code, &message))
    }

    fn refuse_change(&self, kind: &'static Kind, request: &Request) -> Option<Reply> {
        let busy = kind.busy?;
        let change = kind.changes.iter().find(|change| change.operation == request.name)?;
        let mut keys = kinds::named(change.by, &request.params).into_iter();
        let key = keys.find(|key| self.lives.get(&id(kind, request, key)).is_some_and(Life::is_busy))?;
        let message = format!("The {} '{key}' currently has an operation in progress", kind.name);
        Some(Reply::refusal(&request.operation, busy.status, busy.code, &message))
    }

    fn refuse_create(&self, kind: &'static Kind, request: &Request) -> Option<Reply> {
        let taken = kind.taken?;
        let create = kind.creates.iter().find(|create| create.operation == request.name)?;
        let given = create.key.iter().map(|source| match source {
            Source::Param(name) => request.params.get(*name).map(String::as_str),
            Source::Field(_) | Source::Tail(_) => None,
        });
        let key = given.collect::<Option<Vec<_>>>()?.join("/").to_ascii_lowercase();
        let life = self.lives.get(&id(kind, request, &key))?;
        life.is_being_deleted().then(|| {
            let message = format!("The {} '{key}' already exists: it is being deleted", kind.name);
            Reply::refusal(&request.operation, taken.status, taken.code, &message)
        })
    }

    /// What to read before a delete is sent, so that what is deleted can still be shown.
    pub(crate) fn probes(&self, request: &Request) -> Vec<Probe> {
        let mut probes = Vec::new();
        for (kind, delete) in deletes(request) {
            let pace = self.pace(kind);
            if pace.deleting == 0 && pace.listed == 0 {
                continue;
            }
            for read in kind.reads.iter().filter(|read| read.shows) {
                let asked = match read.by {
                    [] => vec![(kinds::named(delete.by, &request.params), request.params.clone())],
                    [by] => kinds::values(delete.by.first().copied().unwrap_or_default(), &request.params)
                        .into_iter()
                        .map(|value| (vec![value.to_ascii_lowercase()], one(by, value)))
                        .collect(),
                    _ => vec![(kinds::named(delete.by, &request.params), request.params.clone())],
                };
                for (keys, params) in asked {
                    let sent = request.like(read.operation, &params);
                    let probe = |key| Some(Probe { kind, read, key, request: sent.clone()? });
                    probes.extend(keys.into_iter().filter_map(probe));
                }
            }
        }
        probes
    }

    /// Learns from a reply of the server, and rewrites it to what the client is to see.
    pub(crate) fn rewrite(&mut self, request: &Request, reply: Reply, snapshots: Vec<Snapshot>) -> Reply {
        let kinds: Vec<&'static Kind> = kinds::all().filter(|kind| is_of(kind, request)).collect();
        let Some(format) = request.operation.protocol.format().filter(|_| !kinds.is_empty()) else { return reply };
        // Some creates and deletes are answered with nothing but their status.
        let nothing = || reply.body.is_empty().then(|| Node::empty(format));
        let Some(mut document) = Node::read(format, &reply.body).or_else(nothing) else { return reply };
        if !reply.is_success() {
            let ghost = kinds.iter().find_map(|kind| self.show_instead_of_error(kind, request));
            return ghost.map_or(reply.clone(), |document| Reply { status: 200, ..reply.with_body(&document) });
        }
        let before = document.clone();
        for kind in kinds {
            self.learn_create(kind, request, &mut document);
            self.learn_change(kind, request);
            self.learn_delete(kind, request, &mut document, &snapshots);
            self.show(kind, request, &mut document);
        }
        if document == before { reply } else { reply.with_body(&document) }
    }

    fn learn_create(&mut self, kind: &'static Kind, request: &Request, reply: &mut Node) {
        let Some(create) = kind.creates.iter().find(|create| create.operation == request.name) else { return };
        let Some(key) = kinds::key(create.key, reply, create.object, &request.params) else { return };
        let pace = self.pace(kind);
        let life = Life::new(&pace, kind);
        if life.creating > 0
            && let Some(states) = &kind.states
        {
            reply.replace(&below(create.object, states.field), states.creating);
            for late in kind.late {
                reply.detach(&below(create.object, late));
            }
        }
        self.lives.insert(id(kind, request, &key), life);
    }

    fn learn_change(&mut self, kind: &'static Kind, request: &Request) {
        let Some(change) = kind.changes.iter().find(|change| change.operation == request.name) else { return };
        let updating = self.pace(kind).updating;
        for key in kinds::named(change.by, &request.params) {
            self.lives.entry(id(kind, request, &key)).or_default().updating = updating;
        }
    }

    fn learn_delete(&mut self, kind: &'static Kind, request: &Request, reply: &mut Node, snapshots: &[Snapshot]) {
        let Some(delete) = kind.deletes.iter().find(|delete| delete.operation == request.name) else { return };
        let pace = self.pace(kind);
        for key in kinds::named(delete.by, &request.params) {
            let of_it = snapshots.iter().filter(|snapshot| snapshot.kind == kind.name && snapshot.key == key);
            let seen = of_it.map(|snapshot| snapshot.seen.clone()).collect();
            let ghost = Ghost::new(&pace, kind, seen);
            if ghost.deleting > 0
                && let Some(states) = &kind.states
            {
                reply.replace(&below(delete.object, states.field), states.deleting);
            }
            self.lives.insert(id(kind, request, &key), Life { ghost: Some(ghost), ..Life::default() });
        }
    }
}

impl Probe {
    /// What the server's reply to this probe tells; none when the object is not in it.
    pub(crate) fn snapshot(&self, reply: &Reply) -> Option<Snapshot> {
        let format = self.request.operation.protocol.format().filter(|_| reply.is_success())?;
        let mut frame = Node::read(format, &reply.body)?;
        let objects = self.read.shape.take(&mut frame)?;
        let is_it =
            |object: &Node| kinds::key(self.read.key, object, "", &self.request.params).as_ref() == Some(&self.key);
        let object = objects.into_iter().find(is_it)?;
        let seen = Seen { operation: self.read.operation, frame, object };
        Some(Snapshot { kind: self.kind.name, key: self.key.clone(), seen })
    }
}

/// The parameters that ask for one object.
fn one(by: &str, value: &str) -> Params {
    let name = by.strip_suffix('N').map_or_else(|| by.to_owned(), |stem| format!("{stem}1"));
    [(name, value.to_owned())].into()
}

fn deletes(request: &Request) -> impl Iterator<Item = (&'static Kind, &'static Touch)> {
    let delete = |kind: &'static Kind| {
        let delete = kind.deletes.iter().find(|delete| delete.operation == request.name)?;
        Some((kind, delete))
    };
    kinds::all().filter_map(delete)
}

/// Whether a request has anything to do with a kind.
fn is_of(kind: &'static Kind, request: &Request) -> bool {
    let name = request.name.as_str();
    kind.creates.iter().any(|create| create.operation == name)
        || kind.reads.iter().any(|read| read.operation == name)
        || kind.changes.iter().chain(kind.deletes).any(|touch| touch.operation == name)
}

fn id(kind: &'static Kind, request: &Request, key: &str) -> Id {
    // IAM is signed for one region, wherever it is called from; other names may be there once in each region.
    (kind.name, format!("{}/{key}", request.operation.region))
}

fn below(object: &str, field: &str) -> String {
    if object.is_empty() { field.to_owned() } else { format!("{object}/{field}") }
}

impl Shape {
    /// Whether objects stand in a list of which there may be several.
    fn is_list(self) -> bool {
        matches!(self, Self::List(_))
    }
}
