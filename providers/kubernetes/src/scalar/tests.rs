use serde_json::{Value, json};

use super::{Scalar, is_same, scalar_at};
use crate::object::GroupKind;
use crate::path::Path;

#[test]
fn a_number_may_be_text() {
    let same = |scalar, left: Value, right: Value| is_same(scalar, &left, &right);
    assert!(same(Scalar::IntOrString, json!(80), json!("80")));
    assert!(same(Scalar::IntOrString, json!("25%"), json!("25%")));
    assert!(!same(Scalar::IntOrString, json!(25), json!("25%")));
    assert!(same(Scalar::IntOrString, json!("http"), json!("http")));
    assert!(!same(Scalar::IntOrString, json!("http"), json!(80)));
    assert!(same(Scalar::Quantity, json!(0.5), json!("500m")));
    assert!(same(Scalar::Quantity, json!(0.1), json!("100m")), "a tenth is no float here");
    assert!(same(Scalar::Quantity, json!(1e18), json!("1E")));
    assert!(!same(Scalar::Quantity, json!(9_007_199_254_740_993_i64), json!("9007199254740992")));
    assert!(same(Scalar::Quantity, json!(1), json!("1")));
    assert!(!same(Scalar::Quantity, json!("oops"), json!("1")), "what cannot be read is compared as it stands");
    assert!(same(Scalar::Quantity, json!("oops"), json!("oops")));
    assert!(same(Scalar::Duration, json!("1h0m0s"), json!("1h")));
}

#[test]
fn fields_that_are_quantities_are_known_wherever_they_stand() {
    let at = |group: &str, kind: &str, path: &str| scalar_at(GroupKind::new(group, kind), &Path::parse(path));
    for (group, kind, path, expected) in [
        (
            "apps",
            "Deployment",
            r#"spec.template.spec.containers[name="web"].resources.limits.cpu"#,
            Some(Scalar::Quantity),
        ),
        (
            "batch",
            "CronJob",
            r#"spec.jobTemplate.spec.template.spec.initContainers[0].resources.requests.memory"#,
            Some(Scalar::Quantity),
        ),
        ("", "Pod", r#"spec.volumes[name="tmp"].emptyDir.sizeLimit"#, Some(Scalar::Quantity)),
        ("", "PersistentVolumeClaim", "spec.resources.requests.storage", Some(Scalar::Quantity)),
        ("apps", "StatefulSet", "spec.volumeClaimTemplates[0].spec.resources.requests.storage", Some(Scalar::Quantity)),
        ("", "ResourceQuota", "spec.hard.requests.cpu", Some(Scalar::Quantity)),
        ("", "LimitRange", "spec.limits[0].max[cpu]", Some(Scalar::Quantity)),
        ("autoscaling", "HorizontalPodAutoscaler", "spec.metrics[0].pods.target.averageValue", Some(Scalar::Quantity)),
        ("", "Service", r#"spec.ports[port=80,protocol="TCP"].targetPort"#, Some(Scalar::IntOrString)),
        (
            "apps",
            "Deployment",
            r#"spec.template.spec.containers[name="web"].readinessProbe.httpGet.port"#,
            Some(Scalar::IntOrString),
        ),
        ("apps", "Deployment", "spec.strategy.rollingUpdate.maxSurge", Some(Scalar::IntOrString)),
        ("cert-manager.io", "Certificate", "spec.duration", Some(Scalar::Duration)),
        ("", "ConfigMap", "data.limits", None),
        ("apps", "Deployment", r#"spec.template.spec.containers[name="web"].image"#, None),
        ("x.io", "Deployment", r#"spec.template.spec.containers[name="web"].resources.limits.cpu"#, None),
    ] {
        assert_eq!(at(group, kind, path), expected, "{kind} {path}");
    }
}
