//! A struct with `#[derive(Resource)]`, `#[derive(Block)]`, `#[derive(Lookup)]` or `#[derive(Provider)]`, read and checked.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Fields, GenericArgument, LitStr, PathArguments, Result, Type, Visibility};

use crate::facts::{Argument, arguments, doc};
use crate::upgrade;

/// What is derived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Resource,
    Block,
    Lookup,
    Provider,
}

/// A struct whose fields are attributes.
pub(crate) struct Model {
    pub(crate) role: Role,
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) doc: String,
    /// The arguments of `#[resource(…)]`, `#[block(…)]`, `#[lookup(…)]` or `#[provider(…)]`.
    pub(crate) arguments: Vec<Argument>,
    /// The path of the crate that generated code refers to.
    pub(crate) root: TokenStream,
    pub(crate) fields: Vec<Field>,
    /// How rows of former versions are understood: since when, where it is said, and what.
    pub(crate) upgrades: Vec<(u32, Span, TokenStream)>,
}

/// A field: one attribute.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// The name of the attribute, which is that of the field unless `#[attr(name = "…")]` says otherwise.
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) shape: FieldShape,
    pub(crate) is_required: bool,
    pub(crate) arguments: Vec<Argument>,
}

/// What the type of a field says.
pub(crate) enum FieldShape {
    /// `Input<T>`.
    One(Type),
    /// `List<T>`.
    List(Type),
    /// `Map<T>` or `BTreeMap<String, Input<T>>`.
    Map(Type),
    /// `Secret<T>`.
    Secret(Type),
    /// `BTreeMap<String, Secret<T>>`.
    SecretMap(Type),
    /// The name of a block.
    Block(Type),
    /// `Vec` of a block.
    Blocks(Type),
    /// `BTreeMap<String, _>` of a block.
    BlockMap(Type),
    /// `Computed<T>`: only the provider sets it.
    Computed(ComputedShape),
}

/// What is inside a `Computed`.
pub(crate) enum ComputedShape {
    One(Type),
    List(Type),
    Map(Type),
    Secret(Type),
}

/// Methods that every builder has, and which no setter may hide.
const RESERVED: [&str; 6] = ["raw", "depends_on", "provider", "lifecycle", "with", "clone"];

impl Model {
    pub(crate) fn read(input: &DeriveInput, role: Role) -> Result<Self> {
        if let Some(parameter) = input.generics.params.first() {
            return Err(Error::new(parameter.span(), "the struct stands for a schema, so it has no type parameters"));
        }
        let Data::Struct(data) = &input.data else {
            return Err(Error::new(input.ident.span(), "attributes are the fields of a struct"));
        };
        let fields = match &data.fields {
            Fields::Named(fields) => fields.named.iter().map(Field::read).collect::<Result<Vec<_>>>()?,
            Fields::Unit => Vec::new(),
            Fields::Unnamed(fields) => return Err(Error::new(fields.span(), "attributes have names")),
        };
        let arguments = arguments(&input.attrs, role.attribute())?;
        let root = match arguments.iter().find(|argument| argument.key == "crate") {
            Some(argument) => {
                let path = argument.path()?;
                quote!(#path)
            }
            None => quote!(::flashinfra),
        };
        let mut upgrades = upgrade::read(&input.attrs, None)?;
        if let Fields::Named(named) = &data.fields {
            for (of_struct, field) in named.named.iter().zip(&fields) {
                upgrades.extend(upgrade::read(&of_struct.attrs, Some(&field.name))?);
            }
        }
        if let Some((_, span, _)) = upgrades.first().filter(|_| role != Role::Resource) {
            return Err(Error::new(*span, "only a kind has rows of its own: say it where the kind is"));
        }
        Ok(Self {
            role,
            upgrades,
            ident: input.ident.clone(),
            visibility: input.vis.clone(),
            doc: doc(&input.attrs),
            arguments,
            root,
            fields,
        })
    }

    /// The fields that have a setter.
    pub(crate) fn settable(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !field.is_computed())
    }

    /// The fields without which a builder is not complete, in the order of its type parameters.
    pub(crate) fn required(&self) -> impl Iterator<Item = &Field> {
        self.settable().filter(|field| field.is_required)
    }

    /// Whether an attribute of this name exists.
    pub(crate) fn has(&self, name: &LitStr) -> Result<()> {
        if self.fields.iter().any(|field| field.name == name.value()) {
            return Ok(());
        }
        Err(Error::new(name.span(), format!("{} has no attribute `{}`", self.ident, name.value())))
    }

    /// What messages call it: the kind, the name of the block, the type of the provider.
    pub(crate) fn told(&self) -> String {
        let key = match self.role {
            Role::Resource | Role::Lookup => "kind",
            Role::Block => return self.ident.to_string(),
            Role::Provider => "name",
        };
        let text = self.arguments.iter().find(|argument| argument.key == key).and_then(|argument| argument.text().ok());
        match (self.role, text) {
            (Role::Provider, Some(text)) => format!("provider {}", text.value()),
            (_, Some(text)) => text.value(),
            (_, None) => self.ident.to_string(),
        }
    }
}

