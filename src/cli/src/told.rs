//! The errors of the engine as problems: with the place in the user's files, and with what to type next.

use std::path::Path;

use flashinfra::error::EngineError;
use flashinfra_plans::Name;
use flashinfra_plans::compiled::ReadError;
use flashinfra_plans::decide::PlanError;
use flashinfra_plans::file::FileError;
use flashinfra_plans::graph::GraphError;

use crate::problem::{Place, Problem, Problems};

/// The providers that this binary can be built with.
const FEATURES: [&str; 2] = ["aws", "kubernetes"];

/// An error of the engine; files are named relative to `root`.
pub(crate) fn engine(error: &EngineError, root: &Path) -> Problems {
    match error {
        EngineError::Compiled(ReadError::Problems(problems)) => Problems(
            problems
                .iter()
                .map(|problem| {
                    let told = Problem::new(problem.message.clone()).at(place(problem.at.as_ref(), root));
                    helped(told, problem.help.clone())
                })
                .collect(),
        ),
        EngineError::Planner(error) => planner(error, root).into(),
        EngineError::UnknownProvider { provider, .. } => without_provider(provider).into(),
        other => {
            let problem = Problem::from_error(other).exit(other.exit());
            helped(problem, other.help()).into()
        }
    }
}

/// With what to do about it, if there is anything to say.
fn helped(problem: Problem, help: Option<String>) -> Problem {
    match help {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// An error in a compiled stack that was given as a file.
pub(crate) fn compiled_file(error: &EngineError, file: &Path, root: &Path) -> Problems {
    match error {
        EngineError::Compiled(ReadError::Problems(_)) => engine(error, root),
        EngineError::Compiled(error) => {
            let problem = Problem::caused(format!("{} cannot be used as a compiled stack", file.display()), error);
            helped(problem, error.help()).into()
        }
        other => engine(other, root),
    }
}

/// An error of a ledger.
pub(crate) fn ledger(error: &EngineError) -> Problems {
    engine(error, Path::new(""))
}

/// An error in what is declared.
pub(crate) fn planner(error: &PlanError, root: &Path) -> Problem {
    Problem::from_error(error).help(error.help()).at(place(error.at(), root))
}

/// An error in what depends on what.
pub(crate) fn graph(error: &GraphError, root: &Path) -> Problem {
    Problem::from_error(error).help(error.help()).at(place(error.at(), root))
}

/// An error in a plan file.
pub(crate) fn plan_file(error: &EngineError, file: &Path) -> Problems {
    match error {
        EngineError::PlanFile(error) => self::file(error, file).into(),
        other => engine(other, Path::new("")),
    }
}

fn file(error: &FileError, file: &Path) -> Problem {
    Problem::caused(format!("{} cannot be used as a plan", file.display()), error).help(error.help())
}

/// A provider that this binary was built without.
pub(crate) fn without_provider(provider: &Name) -> Problem {
    let problem = Problem::new(format!("this flashinfra was built without `{provider}`"));
    if FEATURES.contains(&provider.as_str()) {
        return problem.help(format!(
            "install it with the provider, from flashinfra's source:\n  cargo install --locked --path src/cli --features {provider}\n\
             or try the stack without an account: add --sandbox"
        ));
    }
    problem.help(format!("use the binary of the crate that brings `{provider}`, or add --sandbox"))
}

fn place(at: Option<&Name>, root: &Path) -> Option<Place> {
    at.map(|at| Place::find(at, root))
}
