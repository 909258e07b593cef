//! `flashinfra adopt` on a Kubernetes API server: objects of kubectl, and a release that Helm itself installed.

use serde_json::{Value, json};

use crate::cluster::Desk;
use crate::shell::Shell;

pub(crate) fn config(data: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "labels": {"app": "web"}}, "data": data})
}

pub(crate) fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{
                "name": "web", "image": "web:1", "ports": [{"containerPort": 8080}],
                "envFrom": [{"configMapRef": {"name": "web"}}], "resources": {"requests": {"cpu": "500m"}}}]}}},
    })
}

pub(crate) fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    })
}

#[test]
fn objects_of_kubectl_are_adopted_and_what_leaves_the_stack_leaves_them() {
    let Some(desk) = Desk::new("adopt-kubectl", &["kubectl"]) else { return };
    let all = [config(&json!({"LEVEL": "info", "OLD": "1"})), deployment(), service()];
    for (number, object) in all.iter().enumerate() {
        desk.shell.write(&format!("objects/{number}.json"), &object.to_string());
    }
    desk.others("kubectl", &["-n", "adopt-kubectl", "apply", "-f", "objects"]);
    desk.declare(&[("config", all[0].clone()), ("web", all[1].clone()), ("http", all[2].clone())]);
    let refused = desk.run(&["plan"]);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stdout.contains("flashinfra adopt kubernetes.deployment/web adopt-kubectl/web"), "{refused}");

    let list = "kubernetes.config_map/config adopt-kubectl/web\nkubernetes.deployment/web adopt-kubectl/web\n\
                kubernetes.service/http adopt-kubectl/web # by hand\n";
    desk.shell.write("objects.txt", list);
    let said = desk.run(&["adopt", "--file=objects.txt", "--auto-approve"]).succeeds();
    assert!(
        said.contains("3 to adopt") && said.contains("No changes. adopt-kubectl/production matches its stack."),
        "{said}"
    );
    desk.is_as_declared();
    assert_eq!(desk.managers("configmap/web", "/f:data/f:OLD"), ["flashinfra Apply"]);
    let _ = desk.run(&["apply", "--auto-approve"]).succeeds();

    // Had kubectl kept its share of the field, it would stay for ever.
    desk.declare(&[("config", config(&json!({"LEVEL": "debug"}))), ("web", all[1].clone()), ("http", all[2].clone())]);
    let _ = desk.run(&["apply", "--auto-approve"]).succeeds();
    assert_eq!(desk.live("configmap/web")["data"], json!({"LEVEL": "debug"}));
    desk.is_as_declared();
}

#[test]
fn an_object_that_is_not_there_or_another_stacks_is_not_adopted() {
    let Some(desk) = Desk::new("adopt-refused", &["kubectl"]) else { return };
    desk.declare(&[("config", config(&json!({"LEVEL": "info"})))]);
    let said = desk.run(&["adopt", "kubernetes.config_map/config", "adopt-refused/web", "--auto-approve"]).fails(1);
    assert!(said.contains("there is no `adopt-refused/web` for kubernetes.config_map/config to have"), "{said}");
    let _ = desk.run(&["apply", "--auto-approve"]).succeeds();
    let theirs = ["--ledger=theirs", "--auto-approve"];
    let said =
        desk.run(&[&["adopt", "kubernetes.config_map/config", "adopt-refused/web"], &theirs[..]].concat()).fails(3);
    assert!(said.contains("carries the mark of stack"), "{said}");
}

const CHART: [(&str, &str); 4] = [
    ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: \"9\"\n"),
    ("values.yaml", "level: info\n"),
    (
        "templates/hook.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: seed\n  annotations:\n    helm.sh/hook: post-install\ndata: {}\n",
    ),
    ("templates/old.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: old\ndata:\n  a: b\n"),
];

/// A chart of the three objects, as charts are written: with the labels that everybody copies.
pub(crate) fn chart(shell: &Shell) {
    for (file, text) in CHART {
        shell.write(&format!("chart/{file}"), text);
    }
    let objects = [config(&json!({"LEVEL": "{{ .Values.level }}", "OLD": "1"})), deployment(), service()];
    for (number, mut object) in objects.into_iter().enumerate() {
        object["metadata"]["labels"]["app.kubernetes.io/managed-by"] = "{{ .Release.Service }}".into();
        object["metadata"]["labels"]["helm.sh/chart"] = "web-1.2.3".into();
        shell.write(&format!("chart/templates/{number}.yaml"), &object.to_string());
    }
}

