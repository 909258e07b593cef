//! `#[derive(Params)]`: reads a struct from the parameters, and describes it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{format_ident, quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Error, Expr, Fields, Ident, LitStr, Path, Result, Type};

/// The keys that `#[param(…)]` takes on a struct, a field and a variant.
const ON_STRUCT: &[&str] = &["check", "crate"];
const ON_FIELD: &[&str] = &["default", "min", "max", "check"];
const ON_ENUM: &[&str] = &["crate"];
const ON_VARIANT: &[&str] = &["name"];

/// Expands the derive; an error becomes a `compile_error!`.
pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let expanded = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => of_struct(input, fields.named.iter().collect()),
            Fields::Unit => of_struct(input, Vec::new()),
            Fields::Unnamed(_) => {
                Err(Error::new(input.ident.span(), "parameters have names: write a struct with named fields"))
            }
        },
        Data::Enum(data) => of_enum(input, data.variants.iter().collect()),
        Data::Union(_) => Err(Error::new(input.ident.span(), "parameters are a struct, or an enum of unit variants")),
    };
    let generic =
        input.generics.params.first().map(|generic| Error::new(generic.span(), "parameters take no generics"));
    generic.map_or(expanded, Err).unwrap_or_else(|error| error.to_compile_error())
}

struct Field<'a> {
    ident: &'a Ident,
    name: String,
    ty: &'a Type,
    doc: String,
    default: Option<TokenStream>,
    min: Option<TokenStream>,
    max: Option<TokenStream>,
    check: Option<Path>,
}

fn of_struct(input: &DeriveInput, fields: Vec<&syn::Field>) -> Result<TokenStream> {
    let mut options = options(&input.attrs, ON_STRUCT)?;
    let check = options.take("check").map(syn::parse2::<Path>).transpose()?;
    let root = root(&mut options)?;
    let fields = fields.into_iter().map(Field::read).collect::<Result<Vec<_>>>()?;
    let ident = &input.ident;
    let described = fields.iter().map(|field| field.description(&root));
    let to_json = to_json(&root, &fields);
    let read = read(&root, &fields, check.as_ref());
    Ok(quote! {
        #[automatically_derived]
        impl #root::params::Params for #ident {
            fn parameters() -> ::std::vec::Vec<#root::params::Parameter> {
                ::std::vec![#(#described),*]
            }
        }

        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #root::params::Param for #ident {
            fn shape() -> #root::params::Shape {
                #root::params::Shape {
                    fields: <Self as #root::params::Params>::parameters(),
                    ..#root::params::Shape::of(#root::params::Kind::Block)
                }
            }

            fn parse(
                json: &#root::json::Json,
                reader: &mut #root::params::Reader,
            ) -> ::std::option::Option<Self> {
                <Self as #root::params::Param>::read(::std::option::Option::Some(json), ::std::option::Option::None, reader)
            }

            #to_json
            #read
        }
    })
}

