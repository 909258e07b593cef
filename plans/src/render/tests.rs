mod sample;

use super::nested::{Edit, edits};
use super::{Style, drift, plan};
use crate::map;
use crate::plan::{
    Act, Action, AttributeChange, Finding, Mode, Note, OutputChange, Partial, Plan, Reason, Refusal, Step,
};
use crate::samples::{for_seeds, plans};
use crate::value::Value;
use sample::{address, change, differs, of, reference, rich, set};

/// Compares with a text that was looked at.
fn check(text: &str, expect: &str) {
    assert_eq!(text, expect, "\n{text}");
}

#[test]
fn a_plan_with_a_bit_of_everything() {
    check(&plan(&rich(), &Style::default()), include_str!("tests/rich.txt"));
}

#[test]
fn verbose_hides_nothing() {
    check(&plan(&rich(), &Style { verbose: true, ..Style::default() }), include_str!("tests/rich-verbose.txt"));
}

#[test]
fn narrow_terminals_get_the_same_plan() {
    check(&plan(&rich(), &Style { width: 56, ..Style::default() }), include_str!("tests/rich-narrow.txt"));
}

#[test]
fn only_what_can_be_taken_over_is_told_how() {
    let conflict = |can_adopt, note: &str| Refusal::Conflict {
        address: address("aws.vpc/a"),
        objects: vec!["vpc-1".into()],
        note: note.into(),
        can_adopt,
    };
    let style = Style { given: " --stack=shop --sandbox", ..Style::default() };
    let told = |refusal| plan(&Plan { refusals: vec![refusal], ..of(Vec::new()) }, &style);
    let free = told(conflict(true, "it carries no owner mark"));
    assert!(free.ends_with("take it over:\n  flashinfra adopt aws.vpc/a vpc-1 --stack=shop --sandbox\n"), "{free}");
    let theirs = told(conflict(false, "`vpc-1` carries the mark of stack u-2 for `aws.vpc/b`"));
    assert!(theirs.contains("Once that stack has") && !theirs.contains("adopt aws.vpc/a"), "{theirs}");
    let owned = told(conflict(false, "`vpc-1` is that of `aws.vpc/b`, which does not give it up"));
    assert!(!owned.contains("adopt"), "{owned}");
}

#[test]
fn what_one_other_stack_has_is_told_together() {
    let conflict = |at: &str| Refusal::Conflict {
        address: address(at),
        objects: vec!["shop/web".into()],
        note: format!("`shop/web` carries the mark of stack u-2 for `{at}`").into(),
        can_adopt: false,
    };
    let refusals = ["kubernetes.service/web", "kubernetes.deployment/web"].map(conflict).to_vec();
    check(
        &plan(&Plan { refusals, ..of(Vec::new()) }, &Style::default()),
        "\
flashmm/production · aws 123456789012 us-east-1 · 61 resources

59 unchanged

Refused: 2 resources would be objects that carry the mark of another stack, u-2,
which no record of this stack explains.
  kubernetes.service/web     shop/web
  kubernetes.deployment/web  shop/web
Give them other names, or another place: a namespace, an account. Once that
stack has given them up, `flashinfra adopt` says how they are taken over.
",
    );
}

#[test]
fn a_remark_does_not_stand_between_before_and_after() {
    let path = "spec.template.spec.containers[name=web].image";
    let mut differs = differs(path, "evil:1", "registry.example.com/web:1.4.2");
    differs.note = Some(Note::WrittenBy("kubectl-set".into()));
    let told =
        of(vec![change("kubernetes.deployment/web", Action::Update, Reason::Differs(path.into()), vec![differs])]);
    let text = plan(&told, &Style::default());
    let at = |part: &str| text.find(part).unwrap_or_else(|| panic!("no {part}: {text}"));
    assert!(at("evil:1") < at("→ registry") && at("→ registry") < at("by kubectl-set"), "{text}");
}

#[test]
fn drift_is_told_in_full() {
    check(&drift(&rich(), &Style::default()), include_str!("tests/drift.txt"));
    check(&drift(&of(Vec::new()), &Style::default()), "No drift. flashmm/production is as it was last applied.\n");
}

#[test]
fn drift_says_what_could_not_be_read() {
    let partial = vec![Partial::Unreadable(address("aws.vpc/a"), "AccessDenied: not allowed".into())];
    check(
        &drift(&Plan { partial, ..of(Vec::new()) }, &Style::default()),
        "\
No drift. What could be read of flashmm/production is as it was last applied.

Not read: aws.vpc/a: AccessDenied: not allowed
",
    );
}

