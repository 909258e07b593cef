use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{Leg, Schedule, Skipped, estimate};
use crate::plan::{Act, Step};
use crate::samples::{Random, Shape, World, address, for_seeds};
use crate::value::Map;

/// Steps of these seconds; each waits for these others.
fn steps(steps: &[(u32, &[u32])]) -> Vec<Step> {
    let step = |(index, &(typical_seconds, after)): (usize, &(u32, &[u32]))| Step {
        id: u32::try_from(index + 1).unwrap(),
        act: Act::Create,
        address: address(index),
        generation: 1,
        provider: "test".into(),
        object: None,
        inputs: Map::default(),
        changed: Vec::new(),
        before: Map::default(),
        when: None,
        expects: None,
        watched: Vec::new(),
        relies_on: Vec::new(),
        after: after.to_vec(),
        row: None,
        typical_seconds,
        timeout_seconds: 0,
    };
    steps.iter().enumerate().map(step).collect()
}

fn ready(schedule: &Schedule) -> Vec<u32> {
    schedule.ready().collect()
}

#[test]
fn the_longest_path_starts_first() {
    let mut schedule = Schedule::new(&steps(&[(1, &[]), (5, &[]), (1, &[]), (9, &[3]), (1, &[])]));
    assert_eq!(ready(&schedule), [3, 2, 1, 5], "1 + 9 seconds, then 5, then the lower number");
    schedule.start(3);
    assert_eq!(ready(&schedule), [2, 1, 5]);
    schedule.done(3);
    assert_eq!(ready(&schedule), [4, 2, 1, 5]);
}

#[test]
fn what_is_in_a_lane_that_is_full_is_passed_over() {
    let steps = steps(&[(1, &[]), (5, &[]), (3, &[]), (9, &[3]), (5, &[])]);
    let mut schedule = Schedule::in_lanes(&steps, |step| usize::from(step.id % 2 == 0));
    let lane = |open: usize| move |lane: usize| lane == open;
    assert_eq!((schedule.first(lane(0)), schedule.first(lane(1)), schedule.first(lane(2))), (Some(3), Some(2), None));
    assert_eq!(schedule.first(|_| true), Some(3), "3 + 9 seconds");
    assert_eq!(schedule.behind_seconds(3), 12);
    schedule.start(3);
    assert_eq!(schedule.first(|_| true), Some(2), "of equals the lower number");
    schedule.done(3);
    assert_eq!(schedule.first(|_| true), Some(4));
    schedule.start(4);
    schedule.start(2);
    assert_eq!((schedule.first(lane(0)), schedule.first(lane(1))), (Some(5), None));
}

#[test]
fn a_failure_skips_what_depends_on_it_and_nothing_else() {
    let mut schedule = Schedule::new(&steps(&[(1, &[]), (1, &[]), (1, &[1]), (1, &[2, 3]), (1, &[2])]));
    schedule.start(1);
    assert_eq!(schedule.failed(1), [Skipped { step: 3, because: 1 }, Skipped { step: 4, because: 1 }]);
    assert_eq!(ready(&schedule), [2]);
    schedule.start(2);
    assert!(!schedule.is_finished());
    assert_eq!(schedule.failed(2), [Skipped { step: 5, because: 2 }], "what is skipped already is not told twice");
    assert!(schedule.is_finished());
}

#[test]
fn what_an_earlier_run_did_is_not_started_again() {
    let mut schedule = Schedule::new(&steps(&[(1, &[]), (1, &[1]), (1, &[2])]));
    schedule.done(1);
    schedule.done(2);
    schedule.done(2);
    schedule.start(77);
    assert_eq!(ready(&schedule), [3]);
}

#[test]
fn an_estimate_names_the_longest_path() {
    let all = steps(&[(600, &[]), (60, &[1]), (30, &[1]), (20, &[3]), (5, &[2])]);
    let estimate = estimate(&all);
    assert_eq!(estimate.seconds, 665);
    let leg = |number, seconds| Leg { address: address(number), seconds };
    assert_eq!(estimate.path, [leg(0, 600), leg(1, 60), leg(4, 5)]);
    assert_eq!(super::estimate(&[]).seconds, 0);
    let mut replaced = steps(&[(1, &[]), (2, &[1])]);
    replaced[1].address = address(0);
    assert_eq!(super::estimate(&replaced).path, [leg(0, 3)], "an address stands once, however many steps it has");
}

/// Runs a schedule with a few things at a time, some of which fail, and checks every promise on the way.
fn run(random: &mut Random, steps: &[Step]) {
    let mut schedule = Schedule::in_lanes(steps, |step| step.id as usize % 3);
    let (mut running, mut done) = (Vec::new(), BTreeSet::new());
    let (mut failed, mut skipped) = (BTreeSet::new(), BTreeSet::new());
    while !schedule.is_finished() {
        let can_start = ready(&schedule);
        if !can_start.is_empty() && (running.len() < 3 || running.is_empty()) {
            let first = schedule.first(|_| true).unwrap();
            let order = |id| (Reverse(schedule.behind_seconds(id)), id);
            assert_eq!(Some(first), can_start.into_iter().min_by_key(|id| order(*id)), "the longest path comes first");
            let step = &steps[first as usize - 1];
            assert!(step.after.iter().all(|id| done.contains(id)), "{step:?} started too early");
            schedule.start(step.id);
            running.push(step.id);
            continue;
        }
        assert!(!running.is_empty(), "nothing is ready and nothing runs, yet it is not finished");
        let id = running.swap_remove(random.below(running.len()));
        if random.one_in(8) {
            failed.insert(id);
            for Skipped { step, because } in schedule.failed(id) {
                assert_eq!(because, id);
                assert!(skipped.insert(step), "{step} is skipped twice");
            }
        } else {
            done.insert(id);
            schedule.done(id);
        }
    }
    assert!(running.is_empty());
    assert_eq!(done.len() + failed.len() + skipped.len(), steps.len(), "each step has one outcome");
    for step in steps {
        let stopped = step.after.iter().any(|id| failed.contains(id) || skipped.contains(id));
        assert_eq!(stopped, skipped.contains(&step.id), "{step:?}");
    }
}

#[test]
fn random_runs_end_with_one_outcome_for_each_step() {
    for_seeds(200, |random| {
        let steps = World::new(random, Shape { size: 30, one_direction: true }).steps();
        run(random, &steps);
    });
}
