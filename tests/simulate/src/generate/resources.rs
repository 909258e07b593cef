//! What single resources look like at an edit.

use flashinfra_plans::value::Secret;
use flashinfra_plans::{Lifecycle, Name, Value};

use crate::random::Random;

/// A value that was drawn.
pub(super) enum Drawn {
    /// This one.
    Is(Value),
    /// An attribute of what is in another slot.
    Of(&'static str, &'static str),
}

type Attributes = Vec<(Name, Drawn)>;

/// What is drawn for one edit.
pub(super) struct Draws {
    pub(super) seed: u64,
    pub(super) edit: u64,
    /// How much of what may be declared is, in percent.
    pub(super) size: u64,
}

/// What is drawn for one resource.
struct Slot<'a> {
    draws: &'a Draws,
    slot: &'a str,
}

impl Draws {
    /// How a resource is treated.
    pub(super) fn lifecycle(&self, slot: &str) -> Lifecycle {
        let mut random = self.of(slot, "lifecycle");
        let (protect, first) = (random.below(10), random.percent(25));
        // Two objects at once need two ids.
        let is_assigned = ["sim.net", "sim.host", "sim.disk"].iter().any(|kind| slot.starts_with(kind));
        let protect = match protect {
            // What is over is to go without anybody being asked.
            0 if !slot.starts_with("sim.job") => Some(true),
            1..=4 => Some(false),
            _ => None,
        };
        let retain = self.of(slot, "retain").percent(12);
        let ignore = self.ignored(slot).into_iter().collect();
        // A hook, or a test, is what a job is for. Others that nothing refers to may be there for a while only as well.
        let (once, unless_failed) = match slot {
            "sim.job/t" | "sim.job/u" => (0, 40),
            "sim.job/a" | "sim.job/b" => (70, 40),
            "sim.disk/b" | "sim.record/b" => (12, 12),
            _ => (0, 0),
        };
        Lifecycle {
            protect,
            retain,
            create_before_delete: first && is_assigned,
            ignore,
            moved_from: Vec::new(),
            test: matches!(slot, "sim.job/t" | "sim.job/u"),
            delete_after_success: self.of(slot, "once").percent(once),
            delete_after_failure: self.of(slot, "unless failed").percent(unless_failed),
        }
    }

    /// The slots that a resource waits for, beyond what it refers to: hooks run after something, and before something.
    pub(super) fn after(&self, slot: &str) -> impl Iterator<Item = &'static str> {
        let (percent, of): (u64, &'static [&'static str]) = match slot {
            "sim.record/a" | "sim.record/b" | "sim.bucket/a" => (40, &["sim.job/a", "sim.job/b"]),
            "sim.job/a" => (50, &["sim.bucket/b", "sim.cluster/a"]),
            "sim.job/b" => (50, &["sim.bucket/b", "sim.job/a"]),
            "sim.job/t" => (50, &["sim.bucket/a", "sim.record/a"]),
            "sim.job/u" => (50, &["sim.bucket/a", "sim.job/t"]),
            _ => (0, &[]),
        };
        let needed = self.of(slot, "after").one(of).copied();
        let is_declared = |needed: &&str| self.attributes(needed).is_some();
        let waits = self.of(slot, "waits").percent(percent);
        needed.filter(|needed| waits && is_declared(needed)).into_iter()
    }

    /// What of a resource is left to others, sometimes: something that it may do without.
    fn ignored(&self, slot: &str) -> Option<Name> {
        let optional: &[&str] = match slot.split('/').next().unwrap_or_default() {
            "sim.net" => &["comment", "tags"],
            "sim.host" => &["size", "zone"],
            "sim.disk" => &["host"],
            "sim.bucket" => &["class", "policy"],
            "sim.cluster" => &["version", "labels", "zones"],
            "sim.record" => &["ttl"],
            _ => &[],
        };
        let mut random = self.of(slot, "ignored");
        random.percent(15).then(|| random.one(optional).map(|name| Name::from(*name))).flatten()
    }

    /// What a resource sets; none when it is not declared.
    pub(super) fn attributes(&self, slot: &str) -> Option<Attributes> {
        if !self.of(slot, "declared").percent(self.size) {
            return None;
        }
        let of = Slot { draws: self, slot };
        match slot.split('/').next().unwrap_or_default() {
            "sim.net" => Some(of.net()),
            "sim.host" => of.host(),
            "sim.disk" => Some(of.disk()),
            "sim.bucket" => Some(of.bucket()),
            "sim.cluster" => of.cluster(),
            "sim.record" => Some(of.record()),
            "sim.job" => Some(of.job()),
            _ => None,
        }
    }

    /// The numbers for one purpose, which stay what they are from edit to edit, most of the time.
    fn of(&self, slot: &str, what: &str) -> Random {
        let changes = (1..=self.edit)
            .filter(|edit| Random::of(self.seed, &["changes", slot, what, &edit.to_string()]).percent(22))
            .count();
        Random::of(self.seed, &["stack", slot, what, &changes.to_string()])
    }
}

