//! `flashinfra kubeconfig`: what stands in the files afterwards, and the tokens that kubectl gets.

use std::path::Path;

use flashinfra_plans::schema_file;
use flashinfra_stacks::Resource;
use flashinfra_stacks_aws::{EksCluster, Vpc};
use serde_json::{Value, json};

use crate::shell::Shell;

/// A stack with a network and clusters of these names, which acts as a role when one is given.
fn stack(shell: &Shell, clusters: &[&str], role: Option<&str>) {
    let mut config = json!({ "region": "eu-central-1" });
    if let Some(role) = role {
        config["assume_role"] = role.into();
    }
    let cluster = |name: &&str| {
        let attributes = json!({
            "name": name, "version": "1.33", "role_arn": "arn:aws:iam::123456789012:role/cluster",
            "vpc_config": { "subnet_ids": ["subnet-1", "subnet-2"] },
        });
        json!({ "address": format!("aws.eks_cluster/{name}"), "provider": "aws", "attributes": attributes })
    };
    let schemas = [EksCluster::SCHEMA, Vpc::SCHEMA].map(schema_file::write);
    let schemas = schemas.map(|schema| serde_json::from_str::<Value>(&schema).unwrap());
    let vpc = json!({ "address": "aws.vpc/main", "provider": "aws", "attributes": { "cidr_block": "10.0.0.0/16" } });
    let compiled = json!({
        "format": 1, "stack": "shop", "environment": "default", "flashinfra": env!("CARGO_PKG_VERSION"),
        "providers": { "aws": { "type": "aws", "config": config } },
        "schemas": schemas, "resources": clusters.iter().map(cluster).chain([vpc]).collect::<Vec<_>>(), "outputs": [],
    });
    shell.write("stack.json", &compiled.to_string());
}

