use serde_json::json;

use super::*;

/// Of shop.example.com, good from 2020 to 2100.
const GOOD: &str = include_str!("../../tests/it/shop.example.com.pem");
/// Of old.example.com, good in 2020.
const OVER: &str = "\
-----BEGIN CERTIFICATE-----
MIIBGzCBwgIBAjAKBggqhkjOPQQDAjAaMRgwFgYDVQQDDA9vbGQuZXhhbXBsZS5j
b20wHhcNMjAwMTAxMDAwMDAwWhcNMjEwMTAxMDAwMDAwWjAaMRgwFgYDVQQDDA9v
bGQuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASLw/gRhRzH
K47xHTR1L7IuzicGr2xsnyy9ktJ9C3T2eBSD0n/nFOqojAvVpmVz9KbvNVsxpKBb
iAE6mPXtQCswMAoGCCqGSM49BAMCA0gAMEUCIAcHs0UCoAd2AQsPb32BbaJucjUU
jugGP5273EgFlU1TAiEAjXXGoWWWzPbx/uAYRo5nOMgl7k6t++95a3xAUWXP9Fc=
-----END CERTIFICATE-----
";

fn secret(chain: &str) -> Json {
    json!({"type": TLS, "data": {"tls.crt": STANDARD.encode(chain), "tls.key": STANDARD.encode("the key")}})
}

fn now() -> i64 {
    seconds("2026-11-27T10:00:00Z")
}

fn seconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

#[test]
fn a_certificate_is_read_and_nothing_else_of_its_secret() {
    let good = Held::Certificate { from: seconds("2020-01-01T00:00:00Z"), until: seconds("2100-01-01T00:00:00Z") };
    assert_eq!(certificate_in(&secret(GOOD)), good);
    let over = Held::Certificate { from: seconds("2020-01-01T00:00:00Z"), until: seconds("2021-01-01T00:00:00Z") };
    assert_eq!(certificate_in(&secret(OVER)), over);
    // The first of a chain is the server's own, whatever stands before it and however its lines end.
    let chain = format!("subject=CN = shop.example.com\r\n{}{OVER}", GOOD.replace('\n', "\r\n"));
    assert_eq!(certificate_in(&secret(&chain)), good);
}

#[test]
fn whatever_a_secret_holds_it_is_read_or_refused() {
    let broken = GOOD.replace("MIIB", "AAAA");
    let cases = [
        json!({}),
        json!({"data": {}}),
        json!({"data": {"tls.crt": 1}}),
        json!({"data": {"tls.crt": "%%%"}}),
        secret(""),
        secret("-----BEGIN CERTIFICATE-----"),
        secret("-----BEGIN CERTIFICATE----------END CERTIFICATE-----"),
        secret("-----END CERTIFICATE----------BEGIN CERTIFICATE-----"),
        secret(&broken),
    ];
    for case in cases {
        assert_eq!(certificate_in(&case), Held::Nothing, "{case}");
    }
    // Cut anywhere, it is no certificate, and nothing breaks.
    let body = GOOD.find("-----END").unwrap();
    for length in 0..body - 1 {
        assert_eq!(certificate_in(&secret(&GOOD[..length])), Held::Nothing, "{length}");
        let closed = format!("{}-----END CERTIFICATE-----", &GOOD[..length]);
        assert_eq!(certificate_in(&secret(&closed)), Held::Nothing, "{length}");
    }
}

