//! What can go wrong, and the exit code that it means.

use flashinfra_plans::check::Violation;
use flashinfra_plans::plan::Refusal;
use flashinfra_plans::{Address, Name, Place, compiled, decide, file};
use flashinfra_providers::Error;
use flashinfra_providers_memory::SandboxError;

use crate::able::NotAble;
use crate::adopt::AdoptError;
use crate::ledgers::LedgerError;
use crate::open;
use crate::owned::NotOwned;
use crate::recover::RecoverError;
use crate::render::RenderError;
use crate::revisions::RevisionError;

/// How a command ended, as its exit code.
///
/// When several hold, the first of error, refused, stale, interrupted, went back, changes, ok is the one: [`Exit::first`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Exit {
    /// All is well.
    Ok,
    /// An error, or a failed step.
    Error,
    /// There are changes; only where a detailed exit code was asked for.
    Changes,
    /// Refused by a guard: protection, place, a plan that was used.
    Refused,
    /// Stopped because live is not what the plan was made from.
    Stale,
    /// Interrupted.
    Interrupted,
    /// A step failed, and what was done was taken back, as had been asked for.
    WentBack,
}

impl Exit {
    /// The number that the process ends with.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Refused => 3,
            Self::Stale => 4,
            Self::Interrupted => 5,
            Self::WentBack => 6,
        }
    }

    /// Of two that both hold, the one that is reported.
    #[must_use]
    pub fn first(self, other: Self) -> Self {
        let rank = |exit| match exit {
            Self::Error => 0,
            Self::Refused => 1,
            Self::Stale => 2,
            Self::Interrupted => 3,
            Self::WentBack => 4,
            Self::Changes => 5,
            Self::Ok => 6,
        };
        if rank(other) < rank(self) { other } else { self }
    }
}

