//! The program around a stack: what [`main!`](crate::main) makes of a function.
//!
//! The command line builds and runs it, and talks to it through files and variables, since stdout belongs to the user:
//!
//! | variable | meaning |
//! |---|---|
//! | `FLASHINFRA_OUT` | the file to write the answer to; without it, the program prints for people |
//! | `FLASHINFRA_STACK` | which of the program's stacks; may be left out when there is only one |
//! | `FLASHINFRA_ENV` | the environment, `default` unless set |
//! | `FLASHINFRA_PARAMS` | a file with the parameters, one JSON object; none are given without it |
//! | `FLASHINFRA_ENV_FILE` | where the user would set a parameter, for messages |
//! | `FLASHINFRA_DESCRIBE` | `1`: describe the stacks and their parameters instead |
//!
//! The answer is the compiled stack (exit code 0), problems (1) or a panic (101).

mod answer;
mod definition;
#[cfg(test)]
mod tests;

use std::env;
use std::fs;
use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::problem::Problem;

pub use answer::{Program, Request};
pub use definition::{Definition, Outcome};

/// Makes the `main` function of a stack program.
///
/// ```no_run
/// # extern crate flashinfra_stacks as flashinfra;
/// use flashinfra::{Params, Stack};
///
/// #[derive(Params)]
/// struct Size {
///     #[param(default = 3)]
///     nodes: u32,
/// }
///
/// fn network(stack: &mut Stack) {}
/// fn shop(stack: &mut Stack, size: &Size) {}
///
/// flashinfra::main! {
///     /// What everything else stands on.
///     "network" => network,
///     /// The shop itself.
///     "shop" => shop,
/// }
/// ```
///
/// A program with a single stack writes `flashinfra::main!("shop", shop);`. A function that can fail returns
/// `Result<(), E>`; what it cannot carry out is better told with [`Stack::problem`](crate::Stack::problem), which goes on and
/// finds the next one too.
#[macro_export]
macro_rules! main {
    ($(#[doc = $doc:expr])* $name:literal, $function:path $(,)?) => {
        $crate::main! { $(#[doc = $doc])* $name => $function }
    };
    ($($(#[doc = $doc:expr])* $name:literal => $function:path),+ $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::program::Program::new()
                $(.stack($name, &[$($doc),*], $function))+
                .run()
        }
    };
}

impl Program {
    /// Answers what the environment variables ask for. The end of [`main!`](crate::main).
    pub fn run(&self) -> ExitCode {
        let out = variable("FLASHINFRA_OUT").map(PathBuf::from);
        if let Some(out) = out.clone() {
            write_panics_to(out);
        }
        let answer = panic::catch_unwind(AssertUnwindSafe(|| match request() {
            Ok(request) => self.answer(&request),
            Err(problem) => Err(vec![problem]),
        }));
        match (answer, out) {
            (Err(_panic), _) => ExitCode::from(101),
            (Ok(answer), Some(out)) => deliver(&answer, &out),
            (Ok(answer), None) => print(&answer),
        }
    }
}

fn request() -> Result<Request, Problem> {
    let environment = variable("FLASHINFRA_ENV").unwrap_or_else(|| "default".to_owned());
    let parameters = match variable("FLASHINFRA_PARAMS") {
        Some(path) => {
            read(&path).map_err(|error| Problem::new(format!("could not read the parameters in {path}: {error}")))?
        }
        None => "{}".to_owned(),
    };
    Ok(Request {
        stack: variable("FLASHINFRA_STACK"),
        parameters_file: variable("FLASHINFRA_ENV_FILE").unwrap_or_else(|| format!("environments/{environment}.toml")),
        environment,
        parameters,
        describe: variable("FLASHINFRA_DESCRIBE").is_some_and(|value| value == "1"),
    })
}

fn deliver(answer: &Result<String, Vec<Problem>>, out: &Path) -> ExitCode {
    let (text, code) = match answer {
        Ok(text) => (text.clone(), ExitCode::SUCCESS),
        Err(problems) => (answer::problems(problems), ExitCode::FAILURE),
    };
    match write(out, &text) {
        Ok(()) => code,
        Err(error) => {
            complain(&format!("could not write {}: {error}", out.display()));
            ExitCode::FAILURE
        }
    }
}

fn print(answer: &Result<String, Vec<Problem>>) -> ExitCode {
    match answer {
        Ok(text) => {
            // A reader that has seen enough (`| head`) is no failure of the program.
            let _closed = io::stdout().lock().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(problems) => {
            problems.iter().for_each(|problem| complain(&problem.to_string()));
            ExitCode::FAILURE
        }
    }
}

fn complain(message: &str) {
    // Where nobody listens there is nobody to tell.
    let _closed = writeln!(io::stderr().lock(), "error: {message}");
}

/// The file is written by the hook, and not where the panic is caught: a program that aborts on panic gets there too.
fn write_panics_to(out: PathBuf) {
    panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or("a panic without a text");
        if let Err(error) = write(&out, &answer::panic(text, info.location())) {
            complain(&format!("{text}\ncould not write {}: {error}", out.display()));
        }
    }));
}

#[expect(clippy::disallowed_methods, reason = "the program's protocol; a definition itself reads no variables")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "the program's protocol; a definition itself reads no files")]
fn read(path: &str) -> io::Result<String> {
    fs::read_to_string(path)
}

#[expect(clippy::disallowed_methods, reason = "the program's protocol; a definition itself writes no files")]
fn write(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)
}
