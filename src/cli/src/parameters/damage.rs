//! Environment files that were damaged: an error that names the file, or values that can be worked with, never a panic.

#![allow(clippy::unwrap_used, reason = "a test that cannot unwrap has failed")]

use std::cell::Cell;
use std::fs;

use flashinfra_test_support::{damaged, for_seeds};

use super::tests::{DESCRIBED, directory, shown, sources};
use super::{Parameters, load};
use crate::problem::Problems;

const TOML: &str = "# production\nzones = 3\nowner = \"team\"\nnote = 'it is \"quoted\"'\ndebug = true\n\
    cidrs = [\"10.0.0.0/8\",\n  \"192.168.0.0/16\"]\ntags.cost = \"12\"\npassword.env = \"DB_PASSWORD\"\n\n\
    [nodes]\nmin = 1\nmax = 5\n\n[[pools]]\nsize = \"a\"\ntoken = { file = \"t\" }\n";

const YAML: &str = "# production\nzones: 3\nowner: team\nnote: |\n  it is\n  long\ndebug: true\n\
    cidrs: [10.0.0.0/8, &range 192.168.0.0/16]\ntags: {cost: '12', range: *range}\npassword:\n  env: DB_PASSWORD\n\
    nodes:\n  min: 1\n  max: 5\npools:\n- size: \"a\"\n  token: {file: t}\n";

#[test]
fn damaged_environment_files_are_named_or_read() {
    for (name, text) in [("production.toml", TOML), ("production.yaml", YAML)] {
        let directory = directory(&[(name, text)]);
        let file = directory.path().join("environments").join(name);
        let read = || -> Result<Parameters, Problems> {
            load(&sources(directory.path(), Some("production"), &[]), &serde_json::from_str(DESCRIBED).unwrap())
        };
        assert!(read().is_ok(), "{name} is read when it is whole");
        let refused = Cell::new(0_u32);
        for_seeds(1000, |below| {
            let bytes = damaged(below, text.as_bytes());
            fs::write(&file, &bytes).unwrap();
            match read() {
                Ok(parameters) => {
                    let json: serde_json::Value = serde_json::from_str(&parameters.to_json()).unwrap();
                    assert!(json.is_object(), "{json}");
                }
                Err(problems) => {
                    refused.set(refused.get() + 1);
                    assert!(!problems.0.is_empty());
                    for problem in problems.0 {
                        let said = shown(&Problems(vec![problem]));
                        assert!(said.contains(&format!("environments/{name}")), "{said}");
                        assert!(said.contains("help: "), "{said}");
                    }
                }
            }
        });
        assert!(refused.get() > 100, "{name} was refused {} times", refused.get());
    }
}
