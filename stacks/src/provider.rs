//! Provider instances: which account, region or cluster a resource lives in.

use crate::draft::Draft;

/// A type of provider: a struct with `#[derive(Provider)]`, whose fields are what can be configured.
pub trait Provider {
    /// Its name, which is what its kinds begin with: `aws`.
    const TYPE: &'static str;
}

/// The configuration of a provider: a builder of a struct with `#[derive(Provider)]` on which everything required is set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the configuration of a provider",
    label = "a builder is needed here, as in `aws::Provider::builder()`"
)]
pub trait IntoProvider {
    /// The type of the provider, which is what its kinds begin with: `aws`.
    const TYPE: &'static str;

    /// What was set: for generated code.
    #[doc(hidden)]
    fn into_draft(self) -> Draft;
}

/// A configured provider, as resources and scopes refer to it.
#[derive(Clone, Debug)]
pub struct ProviderHandle {
    name: String,
}

impl ProviderHandle {
    pub(crate) fn new(name: String) -> Self {
        Self { name }
    }

    /// Its name in the stack.
    pub fn name(&self) -> &str {
        &self.name
    }
}
