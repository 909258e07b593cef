//! What is wrong with a stack is told all at once, each with its place and what to do.

use std::collections::BTreeMap;

use flashinfra::{Computed, Input, Lifecycle, Problem, Secret, Stack, cidr};

use crate::kinds::{Hours, Marker, Network, NetworkHandle, NetworkId, Rule, Store, TestProvider, Window};

/// The problems of a definition, one text each, with places as lines from the definition's first.
fn problems(define: fn(&mut Stack)) -> Vec<String> {
    let mut stack = Stack::new("bad", "testing");
    define(&mut stack);
    let problems = stack.compile().expect_err("it has problems");
    for problem in &problems {
        let at = problem.at.as_deref().unwrap_or_default();
        assert!(at.starts_with("stacks/tests/it/problems.rs:"), "{problem}");
    }
    problems.into_iter().map(told).collect()
}

/// Message and help, without the lines that change with every edit of this file.
fn told(problem: Problem) -> String {
    let text = match problem.help {
        Some(help) => format!("{} / {help}", problem.message),
        None => problem.message,
    };
    let mut told = String::new();
    for (index, part) in text.split("stacks/tests/it/problems.rs:").enumerate() {
        let part = if index == 0 { part } else { part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':') };
        told.push_str(if index == 0 { "" } else { "HERE" });
        told.push_str(part);
    }
    told
}

fn network(stack: &mut Stack, name: &str) -> NetworkHandle {
    stack.add(name, Network::builder().range(cidr!("10.0.0.0/16")))
}

#[test]
fn bad_names_are_told_with_good_ones() {
    let told = problems(|stack| {
        stack.add("Main VPC", Marker::builder());
        stack.scope("a.b", |stack| stack.add("", Marker::builder()));
        stack.output("vpcId", 1);
        stack.provider("eu/west", TestProvider::builder().region("x"));
    });
    let rule = "lower-case letters, digits, `-` and `_`, a letter or digit first";
    assert_eq!(
        told,
        [
            format!("resource name: `Main VPC` is not a name / write `main-vpc`: {rule}"),
            format!("scope name: `a.b` is not a name / write `a-b`: {rule}"),
            format!("resource name: a name is empty / a name is made of {rule}"),
            format!("output name: `vpcId` is not a name / write `vpcid`: {rule}"),
            format!("provider name: `eu/west` is not a name / write `eu-west`: {rule}"),
        ]
    );
}

#[test]
fn the_stack_and_its_environment_have_names_too() {
    let problems = Stack::new("My Shop", "").compile().unwrap_err();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["stack name: `My Shop` is not a name", "environment name: a name is empty"]);
}

#[test]
fn what_is_declared_twice_is_told_with_both_places() {
    let told = problems(|stack| {
        stack.add("a", Marker::builder());
        stack.add("a", Marker::builder());
        for _ in 0..2 {
            stack.scope("net", |stack| network(stack, "main"));
        }
        stack.output("x", 1);
        stack.output("x", 2);
        stack.provider("test", TestProvider::builder().region("x"));
        stack.provider("test", TestProvider::builder().region("y"));
    });
    assert_eq!(
        told,
        [
            "provider `test` is configured twice / the first is at HERE",
            "test.marker/a is declared twice, first at HERE / give one of them another name",
            "test.network/net.main is declared twice, first at HERE / one line declares both: give each a name of its own, \
         or call the function in a scope of its own; scope `net` is opened at HERE",
            "output `x` is declared twice, first at HERE / give one of them another name",
        ]
    );
}

#[test]
fn what_is_set_twice_is_told_also_within_blocks() {
    let told = problems(|stack| {
        let range = cidr!("10.0.0.0/16");
        stack.add("a", Network::builder().range(range).is_public(true).is_public(false));
        let hours = Hours::builder().from(1).to(2).to(3);
        let window = Window::builder().day("sunday").hours([hours]);
        let store = Store::builder().name("s").networks([NetworkId::new("n")]).size(1).password(Secret::env("P"));
        stack.add("s", store.window(window));
    });
    assert_eq!(
        told,
        [
            "test.network/a sets `is_public` twice / keep one of the two",
            "test.store/s sets `window.hours.to` twice / keep one of the two",
        ]
    );
}

