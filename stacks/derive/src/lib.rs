//! stub
mod params;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Reads a struct (or an enum of unit variants) from the parameters; see `flashinfra::params`.
#[proc_macro_derive(Params, attributes(param))]
pub fn derive_params(input: TokenStream) -> TokenStream {
    params::expand(&parse_macro_input!(input as DeriveInput)).into()
}
