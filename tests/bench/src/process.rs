//! Running a program and taking down what it took.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flashinfra::Problem;
use tempfile::NamedTempFile;
use wait4::{ResourceUsage, Wait4 as _};

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    /// By the clock on the wall.
    pub(crate) wall: Duration,
    /// Of the processors, in the program and in the system for it.
    pub(crate) cpu: Duration,
    /// The most memory that was resident at once.
    pub(crate) peak_bytes: u64,
}

/// Why a run says nothing.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It could not be started or waited for.
    Io(io::Error),
    /// There is no release binary.
    Missing(PathBuf),
    /// What `RESOURCES` says is no number.
    Resources(String),
    /// The measured stack is wrong.
    Definition(Vec<Problem>),
    /// The engine refused, or did not come to a good end.
    Engine(Box<dyn std::error::Error + Send + Sync>),
    /// It did not succeed; this is the end of what it said.
    Status {
        /// The command.
        command: String,
        /// The end of what it wrote to both its streams.
        said: String,
    },
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "could not measure: {error}"),
            Self::Missing(path) => write!(f, "there is no {}; `make bench` builds it", path.display()),
            Self::Resources(said) => write!(f, "RESOURCES is `{said}`; it says how many, like RESOURCES=1000"),
            Self::Definition(problems) => write!(f, "the measured stack is wrong: {problems:?}"),
            Self::Engine(error) => write!(f, "{error}"),
            Self::Status { command, said } => write!(f, "{command} failed:\n{said}"),
        }
    }
}

impl std::error::Error for Failed {}

impl Failed {
    /// An error of the engine.
    pub(crate) fn engine(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Engine(error.into())
    }
}

impl From<Vec<Problem>> for Failed {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Definition(problems)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Runs a program to its end. What it prints goes to a file, as in a pipeline: both sides print the same way.
///
/// # Errors
/// When it does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<Taken, Failed> {
    let output = NamedTempFile::new()?;
    command.stdin(Stdio::null()).stdout(at_the_end(&output)?).stderr(at_the_end(&output)?);
    let started = Instant::now();
    let ended = command.spawn()?.wait4()?;
    let wall = started.elapsed();
    if !ended.status.success() {
        let said = String::from_utf8_lossy(&std::fs::read(output.path())?).into_owned();
        let from = said.char_indices().rev().nth(2000).map_or(0, |(start, _)| start);
        return Err(Failed::Status { command: format!("{command:?}"), said: said[from..].to_owned() });
    }
    let ResourceUsage { utime, stime, maxrss } = ended.rusage;
    Ok(Taken { wall, cpu: utime + stime, peak_bytes: maxrss })
}

/// A handle to a file that does not write over what another one wrote.
fn at_the_end(file: &NamedTempFile) -> io::Result<File> {
    File::options().append(true).open(file.path())
}

/// The run in the middle by its wall time; the memory is the most of all. None when there is no run.
pub(crate) fn median(mut runs: Vec<Taken>) -> Option<Taken> {
    runs.sort_by_key(|run| run.wall);
    let peak_bytes = runs.iter().map(|run| run.peak_bytes).max()?;
    runs.get(runs.len() / 2).map(|run| Taken { peak_bytes, ..*run })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_in_the_middle_counts() {
        let run = |seconds, peak_bytes| {
            let wall = Duration::from_secs(seconds);
            Taken { wall, cpu: wall / 2, peak_bytes }
        };
        let middle = median(vec![run(9, 1), run(2, 5), run(3, 2)]).unwrap();
        assert_eq!((middle.wall.as_secs(), middle.cpu.as_millis(), middle.peak_bytes), (3, 1500, 5));
        assert!(median(Vec::new()).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn what_a_program_said_is_told_when_it_fails() {
        let mut shell = Command::new("sh");
        let failed = run(shell.args(["-c", "echo out; echo err >&2; exit 3"])).unwrap_err().to_string();
        assert!(failed.contains("sh") && failed.contains("out\nerr"), "{failed}");
        let taken = run(Command::new("sh").args(["-c", "exit 0"])).unwrap();
        assert!(taken.peak_bytes > 0);
    }
}
