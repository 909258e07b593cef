//! What is swept, and on what it stands.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::area::{Area, named};
use super::compiled::Compiled;

/// A stack to make, change and destroy: the whole of FlashMM, or one of its areas.
pub(crate) struct Subject {
    pub(super) name: &'static str,
    /// The stack that is there before and afterwards, unless that is nothing.
    pub(super) ground: Option<String>,
    pub(super) first: String,
    /// With other tags on everything that is not the ground, and something more.
    pub(super) changed: String,
    /// What has to be said before all of it may be deleted.
    pub(super) allowed: Vec<String>,
}

/// Another owner stands in the tags of everything.
const OTHER_OWNER: &str = "--set=owner=somebody-else";

/// A stack, and the same with another owner.
type Pair = [Compiled; 2];

fn compiled(environment: &str) -> Pair {
    [Compiled::of(environment, &[]), Compiled::of(environment, &[OTHER_OWNER])]
}

/// FlashMM's production.
pub(crate) fn whole() -> Subject {
    static PRODUCTION: OnceLock<Pair> = OnceLock::new();
    let stacks = PRODUCTION.get_or_init(|| compiled("production"));
    let all = stacks[0].addresses().map(str::to_owned).collect();
    Subject::new("whole", stacks, &all, &BTreeSet::new(), named("network").change)
}

impl Subject {
    /// An area of FlashMM, as it is in staging: there is less of it.
    pub(super) fn of(area: &Area) -> Self {
        static STAGING: OnceLock<Pair> = OnceLock::new();
        let stacks = STAGING.get_or_init(|| compiled("staging"));
        let (swept, ground) = area.cut(&stacks[0]);
        Self::new(area.name, stacks, &swept, &ground, area.change)
    }

    fn new(
        name: &'static str,
        [usual, others]: &Pair,
        swept: &BTreeSet<String>,
        ground: &BTreeSet<String>,
        [from, to]: [&str; 2],
    ) -> Self {
        let first = usual.only(&(swept | ground));
        let tagged = first.with(others, swept).text();
        let changed = tagged.replace(from, to);
        assert_ne!(changed, tagged, "{name}: it has {from}");
        let allowed = first.protected(swept).iter().map(|address| format!("--allow-destroy={address}")).collect();
        let ground = (!ground.is_empty()).then(|| usual.only(ground).text());
        Self { name, ground, first: first.text(), changed, allowed }
    }
}
