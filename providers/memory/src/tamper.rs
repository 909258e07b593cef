//! The world behind our back: what another person, program or service does to objects, for scenarios and for trying out.

use flashinfra_plans::compare;
use flashinfra_plans::{Map, Name, Object, OwnerMark, Phase, Value};
use flashinfra_providers::Inputs;

use crate::error::SandboxError;
use crate::invent::Origin;
use crate::sandbox::Sandbox;
use crate::world::{Busy, Change, Key, Shelf, Site, Stored, World};
use crate::{check, invent, keep, life};

/// An object of the sandbox, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The kind.
    pub kind: Name,
    /// The account, project, subscription or cluster; may be empty.
    pub account: Name,
    /// The region or location; may be empty.
    pub region: Name,
    /// The object.
    pub object: Object,
}

/// An object that somebody else makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreign {
    /// The kind; its schema must be among those that the sandbox was opened with.
    pub kind: Name,
    /// The account, project, subscription or cluster; may be empty.
    pub account: Name,
    /// The region or location; may be empty.
    pub region: Name,
    /// Its id; without one the sandbox makes one up, or takes the name from the attributes.
    pub id: Option<Name>,
    /// What somebody set; computed values and defaults are added.
    pub attributes: Map,
    /// An owner mark, as when a copied object carries the tags of the original.
    pub owner: Option<OwnerMark>,
    /// What makes and removes it, when that is not a person.
    pub managed_by: Option<Name>,
}

impl Sandbox {
    /// All objects, sorted by kind, account, region and id. Looking at them here brings nothing forward.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn objects(&self) -> Result<Vec<Listed>, SandboxError> {
        self.transact(|world| {
            let listed = world.objects().map(|(key, stored)| {
                let object = life::object(&key, stored, self.schema(&key.shelf.kind).map(AsRef::as_ref));
                let Key { shelf: Shelf { kind, site: Site { account, region } }, id: _ } = key;
                Listed { kind, account, region, object }
            });
            Ok((Vec::new(), listed.collect()))
        })
    }

    /// Sets a live attribute behind our back, computed and immutable ones too. `path` is the attribute's name, with a dot before
    /// what is inside it: `tags.Owner`, `ingress.0.port`; without a value it is removed.
    ///
    /// # Errors
    /// When there is no such object, or the value is not of the schema's type, or a secret.
    pub fn tamper(&self, kind: &str, id: &str, path: &str, value: Option<Value>) -> Result<(), SandboxError> {
        self.transact(|world| {
            let (key, stored) = find(world, kind, id)?;
            let refused = |problem: String| SandboxError::Value { kind: kind.into(), attribute: path.into(), problem };
            let attributes = set_attribute(stored.attributes.clone(), path, value).map_err(refused)?;
            if let Some(schema) = self.schema(kind) {
                check::live(schema, path, &attributes, self.unknown()).map_err(|error| refused(error.message))?;
            }
            Ok((vec![Change::Put(key, Box::new(Stored { attributes, ..stored }))], ()))
        })
    }

    /// Somebody else starts to change an object: so many looks at it find it busy, and the last of them finds it ready again.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn occupy(&self, kind: &str, id: &str, polls: u32) -> Result<(), SandboxError> {
        self.transact(|world| {
            let (key, stored) = find(world, kind, id)?;
            let busy = Some(Busy { polls, ..Busy::default() });
            Ok((vec![Change::Put(key, Box::new(Stored { phase: Phase::Updating, busy, ..stored }))], ()))
        })
    }

    /// Removes an object behind our back, whatever guards it and whoever uses it.
    ///
    /// # Errors
    /// When there is no such object.
    pub fn remove(&self, kind: &str, id: &str) -> Result<(), SandboxError> {
        self.transact(|world| {
            let (key, _) = find(world, kind, id)?;
            Ok((vec![Change::Bury(key, 0)], ()))
        })
    }

    /// Adds an object that is not ours, and answers its id.
    ///
    /// # Errors
    /// When its kind is unknown, its attributes do not fit the schema, or its id is taken.
    pub fn insert(&self, foreign: &Foreign) -> Result<Name, SandboxError> {
        let Foreign { kind, account, region, id, attributes, owner, managed_by } = foreign;
        let refused = |problem: String| SandboxError::Value { kind: kind.clone(), attribute: "".into(), problem };
        let schema = self.schema(kind).ok_or_else(|| refused("the sandbox was opened without its schema".into()))?;
        let inputs = Inputs { attributes: attributes.clone(), ..Inputs::default() };
        check::inputs(schema, &inputs, self.unknown()).map_err(|error| refused(error.message))?;
        let shelf = Shelf { kind: kind.clone(), site: Site { account: account.clone(), region: region.clone() } };
        self.transact(|world| {
            let again = u32::try_from(world.len()).unwrap_or(u32::MAX);
            let birth = invent::birth(&world.uuid, &shelf, None, again);
            let named = compare::chosen_name(schema, |name| inputs.get(name));
            let id = id.clone().or(named).unwrap_or_else(|| invent::assigned_id(kind, &birth));
            let key = Key { shelf, id: id.clone() };
            if world.get(&key).is_some() {
                return Err(SandboxError::Taken { kind: kind.clone(), id });
            }
            let origin = Origin { schema, shelf: &key.shelf, id: &key.id, birth: &birth, set: &inputs.attributes };
            let stored = Stored {
                owner: owner.clone(),
                managed_by: managed_by.clone(),
                ..Stored::new(keep::created(origin, &inputs), birth)
            };
            Ok((vec![Change::Put(key, Box::new(stored))], id))
        })
    }
}

