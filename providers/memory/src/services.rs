//! What a service does when it is asked to create, update or delete: the rules, without files, time or faults.

use flashinfra_plans::compare;
use flashinfra_plans::{Name, OwnerMark, Phase, Value};
use flashinfra_providers::{Class, Create, Error, Outcome, Update};
use flashinfra_stacks::schema::{
    Attribute, Carrier, Change as Takes, Container, CreateOnce, Element, Identity, Schema, SetBy,
};

use crate::check::Unknown;
use crate::condition::Asked;
use crate::faults::Twist;
use crate::invent::Origin;
use crate::life;
use crate::options::Slow;
use crate::world::{Change, Key, Past, Shelf, Stored, World};
use crate::{check, holders, invent, keep};

/// What to change and what to answer.
pub(crate) type Done<T> = Result<(Vec<Change>, T), Error>;

/// When an act happens, how long it takes and what faults make of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    pub(crate) now_ms: u64,
    pub(crate) slow: Slow,
    pub(crate) twist: Twist,
    pub(crate) unknown: Unknown,
}

/// Makes an object.
pub(crate) fn create(
    world: &mut World,
    schema: &Schema,
    shelf: Shelf,
    request: &Create,
    how: Circumstances,
) -> Done<Outcome> {
    check::inputs(schema, &request.inputs, how.unknown)?;
    let token = (schema.create_once == CreateOnce::Token).then(|| request.token.clone());
    if token.is_some() {
        world.index_tokens();
    }
    if let Some((key, stored)) = token.as_ref().and_then(|token| find_by_token(world, &shelf, token)) {
        return Ok((Vec::new(), outcome(key, stored, schema)));
    }
    let (key, birth) = identity(world, schema, shelf, request)?;
    let origin = Origin { schema, shelf: &key.shelf, id: &key.id, birth: &birth, set: &request.inputs.attributes };
    let Circumstances { now_ms, slow, twist, unknown: _ } = how;
    let busy = life::busy(slow, twist, now_ms);
    let stored = Stored {
        owner: carried(schema, &request.mark).filter(|_| !twist.unmarked),
        phase: if busy.is_some() { Phase::Creating } else { Phase::Ready },
        busy,
        hidden: twist.hidden,
        token,
        sent: keep::unreadable(schema, &request.inputs).map(|name| (name, 1)).collect(),
        ..Stored::new(keep::created(origin, &request.inputs), birth)
    };
    let answer = outcome(&key, &stored, schema);
    Ok((vec![Change::Put(key, Box::new(stored))], answer))
}

/// Changes an object in place.
pub(crate) fn update(
    world: &World,
    schema: &Schema,
    key: Key,
    request: &Update,
    asked: Option<&Asked<'_>>,
    how: Circumstances,
) -> Done<Outcome> {
    let Circumstances { now_ms, slow, twist, unknown } = how;
    let stored = usable(world, &key, now_ms)?;
    if let Some(now) = asked.and_then(|asked| asked.unlike(&key, &stored, Some(schema))) {
        return Ok((Vec::new(), now));
    }
    check::update(schema, &stored.attributes, request, unknown)?;
    let Stored { attributes, owner, managed_by, phase: _, busy: _, hidden, past: _, token, birth, mut sent } = stored;
    let origin = Origin { schema, shelf: &key.shelf, id: &key.id, birth: &birth, set: &request.inputs.attributes };
    for name in keep::unreadable(schema, &request.inputs).filter(|name| request.changed.contains(name)) {
        *sent.entry(name).or_default() += 1;
    }
    let past = (twist.stale > 0).then(|| Past { reads: twist.stale, attributes: attributes.clone() });
    let attributes = keep::updated(origin, attributes, &request.changed, &request.before, &request.inputs);
    let busy = life::busy(slow, twist, now_ms);
    let stored = Stored {
        attributes,
        owner: carried(schema, &request.mark).or(owner),
        managed_by,
        phase: if busy.is_some() { Phase::Updating } else { Phase::Ready },
        busy,
        hidden,
        past,
        token,
        birth,
        sent,
    };
    let answer = outcome(&key, &stored, schema);
    Ok((vec![Change::Put(key, Box::new(stored))], answer))
}

