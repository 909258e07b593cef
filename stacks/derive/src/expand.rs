//! What the derives of structs of attributes expand to.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Result};

use crate::builder::Builder;
use crate::handle;
use crate::lookup;
use crate::model::{Field, FieldShape, Model, Role};
use crate::schema;

pub(crate) fn expand(model: &Model) -> Result<TokenStream> {
    let expanded = by_role(model)?;
    let read = read_fields(model);
    Ok(quote!(#expanded #read))
}

/// Reads the fields, since nobody else does: without it the compiler calls the attributes of a private struct dead code.
fn read_fields(model: &Model) -> TokenStream {
    let ident = &model.ident;
    let fields = model.fields.iter().map(|field| &field.ident);
    quote! {
        const _: fn(&#ident) = |attributes| {
            #(let _ = &attributes.#fields;)*
            let _ = attributes;
        };
    }
}

fn by_role(model: &Model) -> Result<TokenStream> {
    let (root, ident) = (&model.root, &model.ident);
    let builder = Builder::new(model).expand();
    match model.role {
        Role::Resource => {
            let (schema, handle) = (schema::of_resource(model)?, handle::expand(model));
            let handle_name = quote::format_ident!("{ident}Handle");
            Ok(quote! {
                const _: () = {
                    use #root::__private as __p;
                    impl __p::Resource for #ident {
                        const SCHEMA: &'static __p::Schema = #schema;
                        type Handle = #handle_name;
                    }
                };
                #builder
                #handle
            })
        }
        Role::Lookup => {
            let (schema, handle) = (lookup::schema(model)?, handle::expand(model));
            let handle_name = quote::format_ident!("{ident}Handle");
            Ok(quote! {
                const _: () = {
                    use #root::__private as __p;
                    impl __p::Lookup for #ident {
                        const SCHEMA: &'static __p::Schema = #schema;
                        type Handle = #handle_name;
                    }
                };
                #builder
                #handle
            })
        }
        Role::Block => {
            only(model, &[])?;
            let attributes = schema::of_fields(model)?;
            Ok(quote! {
                const _: () = {
                    use #root::__private as __p;
                    impl __p::Block for #ident {
                        const ATTRIBUTES: &'static [__p::Attribute] = #attributes;
                    }
                };
                #builder
            })
        }
        Role::Provider => {
            only(model, &["name"])?;
            let provider_type = provider_type(model)?;
            // The shapes are checked like those of a block, although no schema of a provider is written.
            let attributes = schema::of_fields(model)?;
            Ok(quote! {
                const _: () = {
                    use #root::__private as __p;
                    const _: &[__p::Attribute] = #attributes;
                    impl __p::Provider for #ident {
                        const TYPE: &'static str = #provider_type;
                    }
                };
                #builder
            })
        }
    }
}

pub(crate) fn only(model: &Model, known: &[&str]) -> Result<()> {
    let is_unknown = |key: &str| key != "crate" && !known.contains(&key);
    match model.arguments.iter().find(|argument| is_unknown(&argument.key.to_string())) {
        Some(argument) => Err(argument.unknown(&[known, &["crate"]].concat())),
        None => Ok(()),
    }
}

fn provider_type(model: &Model) -> Result<String> {
    if let Some(field) = model.fields.iter().find(|field| is_not_configuration(field)) {
        return Err(Error::new(field.ident.span(), "a provider is configured, so it has nothing `Computed`"));
    }
    match model.arguments.iter().find(|argument| argument.key == "name") {
        Some(argument) => Ok(argument.text()?.value()),
        None => Err(Error::new(model.ident.span(), "say which provider it is: `#[provider(name = \"aws\")]`")),
    }
}

fn is_not_configuration(field: &Field) -> bool {
    matches!(field.shape, FieldShape::Computed(_))
}
