//! Three hundred seeds, in which everything that can happen happens.

use flashinfra_simulate::{Subject, campaign};

/// What goes wrong, who does what, and how runs end. What never happens is no test of anything.
const HAPPENS: [&str; 54] = [
    "behind",
    "crash after a write",
    "crash at a moment",
    "crash before a write",
    "fails",
    "forgotten and left",
    "hidden",
    "interrupt",
    "late",
    "lease lost-after",
    "lease lost-before",
    "listed",
    "lost-after",
    "lost-before",
    "not-yet",
    "others: added a key",
    "others: copied an object with its mark",
    "others: deleted an object",
    "others: scaled an object",
    "others: set an attribute",
    "others: took a name",
    "plans applied again",
    "plans refused",
    "refused",
    "reserved",
    "shown: attributes of before",
    "shown: deleted objects listed",
    "shown: new objects hidden",
    "shown: tombstones",
    "silent",
    "slow",
    "steps done before",
    "steps failed",
    "steps interrupted",
    "steps skipped",
    "steps stale",
    "steps unknown",
    "stopped for a while",
    "store lost-after",
    "store lost-before",
    "tests failed",
    "tests kept to be looked at",
    "tests passed",
    "throttled",
    "tidied up",
    "told: lease lost",
    "told: locked",
    "told: not applied",
    "told: plan used",
    "told: unresolved",
    "twice",
    "unmarked",
    "unreadable",
    "vanishes",
];

#[test]
fn three_hundred_seeds_hold_all_invariants() {
    let summary = campaign(0..300, &Subject::default(), &|_, _| {});
    let failed: Vec<String> =
        summary.failed.iter().map(|(seed, violation)| format!("make simulate SEED={seed}: {violation}")).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    let missing: Vec<_> = HAPPENS.into_iter().filter(|what| !summary.tally.contains_key(what)).collect();
    assert!(missing.is_empty(), "{missing:?} never happened in {summary}");
}

#[test]
fn a_seed_is_the_same_life_each_time() {
    for seed in [3, 7, 11] {
        let (one, again) = (campaign(seed..seed + 1, &Subject::default(), &|_, _| {}), {
            campaign(seed..seed + 1, &Subject::default(), &|_, _| {})
        });
        assert_eq!((one.tally, one.lasted), (again.tally, again.lasted), "seed {seed}");
    }
}
