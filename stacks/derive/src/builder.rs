//! The builder: a type parameter for each required attribute, one method for each attribute that can be set.
//!
//! It keeps values and not the struct, all its methods are in one impl block, and each is one call: that is what makes three
//! hundred kinds compile in nine seconds.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::model::{Field, FieldShape, Model, Role};

pub(crate) struct Builder<'a> {
    model: &'a Model,
    private: TokenStream,
    name: Ident,
    needs: Ident,
    /// The type parameters, one for each required attribute.
    states: Vec<Ident>,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(model: &'a Model) -> Self {
        let root = &model.root;
        Self {
            model,
            private: quote!(#root::__private),
            name: format_ident!("{}Builder", model.ident),
            needs: format_ident!("{}_needs", snake_case(&model.ident.to_string())),
            states: (0..model.required().count()).map(|index| format_ident!("S{index}")).collect(),
        }
    }

    pub(crate) fn expand(&self) -> TokenStream {
        let (structure, needs, setters, complete) = (self.structure(), self.needs(), self.setters(), self.complete());
        quote!(#structure #needs #setters #complete)
    }

    fn structure(&self) -> TokenStream {
        let Self { model, private, name, states, .. } = self;
        let (ident, visibility) = (&model.ident, &model.visibility);
        let doc = format!("Sets the attributes of a [`{ident}`]: a method for each.");
        let entry = format!("Begins {}.", article(&model.told()));
        let must_use = match model.role {
            Role::Resource => "it declares nothing until `stack.add` takes it",
            Role::Block => "it does nothing until a setter takes it",
            Role::Lookup => "it asks nothing until `stack.lookup` takes it",
            Role::Provider => "it configures nothing until `stack.provider` takes it",
        };
        quote! {
            #[doc = #doc]
            #[must_use = #must_use]
            #[derive(Clone)]
            #visibility struct #name<#(#states = #private::Missing),*>(
                #private::Draft,
                ::core::marker::PhantomData<fn() -> (#(#states,)*)>,
            );

            impl #ident {
                #[doc = #entry]
                pub fn builder() -> #name {
                    #name(#private::Draft::new(), ::core::marker::PhantomData)
                }
            }
        }
    }

    /// A trait for each required attribute: what is not implemented is what is missing, and the message says so.
    fn needs(&self) -> TokenStream {
        let Self { model, private, needs, .. } = self;
        let visibility = &model.visibility;
        let traits = model.required().map(|field| {
            let ident = &field.ident;
            let message = format!("`{}` needs `{}`", model.told(), field.name);
            let label = format!("add `.{ident}(…)`");
            quote! {
                #[diagnostic::on_unimplemented(message = #message, label = #label)]
                pub trait #ident {}
                impl #ident for #private::Set {}
            }
        });
        quote! {
            #[doc(hidden)]
            #[allow(non_camel_case_types, reason = "named like the attributes, for the messages")]
            #visibility mod #needs {
                #(#traits)*
            }
        }
    }

    fn setters(&self) -> TokenStream {
        let Self { model, private, name, states, .. } = self;
        let mut next_state = 0;
        let setters = model.settable().map(|field| {
            let state = field.is_required.then(|| {
                next_state += 1;
                next_state - 1
            });
            self.setter(field, state)
        });
        let setters: TokenStream = setters.collect();
        let options = match model.role {
            Role::Resource => resource_options(private),
            Role::Lookup => provider_option(private),
            Role::Block | Role::Provider => TokenStream::new(),
        };
        quote! {
            impl<#(#states),*> #name<#(#states),*> {
                #setters
                #options

                /// Applies a setter if there is a value: `.with(zone, |builder, zone| builder.availability_zone(zone))`.
                pub fn with<V>(self, option: ::core::option::Option<V>, set: impl FnOnce(Self, V) -> Self) -> Self {
                    match option {
                        ::core::option::Option::Some(value) => set(self, value),
                        ::core::option::Option::None => self,
                    }
                }
            }
        }
    }

    fn setter(&self, field: &Field, state: Option<usize>) -> TokenStream {
        let Self { model, private, name, states, .. } = self;
        let (ident, attribute) = (&field.ident, &field.name);
        let doc = if field.doc.is_empty() { format!("Sets `{attribute}`.") } else { field.doc.clone() };
        let (returned, condition) = match state {
            None => (quote!(Self), None),
            Some(index) => {
                let after = states
                    .iter()
                    .enumerate()
                    .map(|(position, state)| if position == index { quote!(#private::Set) } else { quote!(#state) });
                let state = &states[index];
                (quote!(#name<#(#after),*>), Some(quote!(where #state: #private::NotSet)))
            }
        };
        let (argument, generics, call) = match model.role {
            Role::Lookup => known_parameter(field, private),
            Role::Resource | Role::Block | Role::Provider => parameter(field, private),
        };
        quote! {
            #[doc = #doc]
            pub fn #ident #generics (self, value: #argument) -> #returned #condition {
                #name(self.0.#call(#attribute, value), ::core::marker::PhantomData)
            }
        }
    }

    /// The trait that says that nothing is missing.
    fn complete(&self) -> TokenStream {
        let Self { model, private, name, needs, states } = self;
        let ident = &model.ident;
        let required = model.required().map(|field| &field.ident);
        let generics = quote!(<#(#states: #needs::#required),*>);
        let draft = quote! {
            fn into_draft(self) -> #private::Draft {
                self.0
            }
        };
        match model.role {
            Role::Resource => quote! {
                impl #generics #private::IntoResource for #name<#(#states),*> {
                    type Resource = #ident;
                    #draft
                }
            },
            Role::Block => quote! {
                impl #generics #private::IntoBlock<#ident> for #name<#(#states),*> {
                    #draft
                }
            },
            Role::Lookup => quote! {
                impl #generics #private::IntoLookup for #name<#(#states),*> {
                    type Lookup = #ident;
                    #draft
                }
            },
            Role::Provider => quote! {
                impl #generics #private::IntoProvider for #name<#(#states),*> {
                    const TYPE: &'static str = <#ident as #private::Provider>::TYPE;
                    #draft
                }
            },
        }
    }
}

