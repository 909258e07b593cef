//! Credentials for S3 come from where every AWS tool finds them. Moto takes any, so what is shown is that some are found.

use std::process::{Command, Output};

use flashinfra_test_support::{Bucket, Cloud};
use tempfile::TempDir;

use crate::places::example;

/// Runs an apply with nothing of this machine's environment but these variables.
fn apply(home: &TempDir, variables: &[(&str, &str)]) -> Output {
    let bucket = Bucket::shared(Cloud::S3);
    let url = format!("{}/credentials/{}", bucket.url(), uuid::Uuid::new_v4());
    let sandbox = home.path().join("sandbox.json");
    let endpoint = bucket.environment().filter(|(name, _)| *name == "AWS_ENDPOINT_URL_S3");
    Command::new(example("records"))
        .args([&url, "ada", "60000", sandbox.to_str().unwrap(), "1"])
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(endpoint)
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn succeeds(output: &Output) -> bool {
    output.status.success() && String::from_utf8_lossy(&output.stdout).contains("applied, exit 0")
}

#[test]
fn a_profile_gives_credentials_and_region() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".aws")).unwrap();
    let config = "[profile team]\nregion = eu-central-1\naws_access_key_id = A\naws_secret_access_key = B\n";
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let applied = apply(&home, &[("AWS_PROFILE", "team")]);
    assert!(succeeds(&applied), "{applied:?}");

    let other = apply(&home, &[("AWS_PROFILE", "nobodys")]);
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(!other.status.success() && said.contains("no credentials were found that are accepted"), "{said}");
}

#[test]
fn keys_in_the_environment_come_first() {
    let home = tempfile::tempdir().unwrap();
    let keys = [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "B"), ("AWS_PROFILE", "nobodys")];
    let applied = apply(&home, &keys);
    assert!(succeeds(&applied), "{applied:?}");
}
