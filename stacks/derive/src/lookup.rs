//! The schema of a kind of lookup: what is asked and what is answered, and nothing about changes.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

use crate::expand::only;
use crate::model::{ComputedShape, Field, FieldShape, Model};
use crate::schema::{kind_name, of_fields};

const ON_FIELD: [&str; 4] = ["name", "compare", "set", "either"];

/// An expression of type `&'static Schema`. The crate's `__private` module is in scope as `__p`.
pub(crate) fn schema(model: &Model) -> Result<TokenStream> {
    only(model, &["kind"])?;
    let kind = model.arguments.iter().find(|argument| argument.key == "kind");
    let kind = kind
        .ok_or_else(|| Error::new(model.ident.span(), "say what it is: `#[lookup(kind = \"aws.caller_identity\")]`"))?;
    let (kind, doc) = (kind_name(kind)?, &model.doc);
    model.fields.iter().try_for_each(check)?;
    let attributes = of_fields(model)?;
    Ok(quote! {{
        const ATTRIBUTES: &[__p::Attribute] = #attributes;
        &__p::Schema {
            kind: __p::text(#kind),
            version: 1,
            doc: __p::text(#doc),
            identity: __p::Identity::Assigned,
            carrier: __p::Carrier::None,
            create_once: __p::CreateOnce::Neither,
            stateful: false,
            reconciled: false,
            ends: false,
            settle_seconds: 0,
            timeouts: __p::Seconds { create: 600, update: 600, delete: 600 },
            typical: __p::Seconds { create: 1, update: 1, delete: 1 },
            wait_codes: __p::items(&[]),
            upgrades: __p::items(&[]),
            attributes: __p::items(ATTRIBUTES),
        }
    }})
}

/// Whether what is asked is answered as well.
pub(crate) fn is_answered(field: &Field) -> bool {
    field.arguments.iter().any(|argument| argument.key == "either")
}

/// A lookup asks and answers plain values: both stand in the plan.
fn check(field: &Field) -> Result<()> {
    if let Some(argument) = field.arguments.iter().find(|argument| !ON_FIELD.iter().any(|known| argument.key == known))
    {
        return Err(argument.unknown(&ON_FIELD));
    }
    let refusal = match &field.shape {
        FieldShape::One(_) | FieldShape::List(_) | FieldShape::Map(_) => return Ok(()),
        FieldShape::Computed(ComputedShape::One(_) | ComputedShape::List(_) | ComputedShape::Map(_)) => return Ok(()),
        FieldShape::Secret(_) | FieldShape::SecretMap(_) | FieldShape::Computed(ComputedShape::Secret(_)) => {
            "what a lookup asks and answers stands in the plan, so it is no secret: take it from a secret's source"
        }
        FieldShape::Block(_) | FieldShape::Blocks(_) | FieldShape::BlockMap(_) => {
            "a lookup asks plain values: an `Input<…>`, a `List<…>` or a `Map<…>`"
        }
    };
    Err(Error::new(field.ident.span(), refusal))
}
