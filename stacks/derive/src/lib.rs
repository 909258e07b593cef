//! The derive macros of flashinfra: `Resource`, `Block`, `Provider`, `Params`, and the insides of `output!` and `json!`.
//!
//! They are used through the `flashinfra` crate, where they are documented beside the traits that they implement.

mod builder;
mod expand;
mod facts;
mod handle;
mod json;
mod model;
mod output;
mod params;
mod schema;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use model::{Model, Role};

/// Makes a struct a kind of resource; see `flashinfra::Resource`.
#[proc_macro_derive(Resource, attributes(resource, attr))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Role::Resource)
}

/// Makes a struct a nested block; see `flashinfra::Block`.
#[proc_macro_derive(Block, attributes(block, attr))]
pub fn derive_block(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Role::Block)
}

/// Makes a struct the configuration of a provider; see `flashinfra::Provider`.
#[proc_macro_derive(Provider, attributes(provider, attr))]
pub fn derive_provider(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Role::Provider)
}

/// Reads a struct (or an enum of unit variants) from the parameters; see `flashinfra::params`.
#[proc_macro_derive(Params, attributes(param))]
pub fn derive_params(input: TokenStream) -> TokenStream {
    params::expand(&parse_macro_input!(input as DeriveInput)).into()
}

/// The insides of `flashinfra::output!`, which passes the path of its crate along.
#[doc(hidden)]
#[proc_macro]
pub fn output_text(input: TokenStream) -> TokenStream {
    output::expand(input.into()).into()
}

/// The insides of `flashinfra::json!`, which passes the path of its crate along.
#[doc(hidden)]
#[proc_macro]
pub fn json_text(input: TokenStream) -> TokenStream {
    json::expand(input.into()).into()
}

fn derive(input: &DeriveInput, role: Role) -> TokenStream {
    let expanded = Model::read(input, role).and_then(|model| expand::expand(&model));
    expanded.unwrap_or_else(syn::Error::into_compile_error).into()
}
