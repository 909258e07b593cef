//! Reports of made-up applies.

use std::sync::Arc;
use std::time::Duration;

use flashinfra::apply::StaleAttribute;
use flashinfra::error::Exit;
use flashinfra_plans::plan::{Act, Basis, Change, Mode};
use flashinfra_plans::{Name, Value};
use flashinfra_providers::{Class, Error};

use super::*;
use crate::samples;

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn step(id: u32, act: Act, on: &str) -> Arc<Step> {
    Arc::new(samples::step(id, act, on))
}

fn change(on: &str, action: Action) -> Change {
    Change {
        address: address(on),
        action,
        reasons: Vec::new(),
        attributes: Vec::new(),
        object: None,
        stateful: false,
        protected: false,
        typical_seconds: 1,
        at: Some("src/main.rs:12:5".into()),
    }
}

fn plan(changes: Vec<Change>) -> Plan {
    let basis = Basis {
        stack: "shop".into(),
        environment: "production".into(),
        flashinfra: "0.1.0".into(),
        planner: 1,
        uuid: Name::default(),
        serial: 0,
        open: None,
        compiled: Name::default(),
        ledger: Name::default(),
        parameters: Name::default(),
        providers: BTreeMap::new(),
        places: BTreeMap::new(),
        lookups: BTreeMap::new(),
        repeats: None,
        declared: None,
        deferred: BTreeMap::new(),
    };
    Plan {
        basis,
        mode: Mode::Apply,
        partial: Vec::new(),
        refusals: Vec::new(),
        allowed: Vec::new(),
        changes,
        drift: Vec::new(),
        not_verified: Vec::new(),
        doubles: Vec::new(),
        unsearched: Vec::new(),
        kept: Vec::new(),
        findings: Vec::new(),
        unchanged: 0,
        outputs: Vec::new(),
        steps: Vec::new(),
        schemas: BTreeMap::new(),
    }
}

/// Checks the report of steps that ended like this.
#[track_caller]
fn check(changes: Vec<Change>, steps: Vec<(Arc<Step>, StepOutcome)>, next: Vec<Next>, expected: &str) {
    let took_a_second = |(step, outcome)| StepReport { step, outcome, elapsed: Duration::from_secs(1) };
    check_reports(changes, steps.into_iter().map(took_a_second).collect(), next, expected);
}

#[track_caller]
fn check_reports(changes: Vec<Change>, steps: Vec<StepReport>, next: Vec<Next>, expected: &str) {
    let report = Report {
        run: "run".into(),
        resumed: false,
        steps,
        outputs: BTreeMap::new(),
        outputs_left: Vec::new(),
        calls: BTreeMap::new(),
        elapsed: Duration::from_secs(12),
        exit: Exit::Ok,
        next,
    };
    let commands = Commands {
        apply: "flashinfra apply prod.plan".to_owned(),
        plan: "flashinfra plan --env=production".to_owned(),
    };
    let told = Told { plan: &plan(changes), report: &report, commands, resume: "flashinfra resume".to_owned() };
    assert_eq!(text(&told, Form { paint: Paint::new(false), width: None }), expected);
}

#[test]
fn what_went_well_is_counted_by_change() {
    check(
        vec![
            change("test.a/x", Action::Create),
            change("test.a/y", Action::Replace),
            change("test.a/z", Action::Delete),
        ],
        vec![
            (step(1, Act::Create, "test.a/x"), StepOutcome::Done),
            (step(2, Act::Delete, "test.a/y"), StepOutcome::Done),
            (step(3, Act::Create, "test.a/y"), StepOutcome::DoneBefore),
            (step(4, Act::Delete, "test.a/z"), StepOutcome::Done),
        ],
        Vec::new(),
        "\nDone in 12 s: 1 created · 1 replaced · 1 deleted\n",
    );
}

