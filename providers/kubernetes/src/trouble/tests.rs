//! Bodies as API servers answer them, shortened only where they list much.

use flashinfra_providers::Class;
use serde_json::{Value, json};

use super::{Trouble, What};

#[track_caller]
fn check(code: u16, body: &Value, what: &What, class: Class, message: &str, next: &str) {
    let trouble = Trouble::of(code, body);
    assert_eq!((&trouble.what, trouble.class()), (what, class));
    assert_eq!(trouble.message, message);
    assert_eq!(trouble.next, next);
}

fn status(code: u16, reason: &str, message: &str, details: &Value) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason,
        "details": details, "code": code})
}

#[test]
fn a_field_that_never_changes_is_named_without_its_value() {
    let why = "Invalid value: {\"matchLabels\":{\"app\":\"b\"}}: field is immutable";
    let body = status(
        422,
        "Invalid",
        &format!("Deployment.apps \"web\" is invalid: spec.selector: {why}"),
        &json!({"name": "web", "group": "apps", "kind": "Deployment",
            "causes": [{"reason": "FieldValueInvalid", "message": why, "field": "spec.selector"}]}),
    );
    check(
        422,
        &body,
        &What::Immutable,
        Class::FixInput,
        "Deployment.apps \"web\" is refused: spec.selector: field is immutable",
        "replace the object: the field never changes",
    );
    // As older servers write a structure.
    let go = "Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"app\":\"b: c\"}, MatchExpressions:[]v1.X(nil)}: field is immutable";
    let body = status(
        422,
        "Invalid",
        "x",
        &json!({"name": "web", "kind": "Deployment", "causes": [{"message": go, "field": "spec.selector"}]}),
    );
    assert_eq!(Trouble::of(422, &body).fields[0].why, "field is immutable");
}

#[test]
fn the_specification_of_a_stateful_set_is_forbidden_as_a_whole() {
    let why = "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', \
               'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    let details = json!({"name": "db", "group": "apps", "kind": "StatefulSet",
        "causes": [{"reason": "FieldValueForbidden", "message": why, "field": "spec"}]});
    let body = status(422, "Invalid", &format!("StatefulSet.apps \"db\" is invalid: spec: {why}"), &details);
    assert_eq!(Trouble::of(422, &body).what, What::Immutable);
}

#[test]
fn no_value_is_repeated() {
    let secret = "hunter2: \\\"x";
    let why = format!("Invalid value: \"{secret}\": must be base64");
    let body = status(
        422,
        "Invalid",
        &format!("Secret \"s\" is invalid: data[password]: {why}"),
        &json!({"name": "s", "kind": "Secret", "causes": [{"reason": "FieldValueInvalid", "message": why, "field": "data[password]"}]}),
    );
    let trouble = Trouble::of(422, &body);
    assert_eq!(trouble.message, "Secret \"s\" is refused: data.password: must be base64");
    assert!(!format!("{trouble:?}").contains("hunter2"));
    // Without causes there is only the message.
    let bare = Trouble::of(400, &json!({"message": format!("bad: {why}"), "reason": "BadRequest"}));
    assert_eq!(bare.message, "must be base64");
    let cut = Trouble::of(400, &json!({"message": "x: Invalid value: \"hunter2", "reason": "BadRequest"}));
    assert!(!format!("{cut:?}").contains("hunter2"), "{cut:?}");
}

#[test]
fn another_manager_is_named_with_its_field() {
    let body = status(
        409,
        "Conflict",
        "Apply failed with 2 conflicts: conflicts with \"kubectl-edit\" using apps/v1: …",
        &json!({"causes": [
            {"reason": "FieldManagerConflict", "message": "conflict with \"kubectl-edit\"", "field": ".spec.replicas"},
            {"reason": "FieldManagerConflict", "message": "conflict with \"kubectl-edit\" using apps/v1 at 2026-11-27T10:00:00Z",
             "field": ".spec.template.spec.containers[name=\"web\"].image"},
        ]}),
    );
    check(
        409,
        &body,
        &What::Conflict,
        Class::AskPerson,
        "kubectl-edit owns spec.replicas; kubectl-edit owns spec.template.spec.containers[name=\"web\"].image",
        "leave the field to kubectl-edit, or take it over by name",
    );
}

