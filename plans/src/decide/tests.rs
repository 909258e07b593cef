//! Cases in text: what is declared, owned and live in, decisions out. See [`story`] for how they are written.

mod attributes;
mod lifecycle;
mod options;
mod references;
mod rules;
mod story;
mod told;

use super::decide;
use story::Story;

/// Decides what a story tells, and compares with what is expected, line by line without indentation.
fn check(story: &str, expect: &str) {
    assert_eq!(lines(&told_of(story)), lines(expect), "\nof the story\n{story}");
}

fn told_of(story: &str) -> String {
    let story = Story::parse(story);
    match decide(&story.input()) {
        Ok(decided) => told::decided(&decided),
        Err(error) => format!("error: {error} [{}]", error.help()),
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
}