/// The type of a setter's argument, the generics it needs, and the method of `Draft` that takes it.
fn parameter(field: &Field, private: &TokenStream) -> (TokenStream, TokenStream, TokenStream) {
    let none = TokenStream::new();
    match &field.shape {
        FieldShape::One(ty) => (quote!(impl #private::IntoInput<#ty>), none, quote!(input)),
        FieldShape::List(ty) => (quote!(impl #private::IntoList<#ty>), none, quote!(list)),
        FieldShape::Map(ty) => (quote!(impl #private::IntoMap<#ty>), none, quote!(map)),
        FieldShape::Secret(ty) => (quote!(impl #private::IntoSecret<#ty>), none, quote!(secret)),
        FieldShape::SecretMap(ty) => {
            let argument = quote!(impl IntoIterator<Item = (K, impl #private::IntoSecret<#ty>)>);
            (argument, quote!(<K: Into<String>>), quote!(secrets))
        }
        FieldShape::Block(ty) => (quote!(impl #private::IntoBlock<#ty>), none, quote!(block)),
        FieldShape::Blocks(ty) => (quote!(impl #private::IntoBlocks<#ty>), none, quote!(blocks)),
        FieldShape::BlockMap(ty) => {
            let argument = quote!(impl IntoIterator<Item = (K, impl #private::IntoBlock<#ty>)>);
            (argument, quote!(<K: Into<String>>), quote!(block_map))
        }
        FieldShape::Computed(_) => (none.clone(), none.clone(), none),
    }
}

/// The same for what a lookup asks, which takes no outputs. Other shapes are refused before.
fn known_parameter(field: &Field, private: &TokenStream) -> (TokenStream, TokenStream, TokenStream) {
    match &field.shape {
        FieldShape::One(ty) => (quote!(impl #private::IntoKnown<#ty>), TokenStream::new(), quote!(known)),
        FieldShape::List(ty) => {
            let argument = quote!(impl IntoIterator<Item = impl #private::IntoKnown<#ty>>);
            (argument, TokenStream::new(), quote!(known_list))
        }
        FieldShape::Map(ty) => {
            let argument = quote!(impl IntoIterator<Item = (K, impl #private::IntoKnown<#ty>)>);
            (argument, quote!(<K: Into<String>>), quote!(known_map))
        }
        FieldShape::Secret(_)
        | FieldShape::SecretMap(_)
        | FieldShape::Block(_)
        | FieldShape::Blocks(_)
        | FieldShape::BlockMap(_)
        | FieldShape::Computed(_) => (TokenStream::new(), TokenStream::new(), TokenStream::new()),
    }
}

/// What can be said of any lookup.
fn provider_option(private: &TokenStream) -> TokenStream {
    quote! {
        /// Asks this provider: another account, region or cluster.
        pub fn provider(self, provider: &#private::ProviderHandle) -> Self {
            Self(self.0.provider(provider), ::core::marker::PhantomData)
        }
    }
}

/// What can be said of any resource.
fn resource_options(private: &TokenStream) -> TokenStream {
    quote! {
        /// Sets what is not modelled: a dotted path and its value as JSON. Plans and policies flag it.
        pub fn raw(self, path: impl Into<String>, json: impl Into<String>) -> Self {
            Self(self.0.raw(path, json), ::core::marker::PhantomData)
        }

        /// Creates it after these resources, and deletes it before them: for what its attributes do not show.
        pub fn depends_on(self, resources: impl #private::Dependencies) -> Self {
            Self(self.0.depends_on(resources), ::core::marker::PhantomData)
        }

        /// Puts it where this provider points to: another account, region or cluster.
        pub fn provider(self, provider: &#private::ProviderHandle) -> Self {
            Self(self.0.provider(provider), ::core::marker::PhantomData)
        }

        /// Says what may happen to it over its life.
        pub fn lifecycle(self, lifecycle: #private::Lifecycle) -> Self {
            Self(self.0.lifecycle(lifecycle), ::core::marker::PhantomData)
        }
    }
}

fn article(told: &str) -> String {
    let begins_with_a_vowel = told.starts_with(|c: char| "aeiouAEIOU".contains(c));
    format!("{} `{told}`", if begins_with_a_vowel { "an" } else { "a" })
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