fn find(world: &World, kind: &str, id: &str) -> Result<(Key, Stored), SandboxError> {
    let found = world.objects().find(|(key, _)| key.shelf.kind == kind && key.id == id);
    let (key, stored) = found.ok_or_else(|| SandboxError::NoObject { kind: kind.into(), id: id.into() })?;
    Ok((key, stored.clone()))
}

/// The attributes with the part at `path` set or removed.
fn set_attribute(attributes: Map, path: &str, value: Option<Value>) -> Result<Map, String> {
    let (name, inside) = path.split_once('.').unwrap_or((path, ""));
    let live = attributes.get(name).cloned().or_else(|| (!inside.is_empty()).then(|| Value::Map(Map::default())));
    Ok(match set(live, inside, value)? {
        Some(new) => attributes.with(name, new),
        None => attributes.without(name),
    })
}

fn set(live: Option<Value>, path: &str, value: Option<Value>) -> Result<Option<Value>, String> {
    if path.is_empty() {
        return Ok(value);
    }
    match live {
        Some(Value::List(entries)) => {
            let (index, inside) = path.split_once('.').unwrap_or((path, ""));
            let index: usize = index.parse().map_err(|_| format!("`{index}` is no index into a list"))?;
            let mut entries = entries.into_vec();
            if index > entries.len() {
                return Err(format!("the list has {} entries, so there is no place {index}", entries.len()));
            }
            let old = (index < entries.len()).then(|| entries.remove(index));
            if let Some(new) = set(old, inside, value)? {
                entries.insert(index, new);
            }
            Ok(Some(Value::List(entries.into())))
        }
        Some(Value::Map(map)) => {
            // Keys may have dots in them (labels do): the path goes on inside only where there is an inside.
            let within =
                path.split_once('.').filter(|(key, _)| matches!(map.get(key), Some(Value::Map(_) | Value::List(_))));
            let (key, inside) = within.unwrap_or((path, ""));
            Ok(Some(Value::Map(match set(map.get(key).cloned(), inside, value)? {
                Some(new) => map.with(key, new),
                None => map.without(key),
            })))
        }
        Some(_) | None => Err(format!("there is nothing that `{path}` could be inside of")),
    }
}
