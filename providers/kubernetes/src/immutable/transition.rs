//! Fields of custom resources that never change, from the rules in their schema.
//!
//! The common way to say it is a rule in CEL on the field itself, `self == oldSelf`. It is recognised as text, which is all that this
//! needs: other rules, which allow some changes, are left to the server's dry-run.

use serde_json::Value;

use super::Reason;
use crate::object::{items, text};
use crate::path::{Path, Step};

/// Whether the schema of a custom resource (`spec.versions[].schema.openAPIV3Schema`) says of the place, or of what is around it, that
/// it never changes.
pub fn forces_replacement_by_schema(schema: &Value, path: &Path, before: &Value, after: &Value) -> Option<Reason> {
    let mut here = schema;
    let mut found = None;
    for (depth, step) in path.0.iter().enumerate() {
        let next = match step {
            Step::Field(name) => here
                .get("properties")
                .and_then(|properties| properties.get(name))
                .or_else(|| here.get("additionalProperties")),
            Step::Keys(_) | Step::Member(_) | Step::Index(_) => here.get("items"),
        };
        let Some(next) = next else { break };
        here = next;
        if let Some(rule) = items(here, "x-kubernetes-validations").iter().find(|rule| is_fixed(text(rule, "rule"))) {
            found = Some((Path(path.0[..=depth].to_vec()), rule));
            break;
        }
    }
    let (place, rule) = found?;
    let was = place.get(before).filter(|was| !was.is_null())?;
    if Some(was) == place.get(after) {
        return None;
    }
    let why = match text(rule, "message") {
        "" => "its schema says that it never changes",
        message => message,
    };
    Some(Reason { path: place.to_string(), why: why.to_owned(), source: text(rule, "rule").to_owned() })
}

/// `self == oldSelf`, either way round and however it is spaced. A rule of this form is asked only where there is an old value.
fn is_fixed(rule: &str) -> bool {
    let rule: String = rule.chars().filter(|letter| !letter.is_whitespace()).collect();
    matches!(rule.as_str(), "self==oldSelf" | "oldSelf==self" | "(self==oldSelf)")
}
