//! The `flashinfra` binary: the command line with the providers that it was built with.

use std::process::ExitCode;

use flashinfra_providers::Registry;

fn main() -> ExitCode {
    flashinfra_cli::run(registry())
}

fn registry() -> Registry {
    Registry::new()
}
