//! `#[upgrade(…)]`: how ledger rows of former schema versions are understood.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Ident, LitInt, LitStr, Result, Token, parenthesized};

/// One `#[upgrade(since = 2, …)]`.
struct Upgrade {
    span: Span,
    since: u32,
    change: Change,
}

enum Change {
    RenamedFrom(LitStr),
    Respelled(Vec<(LitStr, LitStr)>),
    Dropped(LitStr),
}

const FORM: &str = "write `#[upgrade(since = 2, renamed_from = \"before\")]` or `#[upgrade(since = 2, respelled(\"before\" = \"now\"))]` \
                    on a field, `#[upgrade(since = 2, dropped = \"before\")]` on the struct";

impl Parse for Upgrade {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let key: Ident = input.parse()?;
        let span = key.span();
        let wrong = || Error::new(span, FORM);
        if key != "since" {
            return Err(wrong());
        }
        input.parse::<Token![=]>().map_err(|_| wrong())?;
        let since = input.parse::<LitInt>().map_err(|_| wrong())?.base10_parse()?;
        input.parse::<Token![,]>().map_err(|_| wrong())?;
        let what: Ident = input.parse()?;
        let change = match what.to_string().as_str() {
            "renamed_from" => {
                input.parse::<Token![=]>()?;
                Change::RenamedFrom(input.parse()?)
            }
            "dropped" => {
                input.parse::<Token![=]>()?;
                Change::Dropped(input.parse()?)
            }
            "respelled" => Change::Respelled(pairs(input)?),
            _ => return Err(Error::new(what.span(), FORM)),
        };
        Ok(Self { span, since, change })
    }
}

fn pairs(input: ParseStream<'_>) -> Result<Vec<(LitStr, LitStr)>> {
    struct Pair(LitStr, LitStr);
    impl Parse for Pair {
        fn parse(input: ParseStream<'_>) -> Result<Self> {
            let before = input.parse()?;
            input.parse::<Token![=]>()?;
            Ok(Self(before, input.parse()?))
        }
    }
    let inside;
    parenthesized!(inside in input);
    let pairs = Punctuated::<Pair, Token![,]>::parse_terminated(&inside)?;
    Ok(pairs.into_iter().map(|Pair(before, now)| (before, now)).collect())
}

/// The upgrades among the attributes of a field (then with its name) or of the struct, each as an expression of the schema's type.
pub(crate) fn read(attributes: &[Attribute], field: Option<&str>) -> Result<Vec<(u32, Span, TokenStream)>> {
    let of_upgrade = attributes.iter().filter(|attribute| attribute.path().is_ident("upgrade"));
    let parsed = of_upgrade.map(|attribute| attribute.parse_args::<Upgrade>()).collect::<Result<Vec<_>>>()?;
    parsed.into_iter().map(|upgrade| written(upgrade, field)).collect()
}

fn written(upgrade: Upgrade, field: Option<&str>) -> Result<(u32, Span, TokenStream)> {
    let Upgrade { span, since, change } = upgrade;
    let (attribute, change) = match (change, field) {
        (Change::RenamedFrom(before), Some(field)) => {
            (quote!(#field), quote!(__p::Rewrite::RenamedFrom(__p::text(#before))))
        }
        (Change::Respelled(pairs), Some(field)) => {
            let pairs = pairs.iter().map(|(before, now)| quote!((__p::text(#before), __p::text(#now))));
            let change = quote!(__p::Rewrite::Respelled({
                const PAIRS: &[(__p::SchemaText, __p::SchemaText)] = &[#(#pairs),*];
                __p::items(PAIRS)
            }));
            (quote!(#field), change)
        }
        (Change::Dropped(before), None) => (quote!(#before), quote!(__p::Rewrite::Dropped)),
        (Change::RenamedFrom(_) | Change::Respelled(_), None) | (Change::Dropped(_), Some(_)) => {
            return Err(Error::new(span, FORM));
        }
    };
    Ok((since, span, quote!(__p::Upgrade { since: #since, attribute: __p::text(#attribute), change: #change })))
}

/// All upgrades of a kind, none of which is of a version that the kind does not have.
pub(crate) fn all(upgrades: &[(u32, Span, TokenStream)], version: u32) -> Result<Vec<&TokenStream>> {
    for (since, span, _) in upgrades {
        if !(2..=version).contains(since) {
            let message =
                format!("the kind is at version {version}: say since which of its versions, from 2 on, that is so");
            return Err(Error::new(*span, message));
        }
    }
    Ok(upgrades.iter().map(|(_, _, upgrade)| upgrade).collect())
}
