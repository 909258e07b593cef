//! The bytes of a compiled stack that holds every form of a value and every field of a schema.

use std::collections::BTreeMap;

use flashinfra::{Any, Input, Lifecycle, Output, Secret, Stack, base64, cidr, join, json, output, pick};

use crate::kinds::{Hours, Marker, Network, NetworkHandle, NetworkId, Rule, Store, TestProvider, User, Window, ZoneId};

fn everything(stack: &mut Stack) {
    let main = networks(stack);
    store(stack, &main);
    outputs(stack, &main);
}

fn networks(stack: &mut Stack) -> NetworkHandle {
    let provider = TestProvider::builder().region("mars-1").token(Secret::env("TEST_TOKEN"));
    stack.provider("test", provider.default_tags([("a", "b"), ("team", "ops")]));
    let moon = stack.provider("moon", TestProvider::builder().region("moon-1"));
    let main = stack.scope("net", |stack| {
        let network = Network::builder().range(cidr!("10.0.0.0/16")).zone(ZoneId::new("z-1"));
        let main = stack.add("main", network.is_public(false).tags([("Name", "ma\"in\n\u{1}ü"), ("a", "")]));
        stack.output("network_id", main.id()).doc("The network.");
        main
    });
    stack.add(
        "far",
        Network::builder()
            .range(cidr!("2001:db8::/32"))
            .zone(main.zone())
            .peers([main.id()])
            .tags(main.labels())
            .depends_on(&main)
            .provider(&moon)
            .lifecycle(Lifecycle::new().retain().create_before_delete().moved_from("test.network/distant"))
            .lifecycle(Lifecycle::new().ignore(["tags.Seen", "is_public"])),
    );
    let marker = stack.with_provider(&moon, |stack| stack.add("a", Marker::builder()));
    stack.output("marker", marker.id());
    main
}

fn store(stack: &mut Stack, main: &NetworkHandle) {
    let password = Secret::env("STORE_PASSWORD").version(2);
    let host: Output<String> = main.endpoint();
    let status: Output<String> = pick(&main.status(), "nodes.0.name");
    stack.add(
        "data",
        Store::builder()
            .name(output!("{}-store-{}", "mars", 1 + 1))
            .networks([Input::from(main.id()), Input::from(NetworkId::new("n-1"))])
            .size(100)
            .release("15")
            .seed(7_u16)
            .copies(3_u32)
            .password(&password)
            .license(Secret::file("license.txt"))
            .variables([
                ("url", output!("postgres://app:{password}@{host}:{}/{{x}}", 5432)),
                ("auth", base64(output!("app:{password}")).version(3)),
                ("key", main.join_key()),
                ("login", json!({ "host": host, "keys": [main.join_key()] })),
            ])
            .policy(output!("{status} {} {}", main.id(), main.is_public()))
            .final_copy("last")
            .deletion_protection(true)
            .settings(Any::parse(r#"{"$ref": [null, true, -3], "plain": {}}"#).unwrap())
            .parameters(BTreeMap::from([("connections".to_owned(), 100_i64)]))
            .rules([
                Rule::builder().port(5432).from([cidr!("10.0.0.0/16")]),
                Rule::builder().port(22).from(main.gateways()).protocol("tcp"),
            ])
            .window(Window::builder().day("sunday").hours([Hours::builder().from(3).to(4)]))
            .users([
                ("app", User::builder().password(password.clone()).groups(["readers"])),
                ("nobody", User::builder().groups(Vec::<String>::new())),
            ])
            .lifecycle_("long")
            .lifecycle(Lifecycle::new().protect(false))
            .raw("window.hours.0.zone", r#""UTC""#)
            .raw("engine.flags", r#"["a", {"$b": 1}]"#)
            .with(Some("unused").filter(|_| false), |builder, text| builder.policy(text)),
    );
    stack.output("secret", password);
}

fn outputs(stack: &mut Stack, main: &NetworkHandle) {
    stack.output("all", vec![join(",", [main.id(), main.id()]), join(" ", main.gateways())]);
    stack.output("gateway", output!("{}", main.gateways().at(1)));
    stack.output("region", main.labels().key("region"));
    let encoded = base64("text");
    stack.output("encoded", &encoded);
    let zones = vec!["a".to_owned(), "b".to_owned()];
    let document = json!({
        "$text": [null, true, -1, (2 + 3), {}],
        "id": main.id(),
        "zones": zones,
        "ranges": main.gateways(),
        ("computed".to_owned() + "-key"): { "url": output!("https://{}", main.endpoint()) },
    });
    stack.output("document", output!("{document}{encoded}"));
}

fn compiled() -> String {
    let mut stack = Stack::new("everything", "testing");
    everything(&mut stack);
    match stack.compile() {
        Ok(compiled) => compiled,
        Err(problems) => panic!("{problems:#?}"),
    }
}

#[test]
fn the_compiled_stack_is_the_recorded_one() {
    let compiled = compiled();
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/everything.json");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(golden, &compiled).unwrap();
    }
    let expected = std::fs::read_to_string(golden).unwrap();
    assert_eq!(compiled, expected, "run with UPDATE_GOLDEN=1 and review the difference");
}

#[test]
fn the_same_definition_gives_the_same_bytes() {
    assert_eq!(compiled(), compiled());
}
