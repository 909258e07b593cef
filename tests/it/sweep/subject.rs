//! What is swept, and on what it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::area::{Area, Of, named};
use crate::compiled::{Compiled, kind};
use crate::server::Server;

/// A stack to make, change and destroy: the whole of FlashMM, or an area.
pub(crate) struct Subject {
    pub(super) name: &'static str,
    pub(super) server: Server,
    /// The stack that is there before and afterwards, unless that is nothing.
    pub(super) ground: Option<String>,
    pub(super) first: String,
    /// With other tags on everything that is not the ground and whose tags the server changes, and something more.
    pub(super) changed: String,
    /// What has to be said before all of it may be deleted.
    pub(super) allowed: Vec<String>,
}

/// Another owner stands in the tags of everything.
const OTHER_OWNER: &str = "--set=owner=somebody-else";

/// A stack, and the same with another owner.
type Pair = [Compiled; 2];

/// What a server can keep of a stack; compiled once.
fn compiled(server: Server, of: Of) -> Arc<Pair> {
    static DONE: Mutex<BTreeMap<(Server, Of), Arc<Pair>>> = Mutex::new(BTreeMap::new());
    let mut done = DONE.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || Arc::new([of.part(server, &[]), of.part(server, &[OTHER_OWNER])]);
    Arc::clone(done.entry((server, of)).or_insert_with(make))
}

/// What a server can keep of FlashMM's production.
pub(crate) fn whole(server: Server) -> Subject {
    let stacks = compiled(server, Of::Flashmm("production"));
    let all = stacks[0].addresses().map(str::to_owned).collect();
    let (name, area) = match server {
        Server::Moto => ("whole", "network"),
        Server::Ministack => ("rest", "cache"),
    };
    Subject::new(name, server, &stacks, &all, &BTreeSet::new(), named(area).change)
}

impl Subject {
    /// An area of its stack.
    pub(super) fn of(area: &Area) -> Self {
        let stacks = compiled(area.server, area.of);
        let (swept, ground) = area.cut(&stacks[0]);
        Self::new(area.name, area.server, &stacks, &swept, &ground, area.change)
    }

    fn new(
        name: &'static str,
        server: Server,
        stacks: &Pair,
        swept: &BTreeSet<String>,
        ground: &BTreeSet<String>,
        change: &[[&str; 2]],
    ) -> Self {
        let [usual, others] = stacks;
        let first = usual.only(&(swept | ground));
        let tagged = swept.iter().filter(|address| server.changes_tags(kind(address))).cloned().collect();
        let mut changed = first.changed_to(others, &tagged).text();
        for [from, to] in change {
            assert!(changed.contains(from), "{name}: it has {from}");
            changed = changed.replace(from, to);
        }
        let allowed = first.protected(swept).iter().map(|address| format!("--allow-destroy={address}")).collect();
        let ground = (!ground.is_empty()).then(|| usual.only(ground).text());
        Self { name, server, ground, first: first.text(), changed, allowed }
    }
}
