//! `make bench`: what flashinfra takes, beside Terraform and against its own bounds.
//!
//! Nothing here is a test, and nothing fails because it is slow: it prints numbers for people, who compare. Each section can be
//! had alone by its name, `make bench SECTIONS="versus scale"`, and one size of `versus` with `RESOURCES=1000`. `FULL=1` adds what
//! takes hours.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program that people run")]

mod bound;
mod calls;
mod commits;
mod instructions;
mod kubernetes;
mod layers;
mod phases;
mod process;
mod scale;
mod sides;
mod stacks;
mod table;
mod timed;
mod versus;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use process::Failed;

/// What the sections share.
struct Setting {
    /// The release binary of the command.
    flashinfra: PathBuf,
    /// Where directories of runs are made, on the disk that is built on: a file system in memory would sync for free.
    directory: PathBuf,
    /// Whether to measure what takes hours too.
    full: bool,
    /// The one size that `versus` is wanted for; its three when unset.
    only: Option<usize>,
    /// How long Terraform's applies took in this run, by the number of resources.
    terraform_applies: RefCell<BTreeMap<usize, Duration>>,
}

type Section = fn(&Setting) -> Result<(), Failed>;

const SECTIONS: [(&str, Section); 7] = [
    ("versus", versus::measure),
    ("commits", commits::measure),
    ("scale", scale::measure),
    ("calls", calls::measure),
    ("bound", bound::measure),
    ("instructions", instructions::measure),
    ("kubernetes", kubernetes::measure),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let [first, phase] = wanted.as_slice()
        && first == "phase"
    {
        // What `instructions` runs under valgrind.
        return ended(phases::run(phase));
    }
    if let Some(unknown) = wanted.iter().find(|name| SECTIONS.iter().all(|(known, _)| known != name)) {
        let known: Vec<_> = SECTIONS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no section `{unknown}`; there are: {}", known.join(", "));
        return ExitCode::FAILURE;
    }
    ended(measure(&wanted))
}

fn ended(result: Result<(), Failed>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("{failed}");
            ExitCode::FAILURE
        }
    }
}

fn measure(wanted: &[String]) -> Result<(), Failed> {
    let setting = Setting::new()?;
    for (name, section) in SECTIONS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            section(&setting)?;
        }
    }
    Ok(())
}

impl Setting {
    /// The command with the Kubernetes adapter, which is built by itself so that the others are measured without.
    fn with_kubernetes(&self) -> Option<PathBuf> {
        let named = std::env::var_os("FLASHINFRA_BENCH_KUBERNETES").map(PathBuf::from);
        let built = || Some(self.flashinfra.parent()?.parent()?.join("kubernetes/release/flashinfra"));
        named.or_else(built).filter(|command| command.is_file())
    }

    fn new() -> Result<Self, Failed> {
        let own = std::env::current_exe()?;
        let built = own.parent().map(PathBuf::from).unwrap_or_default();
        let flashinfra = built.join("flashinfra");
        if !flashinfra.is_file() {
            return Err(Failed::Missing(flashinfra));
        }
        let directory = built.join("bench");
        std::fs::create_dir_all(&directory)?;
        let full = std::env::var_os("FULL").is_some_and(|full| full == "1");
        let only = match std::env::var("RESOURCES") {
            Ok(number) => Some(number.parse().map_err(|_| Failed::Resources(number))?),
            Err(_) => None,
        };
        Ok(Self { flashinfra, directory, full, only, terraform_applies: RefCell::default() })
    }
}