fn to_json(root: &Path, fields: &[Field<'_>]) -> TokenStream {
    let entries = fields.iter().map(|Field { ident, name, ty, .. }| {
        quote_spanned! { ty.span()=> (::std::string::String::from(#name), <#ty as #root::params::Param>::to_json(&self.#ident)) }
    });
    quote! {
        fn to_json(&self) -> #root::json::Json {
            #root::json::Json::Object(::std::collections::BTreeMap::from([#(#entries),*]))
        }
    }
}

/// Every field is read before the first failure is passed on, so that all faults are told at once.
fn read(root: &Path, fields: &[Field<'_>], check: Option<&Path>) -> TokenStream {
    let idents: Vec<_> = fields.iter().map(|field| field.ident).collect();
    let names = fields.iter().map(|field| &field.name);
    // Hygiene of `quote!` does not reach fields: a field may be called `reader` or `given`.
    let values: Vec<_> = (0..fields.len()).map(|index| format_ident!("field_{index}")).collect();
    let nones = fields.iter().map(|_| quote! { ::std::option::Option::None });
    let reads = fields.iter().zip(&values).map(|(field, value)| field.read_statement(root, value));
    let checked = match check {
        Some(check) => quote! { __reader.checked(__whole, |whole| { #check(whole)?; ::std::result::Result::Ok(()) }) },
        None => quote! { ::std::option::Option::Some(__whole) },
    };
    // Without fields, clippy would see units in the user's code.
    let defaults = (!fields.is_empty()).then(|| {
        quote! {
            let (#(#values,)*) = match __default {
                ::std::option::Option::Some(Self { #(#idents: #values),* }) => {
                    (#(::std::option::Option::Some(#values),)*)
                }
                ::std::option::Option::None => (#(#nones,)*),
            };
        }
    });
    quote! {
        fn read(
            __given: ::std::option::Option<&#root::json::Json>,
            __default: ::std::option::Option<Self>,
            __reader: &mut #root::params::Reader,
        ) -> ::std::option::Option<Self> {
            let __entries = __reader.block(__given, &[#(#names),*])?;
            #defaults
            #(#reads)*
            let __whole = Self { #(#idents: #values?),* };
            #checked
        }
    }
}

impl<'a> Field<'a> {
    fn read(field: &'a syn::Field) -> Result<Self> {
        let Some(ident) = &field.ident else { return Err(Error::new(field.span(), "parameters have names")) };
        let mut options = options(&field.attrs, ON_FIELD)?;
        Ok(Self {
            ident,
            name: ident.to_string().trim_start_matches("r#").to_owned(),
            ty: &field.ty,
            doc: documentation(&field.attrs),
            default: options.take("default"),
            min: options.take("min"),
            max: options.take("max"),
            check: options.take("check").map(syn::parse2).transpose()?,
        })
    }

    /// The default as an expression of the field's type.
    fn default_value(&self, root: &Path) -> Option<TokenStream> {
        let (ty, default) = (self.ty, self.default.as_ref()?);
        // `[]` says nothing about the type of its items.
        if default.is_empty() || default.to_string() == "[]" {
            return Some(quote! { <#ty as ::std::default::Default>::default() });
        }
        Some(quote! { #root::params::IntoDefault::<#ty>::into_default(#default) })
    }

    fn description(&self, root: &Path) -> TokenStream {
        let Self { name, ty, doc, .. } = self;
        let default = match self.default_value(root) {
            Some(default) => quote! { ::std::option::Option::Some(#default) },
            None => quote! { ::std::option::Option::None },
        };
        let [min, max] = [&self.min, &self.max].map(|limit| match limit {
            Some(limit) => quote! { ::std::option::Option::Some(#limit) },
            None => quote! { ::std::option::Option::None },
        });
        quote! { #root::params::Parameter::of::<#ty>(#name, #doc, #default).limited(#min, #max) }
    }

    fn read_statement(&self, root: &Path, value: &Ident) -> TokenStream {
        let Self { name, ty, .. } = self;
        let default =
            self.default_value(root).map(|default| quote! { .or_else(|| ::std::option::Option::Some(#default)) });
        let min = self.min.iter().map(|min| quote_spanned! { min.span()=> #root::params::at_least(__value, #min)?; });
        let max = self.max.iter().map(|max| quote_spanned! { max.span()=> #root::params::at_most(__value, #max)?; });
        let check = self.check.iter().map(|check| quote! { #check(__value)?; });
        quote_spanned! { ty.span()=>
            let #value: ::std::option::Option<#ty> = __reader.field::<#ty>(__entries, #name, #value #default, |__value: &#ty| {
                #(#min)* #(#max)* #(#check)*
                ::std::result::Result::Ok(())
            });
        }
    }
}

fn of_enum(input: &DeriveInput, variants: Vec<&syn::Variant>) -> Result<TokenStream> {
    let root = root(&mut options(&input.attrs, ON_ENUM)?)?;
    let ident = &input.ident;
    let mut names = Vec::new();
    for variant in &variants {
        if !matches!(variant.fields, Fields::Unit) {
            return Err(Error::new(
                variant.span(),
                "a parameter is one of several words: this variant may hold nothing",
            ));
        }
        let name = match options(&variant.attrs, ON_VARIANT)?.take("name") {
            Some(name) => syn::parse2::<LitStr>(name)?.value(),
            None => snake_case(&variant.ident.to_string()),
        };
        names.push(name);
    }
    let variants: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let format = ident.to_string();
    Ok(quote! {
        #[automatically_derived]
        #[diagnostic::do_not_recommend]
        impl #root::params::Param for #ident {
            fn shape() -> #root::params::Shape {
                #root::params::Shape {
                    format: #format,
                    values: ::std::vec![#(#names),*],
                    ..#root::params::Shape::of(#root::params::Kind::Text)
                }
            }

            fn parse(
                json: &#root::json::Json,
                reader: &mut #root::params::Reader,
            ) -> ::std::option::Option<Self> {
                let choices: &[(&'static str, fn() -> Self)] = &[#((#names, || Self::#variants)),*];
                reader.one_of(json, choices).map(|variant| variant())
            }

            fn to_json(&self) -> #root::json::Json {
                #root::json::Json::from(match self {
                    #(Self::#variants => #names,)*
                })
            }
        }
    })
}

/// What stands in `#[param(…)]`: keys with the tokens behind their `=`, if any.
struct Options(Vec<(Ident, TokenStream)>);

impl Options {
    fn take(&mut self, key: &str) -> Option<TokenStream> {
        let index = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.swap_remove(index).1)
    }
}

fn options(attributes: &[Attribute], known: &[&str]) -> Result<Options> {
    let mut options = Vec::<(Ident, TokenStream)>::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("param")) {
        for (key, value) in split(attribute.meta.require_list()?.tokens.clone(), known)? {
            let listed = known.join("`, `");
            if !known.iter().any(|name| key == name) {
                return Err(Error::new(
                    key.span(),
                    format!("`{key}` is not known here: `#[param(…)]` takes `{listed}`"),
                ));
            }
            if options.iter().any(|(name, _)| *name == key) {
                return Err(Error::new(key.span(), format!("`{key}` is given twice")));
            }
            if value.is_empty() && key != "default" {
                return Err(Error::new(key.span(), format!("`{key}` needs a value: `{key} = …`")));
            }
            options.push((key, value));
        }
    }
    Ok(Options(options))
}

/// Splits at commas before a key, since a default may hold commas of its own: `default = Map::<String, u32>::new()`.
fn split(tokens: TokenStream, known: &[&str]) -> Result<Vec<(Ident, TokenStream)>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is = |index: usize, wanted: char| matches!(tokens.get(index), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
    let starts_key = |index: usize| match tokens.get(index) {
        Some(TokenTree::Ident(_)) if is(index + 1, '=') => true,
        Some(TokenTree::Ident(ident)) => {
            known.iter().any(|key| ident == key) && (is(index + 1, ',') || index + 1 == tokens.len())
        }
        Some(_) => false,
        None => true,
    };
    let mut pieces = vec![TokenStream::new()];
    for (index, token) in tokens.iter().enumerate() {
        if is(index, ',') && starts_key(index + 1) {
            pieces.push(TokenStream::new());
        } else if let Some(piece) = pieces.last_mut() {
            piece.extend([token.clone()]);
        }
    }
    pieces.into_iter().filter(|piece| !piece.is_empty()).map(|piece| key_and_value.parse2(piece)).collect()
}

fn key_and_value(input: syn::parse::ParseStream<'_>) -> Result<(Ident, TokenStream)> {
    use syn::ext::IdentExt;
    let key = Ident::parse_any(input)?;
    if input.is_empty() {
        return Ok((key, TokenStream::new()));
    }
    input.parse::<syn::Token![=]>()?;
    Ok((key, input.parse()?))
}

/// The crate that the expansion names: the façade, unless `#[param(crate = …)]` says another.
fn root(options: &mut Options) -> Result<Path> {
    syn::parse2(options.take("crate").unwrap_or_else(|| quote! { ::flashinfra }))
}

/// The text of the doc comments, each line without the space that follows `///`.
fn documentation(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(|attribute| {
        let Expr::Lit(literal) = &attribute.meta.require_name_value().ok()?.value else { return None };
        let syn::Lit::Str(text) = &literal.lit else { return None };
        let text = text.value();
        Some(text.strip_prefix(' ').unwrap_or(&text).trim_end().to_owned())
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// `UsEast` as `us_east`.
fn snake_case(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(character.to_lowercase());
    }
    out
}
