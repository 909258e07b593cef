use serde_json::{Value, json};

use super::{Progress, Readiness, claim_readiness, pod_trouble, readiness, readiness_by};

/// What is expected of an object, in one line.
fn shown(readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => "ready".to_owned(),
        Readiness::Resting { why } => format!("rests: {why}"),
        Readiness::Waiting { why, .. } => format!("waits: {why}"),
        Readiness::Failed { why } => format!("failed: {why}"),
        Readiness::Leaving { why } => format!("leaves: {why}"),
    }
}

#[track_caller]
fn check(object: &Value, expected: &str) {
    assert_eq!(shown(&readiness(object)), expected, "{object}");
}

fn object(api: &str, kind: &str, spec: &Value, status: &Value) -> Value {
    json!({"apiVersion": api, "kind": kind, "metadata": {"name": "x", "generation": 3}, "spec": spec, "status": status})
}

fn conditions(all: &[(&str, &str, &str, &str)]) -> Value {
    let one = |(kind, status, reason, message): &(&str, &str, &str, &str)| json!({"type": kind, "status": status, "reason": reason, "message": message});
    all.iter().map(one).collect()
}

#[test]
fn a_deployment_is_ready_when_all_its_pods_are_new_and_available() {
    let status = |updated: i64, all: i64, available: i64| json!({"observedGeneration": 3, "updatedReplicas": updated, "replicas": all, "availableReplicas": available});
    for (spec, status, expected) in [
        (json!({"replicas": 3}), status(3, 3, 3), "ready"),
        (json!({}), status(1, 1, 1), "ready"),
        (json!({"replicas": 0}), status(0, 0, 0), "ready"),
        (json!({"replicas": 3}), status(2, 4, 3), "waits: 2 of 3 replicas are updated"),
        (json!({"replicas": 3}), status(3, 4, 3), "waits: 1 old replicas are still to go"),
        (json!({"replicas": 3}), status(3, 3, 1), "waits: 1 of 3 replicas are available"),
        (
            json!({"replicas": 3}),
            json!({"observedGeneration": 2, "updatedReplicas": 3, "replicas": 3, "availableReplicas": 3}),
            "waits: its controller has not seen this change yet",
        ),
        (json!({"replicas": 3}), json!({}), "waits: its controller has not seen this change yet"),
        (json!({"replicas": 3, "paused": true}), status(1, 3, 3), "rests: is paused with 1 of 3 replicas updated"),
        (json!({"replicas": 3, "paused": true}), status(3, 3, 3), "ready"),
    ] {
        check(&object("apps/v1", "Deployment", &spec, &status), expected);
    }
    let waiting = readiness(&object("apps/v1", "Deployment", &json!({"replicas": 3}), &status(2, 4, 3)));
    let progress = Some(Progress { done: 2, of: 3 });
    assert!(matches!(waiting, Readiness::Waiting { progress: found, .. } if found == progress));
}

#[test]
fn a_deployment_fails_by_its_own_deadline() {
    let mut deployment = object(
        "apps/v1",
        "Deployment",
        &json!({"replicas": 1}),
        &json!({"observedGeneration": 3, "conditions": conditions(&[
            ("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
            ("Progressing", "False", "ProgressDeadlineExceeded", "ReplicaSet \"x-1\" has timed out progressing."),
        ])}),
    );
    check(&deployment, "failed: ProgressDeadlineExceeded: ReplicaSet \"x-1\" has timed out progressing.");
    // The condition is of the revision before: the new one has only just been sent.
    deployment["metadata"]["generation"] = json!(4);
    check(&deployment, "waits: its controller has not seen this change yet");
    let refused =
        conditions(&[("ReplicaFailure", "True", "FailedCreate", "pods \"x\" is forbidden: exceeded quota: q")]);
    check(
        &object("apps/v1", "Deployment", &json!({}), &json!({"observedGeneration": 3, "conditions": refused})),
        "waits: FailedCreate: pods \"x\" is forbidden: exceeded quota: q",
    );
}

#[test]
fn a_stateful_set_keeps_to_its_partition() {
    let rolling = |partition: i64| json!({"replicas": 3, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}});
    let on_delete = json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}});
    let status = |updated: i64, ready: i64, all: i64| json!({"observedGeneration": 3, "updatedReplicas": updated, "readyReplicas": ready, "replicas": all});
    for (spec, status, expected) in [
        (rolling(0), status(3, 3, 3), "ready"),
        (rolling(0), status(2, 3, 3), "waits: 2 of 3 replicas are updated"),
        (rolling(2), status(1, 3, 3), "ready"),
        (rolling(2), status(0, 3, 3), "waits: 0 of 1 replicas are updated"),
        (rolling(7), status(0, 3, 3), "ready"),
        (rolling(0), status(3, 2, 3), "waits: 2 of 3 replicas are ready"),
        (rolling(0), status(3, 3, 4), "waits: 1 replicas too many are still to go"),
        (
            on_delete.clone(),
            status(1, 3, 3),
            "rests: 2 pods are of an older revision until they are deleted (OnDelete)",
        ),
        (on_delete.clone(), status(1, 2, 3), "waits: 2 of 3 replicas are ready"),
        (on_delete, status(3, 3, 3), "ready"),
        (
            json!({"replicas": 2, "minReadySeconds": 30}),
            json!({"observedGeneration": 3, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 1, "replicas": 2}),
            "waits: 1 of 2 replicas are ready",
        ),
    ] {
        check(&object("apps/v1", "StatefulSet", &spec, &status), expected);
    }
}

