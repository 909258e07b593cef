//! Where live differs from what was last applied.

use super::desired::Desired;
use super::diff::{Compared, diff};
use super::kinds::Kind;
use crate::ledger::Row;
use crate::live::Object;
use crate::plan::{AttributeChange, Note};
use crate::value::Name;

/// The attributes that drifted, sorted by path: `before` is what was last applied, `after` what is live.
pub(super) fn attributes(kind: &Kind<'_>, row: &Row, object: &Object, ignore: &[Name]) -> Vec<AttributeChange> {
    let want = Desired::literal(&row.applied);
    let found = diff(&Compared {
        kind,
        want: &want,
        live: &object.attributes,
        unverified: &object.unverified,
        applied: &row.applied,
        recovered: row.recovered,
        ignore,
        raw: &[],
        pending: &|_| None,
    });
    let left_alone = found.beside.into_iter().filter_map(|change| left_alone(change, row));
    let turned = found.changes.into_iter().map(|change| AttributeChange {
        before: change.after,
        after: change.before,
        forces_replacement: false,
        note: change.note,
        path: change.path,
    });
    let mut attributes: Vec<_> = turned.chain(left_alone).collect();
    attributes.sort_by(|a, b| a.path.cmp(&b.path));
    attributes
}

/// A difference that is only reported. Entries that others added are no difference from what was last applied.
fn left_alone(change: AttributeChange, row: &Row) -> Option<AttributeChange> {
    match &change.note {
        Some(Note::LeftAlone(_)) => {
            let before = row.applied.at(&change.path)?.clone();
            Some(AttributeChange { before: Some(before), ..change })
        }
        _ => None,
    }
}