#[test]
fn what_was_not_done_is_told_with_its_cause_and_the_next_move() {
    let error = Error::new(Class::FixInput, "The CIDR is not inside the VPC").with_code("InvalidSubnet.Range");
    check(
        vec![
            change("test.a/x", Action::Create),
            change("test.b/y", Action::Create),
            change("test.c/z", Action::Create),
        ],
        vec![
            (step(1, Act::Create, "test.a/x"), StepOutcome::Done),
            (step(2, Act::Create, "test.b/y"), StepOutcome::Failed(error)),
            (step(3, Act::Create, "test.c/z"), StepOutcome::Skipped { because: 2 }),
        ],
        vec![Next::Correct(address("test.b/y"))],
        "
  failed     create test.b/y
             The CIDR is not inside the VPC (InvalidSubnet.Range)
  skipped    create test.c/z
             needs test.b/y, which was not done

Not finished after 12 s: 1 of 3 steps done (1 created) · 1 failed · 1 skipped
Next: correct test.b/y (src/main.rs:12:5), then
      flashinfra plan --env=production
",
    );
}

#[test]
fn what_changed_in_between_is_told_by_attribute() {
    let attribute = StaleAttribute { path: "size".into(), expected: Some(Value::Integer(3)), live: None };
    let stale = Stale { message: "it was changed after the plan was made".to_owned(), attributes: vec![attribute] };
    check(
        vec![change("test.a/x", Action::Update)],
        vec![(step(1, Act::Update, "test.a/x"), StepOutcome::Stale(stale))],
        vec![Next::PlanAgain],
        "
  stopped    update test.a/x
             it was changed after the plan was made
               size  planned from 3, live is (none)

Not finished after 12 s: 0 of 1 step done · 1 stopped
Next: flashinfra plan --env=production
      shows what is left to do, from what is live now
",
    );
}

#[test]
fn the_next_plan_is_named_once_whatever_comes_before_it() {
    let denied = || Error::new(Class::AskPerson, "may not do this").with_code("AccessDenied");
    let stale = Stale { message: "it was changed after the plan was made".to_owned(), attributes: Vec::new() };
    check(
        Vec::new(),
        vec![
            (step(1, Act::Create, "test.a/x"), StepOutcome::Failed(denied())),
            (step(2, Act::Create, "test.b/y"), StepOutcome::Failed(denied())),
            (step(3, Act::Update, "test.c/z"), StepOutcome::Stale(stale)),
        ],
        vec![Next::AskPerson(address("test.a/x")), Next::AskPerson(address("test.b/y")), Next::PlanAgain],
        "
  failed     create test.a/x
             may not do this (AccessDenied)
  failed     create test.b/y
             may not do this (AccessDenied)
  stopped    update test.c/z
             it was changed after the plan was made

Not finished after 12 s: 0 of 3 steps done · 2 failed · 1 stopped
Next: find out what test.a/x needs,
      find out what test.b/y needs, then
      flashinfra plan --env=production
",
    );
}

#[test]
fn what_is_open_goes_on_with_the_same_plan() {
    let report = |id, address, outcome, seconds| StepReport {
        step: step(id, Act::Create, address),
        outcome,
        elapsed: Duration::from_secs(seconds),
    };
    check_reports(
        Vec::new(),
        vec![
            report(1, "test.a/x", StepOutcome::Unknown("no answer came".to_owned()), 1),
            report(2, "test.a/y", StepOutcome::Interrupted, 1),
            report(3, "test.a/z", StepOutcome::Interrupted, 0),
        ],
        vec![Next::ApplyAgain],
        "
  not known  create test.a/x
             no answer came
  open       create test.a/y
             begun, and left to go on: resuming finds out how far it came
  not done   create test.a/z

Not finished after 12 s: 0 of 3 steps done · 1 not known · 1 open · 1 not done
Next: flashinfra resume
      goes on where this stopped; what is done stays done
",
    );
}

#[test]
fn on_a_terminal_messages_go_on_below_themselves() {
    let message =
        "shop/web has failed: ProgressDeadlineExceeded (kubectl logs -n shop web-7d9f-with-a-very-long-name-indeed)";
    let below = |width| Form { paint: Paint::new(false), width }.below(message);
    assert_eq!(below(None), format!("             {message}\n"), "in a log it is one line");
    let expected = "             shop/web has failed:\n             ProgressDeadlineExceeded\n             (kubectl logs -n shop\n             \
        web-7d9f-with-a-very-long-name-indeed)\n";
    assert_eq!(below(Some(40)), expected, "what somebody may want to copy stays whole");
}