#[test]
fn a_handle_of_another_stack_is_told() {
    let told = problems(|stack| {
        let mut other = Stack::new("other", "testing");
        let (there, west) = (network(&mut other, "there"), other.provider("west", TestProvider::builder().region("w")));
        stack.add("here", Network::builder().range(cidr!("10.0.0.0/16")).peers([there.id()]).depends_on(&there));
        stack.add("west", Marker::builder().provider(&west));
        stack.output("id", there.id());
    });
    let help = "a handle is good in the stack that it was added to; take what another stack has as a parameter";
    assert_eq!(
        told,
        [
            "test.marker/west names provider `west`, which is not in this stack / use the handle that this stack's \
         `provider` returned"
                .to_owned(),
            format!("`peers` of test.network/here refers to test.network/there, which is not in this stack / {help}"),
            format!("test.network/here depends on test.network/there, which is not in this stack / {help}"),
            format!("output `id` refers to test.network/there, which is not in this stack / {help}"),
        ]
    );
}

#[test]
fn a_provider_of_another_type_is_told() {
    let told = problems(|stack| {
        let other = stack.provider("elsewhere", Elsewhere::builder());
        stack.add("a", Marker::builder().provider(&other));
    });
    assert_eq!(
        told,
        ["test.marker/a needs a provider of type `test`, and `elsewhere` is of type `elsewhere` / pass the \
                       handle of a provider of its own cloud"]
    );
}

/// Another provider.
#[derive(flashinfra::Provider)]
#[provider(name = "elsewhere")]
struct Elsewhere {}

#[test]
fn a_lifecycle_that_makes_no_sense_is_told() {
    let told = problems(|stack| {
        let add = |stack: &mut Stack, name: &str, lifecycle| {
            stack.add(name, Network::builder().range(cidr!("10.0.0.0/16")).lifecycle(lifecycle));
        };
        add(stack, "a", Lifecycle::new().ignore(["tgas", "tags.Any.Thing", "is_public"]));
        add(stack, "b", Lifecycle::new().moved_from("network/b"));
        add(stack, "c", Lifecycle::new().moved_from("test.marker/c"));
        add(stack, "d", Lifecycle::new().moved_from("test.network/a"));
        let store = Store::builder().name("s").networks([NetworkId::new("n")]).size(1).password(Secret::env("P"));
        let ignored = ["rules.0.zone", "rules.0.protocol", "window.hours.1.form", "window.day", "settings.x.y"];
        stack.add("s", store.lifecycle(Lifecycle::new().ignore(ignored)));
    });
    assert_eq!(
        told,
        [
            "test.network/a ignores `tgas`, but there is no attribute `tgas` / did you mean `tags`?",
            "test.network/b is moved from a bad address: `network` is not a kind: write `provider.resource`, as in `aws.vpc`",
            "test.network/c cannot be moved from test.marker/c: an object stays what it is / name an address of kind \
         test.network",
            "test.network/d is moved from test.network/a, which is still declared / remove the old declaration, or this \
         `moved_from`",
            "test.store/s ignores `rules.0.zone`, but there is no attribute `zone` / `flashinfra explain test.store` lists \
         the attributes",
            "test.store/s ignores `window.hours.1.form`, but there is no attribute `form` / did you mean `from`?",
        ]
    );
}

#[test]
fn two_resources_that_are_moved_from_one_address_are_told() {
    let told = problems(|stack| {
        for name in ["a", "b"] {
            stack.add(name, Marker::builder().lifecycle(Lifecycle::new().moved_from("test.marker/old")));
        }
    });
    assert_eq!(
        told,
        ["test.marker/a and test.marker/b are both moved from test.marker/old / one object cannot become two: \
                       keep one of the two `moved_from`"]
    );
}

