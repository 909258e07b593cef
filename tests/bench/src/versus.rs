//! Ours beside Terraform: the same graph, the same acts, in one run.

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::layers::Layers;
use crate::process::{Failed, Taken, median};
use crate::sides::{Act, Side};
use crate::table::{mebibytes, row, seconds, times};
use crate::{Setting, stacks};

/// The sizes of the comparison.
const SIZES: [usize; 3] = [1000, 2000, 10_000];

/// From this size on Terraform's apply and destroy take from half an hour to hours: they are left out unless asked for.
const TERRAFORM_APPLIES_BELOW: usize = 10_000;

/// What is quicker than this is run three times, and the middle counts.
const QUICK: Duration = Duration::from_secs(8);
const RUNS: usize = 3;

const WIDTHS: [usize; 9] = [24, 8, 8, 8, 9, 8, 9, 6, 6];

/// Measures and prints.
///
/// # Errors
/// When a run fails.
pub(crate) fn measure(setting: &Setting) -> Result<(), Failed> {
    println!("Ours beside Terraform: layers of 100, each resource on three of the layer before");
    println!(
        "  ours: the release binary with --sandbox, which makes no network call, and a ledger and journal that are"
    );
    println!(
        "  synced to the disk; theirs: terraform_data, which makes no network call, and a local state. Both at their"
    );
    println!("  defaults (10 at once), both print to a file.");
    let version = terraform();
    match &version {
        Some(version) => println!("  {version}\n"),
        None => {
            println!("\n  ATTENTION: there is no terraform on PATH. Ours stands alone, and no ratio says anything.\n")
        }
    }
    let head = ["", "ours", "cpu", "memory", "terraform", "cpu", "memory", "faster", "memory"];
    row(&head, &WIDTHS);
    for resources in setting.only.map_or(SIZES.to_vec(), |only| vec![only]) {
        compare(setting, Layers { resources }, version.is_some())?;
    }
    println!();
    Ok(())
}

/// Terraform's version; none when it is not on PATH.
fn terraform() -> Option<String> {
    let output = Command::new("terraform").arg("version").env("CHECKPOINT_DISABLE", "1").stderr(Stdio::null()).output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

fn compare(setting: &Setting, layers: Layers, has_terraform: bool) -> Result<(), Failed> {
    println!("{layers}");
    let compiled = stacks::nodes(layers)?;
    let ours = acts(|| Side::ours(&setting.flashinfra, &setting.directory, &compiled), &ALL)?;
    let acts_of_terraform: &[Act] = match layers.resources < TERRAFORM_APPLIES_BELOW || setting.full {
        true => &ALL,
        false => &[Act::Plan],
    };
    let theirs = match has_terraform {
        true => acts(|| Side::terraform(&setting.directory, layers), acts_of_terraform)?,
        false => Vec::new(),
    };
    if let Some((_, taken)) = theirs.iter().find(|(act, _)| *act == Act::Apply) {
        setting.terraform_applies.borrow_mut().insert(layers.resources, taken.wall);
    }
    for (act, our) in &ours {
        let their = theirs.iter().find(|(theirs, _)| theirs == act).map(|(_, taken)| taken);
        line(act.name(), our, their);
    }
    if has_terraform && acts_of_terraform.len() < ALL.len() {
        println!("  terraform's apply, empty plan and destroy at this size are left out: with FULL=1 they take hours");
    }
    Ok(())
}

const ALL: [Act; 4] = [Act::Plan, Act::Apply, Act::EmptyPlan, Act::Destroy];

/// Does all acts one after the other; and again in new directories, as long as they are quick.
fn acts(side: impl Fn() -> Result<Side, Failed>, acts: &[Act]) -> Result<Vec<(Act, Taken)>, Failed> {
    let mut taken: Vec<Vec<Taken>> = vec![Vec::new(); acts.len()];
    for _ in 0..RUNS {
        let side = side()?;
        for (act, runs) in acts.iter().zip(&mut taken) {
            runs.push(side.run(*act)?);
        }
        let all: Duration = taken.iter().filter_map(|runs| runs.first()).map(|run| run.wall).sum();
        if all > QUICK {
            break;
        }
    }
    Ok(acts.iter().copied().zip(taken).filter_map(|(act, runs)| Some((act, median(runs)?))).collect())
}

fn line(name: &str, ours: &Taken, theirs: Option<&Taken>) {
    let told = |taken: &Taken| [seconds(taken.wall), seconds(taken.cpu), mebibytes(taken.peak_bytes)];
    let none = || ["-".into(), "-".into(), "-".into()];
    let ratios = theirs.map_or_else(
        || ["-".into(), "-".into()],
        |theirs| {
            [
                times(theirs.wall.as_secs_f64(), ours.wall.as_secs_f64()),
                times(theirs.peak_bytes as f64, ours.peak_bytes as f64),
            ]
        },
    );
    let cells: Vec<String> = [format!("  {name}")]
        .into_iter()
        .chain(told(ours))
        .chain(theirs.map_or_else(none, told))
        .chain(ratios)
        .collect();
    row(&cells.iter().map(String::as_str).collect::<Vec<_>>(), &WIDTHS);
}
