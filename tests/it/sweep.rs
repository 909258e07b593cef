//! The real binary, disturbed at one call after the other: killed, or with the reply lost. Whatever happens, FlashMM comes out as if
//! nothing had, nothing doubled, nothing foreign touched. `examples/website` adds the kinds that FlashMM has no use for.
//!
//! `make test` disturbs some calls of the whole of its production, chosen by a seed, on both [servers](crate::server). `make sweep`
//! disturbs every call of the [areas](area), in which each kind is once: a run makes many calls and there is a run for each, so
//! that the whole would take the square of its size. For those who have the night, `FLASHINFRA_SWEEP=whole` (what moto keeps of it) and
//! `rest` (what ministack keeps) do it all the same. A failure says how to repeat it alone.

mod account;
mod area;
mod lane;
mod pool;
mod story;
mod subject;

use flashinfra_test_proxy::chosen;

pub(crate) use account::Account;
pub(crate) use pool::lane;
pub(crate) use story::Story;
use strike::{Strike, Way};
use subject::Subject;
pub(crate) use subject::whole;

use crate::server::Server;
use crate::strike;

/// From what the calls are chosen, unless `FLASHINFRA_SWEEP_SEED` says otherwise.
const SEED: u64 = 3;

/// At which calls something is disturbed.
#[derive(Clone, Copy)]
enum Calls {
    /// At so many places, chosen by the seed.
    Some(usize),
    Every,
    One(u64),
}

/// What `FLASHINFRA_SWEEP` asks for: nothing, `all` areas, the `whole`, the `rest`, one area by its name, and one call of such,
/// `network:17`.
fn asked(sample: usize) -> (Vec<Subject>, Calls) {
    let Ok(asked) = std::env::var("FLASHINFRA_SWEEP") else {
        return (Server::ALL.map(whole).into(), Calls::Some(sample));
    };
    let (name, calls) = match asked.split_once(':') {
        Some((name, call)) => (name, Calls::One(call.parse().expect("a call's number after the colon"))),
        None => (asked.as_str(), Calls::Every),
    };
    match name {
        "all" => (area::AREAS.iter().map(Subject::of).collect(), calls),
        "whole" => (vec![whole(Server::Moto)], calls),
        "rest" => (vec![whole(Server::Ministack)], calls),
        // Which are swept before a Kubernetes API server.
        "adopt" | "by-hand" | "one-plan" | "one-plan-inside" | "release" => (Vec::new(), calls),
        name => (vec![Subject::of(area::named(name))], calls),
    }
}

/// Disturbs a story in both ways, at every call or at `sample` places.
fn sweep(name: &str, story: Story, ways: [Way; 2], sample: usize) {
    let seed = std::env::var("FLASHINFRA_SWEEP_SEED").map_or(SEED, |seed| seed.parse().expect("a number"));
    let (subjects, calls) = asked(sample);
    let mut wrong = Vec::new();
    for subject in &subjects {
        let calm = lane(subject.server).undisturbed(subject, story);
        // Each call has two places.
        let places = 2..=calm.calls * 2 + 1;
        let chosen = match calls {
            Calls::Every => places.collect(),
            Calls::One(call) => [call * 2, call * 2 + 1].into(),
            Calls::Some(count) => chosen(seed, places, count),
        };
        let way = |place: u64| ways[usize::from(place % 2 == 1)];
        let strike = |place: u64| Strike { subject: subject.name, call: place / 2, way: way(place), seed };
        let strikes: Vec<Strike> = chosen.into_iter().map(strike).collect();
        let name = format!("{}: {name}", subject.name);
        wrong.extend(pool::run(&name, subject.server, &strikes, |lane, strike| {
            lane.disturbed(subject, story, strike, &calm.left)
        }));
    }
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

#[test]
fn an_apply_that_is_killed_at_any_call_loses_and_doubles_nothing() {
    sweep("create, killed", Story::Create, Way::KILLED, 20);
}

#[test]
fn an_apply_whose_replies_get_lost_loses_and_doubles_nothing() {
    sweep("create, reply lost", Story::Create, Way::LOST, 10);
}

#[test]
fn a_change_that_is_killed_at_any_call_converges() {
    sweep("change, killed", Story::Change, Way::KILLED, 2);
}

#[test]
fn a_change_whose_replies_get_lost_converges() {
    sweep("change, reply lost", Story::Change, Way::LOST, 2);
}

#[test]
fn a_destroy_that_is_killed_at_any_call_leaves_nothing() {
    sweep("destroy, killed", Story::Destroy, Way::KILLED, 2);
}

#[test]
fn a_destroy_whose_replies_get_lost_leaves_nothing() {
    sweep("destroy, reply lost", Story::Destroy, Way::LOST, 2);
}
