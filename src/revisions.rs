//! Revisions: what each apply made live, kept in the ledger, to be looked at and to be gone back to.
//!
//! A run keeps one when it is over, however it ended: one object, written while the last segment of its journal is, and before the
//! ledger of the same number. A process that dies in between leaves a run that is not folded, and whoever closes that writes the
//! revision again. What an interrupted run of another plan left becomes a revision when it is closed, from the plan that was
//! kept for it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use flashinfra_plans::journal::{Record, State};
use flashinfra_plans::plan::Mode;
use flashinfra_plans::revision::{self, Outcome, ReadError};
use flashinfra_plans::{Action, Address, Change, CompiledStack, Name, Plan, Revision, file};

use crate::apply::{StepOutcome, StepReport};
use crate::error::EngineError;
use crate::ledgers::{self, LedgerError, LedgerKey, LedgerStore, OpenRun, holder};

/// How many revisions a ledger keeps unless it is told otherwise: as many as Helm.
pub const REVISIONS_KEPT: usize = 10;

/// A revision as it is kept, and the stack that it made live.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What is said of it.
    pub revision: Revision,
    /// The stack; none when nothing was declared, as by a destroy, or an older version made the plan.
    pub declared: Option<CompiledStack>,
}

/// Why there is no revision to go back to.
#[derive(Debug, thiserror::Error)]
pub enum RevisionError {
    /// It is not kept.
    #[error("there is no revision {number} of {key}")]
    Missing {
        /// The ledger.
        key: LedgerKey,
        /// Its number.
        number: u64,
        /// Those that are kept, the newest first.
        kept: Vec<u64>,
    },
    /// No earlier apply made the whole stack live.
    #[error("{key} has no earlier revision that made the whole stack live")]
    NoneGood {
        /// The ledger.
        key: LedgerKey,
    },
    /// It declared nothing that could be planned again.
    #[error("revision {number} of {key} has no stack that could be planned again")]
    NothingDeclared {
        /// The ledger.
        key: LedgerKey,
        /// Its number.
        number: u64,
    },
    /// Its bytes make no sense here.
    #[error("revision {number} of {key} cannot be read")]
    Unreadable {
        /// The ledger.
        key: LedgerKey,
        /// Its number.
        number: u64,
        /// What is wrong.
        #[source]
        source: ReadError,
    },
}

impl RevisionError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Missing { kept, .. } if kept.is_empty() => "a revision is kept with the next apply".into(),
            Self::Missing { kept, .. } => {
                let kept: Vec<_> = kept.iter().rev().map(u64::to_string).collect();
                format!("kept are {}; `flashinfra history` says what each of them is", kept.join(", "))
            }
            Self::NoneGood { .. } => "`flashinfra history` lists what was applied; any of it can be named".into(),
            Self::NothingDeclared { .. } => {
                "it was a destroy or a test, or was planned by an older version; `flashinfra destroy` deletes what is there"
                    .into()
            }
            Self::Unreadable { .. } => "use the version of flashinfra that wrote it, or a newer one".into(),
        }
    }
}

/// The revisions that are kept, the newest first.
///
/// # Errors
/// When they cannot be listed or read.
pub async fn history(store: &dyn LedgerStore, key: &LedgerKey) -> Result<Vec<Revision>, EngineError> {
    let mut history = Vec::new();
    for number in store.revisions(key).await? {
        // It may have been pruned in between.
        if let Some(said) = said(store, key, number).await? {
            history.push(said.map_err(|source| unreadable(key, number, source))?);
        }
    }
    Ok(history)
}

/// What is said of a revision, for which its stack is not read; none when it is not kept.
async fn said(
    store: &dyn LedgerStore,
    key: &LedgerKey,
    number: u64,
) -> Result<Option<Result<Revision, ReadError>>, LedgerError> {
    let Some(start) = store.revision_head(key, number).await? else { return Ok(None) };
    match revision::read_head(&start) {
        Some(revision) => Ok(Some(Ok(revision))),
        // Why not shows in the whole of it.
        None => Ok(store.revision(key, number).await?.map(|bytes| revision::read(&bytes))),
    }
}