#[test]
fn a_deletion_says_what_is_lifted_and_left() {
    let mut told = of(vec![change("aws.db_instance/a", Action::Delete, Reason::NotDeclared, Vec::new())]);
    let some = told.steps.remove(0);
    let step = |id, act| Step { act, id, object: Some("a-1".into()), ..some.clone() };
    told.steps = vec![
        Step { changed: vec!["deletion_protection".into()], ..step(1, Act::Update) },
        Step { inputs: map! { "final_snapshot" => "shop-last" }, ..step(2, Act::Delete) },
    ];
    let text = plan(&told, &Style::default());
    assert!(
        text.contains("takes deletion_protection away first\n             with final_snapshot: shop-last\n"),
        "{text}"
    );
}

#[test]
fn an_empty_plan_is_one_line() {
    let told = |mode| plan(&Plan { mode, ..of(Vec::new()) }, &Style::default());
    check(&told(Mode::Apply), "No changes. flashmm/production matches its stack.\n");
    check(&told(Mode::Destroy), "Nothing to destroy. flashmm/production owns nothing.\n");
    check(&told(Mode::RefreshOnly), "No changes. The ledger of flashmm/production matches what is live.\n");
}

#[test]
fn many_ledger_writes_are_one_line() {
    let record = |name: &str| change(&format!("aws.vpc/{name}"), Action::Record, Reason::Bookkeeping, Vec::new());
    let mut told = of(vec![record("a"), record("b"), record("c")]);
    told.steps.clear();
    check(
        &plan(&told, &Style::default()),
        "\
flashmm/production · aws 123456789012 us-east-1 · 62 resources

  record   3 resources                                   only the ledger changes

3 to record · 59 unchanged
",
    );
}

#[test]
fn places_are_told_as_people_know_them() {
    let told = |scope: &str| {
        let mut told = of(vec![change("aws.vpc/a", Action::Create, Reason::New, Vec::new())]);
        told.basis.places.values_mut().for_each(|place| place.scope = scope.into());
        plan(&told, &Style::default()).lines().next().unwrap().to_owned()
    };
    assert_eq!(told("aws-cn:123456789012"), "flashmm/production · aws 123456789012 us-east-1 · 60 resources");
    assert_eq!(told("sandbox:78a5dc07-50cc"), "flashmm/production · aws sandbox us-east-1 · 60 resources");
    assert_eq!(told("my-project"), "flashmm/production · aws my-project us-east-1 · 60 resources");
}

#[test]
fn what_was_allowed_says_so() {
    let mut told = of(vec![change("aws.db_instance/a", Action::Delete, Reason::NotDeclared, Vec::new())]);
    told.allowed = vec![address("aws.db_instance/a")];
    let text = plan(&told, &Style::default());
    let title = "  delete   aws.db_instance/a                     a-1 · stateful, allowed by name";
    assert!(text.lines().any(|line| line == title), "{text}");
}

#[test]
fn what_is_known_later_says_where_it_comes_from() {
    let later = |path: &str| set(path, Value::Unknown);
    let mut told = of(vec![change("aws.subnet/a", Action::Create, Reason::New, vec![later("vpc_id"), later("arn")])]);
    told.steps[0].inputs = map! { "vpc_id" => reference("aws.vpc/main", "id") };
    let value = Some(reference("aws.subnet/a", "id"));
    told.outputs = vec![OutputChange { name: "id".into(), before: None, after: Some(Value::Unknown), value }];
    check(
        &plan(&told, &Style::default()),
        "\
flashmm/production · aws 123456789012 us-east-1 · 60 resources

  create   aws.subnet/a                      stacks/flashmm/src/aws.subnet.rs:41
             vpc_id: aws.vpc/main.id · arn: (known after apply)

Outputs
  id  aws.subnet/a.id                                                        new

1 to create · 59 unchanged · about 7 min (subnet)
",
    );
}

#[test]
fn only_outputs_can_change() {
    let output = OutputChange { name: "url".into(), before: Some("a".into()), after: None, value: None };
    check(
        &plan(&Plan { outputs: vec![output], ..of(Vec::new()) }, &Style::default()),
        "\
flashmm/production · aws 123456789012 us-east-1 · 59 resources

Outputs
  url  a                                                     no longer published

only outputs change · 59 unchanged
",
    );
}

