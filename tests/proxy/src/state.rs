//! What all calls of one proxy share.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::gate::{Decision, Gate};
use crate::log::{Call, Origin};
use crate::options::Options;
use crate::pages::Pages;
use crate::request::Request;
use crate::rule::{Rule, Rules, Struck};
use crate::tokens::Tokens;
use crate::upstream::Upstream;
use crate::world::World;

/// What all calls share. Nothing waits while it holds the lock.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) upstream: Upstream,
    pub(crate) options: Options,
    state: Mutex<State>,
    /// Told whenever a call ends or stands still.
    quiet: Condvar,
}

/// What changes from call to call.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) world: World,
    pub(crate) pages: Pages,
    pub(crate) tokens: Tokens,
    log: Vec<Call>,
    /// How often the log was cleared.
    epoch: u64,
    mutating: u64,
    rules: Rules,
    /// The gate at which the world stands still.
    stopped: Option<Gate>,
    /// How many calls are on their way, held or not.
    busy: usize,
    /// The gates that calls wait at, by a number of each wait.
    waits: BTreeMap<u64, Gate>,
    last_wait: u64,
}

/// The place of a call in the log, as long as that is not cleared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    epoch: u64,
    pub(crate) ordinal: u64,
}

/// A call that has arrived.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) ticket: Ticket,
    pub(crate) struck: Struck,
    /// The gate at which the world stands still.
    pub(crate) stopped: Option<Gate>,
}

/// A call on its way, for as long as this lives.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Shared>);

impl Shared {
    pub(crate) fn new(upstream: Upstream, options: Options) -> Self {
        let state = State {
            world: World::new(&options),
            pages: Pages::default(),
            tokens: Tokens::default(),
            log: Vec::new(),
            epoch: 0,
            mutating: 0,
            rules: Rules::new(options.seed, options.rules.clone()),
            stopped: None,
            busy: 0,
            waits: BTreeMap::new(),
            last_wait: 0,
        };
        Self { upstream, options, state: Mutex::new(state), quiet: Condvar::new() }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a call down and says what strikes it.
    pub(crate) fn arrive(&self, request: &Request) -> Arrival {
        let mut state = self.state();
        let stopped = state.stopped.clone().filter(|gate| !gate.is_decided());
        let ordinal = state.log.len() as u64 + 1;
        let mutating = request.operation.mutating;
        state.mutating += u64::from(mutating);
        let call = Call {
            ordinal,
            operation: request.name.clone(),
            mutating,
            mutating_ordinal: mutating.then_some(state.mutating),
            acted: false,
            status: None,
            delivered: false,
            origin: Origin::None,
        };
        state.log.push(call);
        let struck = state.rules.strike(&request.operation);
        let stops = struck.before.iter().chain(&struck.after).find(|gate| gate.stops_the_world() && !gate.is_decided());
        if let Some(gate) = stops {
            state.stopped = Some(gate.clone());
        }
        Arrival { ticket: Ticket { epoch: state.epoch, ordinal }, struck, stopped }
    }

    /// Changes what is written down of a call, unless the log was cleared since.
    pub(crate) fn note(&self, ticket: Ticket, change: impl FnOnce(&mut Call)) {
        let mut state = self.state();
        if state.epoch != ticket.epoch {
            return;
        }
        let index = usize::try_from(ticket.ordinal).unwrap_or(usize::MAX) - 1;
        if let Some(call) = state.log.get_mut(index) {
            change(call);
        }
    }

    /// Whether the server has acted on a call.
    pub(crate) fn has_acted(&self, ticket: Ticket) -> bool {
        let mut acted = false;
        self.note(ticket, |call| acted = call.acted);
        acted
    }

    /// The calls so far.
    pub(crate) fn log(&self) -> Vec<Call> {
        self.state().log.clone()
    }

    /// How often each operation was called.
    pub(crate) fn counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for call in &self.state().log {
            *counts.entry(call.operation.clone()).or_default() += 1;
        }
        counts
    }

    pub(crate) fn add_rule(&self, rule: Rule) {
        self.state().rules.add(rule);
    }

    pub(crate) fn set_rules(&self, rules: Vec<Rule>) {
        self.state().rules = Rules::new(self.options.seed, rules);
    }

    /// Begins to count afresh.
    pub(crate) fn clear_log(&self) {
        let mut state = self.state();
        state.log.clear();
        state.epoch += 1;
        state.mutating = 0;
        state.rules = state.rules.afresh();
    }

    /// Forgets everything but the rules.
    pub(crate) fn reset(&self) {
        self.clear_log();
        let mut state = self.state();
        state.world = state.world.afresh();
        state.pages = Pages::default();
        state.tokens = Tokens::default();
        state.stopped = None;
    }

    /// Waits until every call has ended or is held; says whether that came in time.
    pub(crate) fn wait_idle(&self, timeout: Duration) -> bool {
        let is_busy = |state: &mut State| {
            // A call whose gate has opened is on its way again, though it may not have noticed yet.
            let held = state.waits.values().filter(|gate| !gate.is_decided()).count();
            state.busy > held
        };
        let waited = self.quiet.wait_timeout_while(self.state(), timeout, is_busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Busy {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        shared.state().busy += 1;
        Self(Arc::clone(shared))
    }

    /// Waits at a gate, which keeps nobody busy.
    pub(crate) async fn wait(&self, gate: &Gate, decision: impl Future<Output = Decision>) -> Decision {
        let number = {
            let mut state = self.0.state();
            state.last_wait += 1;
            let number = state.last_wait;
            state.waits.insert(number, gate.clone());
            number
        };
        self.0.quiet.notify_all();
        let decision = decision.await;
        self.0.state().waits.remove(&number);
        decision
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.state().busy -= 1;
        self.0.quiet.notify_all();
    }
}