#[test]
fn a_daemon_set_is_on_all_its_nodes() {
    let status = |wanted: i64, updated: i64, available: i64| json!({"observedGeneration": 3, "desiredNumberScheduled": wanted, "updatedNumberScheduled": updated, "numberAvailable": available});
    let on_delete = json!({"updateStrategy": {"type": "OnDelete"}});
    for (spec, status, expected) in [
        (json!({}), status(3, 3, 3), "ready"),
        (json!({}), status(0, 0, 0), "ready"),
        (json!({}), status(3, 1, 3), "waits: 1 of 3 nodes have the updated pod"),
        (json!({}), status(3, 3, 2), "waits: 2 of 3 nodes have an available pod"),
        (on_delete, status(3, 1, 3), "rests: 2 pods are of an older revision until they are deleted (OnDelete)"),
        (json!({}), json!({}), "waits: its controller has not seen this change yet"),
    ] {
        check(&object("apps/v1", "DaemonSet", &spec, &status), expected);
    }
}

#[test]
fn replica_sets_scale_and_update_nothing() {
    for (status, expected) in [
        (json!({"observedGeneration": 3, "replicas": 2, "availableReplicas": 2}), "ready"),
        (
            json!({"observedGeneration": 3, "replicas": 2, "availableReplicas": 1}),
            "waits: 1 of 2 replicas are available",
        ),
        (
            json!({"observedGeneration": 3, "replicas": 3, "availableReplicas": 3}),
            "waits: 1 replicas too many are still to go",
        ),
    ] {
        check(&object("apps/v1", "ReplicaSet", &json!({"replicas": 2}), &status), expected);
        check(&object("v1", "ReplicationController", &json!({"replicas": 2}), &status), expected);
    }
}

#[test]
fn a_job_is_ready_when_it_has_completed() {
    let done = conditions(&[("SuccessCriteriaMet", "True", "", ""), ("Complete", "True", "CompletionsReached", "")]);
    let failed =
        conditions(&[("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit")]);
    let failing =
        conditions(&[("FailureTarget", "True", "PodFailurePolicy", "Container main failed with exit code 42")]);
    for (spec, status, expected) in [
        (json!({}), json!({"succeeded": 1, "conditions": done}), "ready"),
        (
            json!({}),
            json!({"failed": 7, "conditions": failed}),
            "failed: BackoffLimitExceeded: Job has reached the specified backoff limit",
        ),
        (
            json!({}),
            json!({"active": 1, "conditions": failing}),
            "failed: PodFailurePolicy: Container main failed with exit code 42",
        ),
        (json!({"completions": 5}), json!({"succeeded": 2, "active": 1}), "waits: 2 of 5 pods have completed"),
        (
            json!({"backoffLimit": 3}),
            json!({"active": 1, "failed": 2}),
            "waits: 0 of 1 pods have completed, 2 failed (it gives up after 4)",
        ),
        (json!({"suspend": true}), json!({}), "rests: is suspended"),
        (json!({}), json!({}), "waits: 0 of 1 pods have completed"),
    ] {
        check(&object("batch/v1", "Job", &spec, &status), expected);
    }
    check(&object("batch/v1", "CronJob", &json!({"schedule": "@daily"}), &json!({})), "ready");
    check(&object("batch/v1", "CronJob", &json!({"suspend": true}), &json!({})), "rests: is suspended");
}

