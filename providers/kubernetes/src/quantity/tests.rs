use flashinfra_test_support::for_seeds;
use serde_json::{Value, json};

use super::{Quantity, Scalar, duration, is_same, scalar_at};
use crate::object::GroupKind;
use crate::path::Path;

fn parsed(text: &str) -> Quantity {
    Quantity::parse(text).unwrap_or_else(|| panic!("{text} is a quantity"))
}

#[test]
fn quantities_are_the_same_in_every_form() {
    for (left, right) in [
        ("500m", "0.5"),
        ("1Gi", "1073741824"),
        ("1e3", "1k"),
        ("1E", "1000000000000000000"),
        ("1E3", "1000"),
        ("0.5Gi", "512Mi"),
        ("1.5Ki", "1536"),
        ("2.", "2"),
        (".5", "500m"),
        ("+1", "1"),
        ("-0", "0"),
        ("1000000u", "1"),
        ("1e-3", "1m"),
        ("0.1n", "1n"),
        ("1.0000000001", "1.000000001"),
        ("9.9999999999", "10"),
        ("10Ei", "9223372036854775807"),
    ] {
        assert_eq!(parsed(left), parsed(right), "{left} is {right}");
    }
    assert_ne!(parsed("1M"), parsed("1Mi"));
    assert_ne!(parsed("1m"), parsed("1M"));
    assert_ne!(parsed("100"), parsed("10"));
    assert_ne!(parsed("-1"), parsed("1"));
}

#[test]
fn what_is_no_quantity_is_none() {
    for text in
        ["", "-", "Gi", ".", "1 Gi", "1GiB", "1K", "1e", "1e3k", "1.2.3", "0x10", "1e9999999999", "ten", "1Gi ", "--1"]
    {
        assert_eq!(Quantity::parse(text), None, "{text:?}");
    }
}

#[test]
fn quantities_have_an_order() {
    let sorted =
        ["-1Gi", "-1", "-1m", "0", "1n", "999m", "1", "1.1", "9", "10", "1k", "1Ki", "1M", "1Mi", "1Gi", "2Gi", "1T"];
    for (place, lower) in sorted.iter().enumerate() {
        for higher in &sorted[place + 1..] {
            assert!(parsed(lower) < parsed(higher), "{lower} < {higher}");
            assert!(parsed(higher) > parsed(lower), "{higher} > {lower}");
        }
    }
}

/// Beside arithmetic that is not ours: whole numbers of thousandths in 128 bits.
#[test]
fn quantities_mean_what_integers_mean() {
    const SUFFIXES: [(&str, i128); 9] = [
        ("m", 1),
        ("", 1_000),
        ("k", 1_000_000),
        ("M", 1_000_000_000),
        ("G", 1_000_000_000_000),
        ("Ki", 1_024_000),
        ("Mi", 1_048_576_000),
        ("Gi", 1_073_741_824_000),
        ("e2", 100_000),
    ];
    for_seeds(2_000, |below| {
        let mut one = || {
            let (suffix, factor) = SUFFIXES[below(SUFFIXES.len())];
            let number = below(4_000);
            let sign = if below(4) == 0 { "-" } else { "" };
            let value = i128::try_from(number).unwrap() * factor;
            (format!("{sign}{number}{suffix}"), if sign.is_empty() { value } else { -value })
        };
        let ((left, left_value), (right, right_value)) = (one(), one());
        assert_eq!(parsed(&left).cmp(&parsed(&right)), left_value.cmp(&right_value), "{left} and {right}");
        let thousandths = format!("{left_value}m");
        assert_eq!(parsed(&left), parsed(&thousandths), "{left} and {thousandths}");
    });
}

#[test]
fn any_text_is_read_or_refused() {
    const LETTERS: &[char] = &[
        '0', '1', '5', '9', '.', '.', '+', '-', 'e', 'E', 'k', 'K', 'M', 'G', 'i', 'n', 'u', 'm', 'µ', ' ', '[', ']',
        '=', '"',
    ];
    for_seeds(5_000, |below| {
        let length = below(12);
        let text: String = (0..length).map(|_| LETTERS[below(LETTERS.len())]).collect();
        let read = Quantity::parse(&text);
        assert_eq!(read, Quantity::parse(&text));
        duration(&text);
        Path::parse(&text);
    });
}

#[test]
fn durations_are_the_same_in_every_form() {
    for (left, right) in [
        ("1h0m0s", "60m"),
        ("1.5h", "90m"),
        ("2160h", "90d"),
        ("300ms", "0.3s"),
        ("1w", "7d"),
        ("0", "0s"),
        ("-1m", "-60s"),
        ("1h1ms", "3600.001s"),
        (".5s", "500ms"),
    ] {
        assert_eq!(duration(left), duration(right), "{left} is {right}");
        assert!(duration(left).is_some(), "{left}");
    }
    assert_ne!(duration("1m"), duration("1ms"));
    for text in ["", "1", "h", "1x", "1h 1m", "-", ".s", "1.2.3s"] {
        assert_eq!(duration(text), None, "{text:?}");
    }
}

#[test]
fn a_number_may_be_text() {
    let same = |scalar, left: Value, right: Value| is_same(scalar, &left, &right);
    assert!(same(Scalar::IntOrString, json!(80), json!("80")));
    assert!(same(Scalar::IntOrString, json!("25%"), json!("25%")));
    assert!(!same(Scalar::IntOrString, json!(25), json!("25%")));
    assert!(same(Scalar::IntOrString, json!("http"), json!("http")));
    assert!(!same(Scalar::IntOrString, json!("http"), json!(80)));
    assert!(same(Scalar::Quantity, json!(0.5), json!("500m")));
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
