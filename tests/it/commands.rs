//! The commands that need no live infrastructure, and what is common to all.

use serde_json::Value;

use crate::shell::Shell;

#[test]
fn wrong_usage_ends_with_1_because_2_means_changes() {
    let shell = Shell::new();
    for (arguments, said) in [
        (&[][..], "Usage"),
        (&["plam"], "unrecognized subcommand 'plam'"),
        (&["plan", "--no-such-option"], "unexpected argument '--no-such-option'"),
        (&["plan", "-target=vpc"], "`vpc` is not an address; an address is `kind/name`"),
        (&["plan", "-destroy", "-refresh-only"], "cannot be used with"),
        (&["apply", "x.plan", "-target=test.a/x"], "cannot be used with"),
        (&["apply", "-atomic", "-destroy"], "cannot be used with"),
        (&["rollback", "main"], "invalid value 'main' for '[REVISION]'"),
        (&["apply", "-parallelism=0"], "0 is not in 1.."),
        (&["output", "-raw"], "<NAME>"),
        (&["ledger", "forget"], "<ADDRESS>"),
        (&["scale", "test.a/x"], "<REPLICAS>"),
        (&["logs", "test.a/x", "-since=10"], "such as `10m`"),
    ] {
        let said_all = shell.run(arguments).fails(1);
        assert!(said_all.contains(said), "{arguments:?}: {said_all}");
    }
}

#[test]
fn the_words_of_other_tools_are_answered_with_ours() {
    let shell = Shell::new();
    for (arguments, missing, said) in [
        (&["init"][..], "`flashinfra init`", "`flashinfra new NAME`"),
        (&["-chdir=infra", "state", "list"], "`flashinfra state list`", "`flashinfra ledger ls`"),
        (&["taint", "aws.vpc/main"], "`flashinfra taint`", "--replace ADDRESS"),
        (&["workspace", "select", "production"], "`flashinfra workspace`", "--env NAME"),
        (&["up", "--yes"], "`flashinfra up`", "`flashinfra apply`"),
        (&["template", "./chart"], "`flashinfra template`", "`flashinfra render`"),
        (&["upgrade", "--install", "shop", "./chart"], "`flashinfra upgrade`", "`flashinfra apply`"),
        (&["plan", "-lock=false"], "`--lock`", "a plan takes no lock"),
        (&["apply", "-y"], "`-y`", "`--auto-approve`"),
        (&["destroy", "-force"], "`--force`", "`--allow-destroy ADDRESS`"),
        (&["plan", "--evn", "production"], "`--evn`", "did you mean `--env`?"),
        (&["plan", "--env=a", "--timeout=5m"], "`--timeout`", "`progressDeadlineSeconds`"),
        (&["get", "manifest", "web"], "`flashinfra get manifest`", "`flashinfra render`"),
        (&["repo", "add", "x"], "`flashinfra repo`", "`cargo add`"),
        (&["rollout", "restart", "web"], "`flashinfra rollout restart`", "`flashinfra restart ADDRESS`"),
    ] {
        let answer = shell.run(arguments).fails(1);
        assert!(answer.contains("there is no ") && answer.contains(missing), "{arguments:?}: {answer}");
        assert!(answer.contains(said), "{arguments:?}: {answer}");
    }
    // What the command has is not named for what it lacks.
    let namespace = shell.run(&["adopt", "--helm=web", "--namespace=shop", "--bogus"]).fails(1);
    assert!(namespace.contains("--bogus") && !namespace.contains("no option `--namespace`"), "{namespace}");
    let listed = shell.run(&["ledger", "list"]).fails(1);
    assert!(listed.contains("'ls'"), "what is ours is suggested first: {listed}");
    let lines = shell.run(&["fmt", "--json"]);
    let diagnostic: Value = serde_json::from_str(lines.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(diagnostic["help"], "stacks are Rust: `cargo fmt` formats them", "{lines}");
}

#[test]
fn help_tells_the_commands_and_the_exit_codes() {
    let shell = Shell::new();
    assert_eq!(shell.run(&["help", "plan"]).succeeds(), shell.run(&["plan", "--help"]).succeeds());
    assert_eq!(shell.run(&["version"]).succeeds(), shell.run(&["--version"]).succeeds());
    let help = shell.run(&["help"]).succeeds();
    assert_eq!(help, shell.run(&["--help"]).succeeds());
    for expected in [
        "plan ",
        "apply ",
        "destroy ",
        "render ",
        "health ",
        "logs ",
        "scale ",
        "restart ",
        "drift ",
        "history ",
        "rollback ",
        "explain ",
        "3  refused by a guard",
        "--var",
    ] {
        assert!(help.contains(expected), "no {expected:?} in\n{help}");
    }
    assert!(help.lines().all(|line| line.chars().count() <= 88), "{help}");
}

#[test]
fn shells_complete_commands_and_options() {
    let shell = Shell::new();
    for name in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = shell.run(&["completions", name]).succeeds();
        for expected in ["allow-destroy", "rollback", "history-max"] {
            assert!(script.contains(expected), "no {expected} in {name}");
        }
    }
}

