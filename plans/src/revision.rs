//! Revisions: what each apply made live, when, by whom, and how it ended.
//!
//! A ledger says what is owned now. A revision says what was wanted then, in full: the compiled stack, which holds secrets by
//! reference only. So it can be planned again, long after the program that declared it has changed.
//!
//! What is said of it is its first line: who only wants to know that reads no more, however large the stack is. Both are one object,
//! so that neither is ever there without the other.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::compiled::{CompiledStack, Embedded, written};
use crate::file::{ActionV1, ModeV1};
use crate::mirror::mirror;
use crate::plan::{Action, Mode, Plan};
use crate::value::Name;

/// The newest version of the format that is read.
pub const FORMAT: u32 = 2;

/// The version of a revision that is no test, the first that there was.
const FORMAT_FIRST: u32 = 1;

/// What one apply made live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The serial of the ledger that the apply left. Other writes of the ledger have a serial, too, so that numbers may be
    /// missing.
    pub number: u64,
    /// The stack.
    pub stack: Name,
    /// The environment.
    pub environment: Name,
    /// The run.
    pub run: Name,
    /// The digest of its plan.
    pub plan: Name,
    /// The digest of the compiled stack.
    pub compiled: Name,
    /// When it ended, `2026-11-27 16:02:59 UTC`.
    pub at: Name,
    /// Who applied, and from where: `ada on laptop`.
    pub by: Name,
    /// What the plan was for.
    pub mode: Mode,
    /// Whether the plan left something of the stack out.
    pub partial: bool,
    /// Where the parameters came from, for people; empty when there were none.
    pub parameters: Name,
    /// The revision that it repeats, when it went back to one.
    pub repeats: Option<u64>,
    /// How it ended.
    pub outcome: Outcome,
    /// How many changes of each action it made.
    pub changes: BTreeMap<Action, u32>,
    /// How many steps its plan had.
    pub steps: u32,
    /// How many of them were done.
    pub done: u32,
    /// How many resources the stack declares; none where nothing was declared, and where an older version wrote it.
    pub resources: Option<u32>,
}

/// How an apply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All of it is done.
    Done,
    /// A step failed.
    Failed,
    /// It stopped, because live was not what the plan was made from.
    Stopped,
    /// It was cut off, and another apply came after it.
    CutOff,
}

impl Revision {
    /// What a run makes of its plan, before anything of it is done. Number, outcome and counts are for who knows them.
    pub fn begun(plan: &Plan, run: Name, digest: Name) -> Self {
        let basis = &plan.basis;
        Self {
            number: basis.serial + 1,
            stack: basis.stack.clone(),
            environment: basis.environment.clone(),
            run,
            plan: digest,
            compiled: basis.compiled.clone(),
            at: Name::default(),
            by: Name::default(),
            mode: plan.mode,
            partial: !plan.partial.is_empty(),
            parameters: basis.parameters.clone(),
            repeats: basis.repeats,
            outcome: Outcome::CutOff,
            changes: BTreeMap::new(),
            steps: u32::try_from(plan.steps.len()).unwrap_or(u32::MAX),
            done: 0,
            resources: basis.declared.as_ref().map(|stack| u32::try_from(stack.resources.len()).unwrap_or(u32::MAX)),
        }
    }

    /// Whether it made the whole of a stack live: what a person may want to go back to.
    pub fn is_good(&self) -> bool {
        self.outcome == Outcome::Done && self.mode == Mode::Apply && !self.partial
    }
}

/// Writes a revision, with the stack that it made live if there was one.
pub fn write(revision: &Revision, declared: Option<&CompiledStack>) -> Vec<u8> {
    let head = serde_json::to_string(&Head::from(revision)).unwrap_or_default();
    // The head is an object of its own, whose last brace comes after the stack.
    let mut text = head.strip_suffix('}').unwrap_or(&head).to_owned();
    if let Some(stack) = declared {
        text += ",\n\"declared\":";
        text += &written::write(stack);
    }
    text += "}\n";
    text.into_bytes()
}

