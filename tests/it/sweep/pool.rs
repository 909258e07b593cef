//! Several lanes, and the runs that are spread over them.

use std::collections::VecDeque;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::lane::Lane;
use super::strike::Strike;
use crate::server::Server;

/// How many runs there are at once, unless `FLASHINFRA_SWEEP_LANES` says otherwise. Most of a run is waiting, so that these keep
/// two cores busy.
const LANES: usize = 4;

/// After how many runs progress is told.
const TOLD_EVERY: usize = 20;

/// The lanes of all sweeps of this program, on either server.
static MOTO: Pool = Pool::new();
static MINISTACK: Pool = Pool::new();

struct Pool {
    lanes: Mutex<Lanes>,
    is_free: Condvar,
}

struct Lanes {
    free: Vec<Lane>,
    started: usize,
}

impl Pool {
    const fn new() -> Self {
        Self { lanes: Mutex::new(Lanes { free: Vec::new(), started: 0 }), is_free: Condvar::new() }
    }

    fn of(server: Server) -> &'static Self {
        match server {
            Server::Moto => &MOTO,
            Server::Ministack => &MINISTACK,
        }
    }
}

fn lanes() -> usize {
    std::env::var("FLASHINFRA_SWEEP_LANES").map_or(LANES, |lanes| lanes.parse().expect("a number of lanes"))
}

/// A lane that goes back when this is dropped.
pub(crate) struct Borrowed(Server, Option<Lane>);

/// Takes a lane with this server, or waits for one.
pub(crate) fn lane(server: Server) -> Borrowed {
    let pool = Pool::of(server);
    let (lanes, most) = (lock(&pool.lanes), lanes());
    let none = |lanes: &mut Lanes| lanes.free.is_empty() && lanes.started >= most;
    let mut lanes = pool.is_free.wait_while(lanes, none).unwrap_or_else(PoisonError::into_inner);
    if let Some(lane) = lanes.free.pop() {
        return Borrowed(server, Some(lane));
    }
    lanes.started += 1;
    drop(lanes);
    Borrowed(server, Some(Lane::start(server)))
}

/// Runs every strike, as many at once as there are lanes; then says how many there were, and hands over what went wrong.
pub(super) fn run(
    name: &str,
    server: Server,
    strikes: &[Strike],
    disturbed: impl Fn(&Lane, &Strike) -> bool + Sync,
) -> Vec<String> {
    let started = Instant::now();
    let left: Mutex<VecDeque<&Strike>> = Mutex::new(strikes.iter().collect());
    let ended = Mutex::new((0, 0, Vec::new()));
    let work = || {
        while let Some(strike) = { lock(&left).pop_front() } {
            let lane = lane(server);
            let run = catch_unwind(AssertUnwindSafe(|| disturbed(&lane, strike)));
            drop(lane);
            let mut ended = lock(&ended);
            ended.0 += 1;
            match run {
                Ok(is_struck) => ended.1 += usize::from(!is_struck),
                Err(_) => {
                    tell(&format!("FAILED {name}: {strike}"));
                    ended.2.push(strike.to_string());
                }
            }
            if ended.0 % TOLD_EVERY == 0 {
                tell(&format!("{name}: {} of {}, {} s", ended.0, strikes.len(), started.elapsed().as_secs()));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..lanes().min(strikes.len()) {
            scope.spawn(work);
        }
    });
    let (runs, unstruck, mut failed) = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    let calls = strikes.iter().map(|strike| strike.call).collect::<std::collections::BTreeSet<_>>().len();
    let (wrong, seconds) = (failed.len(), started.elapsed().as_secs());
    tell(&format!(
        "{name}: {runs} runs at {calls} calls, {unstruck} of them ended earlier, {wrong} went wrong, {seconds} s"
    ));
    if unstruck * 4 > runs {
        failed.push(format!("{name}: {unstruck} of {runs} runs had not so many calls, and test nothing"));
    }
    failed
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::print_stderr, reason = "a long run says how far it is")]
fn tell(line: &str) {
    eprintln!("{line}");
}

impl Deref for Borrowed {
    type Target = Lane;

    fn deref(&self) -> &Lane {
        self.1.as_ref().expect("it is there until it is given back")
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let pool = Pool::of(self.0);
        lock(&pool.lanes).free.extend(self.1.take());
        pool.is_free.notify_one();
    }
}