#[test]
fn what_names_a_certificate_is_known() {
    let id = Id { namespace: Some("shop"), name: "web" };
    let named = |kind: &str, object: Json| named(&object, kind, &id);
    let of = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
    let tls =
        json!([{"secretName": "web-tls"}, {"hosts": ["a"]}, {"secretName": "api-tls"}, {"secretName": "web-tls"}]);
    assert_eq!(named(INGRESS, json!({"spec": {"tls": tls}})), [of("shop", "api-tls"), of("shop", "web-tls")]);
    let references = json!([{"name": "web-tls"}, {"name": "shared", "namespace": "edge", "kind": "Secret"}, {"name": "x", "kind": "Other"}]);
    let gateway = json!({"spec": {"listeners": [{"tls": {"certificateRefs": references}}, {"port": 80}]}});
    assert_eq!(named(GATEWAY, gateway), [of("edge", "shared"), of("shop", "web-tls")]);
    assert_eq!(named(SECRET, json!({"type": TLS})), [of("shop", "web")]);
    assert_eq!(named(SECRET, json!({"type": "Opaque"})), []);
    assert_eq!(named("kubernetes.service", json!({"spec": {"tls": [{"secretName": "a"}]}})), []);
}

#[test]
fn the_first_to_end_counts_and_what_nobody_may_read_is_not_verified() {
    let of = |name: &str| ("shop".to_owned(), name.to_owned());
    let good = |days: i64| Held::Certificate { from: 0, until: now() + days * SECONDS_OF_DAY + 60 };
    let held: BTreeMap<SecretOf, Held> = [
        (of("long"), good(42)),
        (of("short"), good(7)),
        (of("over"), Held::Certificate { from: 0, until: now() - 60 }),
        (of("early"), Held::Certificate { from: now() + 60, until: now() + SECONDS_OF_DAY }),
        (of("hidden"), Held::Unread("it may not be read".into())),
        (of("none"), Held::Nothing),
        (of("gone"), Held::Absent),
    ]
    .into();
    for (names, value, told, trouble) in [
        (&["long"][..], Some(42), "certificate long good for 42 days, until 2027-01-08T10:01:00Z", ""),
        (&["long", "short"], Some(7), "until 2027-01-08T10:01:00Z, certificate short good for 7 days", ""),
        (
            &["long", "over"],
            Some(-1),
            "certificate long",
            "the certificate in the secret over is not good since 2026-11-27T09:59:00Z",
        ),
        (&["early"], Some(1), "", "the certificate in the secret early is not good before 2026-11-27T10:01:00Z"),
        (&["hidden"], None, "certificate hidden not verified: it may not be read", ""),
        (&["hidden", "short"], Some(7), "not verified: it may not be read, certificate short good", ""),
        (&["none"], None, "", "the secret none holds no certificate that can be read"),
        (&["gone"], None, "", "the secret gone, which is to hold its certificate, is not there"),
    ] {
        let named: Vec<SecretOf> = names.iter().map(|name| of(name)).collect();
        let found = measure(&named, &held, now()).unwrap();
        assert_eq!((found.value, found.trouble.as_deref().unwrap_or_default()), (value, trouble), "{names:?}");
        assert!(found.told.contains(told), "{names:?}: {}", found.told);
    }
    assert_eq!(measure(&[], &held, now()), None);
}

#[test]
fn a_certificate_of_cert_manager_tells_its_days_and_when_nobody_renews_it() {
    let of = |until: &str, renewal: &str| {
        of_cert_manager(&json!({"status": {"notAfter": until, "renewalTime": renewal}}), now()).unwrap()
    };
    let good = of("2027-01-09T09:00:00Z", "2026-12-10T00:00:00Z");
    assert_eq!((good.metric.name, good.value, good.trouble), ("certificate_days_left", Some(42), None));
    assert_eq!(good.told, "certificate good for 42 days, until 2027-01-09T09:00:00Z");
    let late = of("2026-12-01T10:00:00Z", "2026-11-20T00:00:00Z");
    assert_eq!(late.trouble.as_deref(), Some("it was to be renewed at 2026-11-20T00:00:00Z, and was not"));
    let over = of("2026-11-27T09:00:00Z", "");
    assert_eq!((over.value, over.told.as_str()), (Some(-1), ""));
    assert_eq!(of_cert_manager(&json!({"status": {}}), now()), None);
}
