//! A stack for each way in which a stack program can go right or wrong.

use std::time::{Duration, SystemTime};

use flashinfra::{Cidr, Params, Secret, Stack, cidr};

/// What differs between environments.
#[derive(Params)]
struct Shop {
    /// In how many zones to run.
    #[param(default = 2, min = 1, max = 3)]
    zones: u32,
    #[param(default = cidr!("10.0.0.0/16"))]
    range: Cidr,
    nodes: Nodes,
    password: Option<Secret<String>>,
}

#[derive(Params)]
struct Nodes {
    #[param(default = 1)]
    min: u32,
    max: u32,
}

fn shop(stack: &mut Stack, params: &Shop) {
    stack.output("zones", i64::from(params.zones));
    stack.output("range", params.range);
    stack.output("nodes", i64::from(params.nodes.max - params.nodes.min));
    if let Some(password) = &params.password {
        stack.output("password", password.clone());
    }
}

fn panics(_: &mut Stack) {
    panic!("the sky falls");
}

fn prints(stack: &mut Stack) {
    println!("hello\nfrom stdout");
    eprintln!("and from stderr");
    stack.output("x", 1);
}

fn clock(stack: &mut Stack) {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or(Duration::ZERO);
    stack.output("built", now.as_nanos().to_string());
}

fn loops(_: &mut Stack) {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

fn exits(_: &mut Stack) {
    std::process::exit(7);
}

fn problems(stack: &mut Stack) {
    stack.output("Bad Name", 1);
    stack.output("x", 1);
    stack.output("x", 2);
}

flashinfra::main! {
    /// The shop.
    "shop" => shop,
    "panics" => panics,
    "prints" => prints,
    "clock" => clock,
    "loops" => loops,
    "exits" => exits,
    "problems" => problems,
}
