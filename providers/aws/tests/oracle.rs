//! Our schemas against AWS's own, as cfn-lint carries them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write;
use std::process::{Command, Stdio};

use flashinfra_plans::schema_file;
use flashinfra_providers::Factory;
use flashinfra_providers_aws::AwsFactory;
use flashinfra_stacks::schema::{Change, Items, Schema};
use flashinfra_test_support::python;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/oracles");

/// In what these schemas and AWS's differ, a line each.
fn differences(schemas: &[Schema]) -> String {
    let schemas = schemas.iter().map(schema_file::write).collect::<Vec<_>>().join(",");
    let mut check = Command::new(python("cfnlint", "cfn-lint"))
        .args([format!("{FOLDER}/cfn_lint.py"), format!("{FOLDER}/cfn_lint.json")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    check.stdin.take().unwrap().write_all(format!("[{schemas}]").as_bytes()).unwrap();
    let output = check.wait_with_output().unwrap();
    assert!(output.status.success(), "the comparison itself failed");
    String::from_utf8(output.stdout).unwrap()
}

fn schemas() -> Vec<Schema> {
    AwsFactory::new().schemas().into_iter().cloned().collect()
}

/// The schemas with one attribute changed.
fn with(kind: &str, attribute: &str, change: impl Fn(&mut flashinfra_stacks::schema::Attribute)) -> Vec<Schema> {
    let mut schemas = schemas();
    let schema = schemas.iter_mut().find(|schema| schema.kind == kind).unwrap();
    let mut attributes = schema.attributes.to_vec();
    change(attributes.iter_mut().find(|other| other.name == attribute).unwrap());
    schema.attributes = Items::Owned(attributes);
    schemas
}

#[test]
fn our_schemas_say_what_awss_say() {
    let differences = differences(&schemas());
    assert!(differences.is_empty(), "\n{differences}");
}

#[test]
fn a_claim_that_is_wrong_is_named_with_both_sides() {
    let replaced = with("aws.db_instance", "instance_class", |attribute| attribute.change = Change::Replace);
    let expected = "aws.db_instance.instance_class: `a change replaces it` is True in ours and False in cfn-lint's \
                    AWS::RDS::DBInstance\n";
    assert_eq!(differences(&replaced), expected);
    let renamed = with("aws.vpc", "cidr_block", |attribute| attribute.name = "cidr".into());
    let expected = "aws.vpc.cidr: `exists` is True in ours and False in cfn-lint's AWS::EC2::VPC\n";
    assert_eq!(differences(&renamed), expected);
}
