use std::sync::Arc;

use flashinfra::apply::LastLines;
use flashinfra_plans::Name;
use flashinfra_plans::plan::Act;
use flashinfra_providers::LogEntry;

use super::json::{ProgressLine, StepLine};
use super::lines::{about, clock, left};
use super::terminal::{BELOW_LINES, filled};
use super::*;
use crate::paint::Paint;
use crate::samples;

/// A step that usually takes so long, after others.
fn step(id: u32, kind: &str, typical_seconds: u32, after: &[u32]) -> Step {
    Step { typical_seconds, after: after.to_vec(), ..samples::step(id, Act::Create, &format!("test.{kind}/n{id}")) }
}

/// A network, a cluster and its nodes, and a database beside them.
fn steps() -> Vec<Step> {
    vec![
        step(1, "network", 1, &[]),
        step(2, "cluster", 600, &[1]),
        step(3, "nodes", 120, &[2]),
        step(4, "database", 480, &[1]),
        step(5, "addon", 30, &[3]),
    ]
}

fn event(steps: &[Step], at: u64, id: u32, kind: EventKind) -> Event {
    let step = Arc::new(steps[id as usize - 1].clone());
    Event { at: Duration::from_secs(at), step, kind }
}

fn done() -> EventKind {
    EventKind::Done { elapsed: Duration::from_secs(1), object: None }
}

#[test]
fn the_rest_takes_as_long_as_its_longest_path() {
    let steps = steps();
    let mut outlook = Outlook::new(&steps);
    let seconds = |outlook: &Outlook, now| outlook.left(Duration::from_secs(now)).as_secs();
    assert_eq!(seconds(&outlook, 0), 1 + 600 + 120 + 30);
    outlook.event(&event(&steps, 0, 1, EventKind::Started));
    outlook.event(&event(&steps, 2, 1, done()));
    outlook.event(&event(&steps, 2, 2, EventKind::Started));
    outlook.event(&event(&steps, 2, 4, EventKind::Started));
    assert_eq!((seconds(&outlook, 2), seconds(&outlook, 62)), (750, 690));
    // What takes longer than usual is about to end, as far as anybody knows.
    assert_eq!(seconds(&outlook, 2_000), 150);

    // Of what failed and of what waited for it nothing is left.
    outlook.event(&event(&steps, 102, 2, EventKind::Failed { message: "no quota".into() }));
    for skipped in [3, 5] {
        outlook.event(&event(&steps, 102, skipped, EventKind::Skipped { because: 2 }));
    }
    assert_eq!(seconds(&outlook, 102), 380);
    assert_eq!((outlook.steps(), outlook.done(), outlook.failed(), outlook.running()), (5, 1, 1, 1));
    outlook.event(&event(&steps, 482, 4, done()));
    assert_eq!((seconds(&outlook, 482), outlook.running()), (0, 0));
}

#[test]
fn after_an_interrupt_only_what_runs_is_left() {
    let steps = steps();
    let mut outlook = Outlook::new(&steps);
    outlook.event(&event(&steps, 0, 1, EventKind::DoneBefore));
    outlook.event(&event(&steps, 0, 2, EventKind::Started));
    outlook.stop();
    assert_eq!((outlook.left(Duration::ZERO).as_secs(), outlook.waiting_on(2), outlook.done()), (600, 0, 1));
}

#[test]
fn who_waits_on_a_step_is_counted_through_others() {
    let mut steps = steps();
    let outlook = Outlook::new(&steps);
    let waiting: Vec<usize> = (1..=5).map(|id| outlook.waiting_on(id)).collect();
    assert_eq!(waiting, [4, 2, 1, 0, 0]);
    steps.extend((6..200).map(|id| step(id, "record", 1, &[1])));
    assert_eq!(Outlook::new(&steps).waiting_on(1), 100);
    assert_eq!(Outlook::new(&steps).waiting_on(900), 0);
}

