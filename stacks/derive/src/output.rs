//! The insides of `output!`: the text is taken apart here, since a declarative macro cannot look into a literal.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Error, Lit, Result};

/// Expands `ROOT { text } { argument } …`, where `ROOT` is the path of the `__private` module in braces.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    chain(input).unwrap_or_else(Error::into_compile_error)
}

/// A part of the text.
enum Part {
    Literal(String),
    /// `{name}`.
    Name(String),
    /// `{}`.
    Next,
}

fn chain(input: TokenStream) -> Result<TokenStream> {
    let mut groups = input.into_iter().filter_map(|token| match token {
        TokenTree::Group(group) => Some(group),
        _ => None,
    });
    let root = groups.next().map(|group| group.stream()).unwrap_or_default();
    let (text, span) = literal(groups.next())?;
    let mut arguments = groups;
    let mut chain = quote!(#root::Text::new());
    for part in parts(&text, span)? {
        chain.extend(match part {
            Part::Literal(text) => {
                let text = Literal::string(&text);
                quote!(.push(#text))
            }
            Part::Name(name) => {
                if name != "self" && syn::parse_str::<Ident>(&name).is_err() {
                    return Err(Error::new(
                        span,
                        format!("`{name}` is a keyword of Rust; write `{{}}` and pass the value"),
                    ));
                }
                let name = Ident::new(&name, span);
                quote_spanned!(span=> .push(&#name))
            }
            Part::Next => {
                let argument = arguments.next();
                let argument =
                    argument.ok_or_else(|| Error::new(span, "the text has more `{}` than there are values"))?;
                let (value, span) = (argument.stream(), argument_span(&argument));
                quote_spanned!(span=> .push(&(#value)))
            }
        });
    }
    match arguments.next() {
        Some(left) => Err(Error::new(argument_span(&left), "this value has no `{}` in the text")),
        None => Ok(quote!(#chain.finish())),
    }
}

fn argument_span(group: &Group) -> Span {
    group.stream().into_iter().next().map_or_else(|| group.span(), |first| innermost(first).span())
}

/// A token without the invisible groups that declarative macros put around what they pass on.
fn innermost(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token
        && group.delimiter() == Delimiter::None
        && let Some(first) = group.stream().into_iter().next()
    {
        return innermost(first);
    }
    token
}

fn literal(group: Option<Group>) -> Result<(String, Span)> {
    let expected = |span| Error::new(span, "a text in double quotes is expected here");
    let group = group.ok_or_else(|| expected(Span::call_site()))?;
    let span = group.span();
    let first = group.stream().into_iter().next().map(innermost);
    match first {
        Some(TokenTree::Literal(literal)) => match Lit::new(literal.clone()) {
            Lit::Str(text) => Ok((text.value(), literal.span())),
            _ => Err(expected(literal.span())),
        },
        Some(other) => Err(expected(other.span())),
        None => Err(expected(span)),
    }
}

/// Takes a text apart; `{{` and `}}` are braces.
fn parts(text: &str, span: Span) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        plain.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            plain.push_str(brace);
            rest = after;
            continue;
        }
        if brace == "}" {
            return Err(Error::new(span, "a `}` without its `{`; write `}}` for the character"));
        }
        let Some(end) = rest.find('}') else {
            return Err(Error::new(span, format!("`{{{rest}` is not closed; write `{{{{` for the character")));
        };
        if !plain.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut plain)));
        }
        parts.push(hole(&rest[..end], span)?);
        rest = &rest[end + 1..];
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Literal(plain));
    }
    Ok(parts)
}

fn hole(inside: &str, span: Span) -> Result<Part> {
    let inside = inside.trim();
    if inside.is_empty() {
        return Ok(Part::Next);
    }
    let is_name =
        !inside.starts_with(|c: char| c.is_ascii_digit()) && inside.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_name {
        return Ok(Part::Name(inside.to_owned()));
    }
    let message = if inside.contains(':') {
        format!("`{{{inside}}}`: an output has no format, since its value is not known yet; write `{{}}` or `{{name}}`")
    } else {
        format!("`{{{inside}}}`: only a name can stand in braces; write `{{}}` and pass `{inside}` behind the text")
    };
    Err(Error::new(span, message))
}
