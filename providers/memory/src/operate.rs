//! What is done to objects of the sandbox by hand: those of kinds with `replicas` run something.

use flashinfra_plans::Value;
use flashinfra_providers::{Class, Error, Operate, Operated, Operation, operate};

use crate::world::{Change, Key, Stored, World};

/// Where kinds that run something say how much of it.
const REPLICAS: [&str; 2] = ["replicas", "spec.replicas"];

/// Does it, if the object runs something.
pub(crate) fn operated(world: &World, key: Key, request: &Operate) -> Result<(Vec<Change>, Operated), Error> {
    let Operate { kind, id, attributes: _, operation } = request;
    let gone = || Error::new(Class::NotFound, format!("{kind} `{id}` is gone")).with_code("NotFound");
    let stored = world.get(&key).ok_or_else(gone)?.clone();
    let path = REPLICAS.into_iter().find(|path| stored.attributes.at(path).is_some());
    let path = path.ok_or_else(|| operate::unsupported(kind, operation.name()))?;
    match operation {
        Operation::Scale(replicas) => {
            let before = stored.attributes.at(path).cloned();
            let attributes = stored.attributes.clone().with_at(path, Some(Value::Integer((*replicas).into())));
            let change = Change::Put(key, Box::new(Stored { attributes, ..stored }));
            Ok((vec![change], Operated { changed: Some((path.into(), before)) }))
        }
        // Nothing of the sandbox runs.
        Operation::Restart(_) => Ok((Vec::new(), Operated { changed: None })),
    }
}
