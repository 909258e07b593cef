//! The schema of a kind or a block, as constants.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Error, LitStr, Result, Type};

use crate::facts::Argument;
use crate::model::{ComputedShape, Field, FieldShape, Model};
use crate::upgrade;

const ON_RESOURCE: [&str; 10] = [
    "kind",
    "version",
    "identity",
    "carrier",
    "create_once",
    "stateful",
    "settle_seconds",
    "timeouts",
    "typical",
    "wait_codes",
];

const ON_FIELD: [&str; 14] = [
    "name",
    "replace",
    "once",
    "compare",
    "mode",
    "set",
    "keyed",
    "exclusive",
    "either",
    "secret",
    "unset",
    "delete_argument",
    "delete_guard",
    "changes_with",
];

/// The schema of a kind: an expression of type `&'static Schema`. The crate's `__private` module is in scope as `__p`.
pub(crate) fn of_resource(model: &Model) -> Result<TokenStream> {
    let mut kind = None;
    let mut version = 1;
    let mut identity = quote!(__p::Identity::Assigned);
    let mut carrier = quote!(__p::Carrier::None);
    let mut create_once = quote!(__p::CreateOnce::Neither);
    let (mut stateful, mut settle_seconds) = (false, 0);
    let (mut timeouts, mut typical) = ([600; 3], [1; 3]);
    let mut wait_codes: &[LitStr] = &[];
    for argument in &model.arguments {
        match argument.key.to_string().as_str() {
            "crate" => {}
            "kind" => kind = Some(kind_name(argument)?),
            "version" => version = argument.integer()?,
            "identity" => identity = identity_of(argument, model)?,
            "carrier" => carrier = variant(argument, "Carrier", &CARRIERS)?,
            "create_once" => create_once = variant(argument, "CreateOnce", &["Token", "UniqueName", "Neither"])?,
            "stateful" => {
                argument.flag()?;
                stateful = true;
            }
            "settle_seconds" => settle_seconds = argument.integer()?,
            "timeouts" => timeouts = argument.seconds(600)?,
            "typical" => typical = argument.seconds(1)?,
            "wait_codes" => wait_codes = argument.texts()?,
            _ => return Err(argument.unknown(&ON_RESOURCE)),
        }
    }
    let kind =
        kind.ok_or_else(|| Error::new(model.ident.span(), "say what it is: `#[resource(kind = \"aws.subnet\")]`"))?;
    let doc = &model.doc;
    let (timeouts, typical) = (seconds(timeouts), seconds(typical));
    let attributes = of_fields(model)?;
    let upgrades = upgrade::all(&model.upgrades, version)?;
    Ok(quote! {{
        const UPGRADES: &[__p::Upgrade] = &[#(#upgrades),*];
        const ATTRIBUTES: &[__p::Attribute] = #attributes;
        const WAIT_CODES: &[__p::SchemaText] = &[#(__p::text(#wait_codes)),*];
        &__p::Schema {
            kind: __p::text(#kind),
            version: #version,
            doc: __p::text(#doc),
            identity: #identity,
            carrier: #carrier,
            create_once: #create_once,
            stateful: #stateful,
            reconciled: false,
            ends: false,
            settle_seconds: #settle_seconds,
            timeouts: #timeouts,
            typical: #typical,
            wait_codes: __p::items(WAIT_CODES),
            upgrades: __p::items(UPGRADES),
            attributes: __p::items(ATTRIBUTES),
        }
    }})
}

const CARRIERS: [&str; 7] = ["TagAtCreate", "TagAfterCreate", "Label", "Description", "Name", "KeyInParent", "None"];

/// The attributes of a kind or a block: an expression of type `&'static [Attribute]`.
pub(crate) fn of_fields(model: &Model) -> Result<TokenStream> {
    let attributes = model.fields.iter().map(|field| of_field(field, model)).collect::<Result<Vec<_>>>()?;
    Ok(quote!(&[#(#attributes),*]))
}

/// What the arguments of a field say, beyond what its type says.
struct Facts {
    mode: TokenStream,
    compare: TokenStream,
    change: TokenStream,
    unset: TokenStream,
    stability: TokenStream,
    is_set: bool,
    is_keyed: bool,
    is_either: bool,
    delete_argument: bool,
    delete_guard: bool,
}

impl Facts {
    fn of(field: &Field, model: &Model) -> Result<Self> {
        let mut facts = Self {
            mode: quote!(__p::Mode::Enforce),
            compare: quote!(__p::Compare::Exact),
            change: quote!(__p::Change::Update),
            unset: quote!(__p::Unset::Release),
            stability: quote!(__p::Stability::Fixed),
            is_set: false,
            is_keyed: field.is_map(),
            is_either: false,
            delete_argument: false,
            delete_guard: false,
        };
        for argument in &field.arguments {
            facts.read(argument, field, model)?;
        }
        Ok(facts)
    }

    fn read(&mut self, argument: &Argument, field: &Field, model: &Model) -> Result<()> {
        let key = argument.key.to_string();
        refuse_where_senseless(&key, argument, field)?;
        match key.as_str() {
            "name" => {}
            "compare" => {
                self.compare = variant(
                    argument,
                    "Compare",
                    &["Exact", "IgnoreCase", "Cidr", "Json", "DomainName", "Quantity", "Duration"],
                )?;
            }
            "mode" => self.mode = variant(argument, "Mode", &MODES)?,
            "unset" => self.unset = unset(argument)?,
            "changes_with" => self.stability = changes_with(argument, model)?,
            _ => {
                argument.flag()?;
                match key.as_str() {
                    "replace" => self.change = quote!(__p::Change::Replace),
                    "once" => self.change = quote!(__p::Change::Once),
                    "set" => self.is_set = true,
                    "keyed" => self.is_keyed = true,
                    "exclusive" => self.is_keyed = false,
                    "either" => self.is_either = true,
                    // The type says so already; it may be said again for the reader.
                    "secret" => {}
                    "delete_argument" => self.delete_argument = true,
                    "delete_guard" => self.delete_guard = true,
                    _ => return Err(argument.unknown(&ON_FIELD)),
                }
            }
        }
        Ok(())
    }
}

const MODES: [&str; 6] = ["Enforce", "Initial", "AtLeast", "Prefix", "WriteOnly", "YieldTo(…)"];

fn refuse_where_senseless(key: &str, argument: &Argument, field: &Field) -> Result<()> {
    let refusal = match key {
        "secret" if !field.is_secret() => "make it a `Secret<String>`: the type keeps the clear text out of the stack",
        "set" if !field.is_list() => "only a `List<…>` or a `Vec` of blocks can be a set",
        "keyed" | "exclusive" if !field.is_collection() => {
            "only lists, sets and maps have entries that could be foreign"
        }
        "either" if field.is_required || field.is_computed() => {
            "write the type as `Option<…>`: the stack or the provider sets it"
        }
        "unset" if field.is_required || field.is_computed() => "only what is an `Option<…>` can be unset",
        "changes_with" if field.is_required => "what the stack always sets changes when the stack says so",
        "replace" | "mode" | "delete_argument" | "delete_guard" if field.is_computed() => {
            "the stack cannot set a `Computed<…>`"
        }
        _ => return Ok(()),
    };
    Err(Error::new(argument.span(), refusal))
}

fn of_field(field: &Field, model: &Model) -> Result<TokenStream> {
    let Facts { mode, compare, change, unset, stability, is_set, is_keyed, is_either, delete_argument, delete_guard } =
        Facts::of(field, model)?;
    let (name, doc, secret) = (&field.name, &field.doc, field.is_secret());
    let (container, element) = shape(field, is_set);
    let set_by = match (field.is_computed(), field.is_required, is_either) {
        (true, _, _) => quote!(__p::SetBy::Provider),
        (_, true, _) => quote!(__p::SetBy::Required),
        (_, _, true) => quote!(__p::SetBy::Either),
        (_, _, false) => quote!(__p::SetBy::Optional),
    };
    let collection = if is_keyed { quote!(__p::Collection::Keyed) } else { quote!(__p::Collection::Exclusive) };
    Ok(quote! {
        __p::Attribute {
            name: __p::text(#name),
            doc: __p::text(#doc),
            shape: __p::Shape { container: #container, element: #element },
            set_by: #set_by,
            mode: #mode,
            compare: #compare,
            change: #change,
            collection: #collection,
            unset: #unset,
            secret: #secret,
            delete_argument: #delete_argument,
            delete_guard: #delete_guard,
            stability: #stability,
        }
    })
}

fn shape(field: &Field, is_set: bool) -> (TokenStream, TokenStream) {
    let list = if is_set { quote!(__p::Container::Set) } else { quote!(__p::Container::List) };
    let one = quote!(__p::Container::One);
    let map = quote!(__p::Container::Map);
    match &field.shape {
        FieldShape::One(ty)
        | FieldShape::Secret(ty)
        | FieldShape::Computed(ComputedShape::One(ty) | ComputedShape::Secret(ty)) => (one, scalar(ty)),
        FieldShape::List(ty) | FieldShape::Computed(ComputedShape::List(ty)) => (list, scalar(ty)),
        FieldShape::Map(ty) | FieldShape::SecretMap(ty) | FieldShape::Computed(ComputedShape::Map(ty)) => {
            (map, scalar(ty))
        }
        FieldShape::Block(ty) => (one, block(ty)),
        FieldShape::Blocks(ty) => (list, block(ty)),
        FieldShape::BlockMap(ty) => (map, block(ty)),
    }
}

fn scalar(ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as __p::Scalar>::ELEMENT)
}

fn block(ty: &Type) -> TokenStream {
    let attributes = quote_spanned!(ty.span()=> <#ty as __p::Block>::ATTRIBUTES);
    quote!(__p::Element::Block(__p::items(#attributes)))
}

pub(crate) fn kind_name(argument: &Argument) -> Result<String> {
    let text = argument.text()?;
    let kind = text.value();
    let good = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase())
            && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    match kind.split_once('.') {
        Some((provider, resource)) if good(provider) && good(resource) => Ok(kind),
        _ => Err(Error::new(text.span(), "a kind is `provider.resource` in snake case, as in `aws.db_instance`")),
    }
}

fn identity_of(argument: &Argument, model: &Model) -> Result<TokenStream> {
    let (word, attributes) = argument.word_of_many(&["Assigned", "Named(…)", "Composed(…)"])?;
    for attribute in &attributes {
        model.has(attribute)?;
    }
    Ok(match (word.as_str(), attributes.as_slice()) {
        ("Named", [attribute]) => quote!(__p::Identity::Named(__p::text(#attribute))),
        ("Named", _) => return Err(argument.expected("identity = Composed(\"…\", \"…\")")),
        ("Composed", _) => quote!(__p::Identity::Composed({
            const NAMES: &[__p::SchemaText] = &[#(__p::text(#attributes)),*];
            __p::items(NAMES)
        })),
        _ => quote!(__p::Identity::Assigned),
    })
}

/// The variant of an enum of the schema.
fn variant(argument: &Argument, of: &str, words: &[&str]) -> Result<TokenStream> {
    let (word, text) = argument.word(words)?;
    let (of, word) = (format_ident!("{of}"), format_ident!("{word}"));
    Ok(match text {
        Some(text) => quote!(__p::#of::#word(__p::text(#text))),
        None => quote!(__p::#of::#word),
    })
}

fn unset(argument: &Argument) -> Result<TokenStream> {
    let (word, literal) = argument.word(&["Release", "Clear", "Reset(…)"])?;
    if let Some(literal) = &literal
        && !is_json_literal(&literal.value())
    {
        let message = "write the value as JSON: `Reset(\"false\")`, `Reset(\"7\")`, text in quotes of its own: `Reset(\"\\\"gp3\\\"\")`";
        return Err(Error::new(literal.span(), message));
    }
    let word = format_ident!("{word}");
    Ok(match literal {
        Some(literal) => quote!(__p::Unset::#word(__p::text(#literal))),
        None => quote!(__p::Unset::#word),
    })
}

/// Whether this looks like JSON: enough to catch a text without quotes.
fn is_json_literal(text: &str) -> bool {
    matches!(text, "true" | "false" | "null")
        || text.parse::<i64>().is_ok()
        || (text.len() >= 2 && text.starts_with('"') && text.ends_with('"'))
        || (text.starts_with('[') && text.ends_with(']'))
        || (text.starts_with('{') && text.ends_with('}'))
}

fn changes_with(argument: &Argument, model: &Model) -> Result<TokenStream> {
    let names = argument.texts()?;
    for name in names {
        model.has(name)?;
    }
    Ok(quote!(__p::Stability::ChangesWith({
        const NAMES: &[__p::SchemaText] = &[#(__p::text(#names)),*];
        __p::items(NAMES)
    })))
}

fn seconds([create, update, delete]: [u32; 3]) -> TokenStream {
    quote!(__p::Seconds { create: #create, update: #update, delete: #delete })
}

impl Field {
    fn is_list(&self) -> bool {
        matches!(self.shape, FieldShape::List(_) | FieldShape::Blocks(_) | FieldShape::Computed(ComputedShape::List(_)))
    }

    fn is_map(&self) -> bool {
        matches!(
            self.shape,
            FieldShape::Map(_)
                | FieldShape::SecretMap(_)
                | FieldShape::BlockMap(_)
                | FieldShape::Computed(ComputedShape::Map(_))
        )
    }
}
