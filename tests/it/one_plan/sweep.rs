//! The apply of a cluster with what is in it, killed at one call or another, to AWS or to the cluster. It comes out as if nothing had
//! been.
//!
//! Some calls are chosen by a seed, and all of them with `FLASHINFRA_SWEEP=all`, `=one-plan` (to AWS) or `=one-plan-inside`;
//! `one-plan:17` is one call. Replies are lost in the sweeps of each side alone.

use std::time::Duration;

use flashinfra_test_proxy::Gate;
use flashinfra_test_support::{Eks, client};

use super::{ALLOWED, CARE, Cloud, INSIDE, OUTSIDE, SHOP, Shop};
use crate::behind::Behind;
use crate::controllers::while_all_is_well;
use crate::shell::Run;
use crate::strike::{Strike, Way, asked};

const SEED: u64 = 11;
/// How many places are struck on each side unless somebody asks for all.
const SAMPLE: usize = 1;
/// How often it is looked whether the process has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long the proxy may take to finish what is under way.
const IDLE: Duration = Duration::from_secs(60);
/// How often a plan may say that something is busy.
const BUSY_MAX: u32 = 20;

/// What is done while it is disturbed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    Create,
    /// The cluster comes anew, under its name.
    Replace,
}

impl Story {
    fn shop(self) -> Shop {
        match self {
            Self::Create => SHOP,
            Self::Replace => Shop { services: "172.21.0.0/16", ..SHOP },
        }
    }

    /// How many calls change something in a cluster: what is there goes before it is made again.
    fn calls_inside(self) -> u64 {
        match self {
            Self::Create => INSIDE.len() as u64,
            Self::Replace => 2 * INSIDE.len() as u64,
        }
    }
}

/// Which side the struck call is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Aws,
    Inside,
}

impl Cloud<'_> {
    fn with_controllers(&self, does: impl FnOnce() -> Run) -> Run {
        while_all_is_well(|| self.servers(), CARE, does)
    }

    /// Makes what a story starts from, and its plan. From here on calls are counted.
    fn prepare(&self, story: Story) {
        if story != Story::Create {
            self.declare(SHOP);
            let _ = self.run_with_controllers(&["apply", "--auto-approve"]).succeeds();
        }
        self.declare(story.shop());
        let _ = self.run(&[&["plan", "--out=story.plan"], &ALLOWED[..]].concat()).succeeds();
        self.proxy.clear_log();
    }

    fn apply_plan(&self) -> Run {
        self.with_controllers(|| self.shell.run(&["apply", "story.plan", "--ledger=ledger"]))
    }

    /// Applies the plan, and kills the process once it is at the call; whether it came there.
    fn apply_and_kill(&self, is_there: impl Fn() -> bool) -> bool {
        while_all_is_well(
            || self.servers(),
            CARE,
            || {
                let mut process = self.shell.start(&["apply", "story.plan", "--ledger=ledger"]);
                let is_struck = loop {
                    if is_there() {
                        break true;
                    }
                    if process.try_wait().unwrap().is_some() {
                        break false;
                    }
                    std::thread::sleep(LOOK);
                };
                let _ = process.kill();
                process.wait().unwrap();
                is_struck
            },
        )
    }

    /// Kills it at a call to AWS.
    fn killed_before_aws(&self, strike: &Strike) -> bool {
        let (rule, gate) = strike.rule();
        let gate: Gate = gate.expect("a process is killed at a gate");
        self.proxy.set_rules(vec![rule]);
        let is_struck = self.apply_and_kill(|| gate.wait(LOOK).is_some());
        assert!(self.proxy.wait_idle(IDLE), "what came before has its replies");
        match strike.arrives_late() {
            true => gate.release(),
            false => gate.discard(),
        }
        assert!(self.proxy.wait_idle(IDLE), "what was under way has arrived");
        self.proxy.set_rules(Vec::new());
        is_struck
    }

    /// Kills it at a call to a cluster.
    fn killed_inside(&self, strike: &Strike) -> bool {
        self.eks.stop_at(strike.call, strike.way == Way::KilledAfter);
        let is_struck = self.apply_and_kill(|| self.eks.is_stopped());
        self.eks.stop_none();
        is_struck
    }

    fn go_on(&self, strike: &Strike) {
        if !strike.plans_anew() {
            let again = self.apply_plan();
            let is_over = again.code == 3 && again.stderr.contains("was applied before");
            assert!(is_over || again.code == 0, "{strike}: {again}");
            return;
        }
        let anew = || self.run_with_controllers(&[&["apply", "--auto-approve"], &ALLOWED[..]].concat());
        // A plan does not wait for what is still being made or deleted: it says so.
        let is_busy = |run: &Run| run.code == 3 && run.stdout.contains(" is busy:");
        let run = (0..BUSY_MAX).map(|_| anew()).find(|run| !is_busy(run)).unwrap_or_else(anew);
        assert_eq!(run.code, 0, "{strike}: {run}");
    }

    /// There is nothing left to do, and all is there once; then it goes, and nothing is left of it.
    fn settled(&self, strike: &Strike, behind: &Behind, before: &str) {
        let plan = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "{strike}: {plan}");
        let rows = self.run(&["ledger", "ls"]).succeeds();
        let rows: Vec<_> = rows.lines().filter_map(|row| row.split_whitespace().next()).collect();
        assert_eq!(rows, [&OUTSIDE[..], &INSIDE[..]].concat(), "{strike}");
        assert_eq!(self.data("shop").as_object().map(serde_json::Map::len), Some(1), "{strike}");
        let destroyed = self.run_with_controllers(&[&["destroy", "--auto-approve"], &ALLOWED[..]].concat());
        assert_eq!(destroyed.code, 0, "{strike}: {destroyed}");
        assert!(self.eks.kubeconfigs().is_empty(), "{strike}");
        assert_eq!(behind.does("objects"), before, "{strike}: all is gone that was made");
    }
}

