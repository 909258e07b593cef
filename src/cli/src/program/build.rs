//! Building a stack crate.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Deserialize;

use super::locate::{cargo, no_cargo};
use super::{Program, Progress, Report, StackCrate, environment};
use crate::problem::Problem;

/// A line of cargo's messages; only artifacts have an executable.
#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

/// Builds the crate's program. Cargo's words are shown only when it fails.
pub(crate) fn build(stack_crate: StackCrate, report: Report<'_>) -> Result<Program, Problem> {
    let started = Instant::now();
    report(Progress::Building(&stack_crate.package));
    let mut command = Command::new(cargo());
    command
        .args(["build", "--message-format", "json-render-diagnostics", "--bin", &stack_crate.binary])
        .args(["--package", &stack_crate.package])
        .current_dir(&stack_crate.directory)
        .stdin(Stdio::null());
    environment::clear_for_build(&mut command);
    let output = command.output().map_err(|error| no_cargo(&error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        errors(&said).for_each(|line| report(Progress::Compiler(line)));
        return Err(Problem::new(format!("the stack crate `{}` does not build", stack_crate.package))
            .help("what cargo said stands above; correct it, or run `cargo check` in the crate for all of it"));
    }
    report(Progress::Built(started.elapsed()));
    let executable = executable(&output.stdout, &stack_crate.binary).ok_or_else(|| {
        Problem::new(format!("cargo built `{}` and named no program", stack_crate.package))
            .help("run `cargo build` in the crate to see what it makes")
    })?;
    Ok(Program::new(stack_crate, executable))
}

/// Cargo's words without those about progress.
fn errors(said: &str) -> impl Iterator<Item = &str> {
    let is_progress = |line: &str| {
        let word = line.trim_start().split(' ').next().unwrap_or_default();
        line.starts_with("   ")
            && matches!(word, "Compiling" | "Checking" | "Downloaded" | "Downloading" | "Locking" | "Adding")
    };
    said.lines().filter(move |line| !is_progress(line))
}

fn executable(messages: &[u8], binary: &str) -> Option<PathBuf> {
    let messages =
        messages.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Message>(line).ok());
    let artifacts = messages.filter(|message| message.target.as_ref().is_some_and(|target| target.name == binary));
    artifacts.rev().find_map(|message| message.executable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_left_out_of_errors() {
        let said = "   Compiling syn v3.0.9\nerror[E0308]: mismatched types\n   --> src/main.rs:3:5\n    |\n  3 |     Compiling\n";
        let shown: Vec<_> = errors(said).collect();
        assert_eq!(shown, ["error[E0308]: mismatched types", "   --> src/main.rs:3:5", "    |", "  3 |     Compiling"]);
    }
}
