//! The handle of a declared resource: an address, and a method for each attribute that others can refer to.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::facts::ArgumentValue;
use crate::lookup;
use crate::model::{ComputedShape, Field, FieldShape, Model, Role};

pub(crate) fn expand(model: &Model) -> TokenStream {
    let root = &model.root;
    let private = quote!(#root::__private);
    let (ident, visibility) = (&model.ident, &model.visibility);
    let name = format_ident!("{ident}Handle");
    let is_lookup = model.role == Role::Lookup;
    let doc = match is_lookup {
        true => format!("A declared [`{ident}`], as resources refer to its answer: its methods are what is answered."),
        false => format!("A declared [`{ident}`], as other resources refer to it: its methods are its attributes."),
    };
    let answered = |field: &&Field| !is_lookup || field.is_computed() || lookup::is_answered(field);
    let methods = model.fields.iter().filter(answered).filter_map(|field| method(field, &private));
    let implemented = if is_lookup { of_lookup(&name, &private) } else { of_resource(&name, &private) };
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #visibility struct #name(#private::Address);

        impl #name {
            #(#methods)*
        }

        #implemented
    }
}

fn of_resource(name: &Ident, private: &TokenStream) -> TokenStream {
    quote! {
        impl ::core::convert::AsRef<#private::Address> for #name {
            fn as_ref(&self) -> &#private::Address {
                &self.0
            }
        }

        impl #private::Handle for #name {
            fn at(address: #private::Address) -> Self {
                Self(address)
            }
        }
    }
}

/// A lookup is no resource: nothing can be ordered behind it.
fn of_lookup(name: &Ident, private: &TokenStream) -> TokenStream {
    quote! {
        impl #private::LookupHandle for #name {
            fn at(address: #private::Address) -> Self {
                Self(address)
            }
        }
    }
}

/// The method of an attribute; `None` for what cannot be referred to: secrets that the stack has at hand itself, what
/// cannot be read back, and blocks.
fn method(field: &Field, private: &TokenStream) -> Option<TokenStream> {
    if field.arguments.iter().any(|argument| cannot_be_read(&argument.key.to_string(), &argument.value)) {
        return None;
    }
    let (ident, attribute) = (&field.ident, &field.name);
    let output = quote!(#private::Output);
    let (returned, function) = match &field.shape {
        FieldShape::One(ty) | FieldShape::Computed(ComputedShape::One(ty)) => (quote!(#output<#ty>), quote!(output)),
        FieldShape::List(ty) | FieldShape::Computed(ComputedShape::List(ty)) => {
            (quote!(#output<::std::vec::Vec<#ty>>), quote!(output))
        }
        FieldShape::Map(ty) | FieldShape::Computed(ComputedShape::Map(ty)) => {
            (quote!(#output<::std::collections::BTreeMap<::std::string::String, #ty>>), quote!(output))
        }
        FieldShape::Computed(ComputedShape::Secret(ty)) => (quote!(#private::Secret<#ty>), quote!(secret_output)),
        FieldShape::Secret(_)
        | FieldShape::SecretMap(_)
        | FieldShape::Block(_)
        | FieldShape::Blocks(_)
        | FieldShape::BlockMap(_) => return None,
    };
    let doc = if field.doc.is_empty() { format!("Refers to `{attribute}`.") } else { field.doc.clone() };
    Some(quote! {
        #[doc = #doc]
        pub fn #ident(&self) -> #returned {
            #private::#function(&self.0, #attribute)
        }
    })
}

fn cannot_be_read(key: &str, value: &ArgumentValue) -> bool {
    let is_write_only = matches!(value, ArgumentValue::Word(word, _) if word.is_ident("WriteOnly"));
    key == "delete_argument" || (key == "mode" && is_write_only)
}
