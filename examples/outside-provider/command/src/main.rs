//! The flashinfra command with one provider more. This is all that a team's own command takes.

mod adapter;

use std::process::ExitCode;

use flashinfra_providers::Registry;

fn main() -> ExitCode {
    flashinfra_cli::run(Registry::new().with(adapter::FilesFactory))
}
