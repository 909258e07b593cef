use std::collections::BTreeMap;

use super::{answer, unanswered};
use crate::compiled::{self, CompiledStack, digest};
use crate::decide::{self, Input, PlanError};
use crate::ledger::Ledger;
use crate::live::{Live, Object, Observed, Phase, Place};
use crate::plan::{Options, Plan};
use crate::value::{Address, Name};
use crate::{check, file, questions, render};

const SCHEMAS: &str = r#"{"kind":"t.zones","version":1,"attributes":[{"name":"region"},
        {"name":"names","shape":{"container":"list"},"set_by":"provider"},{"name":"note","set_by":"provider"}]},
    {"kind":"t.box","version":1,"attributes":[{"name":"zone"},{"name":"url"},{"name":"peer"},
        {"name":"zones","shape":{"container":"set"}},{"name":"id","set_by":"provider"}]}"#;

/// A stack with two lookups and these resources and outputs.
fn stack(lookups: &str, resources: &str) -> CompiledStack {
    let text = format!(
        r#"{{"format":2,"stack":"shop","environment":"test","providers":{{"t":{{"type":"t"}}}},"schemas":[{SCHEMAS}],
            "lookups":[{lookups}],"resources":[{resources}],"outputs":[]}}"#
    );
    compiled::read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

const ZONES: &str = r#"{"address":"t.zones/all","provider":"t","attributes":{"region":"mars"},"at":"a.rs:1:1"}"#;