#[test]
fn a_claim_that_binds_on_first_use_is_not_waited_for() {
    let pending =
        object("v1", "PersistentVolumeClaim", &json!({"storageClassName": "gp3"}), &json!({"phase": "Pending"}));
    let class = |mode: &str| json!({"kind": "StorageClass", "volumeBindingMode": mode});
    assert!(readiness(&pending).is_settled(), "who does not know the class must not wait for ever");
    let settled = |class: &Value| shown(&claim_readiness(&pending, Some(class)));
    assert_eq!(settled(&class("WaitForFirstConsumer")), "rests: binds when the first pod uses it");
    assert_eq!(settled(&class("Immediate")), "waits: is not bound to a volume yet");
    let bound = |status: &Value| {
        let mut all = json!({"phase": "Bound", "capacity": {"storage": "10Gi"}});
        all.as_object_mut().unwrap().extend(status.as_object().unwrap().clone());
        object("v1", "PersistentVolumeClaim", &json!({"resources": {"requests": {"storage": "20Gi"}}}), &all)
    };
    check(&bound(&json!({})), "waits: is being grown from 10Gi to 20Gi");
    check(&bound(&json!({"capacity": {"storage": "21474836480"}})), "ready");
    check(
        &bound(&json!({"conditions": conditions(&[("FileSystemResizePending", "True", "", "")])})),
        "rests: its volume has grown, and its file system does when a pod mounts it",
    );
    check(
        &bound(&json!({"allocatedResourceStatuses": {"storage": "ControllerResizeInfeasible"}})),
        "failed: its volume cannot grow so far",
    );
    check(
        &object("v1", "PersistentVolumeClaim", &json!({}), &json!({"phase": "Lost"})),
        "failed: has lost the volume that it was bound to",
    );
}