#[test]
fn an_object_that_changed_is_not_one_that_others_own() {
    let said = "Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; please apply your changes to the \
                latest version and try again";
    let body = status(409, "Conflict", said, &json!({"name": "web", "group": "apps", "kind": "deployments"}));
    check(409, &body, &What::Changed, Class::Retry, "deployments.apps \"web\" has changed since it was read", "");
    let said = "Operation cannot be fulfilled on pods \"a\": Precondition failed: UID in precondition: 1, UID in object meta: 2";
    let body = status(409, "Conflict", said, &json!({"name": "a", "kind": "pods"}));
    assert_eq!(Trouble::of(409, &body).what, What::Other);
}

#[test]
fn a_missing_right_is_told_as_the_rule_to_grant() {
    let said = "deployments.apps \"web\" is forbidden: User \"system:serviceaccount:ci:deployer\" cannot patch resource \"deployments\" in \
                API group \"apps\" in the namespace \"shop\"";
    let body = status(403, "Forbidden", said, &json!({"name": "web", "group": "apps", "kind": "deployments"}));
    check(
        403,
        &body,
        &What::Forbidden,
        Class::AskPerson,
        "system:serviceaccount:ci:deployer may not patch deployments.apps in the namespace shop",
        "grant patch deployments.apps in the namespace shop",
    );
    let said = "namespaces is forbidden: User \"ann\" cannot list resource \"namespaces\" in API group \"\" at the cluster scope";
    let next = Trouble::of(403, &status(403, "Forbidden", said, &json!({"kind": "namespaces"}))).next;
    assert_eq!(next, "grant list namespaces in the cluster");
}

/// As an API server 1.36 answers what breaks rules in CEL: the value of a whole object is left out.
#[test]
fn rules_of_a_definition_are_told_by_field_and_in_their_own_words() {
    let of = |causes: Value| {
        let details = json!({"name": "a", "group": "cel.example", "kind": "Widget", "causes": causes});
        let trouble = Trouble::of(422, &status(422, "Invalid", "Widget.cel.example \"a\" is invalid: …", &details));
        assert_eq!((&trouble.what, trouble.class()), (&What::Invalid, Class::FixInput));
        let told = trouble.fields.iter().map(|field| format!("{}: {}", field.path, field.why));
        told.collect::<Vec<_>>()
    };
    let cause = |field: &str, message: &str| json!({"reason": "FieldValueInvalid", "message": message, "field": field});
    let whole = cause("spec", "Invalid value: min is more than max");
    assert_eq!(of(json!([whole])), ["spec: min is more than max"]);
    let bare = cause("spec", "Invalid value: failed rule: self.min <= self.max");
    assert_eq!(of(json!([bare])), ["spec: failed rule: self.min <= self.max"]);
    let one = cause("spec.replicas", "Invalid value: 6: at most five");
    let rest = cause(
        "<nil>",
        "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to \
         complete validation",
    );
    let missing = json!({"reason": "FieldValueRequired", "message": "Required value: large ones need a host", "field": "spec.host"});
    let expected = ["spec.replicas: at most five", "spec.host: large ones need a host"];
    assert_eq!(of(json!([one, missing, rest])), expected);
}

/// From the documentation of Kubernetes: "Configure Memory and CPU Quotas for a Namespace", "Resource Quotas" and "Configure Minimum and
/// Maximum CPU Constraints for a Namespace".
#[test]
fn quotas_and_limits_are_told_by_name_with_what_to_do() {
    let of = |message: &str| {
        Trouble::of(403, &status(403, "Forbidden", message, &json!({"name": "quota-mem-cpu-demo-2", "kind": "pods"})))
    };
    let trouble = of(
        "pods \"quota-mem-cpu-demo-2\" is forbidden: exceeded quota: mem-cpu-demo, requested: requests.memory=700Mi,used: \
                      requests.memory=600Mi, limited: requests.memory=1Gi",
    );
    assert_eq!((trouble.what.clone(), trouble.class()), (What::Quota, Class::AskPerson));
    let said = "exceeded quota: mem-cpu-demo, requested: requests.memory=700Mi,used: requests.memory=600Mi, limited: requests.memory=1Gi";
    assert_eq!(
        (trouble.message.as_str(), trouble.next.as_str()),
        (said, "raise the quota of the namespace, or ask for less")
    );
    let trouble = of("pods \"web\" is forbidden: failed quota: mem-cpu-demo: must specify limits.cpu for: web");
    assert_eq!((trouble.what.clone(), trouble.class()), (What::Quota, Class::AskPerson));
    assert_eq!(trouble.message, "failed quota: mem-cpu-demo: must specify limits.cpu for: web");
    assert!(trouble.next.starts_with("say in each container"), "{}", trouble.next);
    let trouble = of(
        "pods \"constraints-cpu-demo-2\" is forbidden: maximum cpu usage per Container is 800m, but limit is 1500m.",
    );
    assert_eq!(trouble.class(), Class::AskPerson);
    let said = "a LimitRange of the namespace refuses it: maximum cpu usage per Container is 800m, but limit is 1500m.";
    assert_eq!((trouble.message.as_str(), trouble.next.as_str()), (said, "stay within its limits, or change them"));
    // What says no name is refused all the same, and no matter of rights.
    let trouble = of("namespaces \"kube-system\" is forbidden: this namespace may not be deleted");
    assert_eq!(trouble.message, "the admission of the cluster refuses it: this namespace may not be deleted");
}

