//! Apply's wall time against what no engine can beat: the longest path, the work over what runs at once, the calls over the
//! rate that the service takes. In virtual time, with latencies drawn around real ones.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use flashinfra::apply::{ApplyOptions, PER_PROVIDER, apply};
use flashinfra::ledgers::LocalLedgers;
use flashinfra::plan::{Labels, plan};
use flashinfra::plans::plan::Options;
use flashinfra::plans::{Address, file};
use flashinfra::providers::Registry;
use flashinfra::session::Session;
use flashinfra::{Computed, List, Output, Resource, Stack, id_type, load};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::Setting;
use crate::commits::Delayed;
use crate::process::Failed;
use crate::table::row;
use crate::timed::{Latency, Timed};

id_type! {
    /// The id of anything here.
    pub(crate) AnyId;
}

/// Kinds that differ in how long they take: a struct, a builder and a name for each.
macro_rules! kinds {
    ($($kind:ident = $name:literal, $seconds:literal;)+) => {
        $(
            /// A kind that usually takes as long as its schema says.
            #[derive(Resource)]
            #[resource(kind = $name, create_once = Token, typical(create = $seconds), timeouts(create = 3600))]
            pub(crate) struct $kind {
                /// What has to be there before.
                pub(crate) needs: Option<List<AnyId>>,
                /// The id.
                pub(crate) id: Computed<AnyId>,
            }
        )+
    };
}

// How long they take: AWS's own figures and those of the FlashMM guide.
kinds! {
    Group = "timed.group", 1;
    Subnet = "timed.subnet", 3;
    Gateway = "timed.nat_gateway", 90;
    Nodes = "timed.node_group", 180;
    Database = "timed.database", 480;
    Cluster = "timed.cluster", 600;
}

/// What a run is made of.
struct Case {
    name: &'static str,
    resources: usize,
    /// How many resources of the last so many each may depend on.
    reach: usize,
    /// Out of a hundred, how many are slow ones.
    slow: u64,
    rate: Option<f64>,
}

const CASES: [Case; 4] = [
    Case { name: "as FlashMM: few, some slow", resources: 62, reach: 12, slow: 25, rate: None },
    Case { name: "a long chain", resources: 200, reach: 3, slow: 10, rate: None },
    Case { name: "many quick ones", resources: 2000, reach: 1500, slow: 0, rate: None },
    Case { name: "5 requests/s taken", resources: 1000, reach: 800, slow: 0, rate: Some(5.0) },
];

const SEEDS: u64 = 3;

/// What a commit of the journal takes in virtual time.
const COMMIT: Duration = Duration::from_millis(5);

const WIDTHS: [usize; 6] = [28, 6, 10, 10, 8, 20];

/// Measures and prints.
///
/// # Errors
/// When a run fails.
pub(crate) fn measure(setting: &Setting) -> Result<(), Failed> {
    println!("Apply in virtual time over its bound (longest path, work over {PER_PROVIDER} at once, calls over rate)");
    println!("  latencies around 1 s for a group, 3 s a subnet, 90 s a NAT gateway, 3 min nodes, 8 min a database,");
    println!("  10 min a cluster; {} ms for each commit of the journal", COMMIT.as_millis());
    row(&["", "seed", "took", "bound", "over", "which"], &WIDTHS);
    for case in &CASES {
        for seed in 1..=SEEDS {
            let drawn = Drawn::new(case, seed);
            let took = run(setting, case, &drawn)?;
            let (bound, which) = drawn.bound(case.rate);
            let over = (took.as_secs_f64() / bound.as_secs_f64() - 1.0) * 100.0;
            let cells = [
                format!("  {}", case.name),
                seed.to_string(),
                format!("{:.1} s", took.as_secs_f64()),
                format!("{:.1} s", bound.as_secs_f64()),
                format!("{over:+.1} %"),
                which.to_owned(),
            ];
            row(&cells.each_ref().map(String::as_str), &WIDTHS);
        }
    }
    println!();
    Ok(())
}

/// A stack, and how long each of its resources takes.
struct Drawn {
    compiled: Result<String, Vec<flashinfra::Problem>>,
    latencies: BTreeMap<Address, Latency>,
    /// What each needs, by number, in the order of their numbers.
    needs: Vec<(Latency, Vec<usize>)>,
}

impl Drawn {
    fn new(case: &Case, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut stack = Stack::new("timed", "default");
        let mut ids: Vec<Output<AnyId>> = Vec::new();
        let (mut latencies, mut needs) = (BTreeMap::new(), Vec::new());
        for number in 0..case.resources {
            let first = number.saturating_sub(case.reach);
            let wanted = if first == number { 0 } else { random.below(3) };
            let mut those: Vec<_> = (0..wanted).map(|_| first + random.index(number - first)).collect();
            those.sort_unstable();
            those.dedup();
            let list = || those.iter().map(|&other| ids[other].clone()).collect::<Vec<_>>();
            let name = format!("n{number:05}");
            let slow = random.below(100) < case.slow;
            let choice = random.below(4) + if slow { 4 } else { 0 };
            let (kind, id) = match choice {
                0..=2 => ("group", stack.add(&name, Group::builder().needs(list())).id()),
                3 => ("subnet", stack.add(&name, Subnet::builder().needs(list())).id()),
                4 => ("nat_gateway", stack.add(&name, Gateway::builder().needs(list())).id()),
                5 => ("node_group", stack.add(&name, Nodes::builder().needs(list())).id()),
                6 => ("database", stack.add(&name, Database::builder().needs(list())).id()),
                _ => ("cluster", stack.add(&name, Cluster::builder().needs(list())).id()),
            };
            ids.push(id);
            let latency = random.latency(kind);
            if let Ok(address) = Address::parse(&format!("timed.{kind}/{name}")) {
                latencies.insert(address, latency);
            }
            needs.push((latency, those));
        }
        Self { compiled: stack.compile(), latencies, needs }
    }

