//! The owner mark on an object: a label with the stack's uuid, to search by, and an annotation with all of it, which no label
//! could hold.

use flashinfra_plans::{Name, OwnerMark};
use serde_json::Value as Json;

/// The label with the uuid of the stack that owns the object.
pub(crate) const STACK: &str = "flashinfra/stack";
/// The annotation with stack, generation and address.
pub(crate) const OWNER: &str = "flashinfra/owner";

/// The mark that an object carries.
pub(crate) fn of(object: &Json) -> Option<OwnerMark> {
    let owner = metadata(object, "annotations")?.get(OWNER)?.as_str()?;
    OwnerMark::parse(owner)
}

/// What else makes and removes the object: the controller that its owner references name.
pub(crate) fn managed_by(object: &Json) -> Option<Name> {
    let owners = metadata(object, "ownerReferences")?.as_array()?;
    let controls = |owner: &&Json| owner.get("controller").and_then(Json::as_bool) == Some(true);
    let owner = owners.iter().find(controls).or_else(|| owners.first())?;
    let text = |key| owner.get(key).and_then(Json::as_str).unwrap_or_default();
    Some(format!("{} {}", text("kind"), text("name")).into())
}

/// A part of an object's metadata.
pub(crate) fn metadata<'a>(object: &'a Json, key: &str) -> Option<&'a Json> {
    object.get("metadata")?.get(key)
}
