//! Ctrl-C, and the request to end that a pipeline sends, as stages of the engine's interrupt.

use flashinfra::apply::{Interrupt, Stage};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

/// Raises the interrupt once for each signal, and tells the stage that it came to. From here on no signal ends the process by
/// itself; without an answer there is no way to listen, and signals stay what they were.
#[cfg(unix)]
pub(crate) fn listen(interrupt: Interrupt, stages: UnboundedSender<Stage>) -> Option<JoinHandle<()>> {
    use tokio::signal::unix::{SignalKind, signal};
    // Before the first step starts, not whenever the task happens to run first.
    let mut pressed = signal(SignalKind::interrupt()).ok()?;
    let mut asked = signal(SignalKind::terminate()).ok()?;
    Some(tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = pressed.recv() => {}
                _ = asked.recv() => {}
            }
            if stages.send(interrupt.raise()).is_err() {
                return;
            }
        }
    }))
}

/// The same where there is Ctrl-C alone.
#[cfg(not(unix))]
pub(crate) fn listen(interrupt: Interrupt, stages: UnboundedSender<Stage>) -> Option<JoinHandle<()>> {
    Some(tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if stages.send(interrupt.raise()).is_err() {
                return;
            }
        }
    }))
}
