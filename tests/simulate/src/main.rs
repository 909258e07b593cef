//! The simulator from the command line; `make simulate` calls it.
//!
//! ```text
//! flashinfra-simulate [--seeds N] [--from N]   many seeds, from 0 unless told otherwise
//! flashinfra-simulate --seed N                 one seed, told at length
//! flashinfra-simulate --scenario FILE          a scenario from a file
//! ```

#![expect(clippy::print_stdout, reason = "it is a program for a terminal")]

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use flashinfra_simulate::{Scenario, Subject, Summary, Violation, campaign, generate, outcome, shrink};

/// How many seeds are run when nobody says how many: a minute.
const SEEDS: u64 = 2_000;

/// How many failing seeds are shrunk: those that come after are as a rule the same.
const SHRUNK_MAX: usize = 3;

/// Where scenarios of failing seeds are kept.
const KEPT: &str = "target/simulate";

fn main() -> ExitCode {
    let result = match asked(std::env::args().skip(1)) {
        Ok(Asked::Seeds { from, count }) => many(from, count),
        Ok(Asked::Seed(seed)) => one(&generate(seed), &format!("seed {seed}"), Some(seed)),
        Ok(Asked::Scenario(file)) => replay(&file),
        Err(problem) => {
            println!("{problem}\nusage: flashinfra-simulate [--seeds N] [--from N] | --seed N | --scenario FILE");
            return ExitCode::FAILURE;
        }
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

enum Asked {
    Seeds { from: u64, count: u64 },
    Seed(u64),
    Scenario(PathBuf),
}

fn asked(mut arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let (mut from, mut count) = (0, SEEDS);
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or_else(|| format!("{option} needs a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("`{value}` is no number"));
        match option.as_str() {
            "--seeds" => count = number()?,
            "--from" => from = number()?,
            "--seed" => return Ok(Asked::Seed(number()?)),
            "--scenario" => return Ok(Asked::Scenario(value.into())),
            _ => return Err(format!("there is no {option}")),
        }
    }
    Ok(Asked::Seeds { from, count })
}

fn many(from: u64, count: u64) -> io::Result<bool> {
    let began = Instant::now();
    let step = (count / 20).max(1);
    let progress = |done: u64, failed: usize| {
        if done.is_multiple_of(step) {
            let seconds = began.elapsed().as_secs();
            println!("{done:>7} of {count} seeds, {failed} failed, {seconds} s");
        }
    };
    let summary = campaign(from..from.saturating_add(count), &Subject::default(), &progress);
    for (seed, violation) in summary.failed.iter().take(SHRUNK_MAX) {
        failed(&generate(*seed), &format!("seed {seed}"), Some(*seed), violation)?;
    }
    for (seed, violation) in summary.failed.iter().skip(SHRUNK_MAX) {
        println!("seed {seed} failed: {violation}");
    }
    tally(&summary);
    println!("{summary}, in {:.1} s", began.elapsed().as_secs_f64());
    Ok(summary.failed.is_empty())
}

fn tally(summary: &Summary) {
    println!("\nwhat happened, and how often:");
    for (what, count) in &summary.tally {
        println!("{count:>9}  {what}");
    }
    println!();
}

fn replay(file: &Path) -> io::Result<bool> {
    let text = std::fs::read_to_string(file)?;
    let scenario: Scenario = text.parse().map_err(io::Error::other)?;
    one(&scenario, &file.display().to_string(), None)
}

fn one(scenario: &Scenario, name: &str, seed: Option<u64>) -> io::Result<bool> {
    let outcome = outcome(scenario, &Subject { is_told: true, ..Subject::default() });
    println!("{scenario}");
    outcome.story.iter().for_each(|line| println!("{line}"));
    println!();
    for (what, count) in &outcome.tally {
        println!("{count:>9}  {what}");
    }
    match outcome.violation() {
        Some(violation) => failed(scenario, name, seed, violation).map(|()| false),
        None => {
            println!("\n{name}: all holds, after {} of its time", spoken(outcome.lasted));
            Ok(true)
        }
    }
}

/// Tells of a failure, and keeps a small scenario of it.
fn failed(scenario: &Scenario, name: &str, seed: Option<u64>, violation: &Violation) -> io::Result<()> {
    println!("\n{name} failed: {violation}");
    if let Some(seed) = seed {
        println!("run it again: make simulate SEED={seed}");
    }
    println!("looking for a smaller scenario in which it fails …");
    io::stdout().flush()?;
    let small = shrink(scenario, &Subject::default(), violation.invariant)?;
    let kept = Path::new(KEPT).join(format!("{}.txt", seed.map_or("scenario".into(), |seed| seed.to_string())));
    std::fs::create_dir_all(KEPT)?;
    let told = outcome(&small, &Subject::default()).violation().map_or(String::new(), ToString::to_string);
    std::fs::write(&kept, format!("# {told}\n{small}"))?;
    let story = outcome(&small, &Subject { is_told: true, ..Subject::default() }).story;
    println!("\n{small}\n{}\n\n{told}\nreplay it: make simulate SCENARIO={}\n", story.join("\n"), kept.display());
    Ok(())
}

fn spoken(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    format!("{} h {} min", minutes / 60, minutes % 60)
}
