//! Keeps a terminal from writing `^C` where it is typed: between lines that are redrawn in place it would push them apart.

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios};

/// Control characters are not shown until this is dropped. Nothing changes where nobody types.
#[derive(Debug)]
pub(crate) struct Quiet {
    #[cfg(unix)]
    before: Option<Termios>,
}

#[cfg(unix)]
impl Quiet {
    /// From now on.
    pub(crate) fn new() -> Self {
        let before = Some(std::io::stdin()).filter(is_ours).and_then(|stdin| {
            let before = rustix::termios::tcgetattr(&stdin).ok()?;
            let mut quiet = before.clone();
            quiet.local_modes.remove(LocalModes::ECHOCTL);
            rustix::termios::tcsetattr(&stdin, OptionalActions::Now, &quiet).ok().map(|()| before)
        });
        Self { before }
    }
}

/// Whether the terminal listens to this process. Who changes one from the background is stopped by the system.
#[cfg(unix)]
fn is_ours(stdin: &std::io::Stdin) -> bool {
    rustix::termios::tcgetpgrp(stdin).is_ok_and(|group| group == rustix::process::getpgrp())
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        let stdin = std::io::stdin();
        if let Some(before) = self.before.take().filter(|_| is_ours(&stdin)) {
            // A terminal that went away needs nothing back.
            let _ = rustix::termios::tcsetattr(&stdin, OptionalActions::Now, &before);
        }
    }
}

#[cfg(not(unix))]
impl Quiet {
    /// There is nothing to keep quiet.
    pub(crate) fn new() -> Self {
        Self {}
    }
}
