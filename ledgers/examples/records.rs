//! Applies a few records to a sandbox, under a lease as short as asked for.
//!
//! ```text
//! records URL WHO LEASE_MS SANDBOX_FILE COUNT
//! ```
//!
//! Each step takes a moment, and says when it is done. Whoever applies after somebody was cut off goes on where that one was.

use std::error::Error;
use std::io::Write as _;
use std::time::Duration;

use flashinfra::apply::{ApplyOptions, Event, EventKind, apply};
use flashinfra::ledgers::Holder;
use flashinfra::plan::{Labels, plan};
use flashinfra::plans::file;
use flashinfra::plans::plan::Options;
use flashinfra::providers::Registry;
use flashinfra::session::{SandboxAt, Session};
use flashinfra::{Input, Provider, Resource, Stack, load};
use flashinfra_ledgers::{Environment, ObjectLedgers, Times};
use flashinfra_providers_memory::{Latency, Options as Sandbox};

/// Where the records are.
#[derive(Provider)]
#[provider(name = "samples")]
struct Samples {}

/// Something that is made at once, and has a name of its own.
#[derive(Resource)]
#[resource(kind = "samples.record", identity = Named("name"), create_once = UniqueName)]
struct Record {
    /// Its name.
    #[attr(replace)]
    name: Input<String>,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, who, lease, sandbox, count] = &arguments[..] else {
        return Err("records URL WHO LEASE_MS SANDBOX_FILE COUNT".into());
    };
    let mut stack = Stack::new("records", "test");
    stack.provider("samples", Samples::builder());
    for number in 0..count.parse::<u32>()? {
        stack.add(format!("r{number}"), Record::builder().name(format!("record-{number}")));
    }
    let compiled = stack.compile().map_err(|problems| format!("{problems:?}"))?;
    let stack = load::for_sandbox(compiled.as_bytes())?;

    let lease = Duration::from_millis(lease.parse()?);
    let times = Times { lease, heartbeat: lease / 10, call: lease / 4, request: lease / 4 };
    let ledgers = ObjectLedgers::open(url, &Environment::of_this_process()).await?.with_times(times);
    let session = Session::new(Registry::new(), ledgers.telling(|waiting| say(&format!("waiting: {waiting}"))));
    let latency = Latency { call: Duration::from_millis(100), ..Latency::default() };
    let session = Session {
        sandbox: Some(SandboxAt::File(sandbox.into(), Sandbox { latency, ..Sandbox::default() })),
        ..session.with_holder(Holder { who: who.clone(), ..Holder::this_process() })
    };

    let plan = plan(&session, &stack, &Options::default(), Labels::default()).await?.plan;
    say(&format!("planned {}", plan.steps.len()));
    let digest = file::digest(&file::write(&plan));
    let (events, mut heard) = tokio::sync::mpsc::unbounded_channel::<Event>();
    let listening = tokio::spawn(async move {
        while let Some(event) = heard.recv().await {
            if let EventKind::Done { .. } = event.kind {
                say(&format!("done {}", event.step.address));
            }
        }
    });
    let options = ApplyOptions { parallelism: Some(1), events: Some(events), ..ApplyOptions::default() };
    let applied = apply(&session, plan, digest, &options).await;
    drop(options);
    listening.await?;
    match applied {
        Ok(report) => say(&format!("applied, exit {}", report.exit.code())),
        Err(error) => say(&format!("refused: {error}")),
    }
    Ok(())
}

/// Nobody is there to be told that nobody reads this.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
