//! Conflicts with another stack: its objects, told together. Two environments in one place are the usual reason, and then it is all of them.

use super::text::{Page, Tone, length, visible};
use crate::plan::{Plan, Refusal};
use crate::value::Address;

/// So many addresses are named; who needs all of them reads the lines of `--json`.
pub(super) const NAMED_MAX: usize = 12;

/// What the note of such a conflict says before the uuid of the other stack.
const MARK: &str = "carries the mark of stack ";

/// Other stacks, each with what is in the way of several resources.
pub(super) struct Owners<'a>(Vec<Owner<'a>>);

/// Another stack, and what it has: for which address, and the object's id.
pub(super) struct Owner<'a> {
    uuid: &'a str,
    has: Vec<(&'a Address, String)>,
}

/// Whether a conflict is about what another stack marked as its own.
pub(super) fn is_of_others(note: &str) -> bool {
    note.contains(MARK)
}

fn uuid(note: &str) -> Option<&str> {
    note.split_once(MARK)?.1.split(' ').next()
}

impl<'a> Owners<'a> {
    pub(super) fn of_conflicts(plan: &'a Plan) -> Self {
        let mut owners: Vec<Owner<'_>> = Vec::new();
        for refusal in &plan.refusals {
            let Refusal::Conflict { address, objects, note, can_adopt: _ } = refusal else { continue };
            let (Some(uuid), [object]) = (uuid(note), &objects[..]) else { continue };
            let has = (address, visible(object));
            match owners.iter_mut().find(|owner| owner.uuid == uuid) {
                Some(owner) => owner.has.push(has),
                None => owners.push(Owner { uuid, has: vec![has] }),
            }
        }
        owners.retain(|owner| owner.has.len() > 1);
        Self(owners)
    }

    /// Whose it is, when that is told together with others of the same stack.
    pub(super) fn of(&self, note: &str) -> Option<&Owner<'a>> {
        let uuid = uuid(note)?;
        self.0.iter().find(|owner| owner.uuid == uuid)
    }
}

impl Owner<'_> {
    pub(super) fn is_first(&self, address: &Address) -> bool {
        self.has.first().is_some_and(|(first, _)| *first == address)
    }

    pub(super) fn tell(&self, page: &mut Page) {
        let sentence = format!(
            "{} resources would be objects that carry the mark of another stack, {}, which no record of this stack explains.",
            self.has.len(),
            visible(self.uuid)
        );
        page.blank();
        page.marked(Tone::Red, "Refused: ", &sentence);
        let named = if self.has.len() > NAMED_MAX { NAMED_MAX - 1 } else { self.has.len() };
        let column = self.has[..named].iter().map(|(address, _)| length(address.as_str())).max().unwrap_or(0) + 4;
        for (address, object) in &self.has[..named] {
            page.line().space(2).plain(address.as_str()).to(column, 2).tone(Tone::Dim, object).end();
        }
        if named < self.has.len() {
            page.line().space(2).plain(&format!("and {} more", self.has.len() - named)).end();
        }
        let way = "Give them other names, or another place: a namespace, an account. Once that stack has given them up, \
                   `flashinfra adopt` says how they are taken over.";
        page.paragraph(0, Tone::Plain, way);
    }
}
