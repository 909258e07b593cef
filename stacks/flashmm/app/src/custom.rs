//! Kinds of operators that FlashMM uses, checked as far as it uses them.

use std::sync::LazyLock;

use flashinfra::kubernetes::{Definitions, Object};
use serde_json::Value as Json;

/// What of External Secrets, cert-manager and the Prometheus operator is used here. Their own definitions say more; they come with
/// their charts.
static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(|| Definitions::from_json(include_str!("../crds.json")));

/// A custom resource.
pub(crate) fn object(custom: Json) -> Object {
    DEFINITIONS.object(custom)
}
