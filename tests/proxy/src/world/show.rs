//! What a read shows.

use std::collections::BTreeMap;

use super::life::{Ghost, Look};
use super::{World, id};
use crate::filters;
use crate::kinds::{self, Kind, Read};
use crate::node::Node;
use crate::request::Request;

impl World {
    /// Rewrites a successful reply: hides what is hidden, holds back states, and adds what is being deleted.
    pub(super) fn show(&mut self, kind: &'static Kind, request: &Request, reply: &mut Node) {
        for read in kind.reads.iter().filter(|read| read.operation == request.name) {
            let Some(objects) = read.shape.take(reply) else { continue };
            let mut looks = BTreeMap::new();
            let mut shown = Vec::new();
            for mut object in objects {
                let look = match kinds::key(read.key, &object, "", &request.params) {
                    Some(key) => *looks.entry(key).or_insert_with_key(|key| self.look(kind, read, request, key)),
                    None => Look::Plain,
                };
                // A reply with one object has that object: it was hidden only after the call had passed.
                let look = if look == Look::Hidden && !read.shape.is_list() { Look::Plain } else { look };
                if rewrite(kind, read, request, &mut object, look) {
                    shown.push(object);
                }
            }
            if read.shows && read.shape.is_list() {
                shown.extend(self.ghosts(kind, read, request, &looks));
            }
            read.shape.put(reply, shown);
        }
    }

    /// How an object shows that the server has put into a reply.
    fn look(&mut self, kind: &'static Kind, read: &Read, request: &Request, key: &str) -> Look {
        match self.lives.get_mut(&id(kind, request, key)) {
            Some(life) if read.shows => life.look(),
            Some(life) => {
                if life.hides() {
                    Look::Hidden
                } else {
                    Look::Plain
                }
            }
            None => Look::Plain,
        }
    }

    /// The deleted objects that a list still has although the server does not.
    fn ghosts(
        &mut self,
        kind: &'static Kind,
        read: &'static Read,
        request: &Request,
        there: &BTreeMap<String, Look>,
    ) -> Vec<Node> {
        let prefix = id(kind, request, "");
        let of_kind = self.lives.iter_mut().filter(|((name, key), _)| *name == prefix.0 && key.starts_with(&prefix.1));
        let gone = of_kind.filter_map(|((_, key), life)| Some((&key[prefix.1.len()..], life.ghost.as_mut()?)));
        let absent = gone.filter(|(key, _)| !there.contains_key(*key));
        absent.filter_map(|(key, ghost)| ghost.in_list(kind, read, request, key)).collect()
    }

    /// The reply to a read by id of an object that is being deleted, where the server says that it is not there.
    pub(super) fn show_instead_of_error(&mut self, kind: &'static Kind, request: &Request) -> Option<Node> {
        let read = kind.reads.iter().find(|read| read.operation == request.name && read.shows)?;
        let keys = kinds::named(read.by, &request.params);
        let ids: Vec<_> = keys.iter().map(|key| id(kind, request, key)).collect();
        let is_there = |id| self.lives.get(id).is_some_and(|life| life.is_being_deleted());
        if ids.is_empty() || !ids.iter().all(is_there) {
            return None;
        }
        let mut reply = None;
        for id in &ids {
            let ghost = self.lives.get_mut(id)?.ghost.as_mut()?;
            let seen = ghost.seen.iter().find(|seen| seen.operation == read.operation)?.clone();
            ghost.deleting -= 1;
            let mut object = seen.object;
            rewrite(kind, read, request, &mut object, Look::Deleting);
            read.shape.put(reply.get_or_insert(seen.frame), vec![object]);
        }
        reply
    }
}

impl Ghost {
    /// The object, when a list that was asked for in this way still has it. Takes one read of its phase.
    fn in_list(&mut self, kind: &'static Kind, read: &Read, request: &Request, key: &str) -> Option<Node> {
        let seen = self.seen.iter().find(|seen| seen.operation == read.operation)?;
        let mut object = seen.object.clone();
        let params = &request.params;
        if kinds::key(read.key, &object, "", params).as_deref() != Some(key) {
            // In a list of another cluster.
            return None;
        }
        let named = kinds::named(read.by, params);
        if self.deleting > 0 {
            let asked = named.is_empty() || named.iter().any(|named| named == key);
            let shows = asked && rewrite(kind, read, request, &mut object, Look::Deleting);
            return (shows && filters::admit(params, &object)).then(|| {
                self.deleting -= 1;
                object
            });
        }
        let names_it = params.values().any(|value| value.eq_ignore_ascii_case(key));
        if let Some(states) = kind.states.as_ref().filter(|states| !states.deleted.is_empty()) {
            object.replace(states.field, states.deleted);
        }
        let lists = self.listed > 0 && named.is_empty() && !names_it && filters::admit(params, &object);
        lists.then(|| {
            self.listed -= 1;
            object
        })
    }
}

/// Makes an object look so; says whether it is still to be shown.
fn rewrite(kind: &Kind, read: &Read, request: &Request, object: &mut Node, look: Look) -> bool {
    let Some(states) = kind.states.as_ref().filter(|_| read.shows) else { return look != Look::Hidden };
    let state = match look {
        Look::Hidden => return false,
        Look::Plain => return true,
        Look::Creating => {
            for late in kind.late {
                object.detach(late);
            }
            states.creating
        }
        Look::Updating => states.updating,
        Look::Deleting => states.deleting,
    };
    if !state.is_empty() {
        object.replace(states.field, state);
    }
    filters::admit_state(&request.params, object, states.field)
}
