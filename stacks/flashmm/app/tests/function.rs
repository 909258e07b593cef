//! The application as a part of the stack that makes its database.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use flashinfra::json::Json;
use flashinfra::{Computed, Input, Resource, Stack, params};
use flashmm_app::{Data, Params, application};
use serde_json::{Value, json};

/// A database, whose address is known once it is there.
#[derive(Resource)]
#[resource(kind = "acme.database", identity = Named("name"))]
struct Database {
    #[attr(replace)]
    name: Input<String>,
    address: Computed<String>,
}

#[test]
fn what_the_same_stack_makes_is_known_when_it_is_there() {
    let given = json!({
        "domain": "example.com",
        "program": { "image": "flashmm:1.0.0" },
        "outside": { "cambrian_url": "https://cambrian.example", "openai_endpoint": "https://openai.example" },
        "database": { "name": "flashmm" },
        "metrics": { "organization": "flashmm" },
        "backups": { "bucket": "backups" },
    });
    let given = Json::parse(&given.to_string()).unwrap();
    let params: Params =
        params::read(&given, "environments/test.toml").map_err(|faults| format!("{faults:?}")).unwrap();
    let mut stack = Stack::new("flashmm", "production");
    let database = stack.add("main", Database::builder().name("main"));
    let data = Data { database: Some(Input::from(database.address())), cache: None };
    application(&mut stack, &params, &data);
    let compiled: Value = serde_json::from_str(&stack.compile().unwrap()).unwrap();
    let resources = compiled["resources"].as_array().unwrap();
    let attributes = |address: &str| {
        &resources.iter().find(|resource| resource["address"] == address).unwrap_or_else(|| panic!("{address}"))["attributes"]
    };
    let address = json!({ "$ref": ["acme.database/main", "address"] });
    let url = &attributes("kubernetes.config_map/config.flashmm")["data"]["POSTGRES_URL"]["$text"];
    assert!(url.as_array().unwrap().contains(&address), "{url}");
    // So is the digest of it that its pods carry.
    let template = &attributes("kubernetes.deployment/app.deployment")["spec"]["template"];
    let digest = &template["metadata"]["annotations"]["config-map.flashinfra/flashmm-config"]["$text"];
    assert!(digest.as_array().unwrap().contains(&address), "{digest}");
    assert!(
        resources.iter().any(|resource| resource["address"] == "kubernetes.stateful_set/data.redis"),
        "no cache was given"
    );
    assert!(!resources.iter().any(|resource| resource["address"] == "kubernetes.stateful_set/data.postgres"));
}

#[test]
fn an_image_that_moves_is_refused() {
    let told = |image: &str| {
        let given = json!({ "program": { "image": image } });
        let given = Json::parse(&given.to_string()).unwrap();
        let faults = params::read::<Params>(&given, "environments/test.toml").err().unwrap();
        format!("{faults:?}")
    };
    assert!(told("ghcr.io/flashmm/flashmm:latest").contains("another image tomorrow"));
    assert!(told("registry:5000/flashmm").contains("names no tag"));
    assert!(!told("registry:5000/flashmm@sha256:0123").contains("tag"));
}
