//! What goes wrong, and who else does something.

use flashinfra_plans::{Address, Name};

use super::stacks::addresses;
use crate::kinds;
use crate::random::Random;
use crate::scenario::{Act, Deed, Fault, Hand, Stop, Trouble, Turn};
use crate::world::LEASE;

/// The tries to reach what an edit wants.
pub(super) fn turns(seed: u64, edit: u64) -> Vec<Turn> {
    let edit = edit.to_string();
    let count = Random::of(seed, &["turns", &edit]).between(1, 3);
    (0..count).map(|number| turn(seed, &edit, number)).collect()
}

fn turn(seed: u64, edit: &str, number: u64) -> Turn {
    let of = |what: &str| Random::of(seed, &["turn", edit, &number.to_string(), what]);
    let beside = number > 0 && of("beside").percent(20);
    let who = if beside || of("who").percent(20) { "bob" } else { "ada" };
    let mut delays = of("delay");
    let delay_ms = if beside { delays.below(20_000) } else { delays.below(2_000) };
    let mut gaps = of("gap");
    let gap_ms = match gaps.below(10) {
        0 => gaps.below(600_000),
        1..=3 => gaps.below(20_000),
        _ => 0,
    };
    let mut froze = of("frozen");
    let frozen = froze.percent(8).then(|| {
        let from = froze.below(20_000);
        (from, froze.one(&[5_000, 200_000, 350_000, 700_000]).copied().unwrap_or(5_000))
    });
    let again = of("again").percent(50);
    let tests = of("tests").percent(25);
    Turn { tests, beside, delay_ms, gap_ms, again, stop: stop(of("stop")), frozen, hands: hands(&of), ..Turn::of(who) }
}

fn stop(mut random: Random) -> Option<Stop> {
    match random.below(20) {
        0..=2 => Some(Stop::Crash(random.below(8_000))),
        3 => Some(Stop::Crash(random.below(600_000))),
        4 | 5 => Some(Stop::CrashBefore(u32::try_from(random.between(1, 14)).unwrap_or(1))),
        6 | 7 => Some(Stop::CrashAfter(u32::try_from(random.between(1, 14)).unwrap_or(1))),
        8 => {
            let times = u32::try_from(random.between(1, 3)).unwrap_or(1);
            Some(Stop::Interrupt(random.below(30_000), times))
        }
        _ => None,
    }
}

fn hands(of: &dyn Fn(&str) -> Random) -> Vec<Hand> {
    let mut count = of("hands");
    let count = if count.percent(45) { count.between(1, 2) } else { 0 };
    let one = |number: u64| {
        let mut random = of(&format!("hand {number}"));
        let at_ms = if random.percent(30) { 0 } else { random.below(30_000) };
        Some(Hand { at_ms, deed: deed(&mut random)? })
    };
    (0..count).filter_map(one).collect()
}

fn deed(random: &mut Random) -> Option<Deed> {
    let known: Vec<&str> = addresses().collect();
    let some = |random: &mut Random, kind: &str| {
        let of_kind: Vec<&str> = known.iter().copied().filter(|address| address.starts_with(kind)).collect();
        Address::parse(random.one(&of_kind)?).ok()
    };
    let kind = random.below(8);
    Some(match kind {
        0 => {
            let (of, name, value) = random.one(&DRIFTS).copied()?;
            Deed::Set(some(random, of)?, name.into(), value.into())
        }
        1 => Deed::Delete(some(random, "sim.")?),
        2 => Deed::Copy(some(random, "sim.")?),
        3 => {
            let kind = *random.one(&["bucket", "cluster", "record", "job"])?;
            let letter = *random.one(&["a0", "a1", "b0", "b1"])?;
            Deed::Take(format!("sim.{kind}").into(), format!("{kind}-{letter}").into())
        }
        4..=6 => {
            let key: Name = (*random.one(&["cost", "stage", "backup"])?).into();
            Deed::AddKey(some(random, "sim.net")?, "tags".into(), key)
        }
        _ => Deed::Scale(some(random, "sim.host")?, i64::try_from(random.between(1, 9)).unwrap_or(1)),
    })
}

