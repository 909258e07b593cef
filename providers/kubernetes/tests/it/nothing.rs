//! What says nothing, and what its absence says: the server drops some of it, and keeps what means something.

use flashinfra::kubernetes;
use flashinfra::plans::plan::Note;
use kubernetes::object;
use serde_json::{Value as Json, json};

use crate::world::Desk;

/// A CronJob, which nothing waits for, with pods of this specification.
fn cron_job(desk: &Desk, pod: Json) -> kubernetes::Object {
    let template = json!({"spec": {"template": {"spec": pod}}});
    object(json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "job", "namespace": desk.namespace},
        "spec": {"schedule": "@daily", "suspend": true, "jobTemplate": template},
    }))
}

const POD: &str = "spec.jobTemplate.spec.template.spec";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_declared_to_be_false_is_written_and_its_loss_is_drift() {
    let Some(desk) = Desk::new("nothing").await else { return };
    let container = json!({"name": "app", "image": "app:1", "securityContext": {"runAsNonRoot": true}});
    let plain = json!({"restartPolicy": "Never", "containers": [container]});
    desk.converge(|stack| drop(stack.add("job", cron_job(&desk, plain.clone())))).await;
    let context = json!({"runAsNonRoot": true, "allowPrivilegeEscalation": false});
    let container = json!({"name": "app", "image": "app:1", "stdin": false, "securityContext": context, "args": []});
    let strict = json!({
        "restartPolicy": "Never", "automountServiceAccountToken": false, "hostNetwork": false, "containers": [container],
    });
    let changes = desk.converge(|stack| drop(stack.add("job", cron_job(&desk, strict.clone())))).await;
    let expected = [
        "automountServiceAccountToken",
        "containers[name=app].args",
        "containers[name=app].securityContext.allowPrivilegeEscalation",
        "containers[name=app].stdin",
        "hostNetwork",
    ];
    assert_eq!(changes[0], "update kubernetes.cron_job/job");
    assert_eq!(changes[1..], expected.map(|path| format!("  {POD}.{path}")));
    let pod = || async {
        let job = desk.get("batch/v1", "cronjobs/job").await.unwrap();
        job.pointer("/spec/jobTemplate/spec/template/spec").unwrap().clone()
    };
    let live = pod().await;
    assert_eq!(live["automountServiceAccountToken"], false);
    assert_eq!(live["containers"][0]["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(live.get("hostNetwork"), None, "the server does not keep it, which is no difference");
    let patch =
        json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"automountServiceAccountToken": null}}}}}});
    desk.patch("kubectl-edit", "batch/v1", "cronjobs/job", patch).await;
    let plan = desk.planned(|stack| drop(stack.add("job", cron_job(&desk, strict.clone())))).await.plan;
    let drift: Vec<_> = plan.drift[0].attributes.iter().map(|change| change.path.to_string()).collect();
    assert_eq!(drift, [format!("{POD}.automountServiceAccountToken")]);
    drop(desk.apply(plan).await);
    assert_eq!(pod().await["automountServiceAccountToken"], false);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_selector_is_another_rule_than_none() {
    let Some(desk) = Desk::new("empty-selector").await else { return };
    let policy = |ingress: Json| {
        object(json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": "web", "namespace": desk.namespace},
            "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress},
        }))
    };
    let live =
        || async { desk.get("networking.k8s.io/v1", "networkpolicies/web").await.unwrap()["spec"]["ingress"].clone() };
    let own = json!([{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]);
    desk.converge(|stack| drop(stack.add("web", policy(own.clone())))).await;
    for ingress in [
        json!([{"from": [{"podSelector": {"matchLabels": {"app": "web"}}, "namespaceSelector": {}}]}]),
        json!([{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}, {}]),
        json!([{}]),
    ] {
        let changes = desk.converge(|stack| drop(stack.add("web", policy(ingress.clone())))).await;
        assert_eq!(changes[0], "update kubernetes.network_policy/web");
        assert_eq!(live().await, ingress);
    }
    // None at all is what the server makes of an empty list.
    desk.converge(|stack| drop(stack.add("web", policy(json!([]))))).await;
    assert_eq!(live().await, Json::Null);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_texts_and_switches_at_the_top_are_written() {
    let Some(desk) = Desk::new("empty-texts").await else { return };
    let both = |data: Json, account: Json| {
        let metadata = json!({"name": "web", "namespace": desk.namespace});
        let mut account = account;
        account["metadata"] = metadata.clone();
        let config =
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data, "immutable": false});
        move |stack: &mut flashinfra::Stack| {
            stack.add("web", object(config.clone()));
            stack.add("web", object(account.clone()));
        }
    };
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount"});
    desk.converge(both(json!({"A": "1"}), account.clone())).await;
    let strict = json!({"apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": false});
    let changes = desk.converge(both(json!({"A": "1", "EMPTY": ""}), strict)).await;
    let expected = [
        "update kubernetes.config_map/web",
        "  data.EMPTY",
        "update kubernetes.service_account/web",
        "  automount_service_account_token",
    ];
    assert_eq!(changes, expected);
    assert_eq!(desk.get("v1", "configmaps/web").await.unwrap()["data"], json!({"A": "1", "EMPTY": ""}));
    let live = desk.get("v1", "serviceaccounts/web").await.unwrap();
    assert_eq!(live["automountServiceAccountToken"], false);
    desk.destroy().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_made_with_it_is_told_once() {
    let Some(desk) = Desk::new("made-so").await else { return };
    let define = |stack: &mut flashinfra::Stack| {
        let pod =
            json!({"restartPolicy": "Never", "hostNetwork": false, "containers": [{"name": "app", "image": "app:1"}]});
        drop(stack.add("job", cron_job(&desk, pod)));
    };
    desk.converge(define).await;
    // Somebody puts it the way that says something.
    let patch = json!({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"hostNetwork": true}}}}}});
    desk.patch("kubectl-edit", "batch/v1", "cronjobs/job", patch).await;
    let plan = desk.planned(define).await.plan;
    let [change] = &plan.drift[0].attributes[..] else { panic!("{:?}", plan.drift) };
    assert_eq!(change.note, Some(Note::WrittenBy("kubectl-edit".into())));
    drop(desk.apply(plan).await);
    assert_eq!(desk.changes(define).await, [""; 0]);
    desk.destroy().await;
}