impl Slot<'_> {
    fn of(&self, what: &str) -> Random {
        self.draws.of(self.slot, what)
    }

    fn word(&self, what: &str, words: &[&str]) -> Value {
        self.of(what).one(words).map_or(Value::Null, |word| Value::from(*word))
    }

    fn number(&self, what: &str, from: u64, to: u64) -> Value {
        Value::Integer(i64::try_from(self.of(what).between(from, to)).unwrap_or(1))
    }

    fn flag(&self, what: &str) -> Value {
        Value::Bool(self.of(what).percent(60))
    }

    /// One of two names.
    fn name(&self, kind: &str) -> Value {
        let letter = self.slot.rsplit('/').next().unwrap_or("a");
        Value::from(format!("{kind}-{letter}{}", self.of("name").below(2)))
    }

    /// An attribute that is set so many times in a hundred.
    fn perhaps(&self, name: &str, percent: u64, value: impl FnOnce() -> Value) -> Option<(Name, Drawn)> {
        self.is_set(name, percent).then(|| is(name, value()))
    }

    fn is_set(&self, name: &str, percent: u64) -> bool {
        self.of(&format!("{name} is set")).percent(percent)
    }

    /// One of some slots, of those that are declared.
    fn other(&self, what: &str, of: &'static [&'static str]) -> Option<&'static str> {
        let first = usize::try_from(self.of(what).below(of.len() as u64)).unwrap_or_default();
        let declared = |slot: &&str| self.draws.attributes(slot).is_some();
        of.iter().cycle().skip(first).take(of.len()).copied().find(declared)
    }

    fn some_net(&self) -> Option<&'static str> {
        self.other("net", &["sim.net/a", "sim.net/b", "sim.net/c"])
    }

    fn some_host(&self, what: &str) -> Option<&'static str> {
        self.other(what, &["sim.host/a", "sim.host/b"])
    }

    fn net(&self) -> Attributes {
        let mut drawn = vec![is("cidr", self.word("cidr", &["10.0.0.0/16", "10.1.1.0/16", "10.2.0.0/16"]))];
        drawn.extend(self.perhaps("comment", 50, || self.word("comment", &["one", "two"])));
        drawn.extend(self.perhaps("tags", 60, || {
            let team = ("team".into(), self.word("team", &["web", "db"]));
            let stage = self.is_set("stage", 50).then(|| ("stage".into(), self.word("stage", &["eu", "us"])));
            Value::Map([team].into_iter().chain(stage).collect())
        }));
        drawn
    }

    fn host(&self) -> Option<Attributes> {
        let mut drawn = vec![("net".into(), Drawn::Of(self.some_net()?, "id"))];
        drawn.extend(self.perhaps("size", 70, || self.word("size", &["small", "medium", "large"])));
        drawn.extend(self.perhaps("zone", 40, || self.word("zone", &["z1", "z2"])));
        drawn.extend(self.perhaps("replicas", 40, || self.number("replicas", 1, 3)));
        drawn.extend(self.perhaps("password", 50, || {
            let version = u32::try_from(self.of("password").between(1, 3)).unwrap_or(1);
            Value::Secret(Box::new(Secret::Env { name: "PASSWORD".into(), version }))
        }));
        Some(drawn)
    }

    fn disk(&self) -> Attributes {
        let mut drawn = vec![is("type", self.word("type", &["ssd", "hdd"]))];
        drawn.push(is("size_gb", self.number("size_gb", 10, 12)));
        let host = self.some_host("host").filter(|_| self.is_set("host", 70));
        drawn.extend(host.map(|host| ("host".into(), Drawn::Of(host, "id"))));
        drawn
    }

    fn bucket(&self) -> Attributes {
        let mut drawn = vec![is("name", self.name("bucket"))];
        drawn.extend(self.perhaps("class", 60, || self.word("class", &["standard", "cold", "frozen"])));
        drawn.extend(self.perhaps("policy", 50, || self.word("policy", &["{\"a\": 1, \"b\": 2}", "{\"a\": 2}"])));
        drawn.extend(self.perhaps("locked", 30, || self.flag("locked")));
        let net = self.some_net().filter(|_| self.is_set("net", 50));
        drawn.extend(net.map(|net| ("net".into(), Drawn::Of(net, "arn"))));
        drawn
    }

    fn cluster(&self) -> Option<Attributes> {
        let mut drawn = vec![("net".into(), Drawn::Of(self.some_net()?, "id")), is("name", self.name("cluster"))];
        drawn.extend(self.perhaps("version", 60, || self.word("version", &["1.29", "1.30", "1.31"])));
        drawn.extend(self.perhaps("labels", 50, || {
            Value::Map([("stage".into(), self.word("stage", &["eu", "us"]))].into_iter().collect())
        }));
        drawn.extend(self.perhaps("zones", 50, || {
            Value::from(vec![self.word("zone one", &["z2", "z3"]), self.word("zone two", &["z1", "z4"])])
        }));
        drawn.extend(self.perhaps("protected", 30, || self.flag("protected")));
        Some(drawn)
    }

    fn record(&self) -> Attributes {
        let job = self.other("result", &["sim.job/a", "sim.job/b"]).filter(|_| self.of("points to a job").percent(15));
        let target = match (job, self.some_host("target")) {
            (Some(job), _) => Drawn::Of(job, "result"),
            (None, Some(host)) => Drawn::Of(host, "address"),
            (None, None) => Drawn::Is("nowhere.sim".into()),
        };
        let mut drawn = vec![is("name", self.name("record")), ("target".into(), target)];
        drawn.extend(self.perhaps("ttl", 50, || self.number("ttl", 60, 62)));
        drawn
    }

    fn job(&self) -> Attributes {
        let mut drawn =
            vec![is("name", self.name("job")), is("task", self.word("task", &["migrate", "seed", "check"]))];
        let of = match self.of("what it is of").below(3) {
            0 => self.some_net().map(|net| Drawn::Of(net, "id")),
            1 => self.some_host("of").map(|host| Drawn::Of(host, "address")),
            _ => None,
        };
        drawn.extend(of.map(|of| ("of".into(), of)));
        drawn
    }
}

fn is(name: &str, value: Value) -> (Name, Drawn) {
    (name.into(), Drawn::Is(value))
}
