//! What a stack program answered.

use std::process::ExitStatus;

use flashinfra_stacks::params::path::ParameterPath;
use serde::Deserialize;

use super::Program;
use crate::parameters::Parameters;
use crate::problem::{Place, Problem, Problems};

/// How a run of the program ended.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: ExitStatus,
    /// The file that it was to write, if it did.
    pub(super) bytes: Option<Vec<u8>>,
}

/// An answer that is not the one that was asked for.
#[derive(Deserialize)]
struct Failure {
    #[serde(default)]
    problems: Vec<Told>,
    panic: Option<String>,
    at: Option<String>,
}

/// A problem as the program tells it.
#[derive(Deserialize)]
struct Told {
    message: String,
    at: Option<String>,
    help: Option<String>,
    parameter: Option<String>,
}

impl Answer {
    /// What was asked for, or why there is none.
    pub(super) fn compiled(self, program: &Program, parameters: Option<&Parameters>) -> Result<Vec<u8>, Problems> {
        let root = &program.stack_crate.workspace_root;
        let bytes = match self.bytes {
            Some(bytes) if self.status.success() => return Ok(bytes),
            Some(bytes) => bytes,
            None => return Err(silent(self.status).into()),
        };
        let Ok(Failure { problems, panic, at }) = serde_json::from_slice(&bytes) else {
            return Err(silent(self.status).into());
        };
        if let Some(text) = panic {
            return Err(Problem::new(format!("the stack program panicked: {text}"))
                .help("report what a stack cannot do with `stack.problem(…)`, which goes on and finds the next problem too")
                .at(at.map(|at| Place::find(&at, root)))
                .into());
        }
        if problems.is_empty() {
            return Err(silent(self.status).into());
        }
        let told = problems.into_iter().map(|Told { message, at, help, parameter }| {
            let parameter = parameter.and_then(|path| path.parse::<ParameterPath>().ok()).zip(parameters);
            let set_at = parameter.as_ref().and_then(|(path, parameters)| parameters.place(path));
            let place = set_at.or_else(|| at.map(|at| Place::find(&at, root)));
            let other_help = parameter.and_then(|(path, parameters)| parameters.other_help(&path));
            let help: Vec<String> = help.into_iter().chain(other_help).collect();
            let problem = Problem::new(message).at(place);
            if help.is_empty() { problem } else { problem.help(help.join("\n")) }
        });
        Err(Problems(told.collect()))
    }
}

/// The environment that a compiled stack is for, from its first line; whether the rest is sound is for its reader to tell.
pub(super) fn environment(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Header {
        environment: String,
    }
    let line = bytes.split(|byte| *byte == b'\n').next()?.strip_suffix(b",")?;
    let header: Header = serde_json::from_slice(&[line, b"}"].concat()).ok()?;
    Some(header.environment)
}

fn silent(status: ExitStatus) -> Problem {
    Problem::new(format!("the stack program gave no answer ({status})")).help(
        "its main function has to be the one of flashinfra::main!, and nothing may end the process before that does",
    )
}