#[test]
fn a_pod_says_what_is_the_matter() {
    let looping = json!({"phase": "Running", "conditions": conditions(&[("Ready", "False", "ContainersNotReady", "")]),
        "containerStatuses": [{"name": "web", "ready": false, "restartCount": 4,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}},
            "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]});
    let pulling = json!({"phase": "Pending", "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "InvalidImageName",
        "message": "couldn't parse image name \"a b\""}}}]});
    let nowhere = json!({"phase": "Pending", "conditions": conditions(&[("PodScheduled", "False", "Unschedulable",
        "0/3 nodes are available: 3 Insufficient cpu.")])});
    for (status, expected) in [
        (json!({"phase": "Running", "conditions": conditions(&[("Ready", "True", "", "")])}), "ready"),
        (json!({"phase": "Succeeded"}), "ready"),
        (
            json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory."}),
            "failed: Evicted: The node was low on resource: memory.",
        ),
        (
            json!({"phase": "Failed", "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 3, "reason": "Error"}}}]}),
            "failed: main: exited with 3",
        ),
        (
            looping,
            "waits: web: CrashLoopBackOff: back-off 40s restarting failed container; OOMKilled, exited with 137 before, 4 restarts",
        ),
        (pulling, "failed: web: InvalidImageName: couldn't parse image name \"a b\""),
        (nowhere, "waits: Unschedulable: 0/3 nodes are available: 3 Insufficient cpu."),
        (
            json!({"phase": "Running", "containerStatuses": [{"name": "web", "ready": false, "state": {"running": {}}}]}),
            "waits: web: runs and is not ready",
        ),
        (
            json!({"phase": "Pending", "containerStatuses": [{"name": "web", "state": {"waiting": {"reason": "ContainerCreating"}}}]}),
            "waits: is pending",
        ),
        (json!({}), "waits: has not been seen by the scheduler yet"),
    ] {
        check(&object("v1", "Pod", &json!({}), &status), expected);
    }
    assert_eq!(pod_trouble(&object("v1", "Pod", &json!({}), &json!({"phase": "Running"}))), None);
}

#[test]
fn what_has_to_be_reached_has_an_address() {
    let balanced = json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1"});
    let address = json!({"loadBalancer": {"ingress": [{"hostname": "a.elb.amazonaws.com"}]}});
    let refused = json!({"loadBalancer": {"ingress": [{"ip": "1.2.3.4", "ports": [{"port": 80, "protocol": "TCP", "error": "NoQuota"}]}]}});
    check(
        &object("v1", "Service", &balanced, &json!({"loadBalancer": {}})),
        "waits: its load balancer has no address yet",
    );
    check(&object("v1", "Service", &balanced, &address), "ready");
    check(&object("v1", "Service", &balanced, &refused), "waits: port 80 of its load balancer: NoQuota");
    check(&object("v1", "Service", &json!({"type": "ClusterIP"}), &json!({})), "ready");
    check(&object("v1", "Service", &json!({"type": "ExternalName"}), &json!({})), "ready");
    check(&object("networking.k8s.io/v1", "Ingress", &json!({}), &json!({})), "waits: it has no address yet");
    check(&object("networking.k8s.io/v1", "Ingress", &json!({}), &address), "ready");
}

#[test]
fn a_route_is_ready_when_every_gateway_has_taken_it() {
    let spec = json!({"parentRefs": [{"name": "public"}]});
    let parent = |accepted: &str, generation: i64| {
        json!({"parents": [{"parentRef": {"name": "public"}, "conditions": [
            {"type": "Accepted", "status": accepted, "reason": "R", "message": "m", "observedGeneration": generation},
            {"type": "ResolvedRefs", "status": "True", "observedGeneration": generation}]}]})
    };
    let api = "gateway.networking.k8s.io/v1";
    check(&object(api, "HTTPRoute", &spec, &parent("True", 3)), "ready");
    check(&object(api, "HTTPRoute", &spec, &parent("False", 3)), "waits: gateway public: R: m");
    check(&object(api, "HTTPRoute", &spec, &parent("True", 2)), "waits: gateway public has not seen this change yet");
    check(&object(api, "HTTPRoute", &spec, &json!({})), "waits: not every gateway that it names has seen it yet");
}

#[test]
fn an_autoscaler_may_not_have_metrics_at_first() {
    let hpa = |scaling: (&str, &str, &str)| {
        let all = conditions(&[
            ("AbleToScale", "True", "SucceededGetScale", ""),
            ("ScalingActive", scaling.0, scaling.1, scaling.2),
        ]);
        object("autoscaling/v2", "HorizontalPodAutoscaler", &json!({}), &json!({"conditions": all}))
    };
    check(&hpa(("True", "ValidMetricFound", "")), "ready");
    check(&hpa(("False", "FailedGetResourceMetric", "no metrics")), "waits: FailedGetResourceMetric: no metrics");
    check(&hpa(("False", "ScalingDisabled", "")), "rests: its target has no replicas, so it scales nothing");
    check(&hpa(("False", "AmbiguousSelector", "two of them")), "failed: AmbiguousSelector: two of them");
    check(
        &object("autoscaling/v2", "HorizontalPodAutoscaler", &json!({}), &json!({})),
        "waits: its controller has not looked at it yet",
    );
}

#[test]
fn a_budget_that_allows_nothing_is_ready_all_the_same() {
    let status = |reason: &str| json!({"observedGeneration": 3, "disruptionsAllowed": 0, "conditions": conditions(&[("DisruptionAllowed", "False", reason, "m")])});
    check(&object("policy/v1", "PodDisruptionBudget", &json!({}), &status("InsufficientPods")), "ready");
    check(&object("policy/v1", "PodDisruptionBudget", &json!({}), &status("SyncFailed")), "waits: SyncFailed: m");
}

#[test]
fn a_definition_is_ready_when_it_is_established() {
    let crd = |all: &[(&str, &str, &str, &str)]| {
        object(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            &json!({}),
            &json!({"conditions": conditions(all)}),
        )
    };
    check(&crd(&[("NamesAccepted", "True", "", ""), ("Established", "True", "InitialNamesAccepted", "")]), "ready");
    check(
        &crd(&[("NamesAccepted", "True", "", ""), ("Established", "False", "Installing", "")]),
        "waits: its kind is not established yet",
    );
    check(
        &crd(&[("NamesAccepted", "False", "KindConflict", "\"Widget\" is already in use")]),
        "failed: KindConflict: \"Widget\" is already in use",
    );
    check(&crd(&[]), "waits: its kind is not established yet");
    let api = |status: &str| {
        let all =
            conditions(&[("Available", status, "MissingEndpoints", "endpoints for service/metrics have no addresses")]);
        object("apiregistration.k8s.io/v1", "APIService", &json!({}), &json!({"conditions": all}))
    };
    check(&api("True"), "ready");
    check(&api("False"), "waits: MissingEndpoints: endpoints for service/metrics have no addresses");
}

#[test]
fn what_is_being_deleted_says_what_holds_it() {
    let mut namespace = object(
        "v1",
        "Namespace",
        &json!({"finalizers": ["kubernetes"]}),
        &json!({"phase": "Terminating", "conditions": conditions(&[
            ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "all found"),
            ("NamespaceContentRemaining", "True", "SomeResourcesRemain", "Some resources are remaining: widgets.x has 1 resource instances"),
        ])}),
    );
    namespace["metadata"]["deletionTimestamp"] = json!("2026-11-27T10:00:00Z");
    check(&namespace, "leaves: is being deleted: Some resources are remaining: widgets.x has 1 resource instances");
    let held = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"deletionTimestamp": "t", "finalizers": ["a.b/c"]}});
    check(&held, "leaves: is being deleted: waits for a.b/c");
    let free = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"deletionTimestamp": "t"}});
    check(&free, "leaves: is being deleted");
}

