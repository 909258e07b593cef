//! A program that plans and applies by itself: it gives a tenant a network, and never takes anything away.
//!
//! ```text
//! cargo run -p library -- /tmp/tenants acme 2
//! ```
//!
//! It works in the sandbox, so it needs no account. With the AWS adapter in its registry and without `with_sandbox` the same
//! program makes real networks.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program that people run")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use flashinfra::apply::{ApplyOptions, Event, EventKind, apply};
use flashinfra::ledgers::LocalLedgers;
use flashinfra::plan::{Labels, plan};
use flashinfra::plans::plan::{Action, Options, Plan};
use flashinfra::plans::{CompiledStack, file};
use flashinfra::providers::Registry;
use flashinfra::session::Session;
use flashinfra::{Stack, aws, cidr, load};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// The network of a tenant, with a subnet in each of some zones.
fn network(stack: &mut Stack, zones: usize) {
    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    for (zone, cidr) in ["a", "b", "c"].iter().zip(cidr!("10.0.0.0/16").subnets(8)).take(zones) {
        let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr);
        stack.add(zone, subnet.availability_zone(aws::AvailabilityZone::new(format!("eu-central-1{zone}"))));
    }
    stack.output("vpc_id", vpc.id());
}

fn compile(tenant: &str, zones: usize) -> Result<CompiledStack, Box<dyn Error>> {
    let mut stack = Stack::new("network", tenant);
    network(&mut stack, zones);
    let bytes = stack.compile().map_err(|problems| format!("{problems:?}"))?;
    Ok(load::for_sandbox(bytes.as_bytes())?)
}

/// What this program adds to flashinfra's own guards: a tenant loses nothing by it.
fn takes_something_away(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| match change.action {
        Action::Create | Action::Update | Action::Restore | Action::Move | Action::Record => false,
        Action::Replace | Action::ReplaceCreateFirst | Action::Delete | Action::Forget => true,
        Action::DeleteDeposed | Action::DeleteDouble => true,
    })
}

async fn serve(directory: &Path, tenant: &str, zones: usize) -> Result<ExitCode, Box<dyn Error>> {
    let session = Session::new(Registry::new(), LocalLedgers::new(directory.join("ledgers")))
        .with_sandbox(directory.join("sandbox.json"));
    let stack = compile(tenant, zones)?;
    let plan = plan(&session, &stack, &Options::default(), Labels::default()).await?.plan;
    if plan.is_empty() {
        println!("{tenant} has its network");
        return Ok(ExitCode::SUCCESS);
    }
    if !plan.refusals.is_empty() || takes_something_away(&plan) {
        eprintln!("{tenant} would lose something: nothing was changed");
        return Ok(ExitCode::FAILURE);
    }

    let digest = file::digest(&file::write(&plan));
    let (events, heard) = unbounded_channel();
    let options = ApplyOptions { events: Some(events), ..ApplyOptions::default() };
    let applying = async {
        let report = apply(&session, plan, digest, &options).await;
        drop(options);
        report
    };
    let (report, ()) = tokio::join!(applying, watch(heard));
    let report = report?;
    for (name, value) in &report.outputs {
        println!("{name} = {}", value.to_json());
    }
    Ok(ExitCode::from(report.exit.code()))
}

async fn watch(mut events: UnboundedReceiver<Event>) {
    while let Some(Event { step, kind, .. }) = events.recv().await {
        match kind {
            EventKind::Done { .. } => println!("made {}", step.address),
            EventKind::Failed { message } => eprintln!("could not make {}: {message}", step.address),
            _ => {}
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [directory, tenant, zones] = &arguments[..] else {
        eprintln!("usage: library DIRECTORY TENANT ZONES");
        return ExitCode::FAILURE;
    };
    let Ok(zones) = zones.parse() else {
        eprintln!("`{zones}` is no number of zones");
        return ExitCode::FAILURE;
    };
    serve(Path::new(directory), tenant, zones).await.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}
