//! What the adapter does for one kind of lookup.

use async_trait::async_trait;
use flashinfra_plans::{Live, Map, Name, Object, Phase};
use flashinfra_providers::{Error, Question};
use flashinfra_stacks::schema::Schema;

use crate::clients::Clients;

/// One kind of lookup: its calls.
#[async_trait]
pub(crate) trait Lookup: Send + Sync {
    /// The schema, whose definition is the file of the same name in `stacks/aws`.
    fn schema(&self) -> &'static Schema;

    /// The IAM actions of its calls.
    fn permissions(&self) -> &'static [&'static str];

    /// Answers all lookups of this kind in one provider instance, in their order.
    ///
    /// # Errors
    /// When nobody could be asked, which leaves all of them without an answer.
    async fn answer(&self, aws: &Clients, asked: &[Question]) -> Result<Vec<Live>, Error>;
}

/// An answer: what was found, under its own id or name.
pub(crate) fn found(id: &str, attributes: Map) -> Live {
    let (unverified, owner, managed_by) = (Vec::new(), None, None);
    Live::Present(Object { id: id.into(), phase: Phase::Ready, attributes, unverified, owner, managed_by })
}

/// A lookup that has no answer although something was found.
pub(crate) fn refused(reason: impl Into<Name>) -> Live {
    Live::Unreadable { reason: reason.into() }
}
