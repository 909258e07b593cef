//! The derive macros of flashinfra: `Resource`, `Block`, `Lookup`, `Provider`, `Params`, and the insides of `output!` and `json!`.
//!
//! They are used through the `flashinfra` crate, where they are documented beside the traits that they implement.

mod builder;
mod expand;
mod facts;
mod handle;
mod json;
mod lookup;
mod model;
mod output;
mod params;
mod schema;
mod upgrade;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

use model::{Model, Role};

/// Makes a struct a kind of resource. `flashinfra::Resource` shows one; these are the arguments.
///
/// `#[resource(…)]` on the struct:
///
/// | argument | says |
/// |---|---|
/// | `kind = "aws.subnet"` | what it is; required |
/// | `version = 2` | the version of the schema, 1 unless said |
/// | `identity = Assigned`, `Named("name")`, `Composed("zone", "name")` | the service makes its id up, or it is named by this attribute, or by these together |
/// | `carrier = TagAtCreate`, `TagAfterCreate`, `Label`, `Description`, `Name`, `KeyInParent`, `None` | where the owner mark is kept |
/// | `create_once = Token`, `UniqueName`, `Neither` | what keeps a repeated create from making a second one |
/// | `stateful` | deleting it loses data, so it is protected |
/// | `settle_seconds = 30` | for how long reads may lag behind a write |
/// | `timeouts(create = 600, update = 600, delete = 600)` | seconds until the engine gives up |
/// | `typical(create = 1, update = 1, delete = 1)` | seconds that it usually takes |
/// | `wait_codes("A", "B")` | errors that say "not yet" |
/// | `crate = some::path` | where flashinfra is, when not at `::flashinfra` |
///
/// The type of a field says what it takes and who sets it:
///
/// | type | is |
/// |---|---|
/// | `Input<T>` | one value, required; in an `Option`, optional, like all that follow |
/// | `List<T>`, `Map<T>`, `BTreeMap<String, Input<T>>` | several values |
/// | `Secret<T>`, `BTreeMap<String, Secret<T>>` | a secret, which can only come from a source |
/// | `Rule`, `Vec<Rule>`, `BTreeMap<String, Rule>` | blocks, of a struct that derives `Block` |
/// | `Any` | any JSON |
/// | `Computed<T>`, `Computed<Vec<T>>`, `Computed<BTreeMap<String, T>>`, `Computed<Secret<T>>` | what only the provider sets |
///
/// `#[attr(…)]` on a field:
///
/// | argument | says |
/// |---|---|
/// | `name = "lifecycle"` | what the attribute is called, when not like the field |
/// | `replace` | a change takes a new object |
/// | `once` | it is set in place while it has no value; another value takes a new object |
/// | `compare = Exact`, `IgnoreCase`, `Cidr`, `Json`, `DomainName`, `Quantity`, `Duration` | when two values are the same |
/// | `mode = Enforce`, `Initial`, `AtLeast`, `Prefix`, `WriteOnly`, `YieldTo("hpa")` | how far the declared value binds |
/// | `either` | the provider chooses when the stack does not |
/// | `set` | the order of a list does not count |
/// | `keyed`, `exclusive` | whether foreign entries are left alone; maps are keyed and lists exclusive unless said |
/// | `unset = Release`, `Clear`, `Reset("false")` | what happens when the stack stops setting it; the value is JSON |
/// | `changes_with("a", "b")` | what the provider sets changes with these, and is fixed for life unless said |
/// | `delete_argument` | it is only used when the object is deleted |
/// | `delete_guard` | while it is true, the service refuses to delete the object |
///
/// `#[upgrade(…)]` says how ledger rows that were written under a former `version` are understood, one for each change:
///
/// | on | argument | says |
/// |---|---|---|
/// | a field | `since = 2, renamed_from = "depth"` | it was called this before version 2 |
/// | a field | `since = 2, respelled("small" = "s", "large" = "l")` | these texts were written like that |
/// | the struct | `since = 2, dropped = "legacy"` | that attribute is gone |
#[proc_macro_derive(Resource, attributes(resource, attr, upgrade))]
pub fn derive_resource(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Role::Resource)
}

/// Makes a struct a nested block. Its fields are those of a `Resource`.
#[proc_macro_derive(Block, attributes(block, attr))]
pub fn derive_block(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Role::Block)
}

/// Makes a struct a kind of lookup: `#[lookup(kind = "aws.caller_identity")]`. `flashinfra::Lookup` shows one.
///
/// Fields are those of a `Resource`, as far as they are plain values: what is an `Input<T>`, a `List<T>` or a `Map<T>` is asked,
/// what is a `Computed` is answered. `#[attr(…)]` takes `name`, `compare`, `set`, and `either` for what is answered as well when it
/// was asked.
#[proc_macro_derive(Lookup, attributes(lookup, attr))]
pub fn derive_lookup(input: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(input as DeriveInput), Role::Lookup)
}

/// Makes a struct the configuration of a provider: `#[provider(name = "aws")]`. Its fields are those of a `Resource`, but for
/// `Computed`.
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