    /// The least that an apply can take, and why.
    fn bound(&self, rate: Option<f64>) -> (Duration, &'static str) {
        let mut ends: Vec<Duration> = Vec::new();
        for (Latency { call, wait }, needs) in &self.needs {
            let begins = needs.iter().filter_map(|&other| ends.get(other)).max().copied().unwrap_or_default();
            ends.push(begins + *call + *wait);
        }
        let path = ends.iter().max().copied().unwrap_or_default();
        let work: Duration = self.needs.iter().map(|(latency, _)| latency.call).sum();
        let work = work / u32::try_from(PER_PROVIDER).unwrap_or(u32::MAX);
        // A rate is of one kind.
        let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
        self.latencies.keys().for_each(|address| *kinds.entry(address.kind()).or_default() += 1);
        let most = kinds.into_values().max().unwrap_or_default();
        let calls = rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(f64::from(most) / rate));
        let bounds = [(path, "the longest path"), (work, "work over 10 at once"), (calls, "calls over rate")];
        bounds.into_iter().max().unwrap_or_default()
    }
}

/// Applies in virtual time.
fn run(setting: &Setting, case: &Case, drawn: &Drawn) -> Result<Duration, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()?;
    let directory = TempDir::new_in(&setting.directory)?;
    let compiled = drawn.compiled.clone()?;
    runtime.block_on(async {
        let service = Timed::new(
            vec![Group::SCHEMA, Subnet::SCHEMA, Gateway::SCHEMA, Nodes::SCHEMA, Database::SCHEMA, Cluster::SCHEMA],
            drawn.latencies.clone(),
            case.rate,
        );
        let registry = Registry::new().with(service);
        let stack = load::compiled(compiled.as_bytes(), &registry).map_err(Failed::engine)?;
        let inner = LocalLedgers::new(directory.path());
        let session = Session::new(registry, Delayed { inner, delay: COMMIT, commits: Arc::default() });
        let plan = plan(&session, &stack, &Options::default(), Labels::default()).await.map_err(Failed::engine)?.plan;
        let digest = file::digest(&file::write(&plan));
        let started = Instant::now();
        let report = apply(&session, plan, digest, &ApplyOptions::default()).await.map_err(Failed::engine)?;
        match report.exit.code() {
            0 => Ok(started.elapsed()),
            code => Err(Failed::Engine(format!("the apply ended with {code}: {:?}", report.next).into())),
        }
    })
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Random(u64);

impl Random {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.number() % limit.max(1)
    }

    fn index(&mut self, limit: usize) -> usize {
        usize::try_from(self.below(limit as u64)).unwrap_or_default()
    }

    /// A time around the usual one: two thirds of it to one and a half times.
    fn around(&mut self, usual_millis: u64) -> Duration {
        Duration::from_millis(usual_millis * (67 + self.below(84)) / 100)
    }

    /// What is quick is done when the call is answered; what is slow takes a short call, and then its time.
    fn latency(&mut self, kind: &str) -> Latency {
        let call = self.around(match kind {
            "group" => 1000,
            "subnet" => 3000,
            _ => 800,
        });
        let wait = match kind {
            "nat_gateway" => self.around(90_000),
            "node_group" => self.around(180_000),
            "database" => self.around(480_000),
            "cluster" => self.around(600_000),
            _ => Duration::ZERO,
        };
        Latency { call, wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_largest_of_the_three() {
        let second = Duration::from_secs(1);
        let quick = Latency { call: second, wait: Duration::ZERO };
        let slow = Latency { call: second, wait: second * 9 };
        let addresses = (0..40).map(|number| Address::parse(&format!("timed.group/n{number}")).unwrap());
        let drawn = |needs| Drawn {
            compiled: Ok(String::new()),
            latencies: addresses.clone().map(|address| (address, quick)).collect(),
            needs,
        };
        let chain = drawn(vec![(quick, vec![]), (slow, vec![0]), (quick, vec![0]), (quick, vec![1, 2])]);
        assert_eq!(chain.bound(None), (second * 12, "the longest path"));
        let wide = drawn(vec![(quick, vec![]); 40]);
        assert_eq!(wide.bound(None), (second * 4, "work over 10 at once"));
        assert_eq!(wide.bound(Some(5.0)), (second * 8, "calls over rate"));
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let draw = |seed| Drawn::new(&CASES[0], seed);
        assert_eq!(draw(7).compiled.unwrap(), draw(7).compiled.unwrap());
        assert_ne!(draw(7).compiled.unwrap(), draw(8).compiled.unwrap());
        assert_eq!(draw(7).latencies.len(), 62);
    }
}
