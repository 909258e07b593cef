//! Random walks: edits, crashes, lost replies, throttling, failures and people in between. Whatever happens, nothing is
//! doubled or lost, and in the end a plan is empty.

use std::time::Duration;

use flashinfra_plans::{CompiledStack, Map, Plan, map};
use flashinfra_providers_memory::{Latency, Options};

use super::world::{World, of, secret, stack, told};
use crate::error::{EngineError, Exit};

/// How many walks. A thousand found nothing more when this was written, and take minutes.
const SEEDS: u64 = 40;
/// How many stacks a walk goes through.
const EDITS: usize = 5;
/// How often it is tried to reach one stack, with faults all the way.
const TRIES: usize = 60;

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    fn word(&mut self) -> &'static str {
        ["small", "medium", "large"][self.below(3) as usize]
    }
}

/// A stack of some of these resources, with some of these values.
fn some_stack(random: &mut Random) -> CompiledStack {
    let mut resources: Vec<(&'static str, Map)> = Vec::new();
    let nets: Vec<&'static str> =
        ["test.net/a", "test.net/b", "test.net/c"].into_iter().filter(|_| !random.one_in(3)).collect();
    for net in &nets {
        let attributes =
            map! { "cidr" => format!("10.{}.0.0/16", random.below(2)), "tags" => map! { "is" => random.word() } };
        let commented = random.one_in(2);
        resources.push((net, if commented { attributes.with("comment", random.word().into()) } else { attributes }));
    }
    let a_net = |random: &mut Random| nets.get(random.below(3) as usize).map(|net| of(net, "id"));
    for host in ["test.host/a", "test.host/b"] {
        if let Some(net) = a_net(random) {
            let version = 1 + random.below(2) as u32;
            resources.push((
                host,
                map! { "net" => net, "size" => random.word(), "password" => secret("PASSWORD", version) },
            ));
        }
    }
    for bucket in ["test.bucket/a", "test.bucket/b", "test.cluster/a"] {
        if random.one_in(4) {
            continue;
        }
        let name = ["one", "two", "three"][random.below(3) as usize];
        let attributes = map! { "name" => format!("{name}-{}", &bucket[bucket.len() - 1..]), "class" => random.word() };
        match (bucket, a_net(random)) {
            ("test.bucket/b", _) => resources.push((bucket, attributes)),
            // The others are in a net for life, since a net that is let go of and not left cannot be deleted.
            (_, Some(net)) => resources.push((bucket, attributes.with("net", net))),
            (_, None) => {}
        }
    }
    stack(resources)
}

fn troubled(seed: u64) -> World {
    let faults = format!(
        "seed {seed}
        create * lost-after percent=12
        create * lost-before percent=8
        create * throttled=700ms percent=8
        create * hidden=2 percent=12
        create test.cluster fails percent=15
        update * lost-after percent=12
        update * lost-before percent=8
        delete * lost-after percent=12
        delete * lost-before percent=8
        delete * throttled=700ms percent=8
        read * unreadable percent=2"
    );
    let latency = Latency { call: Duration::from_millis(300), ..Latency::default() };
    World::with(Options { latency, faults: faults.parse().unwrap(), ..Options::default() }).with_ledgers_in_memory()
}

/// Applies, unless the process dies first. The plan comes back when the same one can be applied again.
async fn applied(world: &World, plan: Plan, dies_after: Option<Duration>, case: &str) -> Option<Plan> {
    let applying = world.apply_plan(plan.clone());
    let result = match dies_after {
        Some(after) => match tokio::time::timeout(after, applying).await {
            Ok(result) => result,
            Err(_) => return Some(plan),
        },
        None => applying.await,
    };
    match result {
        Ok(report) => report.steps.iter().any(|step| step.outcome.is_open()).then_some(plan),
        // What could not be read cannot be closed either; the next try may read it.
        Err(
            EngineError::Unresolved(_)
            | EngineError::PlanUsed { .. }
            | EngineError::LedgerMoved { .. }
            | EngineError::RunMoved { .. },
        ) => None,
        Err(error) => panic!("{case}: {error}: {:?}", std::error::Error::source(&error)),
    }
}

async fn walk(seed: u64) {
    let mut random = Random(seed);
    let world = troubled(seed);
    for edit in 0..EDITS {
        let stack = some_stack(&mut random);
        let mut again: Option<Plan> = None;
        let mut tries = 0;
        loop {
            let case = format!("seed {seed}, edit {edit}, try {tries}");
            tries += 1;
            assert!(tries < TRIES, "{case}: it does not converge");
            let (plan, interrupted) = match again.take().filter(|_| random.one_in(2)) {
                Some(plan) => (plan, true),
                None => match world.try_plan(&stack).await {
                    Ok(planned) if planned.plan.refusals.is_empty() => (planned.plan, planned.interrupted.is_some()),
                    // Something cannot be read, or is still on its way.
                    Ok(_) | Err(EngineError::Unresolved(_)) => continue,
                    Err(error) => panic!("{case}: {error}: {:?}", std::error::Error::source(&error)),
                },
            };
            // An empty plan still closes the run that was interrupted.
            if plan.is_empty() && !interrupted {
                break;
            }
            let dies_after = random.one_in(3).then(|| Duration::from_millis(100 * random.below(80)));
            again = applied(&world, plan, dies_after, &case).await;
            // The last of several edits is often made before the one before it has arrived.
            if edit + 1 < EDITS && random.one_in(4) {
                break;
            }
        }
        if edit + 1 == EDITS {
            world.assert_owned(&stack, &format!("seed {seed}")).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_doubled_or_lost_whatever_happens() {
    for seed in 0..SEEDS {
        walk(seed).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_walk_without_trouble_arrives_at_once() {
    for seed in 0..SEEDS {
        let (mut random, world) = (Random(seed), World::new().with_ledgers_in_memory());
        for _ in 0..EDITS {
            let stack = some_stack(&mut random);
            let report = world.apply(&stack).await;
            assert_eq!(report.exit, Exit::Ok, "seed {seed}: {:#?}", told(&report));
            world.assert_settled(&stack).await;
        }
    }
}
