//! Making an object anew from data that is kept: a snapshot, or what the present object was at a time.
//!
//! The new object is made beside the present one, which stays. So it has a name of its own where the stack chooses names: the
//! declared one and the generation. Whoever has such a name under this generation is the declared object by another name.

use flashinfra_stacks::schema::{Element, Identity};

use super::PlanError;
use super::desired::Desired;
use super::kinds::Kind;
use super::world::World;
use crate::compiled::Declared;
use crate::ledger::Owned;
use crate::plan::{AttributeChange, Options, Restore, RestoreFrom};
use crate::value::{Address, Map, Name, Value};

/// The attribute by which a kind says that its objects can be restored: a block that only a create looks at, with the parts
/// `snapshot`, `source` (the name of an object) and `time`.
pub(super) const FROM: &str = "restore_from";

/// What is asked for an address.
pub(super) fn asked<'a>(options: &'a Options, address: &Address) -> Option<&'a RestoreFrom> {
    options.restore.iter().find(|restore| restore.address == *address).map(|restore| &restore.from)
}

/// The name of a restored object.
pub(crate) fn name(declared: &str, generation: u32) -> Name {
    format!("{declared}-r{generation}").into()
}

/// The attribute that names objects of a kind, and the name that a live one has instead of the declared one because it was
/// restored: it is the declared object all the same.
pub(super) fn live_name<'k>(kind: &'k Kind<'_>, desired: &Desired<'_>, owned: &Owned) -> Option<(&'k str, Name)> {
    let Identity::Named(attribute) = &kind.schema.identity else { return None };
    let restored = name(desired.get(attribute)?.as_text()?, owned.generation);
    (restored == owned.id).then_some((attribute.as_ref(), restored))
}

/// Whether the present object of an address was restored, as its name says.
pub(super) fn is_restored(kind: &Kind<'_>, declared: &Declared, owned: &Owned) -> bool {
    live_name(kind, &Desired::literal(&declared.attributes), owned).is_some()
}

/// The value of [`FROM`].
pub(super) fn value(from: &RestoreFrom, source: Option<&Owned>) -> Map {
    let source = source.map(|owned| (Name::new_static("source"), Value::from(owned.id.as_str())));
    match from {
        RestoreFrom::Snapshot(snapshot) => Map::default().with("snapshot", snapshot.as_str().into()),
        RestoreFrom::Time(time) => source.into_iter().collect::<Map>().with("time", time.as_str().into()),
        RestoreFrom::Latest => source.into_iter().collect(),
    }
}

/// What it is restored from, for people.
pub(super) fn told(from: &RestoreFrom, source: Option<&Owned>) -> Name {
    let source = source.map_or("", |owned| owned.id.as_str());
    match from {
        RestoreFrom::Snapshot(snapshot) => format!("the snapshot {snapshot}").into(),
        RestoreFrom::Time(time) => format!("{source} as of {time}").into(),
        RestoreFrom::Latest => format!("{source} as of its last backup").into(),
    }
}

/// What differs because of it.
pub(super) fn changes(from: &Map) -> impl Iterator<Item = AttributeChange> {
    from.iter().map(|(part, value)| AttributeChange {
        path: format!("{FROM}.{part}").into(),
        before: None,
        after: Some(value.clone()),
        forces_replacement: false,
        note: None,
    })
}

/// What is asked for can be made: it is declared, its kind can be restored, and there is something to restore from.
pub(super) fn check(world: &World<'_>) -> Result<(), PlanError> {
    for Restore { address, from } in &world.input.options.restore {
        let position = world.graph.position(address);
        let declared = position.and_then(|position| world.nodes[position].declared);
        let refuse = |why: &str| Err(PlanError::NotRestorable { address: address.clone(), why: why.to_owned() });
        let (Some(position), Some(declared)) = (position, declared) else { return refuse("it is not declared") };
        let can_be = |kind: &Kind<'_>| {
            kind.attribute(FROM).is_some_and(|attribute| matches!(attribute.shape.element, Element::Block(_)))
        };
        if !world.kind(position).is_some_and(can_be) {
            return refuse("there is no way to restore an object of its kind");
        }
        if world.configured_with(position).is_some() {
            return refuse("it configures a provider, which can lead to one object at a time");
        }
        if let Some(why) = lacks_second_name(world, position, declared) {
            return refuse(why);
        }
        let has_source = world.nodes[position].row.is_some_and(|(_, row)| row.current.is_some());
        if !has_source && !matches!(from, RestoreFrom::Snapshot(_)) {
            return refuse("it has no object yet, whose backups could be taken; a snapshot could");
        }
    }
    Ok(())
}

/// Why there can be no object beside the present one; none when there can.
fn lacks_second_name(world: &World<'_>, position: usize, declared: &Declared) -> Option<&'static str> {
    match &world.kind(position)?.schema.identity {
        Identity::Assigned => None,
        Identity::Named(attribute) => {
            let is_known = declared.attributes.get(attribute).and_then(Value::as_text).is_some();
            (!is_known).then_some("its name is known only once others are made")
        }
        Identity::Composed(_) => {
            Some("several attributes name it, and none of them can be another one beside the old object")
        }
    }
}
