//! Calls that stand still until the test says so, and clients that are killed meanwhile.

use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use flashinfra_test_proxy::{Fault, Gate, Options, Proxy, Rule};

use crate::client::{form, request};
use crate::shop;

/// More than any of this takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// Short, for what is not to happen.
const MOMENT: Duration = Duration::from_millis(100);

#[test]
fn a_held_call_is_released() {
    for (fault, reached) in [(Fault::HoldBefore as fn(Gate) -> Fault, 0), (Fault::HoldAfter, 1)] {
        let (server, gate) = (shop::start(), Gate::for_one_call());
        let rule = Rule::mutating(fault(gate.clone())).nth(2);
        let proxy = Proxy::start(server.endpoint(), Options::default().with(rule)).unwrap();
        form(&proxy.url(), "ec2", "Action=CreateVpc").unwrap();
        let url = proxy.url();
        let client = thread::spawn(move || form(&url, "ec2", "Action=CreateVpc").unwrap().status);
        let held = gate.wait(PATIENCE).unwrap();
        assert_eq!((held.ordinal, held.operation.as_str(), held.acted), (2, "ec2:CreateVpc", reached == 1));
        assert_eq!(shop::reached(&server, "CreateVpc"), 1 + reached);
        assert_eq!(form(&proxy.url(), "ec2", "Action=DescribeVpcs").unwrap().status, 200, "others go on");
        assert!(!client.is_finished());
        gate.release();
        assert_eq!(client.join().unwrap(), 200);
        assert_eq!(shop::reached(&server, "CreateVpc"), 2);
    }
}

#[test]
fn a_discarded_call_has_no_reply() {
    for (fault, reached) in [(Fault::HoldBefore as fn(Gate) -> Fault, 0), (Fault::HoldAfter, 1)] {
        let (server, gate) = (shop::start(), Gate::for_one_call());
        let rule = Rule::mutating(fault(gate.clone())).nth(1);
        let proxy = Proxy::start(server.endpoint(), Options::default().with(rule)).unwrap();
        let url = proxy.url();
        let client = thread::spawn(move || form(&url, "ec2", "Action=CreateVpc").is_err());
        gate.wait(PATIENCE).unwrap();
        gate.discard();
        assert!(client.join().unwrap());
        assert_eq!(shop::reached(&server, "CreateVpc"), reached);
        assert!(!proxy.log()[0].delivered);
    }
}

#[test]
fn when_the_world_stops_nothing_comes_after_the_held_call() {
    let (server, gate) = (shop::start(), Gate::for_the_world());
    let rule = Rule::mutating(Fault::HoldAfter(gate.clone())).nth(1);
    let proxy = Proxy::start(server.endpoint(), Options::default().with(rule)).unwrap();
    let call = |body: &'static str| {
        let url = proxy.url();
        thread::spawn(move || form(&url, "ec2", body).is_ok())
    };
    let first = call("Action=CreateVpc");
    gate.wait(PATIENCE).unwrap();
    let second = call("Action=DescribeVpcs");
    while proxy.log().len() < 2 {
        thread::sleep(Duration::from_millis(1));
    }
    assert!(proxy.wait_idle(PATIENCE), "held calls are not busy");
    assert_eq!((shop::reached(&server, "CreateVpc"), shop::reached(&server, "DescribeVpcs")), (1, 0));
    assert_eq!(gate.wait(MOMENT), None, "what waits with it is not shown");
    gate.discard();
    assert!(!first.join().unwrap() && !second.join().unwrap());
    assert_eq!(shop::reached(&server, "DescribeVpcs"), 0);
    assert!(form(&proxy.url(), "ec2", "Action=DescribeVpcs").is_ok(), "the world goes on");
}

/// A client in a process of its own, killed at a call: what is under way goes its way without it.
#[test]
fn a_killed_client_leaves_its_call_to_the_test() {
    for released in [true, false] {
        let (server, gate) = (shop::start(), Gate::for_the_world());
        let rule = Rule::mutating(Fault::HoldBefore(gate.clone())).nth(1);
        let proxy = Proxy::start(server.endpoint(), Options::default().with(rule)).unwrap();
        let host = proxy.url().replace("http://", "");
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let sent = request(&host, "ec2", "POST", "/", &form, "Action=CreateVpc");
        let (host, port) = host.split_once(':').unwrap();
        let script = format!("exec 3<>/dev/tcp/{host}/{port}; cat >&3; exec cat <&3");
        let mut client = Command::new("bash").args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
        client.stdin.take().unwrap().write_all(sent.as_bytes()).unwrap();
        gate.wait(PATIENCE).unwrap();
        client.kill().unwrap();
        client.wait().unwrap();
        if released {
            gate.release()
        } else {
            gate.discard()
        }
        assert!(proxy.wait_idle(PATIENCE));
        assert_eq!(shop::reached(&server, "CreateVpc"), usize::from(released));
    }
}

#[test]
fn a_call_goes_on_when_its_client_is_gone() {
    let (server, gate) = (shop::start(), Gate::for_one_call());
    let rule = Rule::mutating(Fault::HoldBefore(gate.clone()));
    let proxy = Proxy::start(server.endpoint(), Options::default().with(rule)).unwrap();
    let host = proxy.url().replace("http://", "");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.write_all(request(&host, "ec2", "POST", "/", &form, "Action=CreateVpc").as_bytes()).unwrap();
    gate.wait(PATIENCE).unwrap();
    drop(stream);
    // hyper sees that the client is gone, and drops what it was to answer.
    thread::sleep(MOMENT);
    gate.release();
    assert!(proxy.wait_idle(PATIENCE));
    assert_eq!(shop::reached(&server, "CreateVpc"), 1);
    let call = proxy.log().remove(0);
    assert_eq!((call.acted, call.status, call.delivered), (true, Some(200), false));
}

#[test]
fn a_proxy_ends_while_calls_are_held() {
    let (server, gate) = (shop::start(), Gate::for_one_call());
    let rule = Rule::any(Fault::HoldBefore(gate.clone()));
    let proxy = Proxy::start(server.endpoint(), Options::default().with(rule)).unwrap();
    let url = proxy.url();
    let client = thread::spawn(move || form(&url, "ec2", "Action=CreateVpc").is_err());
    gate.wait(PATIENCE).unwrap();
    drop(proxy);
    assert!(client.join().unwrap());
}