#[expect(clippy::print_stderr, reason = "a long run says how far it is")]
fn sweep(story: Story, test: &str) {
    let Some(eks) = Eks::start(test, 0, None) else { return };
    let Some(kubectl) = client("kubectl", test) else { return };
    let behind = Behind::start_at("moto", &eks.moto().environment());
    let before = behind.does("objects");
    // One run that nobody disturbs says how many calls there are.
    let calm = Cloud::new(&eks, kubectl.clone());
    calm.prepare(story);
    let applied = calm.apply_plan();
    assert_eq!(applied.code, 0, "{applied}");
    let calls = calm.proxy.log().len() as u64;
    let strike = |subject, place: u64| Strike {
        subject,
        call: place / 2,
        way: Way::KILLED[usize::from(place % 2 == 1)],
        seed: SEED,
    };
    calm.settled(&strike("calm", 0), &behind, &before);
    let outside =
        asked("one-plan", SEED, calls, SAMPLE).into_iter().map(|place| (Side::Aws, strike("one-plan", place)));
    let inside = asked("one-plan-inside", SEED, story.calls_inside(), SAMPLE);
    let inside = inside.into_iter().map(|place| (Side::Inside, strike("one-plan-inside", place)));
    let strikes: Vec<_> = outside.chain(inside).collect();
    let mut missed = 0;
    for (side, strike) in &strikes {
        let cloud = Cloud::new(&eks, kubectl.clone());
        cloud.prepare(story);
        let is_struck = match side {
            Side::Aws => cloud.killed_before_aws(strike),
            Side::Inside => cloud.killed_inside(strike),
        };
        missed += usize::from(!is_struck);
        cloud.go_on(strike);
        cloud.settled(strike, &behind, &before);
    }
    eprintln!("{test}: {} runs of {calls} calls, {missed} of them ended earlier", strikes.len());
    assert!(missed * 4 <= strikes.len(), "{missed} of {} runs test nothing", strikes.len());
}

#[test]
fn a_cluster_with_contents_that_is_killed_in_the_making_is_made_once() {
    sweep(Story::Create, "one_plan::sweep, making");
}

#[test]
fn a_replacement_that_is_killed_loses_and_doubles_nothing() {
    sweep(Story::Replace, "one_plan::sweep, replacing");
}
