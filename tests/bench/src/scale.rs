//! Ours alone at a hundred thousand resources, with twelve attributes and five tags each.

use std::fs;

use crate::layers::Layers;
use crate::process::{Failed, median};
use crate::sides::{Act, Side};
use crate::table::{mebibytes, row, seconds};
use crate::{Setting, stacks};

const RESOURCES: usize = 100_000;

/// How often the empty plan is made: the middle counts.
const RUNS: usize = 3;

const WIDTHS: [usize; 4] = [24, 8, 8, 9];

/// Measures and prints.
///
/// # Errors
/// When a run fails.
pub(crate) fn measure(setting: &Setting) -> Result<(), Failed> {
    let layers = Layers { resources: RESOURCES };
    println!("Ours alone: {layers}, 12 attributes and 5 tags each");
    let compiled = stacks::servers(layers)?;
    let side = Side::ours(&setting.flashinfra, &setting.directory, &compiled)?;
    row(&["", "ours", "cpu", "memory"], &WIDTHS);
    for act in [Act::Plan, Act::Apply, Act::EmptyPlan, Act::Destroy] {
        let runs = if act == Act::EmptyPlan { RUNS } else { 1 };
        if act == Act::EmptyPlan {
            sizes(&side)?;
        }
        let runs = (0..runs).map(|_| side.run(act)).collect::<Result<Vec<_>, _>>()?;
        if let Some(taken) = median(runs) {
            let cells =
                [format!("  {}", act.name()), seconds(taken.wall), seconds(taken.cpu), mebibytes(taken.peak_bytes)];
            row(&cells.each_ref().map(String::as_str), &WIDTHS);
        }
    }
    println!();
    Ok(())
}

/// What an empty plan reads from disk.
fn sizes(side: &Side) -> Result<(), Failed> {
    let read = side.files().into_iter().map(|(name, path)| {
        let length = fs::metadata(path)?.len();
        Ok::<_, Failed>(format!("{name} {}", mebibytes(length)))
    });
    println!("  (the empty plan reads {})", read.collect::<Result<Vec<_>, _>>()?.join(", "));
    Ok(())
}