/// Deletes an object.
pub(crate) fn delete<'s>(
    world: &mut World,
    schemas: impl Fn(&str) -> Option<&'s Schema>,
    key: Key,
    asked: Option<&Asked<'_>>,
    how: Circumstances,
) -> Done<Outcome> {
    let Circumstances { now_ms, slow, twist, unknown: _ } = how;
    let stored = present(world, &key, now_ms)?;
    match stored.phase {
        Phase::Deleting => return Ok((Vec::new(), Outcome::Accepted(key.id))),
        Phase::Creating | Phase::Updating => return Err(in_use(&key, stored.phase)),
        Phase::Ready | Phase::Failed => {}
    }
    let schema = schemas(&key.shelf.kind);
    if let Some(now) = asked.and_then(|asked| asked.unlike(&key, &stored, schema)) {
        return Ok((Vec::new(), now));
    }
    if let Some(guard) = schema
        .into_iter()
        .flat_map(|schema| schema.attributes.iter())
        .find(|attribute| attribute.delete_guard && stored.attributes.get(&attribute.name) == Some(&Value::Bool(true)))
    {
        let message = format!("{} `{}` is not deleted while its `{}` is true", key.shelf.kind, key.id, guard.name);
        return Err(Error::new(Class::FixInput, message).with_code("DeletionProtected"));
    }
    if let Some(holder) = holders::find(world, &schemas, &key) {
        let message = format!("{} `{}` is still used by {} `{}`", key.shelf.kind, key.id, holder.shelf.kind, holder.id);
        return Err(Error::new(Class::Wait, message).with_code("DependencyViolation"));
    }
    match life::busy(slow, twist, now_ms) {
        Some(busy) => {
            let answer = Outcome::Accepted(key.id.clone());
            let stored = Stored { phase: Phase::Deleting, busy: Some(busy), ..stored };
            Ok((vec![Change::Put(key, Box::new(stored))], answer))
        }
        None => Ok((vec![Change::Bury(key, twist.tombstone)], Outcome::Gone)),
    }
}

/// Rewrites an owner mark.
pub(crate) fn mark(world: &World, schema: &Schema, key: Key, mark: &OwnerMark, now_ms: u64) -> Done<()> {
    let stored = present(world, &key, now_ms)?;
    match carried(schema, mark) {
        Some(owner) => Ok((vec![Change::Put(key, Box::new(Stored { owner: Some(owner), ..stored }))], ())),
        None => Ok((Vec::new(), ())),
    }
}

/// Gives a new object its id and its birth, or refuses because the name is taken.
fn identity(world: &World, schema: &Schema, shelf: Shelf, request: &Create) -> Result<(Key, Name), Error> {
    let born = |again| invent::birth(&world.uuid, &shelf, Some(&request.mark), again);
    let named = match &schema.identity {
        Identity::Named(attribute) => Some(match request.inputs.text(attribute) {
            Some(name) => Name::from(schema.attribute(attribute).map_or(name.into(), |own| keep::text(own, name))),
            // The service makes a name up for who does not care.
            None => invent::assigned_id(&schema.kind, &born(0)),
        }),
        Identity::Composed(_) => compare::chosen_name(schema, |name| request.inputs.get(name)),
        Identity::Assigned => None,
    };
    if let Some(id) = named {
        let key = Key { shelf: shelf.clone(), id };
        if world.get(&key).is_some() {
            return Err(taken(&key.shelf.kind, &key.id));
        }
        if world.grave(&key).is_some_and(|reads| reads > 0) {
            let message = format!("the name `{}` of a deleted {} is still reserved", key.id, key.shelf.kind);
            return Err(Error::new(Class::AlreadyExists, message).with_code("NameReserved"));
        }
        return Ok((key, born(0)));
    }
    let parts = if schema.create_once == CreateOnce::UniqueName { unique(schema, request) } else { Vec::new() };
    let is_same =
        |stored: &Stored| parts.iter().all(|part| stored.attributes.get(&part.name) == request.inputs.get(&part.name));
    if !parts.is_empty() && world.shelf(&shelf).any(|(_, stored)| is_same(stored)) {
        let told = || parts.iter().filter_map(|part| request.inputs.text(&part.name)).collect::<Vec<_>>().join("/");
        return Err(taken(&shelf.kind, &request.inputs.text(UNIQUE_NAME).map_or_else(told, str::to_owned)));
    }
    let mut again = 0;
    loop {
        let birth = born(again);
        let key = Key { shelf: shelf.clone(), id: invent::assigned_id(&schema.kind, &birth) };
        if world.get(&key).is_none() && world.grave(&key).is_none() {
            return Ok((key, birth));
        }
        again += 1;
    }
}