#[test]
#[cfg(feature = "kubernetes")]
fn a_custom_kind_is_explained_by_its_name() {
    let shell = Shell::new();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = words(&shell.run(&["explain", "kubernetes.http_route.gateway.networking.k8s.io"]).succeeds());
    for expected in ["of gateway.networking.k8s.io", "`kubectl explain httproute.spec`", "labels", "defined_by", "spec"]
    {
        assert!(said.contains(expected), "no `{expected}` in {said}");
    }
    // A kind of another group is not Kubernetes' own of that name, and an attribute stands behind the group.
    let said = shell.run(&["explain", "kubernetes.service.serving.knative.dev.force"]).succeeds();
    assert!(said.starts_with("kubernetes.service.serving.knative.dev.force · "), "{said}");
    let own = shell.run(&["explain", "kubernetes.service.spec"]).succeeds();
    assert!(own.starts_with("kubernetes.service.spec · "), "{own}");
    // What has no group is no custom kind, and no other one that only shares its provider is meant.
    for (typed, expected) in [
        ("kubernetes.certificate", "called after its group, too: `kubernetes.certificate.example.com`"),
        ("kubernetes.deploymnt", "did you mean `kubernetes.deployment`?"),
        ("kubernetes.xylophone", "`flashinfra explain` lists all kinds"),
        ("kubernets.deployment", "did you mean `kubernetes.deployment`?"),
    ] {
        let said = words(&shell.run(&["explain", typed]).fails(1));
        assert!(said.contains(expected), "no `{expected}` in {said}");
    }
}

#[test]
fn kinds_are_explained_without_their_provider() {
    let shell = Shell::new();
    assert!(shell.run(&["explain"]).succeeds().contains("aws.vpc "));
    let vpc = shell.run(&["explain", "aws.vpc"]).succeeds();
    assert!(vpc.contains("cidr_block") && vpc.contains("forces replacement"), "{vpc}");
    let rules = shell.run(&["explain", "aws.security_group.ingress"]).succeeds();
    assert!(rules.contains("from_port"), "{rules}");
    // Links lead nowhere, for programs as well.
    let lines = shell.run(&["explain", "aws.subnet", "--json"]).succeeds();
    assert!(lines.contains("Vpc") && !lines.contains("](") && !lines.contains("[`"), "{lines}");
    let deployment = shell.run(&["explain", "Deployment"]).fails(1);
    assert!(deployment.contains("did you mean `kubernetes.deployment`?"), "{deployment}");
    let unknown = shell.run(&["explain", "aws.vcp"]).fails(1);
    assert!(unknown.contains("did you mean `aws.vpc`?"), "{unknown}");
    let unknown = shell.run(&["explain", "aws.vpc.cidr_blok"]).fails(1);
    assert!(unknown.contains("did you mean `cidr_block`?"), "{unknown}");
}

#[test]
fn json_lines_are_versioned_and_end_with_the_exit_code() {
    let shell = Shell::new();
    for (arguments, code) in [
        (&["explain", "aws.vpc", "--json"][..], 0),
        (&["-json", "explain", "aws.vcp"], 1),
        (&["plan", "--json", "--no-such-option"], 1),
        (&["plan", "--json"], 1),
        (&["show", "--json", "no.plan"], 1),
    ] {
        let run = shell.run(arguments);
        assert_eq!(run.stderr, "", "{run}");
        let lines: Vec<Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(lines.iter().all(|line| line["v"] == 1 && line["type"].is_string()), "{run}");
        let last = lines.last().unwrap();
        assert_eq!((&last["type"], &last["code"]), (&"exit".into(), &code.into()), "{run}");
        assert_eq!(run.code, code, "{run}");
        let diagnostics = lines.iter().filter(|line| line["type"] == "diagnostic").count();
        assert_eq!(diagnostics, usize::from(code != 0), "{run}");
    }
}

#[test]
fn where_there_is_no_stack_the_next_move_is_named() {
    let shell = Shell::new();
    let said = shell.run(&["plan"]).fails(1);
    assert!(said.contains("there is no stack crate in") && said.contains("`flashinfra new NAME`"), "{said}");
    let said = shell.run(&["plan", "--compiled", "none.json"]).fails(1);
    assert!(said.contains("none.json") && said.contains("flashinfra validate --out"), "{said}");
    let said = shell.run(&["destroy"]).fails(1);
    assert!(said.contains("there is no ledger in .flashinfra"), "{said}");
    let said = shell.run(&["output"]).fails(1);
    assert!(said.contains("there is no ledger in .flashinfra") && said.contains("`flashinfra recover`"), "{said}");
}

#[test]
fn a_new_stack_is_not_written_over_another() {
    let shell = Shell::new();
    // Nothing says where flashinfra is, so that it would not build.
    let said = shell.run(&["new", "shop"]).fails(1);
    assert!(said.contains("flashinfra new shop --flashinfra-path DIR") && !shell.file("shop").exists(), "{said}");
    let said = shell.run(&["new", "shop", "--flashinfra-path", crate::quickstart::SOURCE]).succeeds();
    assert!(said.contains("flashinfra plan --env development --sandbox"), "{said}");
    let manifest = std::fs::read_to_string(shell.file("shop/Cargo.toml")).unwrap();
    assert!(manifest.contains("name = \"shop\"") && manifest.contains("path = "), "{manifest}");
    let said = shell.run(&["new", "shop"]).fails(1);
    assert!(said.contains("shop exists already"), "{said}");
    let said = shell.run(&["new", "My Shop"]).fails(1);
    assert!(said.contains("`flashinfra new my-shop`"), "{said}");
    assert_eq!(std::fs::read_to_string(shell.file("shop/Cargo.toml")).unwrap(), manifest);
}

/// What a build lacks; one with all features lacks nothing.
#[cfg(not(feature = "aws"))]
#[test]
fn what_this_build_lacks_is_named_with_how_to_get_it() {
    let shell = Shell::new();
    let said = shell.run(&["ledger", "ls", "--ledger=s3://bucket/team"]).fails(1);
    assert!(said.contains("without ledgers in S3") && said.contains("--features aws"), "{said}");
    shell.run(&["new", "store", "--flashinfra-path", crate::quickstart::SOURCE]).succeeds();
    let said = shell.run(&["plan", "--dir=store", "--env=development"]).fails(1);
    assert!(said.contains("built without `aws`") && said.contains("--sandbox"), "{said}");
}