#[test]
fn a_quota_says_what_is_used() {
    let said = "pods \"web-1\" is forbidden: exceeded quota: compute, requested: requests.cpu=2, used: requests.cpu=3, limited: requests.cpu=4";
    let body = status(403, "Forbidden", said, &json!({"name": "web-1", "kind": "pods"}));
    check(
        403,
        &body,
        &What::Quota,
        Class::AskPerson,
        "exceeded quota: compute, requested: requests.cpu=2, used: requests.cpu=3, limited: requests.cpu=4",
        "raise the quota of the namespace, or ask for less",
    );
}

#[test]
fn who_refuses_is_named() {
    let said =
        "admission webhook \"policy.example.com\" denied the request: images come from registry.example.com only";
    let by = What::Refused { by: "policy.example.com".to_owned() };
    check(
        403,
        &status(403, "Forbidden", said, &json!({})),
        &by,
        Class::AskPerson,
        "policy.example.com refuses it: images come from registry.example.com only",
        "change what policy.example.com refuses, or ask who keeps it",
    );
    // As policy engines write: a page.
    let said = "admission webhook \"validate.kyverno.svc-fail\" denied the request: \n\nresource Deployment/shop/web was blocked due to the \
                following policies \n\nrequire-labels:\n  check-team: 'validation error: the label team is required'\n";
    assert_eq!(
        Trouble::of(400, &status(400, "", said, &json!({}))).message,
        "validate.kyverno.svc-fail refuses it: resource Deployment/shop/web was blocked due to the following policies require-labels: \
         check-team: 'validation error: the label team is required'"
    );
    let said = "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'all' denied request: at most 5";
    let trouble = Trouble::of(422, &status(422, "Invalid", said, &json!({"name": "web", "kind": "deployments"})));
    assert_eq!(trouble.message, "replicas refuses it: at most 5");
    let said = "pods \"web\" is forbidden: violates PodSecurity \"restricted:latest\": runAsNonRoot != true (pod or container \"web\" must \
                set securityContext.runAsNonRoot=true)";
    let trouble = Trouble::of(403, &status(403, "Forbidden", said, &json!({"name": "web", "kind": "pods"})));
    assert_eq!(
        trouble.message,
        "PodSecurity restricted:latest refuses it: runAsNonRoot != true (pod or container \"web\" must set \
         securityContext.runAsNonRoot=true)"
    );
    let said = "Internal error occurred: failed calling webhook \"validate.cert-manager.io\": failed to call webhook: Post \
                \"https://cert-manager-webhook.cert-manager.svc:443/validate?timeout=30s\": no endpoints available for service \
                \"cert-manager-webhook\"";
    let trouble = Trouble::of(500, &status(500, "InternalError", said, &json!({})));
    assert_eq!(trouble.what, What::NoAnswer { by: "validate.cert-manager.io".to_owned() });
    assert_eq!(trouble.class(), Class::Wait, "the object was not stored");
    assert!(
        trouble.message.ends_with("no endpoints available for service \"cert-manager-webhook\""),
        "{}",
        trouble.message
    );
}

