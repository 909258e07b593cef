//! AWS's own API models, as botocore carries them: what the tables here are compared with.

use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

/// What the models say of all services that the tables name.
pub(crate) fn models() -> &'static Value {
    static MODELS: OnceLock<Value> = OnceLock::new();
    MODELS.get_or_init(|| {
        let services =
            ["ec2", "ecr", "eks", "elasticache", "iam", "kms", "logs", "rds", "secretsmanager", "ssm", "tagging"];
        let python = flashinfra_test_support::python("botocore", "moto[server]");
        let output = Command::new(python).args(["-c", include_str!("models.py")]).args(services).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

/// What they say of `service:Operation`.
pub(crate) fn operation(name: &str) -> &'static Value {
    let (service, name) = name.split_once(':').unwrap();
    let found = &models()[service]["operations"][name];
    assert!(found.is_object(), "{service} has no operation {name}");
    found
}

/// The texts of a list.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}
