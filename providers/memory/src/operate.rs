//! What is done to objects of the sandbox by hand: those of kinds with `replicas` run something.

use std::collections::BTreeSet;

use flashinfra_plans::{Name, Value};
use flashinfra_providers::{Class, Error, Operable, Operate, Operation, operate};

use crate::world::{Change, Key, Stored, World};

/// Where kinds that run something say how much of it.
const REPLICAS: [&str; 2] = ["replicas", "spec.replicas"];

/// The kinds of the objects that can do something; nothing of the sandbox writes a log.
pub(crate) fn able(world: &World, act: &str) -> Vec<Name> {
    if !matches!(act, "scale" | "restart") {
        return Vec::new();
    }
    let runs = |stored: &Stored| REPLICAS.into_iter().any(|path| stored.attributes.at(path).is_some());
    let kinds = world.objects().filter(|(_, stored)| runs(stored)).map(|(key, _)| key.shelf.kind);
    kinds.collect::<BTreeSet<_>>().into_iter().collect()
}

/// What it comes to, if the object runs something.
pub(crate) fn operable(world: &World, key: &Key, request: &Operate) -> Result<Operable, Error> {
    let (stored, path) = running(world, key, request)?;
    Ok(match request.operation {
        Operation::Scale(replicas) => {
            let before = stored.attributes.at(path).cloned();
            let is_done = before == Some(Value::Integer(replicas.into()));
            Operable { changed: Some((path.into(), before)), is_done: Some(is_done) }
        }
        // Nothing of the sandbox runs, so nothing shows it.
        Operation::Restart(_) => Operable { changed: None, is_done: None },
    })
}

/// Does it.
pub(crate) fn operated(world: &World, key: Key, request: &Operate) -> Result<(Vec<Change>, ()), Error> {
    let (stored, path) = running(world, &key, request)?;
    let changes = match request.operation {
        Operation::Scale(replicas) => {
            let stored = stored.clone();
            let attributes = stored.attributes.clone().with_at(path, Some(Value::Integer(replicas.into())));
            vec![Change::Put(key, Box::new(Stored { attributes, ..stored }))]
        }
        Operation::Restart(_) => Vec::new(),
    };
    Ok((changes, ()))
}

/// The object, and where it says how much it runs.
fn running<'w>(world: &'w World, key: &Key, request: &Operate) -> Result<(&'w Stored, &'static str), Error> {
    let Operate { kind, id, attributes: _, operation } = request;
    let gone = || Error::new(Class::NotFound, format!("{kind} `{id}` is gone")).with_code("NotFound");
    let stored = world.get(key).ok_or_else(gone)?;
    let path = REPLICAS.into_iter().find(|path| stored.attributes.at(path).is_some());
    path.map(|path| (stored, path)).ok_or_else(|| operate::unsupported(kind, operation.name()))
}
