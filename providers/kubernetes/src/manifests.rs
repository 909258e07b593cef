//! Objects as YAML, for kubectl and for who keeps them in git.

use flashinfra_providers::{Body, Manifest, ToWrite, Unwritable};
use flashinfra_stacks_kubernetes::{field_name, name_of};
use serde_json::{Map as JsonMap, Value as Json};

use crate::body;
use crate::object::{GroupKind, text};
use crate::order::{rank, sorted};

/// The objects in the order in which they are made. A file is named by the rank of its kind first, since kubectl takes the files of a folder
/// in the order of their names; what comes or goes renames no other.
pub(crate) fn of(resources: &[ToWrite<'_>]) -> Result<Vec<Manifest>, Vec<Unwritable>> {
    let (mut objects, mut failed) = (Vec::new(), Vec::new());
    for resource in resources {
        match object(resource) {
            Ok(object) => objects.push(object),
            Err(why) => failed.push(Unwritable { address: resource.address.clone(), why }),
        }
    }
    if !failed.is_empty() {
        return Err(failed);
    }
    let mut manifests = Vec::new();
    for place in sorted(&objects) {
        let (resource, object) = (&resources[place], &objects[place]);
        match manifest(resource, object) {
            Ok(manifest) => manifests.push(manifest),
            Err(why) => failed.push(Unwritable { address: resource.address.clone(), why }),
        }
    }
    if failed.is_empty() { Ok(manifests) } else { Err(failed) }
}

fn manifest(resource: &ToWrite<'_>, object: &Json) -> Result<Manifest, String> {
    let address = resource.address;
    let (kind, name) = (text(object, "kind"), text(object, "metadata.name"));
    let title = match text(object, "metadata.namespace") {
        "" => format!("{kind} {name}"),
        namespace => format!("{kind} {namespace}/{name}"),
    };
    let kind = address.kind().strip_prefix("kubernetes.").unwrap_or(address.kind());
    let file = format!("{:02}-{kind}-{}.yaml", rank(GroupKind::of(object)), address.name());
    let body = match secret_keys(resource) {
        Some(keys) => Body::LeftOut(keys),
        None => Body::Text(serde_saphyr::to_string(object).map_err(|error| format!("it is no YAML: {error}"))?),
    };
    Ok(Manifest { address: address.clone(), file: file.into(), title: title.into(), body })
}

/// What a Secret of Kubernetes holds, told without it; none for other kinds.
fn secret_keys(resource: &ToWrite<'_>) -> Option<String> {
    if resource.address.kind() != "kubernetes.secret" {
        return None;
    }
    let data = resource.attributes.get("data").and_then(|data| data.as_map());
    let keys: Vec<&str> = data.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let what = match keys.len() {
        0 => "nothing".to_owned(),
        1 => format!("the key {}", keys.join(", ")),
        _ => format!("the keys {}", keys.join(", ")),
    };
    Some(format!("it holds {what}, and no secret stands in a text that is kept"))
}

/// The object of a resource, without what a Secret holds: as an apply makes it, but for the owner mark, since nobody owns it.
fn object(resource: &ToWrite<'_>) -> Result<Json, String> {
    let ToWrite { address, schema, attributes } = resource;
    let of = |name: &str| attributes.get(name);
    let Some(kind) = name_of(schema) else {
        return Err(format!("what the API calls the kind {} stands nowhere in its schema", address.kind()));
    };
    let mut metadata = JsonMap::new();
    let mut object = JsonMap::new();
    let known = |name: &str, value| body::known(name, value).map_err(|error| error.message);
    for name in ["name", "namespace", "labels", "annotations", "finalizers"] {
        if let Some(value) = of(name) {
            metadata.insert(name.into(), known(name, value)?);
        }
    }
    let api_version = of("api_version").ok_or("it has no `apiVersion`")?;
    object.insert("apiVersion".into(), known("api_version", api_version)?);
    object.insert("kind".into(), kind.into());
    object.insert("metadata".into(), metadata.into());
    for (name, value) in body::fields(attributes) {
        let is_secret = schema.attribute(name).is_some_and(|attribute| attribute.secret);
        if !is_secret {
            object.insert(field_name(name), known(name, value)?);
        }
    }
    Ok(object.into())
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::value::Secret;
    use flashinfra_plans::{Address, Map, Value, map};
    use flashinfra_stacks::Stack;
    use flashinfra_stacks::schema::Schema;
    use flashinfra_stacks_kubernetes as kubernetes;
    use serde_json::json;

    use super::*;

    /// Writes down what a stack declares.
    fn written(resources: &[(&str, Map)], schemas: &[&Schema]) -> Result<Vec<Manifest>, Vec<Unwritable>> {
        let own = kubernetes::schemas();
        let schema = |kind: &str| *own.iter().chain(schemas).find(|schema| schema.kind == kind).unwrap();
        let addresses: Vec<Address> = resources.iter().map(|(address, _)| Address::parse(address).unwrap()).collect();
        let all = addresses.iter().zip(resources);
        let all: Vec<_> = all
            .map(|(address, (_, attributes))| ToWrite { address, schema: schema(address.kind()), attributes })
            .collect();
        of(&all)
    }

    fn named(api_version: &str, namespace: &str, name: &str) -> Map {
        map! { "api_version" => api_version, "name" => name, "namespace" => namespace }
    }

    #[test]
    fn objects_come_in_order_and_read_back_as_they_were() {
        let nasty =
            ["yes", "0123", "1e3", "~", "null", "1:20", "0x1F", "a: b", "- a", " a", "é\n\n  b\n", "", "#x", "\u{1}"];
        let data: Map =
            nasty.iter().enumerate().map(|(n, text)| (format!("k{n}").into(), Value::from(*text))).collect();
        let config = named("v1", "shop", "web").with("data", Value::Map(data));
        let role = named("rbac.authorization.k8s.io/v1", "shop", "web")
            .with("rules", Value::List(Box::new([])))
            .with("labels", map! { "app" => "web" }.into());
        let namespace = map! { "api_version" => "v1", "name" => "shop" };
        let manifests = written(
            &[
                ("kubernetes.config_map/web", config),
                ("kubernetes.role/web", role),
                ("kubernetes.namespace/shop", namespace),
            ],
            &[],
        )
        .unwrap();
        let titles: Vec<_> = manifests.iter().map(|one| (one.file.as_str(), one.title.as_str())).collect();
        assert_eq!(
            titles,
            [
                ("00-namespace-shop.yaml", "Namespace shop"),
                ("03-role-web.yaml", "Role shop/web"),
                ("05-config_map-web.yaml", "ConfigMap shop/web"),
            ]
        );
        let Body::Text(text) = &manifests[2].body else { panic!("{manifests:?}") };
        let read: Json = serde_saphyr::from_str(text).unwrap();
        for (n, expect) in nasty.iter().enumerate() {
            assert_eq!(read["data"][format!("k{n}")], json!(expect), "{text}");
        }
        assert_eq!((&read["apiVersion"], &read["kind"]), (&json!("v1"), &json!("ConfigMap")));
        let Body::Text(text) = &manifests[1].body else { panic!("{manifests:?}") };
        let expect = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  labels:\n    app: web\n  name: web\n  \
                      namespace: shop\nrules: []\n";
        assert_eq!(text, expect);
    }

    #[test]
    fn a_secret_is_left_out_and_what_holds_one_is_refused() {
        let secret = || Value::Secret(Box::new(Secret::Env { name: "X".into(), version: 1 }));
        let login =
            named("v1", "shop", "login").with("data", map! { "PASSWORD" => secret(), "URL" => secret() }.into());
        let manifests = written(&[("kubernetes.secret/login", login)], &[]).unwrap();
        let Body::LeftOut(why) = &manifests[0].body else { panic!("{manifests:?}") };
        assert_eq!(why, "it holds the keys PASSWORD, URL, and no secret stands in a text that is kept");
        let config = named("v1", "shop", "web").with("data", map! { "PASSWORD" => secret() }.into());
        let failed = written(&[("kubernetes.config_map/web", config)], &[]).unwrap_err();
        assert!(
            failed[0].to_string().contains("`data` holds a secret, which would stand there in clear"),
            "{failed:?}"
        );
    }

    #[test]
    fn a_custom_resource_has_the_name_that_its_definition_gave_it() {
        let mut stack = Stack::new("shop", "test");
        stack.add("web", kubernetes::object(json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"hostnames": ["a"]},
        })));
        let compiled = flashinfra_plans::compiled::read(stack.compile().unwrap().as_bytes()).unwrap();
        let declared = &compiled.resources[0];
        let schema = &compiled.schemas[declared.address.kind()];
        let one = ToWrite { address: &declared.address, schema, attributes: &declared.attributes };
        let manifests = of(&[one]).unwrap();
        let Body::Text(text) = &manifests[0].body else { panic!("{manifests:?}") };
        assert!(text.contains("kind: HTTPRoute\n"), "{text}");
    }
}
