//! Many seeds, on all threads that there are.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::drive::{Outcome, run_with};
use crate::generate::generate;
use crate::scenario::Scenario;
use crate::subject::Subject;
use crate::world::{Invariant, Violation};

/// What came of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many were run.
    pub seeds: u64,
    /// How often what happened, over all of them.
    pub tally: BTreeMap<&'static str, u64>,
    /// The seeds in which something did not hold, and what.
    pub failed: Vec<(u64, Violation)>,
    /// How long they took in their worlds' time.
    pub lasted: Duration,
}

/// Runs the scenario of each seed. `progress` is told how many are done and how many of those failed.
pub fn campaign(seeds: Range<u64>, subject: &Subject, progress: &(dyn Fn(u64, usize) + Sync)) -> Summary {
    let next = AtomicU64::new(seeds.start);
    let summary = Mutex::new(Summary::default());
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    let outcome = outcome(&generate(seed), subject);
                    let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
                    summary.add(seed, outcome);
                    progress(summary.seeds, summary.failed.len());
                }
            });
        }
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.failed.sort_by_key(|(seed, _)| *seed);
    summary
}

/// What becomes of a scenario, also when the engine panics in it.
pub fn outcome(scenario: &Scenario, subject: &Subject) -> Outcome {
    let failed = |message: String| Outcome {
        violations: vec![Violation { invariant: Invariant::EngineMakesSense, message }],
        ..Outcome::default()
    };
    match catch_unwind(AssertUnwindSafe(|| run_with(scenario, subject))) {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => failed(format!("there is no runtime: {error}")),
        Err(_) => failed("it panicked".into()),
    }
}

impl Summary {
    fn add(&mut self, seed: u64, outcome: Outcome) {
        let Outcome { violations, struck: _, tally, lasted, story: _ } = outcome;
        self.seeds += 1;
        self.lasted += lasted;
        self.failed.extend(violations.into_iter().next().map(|first| (seed, first)));
        for (what, count) in tally {
            *self.tally.entry(what).or_default() += count;
        }
    }

    fn sum(&self, of: &str) -> u64 {
        self.tally.iter().filter(|(what, _)| what.starts_with(of)).map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Summary {
    /// One line: what was run and how it ended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seeds, failed, days) = (self.seeds, self.failed.len(), self.lasted.as_secs() / 86_400);
        let (applies, steps) = (self.sum("applies"), self.sum("steps done"));
        let (crashes, others) = (self.sum("crash"), self.sum("others"));
        write!(
            f,
            "{seeds} seeds, {applies} applies, {steps} steps, {crashes} crashes, {others} deeds of others, {days} days \
             of their time, {failed} failed"
        )
    }
}
