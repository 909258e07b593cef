//! Setting single values in what was read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use flashinfra_stacks::json::Json;
use flashinfra_stacks::params::path::{ParameterPath, Step};

use super::Sources;
use super::set::{self, shape_at};
use super::tree::{Node, Origin, Tree};
use crate::problem::{Place, Problem};
use crate::program::{Kind, Parameter, Shape};

/// What the command line sets, in the order in which it holds.
pub(super) fn assignments(sources: &Sources<'_>, shape: &Shape) -> Result<Vec<(ParameterPath, Node)>, Problem> {
    let mut assignments = Vec::new();
    for argument in sources.set {
        for set::Assignment { path, value } in split("--set", argument)? {
            let origin = Origin::Argument(format!("--set {path}"));
            let node = set::typed(&value, shape_at(shape, &path.steps).as_ref(), &origin);
            assignments.push((path, node));
        }
    }
    for argument in sources.set_file {
        for set::Assignment { path, value } in split("--set-file", argument)? {
            let origin = Origin::Argument(format!("--set-file {path}"));
            let text = fs::read_to_string(Path::new(&value)).map_err(|error| {
                Problem::caused(format!("could not read {value} for parameter `{path}`"), &error)
                    .help("the path counts from the current directory, and the file holds UTF-8 text")
            })?;
            assignments.push((path, Node { tree: Tree::Scalar(Json::Text(text)), origin }));
        }
    }
    Ok(assignments)
}

/// Takes an argument apart. A malformed one is told without its value, which may be a secret.
fn split(option: &str, argument: &str) -> Result<Vec<set::Assignment>, Problem> {
    set::split(argument).map_err(|reason| {
        Problem::new(format!("could not read {option} {}: {reason}", set::without_value(argument)))
            .help(format!("write {option} nodes.max=5, {option} subnets[0].cidr=10.0.0.0/24"))
    })
}

/// Puts a value at a path. Lists and maps on the way that were not set begin with the stack's default.
pub(super) fn set(root: &mut Node, path: &ParameterPath, value: Node, shape: &Shape) -> Result<(), Problem> {
    let argument = match &value.origin {
        Origin::Argument(argument) => argument.clone(),
        Origin::File { .. } | Origin::Default => path.to_string(),
    };
    let mut target = &mut *root;
    let mut declared = Declared::Fields(&shape.fields);
    for (depth, step) in path.steps.iter().enumerate() {
        declared = declared.inside(step);
        let refuse = |reason: String| {
            let here = ParameterPath { steps: path.steps[..depth].to_vec() };
            Problem::new(format!("parameter `{here}` {reason}, so `{path}` cannot be set in it"))
                .at(Some(Place::argument(&argument)))
        };
        target = match (&mut target.tree, step) {
            (Tree::Table(entries), Step::Key(key)) => {
                entries.entry(key.clone()).or_insert_with(|| declared.begin(&value))
            }
            (Tree::List(items), Step::Index(index)) => {
                let count = items.len();
                if *index == count {
                    items.push(declared.begin(&value));
                }
                items.get_mut(*index).ok_or_else(|| refuse(format!("has {count} items")))?
            }
            (Tree::Table(_), Step::Index(_)) => return Err(refuse("is no list".to_owned())),
            (Tree::List(_), Step::Key(_)) => return Err(refuse("is a list".to_owned())),
            (Tree::Scalar(_), _) => return Err(refuse("is a single value".to_owned())),
        };
    }
    *target = value;
    replace_source(root, path, shape);
    Ok(())
}

/// A secret has one source: setting its variable takes back a file that was set before, and the other way round.
fn replace_source(root: &mut Node, path: &ParameterPath, shape: &Shape) {
    let Some((Step::Key(source), secret)) = path.steps.split_last() else { return };
    let other = match source.as_str() {
        "env" => "file",
        "file" => "env",
        _ => return,
    };
    if shape_at(shape, secret).is_none_or(|shape| shape.kind != Kind::Secret) {
        return;
    }
    let mut target = root;
    for step in secret {
        let inner = match (&mut target.tree, step) {
            (Tree::Table(entries), Step::Key(key)) => entries.get_mut(key),
            (Tree::List(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        };
        let Some(inner) = inner else { return };
        target = inner;
    }
    if let Tree::Table(entries) = &mut target.tree {
        entries.remove(other);
    }
}

/// What the stack declares at some path, as far as defaults go.
#[derive(Clone, Copy)]
enum Declared<'a> {
    /// Of a block: those of its fields.
    Fields(&'a [Parameter]),
    /// Of one parameter.
    Parameter(&'a Parameter),
    None,
}

impl<'a> Declared<'a> {
    fn inside(self, step: &Step) -> Self {
        let fields = match self {
            Self::Fields(fields) => fields,
            Self::Parameter(Parameter { shape: Shape { kind: Kind::Block, fields, .. }, .. }) => fields,
            Self::Parameter(_) | Self::None => return Self::None,
        };
        let Step::Key(key) = step else { return Self::None };
        fields.iter().find(|field: &&'a Parameter| field.name == *key).map_or(Self::None, Self::Parameter)
    }

    /// What to set the rest of a path in: the default list or map, since those are one value; else an empty table.
    fn begin(self, value: &Node) -> Node {
        let empty = Node { tree: Tree::Table(BTreeMap::new()), origin: value.origin.clone() };
        let Self::Parameter(parameter) = self else { return empty };
        match (parameter.shape.kind, &parameter.default) {
            (Kind::List | Kind::Map, Some(default)) => {
                Json::parse(&default.to_string()).map_or(empty, |json| Node::from_json(json, &Origin::Default))
            }
            (Kind::List, None) => Node { tree: Tree::List(Vec::new()), ..empty },
            _ => empty,
        }
    }
}
