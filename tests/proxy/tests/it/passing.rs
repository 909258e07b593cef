//! What a proxy does that was told nothing: it passes on, counts and writes down.

use flashinfra_test_proxy::{Options, Origin, Pace, Proxy, ProxyError};
use flashinfra_test_support::{Answer, NOBODY, Script};

use crate::client::{eks, form, send};
use crate::shop;

#[test]
fn calls_are_passed_on_counted_and_written_down() {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), Options::default()).unwrap();
    let vpc = form(&proxy.url(), "ec2", "Action=CreateVpc&CidrBlock=10.0.0.0%2F16").unwrap();
    assert_eq!((vpc.status, vpc.tag("vpcId")), (200, Some("vpc-1")));
    form(&proxy.url(), "ec2", "Action=DescribeVpcs").unwrap();
    form(&proxy.url(), "ec2", "Action=DescribeVpcs").unwrap();
    eks(&proxy.url(), "GET", "/clusters/none", "").unwrap();

    let counts: Vec<_> = proxy.calls().into_iter().collect();
    let expected = [("ec2:CreateVpc", 1), ("ec2:DescribeVpcs", 2), ("eks:DescribeCluster", 1)];
    assert_eq!(counts, expected.map(|(name, count)| (name.to_owned(), count)));
    assert_eq!((proxy.count("ec2:DescribeVpcs"), proxy.count("ec2:DeleteVpc")), (2, 0));

    let log = proxy.log();
    let ordinals: Vec<_> = log.iter().map(|call| (call.ordinal, call.mutating_ordinal)).collect();
    assert_eq!(ordinals, [(1, Some(1)), (2, None), (3, None), (4, None)]);
    assert!(log.iter().all(|call| call.acted && call.delivered && call.origin == Origin::Server));
    let printed: Vec<_> = log.iter().map(ToString::to_string).collect();
    assert_eq!(printed[0], "   1 ! ec2:CreateVpc 200");
    assert_eq!(printed[3], "   4   eks:DescribeCluster 404");
    assert!(!format!("{log:?}").contains("10.0.0.0"), "no body is written down");
}

#[test]
fn replies_are_passed_on_as_they_are() {
    let answer = |request: &flashinfra_test_support::Request| match request.line.as_str() {
        "POST /" => Answer::new(200, "<odd  a='1'/>").header("X-Odd", "yes"),
        _ => Answer::new(500, "<html>Internal Server Error"),
    };
    let server = Script::start(answer);
    let proxy = Proxy::start(server.endpoint(), Options::lifelike(1)).unwrap();
    let odd = form(&proxy.url(), "ec2", "Action=DescribeVpcs").unwrap();
    assert_eq!((odd.status, odd.body.as_str()), (200, "<odd  a='1'/>"));
    assert!(odd.head.contains("x-odd: yes"), "{}", odd.head);
    let gap = eks(&proxy.url(), "GET", "/clusters/a", "").unwrap();
    assert_eq!((gap.status, gap.body.as_str()), (500, "<html>Internal Server Error"));
}

#[test]
fn one_connection_serves_many_calls() {
    use std::io::{Read, Write};
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), Options::default()).unwrap();
    let host = proxy.url().replace("http://", "");
    let request = crate::client::request(&host, "eks", "GET", "/clusters", &[], "");
    let kept = request.replace("Connection: close", "Connection: keep-alive");
    let mut stream = std::net::TcpStream::connect(&host).unwrap();
    stream.write_all(format!("{kept}{kept}{request}").as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text.matches("HTTP/1.1 200 OK").count(), 3, "{text}");
}

#[test]
fn a_server_that_is_gone_is_said_to_be() {
    let proxy = Proxy::start(&format!("http://{NOBODY}"), Options::default()).unwrap();
    let reply = form(&proxy.url(), "ec2", "Action=DescribeVpcs").unwrap();
    assert_eq!(reply.status, 502);
    assert!(reply.body.contains("no reply from the server"), "{}", reply.body);
    let call = &proxy.log()[0];
    assert_eq!((call.acted, call.origin), (false, Origin::Unreachable));
}

#[test]
fn switches_of_the_server_are_no_calls() {
    let server = Script::start(|_| Answer::new(200, "{}"));
    let proxy = Proxy::start(server.endpoint(), Options::default()).unwrap();
    assert_eq!(send(&proxy.url(), "s3", "POST", "/moto-api/reset", &[], "").unwrap().status, 200);
    assert_eq!((server.requests().len(), proxy.log().len()), (1, 0));
}

#[test]
fn a_cleared_log_begins_with_one() {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), Options::default()).unwrap();
    form(&proxy.url(), "ec2", "Action=CreateVpc").unwrap();
    proxy.clear_log();
    assert!(proxy.calls().is_empty());
    form(&proxy.url(), "ec2", "Action=CreateVpc").unwrap();
    assert_eq!(proxy.log()[0].mutating_ordinal, Some(1));
}

#[test]
fn what_cannot_work_is_refused_at_the_start() {
    for url in ["https://127.0.0.1:1", "127.0.0.1:1", "http://127.0.0.1", "http://127.0.0.1:1/path"] {
        let error = Proxy::start(url, Options::default()).unwrap_err();
        assert!(matches!(error, ProxyError::Upstream { .. }), "{url}: {error}");
    }
    let paces = [("ec2:vcp".to_owned(), Pace::default())].into();
    let error = Proxy::start("http://127.0.0.1:1", Options { paces, ..Options::default() }).unwrap_err();
    assert!(error.to_string().contains("no kind `ec2:vcp`; it knows ec2:vpc, ec2:subnet"), "{error}");
}

#[test]
fn a_proxy_may_begin_and_end_inside_of_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let server = shop::start();
        let proxy = Proxy::start(server.endpoint(), Options::default()).unwrap();
        assert_eq!(form(&proxy.url(), "ec2", "Action=DescribeVpcs").unwrap().status, 200);
    });
}
