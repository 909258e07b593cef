//! Running a stack program once.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::{Program, Progress, Report, environment};
use crate::parameters::Parameters;
use crate::problem::Problem;

/// How often a silent program is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How many lines may wait to be shown; a program that prints more waits itself.
const LINES_MAX: usize = 64;

/// What a program is asked.
pub(super) enum Question<'a> {
    /// Which stacks it has.
    Describe,
    /// One of them, compiled.
    Compile { stack: &'a str, parameters: &'a Parameters },
}

/// Runs the program and reads its answer.
pub(super) fn ask(program: &Program, question: &Question<'_>, report: Report<'_>) -> Result<Answer, Problem> {
    let files = tempfile::tempdir().map_err(|error| {
        Problem::caused("could not make a temporary directory for the stack program's answer", &error)
    })?;
    let out = files.path().join("answer.json");
    let mut command = Command::new(&program.executable);
    command.current_dir(&program.stack_crate.directory);
    environment::clear_for_program(&mut command);
    command.env("FLASHINFRA_OUT", &out).envs(variables(question, files.path())?);
    let status = run(&mut command, program.time_limit, report)?;
    Ok(Answer { status, bytes: fs::read(&out).ok() })
}

/// The variables of the protocol. The parameters go through a file, which only this user can read.
fn variables(question: &Question<'_>, files: &Path) -> Result<Vec<(&'static str, OsString)>, Problem> {
    match question {
        Question::Describe => Ok(vec![("FLASHINFRA_DESCRIBE", "1".into())]),
        Question::Compile { stack, parameters } => {
            let path = files.join("parameters.json");
            fs::write(&path, parameters.to_json())
                .map_err(|error| Problem::caused("could not write the parameters for the stack program", &error))?;
            let mut variables = vec![
                ("FLASHINFRA_STACK", OsString::from(stack)),
                ("FLASHINFRA_ENV", parameters.environment().into()),
                ("FLASHINFRA_PARAMS", path.into()),
            ];
            variables.extend(parameters.file().map(|file| ("FLASHINFRA_ENV_FILE", file.into())));
            Ok(variables)
        }
    }
}

/// Runs a command to its end, showing what it prints.
fn run(command: &mut Command, time_limit: Duration, report: Report<'_>) -> Result<ExitStatus, Problem> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Problem::caused("could not start the stack program", &error))?;
    let (sender, lines) = sync_channel(LINES_MAX);
    if let Some(stdout) = child.stdout.take() {
        forward(stdout, sender.clone());
    }
    if let Some(stderr) = child.stderr.take() {
        forward(stderr, sender);
    }
    match watch(&mut child, &lines, time_limit, report) {
        Ok(Some(status)) => Ok(status),
        Ok(None) => {
            // It may have ended by itself in the meantime; either way it is gone.
            let _gone = child.kill();
            let _status = child.wait();
            Err(Problem::new(format!("the stack program did not end within {} s", time_limit.as_secs()))
                .help("a stack is computed from its parameters alone: look for a loop, or for something that waits"))
        }
        Err(error) => Err(Problem::caused("could not wait for the stack program", &error)),
    }
}

/// Shows lines until the program ends; nothing when it has not by the time limit.
fn watch(
    child: &mut Child,
    lines: &Receiver<String>,
    time_limit: Duration,
    report: Report<'_>,
) -> std::io::Result<Option<ExitStatus>> {
    let deadline = Instant::now() + time_limit;
    let mut ended = None;
    loop {
        match lines.recv_timeout(LOOK_EVERY) {
            Ok(line) => report(Progress::Printed(&line)),
            // A process that it left behind may keep its pipes open: once it has ended, silence is enough.
            Err(RecvTimeoutError::Timeout) if ended.is_some() => return Ok(ended),
            Err(RecvTimeoutError::Timeout) => ended = child.try_wait()?,
            // It prints no more, so that only its end is left to be seen.
            Err(RecvTimeoutError::Disconnected) => match child.try_wait()? {
                Some(status) => return Ok(Some(status)),
                None => thread::sleep(Duration::from_millis(1)),
            },
        }
        if ended.is_none() && Instant::now() > deadline {
            return Ok(None);
        }
    }
}

/// Sends the lines of a pipe until it closes or nobody listens.
fn forward(pipe: impl Read + Send + 'static, lines: SyncSender<String>) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut line = Vec::new();
        while pipe.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            if lines.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
}
