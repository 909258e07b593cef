//! FlashMM and other stacks as their programs hand them over, and what is cut from that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flashinfra_stacks::Stack;
use serde_json::Value;

use crate::server::Server;
use crate::shell::Shell;

/// A compiled stack.
#[derive(Clone)]
pub(crate) struct Compiled(Value);

/// How far reads of the server behind the proxy are behind: by one look of each object. A look comes every 200 ms.
const SETTLE_SECONDS: u64 = 2;

impl Compiled {
    /// Compiles what an environment of FlashMM has on AWS, as a server takes it, with some parameters set.
    pub(crate) fn of(server: Server, environment: &str, parameters: &[&str]) -> Self {
        Self::whole(server, environment, parameters).without_what_is_in_clusters()
    }

    /// The same with what is in the cluster.
    pub(crate) fn whole(server: Server, environment: &str, parameters: &[&str]) -> Self {
        let environment = format!("--env={environment}");
        Self::program(&[&["--stack=flashmm", &environment], server.parameters(), parameters].concat())
    }

    /// Compiles `examples/website` with some parameters set.
    pub(crate) fn website(parameters: &[&str]) -> Self {
        Self::program(&[&["--stack=website"], parameters].concat())
    }

    /// A stack that a test declares.
    pub(crate) fn declared(stack: Stack) -> Self {
        let mut compiled = Self(serde_json::from_str(&stack.compile().unwrap()).unwrap());
        compiled.settles_quickly();
        compiled
    }

    fn program(arguments: &[&str]) -> Self {
        let shell = Shell::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (directory, out) = (format!("--dir={}", root.display()), shell.file("stack.json"));
        let validate = ["validate", &directory, "--out", out.to_str().unwrap()];
        let _ = shell.run(&[&validate, arguments].concat()).succeeds();
        let mut compiled = Self(serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap());
        compiled.settles_quickly();
        compiled
    }

    /// The same stack without the provider of Kubernetes and what is in it.
    fn without_what_is_in_clusters(mut self) -> Self {
        let outside = self.addresses().filter(|address| !address.starts_with("kubernetes."));
        let outside = outside.map(str::to_owned).collect();
        self = self.only(&outside);
        self.0["providers"].as_object_mut().unwrap().remove("kubernetes");
        self
    }

