//! What must not be shown: values of secrets, and of names that no parameter has, since one of them may be a misspelt secret.

use std::ops::Range;

use flashinfra_stacks::json::Json;
use flashinfra_stacks::params::path::{ParameterPath, Step};

use super::tree::{Node, Origin, Tree};
use crate::program::{Kind, Shape};

/// The secrets that were given as a value.
pub(super) fn secrets_in_clear(root: &Node, shape: &Shape) -> Vec<ParameterPath> {
    let mut found = Vec::new();
    walk(root, Some(shape), &ParameterPath::ROOT, &mut |node, shape, path| {
        let is_secret = shape.is_some_and(|shape| shape.kind == Kind::Secret);
        let is_absent = shape.is_some_and(|shape| shape.optional) && node.to_json() == Json::Null;
        if is_secret && !is_absent && !matches!(node.tree, Tree::Table(_)) {
            found.push(path.clone());
        }
    });
    found
}

/// The text with stars for what must not be shown, byte for byte, so that places stay where they are.
pub(super) fn mask(text: &str, root: &Node, shape: &Shape) -> String {
    let mut hidden = Vec::new();
    // Names of variables and files may be shown, but what stands in their place is not always one.
    let mut secret: Option<ParameterPath> = None;
    walk(root, Some(shape), &ParameterPath::ROOT, &mut |node, shape, path| {
        if shape.is_some_and(|shape| shape.kind == Kind::Secret) {
            secret = Some(path.clone());
        }
        let in_secret = secret.as_ref().is_some_and(|secret| path.steps.starts_with(&secret.steps));
        match (&node.tree, &node.origin) {
            (Tree::Scalar(_), Origin::File { value, .. }) if shape.is_none() || in_secret => hidden.push(value.clone()),
            _ => {}
        }
    });
    stars(text, &hidden)
}

/// The same for a text that cannot be read: what stands behind the name of a secret, up to the next name.
pub(super) fn mask_lines(text: &str, shape: &Shape) -> String {
    let mut names = Vec::new();
    let any_name = secret_names(shape, &mut names);
    let mut hidden = Vec::new();
    let mut inside = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let name_end = line.find(['=', ':']).filter(|end| is_name(&line[..*end]));
        if let Some(end) = name_end {
            let name = line[..end].trim_matches(|character: char| " \t-\"'".contains(character));
            let last = name.rsplit('.').next().unwrap_or(name);
            inside = any_name || names.contains(&last);
        } else if line.trim_start().starts_with('[') {
            inside = false;
        }
        if inside {
            let value = name_end.map_or(0, |end| end + 1);
            hidden.push(start + value..start + line.len());
        }
        start += line.len();
    }
    stars(text, &hidden)
}

/// Whether what stands before an equals sign or a colon can be a key.
fn is_name(text: &str) -> bool {
    let name = text.trim();
    !name.is_empty() && name.chars().all(|character| character.is_alphanumeric() || "_-.\"' ".contains(character))
}

/// Collects the names of the secrets; true when a secret can have any name.
fn secret_names<'a>(shape: &'a Shape, names: &mut Vec<&'a str>) -> bool {
    let items = shape.items.as_deref();
    let mut any_name = items.is_some_and(|items| items.kind == Kind::Secret || secret_names(items, names));
    for field in &shape.fields {
        if field.shape.kind == Kind::Secret {
            names.push(&field.name);
        }
        any_name |= secret_names(&field.shape, names);
    }
    any_name
}

/// Visits every value with its shape, which is none where no parameter is.
fn walk(
    node: &Node,
    shape: Option<&Shape>,
    path: &ParameterPath,
    visit: &mut impl FnMut(&Node, Option<&Shape>, &ParameterPath),
) {
    visit(node, shape, path);
    let mut inside = |step: Step, inner: &Node| {
        let shape = shape.and_then(|shape| shape.inside(&step));
        walk(inner, shape.as_ref(), &path.then(step), visit);
    };
    match &node.tree {
        Tree::Scalar(_) => {}
        Tree::List(items) => items.iter().enumerate().for_each(|(index, item)| inside(Step::Index(index), item)),
        Tree::Table(entries) => entries.iter().for_each(|(key, entry)| inside(Step::Key(key.clone()), entry)),
    }
}

fn stars(text: &str, hidden: &[Range<usize>]) -> String {
    let is_hidden = |at: usize| hidden.iter().any(|range| range.contains(&at));
    text.char_indices().fold(String::with_capacity(text.len()), |mut out, (at, character)| {
        if is_hidden(at) && character != '\n' && character != '\r' {
            (0..character.len_utf8()).for_each(|_| out.push('*'));
        } else {
            out.push(character);
        }
        out
    })
}
