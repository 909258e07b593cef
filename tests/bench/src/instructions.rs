//! How many instructions the pure core takes, which is the same on a busy machine: a slip shows at once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Setting;
use crate::phases::{PHASES, RESOURCES};
use crate::process::Failed;
use crate::table::row;

/// The counts to compare with.
const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");

/// A change of this much is told loudly; less comes from another compiler or C library.
const SLIP: f64 = 1.05;

const WIDTHS: [usize; 4] = [24, 14, 14, 8];

/// Counts and prints; writes the reference anew when asked to.
///
/// # Errors
/// When a run under valgrind fails.
pub(crate) fn measure(setting: &Setting) -> Result<(), Failed> {
    println!(
        "Instructions of the pure core, {RESOURCES} resources with 12 attributes and 5 tags, some changed (callgrind)"
    );
    if !is_there() {
        println!("\n  ATTENTION: there is no valgrind on PATH. Nothing was counted, so a slip would not show.\n");
        return Ok(());
    }
    let reference = parse(&fs::read_to_string(REFERENCE).unwrap_or_default());
    row(&["", "instructions", "reference", "ratio"], &WIDTHS);
    let mut counts = BTreeMap::new();
    for (name, function, _) in PHASES {
        let count = counted(setting, function)?;
        counts.insert(function, count);
        let (told, ratio) = match reference.get(function) {
            Some(&known) => (grouped(known), Some(count as f64 / known as f64)),
            None => ("-".into(), None),
        };
        let slip = if ratio.is_some_and(|ratio| ratio > SLIP) { "  SLOWER" } else { "" };
        let ratio = ratio.map_or_else(|| "-".into(), |ratio| format!("{ratio:.3}{slip}"));
        row(&[&format!("  {name}"), &grouped(count), &told, &ratio], &WIDTHS);
    }
    if std::env::var_os("REFERENCE").is_some_and(|write| write == "1") {
        fs::write(REFERENCE, written(&counts))?;
        println!("  written to {REFERENCE}");
    }
    println!();
    Ok(())
}

fn is_there() -> bool {
    let quiet = || Stdio::null();
    Command::new("valgrind")
        .arg("--version")
        .stdout(quiet())
        .stderr(quiet())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs one phase of this very program under callgrind, which counts in that phase only.
fn counted(setting: &Setting, function: &str) -> Result<u64, Failed> {
    let out: PathBuf = setting.directory.join("callgrind.out");
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg("--collect-atstart=no").arg(format!("--toggle-collect=*{function}*"));
    command.arg(format!("--callgrind-out-file={}", out.display()));
    let output = command.arg(std::env::current_exe()?).args(["phase", function]).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let count = total(&out)?.filter(|_| output.status.success());
    count.ok_or(Failed::Status { command: format!("{command:?}"), said })
}

/// The total in a file of callgrind's.
fn total(out: &Path) -> Result<Option<u64>, Failed> {
    let text = fs::read_to_string(out)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")));
    Ok(total.and_then(|total| total.trim().parse().ok()).filter(|total| *total > 0))
}

fn parse(text: &str) -> BTreeMap<String, u64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Some((line.split_once(' ')?.0.to_owned(), line.split_once(' ')?.1.trim().parse().ok()?)))
        .collect()
}

fn written(counts: &BTreeMap<&str, u64>) -> String {
    let lines = counts.iter().map(|(function, count)| format!("{function} {count}\n"));
    let head = "# Instructions of each phase, from `REFERENCE=1 make bench SECTIONS=instructions`.\n";
    [head.to_owned()].into_iter().chain(lines).collect()
}

/// 12 345 678
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(' ');
        }
        told.push(digit);
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!([7, 123, 1234, 12_345_678].map(grouped), ["7", "123", "1 234", "12 345 678"]);
    }

    #[test]
    fn what_is_written_is_read_back_and_covers_all_phases() {
        let counts: BTreeMap<_, _> =
            PHASES.iter().zip(1..).map(|((_, function, _), count)| (*function, count)).collect();
        let read = parse(&written(&counts));
        assert_eq!(read.len(), PHASES.len());
        assert_eq!(read["phase_decide"], counts["phase_decide"]);
        let committed = parse(&fs::read_to_string(REFERENCE).unwrap());
        assert_eq!(committed.keys().collect::<Vec<_>>(), read.keys().collect::<Vec<_>>());
    }
}
