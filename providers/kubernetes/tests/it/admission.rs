//! What the admission of a cluster refuses: rules of definitions, policies, webhooks. It is told before anything is sent, by the name of
//! what refuses, with what it says and what to do.

use std::time::Duration;

use flashinfra::apply::StepOutcome;
use flashinfra::plans::plan::{Finding, Plan, Refusal};
use flashinfra::{Lifecycle, Stack, kubernetes};
use http::Method;
use kubernetes::object;
use serde_json::{Value as Json, json};

use crate::webhook::Webhook;
use crate::world::Desk;

/// What a plan says would be refused.
fn rejected(plan: &Plan) -> Vec<&str> {
    let rejected = plan.refusals.iter().filter_map(|refusal| match refusal {
        Refusal::Rejected(_, why) => Some(why.as_str()),
        _ => None,
    });
    rejected.collect()
}

/// Why changes of a plan could not be tried.
fn untried(plan: &Plan) -> Vec<&str> {
    let untried = plan.findings.iter().filter_map(|finding| match finding {
        Finding::Untried { reason, .. } => Some(reason.as_str()),
        Finding::Careful { .. } | Finding::ByHand { .. } => None,
    });
    untried.collect()
}

fn config(desk: &Desk, level: &str) -> Json {
    let metadata = json!({"name": "web", "namespace": desk.namespace});
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"LEVEL": level}})
}

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";

/// Waits until the server asks what it was configured to: it hears of that a moment later.
async fn asks(desk: &Desk, path: &str, refused: &Json) {
    let path = format!("{path}?dryRun=All");
    while desk.send(Method::POST, &path, "application/json", refused).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Has the server ask a webhook about the config maps of the namespace.
async fn configured(desk: &Desk, entry: Json) {
    let name = format!("{}-levels", desk.namespace);
    let configuration = json!({"metadata": {"name": name}, "webhooks": [entry]});
    let path = format!("{ADMISSION}/validatingwebhookconfigurations");
    desk.send(Method::POST, &path, "application/json", &configuration).await.unwrap();
    asks(desk, &desk.path("v1", "configmaps"), &config(desk, "loud")).await;
}

async fn unconfigured(desk: &Desk) {
    let path = format!("{ADMISSION}/validatingwebhookconfigurations/{}-levels", desk.namespace);
    desk.send(Method::DELETE, &path, "application/json", &Json::Null).await.unwrap();
}

/// Refuses loud levels, as policy engines do: over several lines.
fn judge(object: &Json) -> Option<&'static str> {
    (object["data"]["LEVEL"] == "loud").then_some("no loud levels:\n  see the rules of the platform")
}

