//! Lookups in a definition and in the compiled stack.

use flashinfra::{Computed, Input, Lookup, Map, Stack, cidr, id_type, output};

use crate::kinds::{Network, TestProvider};

id_type! {
    /// The id of an image.
    pub ImageId;
}

/// The newest image.
#[derive(Lookup)]
#[lookup(kind = "test.newest_image")]
pub(crate) struct NewestImage {
    /// Its name.
    pub name: Input<String>,
    /// Tags that it has.
    pub tags: Option<Map<String>>,
    /// The owner.
    #[attr(either)]
    pub owner: Option<Input<String>>,
    /// Its id.
    pub id: Computed<ImageId>,
    /// Where it is.
    #[attr(set)]
    pub zones: Computed<Vec<String>>,
}

/// Everybody's.
#[derive(Lookup)]
#[lookup(kind = "test.everything")]
pub(crate) struct Everything {
    /// How much.
    pub count: Computed<i64>,
}

/// The lines of a compiled stack.
fn compiled(define: impl FnOnce(&mut Stack)) -> Vec<String> {
    let mut stack = Stack::new("shop", "test");
    define(&mut stack);
    stack.compile().unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_lookup_is_asked_by_its_attributes_and_its_answer_referred_to() {
    let lines = compiled(|stack| {
        let moon = stack.provider("moon", TestProvider::builder().region("moon-1"));
        let image = NewestImage::builder().name("debian").tags([("arch", "arm64")]);
        let image = stack.scope("nodes", |stack| stack.lookup("image", image.provider(&moon)));
        let everything = stack.lookup("all", Everything::builder());
        stack.add("main", Network::builder().range(cidr!("10.0.0.0/16")).tags([("zone", image.zones().at(0))]));
        stack.output("image", output!("{} of {}", image.id(), everything.count()));
        stack.output("owner", image.owner());
    });
    assert!(lines[0].starts_with(r#"{"format":2,"#), "{lines:#?}");
    let has = |part: &str| assert!(lines.iter().any(|line| line.contains(part)), "{part}: {lines:#?}");
    has(r#""lookups":["#);
    has(r#"{"address":"test.everything/all","provider":"test","attributes":{},"at":"stacks/tests/it/lookups.rs:"#);
    has(
        r#"{"address":"test.newest_image/nodes.image","provider":"moon","attributes":{"name":"debian","tags":{"arch":"arm64"}},"at":"#,
    );
    has(r#""tags":{"zone":{"$pick":[{"$ref":["test.newest_image/nodes.image","zones"]},"0"]}}"#);
    has(r#"{"$ref":["test.newest_image/nodes.image","owner"]}"#);
    // What is said of a resource's changes is not said here.
    has(r#"{"name":"zones","doc":"Where it is.","shape":{"container":"set"},"set_by":"provider"}"#);
}

#[test]
fn a_stack_without_lookups_has_the_first_format() {
    let lines = compiled(|stack| drop(stack.add("main", Network::builder().range(cidr!("10.0.0.0/16")))));
    assert!(lines[0].starts_with(r#"{"format":1,"#), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.starts_with("\"lookups\"")));
}

#[test]
fn what_is_wrong_with_a_lookup_is_told_with_its_line() {
    let mut stack = Stack::new("shop", "test");
    stack.lookup("all", Everything::builder());
    let everything = stack.lookup("all", Everything::builder());
    stack.lookup("Image", NewestImage::builder().name("debian"));
    stack.provider("sun", TestProvider::builder().region(output!("{}", everything.count())));
    let problems = stack.compile().unwrap_err();
    let told: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    let first = problems[1].message.split("first at ").nth(1).unwrap_or_default().to_owned();
    assert_eq!(
        told,
        [
            "lookup name: `Image` is not a name".to_owned(),
            format!("test.everything/all is declared twice, first at {first}"),
            "`region` of provider `sun` refers to test.everything/all, which is asked only when providers are open"
                .into(),
        ]
    );
    assert!(problems.iter().all(|problem| problem.at.is_some()), "{problems:?}");
}