/// The attribute that is unique in kinds whose create is once-only by name although the service assigns an id as well.
const UNIQUE_NAME: &str = "name";

/// What no two objects have alike, although the service assigns an id as well: the name inside of a parent (a security group's in
/// its VPC, a node group's in its cluster), or where there is no name what an object has to have and can never change (the
/// cluster and the principal of an access entry). Nothing when the service makes the name up.
fn unique<'s>(schema: &'s Schema, request: &Create) -> Vec<&'s Attribute> {
    let fixed = |attribute: &&Attribute| {
        let is_text = matches!(attribute.shape.element, Element::Text(_));
        attribute.change == Takes::Replace && attribute.shape.container == Container::One && is_text
    };
    let is_parent = |attribute: &&Attribute| {
        let is_id = matches!(&attribute.shape.element, Element::Text(of) if of.ends_with("Id"));
        is_id || attribute.name.ends_with("_name")
    };
    let fixed = schema.attributes.iter().filter(fixed);
    match schema.attribute(UNIQUE_NAME) {
        None => fixed.filter(|attribute| attribute.set_by == SetBy::Required).collect(),
        Some(_) if request.inputs.text(UNIQUE_NAME).is_none() => Vec::new(),
        Some(own) => fixed.filter(is_parent).chain([own]).collect(),
    }
}

fn find_by_token<'w>(world: &'w World, shelf: &Shelf, token: &str) -> Option<(&'w Key, &'w Stored)> {
    let key = world.by_token(shelf, token)?;
    Some((key, world.get(key)?))
}

/// An object that is there, as it is by now.
fn present(world: &World, key: &Key, now_ms: u64) -> Result<Stored, Error> {
    world.get(key).and_then(|stored| life::settled(stored, now_ms)).ok_or_else(|| {
        Error::new(Class::NotFound, format!("there is no {} with the id `{}`", key.shelf.kind, key.id))
            .with_code("NotFound")
    })
}

/// An object that can be worked on.
fn usable(world: &World, key: &Key, now_ms: u64) -> Result<Stored, Error> {
    let stored = present(world, key, now_ms)?;
    match stored.phase {
        Phase::Ready | Phase::Failed => Ok(stored),
        Phase::Creating | Phase::Updating | Phase::Deleting => Err(in_use(key, stored.phase)),
    }
}

fn in_use(key: &Key, phase: Phase) -> Error {
    let doing = match phase {
        Phase::Creating => "being created",
        Phase::Updating => "being changed",
        Phase::Deleting => "being deleted",
        Phase::Ready | Phase::Failed => "in use",
    };
    let message = format!("{} `{}` is {doing}", key.shelf.kind, key.id);
    Error::new(Class::Wait, message).with_code("ResourceInUse")
}

fn taken(kind: &str, name: &str) -> Error {
    Error::new(Class::AlreadyExists, format!("there is a {kind} with the name `{name}` already"))
        .with_code("AlreadyExists")
}

fn carried(schema: &Schema, mark: &OwnerMark) -> Option<OwnerMark> {
    match schema.carrier {
        Carrier::TagAtCreate
        | Carrier::TagAfterCreate
        | Carrier::Label
        | Carrier::Description
        | Carrier::Name
        | Carrier::KeyInParent => Some(mark.clone()),
        Carrier::None => None,
    }
}

fn outcome(key: &Key, stored: &Stored, schema: &Schema) -> Outcome {
    match stored.busy {
        Some(_) => Outcome::Accepted(key.id.clone()),
        None => Outcome::Done(life::object(key, stored, Some(schema))),
    }
}
