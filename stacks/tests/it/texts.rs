//! Texts and documents: what is known is put together while compiling, the rest is left to the engine.

use flashinfra::{Output, Publish, Secret, Stack, base64, cidr, join, json, output};

use crate::kinds::{Network, NetworkHandle};

/// A value as the compiled stack has it.
fn written(define: impl FnOnce(&NetworkHandle) -> Box<dyn FnOnce(&mut Stack)>) -> String {
    let mut stack = Stack::new("texts", "testing");
    let network = stack.add("n", Network::builder().range(cidr!("10.0.0.0/16")));
    define(&network)(&mut stack);
    let compiled = stack.compile().unwrap();
    let (_, value) = compiled.split_once(r#"{"name":"value","value":"#).unwrap();
    value.rsplit_once(r#","at":"#).unwrap().0.replace("test.network/", "")
}

/// Publishes the value under the name that `written` looks for.
fn value(value: impl Publish + 'static) -> Box<dyn FnOnce(&mut Stack)> {
    Box::new(|stack| {
        stack.output("value", value);
    })
}

#[test]
fn what_is_known_is_one_text() {
    let (name, port) = ("db", 5432_u16);
    assert_eq!(
        written(|_| value(output!("{name}:{port} {{{}}} {}", true, cidr!("10.0.0.0/8")))),
        r#""db:5432 {true} 10.0.0.0/8""#
    );
    assert_eq!(written(|_| value(output!(""))), r#""""#);
    assert_eq!(written(|_| value(output!("{}", ""))), r#""""#);
    assert_eq!(written(|_| value(join("-", ["a", "b"]))), r#""a-b""#);
    assert_eq!(written(|_| value(join("-", Vec::<String>::new()))), r#""""#);
}

#[test]
fn texts_in_texts_are_flat() {
    let text = written(|network| {
        let inner = output!("b{}c", network.id());
        value(output!("a{inner}d{}", output!("{}", "e")))
    });
    assert_eq!(text, r#"{"$text":["ab",{"$ref":["n","id"]},"cde"]}"#);
}

#[test]
fn a_secret_part_makes_a_secret() {
    let password = Secret::env("P");
    let text: Secret<String> = output!("a{}b{password}", output!("{}", 1));
    assert_eq!(written(|_| value(text)), r#"{"$secret":{"text":["a1b",{"$secret":{"env":"P"}}]}}"#);
    let list: Secret<String> = join(",", [&password, &password]);
    assert_eq!(
        written(|_| value(list)),
        r#"{"$secret":{"text":[{"$secret":{"env":"P"}},",",{"$secret":{"env":"P"}}]}}"#
    );
    let document: Secret<String> = json!([{ "a": [[base64(&password)]] }]);
    assert_eq!(
        written(|_| value(document)),
        r#"{"$secret":{"json":[{"a":[[{"$secret":{"base64":{"$secret":{"env":"P"}}}}]]}]}}"#
    );
}

#[test]
fn values_in_macros_are_any_expressions() {
    fn larger<A: Into<i64>, B: Into<i64>>(a: A, b: B) -> i64 {
        a.into().max(b.into())
    }
    let parts = [1, 2];
    assert_eq!(written(|_| value(output!("{}", larger::<u8, u16>(1, 2)))), r#""2""#);
    assert_eq!(written(|_| value(output!("{}{}", parts[0] << 3, if parts[1] > 1 { "x" } else { "y" }))), r#""8x""#);
    let document = json!({
        "generic": larger::<u8, u16>(1, 2),
        "compared": parts[0] < 2,
        "shifted": 1 << 3,
        "none": None::<String>,
        "some": Some("x"),
        "called": parts.iter().map(|part| part + 1).collect::<Vec<i32>>(),
    });
    assert_eq!(
        written(|_| value(document)),
        r#"{"$json":{"called":[2,3],"compared":true,"generic":2,"none":null,"shifted":8,"some":"x"}}"#
    );
}

#[test]
fn a_text_can_be_made_in_a_method() {
    struct Service {
        host: Output<String>,
    }
    impl Service {
        fn url(&self) -> Output<String> {
            let Self { host } = self;
            output!("https://{host}/{}", self.path())
        }

        fn path(&self) -> &'static str {
            "index"
        }
    }
    let text = written(|network| value(Service { host: network.endpoint() }.url()));
    assert_eq!(text, r#"{"$text":["https://",{"$ref":["n","endpoint"]},"/index"]}"#);
}