/// A shell with a home of its own, and these clusters in the sandbox.
fn sandboxed(clusters: &[&str]) -> Shell {
    let mut shell = Shell::new();
    let home = shell.file("home");
    shell.set("HOME", home.to_str().unwrap());
    stack(&shell, clusters, None);
    let _ = shell.run(&["apply", "--sandbox", "--compiled=stack.json", "--auto-approve"]).succeeds();
    shell
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

#[test]
fn the_only_cluster_is_written_where_kubectl_looks() {
    let shell = sandboxed(&["main"]);
    let said = shell.run(&["kubeconfig", "--alias=shop"]).succeeds();
    let file = shell.file("home/.kube/config");
    assert_eq!(said, format!("aws.eks_cluster/main is written to {}.\nThe current context is shop.\n", file.display()));
    let written = read(&file);
    for line in ["    server: endpoint.main", "current-context: shop\n", "      - main\n", "      - eu-central-1\n"] {
        assert!(written.contains(line), "no `{line}` in {written}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let again = shell.run(&["kubeconfig", "--alias=shop"]).succeeds();
    assert!(again.starts_with("aws.eks_cluster/main is in "), "{again}");
    assert_eq!(read(&file), written);
    let beside: Vec<_> =
        std::fs::read_dir(file.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(beside, [file], "no lock and no other file is left");
}

#[test]
fn of_several_clusters_one_is_named() {
    let shell = sandboxed(&["blue", "green"]);
    let said = shell.run(&["kubeconfig"]).fails(1);
    assert!(said.contains("shop/default has 2 clusters"), "{said}");
    assert!(said.contains("aws.eks_cluster/blue, aws.eks_cluster/green"), "{said}");
    let said = shell.run(&["kubeconfig", "aws.eks_cluster/red"]).fails(1);
    assert!(said.contains("shop/default has no cluster aws.eks_cluster/red"), "{said}");
    let said = shell.run(&["kubeconfig", "aws.eks_cluster/green", "--kubeconfig=config", "--json"]).succeeds();
    let line: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert_eq!(line["type"], "kubeconfig");
    assert_eq!(line["address"], "aws.eks_cluster/green");
    assert_eq!((&line["file"], &line["written"]), (&json!("config"), &json!(true)));
    assert_eq!(line["context"], line["cluster"]);
    assert!(read(&shell.file("config")).contains("    server: endpoint.green"));
}

#[test]
fn a_dry_run_shows_the_entry_and_nothing_of_the_file() {
    let shell = sandboxed(&["main"]);
    let theirs = "kind: Config\nusers:\n- name: a\n  user:\n    token: planted\n";
    shell.write("config", theirs);
    let run = shell.run(&["kubeconfig", "--dry-run", "--kubeconfig=config"]);
    assert!(run.stderr.contains("This would be in config. Nothing was written."), "{run}");
    assert!(run.stdout.contains("server: endpoint.main") && !run.stdout.contains("planted"), "{run}");
    assert_eq!(read(&shell.file("config")), theirs);
}

#[test]
fn a_file_that_is_broken_is_named_and_left_alone() {
    let mut shell = sandboxed(&["main"]);
    let broken = "kind: Config\nusers:\n- name: a\n  user: {token: planted\ncontexts: []\n";
    shell.write("broken", broken);
    shell.set("KUBECONFIG", "broken");
    let said = shell.run(&["kubeconfig"]).fails(1);
    assert!(said.contains("broken, line ") && said.contains("mend the file"), "{said}");
    assert!(!said.contains("planted"), "what stands in the file may be somebody's key: {said}");
    assert_eq!(read(&shell.file("broken")), broken);
    // Another process has it.
    shell.write("held.lock", "");
    let said = shell.run(&["kubeconfig", "--kubeconfig=held"]).fails(1);
    assert!(said.contains("somebody else is changing held"), "{said}");
}

#[test]
fn of_several_files_each_is_used_as_kubectl_uses_it() {
    let mut shell = sandboxed(&["main"]);
    let first = "kind: Config\ncurrent-context: theirs # for now\n";
    shell.write("first", first);
    let _ = shell.run(&["kubeconfig", "--kubeconfig=second"]).succeeds();
    let second = read(&shell.file("second"));
    shell.set("KUBECONFIG", "first:second:third");
    let said = shell.run(&["kubeconfig", "--alias=live"]).succeeds();
    assert!(said.starts_with("aws.eks_cluster/main is written to second."), "{said}");
    assert_eq!(read(&shell.file("first")), first.replace("theirs", "live"));
    assert!(read(&shell.file("second")).starts_with(second.split("users:").next().unwrap()), "{second}");
    assert!(!shell.file("third").exists());
}

#[test]
fn a_stack_without_a_cluster_says_so() {
    let shell = sandboxed(&[]);
    let said = shell.run(&["kubeconfig"]).fails(1);
    assert!(said.contains("shop/default has no cluster") && said.contains("aws.eks_cluster"), "{said}");
}

#[cfg(feature = "aws")]
mod aws {
    use std::process::Command;

    use flashinfra_test_support::{Moto, python};
    use serde_json::Value;

    use super::{read, stack};
    use crate::shell::Shell;

    const ROLE: &str = "arn:aws:iam::210987654321:role/deployer";

    /// What another reader of YAML finds in a file.
    fn understood(shell: &Shell, file: &str) -> Value {
        let program = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
        let mut python = Command::new(python("yaml", "moto[server]"));
        let output = python.args(["-c", program]).arg(shell.file(file)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The command that a kubeconfig has for tokens, run as kubectl runs it, and what it answers.
    fn asked(shell: &mut Shell, exec: &Value) -> Value {
        assert!(exec["command"].as_str().unwrap().ends_with("/flashinfra"), "it is on no PATH here: {exec}");
        let arguments: Vec<&str> = exec["args"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        for variable in exec["env"].as_array().into_iter().flatten() {
            shell.set(variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap());
        }
        let version = exec["apiVersion"].as_str().unwrap();
        shell.set("KUBERNETES_EXEC_INFO", &format!(r#"{{"kind":"ExecCredential","apiVersion":"{version}"}}"#));
        serde_json::from_str(&shell.run(&arguments).succeeds()).unwrap()
    }

    /// The URL that a token stands for.
    fn url(token: &str) -> String {
        let encoded = token.strip_prefix("k8s-aws-v1.").unwrap_or_else(|| panic!("{token}"));
        let program = "import base64, sys; t = sys.argv[1]; print(base64.urlsafe_b64decode(t + '=' * (-len(t) % 4)).decode(), end='')";
        let output = Command::new(python("base64", "moto[server]")).args(["-c", program, encoded]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_cluster_is_reached_as_whom_the_stack_acts_as() {
        let moto = Moto::start();
        let mut shell = Shell::new();
        for (name, value) in moto.environment() {
            shell.set(name, value);
        }
        stack(&shell, &["main"], Some(ROLE));
        let _ = shell.run(&["apply", "--compiled=stack.json", "--auto-approve"]).succeeds();
        shell.set("AWS_PROFILE", "");
        let _ = shell.run(&["kubeconfig", "--kubeconfig=config"]).succeeds();

        let arn = "arn:aws:eks:eu-central-1:210987654321:cluster/main";
        let config = understood(&shell, "config");
        assert_eq!((&config["kind"], &config["current-context"]), (&"Config".into(), &arn.into()), "{config}");
        let [cluster, context, user] = ["clusters", "contexts", "users"].map(|list| config[list][0].clone());
        assert!(cluster["cluster"]["server"].as_str().unwrap().starts_with("https://"), "{cluster}");
        assert!(cluster["cluster"]["certificate-authority-data"].as_str().is_some_and(|data| data.len() > 100));
        assert_eq!((&context["context"]["cluster"], &context["context"]["user"]), (&cluster["name"], &user["name"]));
        assert_eq!([&cluster["name"], &context["name"], &user["name"]], [&Value::from(arn); 3]);

        let credential = asked(&mut shell, &user["user"]["exec"]);
        assert_eq!(credential["kind"], "ExecCredential");
        assert_eq!(credential["apiVersion"], "client.authentication.k8s.io/v1");
        let expires = credential["status"]["expirationTimestamp"].as_str().unwrap();
        assert!(expires.len() == "2026-11-27T02:00:00Z".len() && expires.ends_with('Z'), "{expires}");
        let url = url(credential["status"]["token"].as_str().unwrap());
        assert!(url.starts_with("https://sts.eu-central-1.amazonaws.com/?Action=GetCallerIdentity"), "{url}");
        for part in ["X-Amz-SignedHeaders=host%3Bx-k8s-aws-id", "X-Amz-Security-Token=", "X-Amz-Expires=60"] {
            assert!(url.contains(part), "no {part} in {url}");
        }
        let refused = shell.run(&["kubeconfig", "token", "--cluster=main"]).fails(1);
        assert!(refused.contains("--region"), "{refused}");
        assert!(!read(&shell.file("config")).contains("k8s-aws-v1"), "no token stands in a file");
    }
}