/// Why something could not be done at all. What went wrong in single steps of an apply stands in its report instead.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The compiled stack could not be used.
    #[error("the stack did not compile to something that can be planned")]
    Compiled(#[source] compiled::ReadError),
    /// The plan file could not be used.
    #[error("the plan cannot be read")]
    PlanFile(#[source] file::FileError),
    /// A provider instance is of a type that this binary was not built with.
    #[error("the provider `{instance}` is of type `{provider}`, which this program was built without")]
    UnknownProvider {
        /// The instance.
        instance: Name,
        /// Its type.
        provider: Name,
        /// The types that there are.
        available: Vec<Name>,
    },
    /// A kind that no provider of this binary serves.
    #[error("{address} is of the kind `{kind}`, which the provider `{provider}` does not have")]
    UnknownKind {
        /// The first address of that kind.
        address: Address,
        /// The kind.
        kind: Name,
        /// The provider's type.
        provider: Name,
    },
    /// The definitions are newer or older than the adapter.
    #[error("the stack declares `{kind}` by version {declared} of its schema; this program has version {served}")]
    SchemaVersion {
        /// The kind.
        kind: Name,
        /// The version in the compiled stack.
        declared: u32,
        /// The version that the adapter serves.
        served: u32,
    },
    /// A provider could not be opened, or its place not be proven.
    #[error("the provider `{instance}` cannot be reached")]
    Provider {
        /// The instance.
        instance: Name,
        /// What it said.
        #[source]
        source: Error,
    },
    /// The sandbox could not be opened.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// Credentials lead somewhere else than before. Nothing else was read.
    #[error("wrong place: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    WrongPlace(Vec<Misplaced>),
    /// The planner could not make a plan.
    #[error("no plan can be made")]
    Planner(#[source] Box<decide::PlanError>),
    /// A plan broke one of its own rules: an error in flashinfra, or in a plan that was edited by hand.
    #[error("the plan breaks its own rules: {}", .0.iter().map(|found| found.message.as_str()).collect::<Vec<_>>().join("; "))]
    Violations(Vec<Violation>),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A lost ledger could not be made anew.
    #[error(transparent)]
    Recover(#[from] RecoverError),
    /// Nothing could be adopted.
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    /// Nothing could be written down.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// There is no such revision, or nothing in it to go back to.
    #[error(transparent)]
    Revision(#[from] RevisionError),
    /// The ledger is of another stack or environment than the plan.
    #[error("the plan is for another ledger than {location}")]
    OtherLedger {
        /// The ledger.
        location: String,
    },
    /// Another apply came in between.
    #[error("the plan was made from serial {planned} of {location}, which has serial {present} by now")]
    LedgerMoved {
        /// The ledger.
        location: String,
        /// The serial in the plan.
        planned: u64,
        /// The serial now.
        present: u64,
    },
    /// The ledger is the same, and a run that was not over when the plan was made is another one, or has come further.
    #[error("run {run} has changed what {location} owns since the plan was made")]
    RunMoved {
        /// The ledger.
        location: String,
        /// The run.
        run: Name,
    },
    /// Another version's planner made the plan.
    #[error("the plan was made by flashinfra {flashinfra} (planner {planner}); this is planner {here}")]
    OtherPlanner {
        /// The version.
        flashinfra: Name,
        /// Its planner.
        planner: u32,
        /// The planner of this program.
        here: u32,
    },
    /// The plan has refusals.
    #[error("the plan is refused: {} guards stand in its way", .0.len())]
    Refused(Vec<Refusal>),
    /// The plan was applied already.
    #[error("the plan was applied before{}, as run {run}", told_by(.by))]
    PlanUsed {
        /// The run.
        run: Name,
        /// Who began it, from where and when; empty when that is not known any more.
        by: Name,
    },
    /// Secrets that the plan needs are not there. Nothing was started.
    #[error("secrets are missing: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Secrets(Vec<MissingSecret>),
    /// An interrupted run left things of which nobody can say whether they were done.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unresolved(Vec<Unresolved>),
    /// A run is not over that would have to be.
    #[error("run {run} is not over: {} of its steps may or may not have been done", .open)]
    RunOpen {
        /// The run.
        run: Name,
        /// How many of its steps nobody knows about.
        open: usize,
    },
    /// The plan of an unfinished run is not there.
    #[error("the plan of the unfinished run {run} was not kept beside {location}")]
    PlanNotKept {
        /// The run.
        run: Name,
        /// The ledger.
        location: String,
    },
    /// The ledger could not be written any more once the run had begun. Steps may be done, and calls may have been out.
    #[error("run {run} was cut off from its ledger, and is not over")]
    CutOff {
        /// The run.
        run: Name,
        /// What happened.
        #[source]
        source: Box<LedgerError>,
    },
    /// An apply was interrupted before its first step.
    #[error("interrupted before anything was started")]
    Interrupted,
    /// There is no ledger, where one is needed.
    #[error("{stack} has nothing in {environment}: there is no ledger at {location}")]
    NoLedger {
        /// The stack.
        stack: Name,
        /// The environment.
        environment: Name,
        /// Where one would be.
        location: String,
    },
    /// What a person wanted of an object, its kind cannot do.
    #[error("{}", .0.told())]
    NotAble(NotAble),
    /// What a person wanted done by hand could not be.
    #[error("{act} of {address} failed: {why}")]
    NotOperated {
        /// What: `scale`.
        act: &'static str,
        /// The address.
        address: Address,
        /// Why not.
        why: String,
    },
    /// The ledger owns nothing at an address.
    #[error("{}", .0.told())]
    NotOwned(NotOwned),
}

fn told_by(by: &str) -> String {
    if by.is_empty() { String::new() } else { format!(" by {by}") }
}

/// A provider instance that leads somewhere else than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misplaced {
    /// The instance.
    pub instance: Name,
    /// Where the ledger or the plan says it is.
    pub recorded: Place,
    /// Where the credentials lead.
    pub proven: Place,
}

impl std::fmt::Display for Misplaced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { instance, recorded, proven } = self;
        let place = |place: &Place| match place.region.as_str() {
            "" => place.scope.to_string(),
            region => format!("{} {region}", place.scope),
        };
        write!(f, "`{instance}` was {} and these credentials lead to {}", place(recorded), place(proven))
    }
}

/// A secret that cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingSecret {
    /// Which resource needs it.
    pub address: Address,
    /// For which attribute.
    pub attribute: Name,
    /// Where it should come from, and why it does not: never its value.
    pub problem: String,
}

impl std::fmt::Display for MissingSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { address, attribute, problem } = self;
        write!(f, "{address} needs {attribute}, {problem}")
    }
}

/// Something of an interrupted run that reading could not settle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The address.
    pub address: Address,
    /// What was being done: `create`, `delete`.
    pub act: Name,
    /// Why it is not known whether it was.
    pub reason: String,
}

impl std::fmt::Display for Unresolved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { address, act, reason } = self;
        write!(f, "an interrupted run may or may not have done the {act} of {address}: {reason}")
    }
}

