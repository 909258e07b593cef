//! Completing what an unanswered create made, perhaps in part.
//!
//! Making one object often takes several calls: an IAM role, then each of its policies. Whoever finds the role after a lost
//! reply or a crash knows that it is ours, and not that it is whole. What the create was to set and live lacks is set by an
//! update: the values are those of the plan, and setting what is only not visible yet does no harm.

use flashinfra_plans::{Map, Object};
use flashinfra_providers::{Create, Update};

use super::tries::Tries;
use super::{Ended, Work};
use crate::apply::confirm;

impl Work {
    /// An object of ours that was found, once it is ready and as the create was to make it.
    pub(super) async fn found(&self, request: &Create, object: Object, tries: &mut Tries<'_>) -> Ended {
        let object = match self.made(object, tries).await {
            Ended::Made(object) => object,
            end => return end,
        };
        let changed = confirm::lacking(&self.schema, &self.attributes, &object);
        if changed.is_empty() {
            return Ended::Made(object);
        }
        let before: Map = object.attributes.iter().filter(|(name, _)| changed.contains(name)).cloned().collect();
        let Create { kind, mark, token, inputs } = request.clone();
        let update = Update { kind, id: object.id.clone(), mark, changed, before, inputs, token };
        match self.send_update(&update, tries).await {
            Ended::Failed(error, _) => Ended::Partly(error, Box::new(object)),
            end => end,
        }
    }
}
