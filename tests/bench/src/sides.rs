//! The two programs that are compared, each in a directory of its own.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::layers::Layers;
use crate::process::{Failed, Taken, run};
use crate::stacks;

/// What is measured of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// A plan that creates everything, kept in a file.
    Plan,
    /// The apply of that file.
    Apply,
    /// The plan after it, which changes nothing.
    EmptyPlan,
    /// The destruction of everything, planned and applied.
    Destroy,
}

impl Act {
    /// What it is called in a table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::EmptyPlan => "empty plan",
            Self::Destroy => "destroy",
        }
    }
}

/// A program with a stack in a directory.
pub(crate) struct Side {
    program: PathBuf,
    directory: TempDir,
    is_terraform: bool,
}

const COMPILED: &str = "stack.json";
const PLAN: &str = "all.plan";

impl Side {
    /// Ours with a compiled stack, in a new directory below `parent`.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub(crate) fn ours(program: &Path, parent: &Path, compiled: &str) -> Result<Self, Failed> {
        let directory = TempDir::new_in(parent)?;
        fs::write(directory.path().join(COMPILED), compiled)?;
        Ok(Self { program: program.into(), directory, is_terraform: false })
    }

    /// Terraform with the same graph.
    ///
    /// # Errors
    /// When the directory cannot be written, or `terraform init` fails.
    pub(crate) fn terraform(parent: &Path, layers: Layers) -> Result<Self, Failed> {
        let directory = TempDir::new_in(parent)?;
        fs::write(directory.path().join("main.tf"), configuration(layers))?;
        let side = Self { program: "terraform".into(), directory, is_terraform: true };
        run(&mut side.command(&["init", "-input=false"]))?;
        Ok(side)
    }

    /// Runs one act.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn run(&self, act: Act) -> Result<Taken, Failed> {
        let out = format!("-out={PLAN}");
        let (terraform, ours): (&[&str], &[&str]) = match act {
            Act::Plan => (&["plan", "-input=false", &out], &["plan", "--compiled", COMPILED, &out]),
            Act::Apply => (&["apply", "-input=false", PLAN], &["apply", PLAN]),
            Act::EmptyPlan => (
                &["plan", "-input=false", "-detailed-exitcode"],
                &["plan", "--compiled", COMPILED, "-detailed-exitcode"],
            ),
            Act::Destroy => (&["destroy", "-input=false", "-auto-approve"], &["destroy", "--auto-approve"]),
        };
        run(&mut self.command(if self.is_terraform { terraform } else { ours }))
    }

    /// What an empty plan of ours reads.
    pub(crate) fn files(&self) -> [(&'static str, PathBuf); 3] {
        let at = |path: &str| self.directory.path().join(path);
        let ledger = format!(".flashinfra/{}/default/ledger.json", stacks::STACK);
        [("the stack", at(COMPILED)), ("the ledger", at(&ledger)), ("the sandbox", at(".flashinfra/sandbox.json"))]
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(self.directory.path()).args(arguments);
        if self.is_terraform {
            // It would ask its maker for a newer version.
            command.env("CHECKPOINT_DISABLE", "1");
        } else {
            command.arg("--sandbox");
        }
        command
    }
}

/// The configuration of the same resources and edges.
pub(crate) fn configuration(layers: Layers) -> String {
    let mut text = String::new();
    for number in 0..layers.resources {
        let inputs =
            layers.dependencies(number).into_iter().map(|other| format!("terraform_data.{}.id", stacks::name(other)));
        let inputs = inputs.collect::<Vec<_>>().join(", ");
        // Writing to a string cannot fail.
        let _ = writeln!(text, "resource \"terraform_data\" \"{}\" {{\n  input = [{inputs}]\n}}", stacks::name(number));
    }
    text
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::compiled;

    use super::*;

    #[test]
    fn both_sides_have_the_same_graph() {
        let layers = Layers { resources: 250 };
        let terraform = configuration(layers);
        assert_eq!(terraform.matches("resource ").count(), 250);
        assert_eq!(terraform.matches(".id").count(), layers.edges());
        assert!(
            terraform.contains(
                "  input = [terraform_data.n000001.id, terraform_data.n000037.id, terraform_data.n000071.id]"
            )
        );
        for compiled in [stacks::nodes(layers).unwrap(), stacks::servers(layers).unwrap()] {
            let stack = compiled::read(compiled.as_bytes()).unwrap();
            assert_eq!(stack.resources.len(), 250);
            assert_eq!(compiled.matches("\"$ref\"").count(), layers.edges());
        }
    }
}