impl Role {
    /// The name of the attribute that goes with the derive.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Block => "block",
            Self::Lookup => "lookup",
            Self::Provider => "provider",
        }
    }
}

impl Field {
    fn read(field: &syn::Field) -> Result<Self> {
        let ident = field.ident.clone().ok_or_else(|| Error::new(field.span(), "attributes have names"))?;
        let arguments = arguments(&field.attrs, "attr")?;
        let name = match arguments.iter().find(|argument| argument.key == "name") {
            Some(argument) => argument.text()?.value(),
            None => ident.unraw().to_string(),
        };
        if RESERVED.iter().any(|reserved| ident == reserved) {
            let message = format!(
                "every builder has a method `{ident}`: call the field `{ident}_` with `#[attr(name = \"{ident}\")]`"
            );
            return Err(Error::new(ident.span(), message));
        }
        let (ty, is_optional) = match argument_of(&field.ty, "Option") {
            Some(inner) => (inner, true),
            None => (&field.ty, false),
        };
        let shape = FieldShape::of(ty)?;
        if is_optional && matches!(shape, FieldShape::Computed(_)) {
            return Err(Error::new(
                field.ty.span(),
                "what the provider sets is never required: write `Computed<…>` alone",
            ));
        }
        let is_required = !is_optional && !matches!(shape, FieldShape::Computed(_));
        Ok(Self { ident, name, doc: doc(&field.attrs), shape, is_required, arguments })
    }

    pub(crate) fn is_computed(&self) -> bool {
        matches!(self.shape, FieldShape::Computed(_))
    }

    /// Whether the value is a secret.
    pub(crate) fn is_secret(&self) -> bool {
        matches!(
            self.shape,
            FieldShape::Secret(_) | FieldShape::SecretMap(_) | FieldShape::Computed(ComputedShape::Secret(_))
        )
    }

    /// Whether there is more than one value in it.
    pub(crate) fn is_collection(&self) -> bool {
        !matches!(
            self.shape,
            FieldShape::One(_)
                | FieldShape::Secret(_)
                | FieldShape::Block(_)
                | FieldShape::Computed(ComputedShape::One(_) | ComputedShape::Secret(_))
        )
    }
}

impl FieldShape {
    fn of(ty: &Type) -> Result<Self> {
        if let Some(inner) = argument_of(ty, "Input") {
            return Ok(Self::One(inner.clone()));
        }
        if let Some(inner) = argument_of(ty, "List") {
            return Ok(Self::List(inner.clone()));
        }
        if let Some(inner) = argument_of(ty, "Map") {
            return Ok(Self::Map(inner.clone()));
        }
        if let Some(inner) = argument_of(ty, "Secret") {
            return Ok(Self::Secret(inner.clone()));
        }
        if let Some(inner) = argument_of(ty, "Computed") {
            return Ok(Self::Computed(ComputedShape::of(inner)));
        }
        if let Some(inner) = argument_of(ty, "BTreeMap") {
            return Ok(if let Some(inner) = argument_of(inner, "Input") {
                Self::Map(inner.clone())
            } else if let Some(inner) = argument_of(inner, "Secret") {
                Self::SecretMap(inner.clone())
            } else {
                Self::BlockMap(inner.clone())
            });
        }
        if let Some(inner) = argument_of(ty, "Vec") {
            return match argument_of(inner, "Input") {
                Some(inner) => Err(Error::new(ty.span(), format!("write `List<{}>`", quote!(#inner)))),
                None => Ok(Self::Blocks(inner.clone())),
            };
        }
        if last_segment(ty).is_some_and(|segment| segment.ident == "Any") {
            return Ok(Self::One(ty.clone()));
        }
        match ty {
            Type::Path(_) => Ok(Self::Block(ty.clone())),
            _ => Err(Error::new(ty.span(), "an attribute is an `Input<…>`, a `List<…>`, a `Computed<…>` or a block")),
        }
    }
}

impl ComputedShape {
    fn of(inner: &Type) -> Self {
        if let Some(inner) = argument_of(inner, "Vec") {
            Self::List(inner.clone())
        } else if let Some(inner) = argument_of(inner, "BTreeMap") {
            Self::Map(inner.clone())
        } else if let Some(inner) = argument_of(inner, "Secret") {
            Self::Secret(inner.clone())
        } else {
            Self::One(inner.clone())
        }
    }
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The last type argument of a type of this name: `T` of `Option<T>`, `V` of `BTreeMap<K, V>`.
fn argument_of<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let segment = last_segment(ty).filter(|segment| segment.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match arguments.args.last()? {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}
