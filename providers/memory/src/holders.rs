//! Who still uses an object: what a service looks for before it deletes.

use flashinfra_plans::Value;
use flashinfra_stacks::schema::{Attribute, Container, Element, Identity, Schema};

use crate::lookup;
use crate::world::{Key, World};

/// An object that holds this one's id among its attributes.
///
/// A made-up id can stand nowhere by chance. A name is a short word that may stand anywhere, so it counts only where the
/// holder's schema says that it is this kind's name: by its type, or by the attribute's own name.
pub(crate) fn find<'s>(world: &mut World, schemas: &impl Fn(&str) -> Option<&'s Schema>, key: &Key) -> Option<Key> {
    // Without a schema nobody knows whether the id is a mere word.
    let schema = schemas(&key.shelf.kind)?;
    world.index_holders();
    let world = &*world;
    let is_looked_up = |holder: &Key| world.get(holder).is_some_and(lookup::is_answer);
    let mut holders = world.holders(&key.id).filter(|holder| *holder != key && !is_looked_up(holder));
    let found = match &schema.identity {
        Identity::Assigned => holders.next(),
        // Nothing refers to an object by several names at once.
        Identity::Composed(_) => None,
        Identity::Named(identity) => {
            let name = Named::new(schema, identity, &key.id);
            holders.find(|holder| match (schemas(&holder.shelf.kind), world.get(holder)) {
                (Some(schema), Some(stored)) => stored.attributes.iter().any(|(attribute, value)| {
                    !is_identity(schema, attribute)
                        && schema.attribute(attribute).is_some_and(|attribute| name.is_held(attribute, value))
                }),
                _ => false,
            })
        }
    };
    found.cloned()
}

/// An object is not held by what happens to have the same name.
fn is_identity(schema: &Schema, attribute: &str) -> bool {
    matches!(&schema.identity, Identity::Named(identity) if identity == attribute)
}

/// A name that an object of a named kind has.
struct Named<'a> {
    name: &'a str,
    /// The type of such names; empty for plain text.
    of: &'a str,
    /// What attributes are called that hold such a name: `db_subnet_group_name`, `subnet_group_name`. Not `group_name`: one
    /// word means something else to the next service.
    called: Vec<String>,
}

impl<'a> Named<'a> {
    fn new(schema: &'a Schema, identity: &str, name: &'a str) -> Self {
        let of = match schema.attribute(identity).map(|attribute| &attribute.shape.element) {
            Some(Element::Text(of)) => of,
            Some(Element::Bool | Element::Integer | Element::Block(_) | Element::Any | Element::Document(_)) | None => {
                ""
            }
        };
        let resource = schema.kind.rsplit('.').next().unwrap_or_default();
        let ends = resource.match_indices('_').map(|(index, _)| &resource[index + 1..]).filter(|end| end.contains('_'));
        let called = [resource].into_iter().chain(ends).map(|end| format!("{end}_{identity}")).collect();
        Self { name, of, called }
    }

    fn is_held(&self, attribute: &Attribute, value: &Value) -> bool {
        match (&attribute.shape.element, value) {
            (Element::Text(of), Value::Text(text)) => {
                let is_ours = (!of.is_empty() && of == self.of) || self.called.iter().any(|own| *own == attribute.name);
                is_ours && **text == *self.name
            }
            (Element::Block(attributes), Value::Map(map)) if attribute.shape.container != Container::Map => {
                map.iter().any(|(name, value)| {
                    let inner = attributes.iter().find(|inner| inner.name == name.as_str());
                    inner.is_some_and(|inner| self.is_held(inner, value))
                })
            }
            (_, Value::List(entries)) => entries.iter().any(|entry| self.is_held(attribute, entry)),
            (_, Value::Map(map)) => map.iter().any(|(_, value)| self.is_held(attribute, value)),
            _ => false,
        }
    }
}
