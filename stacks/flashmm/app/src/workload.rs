//! FlashMM itself: a web service, with what a trading program needs beside that.

use flashinfra::Stack;
use flashinfra::kubernetes::{self, ConfigMapHandle, ServiceHandle, WebService};
use serde_json::{Value as Json, json};

use crate::Params;
use crate::names::{APP, Names, PART_OF, metadata, object, pod_security};
use crate::secrets::Secrets;
use crate::storage::{self, Classes};

/// The port that it answers on, with its metrics.
pub(crate) const PORT: u16 = 8000;
/// As whom it runs.
const USER: u32 = 10_001;

/// Declares the program; answers its name within the cluster.
pub(crate) fn workload(
    stack: &mut Stack,
    params: &Params,
    names: &Names,
    config: &ConfigMapHandle,
    (secrets, classes): (&Secrets, &Classes),
) -> ServiceHandle {
    let program = &params.program;
    let scaling = &params.scaling;
    let service = WebService::named(APP, names.app.name_token(), &program.image, PORT)
        .requests(&program.cpu, &program.memory)
        .ready_at("/health/ready")
        .writable("/tmp")
        .writable("/app/logs")
        .env_of(config)
        .reached_from(&params.network.ingress_namespace)
        .reached_from(crate::names::namespace(&params.namespace, "monitoring"));
    let service = match scaling.min == scaling.max {
        true => service.replicas(scaling.min),
        false => service.autoscaled(scaling.min, scaling.max, scaling.cpu_percent),
    };
    let mut objects = service.objects();
    let scratch = storage::claim(&params.storage.scratch, classes.passing.as_ref());
    pod(&mut objects.deployment["spec"]["template"]["spec"], params, secrets, &scratch);
    objects.deployment["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/part-of"] = PART_OF.into();
    objects.service_account["automountServiceAccountToken"] = true.into();
    // The port that the Service has today, which others know.
    objects.service["spec"]["ports"][0]["port"] = PORT.into();
    if let Some(autoscaler) = &mut objects.autoscaler {
        scale(&mut autoscaler["spec"], params);
    }
    if !params.network.policies {
        // Then all may reach it.
        objects.network_policy["spec"]["ingress"] = json!([{}]);
    }
    let web = objects.add_to(stack, "app");
    stack.scope("app", |stack| permissions(stack, names, config, &web.service_account));
    web.service
}

/// What its pods have beyond those of any web service.
fn pod(pod: &mut Json, params: &Params, secrets: &Secrets, scratch: &Json) {
    let program = &params.program;
    pod["automountServiceAccountToken"] = true.into();
    pod["securityContext"] = pod_security(USER);
    pod["terminationGracePeriodSeconds"] = 60.into();
    if let Some(secret) = &program.pull_secret {
        pod["imagePullSecrets"] = json!([{ "name": secret }]);
    }
    // A disk for each pod, which goes with it: a claim that all of them share could be mounted on one node only.
    let scratch = json!({ "name": "scratch", "ephemeral": { "volumeClaimTemplate": { "spec": scratch } } });
    push(&mut pod["volumes"], scratch);
    for volume in pod["volumes"].as_array_mut().into_iter().flatten() {
        if let Some(empty) = volume.get_mut("emptyDir") {
            *empty = json!({ "sizeLimit": "2Gi" });
        }
    }
    let container = &mut pod["containers"][0];
    push(&mut container["envFrom"], json!({ "secretRef": { "name": secrets.app } }));
    for (name, path) in
        [("POD_NAME", "metadata.name"), ("POD_NAMESPACE", "metadata.namespace"), ("POD_IP", "status.podIP")]
    {
        push(&mut container["env"], json!({ "name": name, "valueFrom": { "fieldRef": { "fieldPath": path } } }));
    }
    for (path, part) in [("/app/data", "data"), ("/app/models", "models")] {
        push(&mut container["volumeMounts"], json!({ "name": "scratch", "mountPath": path, "subPath": part }));
    }
    container["resources"]["limits"] = json!({
        "cpu": program.cpu_limit, "memory": program.memory_limit, "ephemeral-storage": "5Gi",
    });
    container["resources"]["requests"]["ephemeral-storage"] = "1Gi".into();
    let health = json!({ "path": "/health", "port": "http" });
    container["startupProbe"] =
        json!({ "httpGet": health, "periodSeconds": 10, "failureThreshold": 30, "timeoutSeconds": 5 });
    container["livenessProbe"] =
        json!({ "httpGet": health, "periodSeconds": 30, "failureThreshold": 3, "timeoutSeconds": 10 });
}

fn push(list: &mut Json, entry: Json) {
    match list {
        Json::Array(entries) => entries.push(entry),
        list => *list = Json::Array(vec![entry]),
    }
}

/// By memory and its own metrics, too; quickly up, slowly down.
fn scale(spec: &mut Json, params: &Params) {
    let memory = json!({ "type": "Utilization", "averageUtilization": params.scaling.memory_percent });
    push(&mut spec["metrics"], json!({ "type": "Resource", "resource": { "name": "memory", "target": memory } }));
    for (metric, average) in &params.scaling.metrics {
        let target = json!({ "type": "AverageValue", "averageValue": average });
        push(
            &mut spec["metrics"],
            json!({ "type": "Pods", "pods": { "metric": { "name": metric }, "target": target } }),
        );
    }
    let policies = |percent: u32, pods: u32| {
        json!([
            { "type": "Percent", "value": percent, "periodSeconds": 60 },
            { "type": "Pods", "value": pods, "periodSeconds": 60 },
        ])
    };
    spec["behavior"] = json!({
        "scaleUp": { "stabilizationWindowSeconds": 60, "selectPolicy": "Max", "policies": policies(100, 2) },
        "scaleDown": { "stabilizationWindowSeconds": 300, "selectPolicy": "Min", "policies": policies(50, 1) },
    });
}

/// What it may ask of the API: itself, its neighbours and its own configuration. No secret of the namespace.
fn permissions(stack: &mut Stack, names: &Names, config: &ConfigMapHandle, account: &kubernetes::ServiceAccountHandle) {
    let rules = json!([
        { "apiGroups": [""], "resources": ["configmaps"], "resourceNames": [config.name_token()], "verbs": ["get", "watch"] },
        { "apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list", "watch"] },
        { "apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"] },
        { "apiGroups": ["events.k8s.io"], "resources": ["events"], "verbs": ["create", "patch"] },
    ]);
    const RBAC: &str = "rbac.authorization.k8s.io/v1";
    let role = object(RBAC, "Role", metadata(&names.app, APP), json!({ "rules": rules }));
    let role = stack.add("role", kubernetes::object(role));
    let of = json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role.name_token() });
    let binding = json!({ "roleRef": of, "subjects": [account.subject()] });
    stack.add("role", kubernetes::object(object(RBAC, "RoleBinding", metadata(&names.app, APP), binding)));
}
