//! The insides of `json!`: a document becomes a chain of entries, whose type remembers whether one was a secret.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, LitStr, Result};

/// Expands `{ROOT} {document}`, where `ROOT` is the path of the `__private` module.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut groups = input.into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group.stream()),
        _ => None,
    });
    let root = groups.next().unwrap_or_default();
    let document = document(&root, groups.next().unwrap_or_default(), Span::call_site());
    document.map_or_else(Error::into_compile_error, |document| quote!(#document.finish()))
}

/// An object, a list, or an expression as a document of its own.
fn document(root: &TokenStream, tokens: TokenStream, span: Span) -> Result<TokenStream> {
    match only_group(&tokens) {
        Some(group) if group.delimiter() == Delimiter::Brace => object(root, group.stream()),
        Some(group) if group.delimiter() == Delimiter::Bracket => list(root, group.stream()),
        _ => {
            let value = value(root, tokens, span)?;
            Ok(quote!(#root::Document::single(&#value)))
        }
    }
}

fn object(root: &TokenStream, inside: TokenStream) -> Result<TokenStream> {
    let mut chain = quote!(#root::Document::object());
    let mut keys = BTreeSet::new();
    for entry in split_at_commas(inside) {
        let span = entry.span();
        let mut tokens = entry.into_iter();
        let key = tokens.next().map(|token| key(token, &mut keys)).transpose()?.unwrap_or_default();
        match tokens.next() {
            Some(TokenTree::Punct(colon)) if colon.as_char() == ':' => {}
            _ => return Err(Error::new(span, "an entry is `\"key\": value`")),
        }
        let tokens: TokenStream = tokens.collect();
        let at = tokens.span();
        let value = value(root, tokens, span)?;
        chain.extend(quote_spanned!(at=> .entry(#key, &#value)));
    }
    Ok(chain)
}

/// A text, which may stand once, or an expression in parentheses.
fn key(token: TokenTree, keys: &mut BTreeSet<String>) -> Result<TokenStream> {
    let span = token.span();
    if let TokenTree::Group(group) = &token
        && group.delimiter() == Delimiter::Parenthesis
    {
        let expression = group.stream();
        return Ok(expression);
    }
    let text: LitStr = syn::parse2(TokenStream::from(token))
        .map_err(|_| Error::new(span, "a key is a text in double quotes, or an expression in parentheses"))?;
    if !keys.insert(text.value()) {
        return Err(Error::new(span, format!("`{}` is set twice", text.value())));
    }
    Ok(quote!(#text))
}

fn list(root: &TokenStream, inside: TokenStream) -> Result<TokenStream> {
    let mut chain = quote!(#root::Document::list());
    for item in split_at_commas(inside) {
        let span = item.span();
        let value = value(root, item, span)?;
        chain.extend(quote_spanned!(span=> .item(&#value)));
    }
    Ok(chain)
}

fn value(root: &TokenStream, tokens: TokenStream, span: Span) -> Result<TokenStream> {
    if let Some(group) = only_group(&tokens)
        && matches!(group.delimiter(), Delimiter::Brace | Delimiter::Bracket)
    {
        return document(root, tokens, span);
    }
    if tokens.is_empty() {
        return Err(Error::new(span, "a value is missing"));
    }
    if tokens.to_string() == "null" {
        return Ok(quote!(#root::Null));
    }
    Ok(quote_spanned!(tokens.span()=> (#tokens)))
}

fn only_group(tokens: &TokenStream) -> Option<Group> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) => Some(group),
        _ => None,
    }
}

/// What stands between commas; one in brackets or in a `::<…>` separates nothing.
fn split_at_commas(input: TokenStream) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part = TokenStream::new();
    let mut angles = 0_usize;
    let mut before = [' ', ' '];
    for token in input {
        let character = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Literal(_) => ' ',
        };
        match character {
            '<' if angles > 0 || before == [':', ':'] => angles += 1,
            '>' if angles > 0 && before[1] != '-' => angles -= 1,
            _ => {}
        }
        before = [before[1], character];
        if character == ',' && angles == 0 {
            parts.push(std::mem::take(&mut part));
        } else {
            part.extend([token]);
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}
