//! Stack programs that do what they should not, through the binary: told clearly, and nothing changed.

use crate::quickstart::SOURCE;
use crate::shell::{Run, Shell};

const MANIFEST: &str = r#"
[package]
name = "mistakes"
version = "0.1.0"
edition = "2024"

[package.metadata.flashinfra]
stacks = ["panics", "prints", "fickle", "twice", "needs"]

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

#[derive(Params)]
struct Zones {
    zones: Vec<String>,
    #[param(default = 1, max = 3)]
    size: u32,
}

fn needs(stack: &mut Stack, zones: &Zones) {
    stack.output("zones", format!("{} of {}", zones.size, zones.zones.join("+")));
}

fn fickle(stack: &mut Stack) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    stack.add(format!("at-{now}"), aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
}

fn twice(stack: &mut Stack) {
    stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.1.0.0/16")));
}

flashinfra::main! { "panics" => panics, "prints" => prints, "fickle" => fickle, "twice" => twice, "needs" => needs }
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
    assert!(said.contains("aws.vpc/main") && said.contains("src/main.rs:42"), "{said}");

    let said = plan(&["--stack=twise"]).fails(1);
    assert!(said.contains("did you mean `twice`?"), "{said}");
    let said = plan(&[]).fails(1);
    assert!(said.contains("panics, prints, fickle, twice, needs"), "{said}");
    assert!(!shell.file(".flashinfra/prints").exists(), "a plan writes no ledger");
    an_environment_is_missed_only_where_a_value_is(&shell);
}

/// The environments are those of the crate, wherever the command runs, and are told where only one of them can help.
fn an_environment_is_missed_only_where_a_value_is(shell: &Shell) {
    shell.write("environments/production.toml", "zones = [\"a\", \"b\"]\n");
    std::fs::remove_file(shell.file("environments/bad.toml")).unwrap();
    let directory = format!("--dir={}", shell.path().display());
    let elsewhere = Shell::new();
    elsewhere.write("environments/not-ours.toml", "");
    let plan = |arguments: &[&str]| elsewhere.run(&[&["plan", "--sandbox", &directory], arguments].concat());
    const HINT: &str = "no --env was given; there are: production";

    let said = plan(&["--stack=needs"]).fails(1);
    assert!(said.contains("`zones` has no default and no value") && said.contains(HINT), "{said}");
    assert!(plan(&["--stack=needs", "--env=production"]).succeeds().contains("1 of a+b"));
    assert!(plan(&["--stack=needs", "--set=zones=[\"a\",\"c\"]"]).succeeds().contains("1 of a+c"));
    assert!(plan(&["--stack=needs", "--set=zones=a,c"]).succeeds().contains("1 of a+c"));

    let said = plan(&["--stack=needs", "--set=zones=[a,c]"]).fails(1);
    assert!(said.contains("must be a list") && said.contains("--set zones=1,2"), "{said}");
    assert!(!said.contains("no --env"), "{said}");
    for arguments in
        [&["--stack=panics"][..], &["--stack=twice"], &["--stack=fickle"], &["--stack=prints", "--set=networks=9"]]
    {
        let said = plan(arguments).fails(1);
        assert!(!said.contains("no --env"), "{said}");
    }
}
