//! The sandbox's file: read once, then followed; appended to, and now and then written anew.
//!
//! Every operation, reading ones too, holds a lock on a file beside it and first takes in what other processes added, so that
//! two processes see one world. A change is one appended line, so its cost does not grow with the sandbox. A process
//! that is killed while it appends leaves a line without an end: nobody was told that this change was done, so it is
//! dropped. Writing anew goes through a temporary file and a rename.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use flashinfra_plans::value::Shared;

use crate::error::SandboxError;
use crate::record::{self, FORMAT, Header};
use crate::world::{Change, World};

/// The file is written anew when it has more superfluous lines than this and than it has objects: often enough to stay
/// small, so seldom that a change costs the same however many there were.
const SUPERFLUOUS_LINES_MAX: usize = 1000;

/// Where a world is kept.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    lock: File,
    /// The header line as read, with its end.
    header: Vec<u8>,
    written: u64,
    /// How much of the file is in memory.
    seen: u64,
    lines: usize,
}

/// Keeps other processes out for as long as it lives.
struct Guard<'a>(&'a File);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // The lock goes with the file handle anyway, when unlocking fails.
        let _ = self.0.unlock();
    }
}

impl Store {
    /// Opens a sandbox's file, or makes one with the uuid that `new_uuid` gives.
    pub(crate) fn open(path: &Path, new_uuid: impl FnOnce() -> String) -> Result<(Self, World), SandboxError> {
        let failed = |doing| move |source| SandboxError::Io { path: path.to_path_buf(), doing, source };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed("make the folder of"))?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(lock_path(path))
            .map_err(failed("make the lock beside"))?;
        let mut store = Self { path: path.to_path_buf(), lock, header: Vec::new(), written: 0, seen: 0, lines: 0 };
        let lock = store.lock.try_clone().map_err(failed("lock"))?;
        lock.lock().map_err(failed("lock"))?;
        let _guard = Guard(&lock);
        let mut world = World::new(new_uuid().into());
        if path.try_exists().map_err(failed("find"))? {
            store.reload(&mut world)?;
        } else {
            store.write_anew(&world)?;
        }
        Ok((store, world))
    }

    /// Takes in what others did, lets `act` say what is to change, writes that down and does it.
    ///
    /// The world in memory changes only when the file did.
    pub(crate) fn transact<T, E: From<SandboxError>>(
        &mut self,
        world: &mut World,
        act: impl FnOnce(&mut World) -> Result<(Vec<Change>, T), E>,
    ) -> Result<T, E> {
        let lock = self.lock.try_clone().map_err(|source| self.failed("lock", source))?;
        lock.lock().map_err(|source| self.failed("lock", source))?;
        let _guard = Guard(&lock);
        self.catch_up(world)?;
        let (changes, answer) = act(world)?;
        self.append(&changes)?;
        for change in changes {
            world.apply(change);
        }
        if self.lines > 2 * world.len() + SUPERFLUOUS_LINES_MAX {
            // The change is done whether or not this works; the next one tries again.
            let _ = self.write_anew(world);
        }
        Ok(answer)
    }

    fn catch_up(&mut self, world: &mut World) -> Result<(), SandboxError> {
        let mut file = File::open(&self.path).map_err(|source| self.failed("read", source))?;
        let mut header = vec![0; self.header.len()];
        let same = match file.read_exact(&mut header) {
            Ok(()) => header == self.header,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => false,
            Err(source) => return Err(self.failed("read", source)),
        };
        let length = file.metadata().map_err(|source| self.failed("read", source))?.len();
        if !same || length < self.seen {
            return self.reload(world);
        }
        if length == self.seen {
            return Ok(());
        }
        file.seek(SeekFrom::Start(self.seen)).map_err(|source| self.failed("read", source))?;
        self.take_in(BufReader::new(file), world)
    }

    fn reload(&mut self, world: &mut World) -> Result<(), SandboxError> {
        let file = File::open(&self.path).map_err(|source| self.failed("read", source))?;
        // Line by line: a large sandbox fits in memory once, as its objects.
        let mut lines = BufReader::with_capacity(1 << 16, file);
        let mut first = Vec::new();
        lines.read_until(b'\n', &mut first).map_err(|source| self.failed("read", source))?;
        let Some(text) = first.strip_suffix(b"\n") else {
            return Err(self.damaged(1, "the first line is not whole"));
        };
        let header: Header = serde_json::from_slice(text)
            .map_err(|error| self.damaged(1, format!("this is no header of a sandbox ({error})")))?;
        if header.format != FORMAT {
            return Err(SandboxError::Format { path: self.path.clone(), format: header.format, supported: FORMAT });
        }
        self.written = header.written;
        self.seen = first.len() as u64;
        self.header = first;
        self.lines = 0;
        *world = World::new(header.sandbox);
        self.take_in(lines, world)
    }

    /// Takes in whole lines; a last one without an end is no change that anybody was told of.
    fn take_in(&mut self, mut lines: impl BufRead, world: &mut World) -> Result<(), SandboxError> {
        let (mut line, mut shared) = (Vec::new(), Shared::default());
        loop {
            line.clear();
            lines.read_until(b'\n', &mut line).map_err(|source| self.failed("read", source))?;
            if line.last() != Some(&b'\n') {
                return Ok(());
            }
            let line_number = self.lines + 2;
            let text = std::str::from_utf8(&line).map_err(|_| self.damaged(line_number, "it is not UTF-8"))?;
            world.apply(record::read(text, &mut shared).map_err(|problem| self.damaged(line_number, problem))?);
            self.lines += 1;
            self.seen += line.len() as u64;
        }
    }

    fn append(&mut self, changes: &[Change]) -> Result<(), SandboxError> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for change in changes {
            let line = record::write(change).map_err(|error| self.failed("write", error.into()))?;
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        let written = OpenOptions::new().write(true).open(&self.path).and_then(|mut file| {
            // Cuts off what a killed process left unfinished.
            file.set_len(self.seen)?;
            file.seek(SeekFrom::End(0))?;
            file.write_all(&bytes)
        });
        written.map_err(|source| self.failed("write", source))?;
        self.seen += bytes.len() as u64;
        self.lines += changes.len();
        Ok(())
    }

    fn write_anew(&mut self, world: &World) -> Result<(), SandboxError> {
        let header = Header { format: FORMAT, sandbox: world.uuid.clone(), written: self.written + 1 };
        let mut bytes = serde_json::to_vec(&header).map_err(|error| self.failed("write", error.into()))?;
        bytes.push(b'\n');
        let header_len = bytes.len();
        let puts = world.objects().map(|(key, stored)| Change::Put(key, Box::new(stored.clone())));
        let graves = world.graves().map(|(key, reads)| Change::Bury(key.clone(), reads));
        for change in puts.chain(graves) {
            let line = record::write(&change).map_err(|error| self.failed("write", error.into()))?;
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(&bytes)?;
            file.as_file().sync_all()?;
            file.persist(&self.path).map_err(|error| error.error)
        });
        written.map_err(|source| self.failed("write", source))?;
        self.header = bytes[..header_len].to_vec();
        self.written = header.written;
        self.seen = bytes.len() as u64;
        self.lines = world.len();
        Ok(())
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> SandboxError {
        SandboxError::Io { path: self.path.clone(), doing, source }
    }

    fn damaged(&self, line: usize, problem: impl Into<String>) -> SandboxError {
        SandboxError::Damaged { path: self.path.clone(), line, problem: problem.into() }
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}