/// A revision with its stack.
///
/// # Errors
/// When it is not kept, or cannot be read.
pub async fn find(store: &dyn LedgerStore, key: &LedgerKey, number: u64) -> Result<Kept, EngineError> {
    let Some(bytes) = store.revision(key, number).await? else {
        let kept = store.revisions(key).await?;
        return Err(RevisionError::Missing { key: key.clone(), number, kept }.into());
    };
    let said = |source| unreadable(key, number, source);
    let revision = revision::read(&bytes).map_err(said)?;
    let declared = revision::read_declared(&bytes).map_err(said)?;
    Ok(Kept { revision, declared })
}

/// The number of the revision that a rollback goes back to: the newest that made the whole stack live, before the present one. A
/// run that was interrupted is the present one, though it is none yet; one that only tested makes nothing live.
///
/// # Errors
/// When there is none.
pub async fn last_good(store: &dyn LedgerStore, key: &LedgerKey) -> Result<u64, EngineError> {
    let kept = store.revisions(key).await?;
    let open = ledgers::load(store, key).await?.filter(|loaded| loaded.open.is_some());
    let present = match open {
        Some(loaded) => Some(loaded.ledger.serial),
        None => newest_applied(store, key, &kept).await?,
    };
    let before = kept.into_iter().filter(|number| present.is_none_or(|present| *number < present)).collect();
    good_of(store, key, before).await
}

/// The newest that is no test. What cannot be read may be anything, so it counts.
async fn newest_applied(store: &dyn LedgerStore, key: &LedgerKey, kept: &[u64]) -> Result<Option<u64>, EngineError> {
    for &number in kept {
        if !is_test(said(store, key, number).await?) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

fn is_test(said: Option<Result<Revision, ReadError>>) -> bool {
    matches!(said, Some(Ok(revision)) if revision.mode == Mode::Test)
}

/// The number of the newest revision that made the whole stack live.
///
/// # Errors
/// When there is none.
pub async fn newest_good(store: &dyn LedgerStore, key: &LedgerKey) -> Result<u64, EngineError> {
    let kept = store.revisions(key).await?;
    good_of(store, key, kept).await
}

async fn good_of(store: &dyn LedgerStore, key: &LedgerKey, kept: Vec<u64>) -> Result<u64, EngineError> {
    for number in kept {
        if !matches!(said(store, key, number).await?, Some(Ok(revision)) if revision.is_good()) {
            continue;
        }
        // What cannot be read is nothing to go back to, and stands in the way of nothing.
        if let Some(bytes) = store.revision(key, number).await?
            && revision::read(&bytes).is_ok()
        {
            return Ok(number);
        }
    }
    Err(RevisionError::NoneGood { key: key.clone() }.into())
}

fn unreadable(key: &LedgerKey, number: u64, source: ReadError) -> EngineError {
    RevisionError::Unreadable { key: key.clone(), number, source }.into()
}

/// How a run ended, for its revision.
pub(crate) fn outcome(steps: &[StepReport]) -> Outcome {
    let is = |like: fn(&StepOutcome) -> bool| steps.iter().any(|step| like(&step.outcome));
    if is(|outcome| matches!(outcome, StepOutcome::Failed(_) | StepOutcome::Unknown(_))) {
        Outcome::Failed
    } else if is(|outcome| matches!(outcome, StepOutcome::Stale(_) | StepOutcome::Skipped { .. })) {
        Outcome::Stopped
    } else if is(|outcome| matches!(outcome, StepOutcome::Interrupted)) {
        Outcome::CutOff
    } else {
        Outcome::Done
    }
}

/// What becomes of a revision with the steps that its run did.
pub(crate) fn concluded(revision: Revision, changes: &[Change], steps: &[StepReport], by: String) -> Revision {
    let made = changes_made(changes, steps.iter().map(|step| (&step.step.address, step.outcome.is_finished())));
    let done = steps.iter().filter(|step| step.outcome.is_finished()).count();
    Revision { outcome: outcome(steps), ..counted(revision, made, done, by) }
}

/// The revision of a run that somebody else closes with these last records, from the plan that was kept for it; none when it was
/// not, or another version made it.
pub(crate) async fn of_closed(
    store: &dyn LedgerStore,
    key: &LedgerKey,
    run: &OpenRun,
    last: &[Record],
) -> Result<Option<(Revision, Plan)>, LedgerError> {
    let Some(plan) = store.kept_plan(key, &run.run).await?.and_then(|bytes| file::read(&bytes).ok()) else {
        return Ok(None);
    };
    let was_found = |wanted| last.iter().any(|record| matches!(record, Record::Done { step, .. } if *step == wanted));
    let is_done = |step: u32| run.steps.get(&step) == Some(&State::Done) || was_found(step);
    let made = changes_made(&plan.changes, plan.steps.iter().map(|step| (&step.address, is_done(step.id))));
    let done = plan.steps.iter().filter(|step| is_done(step.id)).count();
    // The person and the machine; the process says nothing later.
    let by = run.by.split(" (process").next().unwrap_or_default().to_owned();
    let revision = counted(Revision::begun(&plan, run.run.clone(), run.plan.clone()), made, done, by);
    let is_whole = plan.steps.iter().all(|step| is_done(step.id));
    let failed = run.steps.values().any(|state| *state == State::Failed);
    let outcome = match (is_whole, failed) {
        (true, _) => Outcome::Done,
        (false, true) => Outcome::Failed,
        (false, false) => Outcome::CutOff,
    };
    Ok(Some((Revision { number: run.serial + 1, outcome, ..revision }, plan)))
}

fn counted(revision: Revision, changes: BTreeMap<Action, u32>, done: usize, by: String) -> Revision {
    let done = u32::try_from(done).unwrap_or(u32::MAX);
    Revision { at: holder::now().into(), by: by.into(), changes, done, ..revision }
}

/// How many changes of each action are done in full.
fn changes_made<'a>(changes: &[Change], steps: impl Iterator<Item = (&'a Address, bool)>) -> BTreeMap<Action, u32> {
    let mut done: BTreeMap<&Address, bool> = BTreeMap::new();
    for (address, is_done) in steps {
        match done.entry(address) {
            Entry::Vacant(entry) => drop(entry.insert(is_done)),
            Entry::Occupied(mut entry) => *entry.get_mut() &= is_done,
        }
    }
    let mut made = BTreeMap::new();
    for change in changes.iter().filter(|change| done.get(&change.address) == Some(&true)) {
        *made.entry(change.action).or_default() += 1;
    }
    made
}