/// Reads what is said of a revision from its first line, whatever comes after it. None when that line does not say it: another version
/// may have written it in another shape, of which [`read`] tells more.
pub fn read_head(start: &[u8]) -> Option<Revision> {
    let line = start.split(|byte| *byte == b'\n').next()?;
    // The last brace comes after the stack.
    let head: Head = match line.strip_suffix(b",") {
        Some(open) => serde_json::from_slice(&[open, b"}"].concat()).ok()?,
        None => serde_json::from_slice(line).ok()?,
    };
    (head.format <= FORMAT).then(|| head.into())
}

/// Reads what is said of a revision, without its stack, of which it has to be there as a whole.
///
/// # Errors
/// When the bytes are no revision that this version reads.
pub fn read(bytes: &[u8]) -> Result<Revision, ReadError> {
    let file: File<IgnoredAny> = parse(bytes)?;
    Ok(file.head.into())
}

/// Reads the stack that a revision made live; none when nothing was declared, as by a destroy.
///
/// # Errors
/// As for [`read`], and when its stack needs another version.
pub fn read_declared(bytes: &[u8]) -> Result<Option<CompiledStack>, ReadError> {
    let file: File<Embedded> = parse(bytes)?;
    Ok(file.declared.map(|Embedded(stack)| stack))
}

/// Why bytes are not read as a revision.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A newer version of flashinfra wrote it.
    #[error("the revision has format {format}; this version of flashinfra reads up to format {FORMAT}")]
    NewerFormat {
        /// The format that it says it has.
        format: u32,
    },
    /// The bytes make no sense.
    #[error("this is no revision: {0}")]
    Malformed(#[source] serde_json::Error),
}

fn parse<'a, D: Deserialize<'a>>(bytes: &'a [u8]) -> Result<File<D>, ReadError> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    // What a newer version wrote need not have the same fields.
    if let Ok(Version { format }) = serde_json::from_slice(bytes)
        && format > FORMAT
    {
        return Err(ReadError::NewerFormat { format });
    }
    serde_json::from_slice(bytes).map_err(ReadError::Malformed)
}

#[derive(Deserialize)]
struct File<D> {
    #[serde(flatten)]
    head: Head,
    #[serde(default = "none")]
    declared: Option<D>,
}

fn none<D>() -> Option<D> {
    None
}

#[derive(Serialize, Deserialize)]
struct Head {
    format: u32,
    revision: u64,
    stack: Name,
    environment: Name,
    run: Name,
    plan: Name,
    compiled: Name,
    at: Name,
    by: Name,
    mode: ModeV1,
    #[serde(default, skip_serializing_if = "is_false")]
    partial: bool,
    #[serde(default, skip_serializing_if = "Name::is_empty")]
    parameters: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeats: Option<u64>,
    outcome: OutcomeV1,
    changes: Vec<(ActionV1, u32)>,
    steps: u32,
    done: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resources: Option<u32>,
}

