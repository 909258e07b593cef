//! The room for calls on one provider instance, and who gets it next.
//!
//! A call needs a place, of which there are only so many, and its service has to take it, which a service that throttles does only so
//! often. Both are given together, so that nobody holds a place for longer than a call takes.
//!
//! A run takes at least as long as its longest path, and as long as a service needs for the calls that are left to make, at the rate at which it
//! takes them. The next place is given to the step behind which most is left, either way. By the path alone, slow kinds would hold all
//! places, and what another service could have taken meanwhile would be lost.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use flashinfra_plans::Name;
use flashinfra_providers::retry::Paces;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long the last free place is kept for the step behind which most is left, when its service does not take a call yet. Others would
/// hold it for as long as their calls take, some seconds, in which that service goes without; kept for longer, more room is lost than rate.
const KEPT_MAX: Duration = Duration::from_millis(250);

/// The room for calls on one provider instance.
#[derive(Debug)]
pub(crate) struct Room {
    paces: Arc<Paces>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    free: usize,
    /// By service.
    lines: BTreeMap<Name, Line>,
}

/// Who waits for one service.
#[derive(Debug, Default)]
struct Line {
    /// How many steps of the plan have a call of theirs to make yet, those that are not begun among them.
    left: u32,
    waiting: BTreeMap<Rank, watch::Sender<Answer>>,
}

/// The order within a line: who was sent away by the service comes first, then what has the longest path behind it, and of equals the lower
/// number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    is_new: bool,
    behind_seconds: Reverse<u64>,
    step: u32,
}

impl Rank {
    /// The rank of a step that calls for the first time, or again.
    pub(crate) fn new(step: u32, behind_seconds: u64, again: bool) -> Self {
        Self { is_new: !again, behind_seconds: Reverse(behind_seconds), step }
    }
}

/// What who waits is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Wait,
    /// It is the first in its line, and its service takes no call before.
    NotBefore(Instant),
    Go,
}

/// The right to make one call now. When it is dropped, the next one gets it.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Room>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.with(|state| state.free += 1);
    }
}

impl Room {
    /// Room for so many calls at once.
    pub(crate) fn new(calls: usize, paces: Arc<Paces>) -> Self {
        Self { paces, state: Mutex::new(State { free: calls, lines: BTreeMap::new() }) }
    }

    /// A step of the plan will call this service.
    pub(crate) fn expect(&self, service: &Name) {
        self.state().lines.entry(service.clone()).or_default().left += 1;
    }

    /// A step that was expected to call this service has done so, or never will.
    pub(crate) fn expect_no_more(&self, service: &Name) {
        if let Some(line) = self.state().lines.get_mut(service) {
            line.left = line.left.saturating_sub(1);
        }
    }

    /// Waits for the right to make one call to a service.
    ///
    /// # Errors
    /// When the service wants to be left alone for longer than `most`: for how long.
    pub(crate) async fn turn(self: &Arc<Self>, service: &Name, rank: Rank, most: Duration) -> Result<Turn, Duration> {
        let (answer, mut answers) = watch::channel(Answer::Wait);
        let mut waiting = Waiting { room: self, service, rank, has_turn: false };
        self.with(|state| state.lines.entry(service.clone()).or_default().waiting.insert(rank, answer));
        loop {
            let answer = *answers.borrow_and_update();
            match answer {
                Answer::Go => {
                    waiting.has_turn = true;
                    return Ok(Turn(Arc::clone(self)));
                }
                Answer::Wait => {}
                Answer::NotBefore(then) => {
                    let wait = then.saturating_duration_since(Instant::now());
                    if wait > most {
                        return Err(wait);
                    }
                    tokio::select! {
                        biased;
                        _ = answers.changed() => continue,
                        () = tokio::time::sleep_until(then) => self.with(|_| ()),
                    }
                }
            }
            // The other end is in the line for as long as this waits.
            let _ = answers.changed().await;
        }
    }

    /// Changes something, after which others may have their turn.
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state);
        state.hand_out(&self.paces, Instant::now());
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Whatever panicked elsewhere, nothing here is ever half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first of a line.
struct First<'a> {
    service: &'a Name,
    /// The seconds that the run takes at least from here on, because of it.
    left_seconds: f64,
    /// Until its service takes a call.
    wait: Duration,
}

impl State {
    /// Gives the free places away.
    fn hand_out(&mut self, paces: &Paces, now: Instant) {
        while self.free > 0 {
            let firsts = self.firsts(paces, now);
            let Some(most) = firsts.first() else { return };
            let is_kept = self.free == 1 && !most.wait.is_zero() && most.wait <= KEPT_MAX;
            let next = firsts.iter().find(|first| first.wait.is_zero()).filter(|_| !is_kept);
            let Some(service) = next.map(|next| next.service.clone()) else { return };
            let first = self.lines.get_mut(&service).and_then(|line| line.waiting.pop_first());
            if let Some((_, answer)) = first {
                paces.take(&service, now.into_std());
                self.free -= 1;
                answer.send_replace(Answer::Go);
            }
        }
    }

    /// The first of each line, that behind which most is left before the others; of equals the lower number. Those whose service does not
    /// take a call yet are told when it does.
    fn firsts(&self, paces: &Paces, now: Instant) -> Vec<First<'_>> {
        let mut firsts = Vec::with_capacity(self.lines.len());
        for (service, line) in &self.lines {
            let Some((rank, answer)) = line.waiting.first_key_value() else { continue };
            let (wait, rate) = paces.look(service, now.into_std());
            if !wait.is_zero() {
                let then = Answer::NotBefore(now + wait);
                answer.send_if_modified(|answer| std::mem::replace(answer, then) != then);
            }
            firsts.push((rank.step, First { service, left_seconds: line.left_seconds(*rank, rate), wait }));
        }
        firsts.sort_by(|(step, first), (other_step, other)| {
            other.left_seconds.total_cmp(&first.left_seconds).then(step.cmp(other_step))
        });
        firsts.into_iter().map(|(_, first)| first).collect()
    }
}

impl Line {
    fn left_seconds(&self, first: Rank, rate: Option<f64>) -> f64 {
        let path = Duration::from_secs(first.behind_seconds.0).as_secs_f64();
        rate.map_or(path, |rate| path.max(f64::from(self.left) / rate))
    }
}

/// A place in a line, given up when it is dropped.
struct Waiting<'a> {
    room: &'a Room,
    service: &'a Name,
    rank: Rank,
    has_turn: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.has_turn {
            return;
        }
        self.room.with(|state| {
            let line = state.lines.get_mut(self.service);
            if line.and_then(|line| line.waiting.remove(&self.rank)).is_none() {
                // It had got its turn, and left before it knew.
                state.free += 1;
            }
        });
    }
}