#[test]
fn other_kinds_say_it_by_conditions() {
    let certificate =
        |all: &Value| object("cert-manager.io/v1", "Certificate", &json!({}), &json!({"conditions": all}));
    check(&certificate(&conditions(&[("Ready", "True", "", "")])), "ready");
    check(
        &certificate(&conditions(&[("Ready", "False", "DoesNotExist", "no secret")])),
        "waits: DoesNotExist: no secret",
    );
    check(&certificate(&json!([])), "waits: says nothing of Ready yet");
    // What its controller said of the generation before is not believed.
    let old = json!([{"type": "Ready", "status": "True", "observedGeneration": 2}]);
    check(&certificate(&old), "waits: says nothing of Ready yet");
    check(&object("x.io/v1", "Widget", &json!({}), &json!({"conditions": old})), "waits: says nothing of Ready yet");
    check(
        &object("x.io/v1", "Widget", &json!({}), &json!({"observedGeneration": 2})),
        "waits: its controller has not seen this change yet",
    );
    check(&object("x.io/v1", "Widget", &json!({}), &json!({})), "ready");
    let stalled = conditions(&[("Stalled", "True", "BadConfig", "m"), ("Ready", "False", "", "")]);
    check(&object("x.io/v1", "Widget", &json!({}), &json!({"conditions": stalled})), "failed: BadConfig: m");
    let denied = conditions(&[("Denied", "True", "Policy", "no"), ("Ready", "False", "", "")]);
    check(
        &object("cert-manager.io/v1", "CertificateRequest", &json!({}), &json!({"conditions": denied})),
        "failed: Policy: no",
    );
    check(&json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generation": 1}}), "ready");
    let database = object(
        "x.io/v1",
        "Database",
        &json!({}),
        &json!({"conditions": conditions(&[("Healthy", "False", "Boot", "")])}),
    );
    assert_eq!(shown(&readiness_by(&database, "Healthy", "True")), "waits: Boot");
    assert_eq!(shown(&readiness_by(&database, "Healthy", "False")), "ready");
}

/// Whatever an object looks like, it is judged.
#[test]
fn an_external_secret_that_changed_is_ready_when_its_values_were_read_anew() {
    let external = |spec: &Value, synced: &str| {
        let status = json!({"syncedResourceVersion": synced, "conditions": conditions(&[("Ready", "True", "SecretSynced", "")])});
        object("external-secrets.io/v1", "ExternalSecret", spec, &status)
    };
    let hourly = json!({"refreshInterval": "1h"});
    check(&external(&hourly, "3-9a8b"), "ready");
    check(&external(&hourly, "2-9a8b"), "waits: its controller has not read these values yet");
    // Those that are read once keep their condition, and nobody reads them again.
    for kept in [
        json!({"refreshPolicy": "CreatedOnce"}),
        json!({"refreshInterval": "0s"}),
        json!({"target": {"immutable": true}}),
    ] {
        check(&external(&kept, "2-9a8b"), "ready");
    }
    let silent = json!({"conditions": conditions(&[("Ready", "True", "SecretSynced", "")])});
    check(&object("external-secrets.io/v1", "ExternalSecret", &hourly, &silent), "ready");
}

#[test]
fn no_status_is_too_strange() {
    let kinds = [
        ("apps/v1", "Deployment"),
        ("apps/v1", "StatefulSet"),
        ("batch/v1", "Job"),
        ("v1", "Pod"),
        ("v1", "Service"),
        ("v1", "PersistentVolumeClaim"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("x/v1", "Y"),
    ];
    let strange = [
        json!(null),
        json!([]),
        json!("x"),
        json!({"conditions": "x"}),
        json!({"conditions": [null, 7, {"type": 3}]}),
        json!({"replicas": "3", "phase": 7, "containerStatuses": [{}], "observedGeneration": i64::MIN, "loadBalancer": {"ingress": [null]}}),
    ];
    for (api, kind) in kinds {
        for status in &strange {
            readiness(&object(api, kind, &json!({"replicas": i64::MAX, "backoffLimit": i64::MAX}), status));
            readiness(&json!({"apiVersion": api, "kind": kind, "metadata": status, "spec": status, "status": status}));
        }
    }
}
