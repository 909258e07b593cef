//! Custom resources, checked against the definitions of their kinds.

use serde::Serialize;
use serde_json::Value as Json;

use crate::handle::kind;
use crate::object::{self, Object};
use crate::structural;

/// CustomResourceDefinitions: what an operator's kinds look like.
///
/// An object that is made by them is checked when the stack is compiled, and what is wrong with it is told with the line that adds it
/// to the stack: a field that there is not, a value of another type, what is missing.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_kubernetes as kubernetes;
/// use kubernetes::Definitions;
/// use serde_json::json;
///
/// // In a stack: `Definitions::from_json(include_str!("../crds/widgets.json"))`, or `from_yaml` with the feature `yaml`.
/// let widgets = Definitions::of([json!({
///     "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": { "name": "widgets.example.com" },
///     "spec": {
///         "group": "example.com", "scope": "Namespaced", "names": { "kind": "Widget", "plural": "widgets" },
///         "versions": [{ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": {
///             "type": "object",
///             "properties": { "spec": { "type": "object", "properties": { "size": { "type": "integer" } } } },
///         } } }],
///     },
/// })]);
/// let mut stack = flashinfra::Stack::new("shop", "production");
/// stack.add("a", widgets.object(json!({
///     "apiVersion": "example.com/v1", "kind": "Widget", "metadata": { "name": "a", "namespace": "shop" },
///     "spec": { "sise": 3 },
/// })));
/// let problems = stack.compile().unwrap_err();
/// assert!(problems[0].message.contains("`spec.sise` is no field that there is; did you mean `size`?"));
/// ```
#[derive(Clone, Debug)]
pub struct Definitions {
    definitions: Vec<Json>,
    problem: Option<String>,
}

impl Definitions {
    /// Definitions, from whatever serialises as them.
    pub fn of<D: Serialize>(definitions: impl IntoIterator<Item = D>) -> Self {
        let read: Result<Vec<Json>, _> = definitions.into_iter().map(serde_json::to_value).collect();
        Self::read(read.map_err(|error| error.to_string()))
    }

    /// Definitions from the text of a JSON file: one, a list of them, or what `kubectl get crd --output json` prints.
    pub fn from_json(text: &str) -> Self {
        Self::read(serde_json::from_str(text).map(|json: Json| vec![json]).map_err(|error| error.to_string()))
    }

    /// Definitions from the text of a YAML file, as operators publish them: one document or several, other objects among them left out.
    #[cfg(feature = "yaml")]
    pub fn from_yaml(text: &str) -> Self {
        Self::read(serde_saphyr::from_multiple(text).map_err(|error| error.to_string()))
    }

    fn read(read: Result<Vec<Json>, String>) -> Self {
        let mut definitions = Vec::new();
        let problem = match read {
            Ok(documents) => {
                documents.into_iter().for_each(|document| collect(document, &mut definitions));
                definitions.is_empty().then(|| "there is no CustomResourceDefinition in what was given".to_owned())
            }
            Err(error) => Some(format!("its definition cannot be read: {error}")),
        };
        Self { definitions, problem }
    }

    /// The definitions as objects for the stack, each with a name to add it under: that of its kind in the singular.
    pub fn objects(&self) -> impl Iterator<Item = (String, Object)> + '_ {
        self.definitions.iter().map(|definition| {
            let names = &definition["spec"]["names"];
            let name = names["singular"].as_str().or(names["kind"].as_str()).unwrap_or_default();
            (name.to_ascii_lowercase(), object::object(definition))
        })
    }

    /// A custom resource, from whatever serialises as one. Strings in it may hold [`token`](crate::token)s.
    pub fn object(&self, custom: impl Serialize) -> Object<kind::Any> {
        let json = serde_json::to_value(custom);
        let problems = match (&self.problem, &json) {
            (Some(problem), _) => vec![problem.clone()],
            (None, Ok(json)) => self.problems(json),
            // That is told by what takes it apart.
            (None, Err(_)) => Vec::new(),
        };
        let mut parts = match json {
            Ok(json) => object::parts(json),
            Err(error) => object::unwritable(&error),
        };
        parts.problems.extend(problems);
        object::of_parts(parts)
    }

    fn problems(&self, custom: &Json) -> Vec<String> {
        let text = |field: &str| custom[field].as_str().unwrap_or_default();
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let of_kind =
            |definition: &&Json| definition["spec"]["group"] == group && definition["spec"]["names"]["kind"] == kind;
        let Some(definition) = self.definitions.iter().find(of_kind) else {
            let kinds = self.definitions.iter().map(|definition| {
                let spec = &definition["spec"];
                format!("{} of {}", plain(&spec["names"]["kind"]), plain(&spec["group"]))
            });
            let kinds: Vec<String> = kinds.collect();
            return vec![format!("a {kind} of {group} is none of what is defined: {}", kinds.join(", "))];
        };
        let versions = definition["spec"]["versions"].as_array();
        let served = || versions.into_iter().flatten().filter(|version| version["served"] == true);
        let Some(found) = served().find(|served| served["name"] == version) else {
            let names: Vec<&str> = served().map(|version| plain(&version["name"])).collect();
            return vec![format!("{kind} has no version {version}, only {}", names.join(", "))];
        };
        let is_namespaced = definition["spec"]["scope"] != "Cluster";
        let has_namespace = !custom["metadata"]["namespace"].is_null();
        let place = match (is_namespaced, has_namespace) {
            (true, false) => Some(format!("a {kind} is in a namespace: it needs `metadata.namespace`")),
            (false, true) => Some(format!("a {kind} is in no namespace: leave `metadata.namespace` out")),
            (true, true) | (false, false) => None,
        };
        place.into_iter().chain(structural::problems(&found["schema"]["openAPIV3Schema"], custom)).collect()
    }
}

fn plain(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}

/// The definitions in a document: itself, or those in a list.
fn collect(document: Json, definitions: &mut Vec<Json>) {
    match document {
        Json::Array(documents) => documents.into_iter().for_each(|document| collect(document, definitions)),
        Json::Object(mut fields) => {
            if let Some(items) = fields.get_mut("items").map(Json::take) {
                collect(items, definitions);
            } else if fields.get("kind").is_some_and(|kind| kind == "CustomResourceDefinition") {
                definitions.push(Json::Object(fields));
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
