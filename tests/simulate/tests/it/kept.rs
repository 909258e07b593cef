//! Scenarios of mistakes that were made once: they stay, and nothing fails in them any more.

use std::path::Path;

use flashinfra_simulate::{Scenario, Subject, outcome};

#[test]
fn what_was_mended_stays_mended() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 11, "{files:?}");
    for file in files {
        let scenario: Scenario = std::fs::read_to_string(&file).unwrap().parse().unwrap();
        let outcome = outcome(&scenario, &Subject::default());
        assert_eq!(outcome.violation(), None, "make simulate SCENARIO={}", file.display());
    }
}
