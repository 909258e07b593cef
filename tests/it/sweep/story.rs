//! What is done while it is disturbed: FlashMM's production is made, changed, or destroyed.

use std::path::Path;
use std::sync::OnceLock;

use crate::flashmm::PRODUCTION;
use crate::shell::Shell;

/// What the disturbed run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// Makes all of it.
    Create,
    /// Changes tags on everything, and replaces a security group.
    Change,
    /// Deletes all of it.
    Destroy,
}

/// The production stack, compiled: as it is, and with changes.
pub(super) struct Stacks {
    pub(super) first: String,
    pub(super) changed: String,
}

/// What has to be allowed to delete the database.
const ALLOWED: &str = "--allow-destroy=aws.db_instance/data.main";

/// Another owner stands in the tags of everything, and a security group cannot change its description.
const OTHER_OWNER: &str = "--set=owner=somebody-else";
const OTHER_DESCRIPTION: [&str; 2] = ["\"description\":\"Redis\"", "\"description\":\"Redis and its replicas\""];

impl Story {
    /// What a plan of it is asked for with, beside the ledger.
    pub(crate) fn planning(self) -> &'static [&'static str] {
        match self {
            Self::Create => &["--compiled=first.json"],
            Self::Change => &["--compiled=changed.json"],
            Self::Destroy => &["--compiled=first.json", "--destroy", ALLOWED],
        }
    }
}

/// Compiles the stacks, once.
pub(super) fn stacks() -> &'static Stacks {
    static STACKS: OnceLock<Stacks> = OnceLock::new();
    STACKS.get_or_init(|| {
        let (first, tagged) = (compiled(&[]), compiled(&[OTHER_OWNER]));
        let changed = tagged.replace(OTHER_DESCRIPTION[0], OTHER_DESCRIPTION[1]);
        assert_ne!(changed, tagged, "there is a security group for Redis");
        Stacks { first, changed }
    })
}

fn compiled(changes: &[&str]) -> String {
    let shell = Shell::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let directory = format!("--dir={}", root.display());
    let out = shell.file("stack.json");
    let validate = ["validate", &directory, "--out", out.to_str().unwrap()];
    let _ = shell.run(&[&validate, &PRODUCTION[..], changes].concat()).succeeds();
    settling_quickly(&std::fs::read_to_string(out).unwrap())
}

/// How far reads of the server behind the proxy are behind: by one look of each object. A look comes every 200 ms.
const SETTLE_SECONDS: &str = "2";

/// The same stack, whose kinds say how quickly this server settles: real services take up to a minute, and with their figures
/// every kill before a create would wait for it.
fn settling_quickly(compiled: &str) -> String {
    const KEY: &str = "\"settle_seconds\":";
    let mut parts = compiled.split(KEY);
    let mut quick = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let figure = part.find(|letter: char| !letter.is_ascii_digit()).unwrap();
        quick.push_str(KEY);
        quick.push_str(if &part[..figure] == "0" { "0" } else { SETTLE_SECONDS });
        quick.push_str(&part[figure..]);
    }
    assert_ne!(quick, compiled, "the stack says how long its kinds take to settle");
    quick
}
