//! An account with things of others in it, in which one disturbed run happens.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::Duration;

use flashinfra_test_proxy::Gate;

use super::lane::Lane;
use super::story::Story;
use super::strike::Strike;
use super::subject::Subject;
use crate::flashmm::keep_secrets;
use crate::shell::{Run, Shell};

/// How long the proxy may take to finish what is under way.
const IDLE: Duration = Duration::from_secs(60);

/// How often a plan may say that something is busy: what is slow is so for two looks.
const BUSY_MAX: u32 = 4;

/// An account as it was before anybody used flashinfra, and a directory for the ledger.
pub(crate) struct Account<'a> {
    lane: &'a Lane,
    subject: &'a Subject,
    shell: Shell,
    /// What others have in it.
    foreign: Vec<String>,
}

impl<'a> Account<'a> {
    pub(crate) fn new(lane: &'a Lane, subject: &'a Subject) -> Self {
        lane.clear();
        lane.behind.does("make_foreign");
        let mut shell = Shell::new();
        keep_secrets(&mut shell);
        lane.proxy.environment().iter().for_each(|(name, value)| shell.set(name, value));
        let Subject { name: _, server: _, ground, first, changed, allowed: _ } = subject;
        ground.iter().for_each(|ground| shell.write("ground.json", ground));
        shell.write("first.json", first);
        shell.write("changed.json", changed);
        let mut account = Self { lane, subject, shell, foreign: Vec::new() };
        account.foreign = account.objects();
        account
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.shell.run(&[arguments, &["--ledger=ledger"]].concat())
    }

    /// Runs a command that makes a plan of a story.
    fn run_for(&self, story: Story, arguments: &[&str]) -> Run {
        self.run(&[arguments, &story.planning(self.subject)].concat())
    }

    /// Makes what a story starts from, and its plan. From here on calls are counted.
    pub(crate) fn prepare(&self, story: Story) {
        let before = match story {
            Story::Create => self.subject.ground.as_ref().map(|_| "--compiled=ground.json"),
            Story::Change | Story::Destroy => Some("--compiled=first.json"),
        };
        if let Some(before) = before {
            let _ = self.run(&["apply", "--auto-approve", before]).succeeds();
        }
        let _ = self.run_for(story, &["plan", "--out=story.plan"]).succeeds();
        self.lane.proxy.clear_log();
    }

    /// Applies the plan.
    pub(crate) fn apply(&self) -> Run {
        self.run(&["apply", "story.plan"])
    }

    /// Applies the plan and kills the process at the call that comes to this gate. Says whether one did; if none, it ended.
    pub(super) fn apply_and_kill(&self, gate: &Gate, strike: &Strike) -> bool {
        let process = self.shell.start(&["apply", "story.plan", "--ledger=ledger"]);
        let mut started = Started { process, gate };
        let is_struck = started.until_held();
        started.kill();
        assert!(self.lane.proxy.wait_idle(IDLE), "what came before has its replies");
        match strike.arrives_late() {
            true => gate.release(),
            false => gate.discard(),
        }
        assert!(self.lane.proxy.wait_idle(IDLE), "what was under way has arrived");
        is_struck
    }

    /// Goes on after the process was killed.
    pub(super) fn go_on(&self, story: Story, strike: &Strike) {
        if strike.plans_anew() {
            let anew = || self.run_for(story, &["apply", "--auto-approve"]);
            // A plan does not wait for what is still being made or deleted: it says so.
            let is_busy = |run: &Run| run.code == 3 && run.stdout.contains(" is busy:");
            let run = (0..BUSY_MAX).map(|_| anew()).find(|run| !is_busy(run));
            let _ = run.unwrap_or_else(anew).succeeds();
            return;
        }
        let again = self.apply();
        // Killed when all was done and written down: the plan is used up.
        let is_over = again.code == 3 && again.stderr.contains("was applied before");
        assert!(is_over || again.code == 0, "{again}");
    }

    /// What there is of ours, after it was made sure that there is nothing left to do and that nothing foreign was touched.
    pub(crate) fn settled(&self, story: Story) -> Vec<String> {
        let plan = self.run_for(story, &["plan", "--detailed-exitcode"]);
        assert_eq!(plan.code, 0, "{plan}");
        let mut ours = self.objects();
        for object in &self.foreign {
            let place = ours.iter().position(|one| one == object);
            ours.remove(place.unwrap_or_else(|| panic!("{object} was not ours, and is gone or changed: {ours:#?}")));
        }
        ours.extend(self.run(&["ledger", "ls"]).succeeds().lines().map(|row| format!("ledger {}", first_word(row))));
        ours
    }

    /// Everything in the account, as AWS's own client sees it. Our objects are called by their addresses, since their ids
    /// differ from run to run; what comes with them has no name of its own.
    fn objects(&self) -> Vec<String> {
        let said = self.lane.behind.does("contents");
        let found: Vec<serde_json::Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let text = |object: &serde_json::Value, key: &str| object[key].as_str().unwrap_or_default().to_owned();
        let address = |object| text(object, "mark").splitn(3, '/').nth(2).map(str::to_owned);
        let containers: BTreeMap<String, String> =
            found.iter().filter_map(|object| Some((text(object, "id"), address(object)?))).collect();
        let called = |object| {
            let container = text(object, "in");
            let ours = containers.get(&container);
            let part = || ours.map(|_| "part of it".to_owned());
            let name = address(object).or_else(part).unwrap_or_else(|| text(object, "id"));
            let within = ours.cloned().unwrap_or(container);
            let (kind, tags, inside) = (text(object, "kind"), &object["tags"], &object["inside"]);
            format!("{kind} {name} in {within}: {inside} {tags}")
        };
        let mut objects: Vec<String> = found.iter().map(called).collect();
        objects.sort();
        objects
    }
}

/// An address stands first in its line.
fn first_word(line: &str) -> &str {
    line.split_whitespace().next().unwrap_or_default()
}

/// How often it is looked whether the process has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A process and the gate that holds its calls. Neither outlives this, whatever fails.
struct Started<'a> {
    process: Child,
    gate: &'a Gate,
}

impl Started<'_> {
    /// Waits until a call is held or the process has ended; says whether one is.
    fn until_held(&mut self) -> bool {
        loop {
            if self.gate.wait(LOOK).is_some() {
                return true;
            }
            if let Some(status) = self.process.try_wait().unwrap() {
                assert!(status.success(), "it failed before it could be killed: {status}");
                return false;
            }
        }
    }

    fn kill(&mut self) {
        let _ = self.process.kill();
        self.process.wait().unwrap();
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Whatever was decided before stays.
        if std::thread::panicking() {
            self.gate.discard();
        }
    }
}