#[test]
fn lines_say_what_runs_how_long_it_usually_takes_and_what_waits() {
    let steps = steps();
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let said = |kind: EventKind, id: u32, waiting| line(&event(&steps, 0, id, kind), waiting, Paint::new(false));
    let waiting = |elapsed| EventKind::Waiting { elapsed, phase: Some(flashinfra_plans::Phase::Creating) };
    for (kind, id, waits, expected) in [
        (EventKind::Started, 1, 4, Some("  creating           test.network/n1")),
        (EventKind::Started, 2, 2, Some("  creating           test.cluster/n2  usually 10 min · 2 steps wait")),
        (EventKind::Started, 5, 0, Some("  creating           test.addon/n5  usually 30 s")),
        (
            waiting(minutes(5)),
            3,
            1,
            Some("  creating    5 min  test.nodes/n3  longer than the usual 2 min · 1 step waits"),
        ),
        (EventKind::DoneBefore, 1, 0, None),
    ] {
        assert_eq!(said(kind, id, waits).as_deref(), expected);
    }
    assert_eq!(
        about(&steps[1], minutes(1), 100, "it is failed"),
        "usually 10 min · 100 or more steps wait · it is failed"
    );
    assert_eq!(about(&steps[0], Duration::from_secs(20), 4, ""), "4 steps wait");
}

#[test]
fn what_a_failed_program_wrote_stands_below_its_step() {
    let entry = |text: &str| LogEntry::Line { from: "web-3/app".into(), text: text.into() };
    let wrote = EventKind::Wrote(LastLines(vec![entry("connecting"), entry("panic: no such host")]));
    let told = format!("{wrote:?}");
    let line = line(&event(&steps(), 0, 3, wrote), 0, Paint::new(false));
    let expected = "  wrote              test.nodes/n3\n             web-3/app  connecting\n             web-3/app  panic: no such host";
    assert_eq!(line.as_deref(), Some(expected));
    assert!(!told.contains("connecting"), "no other output has it by accident: {told}");
}

#[test]
fn what_a_failed_program_wrote_moves_no_cursor_and_fits_on_the_terminal() {
    let entry = |text: &str| LogEntry::Line { from: Name::default(), text: text.into() };
    let data = "x".repeat(70);
    let entries = vec![
        entry("\u{1b}[2J\u{1b}[Hgone"),
        entry("10 %\r100 %"),
        entry(&format!("data {data} and words")),
        entry("end"),
    ];
    let line = line(&event(&steps(), 0, 3, EventKind::Wrote(LastLines(entries))), 0, Paint::new(false)).unwrap();
    let lines = filled(&line, 40, BELOW_LINES, true);
    let piece = |columns: usize| format!("               {}", "x".repeat(columns));
    let expected = [
        "  wrote              test.nodes/n3".to_owned(),
        "             gone".to_owned(),
        "             100 %".to_owned(),
        "             data".to_owned(),
        piece(25),
        piece(25),
        format!("{} and", piece(20)),
        "               words".to_owned(),
        "             end".to_owned(),
    ];
    assert_eq!(lines, expected.join("\n"));
}

#[test]
fn times_are_no_more_exact_than_they_are() {
    for (seconds, expected) in [
        (9, None),
        (10, Some("about 10 s left")),
        (41, Some("about 50 s left")),
        (71, Some("about 80 s left")),
        (89, Some("about 2 min left")),
        (90, Some("about 2 min left")),
        (840, Some("about 14 min left")),
        (7_000, Some("about 1 h 55 min left")),
    ] {
        assert_eq!(left(Duration::from_secs(seconds)).as_deref(), expected, "{seconds}");
    }
    for (seconds, expected) in
        [(0, "0 s"), (119, "119 s"), (120, "2 min"), (3_725, "62 min"), (7_200, "2 h"), (7_380, "2 h 3 min")]
    {
        assert_eq!(clock(Duration::from_secs(seconds)), expected);
    }
}

#[test]
fn programs_are_told_the_same() {
    let steps = steps();
    let mut outlook = Outlook::new(&steps);
    outlook.event(&event(&steps, 0, 1, EventKind::DoneBefore));
    let started = event(&steps, 3, 2, EventKind::Started);
    outlook.event(&started);
    let line = serde_json::to_value(StepLine::new(&started, &outlook)).unwrap();
    assert_eq!((line["state"].as_str(), line["usual_seconds"].as_u64()), (Some("started"), Some(600)));
    assert_eq!(line["waiting"].as_u64(), Some(2));
    let whole = serde_json::to_string(&ProgressLine::new(&outlook)).unwrap();
    assert_eq!(whole, r#"{"at_ms":3000,"steps":5,"done":1,"failed":0,"running":1,"left_seconds":750}"#);
}
