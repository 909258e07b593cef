//! The files that kubectl reads: which they are, and how one is replaced.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::problem::Problem;

/// How often it is looked whether somebody else is done with a file, and the pause in between: kubectl holds one for milliseconds.
const LOOKS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// The files in the order in which kubectl reads them: the one that is named, or those of `KUBECONFIG`, or `~/.kube/config`.
pub(crate) fn of_kubectl(named: Option<&Path>) -> Result<Vec<PathBuf>, Problem> {
    if let Some(named) = named {
        return Ok(vec![named.to_owned()]);
    }
    let listed = std::env::var_os("KUBECONFIG").unwrap_or_default();
    let listed: Vec<PathBuf> = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty()).collect();
    if !listed.is_empty() {
        return Ok(listed);
    }
    match std::env::var_os("HOME").filter(|home| !home.is_empty()) {
        Some(home) => Ok(vec![Path::new(&home).join(".kube/config")]),
        None => Err(Problem::new("HOME is not set, so nobody knows where the kubeconfig is")
            .help("name the file with --kubeconfig")),
    }
}

/// What stands in a file; nothing where there is none.
pub(crate) fn read(path: &Path) -> Result<String, Problem> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Problem::caused(format!("could not read {}", path.display()), &error)
            .help("name another file with --kubeconfig")),
    }
}

/// Replaces a file at once, readable by its owner only. Through a link, the file that it leads to is replaced.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Problem> {
    let written = || -> io::Result<()> {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        // Made with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(folder(&path))?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(&path).map(drop).map_err(|error| error.error)
    };
    written().map_err(|error| Problem::caused(format!("could not write {}", path.display()), &error))
}

/// Files that nobody else changes, as long as this is held.
#[derive(Debug)]
pub(crate) struct Locks(Vec<PathBuf>);

impl Locks {
    /// Takes the locks of all files, each of them a file beside it, as kubectl does. Makes folders that are not there.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Self, Problem> {
        let mut locks = Self(Vec::new());
        for path in paths {
            let lock = PathBuf::from(format!("{}.lock", path.display()));
            if !locks.0.contains(&lock) {
                take(path, &lock)?;
                locks.0.push(lock);
            }
        }
        Ok(locks)
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        for lock in &self.0 {
            // What cannot be removed is told to the next who comes.
            let _ = fs::remove_file(lock);
        }
    }
}

fn take(path: &Path, lock: &Path) -> Result<File, Problem> {
    let failed = |error: &io::Error| Problem::caused(format!("could not write beside {}", path.display()), error);
    fs::create_dir_all(folder(path)).map_err(|error| failed(&error))?;
    for _ in 0..LOOKS {
        match OpenOptions::new().write(true).create_new(true).open(lock) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => std::thread::sleep(PAUSE),
            other => return other.map_err(|error| failed(&error)),
        }
    }
    Err(Problem::new(format!("somebody else is changing {}: {} is there", path.display(), lock.display()))
        .help("try again; delete that file when nobody is, since a process that was killed leaves it"))
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