fn resource(name: &str, attributes: &str) -> String {
    format!(r#"{{"address":"t.box/{name}","provider":"t","attributes":{attributes},"at":"a.rs:9:9"}}"#)
}

fn zones(answer: &str) -> BTreeMap<Address, Live> {
    let attributes = serde_json::from_str(answer).unwrap();
    let (unverified, owner, managed_by) = (Vec::new(), None, None);
    let object = Object { id: "mars".into(), phase: Phase::Ready, attributes, unverified, owner, managed_by };
    [(address("t.zones/all"), Live::Present(object))].into()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

/// The attributes of the resources once the zones are a and b, or what is wrong.
fn check(resources: &[String], expected: &[&str]) {
    let stack = stack(ZONES, &resources.join(","));
    let known = answer(&stack, &zones(r#"{"names":["mars-a","mars-b"]}"#));
    let told = match &known {
        Ok(known) => known.stack.resources.iter().map(|resource| resource.attributes.to_json()).collect(),
        Err(error) => vec![format!("{error} ({})", error.at().map(Name::as_str).unwrap_or_default())],
    };
    assert_eq!(told, expected);
}

#[test]
fn answers_are_values_like_any_others() {
    let names = r#"{"$ref":["t.zones/all","names"]}"#;
    check(
        &[
            resource("a", &format!(r#"{{"zone":{{"$pick":[{names},"1"]}},"zones":{names}}}"#)),
            resource("b", &format!(r#"{{"url":{{"$text":["in-",{{"$join":["+",{names}]}}]}},"zone":"x"}}"#)),
            resource("c", r#"{"peer":{"$ref":["t.box/a","id"]}}"#),
        ],
        &[
            r#"{"zone":"mars-b","zones":["mars-a","mars-b"]}"#,
            r#"{"url":"in-mars-a+mars-b","zone":"x"}"#,
            r#"{"peer":{"$ref":["t.box/a","id"]}}"#,
        ],
    );
}

#[test]
fn what_is_not_in_an_answer_is_told_with_what_is() {
    let part = |index: u8| format!(r#"{{"$pick":[{{"$ref":["t.zones/all","names"]}},"{index}"]}}"#);
    let told =
        "takes a part of `names` of the lookup `t.zones/all` that is not there: the answer is [\"mars-a\",\"mars-b\"]";
    check(
        &[resource("a", &format!(r#"{{"zone":{}}}"#, part(2)))],
        &[&format!("`zone` of `t.box/a` {told} (a.rs:9:9)")],
    );
    check(
        &[resource("a", &format!(r#"{{"zones":["x",{}]}}"#, part(7)))],
        &[&format!("`zones` of `t.box/a` {told} (a.rs:9:9)")],
    );
    check(
        &[resource("a", r#"{"url":{"$text":["x-",{"$ref":["t.zones/all","note"]}]}}"#)],
        &["`url` of `t.box/a` takes a part of `note` of the lookup `t.zones/all` that is not there (a.rs:9:9)"],
    );
    check(
        &[resource("a", r#"{"zone":{"$ref":["t.zones/all","nmaes"]}}"#)],
        &["`t.zones/all` has no attribute `nmaes`, which `t.box/a` refers to (a.rs:9:9)"],
    );
}

#[test]
fn lookups_without_an_answer_are_told_together() {
    let more = r#"{"address":"t.zones/none","provider":"t","attributes":{},"at":"a.rs:2:1"}"#;
    let stack = stack(&format!("{ZONES},{more}"), "");
    let denied = Live::Unreadable { reason: "AccessDenied: no (request 1)".into() };
    let lives = [(address("t.zones/all"), denied), (address("t.zones/none"), Live::Absent)].into();
    let error = answer(&stack, &lives).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the lookup `t.zones/all` has no answer, asked for {\"region\":\"mars\"}: AccessDenied: no (request 1)\n\
         the lookup `t.zones/none` found nothing, at a.rs:2:1"
    );
    assert_eq!(
        (error.at().map(Name::as_str), error.help()),
        (Some("a.rs:1:1"), "mend what the reason says, and plan again".into())
    );
}

#[test]
fn a_lookup_asks_what_is_known_before_anything_is_read() {
    let lookup = |attributes: &str| format!(r#"{{"address":"t.zones/all","provider":"t","attributes":{attributes}}}"#);
    let refused = |lookups: &str, resources: &str| unanswered(&stack(lookups, resources)).unwrap_err();
    let a = resource("a", "{}");
    let later = refused(&lookup(r#"{"region":{"$ref":["t.box/a","id"]}}"#), &a);
    assert!(matches!(later, PlanError::LookupNotKnown { .. }), "{later}");
    assert!(matches!(refused(&lookup(r#"{"names":[]}"#), &a), PlanError::SetByProvider { .. }));
    assert!(matches!(refused(&lookup(r#"{"size":1}"#), &a), PlanError::UnknownAttribute { .. }));
    assert!(matches!(refused(&format!("{ZONES},{ZONES}"), &a), PlanError::LookupTwice { .. }));
    let elsewhere = r#"{"address":"t.zones/all","provider":"other","attributes":{}}"#;
    assert!(matches!(refused(elsewhere, &a), PlanError::UnknownProvider { .. }));
}

/// A plan that makes two boxes, of which the second has its zone from the first.
fn planned() -> (Plan, Ledger) {
    let zone = r#"{"zone":{"$pick":[{"$ref":["t.zones/all","names"]},"0"]}}"#;
    let resources = [
        resource("a", zone),
        resource("b", r#"{"url":{"$ref":["t.box/a","zone"]}}"#),
        resource("c", r#"{"zone":"x"}"#),
    ];
    let stack = stack(ZONES, &resources.join(","));
    let known = answer(&stack, &zones(r#"{"names":["mars-a"],"note":"new"}"#)).unwrap();
    let ledger = Ledger::new("shop".into(), "test".into(), "u".into());
    let place = Place { provider: "t".into(), scope: "sandbox:1".into(), region: "".into() };
    let plan = decide::plan(Input {
        compiled: &known.stack,
        ledger: &ledger,
        lookups: &known.answers,
        observed: &Observed { places: [("t".into(), place)].into(), ..Observed::default() },
        options: &Options::default(),
        ledger_label: "here".into(),
        parameters_label: "".into(),
        compiled_digest: digest(&stack),
    });
    (plan.unwrap(), ledger)
}

#[test]
fn what_a_step_is_sent_of_an_answer_stands_with_it_also_by_way_of_others() {
    let (plan, ledger) = planned();
    let relied: Vec<_> = plan.steps.iter().map(|step| (step.address.name(), &step.relies_on)).collect();
    let told = |wanted: &'static str| {
        relied.iter().filter(move |(name, _)| *name == wanted).flat_map(|(_, relied)| relied.iter())
    };
    for name in ["a", "b"] {
        let values: Vec<_> = told(name).map(|reliance| reliance.values.to_json()).collect();
        assert_eq!(values, [r#"{"names":["mars-a"]}"#], "{name}");
    }
    assert_eq!(told("c").count(), 0);
    assert_eq!((check::check(&plan), check::against(&plan, &ledger)), (Vec::new(), Vec::new()));
    assert_eq!(file::read(&file::write(&plan)).as_ref(), Ok(&plan));
    let shown = render::plan(&plan, &render::Style::default());
    assert!(shown.contains("Looked up\n  t.zones/all: names [mars-a]\n"), "{shown}");
}

#[test]
fn a_step_that_is_sent_what_nobody_answered_is_caught() {
    let (mut plan, _) = planned();
    let lookup = plan.basis.lookups.get_mut(&address("t.zones/all")).unwrap();
    lookup.answer = serde_json::from_str(r#"{"names":["mars-b"]}"#).unwrap();
    let rules: Vec<_> = check::check(&plan).into_iter().map(|violation| violation.rule).collect();
    assert_eq!(rules, [check::Rule::Closed, check::Rule::Closed]);
}

#[test]
fn a_destruction_looks_nothing_up() {
    let stack = stack(ZONES, "");
    let asked = |mode| questions::lookups(&stack, &Options { mode, ..Options::default() }).len();
    use crate::plan::Mode;
    assert_eq!([asked(Mode::Apply), asked(Mode::RefreshOnly), asked(Mode::Destroy)], [1, 1, 0]);
}

#[test]
fn a_digest_is_that_of_what_is_asked() {
    let other = ZONES.replace("mars", "venus");
    let moved = ZONES.replace("a.rs:1:1", "b.rs:7:7");
    let of = |lookups: &str| digest(&stack(lookups, ""));
    assert_ne!(of(ZONES), of(&other));
    assert_ne!(of(ZONES), of(""));
    assert_eq!(of(ZONES), of(&moved));
}
