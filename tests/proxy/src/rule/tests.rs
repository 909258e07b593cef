use std::time::Duration;

use super::{Fault, Latency, Rule, Rules};
use crate::operation::{Operation, Protocol};

fn operation(name: &str) -> Operation {
    let (service, name) = name.split_once(':').unwrap();
    let mutating = !name.starts_with("Describe");
    Operation { service: service.into(), region: String::new(), name: name.into(), protocol: Protocol::Ec2, mutating }
}

/// Which of these calls, counted from one, the rule strikes.
fn check(rule: Rule, calls: &[&str], struck: &[usize]) {
    let mut rules = Rules::new(1, vec![rule]);
    let strikes = calls.iter().map(|call| rules.strike(&operation(call)).fault.is_some());
    let found: Vec<usize> = strikes.enumerate().filter_map(|(index, struck)| struck.then_some(index + 1)).collect();
    assert_eq!(found, struck);
}

const CALLS: [&str; 5] = ["ec2:DescribeVpcs", "ec2:CreateVpc", "iam:CreateRole", "ec2:CreateVpc", "ec2:DescribeVpcs"];

#[test]
fn a_rule_counts_what_it_is_about() {
    check(Rule::any(Fault::Failed), &CALLS, &[1, 2, 3, 4, 5]);
    check(Rule::any(Fault::Failed).nth(3), &CALLS, &[3]);
    check(Rule::mutating(Fault::Failed).nth(3), &CALLS, &[4]);
    check(Rule::reading(Fault::Failed).from(2), &CALLS, &[5]);
    check(Rule::on("ec2:CreateVpc", Fault::Failed).first(1), &CALLS, &[2]);
    check(Rule::on("ec2:*", Fault::Failed).first(3), &CALLS, &[1, 2, 4]);
    check(Rule::on("ec2:Create", Fault::Failed), &CALLS, &[]);
    check(Rule::any(Fault::Failed).percent(0), &CALLS, &[]);
    check(Rule::any(Fault::Failed).percent(100), &CALLS, &[1, 2, 3, 4, 5]);
}

#[test]
fn chance_follows_from_the_seed_and_not_from_the_order() {
    let struck = |seed, calls: &[&str]| {
        let mut rules = Rules::new(seed, vec![Rule::any(Fault::Failed).percent(50)]);
        let mut struck: Vec<(String, usize)> = Vec::new();
        for (index, call) in calls.iter().enumerate() {
            let times = calls[..index].iter().filter(|earlier| earlier == &call).count();
            if rules.strike(&operation(call)).fault.is_some() {
                struck.push(((*call).to_owned(), times));
            }
        }
        struck.sort();
        struck
    };
    let forwards: Vec<&str> = CALLS.iter().copied().cycle().take(50).collect();
    let backwards: Vec<&str> = forwards.iter().rev().copied().collect();
    assert_eq!(struck(3, &forwards), struck(3, &backwards));
    assert_ne!(struck(3, &forwards), struck(4, &forwards));
}

#[test]
fn delays_add_up_and_the_first_other_fault_strikes() {
    let milliseconds = Duration::from_millis;
    let mut rules = Rules::new(
        9,
        vec![
            Rule::any(Fault::Delay(Latency::Fixed(milliseconds(10)))),
            Rule::any(Fault::DropAfter),
            Rule::any(Fault::Delay(Latency::Between(milliseconds(1), milliseconds(5)))),
            Rule::any(Fault::Failed),
        ],
    );
    let struck = rules.strike(&operation("ec2:CreateVpc"));
    assert!((milliseconds(11)..=milliseconds(15)).contains(&struck.delay), "{:?}", struck.delay);
    assert!(matches!(struck.fault, Some(Fault::DropAfter)));
    let again = rules.afresh().strike(&operation("ec2:CreateVpc"));
    assert_eq!(again.delay, struck.delay);
}
