//! Finds the Python that has what the tests need.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// The Python that has `module`, of the package `package`: that of the virtual environment `$FLASHINFRA_VENV`, that of the one
/// which `make setup` makes, or the one on the path.
///
/// # Panics
/// When none has it; the message says how to install it.
pub fn python(module: &str, package: &str) -> PathBuf {
    // Importing takes part of a second, and many tests ask.
    static FOUND: Mutex<Vec<(String, PathBuf)>> = Mutex::new(Vec::new());
    let mut found = FOUND.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some((_, python)) = found.iter().find(|(known, _)| known == module) {
        return python.clone();
    }
    let candidates = candidates();
    let Some(python) = candidates.iter().find(|python| has(python, module)) else {
        let tried = candidates.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        panic!("no Python with {package} was found (tried {tried}): run `make setup`, or set FLASHINFRA_VENV");
    };
    found.push((module.to_owned(), python.clone()));
    python.clone()
}

fn candidates() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let environments = [variable("FLASHINFRA_VENV"), cache.map(|cache| cache.join("flashinfra/venv"))];
    let pythons = environments.into_iter().flatten().map(|environment| environment.join("bin/python"));
    pythons.chain([PathBuf::from("python3")]).collect()
}

fn has(python: &PathBuf, module: &str) -> bool {
    let status = Command::new(python)
        .args(["-c", &format!("import {module}")])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
