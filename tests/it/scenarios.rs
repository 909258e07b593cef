//! Scenarios: text in, text out. `tests/scenarios/README.md` says how to write one; `UPDATE=1` writes what came out.

mod compiled_text;
mod kind_text;
mod masks;
mod script;
mod stack_text;
mod tampering;
mod value_text;
mod world;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use script::Script;
use world::World;

/// How many scenarios run at once. Each waits for processes most of the time, so a few more than there are cores.
const AT_ONCE: usize = 6;

#[test]
fn scenarios_play_out_as_written() {
    let folder = folder();
    let only = std::env::var("SCENARIO").unwrap_or_default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.retain(|file| file.file_stem() != Some("kinds".as_ref()) && file.to_string_lossy().contains(&only));
    files.sort();
    assert!(!files.is_empty(), "no scenario fits SCENARIO={only}");

    let kinds = world::shared_kinds(&std::fs::read_to_string(folder.join("kinds.txt")).unwrap());
    let next = AtomicUsize::new(0);
    let play_some = || -> Vec<String> {
        let mine = std::iter::from_fn(|| files.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.filter_map(|file| play(file, &kinds).err()).collect()
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let players: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(play_some)).collect();
        players.into_iter().flat_map(|player| player.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{}\n{} of {} scenarios differ", failures.join("\n"), failures.len(), files.len());
}

/// A compiled stack from the lines of a block, for tests that are no scenarios.
pub(crate) fn compiled(name: &str, lines: &str) -> String {
    let kinds = world::shared_kinds(&std::fs::read_to_string(folder().join("kinds.txt")).unwrap());
    let mut stack = stack_text::Stack::new(name, "default", &kinds);
    stack.take(&lines.lines().collect::<Vec<_>>()).unwrap();
    stack.to_json()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios")
}

/// Plays one scenario; the error is what differs.
fn play(file: &Path, kinds: &world::Kinds) -> Result<(), String> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let written = std::fs::read_to_string(file).unwrap();
    let mut script = Script::read(&written);
    let mut world = World::new(kinds);
    let mut broken = None;
    for item in &mut script.items {
        match world.play(item) {
            Ok(output) => item.answer(&output),
            Err(problem) => {
                broken = Some(format!("{name}:{}: {problem}", item.line));
                break;
            }
        }
    }
    if let Some(problem) = broken {
        return Err(problem);
    }
    let played = script.write();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file, played).unwrap();
        return Ok(());
    }
    if played == written { Ok(()) } else { Err(difference(&name, &written, &played)) }
}

fn difference(name: &str, written: &str, played: &str) -> String {
    let diff = similar::TextDiff::from_lines(written, played);
    diff.unified_diff()
        .context_radius(4)
        .header(&format!("{name} as written"), &format!("{name} as played"))
        .to_string()
}
