//! What credentials have to be allowed: `plan --permissions`.

use std::collections::BTreeSet;

use flashinfra::permissions::{self, Allowance};
use flashinfra::plan::Planned;
use flashinfra_plans::Name;
use flashinfra_providers::Registry;
use serde::Serialize;
use serde_json::{Value, json};

use crate::output::Output;

/// Prints the document of each provider instance, one after the other, so that it can be handed on as it is.
pub(crate) fn print(output: &Output, registry: &Registry, planned: &Planned) {
    #[derive(Serialize)]
    struct Line<'a> {
        provider: &'a str,
        read: &'a BTreeSet<&'static str>,
        write: &'a BTreeSet<&'static str>,
        untold: Vec<&'a str>,
        policy: Option<Value>,
    }
    let allowances = permissions::of(registry, planned);
    for (provider, Allowance { needed, untold, policy }) in &allowances {
        output.line(
            "permissions",
            &Line {
                provider,
                read: &needed.read,
                write: &needed.write,
                untold: untold.iter().map(Name::as_str).collect(),
                policy: policy.as_ref().and_then(|policy| serde_json::from_str(policy).ok()),
            },
        );
        if allowances.len() > 1 {
            output.note(&format!("For the provider `{provider}`:"));
        }
        match policy {
            Some(policy) => output.result(policy),
            // A document that says nothing would only stand behind another one in somebody's file.
            None if needed.read.is_empty() && needed.write.is_empty() => {}
            None => output.result(&format!("{:#}", json!({ "read": needed.read, "write": needed.write }))),
        }
        if !untold.is_empty() {
            let kinds = untold.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
            output.note(&format!("What these kinds need is not known, their adapter does not say: {kinds}"));
        }
    }
    if allowances.is_empty() {
        output.note("This plan reads and changes nothing that takes a permission.");
    }
}
