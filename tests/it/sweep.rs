//! The real binary, disturbed at one call after the other: killed, or with the reply lost. Whatever happens, FlashMM's
//! production comes out as if nothing had, nothing doubled, nothing foreign touched.
//!
//! `make test` disturbs some calls, chosen by a seed; `make sweep` every one. A failure says how to repeat it alone.

mod account;
mod lane;
mod pool;
mod story;
mod strike;

use flashinfra_test_proxy::chosen;

pub(crate) use account::Account;
pub(crate) use pool::lane;
pub(crate) use story::Story;
use strike::{Strike, Way};

/// From what the calls are chosen, unless `FLASHINFRA_SWEEP_SEED` says otherwise.
const SEED: u64 = 3;

/// Disturbs a story at every call in both ways, or at `sample` places.
fn sweep(name: &str, story: Story, ways: [Way; 2], sample: usize) {
    let seed = std::env::var("FLASHINFRA_SWEEP_SEED").map_or(SEED, |seed| seed.parse().expect("a number"));
    let calm = lane().undisturbed(story);
    // Each call has two places.
    let places = 2..=calm.calls * 2 + 1;
    let chosen = match std::env::var("FLASHINFRA_SWEEP").as_deref() {
        Ok("all") => places.collect(),
        Ok(call) => call.parse().map(|call: u64| [call * 2, call * 2 + 1].into()).expect("`all` or a call's number"),
        Err(_) => chosen(seed, places, sample),
    };
    let strike = |place: u64| Strike { call: place / 2, way: ways[usize::from(place % 2 == 1)], seed };
    let strikes: Vec<Strike> = chosen.into_iter().map(strike).collect();
    pool::run(name, &strikes, |lane, strike| lane.disturbed(story, strike, &calm.left));
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
