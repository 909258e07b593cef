//! Random stacks that live through random changes: after each plan is applied, the next one is empty.

use std::collections::BTreeSet;

use super::super::{PlanError, decide, plan};
use super::cloud::apply;
use super::story::{Story, address, value};
use super::told;
use crate::compiled::{Declared, DeclaredOutput, Lifecycle};
use crate::live::{Live, Object, Phase};
use crate::plan::{Mode, Plan};
use crate::samples::{Random, for_seeds};
use crate::value::{Address, Map, Name, Value};
use crate::{check, file};

const SEEDS: u64 = 60;
const ROUNDS: usize = 6;

/// An attribute and its values; an empty one is unset.
type Choice = (&'static str, &'static [&'static str]);

/// The attributes of each kind with values to choose from; `@` stands for a reference to an earlier resource.
const CHOICES: [(&str, &[Choice]); 7] = [
    (
        "t.vpc",
        &[
            ("range", &[r#""10.0.0.0/16""#, r#""10.1.0.0/16""#]),
            ("dns", &["", "true", "false"]),
            ("name", &["", r#""n""#, r#""m""#]),
            ("tags", &["", "{}", r#"{"a":"1"}"#, r#"{"a":"2","b":"1"}"#, r#"{"a.b/c":"@"}"#]),
            ("labels", &["", r#"{"x":"1"}"#, r#"{"x":"1","y":"2"}"#, r#"{"x":"1","s":{"$secret":{"env":"S"}}}"#]),
        ],
    ),
    (
        "t.subnet",
        &[
            ("vpc", &["@"]),
            ("range", &["", r#""10.0.1.0/24""#]),
            ("zone", &["", r#""z-1""#, r#""z-2""#]),
            ("public", &["", "true", "false"]),
            ("url", &["", "@", r#"{"$text":["x-",@]}"#, r#"{"$secret":{"text":["p:",@]}}"#]),
        ],
    ),
    (
        "t.group",
        &[
            ("vpc", &["", "@"]),
            (
                "rules",
                &[
                    "",
                    "[]",
                    r#"[{"port":443,"ranges":["10.0.0.0/8"]}]"#,
                    r#"[{"port":443,"ranges":["10.0.0.0/8"],"source":@},{"port":80}]"#,
                    r#"[{"port":80,"token":{"$secret":{"env":"T"}}}]"#,
                    r#"[{"port":80,"token":{"$secret":{"env":"T","version":2}}}]"#,
                ],
            ),
            ("policies", &["", r#"["a","b"]"#, r#"["b"]"#, r#"["b",@]"#]),
        ],
    ),
    (
        "t.db",
        &[
            ("name", &["NAME", "NAME", "OTHER"]),
            ("size", &["", "10", "20"]),
            ("version", &["", r#""15""#, r#""16""#]),
            ("engine", &["", r#""Postgres""#, r#""MySQL""#]),
            ("password", &["", r#"{"$secret":{"env":"P"}}"#, r#"{"$secret":{"env":"P","version":2}}"#]),
            ("seed", &["", r#""a""#, r#""b""#]),
            ("replicas", &["", "1", "2"]),
            ("guard", &["", "true", "false"]),
            ("final", &["", r#""last""#]),
            ("networks", &["", r#"["x","y"]"#, "[@]"]),
            ("port", &["", "1", "5432"]),
            ("pin", &["", r#""1""#, r#""2""#]),
        ],
    ),
    (
        "t.cluster",
        &[
            ("name", &["NAME"]),
            ("encrypted", &["", "true", "false"]),
            (
                "scaling",
                &["", "{}", r#"{"min":1,"max":5,"now":2}"#, r#"{"min":2,"now":1}"#, r#"{"kind":"a","role":@}"#],
            ),
            ("groups", &["", r#"{"a":{"size":1}}"#, r#"{"a":{"size":2},"b":{}}"#]),
            ("extra", &["", r#"{"a":[1,{"b":null}]}"#, "[@]"]),
        ],
    ),
    (
        "t.app",
        &[
            ("name", &["NAME"]),
            (
                "spec",
                &[
                    "",
                    r#"{"wait":"1h","containers":[{"name":"a","image":@}]}"#,
                    r#"{"wait":"60m","containers":[{"name":"a","limits":{"cpu":"1"}},{"name":"b","ports":[{"port":1}]}]}"#,
                    r#"{"selector":{"a":"1"},"finalizers":["x"],"containers":[{"name":@}],"rules":[{"to":1},{"to":@}]}"#,
                    r#"{"selector":{"a":"2"},"replicas":2,"finalizers":["x","y"],"rules":[{"to":1}],"extra":{}}"#,
                ],
            ),
        ],
    ),
    ("t.node", &[("cluster", &["@"]), ("size", &["", "1", "2"]), ("join", &["", "@"])]),
];

/// Changes that somebody makes behind our back.
const DRIFTS: [(&str, &str); 9] = [
    ("dns", "true"),
    ("tags", r#"{"a":"9","theirs":"1"}"#),
    ("labels", r#"{"theirs":"1"}"#),
    ("rules", r#"[{"port":22,"ranges":["0.0.0.0/0"]}]"#),
    ("policies", r#"["theirs","b"]"#),
    ("replicas", "7"),
    ("size", "15"),
    ("scaling", r#"{"min":9,"max":9,"now":9}"#),
    (
        "spec",
        r#"{"replicas":9,"wait":"2h","containers":[{"name":"theirs"},{"name":"a","image":"theirs","pull":true}]}"#,
    ),
];

/// What a reference to a kind leads to.
fn target(random: &mut Random, address: &Address) -> String {
    let paths: &[&str] = match address.kind() {
        "t.vpc" => &["id", "arn", "range"],
        "t.db" => &["name", "endpoint", "arn", "seed", "version"],
        "t.cluster" => &["name", "endpoint", "scaling.now"],
        _ => &["id"],
    };
    format!("@{address}#{}", random.pick(paths))
}

fn resource(random: &mut Random, number: usize, earlier: &[Address]) -> Declared {
    let number_of_kind = if earlier.is_empty() { 0 } else { random.below(CHOICES.len()) };
    let (kind, attributes) = CHOICES[number_of_kind];
    let address = address(&format!("{kind}/r{number}"));
    declared(random, address, attributes, earlier)
}

fn declared(random: &mut Random, address: Address, choices: &[Choice], earlier: &[Address]) -> Declared {
    let mut attributes = Map::default();
    for (name, values) in choices {
        let mut text = random.pick(values).replace("NAME", &format!("\"{}\"", address.name()));
        text = text.replace("OTHER", &format!("\"{}-other\"", address.name()));
        if text.contains('@') && earlier.is_empty() {
            continue;
        }
        if text.contains('@') {
            // A text cannot be put together with what is not there.
            let mut found = target(random, &random.clone().pick(earlier).clone());
            while text.contains("$text")
                && ["#seed", "#version", "#scaling.now"].iter().any(|path| found.ends_with(path))
            {
                found = target(random, &random.clone().pick(earlier).clone());
            }
            text = text.replace("\"@\"", "@").replace('@', &found);
        }
        if !text.is_empty() {
            attributes = attributes.with(*name, value(&text));
        }
    }
    let mut lifecycle = Lifecycle { create_before_delete: random.one_in(6), ..Lifecycle::default() };
    if random.one_in(4) {
        lifecycle.ignore.push(Name::from(random.pick(choices).0));
    }
    lifecycle.protect = [None, Some(true), Some(false)][random.below(3)];
    lifecycle.retain = random.one_in(12);
    let depends_on =
        if random.one_in(5) && !earlier.is_empty() { vec![random.pick(earlier).clone()] } else { Vec::new() };
    let at = Some(format!("stack.rs:{}", random.below(99)).into());
    Declared { address, provider: "t".into(), attributes, lifecycle, depends_on, raw: Vec::new(), at }
}

/// Another version of the stack: some resources go, some come, some change, some get another address.
fn revise(random: &mut Random, story: &mut Story, number: &mut usize) {
    let mut resources: Vec<Declared> = Vec::new();
    let mut renamed: Vec<(Address, Address)> = Vec::new();
    let mut taken: BTreeSet<Address> = BTreeSet::new();
    let before = std::mem::take(&mut story.compiled.resources);
    for mut old in before {
        let earlier: Vec<Address> = resources.iter().map(|resource| resource.address.clone()).collect();
        if random.one_in(6) {
            continue;
        }
        let choices = CHOICES.iter().find(|(kind, _)| *kind == old.address.kind()).unwrap().1;
        if random.one_in(3) || !refers_only_to(&old, &earlier) {
            old = declared(random, old.address.clone(), choices, &earlier);
        }
        if random.one_in(8) && story.ledger.rows.contains_key(&old.address) && refers_only_to(&old, &earlier) {
            let new = address(&format!("{}/moved{number}", old.address.kind()));
            *number += 1;
            old.lifecycle.moved_from.push(old.address.clone());
            renamed.push((old.address.clone(), new.clone()));
            old.address = new;
        }
        if refers_only_to(&old, &earlier) && taken.insert(old.address.clone()) {
            resources.push(old);
        }
    }
    while resources.len() < 3 + random.below(8) {
        let earlier: Vec<Address> = resources.iter().map(|resource| resource.address.clone()).collect();
        resources.push(resource(random, *number, &earlier));
        *number += 1;
    }
    story.compiled.outputs.clear();
    if random.one_in(2) {
        let to = random.pick(&resources).address.clone();
        let value = value(&target(random, &to));
        story.compiled.outputs.push(DeclaredOutput { name: "out".into(), value, doc: "".into(), at: None });
    }
    story.compiled.resources = resources;
}

fn refers_only_to(declared: &Declared, earlier: &[Address]) -> bool {
    super::story::dependencies(declared).iter().all(|address| earlier.contains(address))
}

/// What happens behind our back.
fn disturb(random: &mut Random, story: &mut Story) {
    let current: Vec<Address> = story.observed.current.keys().cloned().collect();
    for address in current {
        let schema = story.compiled.schemas[address.kind()].clone();
        let Some(live) = story.observed.current.get_mut(&address) else { continue };
        let Live::Present(object) = live else { continue };
        match random.below(12) {
            0 => *live = Live::Absent,
            1 => object.phase = Phase::Failed,
            2..6 => {
                let (name, text) = *random.pick(&DRIFTS);
                if schema.attribute(name).is_some() {
                    object.attributes = object.attributes.clone().with(name, value(text));
                }
            }
            6 => remove_one(random, object),
            _ => {}
        }
    }
    for row in story.ledger.rows.values_mut().filter(|_| random.one_in(15)) {
        row.recovered = true;
        row.applied = Map::default();
    }
}

fn remove_one(random: &mut Random, object: &mut Object) {
    let names: Vec<Name> = object.attributes.iter().map(|(name, _)| name.clone()).collect();
    if let Some(name) =
        names.get(random.below(names.len())).filter(|name| !["id", "arn", "endpoint"].contains(&name.as_str()))
    {
        object.attributes = object.attributes.clone().without(name);
    }
}

/// A plan that everything is allowed in; none when the stack asks for what cannot be.
fn plan_of(story: &mut Story) -> Option<Plan> {
    let rows = story.ledger.rows.keys();
    let declared = story.compiled.resources.iter().map(|resource| &resource.address);
    story.options.allow_destroy = rows.chain(declared).cloned().collect();
    story.options.allow_recreate = true;
    match plan(story.input()) {
        Ok(plan) => Some(plan),
        Err(PlanError::CreateBeforeDelete { .. } | PlanError::SameName { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

fn check_plan(story: &Story, plan: &Plan) {
    let mut violations = check::check(plan);
    violations.extend(check::against(plan, &story.ledger));
    let told = || told::decided(&decide(&story.input()).unwrap());
    assert!(violations.is_empty(), "{violations:#?}\n{}\n{:#?}", told(), plan.steps);
    let again = super::super::plan(story.input()).unwrap();
    assert_eq!(file::write(plan), file::write(&again), "the same input gives the same bytes");
}

#[test]
fn after_a_plan_is_applied_the_next_one_is_empty() {
    for_seeds(SEEDS, |random| {
        let mut story = Story::empty();
        let mut number = 0;
        for _ in 0..ROUNDS {
            revise(random, &mut story, &mut number);
            disturb(random, &mut story);
            story.options.mode =
                [Mode::Apply, Mode::Apply, Mode::Apply, Mode::RefreshOnly, Mode::Destroy][random.below(5)];
            let Some(plan) = plan_of(&mut story) else { continue };
            check_plan(&story, &plan);
            if !plan.refusals.is_empty() {
                // A row that could move and one that is there already, say: nothing is applied.
                continue;
            }
            let before = told::decided(&decide(&story.input()).unwrap());
            apply(&mut story, &plan);
            let again = plan_of(&mut story).unwrap();
            let told = told::decided(&decide(&story.input()).unwrap());
            assert!(again.is_empty() && again.changes.is_empty(), "after\n{before}\nthere is left\n{told}");
            assert!(
                again.drift.iter().all(crate::plan::Drift::is_left_alone),
                "after\n{before}\ndrift is left\n{told}"
            );
        }
    });
}

#[test]
fn the_order_of_declarations_does_not_matter() {
    for_seeds(SEEDS, |random| {
        let mut story = Story::empty();
        revise(random, &mut story, &mut 0);
        let Some(first) = plan_of(&mut story) else { return };
        random.shuffle(&mut story.compiled.resources);
        let second = plan_of(&mut story).unwrap();
        let bytes = |plan: Plan| file::write(&Plan { basis: first.basis.clone(), ..plan });
        assert_eq!(bytes(second), bytes(first.clone()));
    });
}

#[test]
fn an_empty_plan_is_empty_whatever_is_targeted() {
    for_seeds(SEEDS / 4, |random| {
        let mut story = Story::empty();
        revise(random, &mut story, &mut 0);
        let Some(plan) = plan_of(&mut story) else { return };
        apply(&mut story, &plan);
        let addresses: Vec<Address> = story.ledger.rows.keys().cloned().collect();
        story.options.targets = vec![random.pick(&addresses).clone()];
        story.options.excludes = vec![random.pick(&addresses).clone()];
        assert!(plan_of(&mut story).unwrap().is_empty());
    });
}

#[test]
fn what_is_left_out_or_cannot_be_read_is_not_touched_and_nothing_it_needs_is_deleted() {
    for_seeds(SEEDS, |random| {
        let mut story = Story::empty();
        let mut number = 0;
        revise(random, &mut story, &mut number);
        let Some(plan) = plan_of(&mut story) else { return };
        apply(&mut story, &plan);
        revise(random, &mut story, &mut number);
        let rows: Vec<Address> = story.ledger.rows.keys().cloned().collect();
        let kept = random.pick(&rows).clone();
        story.options.allow_partial = true;
        let reads = story.observed.clone();
        for is_excluded in [true, false] {
            story.observed = reads.clone();
            story.options.excludes.clear();
            if is_excluded {
                let moved =
                    story.compiled.resources.iter().find(|resource| resource.lifecycle.moved_from.contains(&kept));
                story.options.excludes.push(moved.map_or(&kept, |resource| &resource.address).clone());
            } else {
                story.observed.current.insert(kept.clone(), Live::Unreadable { reason: "no".into() });
            }
            let Some(plan) = plan_of(&mut story) else { return };
            check_plan(&story, &plan);
            let needed = &story.ledger.rows[&kept].depends_on;
            for step in &plan.steps {
                assert_ne!(step.address, kept);
                let deletes = matches!(step.act, crate::plan::Act::Delete);
                assert!(
                    !deletes || !needed.contains(&step.address),
                    "{} is deleted, and {kept} needs it",
                    step.address
                );
            }
        }
    });
}

/// Values of tests are what they seem.
#[test]
fn the_choices_are_values() {
    for text in CHOICES.iter().flat_map(|(_, attributes)| *attributes).flat_map(|(_, values)| *values) {
        if !text.is_empty() && !text.contains('@') && !["NAME", "OTHER"].contains(text) {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
        }
    }
}
