//! Who gets the next place, in virtual time.

use std::cell::RefCell;
use std::rc::Rc;

use tokio::task::LocalSet;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const FOREVER: Duration = Duration::MAX;

/// What calls one service.
#[derive(Clone, Copy)]
struct Kind {
    service: &'static str,
    steps: u32,
    /// How long its calls take, more or less.
    call: Duration,
    /// The seconds behind each.
    behind: u64,
    /// Requests a second that the service takes, and how many at once.
    rate: Option<f64>,
}

/// A call: its service, when it went out, and when it was answered.
type Call = (&'static str, Instant, Instant);

/// Calls all of these at the same time, and says which calls were made when. Each service throttles what is too much for it.
async fn called(places: usize, kinds: &[Kind]) -> Vec<Call> {
    let paces = Arc::<Paces>::default();
    let room = Arc::new(Room::new(places, Arc::clone(&paces)));
    let calls = Rc::new(RefCell::new(Vec::new()));
    let tasks = LocalSet::new();
    let mut step = 0;
    for kind in kinds.iter().copied() {
        let service = Name::from(kind.service);
        let bucket = Rc::new(RefCell::new((2.0, Instant::now())));
        for _ in 0..kind.steps {
            step += 1;
            room.expect(&service);
            let (room, paces, service) = (Arc::clone(&room), Arc::clone(&paces), service.clone());
            let (calls, bucket) = (Rc::clone(&calls), Rc::clone(&bucket));
            tasks.spawn_local(async move {
                let mut again = false;
                loop {
                    let turn = room.turn(&service, Rank::new(step, kind.behind, again), FOREVER).await.unwrap();
                    let sent = Instant::now();
                    if !kind.rate.is_none_or(|rate| takes(&mut bucket.borrow_mut(), rate)) {
                        paces.throttled(&service, sent.into_std(), sent.into_std(), None);
                        again = true;
                        continue;
                    }
                    // Two thirds of it to one and a half times, so that calls do not end together.
                    let number = calls.borrow().len();
                    calls.borrow_mut().push((kind.service, sent, sent));
                    tokio::time::sleep(kind.call * (67 + step * 37 % 84) / 100).await;
                    paces.answered(&service, Instant::now().into_std());
                    room.expect_no_more(&service);
                    calls.borrow_mut()[number].2 = Instant::now();
                    drop(turn);
                    return;
                }
            });
        }
    }
    tasks.await;
    assert_eq!(room.state().free, places, "every place is given back");
    assert!(room.state().lines.values().all(|line| line.left == 0 && line.waiting.is_empty()));
    calls.take()
}

fn takes((tokens, filled): &mut (f64, Instant), rate: f64) -> bool {
    *tokens = f64::min(*tokens + filled.elapsed().as_secs_f64() * rate, 2.0);
    *filled = Instant::now();
    let takes = *tokens >= 1.0;
    *tokens -= if takes { 1.0 } else { 0.0 };
    takes
}

fn most_at_once(calls: &[Call]) -> usize {
    let mut changes: Vec<_> = calls.iter().flat_map(|(_, sent, answered)| [(*sent, 1), (*answered, -1)]).collect();
    // What ends makes room in the same instant.
    changes.sort_unstable();
    let (mut now, mut most) = (0_i64, 0);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    usize::try_from(most).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_longest_path_goes_first_where_nothing_throttles() {
    let kind = |service, behind| Kind { service, steps: 4, call: SECOND, behind, rate: None };
    let calls = called(2, &[kind("short", 5), kind("long", 50)]).await;
    // The first who asks finds the room empty.
    let services: Vec<_> = calls.iter().map(|call| call.0).collect();
    assert_eq!(services, ["short", "short", "long", "long", "long", "long", "short", "short"]);
}

/// A service takes five calls a second, for which half of ten places do, and another one has longer paths and longer calls.
#[tokio::test(start_paused = true)]
async fn places_go_to_the_service_that_has_most_left_to_take() {
    let started = Instant::now();
    let quick = Kind { service: "quick", steps: 900, call: SECOND, behind: 1, rate: Some(5.0) };
    let slow = Kind { service: "slow", steps: 200, call: SECOND * 3, behind: 30, rate: None };
    let calls = called(10, &[quick, slow]).await;
    assert_eq!(calls.len(), 1100);
    assert!(most_at_once(&calls) <= 10);
    let bound = 900.0 / 5.0;
    let took = started.elapsed().as_secs_f64();
    assert!(took < bound * 1.05, "{took} s, of which {bound} are the least");
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_service_holds_no_place() {
    let started = Instant::now();
    let throttled = Kind { service: "throttled", steps: 30, call: SECOND / 10, behind: 100, rate: Some(1.0) };
    let other = Kind { service: "other", steps: 40, call: SECOND, behind: 1, rate: None };
    let calls = called(2, &[throttled, other]).await;
    let end = |service| calls.iter().filter(|call| call.0 == service).map(|call| call.2).max().unwrap() - started;
    // Forty seconds of calls for two places, and the few that others need.
    assert!(end("other") < SECOND * 29, "{:?}", end("other"));
    assert!(end("throttled") < SECOND * 33, "{:?}", end("throttled"));
}

#[tokio::test(start_paused = true)]
async fn whatever_the_services_take_all_are_called_and_the_same_way_each_time() {
    for seed in 0..40_u64 {
        let mut state = seed;
        let mut below = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let kinds: Vec<_> = ["a", "b", "c", "d"]
            .into_iter()
            .map(|service| Kind {
                service,
                steps: u32::try_from(below(40)).unwrap(),
                call: Duration::from_millis(below(4000)),
                behind: below(100),
                rate: [None, Some(0.8), Some(5.0), Some(20.0)][usize::try_from(below(4)).unwrap()],
            })
            .collect();
        let places = usize::try_from(1 + below(12)).unwrap();
        let wanted: u32 = kinds.iter().map(|kind| kind.steps).sum();
        let mut runs = Vec::new();
        for _ in 0..2 {
            let started = Instant::now();
            let calls = called(places, &kinds).await;
            assert_eq!(calls.len(), wanted as usize, "seed {seed}");
            assert!(most_at_once(&calls) <= places, "seed {seed}");
            let since = |(service, sent, answered): &Call| (*service, *sent - started, *answered - started);
            runs.push(calls.iter().map(since).collect::<Vec<_>>());
        }
        assert_eq!(runs[0], runs[1], "seed {seed}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_wants_a_long_rest_is_not_waited_for() {
    let paces = Arc::<Paces>::default();
    let now = Instant::now().into_std();
    paces.throttled("a", now, now, Some(SECOND * 60));
    let room = Arc::new(Room::new(1, paces));
    let turn = |step, most| {
        let room = Arc::clone(&room);
        async move { room.turn(&"a".into(), Rank::new(step, 1, false), most).await }
    };
    let (first, second, third) = tokio::join!(turn(1, SECOND), turn(2, SECOND * 59), turn(3, SECOND * 90));
    assert_eq!((first.unwrap_err(), second.unwrap_err()), (SECOND * 60, SECOND * 60));
    assert!(third.is_ok());
    assert_eq!(Instant::now().into_std() - now, SECOND * 60);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_makes_room_for_the_next_even_after_its_turn_came() {
    let room = Arc::new(Room::new(1, Arc::default()));
    let service = Name::from("a");
    let ask = |step| room.turn(&service, Rank::new(step, 1, false), FOREVER);
    let held = ask(1).await.unwrap();
    let (mut second, mut third) = (Box::pin(ask(2)), Box::pin(ask(3)));
    // Both are in line.
    assert!(futures_now(&mut second).await && futures_now(&mut third).await);
    drop(held);
    assert_eq!(room.state().free, 0, "the second has its turn, and does not know");
    drop(second);
    drop(third.await.unwrap());
    assert_eq!(room.state().free, 1);
}

/// Whether something that was just looked at is not ready.
async fn futures_now<T>(future: &mut std::pin::Pin<Box<impl Future<Output = T>>>) -> bool {
    tokio::select! {
        biased;
        _ = future.as_mut() => false,
        () = std::future::ready(()) => true,
    }
}