/// Keeps a revision.
pub(crate) async fn keep(
    store: &dyn LedgerStore,
    key: &LedgerKey,
    revision: &Revision,
    declared: Option<&CompiledStack>,
) -> Result<(), LedgerError> {
    store.keep_revision(key, revision.number, revision::write(revision, declared)).await
}

/// Removes the oldest revisions that are more than `max`, but for the newest good one: failures must not push out what they
/// would be gone back to. What cannot be removed now goes with a later one.
///
/// Of tests that follow each other, the last one tells what holds: those that run every night must not push out what was applied.
pub(crate) async fn prune(store: &dyn LedgerStore, key: &LedgerKey, max: usize, newest: &Revision) {
    let Ok(mut numbers) = store.revisions(key).await else { return };
    if newest.mode == Mode::Test
        && let Some(before) = numbers.iter().position(|number| *number < newest.number)
        && is_test(said(store, key, numbers[before]).await.ok().flatten())
        && store.drop_revision(key, numbers[before]).await.is_ok()
    {
        numbers.remove(before);
    }
    if max == 0 || numbers.len() <= max {
        return;
    }
    let mut has_good = newest.is_good();
    for (index, number) in numbers.into_iter().enumerate() {
        if !has_good {
            let said = said(store, key, number).await.ok().flatten();
            has_good = matches!(said, Some(Ok(revision)) if revision.is_good());
            if has_good {
                continue;
            }
        }
        if index >= max && store.drop_revision(key, number).await.is_err() {
            return;
        }
    }
}

/// The revision that a run is about to make; none when its plan makes nothing live.
pub(crate) fn begun(plan: &Plan, run: &Name, digest: &Name) -> Option<Revision> {
    match plan.mode {
        Mode::Apply | Mode::Destroy | Mode::Test => Some(Revision::begun(plan, run.clone(), digest.clone())),
        Mode::RefreshOnly | Mode::Tidy => None,
    }
}
