//! The arguments of `#[resource(…)]` and `#[attr(…)]`: reading them, with an error that lists what there is.

use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, LitInt, LitStr, Path, Result, Token, parenthesized};

/// One argument: `replace`, `compare = Cidr`, `identity = Named("name")`, `timeouts(create = 900)`.
pub(crate) struct Argument {
    pub(crate) key: Ident,
    pub(crate) value: ArgumentValue,
}

/// What is behind the key of an argument.
pub(crate) enum ArgumentValue {
    /// Nothing: a flag.
    Flag,
    /// A literal text.
    Text(LitStr),
    /// A literal number.
    Integer(LitInt),
    /// A path, which may be a single word, and texts in parentheses behind it.
    Word(Path, Vec<LitStr>),
    /// Texts in parentheses.
    Texts(Vec<LitStr>),
    /// Numbers by name, in parentheses.
    Numbers(Vec<(Ident, LitInt)>),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        // `crate` is a keyword, and a good name for the argument that says where the crate is.
        let key: Ident = syn::ext::IdentExt::parse_any(input)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            if input.peek(LitStr) {
                ArgumentValue::Text(input.parse()?)
            } else if input.peek(LitInt) {
                ArgumentValue::Integer(input.parse()?)
            } else {
                let word = Path::parse_mod_style(input)?;
                let texts = if input.peek(syn::token::Paren) { texts(input)? } else { Vec::new() };
                ArgumentValue::Word(word, texts)
            }
        } else if input.peek(syn::token::Paren) {
            let ahead = input.fork();
            let inside;
            parenthesized!(inside in ahead);
            if inside.peek(LitStr) || inside.is_empty() {
                ArgumentValue::Texts(texts(input)?)
            } else {
                ArgumentValue::Numbers(numbers(input)?)
            }
        } else {
            ArgumentValue::Flag
        };
        Ok(Self { key, value })
    }
}

fn texts(input: ParseStream<'_>) -> Result<Vec<LitStr>> {
    let inside;
    parenthesized!(inside in input);
    let texts = Punctuated::<LitStr, Token![,]>::parse_terminated(&inside)?;
    Ok(texts.into_iter().collect())
}

fn numbers(input: ParseStream<'_>) -> Result<Vec<(Ident, LitInt)>> {
    struct Number(Ident, LitInt);
    impl Parse for Number {
        fn parse(input: ParseStream<'_>) -> Result<Self> {
            let name = input.parse()?;
            input.parse::<Token![=]>()?;
            Ok(Self(name, input.parse()?))
        }
    }
    let inside;
    parenthesized!(inside in input);
    let numbers = Punctuated::<Number, Token![,]>::parse_terminated(&inside)?;
    Ok(numbers.into_iter().map(|Number(name, number)| (name, number)).collect())
}

/// All arguments of the attributes called `name`, each key at most once.
pub(crate) fn arguments(attributes: &[Attribute], name: &str) -> Result<Vec<Argument>> {
    let mut all: Vec<Argument> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(name)) {
        for argument in attribute.parse_args_with(Punctuated::<Argument, Token![,]>::parse_terminated)? {
            if all.iter().any(|earlier| earlier.key == argument.key) {
                return Err(Error::new(argument.key.span(), format!("`{}` is said twice", argument.key)));
            }
            all.push(argument);
        }
    }
    Ok(all)
}

impl Argument {
    pub(crate) fn span(&self) -> Span {
        self.key.span()
    }

    /// The error of a value that does not fit the key.
    pub(crate) fn expected(&self, form: &str) -> Error {
        Error::new(self.span(), format!("write `{form}`"))
    }

    pub(crate) fn flag(&self) -> Result<()> {
        match &self.value {
            ArgumentValue::Flag => Ok(()),
            _ => Err(self.expected(&self.key.to_string())),
        }
    }

    pub(crate) fn text(&self) -> Result<&LitStr> {
        match &self.value {
            ArgumentValue::Text(text) => Ok(text),
            _ => Err(self.expected(&format!("{} = \"…\"", self.key))),
        }
    }

    pub(crate) fn integer(&self) -> Result<u32> {
        match &self.value {
            ArgumentValue::Integer(number) => number.base10_parse(),
            _ => Err(self.expected(&format!("{} = 1", self.key))),
        }
    }

    pub(crate) fn path(&self) -> Result<&Path> {
        match &self.value {
            ArgumentValue::Word(path, texts) if texts.is_empty() => Ok(path),
            _ => Err(self.expected(&format!("{} = some::path", self.key))),
        }
    }

    pub(crate) fn texts(&self) -> Result<&[LitStr]> {
        match &self.value {
            ArgumentValue::Texts(texts) => Ok(texts),
            _ => Err(self.expected(&format!("{}(\"a\", \"b\")", self.key))),
        }
    }

    /// A word and what stands in parentheses behind it, as in `Named("name")`. `words` lists the words that there are;
    /// one that takes a text is written with `(…)`.
    pub(crate) fn word(&self, words: &[&str]) -> Result<(String, Option<LitStr>)> {
        let choice = || words.iter().map(|word| format!("`{}`", word.replace('…', "\"…\""))).collect::<Vec<_>>();
        let wrong = || Error::new(self.span(), format!("`{}` is one of {}", self.key, choice().join(", ")));
        let ArgumentValue::Word(path, texts) = &self.value else { return Err(wrong()) };
        let word = path.get_ident().ok_or_else(wrong)?.to_string();
        let takes_text = words.contains(&format!("{word}(…)").as_str());
        match texts.as_slice() {
            [] if words.contains(&word.as_str()) => Ok((word, None)),
            [text] if takes_text => Ok((word, Some(text.clone()))),
            _ => Err(wrong()),
        }
    }

    /// One of these words, and the texts in parentheses behind it.
    pub(crate) fn word_of_many(&self, words: &[&str]) -> Result<(String, Vec<LitStr>)> {
        match &self.value {
            ArgumentValue::Word(path, texts) if texts.len() > 1 => {
                let word = path.get_ident().map(ToString::to_string).unwrap_or_default();
                match words.contains(&format!("{word}(…)").as_str()) {
                    true => Ok((word, texts.clone())),
                    false => self.word(words).map(|(word, _)| (word, Vec::new())),
                }
            }
            _ => self.word(words).map(|(word, text)| (word, text.into_iter().collect())),
        }
    }

    /// Seconds to create, to update and to delete; what is not said is the default.
    pub(crate) fn seconds(&self, default: u32) -> Result<[u32; 3]> {
        const NAMES: [&str; 3] = ["create", "update", "delete"];
        let form = || self.expected(&format!("{}(create = 60, update = 60, delete = 60)", self.key));
        let ArgumentValue::Numbers(numbers) = &self.value else { return Err(form()) };
        let mut seconds = [default; 3];
        for (name, number) in numbers {
            let index = NAMES.iter().position(|known| name == known).ok_or_else(form)?;
            seconds[index] = number.base10_parse()?;
        }
        Ok(seconds)
    }

    /// The error of a key that does not exist.
    pub(crate) fn unknown(&self, known: &[&str]) -> Error {
        let known = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        Error::new(self.span(), format!("there is no `{}` here, only {known}", self.key))
    }
}

/// The documentation comments among attributes, as Markdown.
pub(crate) fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).filter_map(|attribute| {
        let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
        let text = text.value();
        Some(text.strip_prefix(' ').map_or(text.clone(), str::to_owned))
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