mirror! {
    enum OutcomeV1 for Outcome { Done, Failed, Stopped, CutOff }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl From<&Revision> for Head {
    fn from(revision: &Revision) -> Self {
        let Revision {
            number,
            stack,
            environment,
            run,
            plan,
            compiled,
            at,
            by,
            mode,
            partial,
            parameters,
            repeats,
            outcome,
            changes,
            steps,
            done,
            resources,
        } = revision.clone();
        Self {
            format: if mode == Mode::Test { FORMAT } else { FORMAT_FIRST },
            revision: number,
            stack,
            environment,
            run,
            plan,
            compiled,
            at,
            by,
            mode: mode.into(),
            partial,
            parameters,
            repeats,
            outcome: outcome.into(),
            changes: changes.into_iter().map(|(action, count)| (action.into(), count)).collect(),
            steps,
            done,
            resources,
        }
    }
}

impl From<Head> for Revision {
    fn from(head: Head) -> Self {
        let Head {
            format: _,
            revision,
            stack,
            environment,
            run,
            plan,
            compiled,
            at,
            by,
            mode,
            partial,
            parameters,
            repeats,
            outcome,
            changes,
            steps,
            done,
            resources,
        } = head;
        Self {
            number: revision,
            stack,
            environment,
            run,
            plan,
            compiled,
            at,
            by,
            mode: mode.into(),
            partial,
            parameters,
            repeats,
            outcome: outcome.into(),
            changes: changes.into_iter().map(|(action, count)| (action.into(), count)).collect(),
            steps,
            done,
            resources,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, ReadError, Revision, read, read_declared, read_head, write};
    use crate::compiled;
    use crate::plan::{Action, Mode};

    fn sample() -> Revision {
        Revision {
            number: 7,
            stack: "shop".into(),
            environment: "production".into(),
            run: "0123abcd".into(),
            plan: "sha256:12".into(),
            compiled: "sha256:34".into(),
            at: "2026-11-27 16:02:59 UTC".into(),
            by: "ada on laptop".into(),
            mode: Mode::Apply,
            partial: false,
            parameters: "environments/production.toml".into(),
            repeats: Some(3),
            outcome: Outcome::Done,
            changes: [(Action::Create, 2), (Action::ReplaceCreateFirst, 1)].into(),
            steps: 5,
            done: 5,
            resources: Some(4),
        }
    }

    #[test]
    fn its_first_line_says_all_but_the_stack() {
        let golden = include_str!("../../stacks/tests/golden/everything.json");
        let stack = compiled::read(golden.as_bytes()).unwrap();
        for bytes in [write(&sample(), Some(&stack)), write(&sample(), None)] {
            let line = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap();
            assert_eq!(read_head(line), Some(sample()));
            assert_eq!(read_head(&bytes), Some(sample()));
            let cut = &line[..line.len() - 10];
            assert_eq!(read_head(cut), None, "{}", String::from_utf8_lossy(cut));
            let newer = String::from_utf8(line.to_vec()).unwrap().replace("\"format\":1", "\"format\":9");
            assert_eq!(read_head(newer.as_bytes()), None);
        }
        assert_eq!(read_head(b""), None);
        // Of before it said how large the stack is.
        let older = Revision { resources: None, ..sample() };
        let bytes = write(&older, None);
        assert!(!String::from_utf8_lossy(&bytes).contains("resources"));
        assert_eq!(read_head(&bytes), Some(older));
    }

    #[test]
    fn a_revision_comes_back_as_it_was_with_its_stack() {
        let golden = include_str!("../../stacks/tests/golden/everything.json");
        let stack = compiled::read(golden.as_bytes()).unwrap();
        let bytes = write(&sample(), Some(&stack));
        assert_eq!(read(&bytes).unwrap(), sample());
        let again = read_declared(&bytes).unwrap().unwrap();
        assert_eq!(again.resources, stack.resources);

        let nothing = Revision { mode: Mode::Destroy, repeats: None, partial: true, ..sample() };
        let bytes = write(&nothing, None);
        assert_eq!(read(&bytes).unwrap(), nothing);
        assert_eq!(read_declared(&bytes).unwrap(), None);

        let test = Revision { mode: Mode::Test, ..sample() };
        let bytes = write(&test, None);
        assert!(bytes.starts_with(b"{\"format\":2,"), "a version that knows no tests says so");
        assert_eq!(read(&bytes).unwrap(), test);
    }

    #[test]
    fn only_what_made_the_whole_stack_live_is_good() {
        assert!(sample().is_good());
        for other in [
            Revision { outcome: Outcome::Failed, ..sample() },
            Revision { outcome: Outcome::Stopped, ..sample() },
            Revision { outcome: Outcome::CutOff, ..sample() },
            Revision { partial: true, ..sample() },
            Revision { mode: Mode::Destroy, ..sample() },
            Revision { mode: Mode::Test, ..sample() },
        ] {
            assert!(!other.is_good(), "{other:?}");
        }
    }

    #[test]
    fn a_newer_format_is_named_and_damage_is_told() {
        let text = String::from_utf8(write(&sample(), None)).unwrap();
        let newer = text.replace("\"format\":1", "\"format\":9");
        assert_ne!(newer, text);
        assert!(matches!(read(newer.as_bytes()), Err(ReadError::NewerFormat { format: 9 })));
        let damaged = &text.as_bytes()[..text.len() / 2];
        assert!(matches!(read(damaged), Err(ReadError::Malformed(_))));
        assert!(matches!(read_declared(damaged), Err(ReadError::Malformed(_))));
    }
}
