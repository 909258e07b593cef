//! What the README promises: a new stack, planned, applied, looked at and destroyed on the sandbox.

use serde_json::Value;

use crate::shell::Shell;

/// The source of flashinfra that a new stack depends on.
pub(crate) const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[test]
fn a_new_stack_is_planned_applied_and_destroyed() {
    let shell = Shell::new();
    shell.run(&["new", "shop", "--flashinfra-path", SOURCE]).succeeds();
    let shop = |arguments: &[&str]| {
        let common = ["--dir=shop", "--env=development", "--sandbox"];
        shell.run(&[arguments, &common[..]].concat())
    };

    assert_eq!(shop(&["validate"]).succeeds(), "shop/development is valid: 2 resources, 1 output\n");
    let listed = shell.run(&["stacks", "--dir=shop"]).succeeds();
    assert!(listed.contains("development, production") && listed.contains("cidr"), "{listed}");

    let planned = shop(&["plan", "-out=dev.plan", "-detailed-exitcode"]);
    assert!(planned.stderr.contains("parameters shop/environments/development.toml"), "{planned}");
    assert!(planned.stderr.contains("no ledger yet at shop/.flashinfra/shop/development"), "{planned}");
    assert!(planned.stdout.contains("create   aws.vpc/network.main"), "{planned}");
    assert_eq!(planned.code, 2, "{planned}");
    let shown = shell.run(&["show", "dev.plan"]).succeeds();
    assert!(planned.stdout.contains(&shown), "{shown}\nis not part of\n{planned}");

    let applied = shell.run(&["apply", "dev.plan", "--dir=shop", "--sandbox"]).succeeds();
    assert!(applied.contains("2 created"), "{applied}");
    assert!(shop(&["plan", "-detailed-exitcode"]).succeeds().contains("No changes"));
    assert!(shop(&["drift", "-detailed-exitcode"]).succeeds().contains("No drift"));

    let id = shop(&["output", "-raw", "vpc_id"]).succeeds();
    assert!(applied.contains(&id) && id.starts_with("vpc-"), "{id}");
    let all: Value = serde_json::from_str(&shop(&["output", "-json"]).succeeds()).unwrap();
    assert_eq!(all["vpc_id"]["value"], id);
    let unknown = shop(&["output", "vpcid"]).fails(1);
    assert!(unknown.contains("did you mean `vpc_id`?"), "{unknown}");
    assert!(shop(&["ledger", "ls"]).succeeds().contains(&id));
    assert!(shop(&["ledger", "show", "aws.vpc/network.main"]).succeeds().contains("10.0.0.0/16"));

    // Gone with its code, and deleted all the same.
    std::fs::remove_dir_all(shell.file("shop/src")).unwrap();
    let unasked = shop(&["destroy"]).fails(3);
    assert!(unasked.contains("--auto-approve"), "{unasked}");
    assert!(shop(&["destroy", "-auto-approve"]).succeeds().contains("2 deleted"));
    assert_eq!(shop(&["ledger", "ls"]).succeeds(), "");
}

#[test]
fn a_new_release_is_planned_rendered_applied_and_destroyed() {
    let shell = Shell::new();
    shell.run(&["new", "web", "--kubernetes", "--flashinfra-path", SOURCE]).succeeds();
    let web = |arguments: &[&str]| shell.run(&[arguments, &["--dir=web", "--env=production"][..]].concat());
    let rehearsed = |arguments: &[&str]| web(&[arguments, &["--sandbox"][..]].concat());
    assert!(web(&["validate"]).succeeds().contains("web/production is valid"));
    let rendered = web(&["render"]).succeeds();
    assert!(rendered.contains("kind: Deployment") && rendered.contains("namespace: web-production"), "{rendered}");
    assert!(rehearsed(&["apply", "-auto-approve"]).succeeds().contains("9 created"));
    assert!(rehearsed(&["plan", "-detailed-exitcode"]).succeeds().contains("No changes"));
    let namespace = "--allow-destroy=kubernetes.namespace/main";
    assert!(rehearsed(&["destroy", "-auto-approve", namespace]).succeeds().contains("9 deleted"));
}
