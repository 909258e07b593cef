//! The smallest part of an object that server-side apply owns as one value.

use flashinfra_stacks_kubernetes::facts::{ATOMIC, ATOMIC_IN, ATOMIC_ITEMS, metadata_of};

use super::{List, builtin::list_at};
use crate::object::GroupKind;
use crate::path::{Path, Step, prefix};

/// The smallest place around this one, in an object of a built-in kind, that one manager owns as a whole: the place itself, or the list
/// or the selector that it is in.
pub fn owned_at(kind: GroupKind<'_>, path: &Path) -> Path {
    for depth in 0..path.0.len() {
        let above = Path(path.0[..depth].to_vec());
        let is_whole = match (&path.0[depth], above.0.last()) {
            (Step::Keys(_) | Step::Member(_) | Step::Index(_), _) => list_at(kind, &above) == List::Atomic,
            (Step::Field(_), Some(Step::Field(name))) => is_whole(kind, &above, name),
            (Step::Field(_), Some(Step::Keys(_) | Step::Member(_) | Step::Index(_))) => {
                let list = depth.checked_sub(2).map(|list| &path.0[list]);
                matches!(list, Some(Step::Field(name)) if ATOMIC_ITEMS.contains(&name.as_str()))
            }
            (Step::Field(_), None) => false,
        };
        if is_whole {
            return above;
        }
    }
    path.clone()
}

/// Whether the object in this field is owned as a whole. A label may have any of these names.
fn is_whole(kind: GroupKind<'_>, path: &Path, name: &str) -> bool {
    let of_kind = |row: &(&str, &str, &str)| (row.0, row.1) == (kind.group, kind.kind) && path.matches(row.2);
    let is_label = || metadata_of(kind).iter().any(|metadata| prefix(&path.0, metadata).is_some());
    ATOMIC.contains(&name) && !is_label() || ATOMIC_IN.iter().any(of_kind)
}