const REFUSED: &str = "levels.flashinfra.example refuses it: no loud levels: see the rules of the platform";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_webhook_refuses_is_told_by_its_name_before_anything_is_sent() {
    let Some(desk) = Desk::new("webhook").await else { return };
    let webhook = Webhook::start(judge).await;
    configured(&desk, webhook.entry("levels.flashinfra.example", &desk.namespace, "None")).await;
    let define = |level: &'static str| {
        let desk = &desk;
        move |stack: &mut Stack| drop(stack.add("web", object(config(desk, level))))
    };
    let expected = format!("{REFUSED}; change what levels.flashinfra.example refuses, or ask who keeps it");
    assert_eq!(rejected(&desk.planned(define("loud")).await.plan), [expected.as_str()]);
    assert!(webhook.asked().iter().all(|request| request["dryRun"] == true), "nothing was sent");
    desk.converge(define("quiet")).await;
    assert_eq!(rejected(&desk.planned(define("loud")).await.plan), [expected]);
    unconfigured(&desk).await;
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_takes_no_dry_run_is_told_and_what_it_refuses_then_has_failed() {
    let Some(desk) = Desk::new("effects").await else { return };
    let webhook = Webhook::start(judge).await;
    configured(&desk, webhook.entry("levels.flashinfra.example", &desk.namespace, "Some")).await;
    let define = |stack: &mut Stack| drop(stack.add("web", object(config(&desk, "loud"))));
    let plan = desk.planned(define).await.plan;
    assert_eq!(rejected(&plan), [""; 0]);
    assert_eq!(untried(&plan), ["admission webhook \"levels.flashinfra.example\" does not support dry run"]);
    assert_eq!(webhook.asked(), [Json::Null; 0]);
    let report = desk.report(plan).await;
    let [step] = &report.steps[..] else { panic!("{:#?}", report.steps) };
    let StepOutcome::Failed(error) = &step.outcome else { panic!("{:#?}", step.outcome) };
    assert!(error.to_string().contains(REFUSED), "{error}");
    assert_eq!(desk.get("v1", "configmaps/web").await, None);
    unconfigured(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_does_not_answer_is_named() {
    let Some(desk) = Desk::new("unanswered").await else { return };
    let webhook = Webhook::absent();
    configured(&desk, webhook.entry("levels.flashinfra.example", &desk.namespace, "None")).await;
    let plan = desk.planned(|stack| drop(stack.add("web", object(config(&desk, "quiet"))))).await.plan;
    let why = untried(&plan);
    let [why] = &why[..] else { panic!("{:?} {:?}", plan.findings, plan.refusals) };
    assert!(why.starts_with("the webhook levels.flashinfra.example has to be asked and did not answer: "), "{why}");
    assert!(why.ends_with("see whether what answers for levels.flashinfra.example runs"), "{why}");
    unconfigured(&desk).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_policy_refuses_or_warns_of_is_told_by_its_name() {
    let Some(desk) = Desk::new("policy").await else { return };
    let name = format!("{}.flashinfra.example", desk.namespace);
    let here = json!({"matchLabels": {"kubernetes.io/metadata.name": desk.namespace}});
    let rules = json!([{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE", "UPDATE"], "scope": "*"}]);
    // All defaults are said, for a server of tests that has none for these kinds.
    let policy = json!({"metadata": {"name": name}, "spec": {
        "failurePolicy": "Fail",
        "matchConstraints": {"matchPolicy": "Equivalent", "namespaceSelector": here, "objectSelector": {}, "resourceRules": rules},
        "validations": [{"expression": "object.data.LEVEL != 'loud'", "message": "no loud levels"}],
    }});
    let matches = json!({"matchPolicy": "Equivalent", "namespaceSelector": here, "objectSelector": {}});
    let binding = json!({"metadata": {"name": name}, "spec": {"policyName": name, "validationActions": ["Deny"], "matchResources": matches}});
    for (kind, body) in [("validatingadmissionpolicies", &policy), ("validatingadmissionpolicybindings", &binding)] {
        desk.send(Method::POST, &format!("{ADMISSION}/{kind}"), "application/json", body).await.unwrap();
    }
    asks(&desk, &desk.path("v1", "configmaps"), &config(&desk, "loud")).await;
    let define = |level: &'static str| {
        let desk = &desk;
        move |stack: &mut Stack| drop(stack.add("web", object(config(desk, level))))
    };
    let expected = format!("{name} refuses it: no loud levels; change what {name} refuses, or ask who keeps it");
    assert_eq!(rejected(&desk.planned(define("loud")).await.plan), [expected]);
    desk.converge(define("quiet")).await;
    // One that only warns refuses nothing, and what it says is told.
    let path = format!("{ADMISSION}/validatingadmissionpolicybindings/{name}");
    let warns = json!({"spec": {"validationActions": ["Warn"]}});
    desk.send(Method::PATCH, &path, "application/merge-patch+json", &warns).await.unwrap();
    let plan = loop {
        let plan = desk.planned(define("loud")).await.plan;
        if plan.refusals.is_empty() {
            break plan;
        }
    };
    let said =
        format!("Validation failed for ValidatingAdmissionPolicy '{name}' with binding '{name}': no loud levels");
    let address = plan.changes[0].address.clone();
    assert_eq!(plan.findings, [Finding::Careful { address, what: said.into() }]);
    for kind in ["validatingadmissionpolicybindings", "validatingadmissionpolicies"] {
        desk.send(Method::DELETE, &format!("{ADMISSION}/{kind}/{name}"), "application/json", &Json::Null)
            .await
            .unwrap();
    }
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_of_a_definition_are_told_by_field() {
    let Some(desk) = Desk::new("rules").await else { return };
    let (of, group) = (&desk, "rules.flashinfra.example");
    let ranged = json!([
        {"rule": "!has(self.min) || !has(self.max) || self.min <= self.max", "message": "min is more than max"},
        {"rule": "!has(self.mode) || self.mode != 'large' || has(self.host)", "message": "large ones need a host",
         "reason": "FieldValueRequired", "fieldPath": ".host"},
    ]);
    let spec = json!({"type": "object", "x-kubernetes-validations": ranged, "properties": {
        "replicas": {"type": "integer", "x-kubernetes-validations": [{"rule": "self <= 5", "message": "at most five"}]},
        "min": {"type": "integer"}, "max": {"type": "integer"}, "mode": {"type": "string", "maxLength": 9}, "host": {"type": "string"},
        "zone": {"type": "string", "maxLength": 9, "x-kubernetes-validations": [{"rule": "oldSelf == self", "message": "a widget stays where it is"}]},
        "size": {"type": "string", "maxLength": 9, "x-kubernetes-validations": [{"rule": "self.size() >= oldSelf.size()"}]},
    }});
    let define = |widget: Json| {
        let spec = spec.clone();
        move |stack: &mut Stack| {
            let schema = json!({"type": "object", "properties": {"spec": spec}});
            let versions =
                json!([{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}]);
            let definition = object(json!({
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": format!("widgets.{group}")},
                "spec": {"group": group, "scope": "Namespaced", "versions": versions,
                         "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"}},
            }));
            stack.add("widgets", definition.lifecycle(Lifecycle::new().protect(false)));
            if !widget.is_null() {
                let metadata = json!({"name": "a", "namespace": of.namespace});
                stack.add("a", object(json!({"apiVersion": format!("{group}/v1"), "kind": "Widget", "metadata": metadata, "spec": widget})));
            }
        }
    };
    let next = "correct the field in the stack";
    let refused = async |widget: Json| {
        let plan = desk.planned(define(widget)).await.plan;
        rejected(&plan).join("\n")
    };
    desk.converge(define(Json::Null)).await;
    assert_eq!(refused(json!({"replicas": 6})).await, format!("spec.replicas: at most five; {next}"));
    // Of a rule about a whole object the server leaves the value out.
    assert_eq!(refused(json!({"min": 6, "max": 3})).await, format!("spec: min is more than max; {next}"));
    assert_eq!(refused(json!({"mode": "large"})).await, format!("spec.host: large ones need a host; {next}"));
    desk.converge(define(json!({"zone": "a", "size": "abc"}))).await;
    let shrunk = refused(json!({"zone": "a", "size": "ab"})).await;
    assert_eq!(shrunk, format!("spec.size: failed rule: self.size() >= oldSelf.size(); {next}"));
    // What never changes replaces, whatever words the rule has for it.
    let changes = desk.changes(define(json!({"zone": "b", "size": "abc"}))).await;
    assert_eq!(changes, [format!("replace kubernetes.widget.{group}/a"), "  spec.zone".to_owned()]);
    desk.destroy().await;
}
