//! What rules do to calls.

use std::time::{Duration, Instant};

use flashinfra_test_proxy::{Fault, Latency, Options, Origin, Proxy, Rule};
use flashinfra_test_support::Script;

use crate::client::{Reply, eks, form};
use crate::shop;

const CREATE: &str = "Action=CreateVpc";

fn proxy(rule: Rule) -> (Script, Proxy) {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), Options::default().with(rule)).unwrap();
    (server, proxy)
}

fn create(proxy: &Proxy) -> std::io::Result<Reply> {
    form(&proxy.url(), "ec2", CREATE)
}

/// What the first of two creates is answered under a fault, whether it reached the server, and that the second is spared.
fn check(fault: Fault, status: Option<u16>, acted: bool, delivered: bool) -> Option<Reply> {
    let (server, proxy) = proxy(Rule::on("ec2:CreateVpc", fault).nth(1));
    let struck = create(&proxy).ok();
    assert_eq!(struck.as_ref().map(|reply| reply.status), status);
    assert_eq!(shop::reached(&server, "CreateVpc"), usize::from(acted));
    let call = proxy.log().remove(0);
    assert_eq!((call.acted, call.delivered), (acted, delivered));
    assert_eq!(create(&proxy).unwrap().status, 200, "only the first call is struck");
    struck
}

#[test]
fn throttling_says_when_to_come_back_or_does_not() {
    let reply = check(Fault::Throttled { retry_after_seconds: Some(2) }, Some(503), false, true).unwrap();
    assert_eq!(reply.tag("Code"), Some("RequestLimitExceeded"));
    assert!(reply.head.contains("retry-after: 2"), "{}", reply.head);
    let reply = check(Fault::throttled(), Some(503), false, true).unwrap();
    assert!(!reply.head.contains("retry-after"), "{}", reply.head);
}

#[test]
fn a_failure_may_come_before_or_after_the_act() {
    let reply = check(Fault::Failed, Some(500), false, true).unwrap();
    assert_eq!(reply.tag("Code"), Some("InternalError"));
    check(Fault::FailedAfter, Some(500), true, true);
}

#[test]
fn a_refusal_has_the_code_that_the_test_wants() {
    let reply = check(Fault::refused(403, "UnauthorizedOperation"), Some(403), false, true).unwrap();
    assert_eq!(reply.tag("Code"), Some("UnauthorizedOperation"));
}

#[test]
fn a_connection_may_drop_before_or_after_the_act_or_within_the_reply() {
    check(Fault::DropBefore, None, false, false);
    check(Fault::DropAfter, None, true, false);
    check(Fault::CutReply, None, true, false);
}

#[test]
fn a_cut_reply_has_its_head_and_half_its_body() {
    let (_server, proxy) = proxy(Rule::any(Fault::CutReply));
    assert_eq!(create(&proxy).unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_lost_reply_is_written_down_with_its_status() {
    let (_server, proxy) = proxy(Rule::any(Fault::DropAfter));
    create(&proxy).unwrap_err();
    assert_eq!(proxy.log()[0].to_string(), "   1 ! ec2:CreateVpc 200, acted, reply lost");
}

#[test]
fn errors_of_json_services_are_json() {
    let (_server, proxy) = proxy(Rule::any(Fault::throttled()).nth(1));
    let reply = eks(&proxy.url(), "GET", "/clusters", "").unwrap();
    assert_eq!((reply.status, reply.json()["message"].as_str()), (429, Some("Rate exceeded")));
    assert!(reply.head.contains("x-amzn-errortype: ThrottlingException"), "{}", reply.head);
    assert_eq!(proxy.log()[0].origin, Origin::Rule);
}

#[test]
fn calls_are_delayed() {
    let latency = Duration::from_millis(60);
    let (_server, proxy) = proxy(Rule::any(Fault::Delay(Latency::Fixed(latency))));
    let start = Instant::now();
    assert_eq!(create(&proxy).unwrap().status, 200);
    assert!(start.elapsed() >= latency, "no call is faster than its delay");
}

#[test]
fn rules_come_and_go_while_the_proxy_runs() {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), Options::default()).unwrap();
    create(&proxy).unwrap();
    proxy.add_rule(Rule::mutating(Fault::Failed).nth(2));
    assert_eq!(create(&proxy).unwrap().status, 200, "a rule counts from when it was added");
    assert_eq!(create(&proxy).unwrap().status, 500);
    proxy.clear_log();
    assert_eq!(create(&proxy).unwrap().status, 200);
    assert_eq!(create(&proxy).unwrap().status, 500, "with the log, rules count afresh");
    proxy.set_rules(Vec::new());
    assert_eq!(create(&proxy).unwrap().status, 200);
}

#[test]
fn the_same_seed_strikes_the_same_calls() {
    let statuses = |seed| {
        let server = shop::start();
        let options = Options { seed, ..Options::default() }.with(Rule::mutating(Fault::Failed).percent(40));
        let proxy = Proxy::start(server.endpoint(), options).unwrap();
        (0..20).map(|_| create(&proxy).unwrap().status).collect::<Vec<_>>()
    };
    let (one, again, other) = (statuses(1), statuses(1), statuses(2));
    assert_eq!(one, again);
    assert_ne!(one, other);
    assert!(one.contains(&200) && one.contains(&500), "{one:?}");
}
