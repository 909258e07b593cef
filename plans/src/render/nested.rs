//! What differs inside values: maps by key, lists by entry, JSON texts by what they hold, long texts by line.

use super::text::{length, visible};
use super::values::{inline, opened};
use crate::value::{Map, Value};

/// A difference that is not taken apart any further.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    /// One value in place of another.
    Value(Option<Value>, Option<Value>),
    /// Entries or lines that went and came, in their order.
    Edits(Vec<Edit>),
}

/// A line of a difference.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Edit {
    /// It goes.
    Removed(String),
    /// It comes.
    Added(String),
    /// So many stay the same in between.
    Same(usize),
}

/// What of an entry fits on a line beside its name.
const ENTRY_MAX: usize = 48;
/// Longer lists and texts are shown as a whole: comparing them takes the product of their lengths.
const COMPARED_MAX: usize = 300;

/// Takes a difference apart and calls `found` with each path and what differs there.
pub(super) fn each(path: &str, before: &Value, after: &Value, found: &mut dyn FnMut(String, Leaf)) {
    let (opened_before, opened_after) = (opened(before), opened(after));
    match (opened_before.as_ref().unwrap_or(before), opened_after.as_ref().unwrap_or(after)) {
        (Value::Map(before), Value::Map(after)) if !before.is_empty() && !after.is_empty() => {
            each_key(path, before, after, found);
        }
        (Value::List(before), Value::List(after)) if is_worth_opening(before, after) => {
            each_entry(path, before, after, found);
        }
        (Value::Text(before), Value::Text(after)) if before.contains('\n') || after.contains('\n') => {
            let lines = |text: &str| text.lines().map(visible).collect::<Vec<_>>();
            found(path.into(), Leaf::Edits(edits(&lines(before), &lines(after))));
        }
        _ => found(path.into(), Leaf::Value(Some(before.clone()), Some(after.clone()))),
    }
}

fn each_key(path: &str, before: &Map, after: &Map, found: &mut dyn FnMut(String, Leaf)) {
    let mut keys: Vec<_> = before.iter().chain(after).map(|(key, _)| key).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let path = format!("{path}.{}", visible(key));
        match (before.get(key), after.get(key)) {
            (Some(before), Some(after)) if before == after => {}
            (Some(before), Some(after)) => each(&path, before, after, found),
            (before, after) => found(path, Leaf::Value(before.cloned(), after.cloned())),
        }
    }
}

/// Entries that fit on a line go and come as a whole; of longer ones, what stands in the same place is compared.
fn each_entry(path: &str, before: &[Value], after: &[Value], found: &mut dyn FnMut(String, Leaf)) {
    let lines = |entries: &[Value]| entries.iter().map(inline).collect::<Vec<_>>();
    let (old, new) = (lines(before), lines(after));
    if old.iter().chain(&new).all(|line| length(line) <= ENTRY_MAX) {
        return found(path.into(), Leaf::Edits(edits(&old, &new)));
    }
    let (mut removed, mut added) = (Vec::new(), Vec::new());
    for step in script(&old, &new).into_iter().chain([Step::Same]) {
        match step {
            Step::Removed(index) => removed.push(index),
            Step::Added(index) => added.push(index),
            Step::Same => {
                let pairs = removed.len().min(added.len());
                for (&from, &to) in removed.iter().zip(&added) {
                    each(&format!("{path}[{to}]"), &before[from], &after[to], found);
                }
                for &from in &removed[pairs..] {
                    found(format!("{path}[{from}]"), Leaf::Edits(vec![Edit::Removed(old[from].clone())]));
                }
                for &to in &added[pairs..] {
                    found(format!("{path}[{to}]"), Leaf::Edits(vec![Edit::Added(new[to].clone())]));
                }
                removed.clear();
                added.clear();
            }
        }
    }
}

/// Lists that are short on both sides read best as a whole.
fn is_worth_opening(before: &[Value], after: &[Value]) -> bool {
    let is_plain = |value: &Value| !matches!(value, Value::List(_) | Value::Map(_));
    let takes = |entries: &[Value]| entries.iter().map(|entry| length(&inline(entry)) + 2).sum::<usize>();
    takes(before) + takes(after) > ENTRY_MAX || !before.iter().chain(after).all(is_plain)
}

/// The shortest way from one list of lines to another.
pub(super) fn edits(before: &[String], after: &[String]) -> Vec<Edit> {
    let mut edits = Vec::new();
    for step in script(before, after) {
        match (step, edits.last_mut()) {
            (Step::Removed(index), _) => edits.push(Edit::Removed(before[index].clone())),
            (Step::Added(index), _) => edits.push(Edit::Added(after[index].clone())),
            (Step::Same, Some(Edit::Same(count))) => *count += 1,
            (Step::Same, _) => edits.push(Edit::Same(1)),
        }
    }
    edits
}

/// A step on that way, by the places of lines.
enum Step {
    Removed(usize),
    Added(usize),
    Same,
}

/// By the longest common subsequence of what is left when the common start and end are set aside.
fn script(before: &[String], after: &[String]) -> Vec<Step> {
    let start = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let end = before[start..].iter().rev().zip(after[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&before[start..before.len() - end], &after[start..after.len() - end]);
    let is_long = old.len().max(new.len()) > COMPARED_MAX;
    let common = if is_long { Vec::new() } else { common(old, new) };

    let mut steps: Vec<Step> = (0..start).map(|_| Step::Same).collect();
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        if !is_long && i < old.len() && j < new.len() && old[i] == new[j] {
            steps.push(Step::Same);
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || is_long || common[i + 1][j] >= common[i][j + 1]) {
            steps.push(Step::Removed(start + i));
            i += 1;
        } else {
            steps.push(Step::Added(start + j));
            j += 1;
        }
    }
    steps.extend((0..end).map(|_| Step::Same));
    steps
}

/// How many lines the ends from each pair of places on have in common.
fn common(old: &[String], new: &[String]) -> Vec<Vec<u16>> {
    let mut common = vec![vec![0_u16; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    common
}
