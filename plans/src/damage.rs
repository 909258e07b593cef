//! Files that were damaged: whatever happens to their bytes, reading them ends in an error or in something that can be worked
//! with, never in a panic.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::decide::{Input, plan};
use crate::live::{Observed, Place};
use crate::plan::Options;
use crate::render::{self, Style};
use crate::samples::{Shape, World, damaged, for_seeds, plans};
use crate::value::Name;
use crate::{check, compiled, file, ledger};

/// A compiled stack with everything in it that can be.
const COMPILED: &[u8] = include_bytes!("../../stacks/tests/golden/everything.json");

/// A plan file whose digest is right again, as somebody might forge it.
fn sealed(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let body = text.rfind("\"digest\"").map_or(&*text, |at| &text[..at]);
    let digest = file::digest(format!("{body}\"digest\":\"sha256:\"}}\n").as_bytes());
    format!("{body}\"digest\":\"{digest}\"}}\n").into_bytes()
}

#[test]
fn damaged_plan_files_are_refused() {
    for_seeds(400, |random| {
        let bytes = file::write(&plans::any(random));
        let damaged = damaged(random, &bytes);
        assert!(damaged == bytes || file::read(&damaged).is_err(), "{}", String::from_utf8_lossy(&damaged));
    });
}

#[test]
fn forged_plan_files_are_refused_or_checked() {
    let read = Cell::new(0_u32);
    for_seeds(400, |random| {
        let bytes = file::write(&plans::any(random));
        if let Ok(plan) = file::read(&sealed(&damaged(random, &bytes))) {
            read.set(read.get() + 1);
            let _violations = check::check(&plan);
            for verbose in [false, true] {
                let _shown = render::plan(&plan, &Style { verbose, ..Style::default() });
            }
        }
    });
    assert!(read.get() > 20, "some pass the digest and are looked at: {}", read.get());
}

#[test]
fn damaged_ledgers_are_refused_or_read() {
    for_seeds(400, |random| {
        let world = World::new(random, Shape { size: 8, one_direction: true });
        let bytes = ledger::write(&world.ledger);
        if let Ok(read) = ledger::read(&damaged(random, &bytes)) {
            assert_eq!(ledger::read(&ledger::write(&read)).unwrap(), read, "what was read can be written");
        }
    });
}

/// What a plan is made from may be damaged; a plan that is made of it all the same keeps every rule.
#[test]
fn damaged_stacks_are_refused_or_planned() {
    let (planned, options) = (Cell::new(0_u32), Options::default());
    for_seeds(2000, |random| {
        let Ok(stack) = compiled::read(&damaged(random, COMPILED)) else { return };
        let ledger = ledger::Ledger::new(stack.stack.clone(), stack.environment.clone(), "u".into());
        let place = |name: &Name| Place { provider: name.clone(), scope: "sandbox".into(), region: "".into() };
        let places: BTreeMap<_, _> = stack.providers.keys().map(|name| (name.clone(), place(name))).collect();
        let observed = Observed { places, ..Observed::default() };
        let (label, compiled_digest) = ("here".into(), compiled::digest(&stack));
        let input = Input {
            compiled: &stack,
            ledger: &ledger,
            lookups: &[],
            observed: &observed,
            options: &options,
            ledger_label: label,
            parameters_label: "".into(),
            compiled_digest,
        };
        if let Ok(plan) = plan(input) {
            planned.set(planned.get() + 1);
            assert_eq!(check::check(&plan), [], "{stack:?}");
            let _shown = render::plan(&plan, &Style { verbose: true, ..Style::default() });
        }
    });
    assert!(planned.get() > 20, "some are still stacks: {}", planned.get());
}
