//! The calls that a run made, for `-v`.

use std::collections::BTreeMap;

use flashinfra_plans::Name;
use flashinfra_providers::Calls;
use serde::Serialize;

use crate::output::Output;
use crate::text::count;

/// Prints the calls of each provider instance by operation, and all of them together.
pub(crate) fn print(output: &Output, calls: &BTreeMap<Name, Calls>) {
    #[derive(Serialize)]
    struct Line<'a> {
        provider: &'a str,
        operation: &'a str,
        calls: u64,
    }
    let mut text = String::from("\nAPI calls\n");
    for (provider, calls) in calls {
        for (operation, number) in &calls.0 {
            output.line("calls", &Line { provider, operation, calls: *number });
            text += &format!("  {number:>5}  {operation}\n");
        }
    }
    let total = calls.values().map(Calls::total).sum::<u64>();
    text += &format!("  {total:>5}  in all, to {}\n", count(calls.len(), "provider"));
    output.result(&text);
}
