//! Client tokens.

use std::thread;
use std::time::Duration;

use flashinfra_test_proxy::{Fault, Gate, Options, Origin, Proxy, Rule};

use crate::client::{eks, form};
use crate::shop;

fn options() -> Options {
    Options { client_tokens: true, ..Options::default() }
}

#[test]
fn the_same_token_makes_one_object() {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), options()).unwrap();
    let create = |token: &str| form(&proxy.url(), "ec2", &format!("Action=CreateVpc&ClientToken={token}")).unwrap();
    let (one, again, other) = (create("a"), create("a"), create("b"));
    assert_eq!((one.tag("vpcId"), &one.body), (Some("vpc-1"), &again.body));
    assert_eq!(other.tag("vpcId"), Some("vpc-2"));
    assert_eq!(proxy.log()[1].to_string(), "   2 ! ec2:CreateVpc 200 by its token");
    assert_eq!(form(&proxy.url(), "ec2", "Action=CreateVpc").unwrap().tag("vpcId"), Some("vpc-3"), "without a token");
}

#[test]
fn a_create_whose_reply_was_lost_is_answered_when_it_is_sent_again() {
    let server = shop::start();
    let lost = Rule::on("eks:CreateCluster", Fault::DropAfter).nth(1);
    let proxy = Proxy::start(server.endpoint(), options().with(lost)).unwrap();
    let create = |body: &str| eks(&proxy.url(), "POST", "/clusters", body);
    create(r#"{"name":"shop","clientRequestToken":"t","tags":{"a":"1","b":"2"}}"#).unwrap_err();
    let again = create(r#"{"clientRequestToken":"t","tags":{"b":"2","a":"1"},"name":"shop"}"#).unwrap();
    assert_eq!((again.status, again.json()["cluster"]["name"].as_str()), (200, Some("shop")));
    assert_eq!(proxy.log()[1].origin, Origin::Token);
    let other = create(r#"{"name":"shop","clientRequestToken":"other"}"#).unwrap();
    assert_eq!(other.status, 409, "the name is taken for another token");
}

#[test]
fn a_token_stands_for_one_request() {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), options()).unwrap();
    let create = |rest: &str| form(&proxy.url(), "ec2", &format!("Action=CreateVpc&ClientToken=a{rest}")).unwrap();
    create("&CidrBlock=10.0.0.0%2F16");
    let other = create("&CidrBlock=10.1.0.0%2F16");
    assert_eq!((other.status, other.tag("Code")), (400, Some("IdempotentParameterMismatch")));
}

#[test]
fn a_failed_create_uses_no_token_up() {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), options().with(Rule::any(Fault::Failed).nth(1))).unwrap();
    let create = || form(&proxy.url(), "ec2", "Action=CreateVpc&ClientToken=a").unwrap();
    assert_eq!(create().status, 500);
    assert_eq!(
        (create().tag("vpcId").map(str::to_owned), proxy.log()[1].origin),
        (Some("vpc-1".into()), Origin::Server)
    );
}

#[test]
fn a_second_call_waits_for_the_first_one_with_its_token() {
    let (server, gate) = (shop::start(), Gate::for_one_call());
    // Held by its reply to a read of the proxy's: the first create is under way until the gate opens.
    let rule = Rule::mutating(Fault::HoldAfter(gate.clone())).nth(1);
    let proxy = Proxy::start(server.endpoint(), options().with(rule)).unwrap();
    let create = || {
        let url = proxy.url();
        thread::spawn(move || form(&url, "ec2", "Action=CreateVpc&ClientToken=a").unwrap().body)
    };
    let first = create();
    gate.wait(Duration::from_secs(20)).unwrap();
    let second = create();
    gate.release();
    assert_eq!(first.join().unwrap(), second.join().unwrap());
    assert_eq!(shop::reached(&server, "CreateVpc"), 1);
}