    /// Its kinds say how quickly this server settles: real services take up to a minute, and with their figures every kill before a
    /// create would wait for it.
    fn settles_quickly(&mut self) {
        let slow = |schema: &&mut Value| schema["settle_seconds"].as_u64().is_some_and(|seconds| seconds > 0);
        let mut count = 0;
        for schema in self.entries("schemas").iter_mut().filter(slow) {
            schema["settle_seconds"] = SETTLE_SECONDS.into();
            count += 1;
        }
        assert!(count > 0, "the stack says how long its kinds take to settle");
    }

    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        self.resources().iter().map(address)
    }

    /// The part of it that a server can keep.
    pub(crate) fn part_of(server: Server, environment: &str, parameters: &[&str]) -> Self {
        Self::of(server, environment, parameters).kept_by(server)
    }

    /// The part of this one that a server can keep.
    pub(crate) fn kept_by(&self, server: Server) -> Self {
        self.only(&server.part(self))
    }

    /// These resources, and all that they stand on: what they refer to, and what they say that they come after.
    pub(crate) fn with_what_they_stand_on(&self, top: &[&str]) -> BTreeSet<String> {
        self.closure(top, named_in)
    }

    /// These resources, and all that they cannot be made without.
    pub(crate) fn with_what_they_refer_to(&self, top: &[&str]) -> BTreeSet<String> {
        self.closure(top, |resource| named_in(&resource["attributes"]))
    }

    fn closure(&self, top: &[&str], needs: for<'a> fn(&'a Value) -> Vec<&'a str>) -> BTreeSet<String> {
        let declared: BTreeMap<&str, &Value> =
            self.resources().iter().map(|resource| (address(resource), resource)).collect();
        let mut found = BTreeSet::new();
        let mut left: Vec<&str> = top.to_vec();
        while let Some(one) = left.pop() {
            let resource = declared.get(one).unwrap_or_else(|| panic!("the stack has no {one}"));
            if found.insert(one.to_owned()) {
                left.extend(needs(resource));
            }
        }
        found
    }

    /// The same stack with these resources only.
    pub(crate) fn only(&self, kept: &BTreeSet<String>) -> Self {
        let mut cut = self.clone();
        for resource in cut.entries("resources") {
            // Nobody waits for what is not there.
            if let Some(after) = resource.get_mut("depends_on").and_then(Value::as_array_mut) {
                after.retain(|one| one.as_str().is_some_and(|one| kept.contains(one)));
            }
        }
        let kinds: BTreeSet<&str> = kept.iter().map(|address| kind(address)).collect();
        cut.entries("resources").retain(|resource| kept.contains(address(resource)));
        cut.entries("schemas").retain(|schema| schema["kind"].as_str().is_some_and(|kind| kinds.contains(kind)));
        cut.entries("outputs").retain(|output| named_in(output).into_iter().all(|address| kept.contains(address)));
        cut
    }

    /// The same stack, with these resources as another one declares them.
    pub(crate) fn changed_to(&self, other: &Self, changed: &BTreeSet<String>) -> Self {
        let others = other.resources().iter().map(|resource| (address(resource), resource));
        let others: BTreeMap<&str, &Value> = others.filter(|(address, _)| changed.contains(*address)).collect();
        let mut mixed = self.clone();
        for resource in mixed.entries("resources") {
            if let Some(other) = others.get(address(resource)) {
                *resource = (*other).clone();
            }
        }
        mixed
    }

    /// The same stack with copies of a resource, each with a name of its own and whatever else tells them apart.
    pub(crate) fn with_copies(&self, of: &str, count: usize, tell_apart: impl Fn(&mut Value, usize)) -> Self {
        let mut more = self.clone();
        let original = self.resources().iter().find(|resource| address(resource) == of).unwrap();
        for index in 0..count {
            let mut copy = original.clone();
            copy["address"] = format!("{of}-{index}").into();
            tell_apart(&mut copy, index);
            more.entries("resources").push(copy);
        }
        more.entries("resources").sort_by(|one, other| address(one).cmp(address(other)));
        more
    }

    /// Which of these resources have to be named before they may be deleted.
    pub(crate) fn protected(&self, addresses: &BTreeSet<String>) -> Vec<String> {
        let schemas = self.0["schemas"].as_array().unwrap();
        let is_stateful = |kind: &str| schemas.iter().any(|one| one["kind"] == kind && one["stateful"] == true);
        let is_protected = |resource: &&Value| {
            let protect = resource["lifecycle"]["protect"].as_bool();
            protect.unwrap_or_else(|| is_stateful(kind(address(resource))))
        };
        let protected = self.resources().iter().filter(is_protected).map(|resource| address(resource).to_owned());
        protected.filter(|address| addresses.contains(address)).collect()
    }

    /// As its program would write it.
    pub(crate) fn text(&self) -> String {
        self.0.to_string()
    }

    fn resources(&self) -> &[Value] {
        self.0["resources"].as_array().unwrap()
    }

    fn entries(&mut self, list: &str) -> &mut Vec<Value> {
        self.0[list].as_array_mut().unwrap()
    }
}

/// The kind of an address.
pub(crate) fn kind(address: &str) -> &str {
    address.split('/').next().unwrap_or_default()
}

fn address(resource: &Value) -> &str {
    resource["address"].as_str().unwrap()
}

/// The addresses that a resource or an output refers to, or depends on.
fn named_in(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(object) => object.iter().flat_map(|(key, value)| named_under(key, value)).collect(),
        Value::Array(list) => list.iter().flat_map(named_in).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn named_under<'a>(key: &str, value: &'a Value) -> Vec<&'a str> {
    match key {
        "$ref" => value[0].as_str().into_iter().collect(),
        "depends_on" => value.as_array().into_iter().flatten().filter_map(Value::as_str).collect(),
        _ => named_in(value),
    }
}
