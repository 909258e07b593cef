//! Interrupts in stages: no new step, cancel what can be cancelled, leave.

use tokio::sync::watch;

/// Stops an apply in stages. Clones are the same interrupt; the caller raises it once per Ctrl-C.
#[derive(Clone, Debug)]
pub struct Interrupt {
    stage: watch::Sender<Stage>,
}

/// How much an apply was asked to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It was not.
    #[default]
    None,
    /// No new step starts; what runs goes on to its end.
    NoNewSteps,
    /// What only waits (polls, pauses before a retry) is left; calls that are out are waited for.
    CancelWaits,
    /// The apply returns once the segment that is being written is, which is at once unless the ledger's store is slow. The
    /// journal knows what was open.
    Leave,
}

impl Interrupt {
    /// An interrupt that was not raised.
    pub fn new() -> Self {
        Self { stage: watch::Sender::new(Stage::None) }
    }

    /// Goes to the next stage, and says which that is.
    pub fn raise(&self) -> Stage {
        self.stage.send_modify(|stage| {
            *stage = match stage {
                Stage::None => Stage::NoNewSteps,
                Stage::NoNewSteps => Stage::CancelWaits,
                Stage::CancelWaits | Stage::Leave => Stage::Leave,
            };
        });
        self.stage()
    }

    /// How far it was raised.
    pub fn stage(&self) -> Stage {
        *self.stage.borrow()
    }

    /// Returns once it was raised this far.
    pub(crate) async fn reached(&self, stage: Stage) {
        let mut changes = self.stage.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = changes.wait_for(|now| *now >= stage).await;
    }
}

impl Default for Interrupt {
    fn default() -> Self {
        Self::new()
    }
}
