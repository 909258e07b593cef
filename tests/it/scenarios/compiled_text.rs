//! Writes a scenario's stack as the compiled stack that its program would have written.

use std::collections::BTreeMap;

use super::stack_text::{Provider, Resource, Stack};

impl Stack {
    /// The compiled stack: format 1, format 2 with lookups, format 3 with a provider that resources configure, and format 4 with what is
    /// there for a while only.
    pub(crate) fn to_json(&self) -> String {
        let addresses = || self.resources.keys().chain(self.lookups.keys());
        let used = |kind: &&String| addresses().any(|address| address.split('/').next() == Some(kind));
        let schemas: Vec<_> = self.kinds.keys().filter(used).map(|kind| self.kinds[kind].to_json()).collect();
        let providers = self.providers.iter().map(|(name, provider)| format!("{}:{}", text(name), provider.to_json()));
        let resources = self.resources.iter().map(|(address, resource)| self.waiting(resource).to_json(address));
        let resources: Vec<String> = resources.collect();
        let lookups = self.lookups.iter().map(|(address, lookup)| lookup.to_json(address)).collect::<Vec<_>>();
        let is_configured = self.providers.values().any(|provider| !provider.configured_by().is_empty());
        let has_short_lived = self.resources.values().any(Resource::is_short_lived);
        let format = match (has_short_lived, is_configured, lookups.is_empty()) {
            (true, _, _) => 4,
            (false, true, _) => 3,
            (false, false, false) => 2,
            (false, false, true) => 1,
        };
        let lookups = match lookups.is_empty() {
            true => String::new(),
            false => format!("\"lookups\":[{}],\n", lines(&lookups)),
        };
        let outputs = self.outputs.iter().map(|(name, value)| format!("{{\"name\":{},\"value\":{value}}}", text(name)));
        format!(
            "{{\"format\":{format},\"stack\":{},\"environment\":{},\"flashinfra\":\"{}\",\n\"providers\":{{{}}},\n\"schemas\":[{}],\n\
             {lookups}\"resources\":[{}],\n\"outputs\":[{}]}}\n",
            text(&self.name),
            text(&self.environment),
            env!("CARGO_PKG_VERSION"),
            lines(&providers.collect::<Vec<_>>()),
            lines(&schemas),
            lines(&resources),
            lines(&outputs.collect::<Vec<_>>()),
        )
    }
}

impl Stack {
    /// A resource that depends on what configures its provider, too.
    fn waiting(&self, resource: &Resource) -> Resource {
        let mut resource = resource.clone();
        let provider = self.providers.get(&resource.provider);
        resource.depends_on.extend(provider.map(Provider::configured_by).unwrap_or_default());
        resource
    }
}

impl Provider {
    /// The resources that its configuration refers to.
    fn configured_by(&self) -> Vec<String> {
        let references = self.config.values().flat_map(|value| value.split("{\"$ref\":[\"").skip(1));
        references.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    }

    fn to_json(&self) -> String {
        format!("{{\"type\":{},\"config\":{}}}", text(&self.provider), map(&self.config))
    }
}

impl Resource {
    fn is_short_lived(&self) -> bool {
        self.test || self.delete_after_success || self.delete_after_failure
    }

    fn to_json(&self, address: &str) -> String {
        let Self {
            provider,
            attributes,
            protect,
            retain,
            ignore,
            create_before_delete,
            moved_from,
            test,
            delete_after_success,
            delete_after_failure,
            depends_on,
            raw,
            at,
        } = self;
        let flag = |name: &str, set: bool| set.then(|| format!("\"{name}\":true"));
        let names = |name: &str, list: &[String]| {
            (!list.is_empty())
                .then(|| format!("\"{name}\":[{}]", list.iter().map(|name| text(name)).collect::<Vec<_>>().join(",")))
        };
        let lifecycle = [
            protect.map(|protect| format!("\"protect\":{protect}")),
            flag("retain", *retain),
            names("ignore", ignore),
            flag("create_before_delete", *create_before_delete),
            names("moved_from", moved_from),
            flag("test", *test),
            flag("delete_after_success", *delete_after_success),
            flag("delete_after_failure", *delete_after_failure),
        ];
        let lifecycle: Vec<_> = lifecycle.into_iter().flatten().collect();
        let members = [
            Some(format!("\"address\":{}", text(address))),
            Some(format!("\"provider\":{}", text(provider))),
            Some(format!("\"attributes\":{}", map(attributes))),
            (!lifecycle.is_empty()).then(|| format!("\"lifecycle\":{{{}}}", lifecycle.join(","))),
            names("depends_on", depends_on),
            names("raw", raw),
            at.as_ref().map(|at| format!("\"at\":{}", text(at))),
        ];
        format!("{{{}}}", members.into_iter().flatten().collect::<Vec<_>>().join(","))
    }
}

fn map(entries: &BTreeMap<String, String>) -> String {
    let entries = entries.iter().map(|(key, value)| format!("{}:{value}", text(key)));
    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
}

fn lines(entries: &[String]) -> String {
    if entries.is_empty() { String::new() } else { format!("\n{}", entries.join(",\n")) }
}

fn text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[test]
fn what_is_written_is_a_compiled_stack() {
    let kinds = super::world::shared_kinds(include_str!("../../scenarios/kinds.txt"));
    let mut stack = Stack::new("shop", "production", &kinds);
    let lines = "\
provider eu test region=\"eu-central-1\"
kind test.queue named=name stateful unique_name settle=5 typical=1,2,3 wait=Busy
  name   text       required replace
  rules  set<block> optional clear
    port integer    required
  depth  integer    optional reset=5
  arn    text       provider changes_with=name
test.network/main in eu
  cidr = \"10.0.0.0/16\"
  tags = {\"team\": \"core\"}
  ! at src/main.rs:3
test.queue/jobs
  name = \"jobs-${@test.network/main#id}\"
  rules = [{\"port\": 80}]
  ! protect
  ! depends_on test.network/main
output network = @test.network/main#id";
    stack.take(&lines.lines().collect::<Vec<_>>()).unwrap();
    let compiled = flashinfra_plans::compiled::read(stack.to_json().as_bytes()).unwrap();
    assert_eq!(compiled.schemas.len(), 2);
    assert_eq!(compiled.providers.len(), 2);
    let queue = &compiled.resources[1];
    assert_eq!((queue.address.as_str(), queue.lifecycle.protect), ("test.queue/jobs", Some(true)));
    assert_eq!(queue.depends_on, [compiled.resources[0].address.clone()]);
    assert_eq!(compiled.schemas["test.queue"].attributes.len(), 4);
    assert_eq!(compiled.outputs[0].name, "network");
}
