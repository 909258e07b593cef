//! Cases in text: what is declared, owned and live in, decisions out. See [`story`] for how they are written.

mod asked;
mod attributes;
mod cloud;
mod documents;
mod doubles;
mod formats;
mod handover;
mod lifecycle;
mod loops;
mod moves;
mod options;
mod references;
mod restore;
mod rules;
mod said;
mod served;
mod story;
mod testing;
mod told;
mod within;

use super::decide;
use crate::{check, file};
use story::Story;

/// Decides what a story tells, and compares with what is expected, line by line without indentation.
fn check(story: &str, expect: &str) {
    assert_eq!(lines(&told_of(story)), lines(expect), "\nof the story\n{story}");
}

fn told_of(story: &str) -> String {
    let story = Story::parse(story);
    match decide(&story.input()) {
        Ok(decided) => {
            checked(&story);
            told::decided(&decided)
        }
        Err(error) => format!("error: {error} [{}]", error.help()),
    }
}

/// Every plan that a story ends in keeps what all plans promise, on its way through a file too.
fn checked(story: &Story) {
    let input = story.input();
    let plan = super::plan(input.clone()).unwrap();
    let mut violations = check::check(&plan);
    violations.extend(check::against(&plan, input.ledger));
    let told: Vec<_> = violations.iter().map(|violation| format!("{:?}: {violation}", violation.rule)).collect();
    assert_eq!(told, [""; 0]);
    let bytes = file::write(&plan);
    assert_eq!(file::write(&file::read(&bytes).unwrap()), bytes);
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}