impl EngineError {
    /// The exit code that it means.
    pub fn exit(&self) -> Exit {
        match self {
            Self::WrongPlace(_)
            | Self::OtherLedger { .. }
            | Self::OtherPlanner { .. }
            | Self::Refused(_)
            | Self::PlanUsed { .. }
            | Self::Ledger(LedgerError::Locked { .. }) => Exit::Refused,
            Self::LedgerMoved { .. }
            | Self::RunMoved { .. }
            | Self::Ledger(LedgerError::Moved { .. } | LedgerError::SegmentExists { .. }) => Exit::Stale,
            Self::Interrupted => Exit::Interrupted,
            Self::Recover(error) => error.exit(),
            Self::Adopt(error) => error.exit(),
            Self::Compiled(_)
            | Self::PlanFile(_)
            | Self::UnknownProvider { .. }
            | Self::UnknownKind { .. }
            | Self::SchemaVersion { .. }
            | Self::Provider { .. }
            | Self::Sandbox(_)
            | Self::Planner(_)
            | Self::Violations(_)
            | Self::Render(_)
            | Self::Ledger(_)
            | Self::Revision(_)
            | Self::Secrets(_)
            | Self::Unresolved(_)
            | Self::RunOpen { .. }
            | Self::CutOff { .. }
            | Self::PlanNotKept { .. }
            | Self::NoLedger { .. }
            | Self::NotAble(_)
            | Self::NotOperated { .. }
            | Self::NotOwned(_) => Exit::Error,
        }
    }

    /// What to do about it, as a sentence; none when the message says all.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownProvider { available, .. } if available.is_empty() => {
                Some("It was built without any provider; `--sandbox` needs none.".into())
            }
            Self::UnknownProvider { available, .. } => {
                let names: Vec<&str> = available.iter().map(Name::as_str).collect();
                Some(format!(
                    "It has {}. Build it with the feature of that name, or use `--sandbox`.",
                    names.join(", ")
                ))
            }
            Self::UnknownKind { .. } | Self::SchemaVersion { .. } => {
                Some("Build the stack and flashinfra from the same version.".into())
            }
            Self::WrongPlace(_) => Some(
                "Nothing else was read and nothing changed. Use the credentials and region of the recorded place, or \
                 another environment for the new one."
                    .into(),
            ),
            Self::Violations(found) => found.first().map(Violation::help),
            Self::Ledger(error) => error.help(),
            Self::Recover(error) => Some(error.help()),
            Self::Adopt(error) => Some(error.help()),
            Self::Render(error) => Some(error.help()),
            Self::Revision(error) => Some(error.help()),
            Self::OtherLedger { .. } => Some("Apply it where it was planned, or plan again for this ledger.".into()),
            Self::LedgerMoved { .. } | Self::RunMoved { .. } | Self::OtherPlanner { .. } => {
                Some("Plan again and apply that plan.".into())
            }
            Self::PlanUsed { .. } => Some("A plan is applied once. Plan again to see what is left to do.".into()),
            Self::Interrupted => Some("The plan is not used up: apply it again.".into()),
            Self::Secrets(_) => Some("Nothing was started. Provide them and apply again.".into()),
            Self::Unresolved(open) => open.first().map(|Unresolved { address, .. }| {
                format!(
                    "Look whether the object exists. If it does not, or is not to be owned, \
                     `flashinfra ledger forget {address}` ends the question."
                )
            }),
            Self::CutOff { .. } => Some(
                "Nothing that was begun is lost. Once the ledger can be written again, `flashinfra resume` shows what was done and goes \
                 on; if it finds nothing, nothing was begun: apply the plan again."
                    .into(),
            ),
            Self::RunOpen { .. } => {
                Some("`flashinfra resume` goes on with it; to plan and apply anew finds out what became of it.".into())
            }
            Self::PlanNotKept { .. } => Some(
                "Apply its plan file again to go on with it, or plan and apply anew: that finds out what became of it."
                    .into(),
            ),
            Self::PlanFile(error) => Some(error.help()),
            Self::Planner(error) => Some(error.help()),
            Self::Provider { source, .. } => Some(open::unreachable_help(source.class).into()),
            Self::Compiled(error) => error.help(),
            Self::Sandbox(error) => Some(error.help().into()),
            Self::Refused(_) | Self::NotOperated { .. } | Self::NoLedger { .. } => None,
            Self::NotAble(not_able) => Some(not_able.help()),
            Self::NotOwned(not_owned) => Some(not_owned.help()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_exit_code_that_holds_is_the_one() {
        let order =
            [Exit::Error, Exit::Refused, Exit::Stale, Exit::Interrupted, Exit::WentBack, Exit::Changes, Exit::Ok];
        for (rank, exit) in order.into_iter().enumerate() {
            for later in &order[rank..] {
                assert_eq!(exit.first(*later), exit);
                assert_eq!(later.first(exit), exit);
            }
        }
        assert_eq!(order.map(Exit::code), [1, 3, 4, 5, 6, 2, 0]);
    }
}