#[test]
fn two_definitions_of_a_kind_are_told() {
    let told = problems(|stack| {
        stack.add("a", Marker::builder());
        stack.add("b", OtherMarker::builder());
        stack.add("c", SameMarker::builder());
    });
    assert_eq!(
        told,
        ["test.marker/a and test.marker/b are of two definitions of test.marker / use one of the two; the \
                       other was used at HERE"]
    );
}

/// A marker that some other library defines.
#[derive(flashinfra::Resource)]
#[resource(kind = "test.marker", stateful)]
struct OtherMarker {
    name: Option<Input<String>>,
}

/// Something without attributes that others could set.
#[derive(flashinfra::Resource)]
#[resource(kind = "test.marker")]
struct SameMarker {
    id: Computed<String>,
}

#[test]
fn a_required_list_without_entries_is_told() {
    let told = problems(|stack| {
        let store = Store::builder().name("s").networks(Vec::<NetworkId>::new()).size(1).password(Secret::env("P"));
        stack.add("s", store.rules(Vec::<Rule>::new().into_iter().map(|_| Rule::builder().port(1))));
    });
    assert_eq!(told, ["`networks` of test.store/s is empty, and it is required / give it at least one entry"]);
}

#[test]
fn raw_values_that_cannot_be_set_are_told() {
    let told = problems(|stack| {
        stack.add(
            "s",
            Store::builder()
                .name("s")
                .networks([NetworkId::new("n")])
                .size(1)
                .password(Secret::env("P"))
                .rules([Rule::builder().port(1)])
                .raw("a", "{")
                .raw("b", "1.5")
                .raw("name", "\"t\"")
                .raw("name.first", "1")
                .raw("password", "\"clear\"")
                .raw("users.app.password", "\"clear\"")
                .raw("address", "\"1.2.3.4\"")
                .raw("rules.1.port", "2")
                .raw("rules.0", "2")
                .raw("x..y", "2")
                .raw("unmodelled.password", "\"of no attribute\""),
        );
    });
    assert_eq!(
        told,
        [
            "raw `a` of test.store/s: its value is not JSON: a key in double quotes is expected (line 1, column 2)",
            "raw `address` of test.store/s: only the provider sets `address`",
            "raw `b` of test.store/s: 1.5 is not a whole number of 64 bits; write it as text if the provider takes that",
            "raw `name` of test.store/s: it is set already; keep one of the two",
            "raw `name.first` of test.store/s: `name` is neither a block nor a map, so there is nothing inside it",
            "raw `password` of test.store/s: `password` is a secret, which only its setter takes",
            "raw `rules.0` of test.store/s: it is set already; keep one of the two",
            "raw `rules.1.port` of test.store/s: `rules` is a list of 1, and `1` is none of its entries",
            "raw `users.app.password` of test.store/s: `password` is a secret, which only its setter takes",
            "raw `x..y` of test.store/s: a path is made of names and numbers with dots between, as in \
         `metadata_options.http_tokens`",
        ]
    );
}

#[test]
fn secrets_without_a_source_are_told() {
    let told = problems(|stack| {
        let secrets = BTreeMap::from([("a", Secret::env("A=B")), ("b", Secret::file(""))]);
        let store = Store::builder().name("s").networks([NetworkId::new("n")]).size(1).password(Secret::env(""));
        stack.add("s", store.variables(secrets));
    });
    let help = "name a variable, as in `Secret::env(\"DB_PASSWORD\")`";
    assert_eq!(
        told,
        [
            format!("`password` of test.store/s comes from an environment variable that cannot exist: `` / {help}"),
            format!("`variables` of test.store/s comes from an environment variable that cannot exist: `A=B` / {help}"),
            "`variables` of test.store/s comes from a file without a path".to_owned(),
        ]
    );
}

#[test]
fn a_definition_can_tell_problems_of_its_own() {
    let told = problems(|stack| {
        stack.problem("at least two zones are needed");
        stack.problem(Problem::new("too many nodes").help("set fewer").parameter("nodes.max"));
    });
    assert_eq!(told, ["at least two zones are needed", "too many nodes / set fewer"]);
}
