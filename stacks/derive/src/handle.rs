//! The handle of a declared resource: an address, and a method for each attribute that others can refer to.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::facts::ArgumentValue;
use crate::model::{ComputedShape, Field, FieldShape, Model};

pub(crate) fn expand(model: &Model) -> TokenStream {
    let root = &model.root;
    let private = quote!(#root::__private);
    let (ident, visibility) = (&model.ident, &model.visibility);
    let name = format_ident!("{ident}Handle");
    let doc = format!("A declared [`{ident}`], as other resources refer to it: its methods are its attributes.");
    let methods = model.fields.iter().filter_map(|field| method(field, &private));
    quote! {
        #[doc = #doc]
        #[derive(Clone, Debug)]
        #visibility struct #name(#private::Address);

        impl #name {
            #(#methods)*
        }

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
