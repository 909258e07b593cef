use std::collections::BTreeSet;

use super::{Params, Refusal, Shape, Source, all, key, named};
use crate::models::{models, operation, texts};
use crate::node::{Format, Node};
use crate::operation::eks::ROUTES;

fn service(name: &str) -> &str {
    name.split(':').next().unwrap()
}

/// The field of the reply that a path begins with, below the wrapper of the result.
fn has_output(name: &str, path: &str) {
    let outputs = texts(&operation(name)["outputs"]);
    assert!(outputs.contains(&path), "{name} answers {outputs:?}, not {path}");
}

fn has_inputs(name: &str, by: &[&str]) {
    let inputs = texts(&operation(name)["inputs"]);
    for param in by {
        let plain = param.strip_suffix(".N").unwrap_or(param);
        assert!(inputs.contains(&plain), "{name} takes {inputs:?}, not {param}");
    }
}

#[test]
fn operations_parameters_and_replies_are_those_of_the_models() {
    for kind in all() {
        for create in kind.creates.iter().filter(|create| !create.object.is_empty()) {
            has_output(create.operation, create.object);
        }
        for read in kind.reads {
            has_inputs(read.operation, read.by);
            match read.shape {
                Shape::List(path) | Shape::One(path) => has_output(read.operation, path),
                Shape::Nothing => {}
            }
        }
        for touch in kind.changes.iter().chain(kind.deletes) {
            has_inputs(touch.operation, touch.by);
            if !touch.object.is_empty() {
                has_output(touch.operation, touch.object);
            }
        }
    }
}

#[test]
fn refusals_have_the_codes_and_statuses_of_the_models() {
    // EC2's models tell no errors.
    for kind in all().filter(|kind| service(kind.name) != "ec2") {
        let errors = models()[service(kind.name)]["errors"].as_array().unwrap();
        for Refusal { status, code } in [Some(kind.absent), kind.taken, kind.busy].into_iter().flatten() {
            let known = errors.iter().any(|error| error[0] == code && error[1] == status);
            // The older JSON services leave the status out of their models: it is 400.
            let is_plain = matches!(service(kind.name), "kms" | "logs") && status == 400;
            assert!(known || is_plain, "{} does not answer {status} {code}", kind.name);
        }
    }
}

#[test]
fn states_are_words_of_the_models() {
    // RDS and ElastiCache have states that their models do not list.
    for kind in all().filter(|kind| matches!(service(kind.name), "ec2" | "eks")) {
        let words = texts(&models()[service(kind.name)]["words"]);
        let Some(states) = &kind.states else { continue };
        for word in [states.creating, states.updating, states.deleting, states.deleted] {
            assert!(word.is_empty() || words.contains(&word), "{} has no state {word}", kind.name);
        }
    }
}

#[test]
fn paths_of_eks_are_those_of_the_model() {
    let named: BTreeSet<&str> = ROUTES.iter().map(|(_, _, name)| *name).collect();
    assert_eq!(named.len(), ROUTES.len(), "no operation stands there twice");
    for (method, path, name) in ROUTES {
        let known = operation(&format!("eks:{name}"));
        assert_eq!((known["method"].as_str(), known["path"].as_str()), (Some(method), Some(path)), "{name}");
    }
}

#[test]
fn kinds_are_told_apart() {
    let names: BTreeSet<&str> = all().map(|kind| kind.name).collect();
    assert_eq!(names.len(), all().count());
}

#[test]
fn keys_are_read_from_objects_and_requests() {
    let object = Node::read(Format::Json, br#"{"name":"Blue","arn":"arn:aws:ec2:x:1:vpc/vpc-1"}"#).unwrap();
    let params: Params = [("cluster".to_owned(), "Shop".to_owned())].into();
    let sources = [Source::Param("cluster"), Source::Field("name")];
    assert_eq!(key(&sources, &object, "", &params).as_deref(), Some("shop/blue"));
    assert_eq!(key(&[Source::Tail("arn")], &object, "", &params).as_deref(), Some("vpc-1"));
    assert_eq!(key(&[Source::Field("missing")], &object, "", &params), None);
}

#[test]
fn requests_name_one_object_or_a_list() {
    let pairs = [("VpcId.1", "vpc-1"), ("VpcId.10", "vpc-2"), ("VpcId.x", "no"), ("name", "Shop"), ("group", "Blue")];
    let params: Params = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(named(&["VpcId.N"], &params), ["vpc-1", "vpc-2"]);
    assert_eq!(named(&["name", "group"], &params), ["shop/blue"]);
    assert!(named(&["name", "other"], &params).is_empty());
    assert!(named(&[], &params).is_empty());
}
