//! Lists of the built-in kinds.

use flashinfra_stacks_kubernetes::facts::{CONDITIONS_AS_ONE, Fact, tables};

use super::List;
use crate::object::GroupKind;
use crate::path::{Path, matches, prefix};

/// How the list at a place of an object of a built-in kind merges. What is not known to be a set or to have keys is one value, as it is
/// for the server.
pub fn list_at(kind: GroupKind<'_>, path: &Path) -> List {
    for (at, rows) in tables(kind) {
        let Some(taken) = prefix(&path.0, &at) else { continue };
        let rest = &path.0[taken..];
        let mut lists = rows.iter().filter_map(|(path, fact)| Some((path, list(*fact)?)));
        if let Some((_, list)) = lists.find(|(path, _)| matches(rest, path)) {
            return list;
        }
    }
    let keyed = path.matches("status.conditions") && !CONDITIONS_AS_ONE.contains(&(kind.group, kind.kind));
    if keyed { List::Map(vec!["type".to_owned()]) } else { List::Atomic }
}

fn list(fact: Fact) -> Option<List> {
    match fact {
        // What a key is when it is left out is for who names an entry.
        Fact::Keyed(keys) => {
            let name = |key: &str| key.split('=').next().unwrap_or(key).to_owned();
            Some(List::Map(keys.split(' ').map(name).collect()))
        }
        Fact::Set => Some(List::Set),
        Fact::Quantity | Fact::Duration | Fact::IntOrString | Fact::Scaled => None,
    }
}
