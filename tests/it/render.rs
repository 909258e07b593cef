//! `flashinfra render`: one text, or a file for each object.

use flashinfra_stacks::{Secret, Stack};
use flashinfra_stacks_kubernetes as kubernetes;
use serde_json::{Value, json};

use crate::shell::Shell;

/// A shell with a compiled stack of a namespace, a Secret, and a ConfigMap for each of these names.
fn stack(shell: &Shell, names: &[&str]) {
    let mut stack = Stack::new("shop", "production");
    let namespace = stack.add(
        "shop",
        kubernetes::object(json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"},
        })),
    );
    let login = kubernetes::Secret::named("login").namespace("shop").value("PASSWORD", Secret::env("PASSWORD"));
    stack.add("login", login);
    for name in names {
        stack.add(
            *name,
            kubernetes::object(json!({
                "apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": kubernetes::token(namespace.name())}, "data": {"on": "yes"},
            })),
        );
    }
    shell.write("stack.json", &stack.compile().unwrap());
}

fn files(shell: &Shell, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(shell.file(folder)).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_text_is_in_order_and_names_what_is_left_out() {
    let mut shell = Shell::new();
    shell.set("PASSWORD", "correct-horse-battery");
    stack(&shell, &["web"]);
    let run = shell.run(&["render", "--compiled=stack.json"]);
    assert!(run.stderr.starts_with("kubernetes.secret/login is left out: it holds the key PASSWORD"), "{run}");
    assert!(!run.stdout.contains("correct-horse") && !run.stderr.contains("correct-horse"), "{run}");
    let again = "flashinfra apply --target=kubernetes.secret/login --compiled=stack.json";
    let expect = format!(
        "---\n# kubernetes.namespace/shop\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n\
         ---\n# kubernetes.config_map/web\napiVersion: v1\ndata:\n  \"on\": \"yes\"\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: shop\n\
         ---\n# kubernetes.secret/login\n# The Secret shop/login is left out: it holds the key PASSWORD, and no secret stands in a text that is \
         kept.\n# It is written by: {again}\n"
    );
    assert_eq!(run.succeeds(), expect);
    let lines = shell.run(&["render", "--compiled=stack.json", "--json"]).succeeds();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[1]["type"], &lines[1]["file"]), (&json!("manifest"), &json!("05-config_map-web.yaml")));
    assert!(lines[1]["text"].as_str().unwrap().starts_with("apiVersion: v1\n") && lines[2]["left_out"].is_string());
}

#[test]
fn a_file_stands_for_each_object_and_what_left_the_stack_goes() {
    let shell = Shell::new();
    stack(&shell, &["web", "worker"]);
    let render = ["render", "--compiled=stack.json", "--out=deploy"];
    let said = shell.run(&render).succeeds();
    assert_eq!(said, "3 files in deploy\n");
    assert_eq!(
        files(&shell, "deploy"),
        ["00-namespace-shop.yaml", "05-config_map-web.yaml", "05-config_map-worker.yaml"]
    );
    let read = |name: &str| std::fs::read_to_string(shell.file(name)).unwrap();
    let web = read("deploy/05-config_map-web.yaml");
    assert!(
        web.starts_with("# kubernetes.config_map/web of shop/production, rendered by flashinfra\napiVersion: v1\n"),
        "{web}"
    );
    shell.write("deploy/by-hand.yaml", "# kept\n");
    shell.write("deploy/other.yaml", &web.replace("shop/production", "shop/staging"));
    stack(&shell, &["web"]);
    let said = shell.run(&render).succeeds();
    assert_eq!(said, "2 files in deploy\nremoved 05-config_map-worker.yaml, which the stack declares no longer\n");
    assert_eq!(
        files(&shell, "deploy"),
        ["00-namespace-shop.yaml", "05-config_map-web.yaml", "by-hand.yaml", "other.yaml"]
    );
    assert_eq!(read("deploy/05-config_map-web.yaml"), web);
}

#[test]
fn what_cannot_be_rendered_is_told() {
    let shell = Shell::new();
    stack(&shell, &[]);
    let said = shell.run(&["render", "--compiled=stack.json", "--provider=other"]).fails(1);
    assert!(said.contains("no provider `other`") && said.contains("There are: kubernetes."), "{said}");
    shell.write("empty.json", &Stack::new("shop", "production").compile().unwrap());
    let said = shell.run(&["render", "--compiled=empty.json"]).fails(1);
    assert!(said.contains("shop declares nothing that is rendered"), "{said}");
}
