use std::time::Duration;

use flashinfra_providers::Class;
use flashinfra_stacks::Resource;

use super::{Answer, Codes, Effect, half_made};

const CODES: Codes = Codes {
    schema: Some(flashinfra_stacks_aws::EksCluster::SCHEMA),
    not_found: &["ResourceNotFoundException"],
    already_exists: &["ResourceInUseException:already exists"],
};

fn answer(status: u16, code: &str, message: &str) -> Answer {
    Answer { status, code: code.into(), message: message.into(), request_id: None, retry_after: None }
}

fn check(effect: Effect, status: u16, code: &str, message: &str, expected: Class) {
    assert_eq!(CODES.class_of(&answer(status, code, message), effect), expected, "{status} {code} {message}");
}

#[test]
fn an_answer_says_what_to_do_next() {
    use Effect::{Read, Write};
    check(Write, 404, "ResourceNotFoundException", "no such cluster", Class::NotFound);
    check(Write, 409, "ResourceInUseException", "Cluster already exists with name: main", Class::AlreadyExists);
    check(Write, 409, "ResourceInUseException", "Cluster has nodegroups attached", Class::Wait);
    check(Write, 409, "ResourceInUseException", "cluster main currently has update u in progress", Class::Wait);
    check(Write, 400, "InvalidParameterException", "Role arn:x could not be assumed because it is new", Class::Wait);
    check(Write, 400, "InvalidParameterException", "unsupported version", Class::FixInput);
    check(Write, 400, "ThrottlingException", "slow down", Class::Retry);
    check(Write, 503, "RequestLimitExceeded", "slow down", Class::Retry);
    check(Write, 429, "TooMany", "slow down", Class::Retry);
    check(Write, 403, "AccessDeniedException", "not allowed", Class::AskPerson);
    check(Write, 403, "ExpiredToken", "the token has expired", Class::AskPerson);
    check(Write, 400, "ResourceLimitExceeded", "quota", Class::AskPerson);
    check(Write, 400, "InsufficientDBInstanceCapacity", "none left", Class::AskPerson);
    check(Write, 500, "InternalFailure", "oops", Class::Unknown);
    check(Write, 503, "ServiceUnavailable", "oops", Class::Unknown);
    check(Read, 500, "InternalFailure", "oops", Class::Retry);
}

#[test]
fn a_page_that_is_not_awss_may_have_come_after_the_act() {
    check(Effect::Write, 404, "", "", Class::Unknown);
    check(Effect::Write, 500, "", "", Class::Unknown);
    check(Effect::Read, 502, "", "", Class::Retry);
    let error = answer(500, "", ", but: <!doctype html> Internal Server Error").told("eks:UpdateClusterConfig");
    let expected = "eks:UpdateClusterConfig: the endpoint answered HTTP 500 and no AWS error, but: <!doctype html> \
                    Internal Server Error";
    assert_eq!(error.message, expected);
}

#[test]
fn code_request_id_and_pause_are_kept() {
    let answer = Answer {
        request_id: Some("r-1".into()),
        retry_after: Some(Duration::from_secs(7)),
        ..answer(400, "Throttling", "Rate exceeded")
    };
    let error = answer.told("ec2:CreateVpc");
    assert_eq!(error.to_string(), "ec2:CreateVpc: Rate exceeded (Throttling, request r-1)");
    assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
}

#[test]
fn what_is_half_made_is_looked_for() {
    let error = answer(403, "UnauthorizedOperation", "not allowed").told("ec2:ModifyVpcAttribute");
    let error = half_made("vpc-1", error);
    assert_eq!(error.class, Class::Unknown);
    assert!(error.message.starts_with("vpc-1 was created, but not all of it could be set; ec2:ModifyVpcAttribute"));
}

#[test]
fn what_an_answer_says_of_one_object_is_understood_like_an_error() {
    let refused = |code| CODES.refused("eks:DeleteCluster", Some(code), Some("it says why"));
    assert_eq!(refused("ResourceNotFoundException").class, Class::NotFound);
    assert_eq!(refused("AccessDeniedException").class, Class::AskPerson);
    assert_eq!(refused("ResourceNotFoundException").message, "eks:DeleteCluster: it says why");
}
