//! AWS that cannot be reached: the thing and the next move are told, and nothing is changed.

use flashinfra_test_support::NOBODY;

use crate::quickstart::SOURCE;
use crate::shell::Shell;

/// A shell with the smallest example, and without the metadata of a machine, which would be asked over the network.
fn shell() -> Shell {
    let mut shell = Shell::new();
    shell.set("AWS_EC2_METADATA_DISABLED", "true");
    shell.set("AWS_REGION", "eu-central-1");
    shell.set("HOME", &shell.path().display().to_string());
    for (tool, directory) in [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")] {
        let known = std::env::var(tool).or_else(|_| std::env::var("HOME").map(|home| format!("{home}/{directory}")));
        shell.set(tool, &known.unwrap());
    }
    shell
}

#[track_caller]
fn is_told(shell: &Shell, expected: &[&str]) {
    let directory = format!("--dir={SOURCE}/examples/smallest");
    for command in [&["plan"][..], &["apply", "-auto-approve"]] {
        let said = shell.run(&[command, &[directory.as_str(), "--ledger=ledger"]].concat()).fails(1);
        for part in expected.iter().chain(&["`aws` cannot be reached", "nothing changed", "--sandbox"]) {
            assert!(said.contains(part), "no {part:?} in {said}");
        }
        assert!(!shell.file("ledger").exists(), "nothing was written");
    }
}

#[test]
fn missing_credentials_are_told_with_where_they_were_looked_for() {
    let mut shell = shell();
    is_told(&shell, &["no AWS credentials", "AWS_ACCESS_KEY_ID", "~/.aws"]);
    shell.set("AWS_PROFILE", "shop-prod");
    is_told(&shell, &["profile `shop-prod` of ~/.aws"]);
}

#[test]
fn an_endpoint_that_is_down_is_named() {
    let mut shell = shell();
    shell.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    shell.set("AWS_SECRET_ACCESS_KEY", "planted-key");
    let endpoint = format!("http://{NOBODY}");
    shell.set("AWS_ENDPOINT_URL", &endpoint);
    is_told(&shell, &["could not be reached", &endpoint, "try again"]);
}
