//! Stack programs that do what they should not, through the binary: told clearly, and nothing changed.

use crate::quickstart::SOURCE;
use crate::shell::{Run, Shell};

const MANIFEST: &str = r#"
[package]
name = "mistakes"
version = "0.1.0"
edition = "2024"

[package.metadata.flashinfra]
stacks = ["panics", "prints", "fickle", "twice"]

[dependencies]
flashinfra = { path = "SOURCE", features = ["aws"] }
"#;

const PROGRAM: &str = r#"
use flashinfra::{Params, Stack, aws, cidr};

#[derive(Params)]
struct Size {
    /// How many networks.
    #[param(default = 1, max = 3)]
    networks: u32,
}

fn panics(stack: &mut Stack) {
    stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    let zones: Option<u32> = None;
    zones.expect("a number of zones");
}

fn prints(stack: &mut Stack, size: &Size) {
    println!("counting to {}", size.networks);
    for number in 0..size.networks {
        stack.add(format!("n{number}"), aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    }
}

fn fickle(stack: &mut Stack) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    stack.add(format!("at-{now}"), aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
}

fn twice(stack: &mut Stack) {
    stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.1.0.0/16")));
}

flashinfra::main! { "panics" => panics, "prints" => prints, "fickle" => fickle, "twice" => twice }
"#;

#[test]
fn what_a_stack_program_does_wrong_is_told_with_its_place() {
    let shell = Shell::new();
    shell.write("Cargo.toml", &MANIFEST.replace("SOURCE", SOURCE));
    shell.write("src/main.rs", PROGRAM);
    let plan = |arguments: &[&str]| -> Run { shell.run(&[&["plan", "--sandbox"], arguments].concat()) };

    let said = plan(&["--stack=panics"]).fails(1);
    assert!(said.contains("panicked: a number of zones") && said.contains("src/main.rs:14"), "{said}");

    let run = plan(&["--stack=prints", "--set", "networks=2"]);
    assert!(run.stderr.contains("counting to 2") && !run.stdout.contains("counting"), "{run}");
    assert!(run.succeeds().contains("2 to create"));

    let said = plan(&["--stack=prints", "--set", "networks=9"]).fails(1);
    assert!(said.contains("networks") && said.contains("at --set networks"), "{said}");
    let said = plan(&["--stack=prints", "--set", "netwroks=2"]).fails(1);
    assert!(said.contains("unknown parameter `netwroks`") && said.contains("did you mean `networks`?"), "{said}");
    shell.write("environments/bad.toml", "networks = 2\nnetworks = [");
    let said = plan(&["--stack=prints", "--env=bad"]).fails(1);
    assert!(said.contains("environments/bad.toml:2"), "{said}");

    let said = plan(&["--stack=fickle"]).fails(1);
    assert!(said.contains("fickle") && said.contains("at-"), "{said}");

    let said = plan(&["--stack=twice"]).fails(1);
    assert!(said.contains("aws.vpc/main") && said.contains("src/main.rs:31"), "{said}");

    let said = plan(&["--stack=twise"]).fails(1);
    assert!(said.contains("did you mean `twice`?"), "{said}");
    let said = plan(&[]).fails(1);
    assert!(said.contains("panics, prints, fickle, twice"), "{said}");
    assert!(!shell.file(".flashinfra/prints").exists(), "a plan writes no ledger");
}
