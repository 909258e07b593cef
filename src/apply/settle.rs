//! Finding out by reading what became of an act of which nobody can say whether it was done.

use flashinfra_plans::compare;
use flashinfra_plans::live::Question;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark};
use flashinfra_providers::Read;
use flashinfra_stacks::schema::{Carrier, Identity, Schema};

/// An object that an unanswered create may have made, and how to recognise it.
pub(crate) struct Sought<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) mark: &'a OwnerMark,
    /// What the create was sent, as far as it is no secret.
    pub(crate) attributes: &'a Map,
    /// The id, when the service had answered one.
    pub(crate) accepted: Option<&'a Name>,
}

/// What reading says about an unanswered create.
#[derive(Debug)]
pub(crate) enum Sighting {
    /// It made this object.
    Ours(Object),
    /// Nothing of it can be seen. Within the kind's settle time that says little.
    NotSeen,
    /// Somebody else's object has the name.
    Foreign(Object),
    /// The name is taken by something that is gone but not quite.
    Tombstone(Name),
    /// It cannot be told.
    Unclear(String),
}

/// Looks once for what a create may have made: by its id, else by its unique name, else by its owner mark.
pub(crate) async fn look(read: &dyn Read, sought: &Sought<'_>) -> Sighting {
    if let Some(id) = sought.accepted {
        return match one(read, sought.schema, id, sought.attributes).await {
            Live::Present(object) => Sighting::Ours(object),
            Live::Absent | Live::Tombstone { .. } => Sighting::NotSeen,
            Live::Unreadable { reason } => Sighting::Unclear(format!("{id} could not be read: {reason}")),
        };
    }
    match name(sought.schema, sought.attributes) {
        Some(name) => by_name(read, sought, &name).await,
        None => by_mark(read, sought).await,
    }
}

/// Whether an object of this kind that an unanswered create made can show up late beside another one: no name keeps it from that, and
/// its mark tells it.
pub(crate) fn can_show_up(schema: &Schema) -> bool {
    schema.identity == Identity::Assigned && schema.carrier != Carrier::None
}

/// The unique name that the stack chose for an object, when its kind has one.
pub(crate) fn name(schema: &Schema, attributes: &Map) -> Option<Name> {
    compare::chosen_name(schema, |name| attributes.get(name))
}

/// Whether an object under a name of ours is surely not ours: it carries another mark, or none although its kind has got one
/// since it was made.
pub(crate) fn is_of_others(schema: &Schema, object: &Object, mark: &OwnerMark) -> bool {
    let is_marked_from_the_first = match schema.carrier {
        Carrier::TagAtCreate | Carrier::Label | Carrier::Description => true,
        Carrier::None | Carrier::TagAfterCreate | Carrier::Name | Carrier::KeyInParent => false,
    };
    match (&schema.identity, &object.owner) {
        (Identity::Assigned, _) => false,
        (Identity::Named(_) | Identity::Composed(_), Some(owner)) => owner != mark,
        (Identity::Named(_) | Identity::Composed(_), None) => {
            is_marked_from_the_first && !is_mark_unread(schema, object)
        }
    }
}

/// Whether an object shows no owner mark because what it stands in could not be read: it may carry one all the same.
pub(crate) fn is_mark_unread(schema: &Schema, object: &Object) -> bool {
    let unread =
        |names: &[&str]| object.owner.is_none() && object.unverified.iter().any(|name| names.contains(&name.as_str()));
    match schema.carrier {
        Carrier::TagAtCreate | Carrier::TagAfterCreate => unread(&["tags"]),
        Carrier::Label => unread(&["labels"]),
        Carrier::Description => unread(&["description"]),
        Carrier::None | Carrier::Name | Carrier::KeyInParent => false,
    }
}

/// Reads one object.
pub(crate) async fn one(read: &dyn Read, schema: &Schema, id: &Name, attributes: &Map) -> Live {
    answer(read, Question { kind: schema.kind.as_ref().into(), id: id.clone(), attributes: attributes.clone() }).await
}

/// Asks one question.
pub(crate) async fn answer(read: &dyn Read, question: Question) -> Live {
    let no_answer = Live::Unreadable { reason: "the provider left the question unanswered".into() };
    read.read(&[question]).await.into_iter().next().unwrap_or(no_answer)
}