#[test]
fn every_refusal_says_what_to_do_next() {
    let told = Plan {
        refusals: vec![
            Refusal::Protected(address("aws.db_instance/a"), Action::Delete),
            Refusal::Protected(address("aws.db_instance/b"), Action::Replace),
            Refusal::ManyVanished { vanished: 9, owned: 12 },
            Refusal::Unreadable(address("aws.vpc/a"), "AccessDenied: not allowed.".into()),
            Refusal::Busy(address("aws.vpc/b"), "it is being updated".into()),
            Refusal::Tombstone(address("aws.vpc/c"), "reserved until tomorrow".into()),
            Refusal::UnknownAddress(address("aws.vpc/d")),
        ],
        partial: vec![
            Partial::Excluded(1),
            Partial::Unreadable(address("aws.vpc/a"), "AccessDenied".into()),
            Partial::DependsOn(address("aws.subnet/a"), address("aws.vpc/a")),
        ],
        ..of(Vec::new())
    };
    check(&plan(&told, &Style::default()), include_str!("tests/refusals.txt"));
}

#[test]
fn one_failure_of_a_call_is_told_once_for_all_that_it_answers_for() {
    let unread = |count: usize| {
        let all = (0..count).map(|number| Refusal::Unreadable(address(&format!("t.a/{number}")), "denied".into()));
        let told = Plan { refusals: all.collect(), ..of(Vec::new()) };
        let text = plan(&told, &Style::default());
        assert_eq!(text.matches("--allow-partial").count(), 1, "{text}");
        text[text.find("Refused").unwrap()..].replace('\n', " ")
    };
    assert!(unread(1).starts_with("Refused: t.a/0 could not be read: denied. To plan without it, pass"));
    assert!(unread(2).starts_with("Refused: t.a/0 and t.a/1 could not be read: denied. To plan without them, pass"));
    assert!(unread(12).contains("t.a/10 and t.a/11 could not"));
    assert!(unread(300).contains("t.a/10 and 289 more could not"));
    // Another reason is another sentence.
    let two =
        [Refusal::Unreadable(address("t.a/a"), "denied".into()), Refusal::Unreadable(address("t.a/b"), "late".into())];
    let text = plan(&Plan { refusals: two.into(), ..of(Vec::new()) }, &Style::default());
    assert_eq!(text.matches("Refused: t.a/").count(), 2, "{text}");
}

fn without_colors(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = &after[after.find('m').unwrap() + 1..];
    }
    plain + rest
}

#[test]
fn colors_add_nothing_but_colors() {
    let colored = plan(&rich(), &Style { color: true, ..Style::default() });
    assert!(colored.contains("\u{1b}[31mreplace\u{1b}[0m") && colored.contains("\u{1b}[32mcreate\u{1b}[0m"));
    check(&without_colors(&colored), &plan(&rich(), &Style::default()));
}

#[test]
fn a_value_cannot_paint_or_move_the_terminal() {
    let evil = "\u{1b}[2J\r\u{202e}\u{7}evil";
    let update = change("aws.vpc/a", Action::Update, Reason::Vanished(evil.into()), vec![differs("tags.a", "x", evil)]);
    let text = plan(&of(vec![update]), &Style::default());
    assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n' || letter == '\u{202e}'), "{text:?}");
    assert!(text.contains(r"\u{1b}[2J\r\u{202e}\u{7}evil"), "{text}");
}