#[test]
fn what_is_not_there_yet_is_waited_for() {
    let said = "namespaces \"shop\" not found";
    let body = status(404, "NotFound", said, &json!({"name": "shop", "kind": "namespaces"}));
    let next = "declare the namespace in the same stack, or create it first";
    check(404, &body, &What::NoNamespace, Class::Wait, "there is no namespace shop", next);
    let body = status(404, "NotFound", "the server could not find the requested resource", &json!({}));
    assert_eq!(Trouble::of(404, &body).what, What::UnknownKind);
    assert_eq!(Trouble::of(404, &Value::String("404 page not found".into())).what, What::UnknownKind);
    let body = status(404, "NotFound", "secrets \"a\" not found", &json!({"name": "a", "kind": "secrets"}));
    check(404, &body, &What::NotFound, Class::NotFound, "there is no secrets \"a\"", "");
    let said =
        "configmaps \"a\" is forbidden: unable to create new content in namespace shop because it is being terminated";
    let details = json!({"name": "a", "kind": "configmaps", "causes": [
        {"reason": "NamespaceTerminating", "message": "namespace shop is being terminated", "field": "metadata.namespace"}]});
    assert_eq!(Trouble::of(403, &status(403, "Forbidden", said, &details)).what, What::NamespaceLeaves);
}

#[test]
fn an_unknown_field_is_named() {
    let said = "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: unknown field \"spec.replica\", \
                unknown field \"spec.template.spec.containers[0].imge\"";
    let trouble = Trouble::of(400, &status(400, "BadRequest", said, &json!({})));
    assert_eq!((&trouble.what, trouble.class()), (&What::UnknownField, Class::FixInput));
    let paths: Vec<_> = trouble.fields.iter().map(|field| field.path.to_string()).collect();
    assert_eq!(paths, ["spec.replica", "spec.template.spec.containers[0].imge"]);
    let said = "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.replica: field not declared in schema";
    let trouble = Trouble::of(500, &bare(said));
    assert_eq!(trouble.class(), Class::FixInput);
    assert_eq!(trouble.message, "the object is refused: spec.replica: there is no such field");
}

/// As the server answers what does not fit a kind: without a reason.
fn bare(message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "code": 500})
}

#[test]
fn what_does_not_fit_its_kind_is_wrong_and_was_not_done() {
    let said = "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .data.x.y: expected string, got \
                &value.valueUnstructured{Value:\"hunter2\"}";
    let trouble = Trouble::of(500, &bare(said));
    assert_eq!((&trouble.what, trouble.class()), (&What::Invalid, Class::FixInput));
    assert_eq!(trouble.message, "the object is refused: data[\"x.y\"]: has to be a string");
    assert!(!format!("{trouble:?}").contains("hunter2"));
    let said = "failed to create typed patch object (/a; /v1, Kind=Pod): .spec.containers[name=\"c\"].env: duplicate entries for \
                key [name=\"A\"]";
    let trouble = Trouble::of(500, &bare(said));
    assert_eq!(trouble.class(), Class::FixInput);
    let expected = "the object is refused: spec.containers[name=\"c\"].env: two of its entries have the same key, by which the API \
                    tells them apart";
    assert_eq!(trouble.message, expected);
    let said = "failed to convert new object (/s; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, \
                Kind=Secret: error decoding from json: illegal base64 data at input byte 4";
    let trouble = Trouble::of(500, &bare(said));
    assert_eq!(trouble.class(), Class::FixInput);
    assert!(trouble.message.ends_with("illegal base64 data at input byte 4"), "{}", trouble.message);
}

#[test]
fn a_busy_server_says_how_long() {
    let body =
        status(429, "TooManyRequests", "too many requests, please try again later", &json!({"retryAfterSeconds": 7}));
    let trouble = Trouble::of(429, &body);
    assert_eq!(
        (trouble.what.clone(), trouble.class(), trouble.retry_after_seconds),
        (What::Throttled, Class::Retry, Some(7))
    );
    let details = json!({"causes": [{"reason": "DisruptionBudget", "message": "The disruption budget web needs 2 healthy pods"}]});
    let body =
        status(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", &details);
    assert_eq!(Trouble::of(429, &body).what, What::Budget);
}

#[test]
fn what_failed_on_the_way_may_have_been_done() {
    for (code, body) in [
        (500, status(500, "InternalError", "etcdserver: request timed out", &json!({}))),
        (504, status(504, "Timeout", "request did not complete within the allotted timeout", &json!({}))),
        (502, Value::String("<html>bad gateway</html>".into())),
    ] {
        assert_eq!(Trouble::of(code, &body).class(), Class::Unknown, "{body}");
    }
    let body = status(500, "InternalError", "etcdserver: request is too large", &json!({}));
    assert_eq!(Trouble::of(500, &body).what, What::TooLarge);
}