async fn by_name(read: &dyn Read, sought: &Sought<'_>, name: &Name) -> Sighting {
    match one(read, sought.schema, name, sought.attributes).await {
        Live::Present(object) if is_mark_unread(sought.schema, &object) => {
            Sighting::Unclear(format!("the owner mark of {name} could not be read"))
        }
        Live::Present(object) if explained(sought, &object) => Sighting::Ours(object),
        Live::Present(object) => Sighting::Foreign(object),
        Live::Absent => Sighting::NotSeen,
        Live::Tombstone { note } => Sighting::Tombstone(note),
        Live::Unreadable { reason } => Sighting::Unclear(format!("{name} could not be read: {reason}")),
    }
}

/// Whether the open intent explains an object of the right name. A mark has to be this very one; where the kind carries no
/// mark, or gets it by a second call, an object without one is explained too: when the intent was written, the name was
/// free.
fn explained(sought: &Sought<'_>, object: &Object) -> bool {
    match (&object.owner, sought.schema.carrier) {
        (Some(mark), _) => mark == sought.mark,
        (None, Carrier::None | Carrier::TagAfterCreate | Carrier::Name | Carrier::KeyInParent) => true,
        (None, Carrier::TagAtCreate | Carrier::Label | Carrier::Description) => false,
    }
}

async fn by_mark(read: &dyn Read, sought: &Sought<'_>) -> Sighting {
    let Schema { kind, carrier, .. } = sought.schema;
    if *carrier == Carrier::None {
        return Sighting::Unclear(format!("objects of the kind {kind} carry no owner mark to find them by"));
    }
    let found = match read.find(kind, &sought.mark.stack).await {
        Ok(found) => found,
        Err(error) => {
            return Sighting::Unclear(format!("the {kind} objects of this stack could not be listed: {error}"));
        }
    };
    let mut ours = found.into_iter().filter(|(mark, object)| mark == sought.mark && object.managed_by.is_none());
    match (ours.next(), ours.next()) {
        (None, _) => Sighting::NotSeen,
        (Some((_, object)), None) => confirmed(read, sought, object).await,
        (Some((_, one)), Some((_, other))) => Sighting::Unclear(format!(
            "both {} and {} carry its owner mark; remove the mark from the one that is not ours",
            one.id, other.id
        )),
    }
}

/// A search by mark may be out of date; a read by id is not.
async fn confirmed(read: &dyn Read, sought: &Sought<'_>, found: Object) -> Sighting {
    match one(read, sought.schema, &found.id, sought.attributes).await {
        Live::Present(object) => Sighting::Ours(object),
        Live::Absent | Live::Tombstone { .. } => Sighting::NotSeen,
        Live::Unreadable { reason } => Sighting::Unclear(format!("{} could not be read: {reason}", found.id)),
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, Phase};

    use super::*;
    use crate::apply::tests::world::schemas;

    #[test]
    fn a_name_of_ours_that_others_have_is_told_by_the_mark() {
        let mark = OwnerMark { stack: "ours".into(), address: Address::parse("test.bucket/a").unwrap(), generation: 1 };
        let theirs = OwnerMark { generation: 2, ..mark.clone() };
        let object = |owner: Option<&OwnerMark>| Object {
            id: "a".into(),
            phase: Phase::Ready,
            attributes: Map::default(),
            unverified: Vec::new(),
            owner: owner.cloned(),
            managed_by: None,
        };
        let named = schemas()["test.bucket"].as_ref().clone();
        assert!(!is_of_others(&named, &object(Some(&mark)), &mark));
        assert!(is_of_others(&named, &object(Some(&theirs)), &mark));
        assert!(is_of_others(&named, &object(None), &mark));
        // What could not be read says nothing.
        let unread = Object { unverified: vec!["tags".into()], ..object(None) };
        assert!(!is_of_others(&named, &unread, &mark));
        // Without a mark nobody can tell where marks come later, and an id is nobody else's.
        let later = Schema { carrier: Carrier::TagAfterCreate, ..named };
        assert!(!is_of_others(&later, &object(None), &mark));
        assert!(!is_of_others(&schemas()["test.net"], &object(Some(&theirs)), &mark));
    }
}
