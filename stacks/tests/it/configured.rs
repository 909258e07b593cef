//! Providers that resources of the same stack configure.

use flashinfra::{Stack, cidr};

use crate::kinds::{Network, TestProvider};
use crate::lookups::Everything;

#[test]
fn what_is_in_a_provider_depends_on_what_configures_it() {
    let mut stack = Stack::new("shop", "test");
    let outer = stack.add("outer", Network::builder().range(cidr!("10.0.0.0/16")));
    let inside = stack.provider("inside", TestProvider::builder().region(outer.endpoint()));
    stack.with_provider(&inside, |stack| {
        stack.add("inner", Network::builder().range(cidr!("10.1.0.0/16")).depends_on(&outer))
    });
    let compiled = stack.compile().unwrap();
    assert!(compiled.starts_with(r#"{"format":3,"#), "{compiled}");
    let line = |start: &str| compiled.lines().find(|line| line.contains(start)).unwrap_or_default().to_owned();
    let inner = line(r#""address":"test.network/inner""#);
    assert!(
        inner.contains(r#""provider":"inside""#) && inner.contains(r#""depends_on":["test.network/outer"]"#),
        "{inner}"
    );
    assert!(!line(r#""address":"test.network/outer""#).contains("depends_on"));
    let provider = line(r#""inside":{"#);
    assert!(provider.contains(r#"{"region":{"$ref":["test.network/outer","endpoint"]}}"#), "{provider}");
}

#[test]
fn what_cannot_be_opened_in_time_is_told() {
    let mut stack = Stack::new("shop", "test");
    let outer = stack.add("outer", Network::builder().range(cidr!("10.0.0.0/16")));
    stack.provider("test", TestProvider::builder().region("r"));
    let own = stack.provider("own", TestProvider::builder().region(outer.endpoint()));
    let cyclic = stack.add("cyclic", Network::builder().range(cidr!("10.0.0.0/16")).provider(&own));
    stack.lookup("all", Everything::builder().provider(&own));
    stack.provider("cycle", TestProvider::builder().region(cyclic.endpoint()));
    let problems = stack.compile().unwrap_err();
    let told: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(told, ["test.everything/all asks provider `own`, which is there only when test.network/outer is"]);
    assert!(problems.iter().all(|problem| problem.at.is_some()), "{problems:?}");
}

#[test]
fn a_provider_is_not_opened_by_what_is_in_it() {
    let mut stack = Stack::new("shop", "test");
    let other = stack.add("other", Network::builder().range(cidr!("10.0.0.0/16")));
    stack.provider("test", TestProvider::builder().region(other.endpoint()));
    let problems = stack.compile().unwrap_err();
    assert_eq!(problems[0].message, "provider `test` is configured by test.network/other, which is in it");
}

#[test]
fn what_is_declared_after_others_depends_on_all_of_them() {
    let mut stack = Stack::new("shop", "test");
    let network = |range| Network::builder().range(range);
    let [a, b] = ["a", "b"].map(|name| stack.add(name, network(cidr!("10.0.0.0/16"))));
    let others = vec![stack.add("c", network(cidr!("10.1.0.0/16")))];
    stack.after((&a, &others), |stack| {
        stack.add("both", network(cidr!("10.2.0.0/16")));
        stack.after(&b, |stack| stack.add("all", network(cidr!("10.3.0.0/16"))));
        stack.add("again", network(cidr!("10.4.0.0/16")));
    });
    stack.add("none", network(cidr!("10.5.0.0/16")));
    let compiled = stack.compile().unwrap();
    let after = |name: &str| {
        let address = format!(r#""address":"test.network/{name}""#);
        let line = compiled.lines().find(|line| line.contains(&address)).unwrap();
        let after = line.split_once(r#""depends_on":["#).and_then(|(_, rest)| rest.split_once(']'));
        after.map(|(after, _)| after.replace("test.network/", "").replace('"', "")).unwrap_or_default()
    };
    assert_eq!(["both", "all", "again", "none"].map(after), ["a,c", "a,b,c", "a,c", ""]);
}