#[test]
fn what_looks_like_another_type_is_quoted() {
    let update = change(
        "aws.vpc/a",
        Action::Update,
        Reason::Differs("a".into()),
        vec![
            differs("a", "15", 15),
            differs("b", "true", true),
            differs("c", "", Value::Null),
            differs("d", "(known after apply)", Value::Unknown),
        ],
    );
    let text = plan(&of(vec![update]), &Style::default());
    for line in [
        r#"a  "15" → 15"#,
        r#"b  "true" → true"#,
        r#"c  "" → null"#,
        r#"d  "(known after apply)" → (known after apply)"#,
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[test]
fn what_a_provider_says_beforehand_is_told() {
    let fixed = Reason::Fixed("spec.resources.requests.storage".into(), "a volume does not shrink".into());
    let attributes = vec![differs("spec.resources.requests.storage", "2Gi", "1Gi")];
    let mut claim = change("kubernetes.persistent_volume_claim/data", Action::Replace, fixed, attributes);
    (claim.object, claim.stateful) = (Some("shop/data".into()), true);
    let added = AttributeChange { note: Some(Note::ByService), ..set("labels.injected", "x") };
    let (image, why) = (differs("spec.image", "a:1", "a:2"), Reason::Differs("spec".into()));
    let pod = change("kubernetes.deployment/web", Action::Update, why, vec![added, image]);
    let mut told = of(vec![pod, claim]);
    let of_claim = || address("kubernetes.persistent_volume_claim/data");
    told.findings = vec![
        Finding::Careful { address: of_claim(), what: "its volume goes with it".into() },
        Finding::Untried { reason: "ann may not patch deployments".into(), addresses: vec![of_claim()] },
    ];
    let why = "spec.replica: there is no such field; correct the field in the stack";
    told.refusals = vec![Refusal::Rejected(address("kubernetes.deployment/web"), why.into())];
    check(
        &plan(&told, &Style::default()),
        "\
flashmm/production · aws 123456789012 us-east-1 · 61 resources

  update   kubernetes.deployment/web   …/flashmm/src/kubernetes.deployment.rs:41
             labels.injected  (unset) → x                     set by the service
             spec.image       a:1 → a:2
  replace  kubernetes.persistent_volume_claim/data                      stateful
             spec.resources.requests.storage  2Gi → 1Gi
             destroys shop/data with its data: spec.resources.requests.storage
             cannot be changed: a volume does not shrink
             stacks/flashmm/src/kubernetes.persistent_volume_claim.rs:41

1 to update · 1 to replace · 59 unchanged
about 14 min (deployment → persistent_volume_claim)

Careful: kubernetes.persistent_volume_claim/data: its volume goes with it.

Not tried: the change of kubernetes.persistent_volume_claim/data could not be
tried on the server beforehand: ann may not patch deployments.

Refused: kubernetes.deployment/web would be refused: spec.replica: there is no
such field; correct the field in the stack.
",
    );
    // Of what is made it is told apart from what is declared, too.
    let label = AttributeChange { note: Some(Note::ByService), ..set("labels.injected", "x") };
    let made = change("kubernetes.namespace/shop", Action::Create, Reason::New, vec![set("name", "shop"), label]);
    let text = plan(&of(vec![made]), &Style::default());
    assert!(text.contains("name: shop · labels.injected (set by the service): x"), "{text}");
}

#[test]
fn no_line_is_wider_than_the_page() {
    for_seeds(200, |random| {
        let told = plans::any(random);
        for width in [60, 80, 100] {
            for verbose in [false, true] {
                let text = plan(&told, &Style { width, verbose, ..Style::default() });
                for line in text.lines() {
                    assert!(line.chars().count() <= width, "{width}: {line}\n{text}");
                    assert_eq!(line.trim_end(), line);
                }
            }
        }
    });
}

#[test]
fn edits_are_the_shortest_way() {
    let lines = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let told = |before: &str, after: &str| {
        let edits = edits(&lines(before), &lines(after));
        let word = |edit: &Edit| match edit {
            Edit::Removed(line) => format!("-{line}"),
            Edit::Added(line) => format!("+{line}"),
            Edit::Same(count) => format!("={count}"),
        };
        edits.iter().map(word).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(told("a b c", "a b c"), "=3");
    assert_eq!(told("a b c d", "a x c d e"), "=1 -b +x =2 +e");
    assert_eq!(told("a b c", "c a b"), "+c =2 -c");
    assert_eq!(told("", "a"), "+a");
}

#[test]
fn pods_that_are_made_anew_for_their_configuration_are_told_so() {
    let digest = "spec.template.metadata.annotations.config-map.flashinfra/web.conf";
    let attributes = vec![differs(digest, "0123456789abcdef", "fedcba9876543210")];
    let mut rolled = change("kubernetes.deployment/web", Action::Update, Reason::Differs(digest.into()), attributes);
    rolled.object = Some("shop/web".into());
    let rolled = of(vec![rolled]);
    let text = plan(&rolled, &Style::default());
    assert!(text.contains("deployment.rs:41\n             config map `shop/web.conf` changed\n"), "{text}");
    assert!(!text.contains("0123456789abcdef"), "{text}");
    let text = plan(&rolled, &Style { verbose: true, ..Style::default() });
    assert!(text.contains("0123456789abcdef") && text.contains("config map `shop/web.conf` changed"), "{text}");
}