/// What people set by hand, some of it where the schema says that it takes a new object.
const DRIFTS: [(&str, &str, &str); 7] = [
    ("sim.net", "cidr", "10.9.0.0/16"),
    ("sim.net", "comment", "by hand"),
    ("sim.host", "size", "huge"),
    ("sim.host", "zone", "z7"),
    ("sim.bucket", "class", "by hand"),
    ("sim.cluster", "version", "1.32.1"),
    ("sim.record", "target", "elsewhere.sim"),
];

/// What goes wrong with calls.
pub(super) fn faults(seed: u64) -> Vec<Fault> {
    let level = Random::of(seed, &["level"]).one(&[0, 10, 25, 45]).copied().unwrap_or(10);
    let mut faults = Vec::new();
    for address in addresses() {
        for (act, many) in [(Act::Create, 4), (Act::Update, 3), (Act::Delete, 3), (Act::Mark, 2)] {
            for nth in 1..=many {
                let mut random = Random::of(seed, &["fault", act.name(), address, &nth.to_string()]);
                if random.percent(level) {
                    let trouble = trouble(act, &mut random);
                    faults.extend(trouble.map(|trouble| Fault { act, subject: address.into(), nth, trouble }));
                }
                // Hooks and tests fail more often than services.
                if act == Act::Create
                    && address.starts_with("sim.job")
                    && Random::of(seed, &["fails", address, &nth.to_string()]).percent(level / 2 + 8)
                {
                    faults.push(Fault { act, subject: address.into(), nth, trouble: Trouble::Fails });
                }
            }
        }
    }
    for kind in kinds::schemas().map(|schema| schema.kind.as_ref()) {
        for (act, many) in [(Act::Read, 80), (Act::Find, 6)] {
            for nth in 1..=many {
                if Random::of(seed, &["fault", act.name(), kind, &nth.to_string()]).percent(level / 10) {
                    faults.push(Fault { act, subject: kind.into(), nth, trouble: Trouble::Unreadable });
                }
            }
        }
    }
    for nth in 1..=150 {
        let mut random = Random::of(seed, &["fault", "store", &nth.to_string()]);
        if random.percent(level / 8) {
            let trouble = if random.percent(50) { Trouble::LostBefore } else { Trouble::LostAfter };
            faults.push(Fault { act: Act::Store, subject: Name::default(), nth, trouble });
        }
    }
    for nth in 1..=60 {
        let mut random = Random::of(seed, &["fault", "lease", &nth.to_string()]);
        if random.percent(level / 4) {
            let trouble = if random.percent(50) { Trouble::LostBefore } else { Trouble::LostAfter };
            faults.push(Fault { act: Act::Store, subject: LEASE.into(), nth, trouble });
        }
    }
    faults
}

/// What may go wrong with a call. Whatever services show is over within the time that the kinds settle in.
fn trouble(act: Act, random: &mut Random) -> Option<Trouble> {
    let anywhere = [Trouble::LostBefore, Trouble::LostAfter, Trouble::Silent, Trouble::Refused, Trouble::Throttled(0)];
    let seconds = random.between(1, 9);
    let ms = seconds * 1_000;
    let special: &[Trouble] = match act {
        Act::Create => &[
            Trouble::Hidden(ms),
            Trouble::Hidden(ms),
            Trouble::NotYet,
            Trouble::Unmarked,
            Trouble::Fails,
            Trouble::Vanishes,
            Trouble::Slow(ms * 20),
            Trouble::Slow(ms * 300),
            Trouble::Late(ms / 3),
        ],
        Act::Update => {
            &[Trouble::Behind(ms), Trouble::Behind(ms), Trouble::Twice, Trouble::Slow(ms * 20), Trouble::Late(ms / 3)]
        }
        Act::Delete => &[
            Trouble::Listed(ms),
            Trouble::Listed(ms),
            Trouble::Twice,
            Trouble::NotYet,
            Trouble::Reserved(ms * 10),
            Trouble::Slow(ms * 20),
        ],
        Act::Mark => &[Trouble::Twice],
        Act::Read | Act::Find | Act::Store => &[],
    };
    match random.percent(45) || special.is_empty() {
        true => random.one(&anywhere).map(|trouble| match trouble {
            Trouble::Throttled(_) => Trouble::Throttled(random_wait(seconds)),
            other => *other,
        }),
        false => random.one(special).copied(),
    }
}

/// What a service asks for when it throttles: nothing, or some seconds.
fn random_wait(seconds: u64) -> u64 {
    if seconds.is_multiple_of(2) { 0 } else { seconds * 700 }
}
