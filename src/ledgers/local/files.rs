//! Files that survive a crash of the machine: written beside their place, synced, then put there in one act.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::ledgers::LedgerError;

/// A file's bytes; none when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, LedgerError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, error)),
    }
}

/// A file's first line; none when there is no such file.
pub(super) fn first_line(path: &Path) -> Result<Option<Vec<u8>>, LedgerError> {
    let mut line = Vec::new();
    let read = fs::File::open(path).and_then(|file| BufReader::new(file).read_until(b'\n', &mut line));
    match read {
        Ok(_) => Ok(Some(line)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path, error)),
    }
}

/// The SHA-256 of a file, of which little is in memory at a time; none when there is no such file.
pub(super) fn digest(path: &Path) -> Result<Option<String>, LedgerError> {
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path, error)),
    };
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 16];
    loop {
        match file.read(&mut part) {
            Ok(0) => return Ok(Some(hex(&hash.finalize()))),
            Ok(length) => hash.update(&part[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(failed("read", path, error)),
        }
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Puts bytes at a path, in the place of what is there.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), LedgerError> {
    let temporary = beside(path, bytes)?;
    temporary.persist(path).map_err(|error| failed("write", path, error.error))?;
    sync_directory(parent(path))
}

/// Puts bytes at a path if nothing is there; says whether it did.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<bool, LedgerError> {
    let temporary = beside(path, bytes)?;
    match temporary.persist_noclobber(path) {
        Ok(_) => sync_directory(parent(path)).map(|()| true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed("write", path, error.error)),
    }
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> Result<(), LedgerError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, error)),
        _ => Ok(()),
    }
}

/// Moves a directory. Fine when it was moved before.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), LedgerError> {
    make_directory(parent(to))?;
    match fs::rename(from, to) {
        Ok(()) => {
            sync_directory(parent(from))?;
            sync_directory(parent(to))
        }
        Err(error) if error.kind() == ErrorKind::NotFound && to.is_dir() => Ok(()),
        Err(error) => Err(failed("move", from, error)),
    }
}

/// The names in a directory, sorted, without the temporary files of interrupted writes; none when there is no directory.
pub(super) fn names(directory: &Path) -> Result<Vec<String>, LedgerError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(error) => return Err(failed("list", directory, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed("list", directory, error))?;
        if let Ok(name) = entry.file_name().into_string()
            && !name.starts_with('.')
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Makes a directory with all above it, each durable in its parent.
pub(super) fn make_directory(directory: &Path) -> Result<(), LedgerError> {
    if directory.as_os_str().is_empty() || directory.is_dir() {
        return Ok(());
    }
    make_directory(parent(directory))?;
    match fs::create_dir(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed("make", directory, error)),
        _ => sync_directory(parent(directory)),
    }
}

/// A synced file with these bytes in the directory of `path`, so that a rename puts it there in one act.
fn beside(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, LedgerError> {
    make_directory(parent(path))?;
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(parent(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error| failed("write", path, error))
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(unix)]
fn sync_directory(directory: &Path) -> Result<(), LedgerError> {
    fs::File::open(directory).and_then(|file| file.sync_all()).map_err(|error| failed("sync", directory, error))
}

/// Elsewhere a rename is durable by itself, or there is no way to make it so.
#[cfg(not(unix))]
fn sync_directory(_: &Path) -> Result<(), LedgerError> {
    Ok(())
}

fn failed(act: &'static str, path: &Path, error: std::io::Error) -> LedgerError {
    LedgerError::store(act, path.display().to_string(), error)
}
