//! Mistakes are planted between the engine and the world, and the simulator names what does not hold any more. A check that
//! cannot fail checks nothing.

mod disk;
mod services;

use flashinfra_simulate::{Invariant, Scenario, Subject, generate, outcome, shrink};

/// How many seeds a planted mistake may stay unnoticed.
const SEEDS: u64 = 60;

/// Looks for a seed in which this does not hold, and for the smallest scenario that it takes.
#[track_caller]
fn check(subject: &Subject, expected: Invariant) -> Scenario {
    let fails = |scenario: &Scenario| {
        let violations = outcome(scenario, subject).violations;
        violations.into_iter().any(|violation| violation.invariant == expected)
    };
    let Some(scenario) = (0..SEEDS).map(generate).find(fails) else {
        panic!("`{}` held in {SEEDS} seeds", expected.name());
    };
    let small = shrink(&scenario, subject, expected).unwrap();
    let (text, whole) = (small.to_string(), scenario.to_string());
    assert!(fails(&text.parse().unwrap()), "{text}");
    assert!(text.lines().count() * 2 < whole.lines().count(), "{text}");
    small
}