#[test]
fn a_release_of_helm_is_adopted_and_helm_forgotten() {
    let Some(desk) = Desk::new("adopt-helm", &["kubectl", "helm"]) else { return };
    chart(&desk.shell);
    desk.others("helm", &["install", "web", "chart", "-n", "adopt-helm", "--set", "level=debug"]);
    desk.others("helm", &["upgrade", "web", "chart", "-n", "adopt-helm", "--set", "level=info"]);
    let data = json!({"LEVEL": "info", "OLD": "1"});
    let extra = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "extra"}, "data": {"a": "b"}});
    let declared = |data: &Value| [("config", config(data)), ("web", deployment()), ("http", service())];
    desk.declare(&[&declared(&data)[..], &[("extra", extra)]].concat());
    let missing = desk.run(&["adopt", "--helm=wbe", "--auto-approve"]).fails(1);
    assert!(missing.contains("there is no Helm release `wbe`"), "{missing}");
    let other = desk.run(&["adopt", "--helm=web", "-n", "other", "--auto-approve"]).fails(1);
    assert!(other.contains("there is no Helm release `web` in the namespace other"), "{other}");

    let said = desk.run(&["adopt", "--helm=web", "--auto-approve"]).succeeds();
    for words in [
        "Helm release adopt-helm/web: revision 2 of web-1.2.3, deployed",
        "kubernetes.config_map/extra  declared, and not of the release",
        "ConfigMap adopt-helm/old     of the release, not declared: it stays as it is",
        "3 objects of it to adopt",
        "1 to create · 3 to record",
        "Never run `helm uninstall web` from now on: it would delete the objects.",
        "kubectl -n adopt-helm delete secret -l owner=helm,name=web",
        "kubectl -n adopt-helm delete configmaps/seed",
    ] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
    // Nothing but what is declared beside the release is left to do.
    desk.declare(&declared(&data));
    desk.is_as_declared();
    let replicas = "/f:spec/f:replicas";
    assert_eq!(desk.managers("deployment/web", replicas), ["flashinfra Apply"]);
    let again = desk.run(&["adopt", "--helm=web", "--auto-approve"]).succeeds();
    assert!(again.contains("kubernetes.deployment/web     adopted before"), "{again}");
    assert!(again.contains("Nothing of it is to be adopted."), "{again}");

    // The commands that were printed remove what Helm left, and only that.
    for line in said.lines().map(str::trim).filter(|line| line.starts_with("kubectl ")) {
        let words: Vec<&str> = line.split(' ').skip(1).take_while(|word| !word.is_empty()).collect();
        desk.others("kubectl", &words);
    }
    let metadata = desk.live("deployment/web")["metadata"].clone();
    assert_eq!(metadata["labels"]["app"], "web", "{metadata}");
    assert!(
        !metadata.to_string().contains("meta.helm.sh")
            && metadata["labels"].get("app.kubernetes.io/managed-by").is_none(),
        "{metadata}"
    );
    assert_eq!(desk.others("helm", &["list", "-n", "adopt-helm", "-q"]), "");
    desk.is_as_declared();

    // What leaves the definition leaves the object, since no share of it is Helm's any more.
    let _ = desk.run(&["apply", "--auto-approve"]).succeeds();
    desk.declare(&declared(&json!({"LEVEL": "info"})));
    let _ = desk.run(&["apply", "--auto-approve"]).succeeds();
    assert_eq!(desk.live("configmap/web")["data"], json!({"LEVEL": "info"}));
    desk.is_as_declared();
}

#[test]
fn what_other_revisions_left_is_told_and_what_nobody_serves_is_in_nobodys_way() {
    const CHART: [(&str, &str); 4] = [
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("values.yaml", "first: true\n"),
        (
            "templates/web.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n---\n\
             apiVersion: example.com/v1\nkind: Gone\nmetadata:\n  name: gone\n",
        ),
        (
            "templates/first.yaml",
            "{{ if .Values.first }}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kept\n  \
             annotations:\n    helm.sh/resource-policy: keep\n---\n\
             apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data\n  \
             annotations:\n    helm.sh/resource-policy: keep\n{{ end }}\n",
        ),
    ];
    let Some(desk) = Desk::new("adopt-kept", &["kubectl", "helm"]) else { return };
    CHART.iter().for_each(|(file, text)| desk.shell.write(&format!("chart/{file}"), text));
    let names = json!({"plural": "gones", "singular": "gone", "kind": "Gone"});
    let open = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let versions = json!([{"name": "v1", "served": true, "storage": true, "schema": open}]);
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "gones.example.com"},
        "spec": {"group": "example.com", "scope": "Namespaced", "names": names, "versions": versions},
    });
    desk.shell.write("definition.json", &definition.to_string());
    desk.others("kubectl", &["create", "-f", "definition.json"]);
    desk.others("kubectl", &["wait", "--for=condition=Established", "crd/gones.example.com"]);
    desk.others("helm", &["install", "web", "chart", "-n", "adopt-kept"]);
    desk.others("helm", &["upgrade", "web", "chart", "-n", "adopt-kept", "--set", "first=false"]);
    // An API goes, and Helm's record still names an object of it.
    desk.others("kubectl", &["delete", "-f", "definition.json"]);

    let config = |name: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}});
    desk.declare(&[("web", config("web")), ("data", config("data"))]);
    let said = desk.run(&["adopt", "--helm=web", "--auto-approve"]).succeeds();
    for words in [
        "Helm release adopt-kept/web: revision 2 of web-1.0.0, deployed",
        "ConfigMap adopt-kept/kept (revision 1)  of the release, not declared: it stays as it is",
        "adopt    kubernetes.config_map/data  adopt-kept/data",
        "adopt    kubernetes.config_map/web   adopt-kept/web",
        "kubectl -n adopt-kept annotate configmaps/data meta.helm.sh/release-name- meta.helm.sh/release-namespace-",
    ] {
        assert!(said.contains(words), "no `{words}` in {said}");
    }
    desk.is_as_declared();
}
