//! The proxy between boto3 and moto: a client and a server that others wrote.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use flashinfra_test_proxy::{Fault, Options, Pace, Proxy, Rule};
use flashinfra_test_support::{Moto, python};
use serde_json::{Value, json};

/// Runs a script with boto3 through a proxy, and says what it prints.
fn boto(proxy: &Proxy, script: &str) -> Value {
    let clients = include_str!("boto/clients.py");
    let output = Command::new(python("boto3", "moto[server]"))
        .args(["-c", &format!("{clients}\n{script}")])
        .envs(proxy.environment())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A proxy in front of a server with nothing in it, for as long as the turn lasts: moto takes seconds to start, so there is one
/// for all tests.
fn start(options: Options) -> (MutexGuard<'static, ()>, Proxy) {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let moto = Moto::shared();
    moto.reset();
    (turn, Proxy::start(moto.endpoint(), options).unwrap())
}

#[test]
fn lists_come_in_pages_of_five() {
    let (_turn, proxy) = start(Options { page_size: 5, ..Options::default() });
    let listed = boto(&proxy, include_str!("boto/pages.py"));
    // moto begins with six subnets, and the script makes twelve.
    let pages = json!({
        "ec2.describe_subnets": [5, 5, 5, 3],
        "ec2.describe_tags": [5, 5, 2],
        "ec2.describe_vpcs": [2],
        "iam.list_roles": [5, 2],
        "iam.list_attached_role_policies": [5, 1],
        "iam.get_account_authorization_details": [5, 2],
        "rds.describe_db_subnet_groups": [5, 1],
        "eks.list_clusters": [5, 1],
        "kms.list_keys": [5, 1],
        "logs.describe_log_groups": [5, 1],
        "resourcegroupstaggingapi.get_resources": [5, 5, 2],
    });
    assert_eq!(listed["pages"], pages);
    assert_eq!(listed["different"], listed["items"], "each item stands on one page");
    assert_eq!(listed["small"], json!([4, 2]), "a client may want less on a page");
    assert_eq!(listed["by_id"], json!(7), "EC2 does not page what is asked for by id");
    assert_eq!(listed["wrong_token"], json!("InvalidParameterValue"));
}

#[test]
fn waiters_wait_for_what_is_slow() {
    let (_turn, proxy) = start(Options::lifelike(1));
    let seen = boto(&proxy, include_str!("boto/waits.py"));
    // One read does not see it, two see it in the making, and the fourth finds it.
    assert_eq!(seen["vpc"], json!(["absent", "pending", "pending", "available"]));
    assert_eq!(seen["nat"], json!(["absent", "pending", "pending", "available"]));
    assert_eq!(seen["database"], json!(["absent", "creating", "creating", "available"]));
    assert_eq!(seen["modified"], json!(["modifying", "modifying", "available"]));
    assert_eq!(seen["cluster"], json!(["absent", "CREATING", "CREATING", "ACTIVE"]));
    assert_eq!(seen["nodes"], json!(["absent", "CREATING", "CREATING", "ACTIVE"]));
    assert_eq!(seen["nodes_changed"], json!(["UPDATING", "UPDATING", "ACTIVE"]));
    assert_eq!(seen["role"], json!(["absent", "present"]));
    assert_eq!(seen["endpoint"], json!([false, false, true]), "a database has no address before it is up");
    for gone in ["database_gone", "cluster_gone", "nodes_gone", "cache_gone"] {
        assert_eq!(seen[gone].as_str().unwrap().to_lowercase(), "deleting", "{gone}");
    }
    assert_eq!(seen["nat_gone"], json!(["deleting", "deleting", "deleted"]));
    assert_eq!(seen["name_taken"], json!(["DBInstanceAlreadyExists", "ResourceInUseException"]));
    assert_eq!(seen["log_group"], json!([0, 1, 1, 0]), "it is seen late, and listed once more");
    assert_eq!(seen["listed"], json!([["listed"], []]), "a list still has a deleted role, once");
}

#[test]
fn a_token_makes_one_nat_gateway() {
    let (_turn, proxy) = start(Options { client_tokens: true, ..Options::default() });
    let made = boto(&proxy, include_str!("boto/tokens.py"));
    assert_eq!(made, json!({ "gateways": 1, "clusters": 1, "same": true, "mismatch": "IdempotentParameterMismatch" }));
    assert_eq!(proxy.count("ec2:CreateNatGateway"), 3);
}

#[test]
fn an_sdk_takes_faults_for_real_ones() {
    let rules = vec![
        Rule::on("ec2:DescribeVpcs", Fault::Throttled { retry_after_seconds: Some(1) }).nth(1),
        Rule::on("ec2:DescribeSubnets", Fault::throttled()).nth(1),
        Rule::on("iam:ListRoles", Fault::throttled()).nth(1),
        Rule::on("eks:ListClusters", Fault::throttled()).nth(1),
        Rule::on("kms:ListKeys", Fault::throttled()).nth(1),
        Rule::on("s3:ListBuckets", Fault::throttled()).nth(1),
        Rule::on("rds:DescribeDBInstances", Fault::Failed).nth(1),
        Rule::on("sts:GetCallerIdentity", Fault::DropBefore).nth(1),
        Rule::on("ec2:CreateVpc", Fault::DropAfter),
        Rule::on("ec2:CreateSubnet", Fault::CutReply),
        Rule::on("ec2:DeleteVpc", Fault::refused(400, "DependencyViolation")),
    ];
    let (_turn, proxy) = start(Options { rules, ..Options::default() });
    let met = boto(&proxy, include_str!("boto/faults.py"));
    let expected = json!({
        "codes": {
            "ec2": ["RequestLimitExceeded", 503, "1"],
            "iam": ["Throttling", 400, null],
            "eks": ["ThrottlingException", 429, null],
            "kms": ["ThrottlingException", 400, null],
            "s3": ["SlowDown", 503, null],
            "rds": ["InternalFailure", 500, null],
        },
        "dropped": "ConnectionClosedError",
        "lost": ["ConnectionClosedError", 2],
        "cut": "ConnectionClosedError",
        "refused": "DependencyViolation",
        "retried": 200,
    });
    assert_eq!(met, expected);
    assert_eq!(proxy.count("ec2:DescribeSubnets"), 2, "a retry is a call of its own");
}

#[test]
fn a_ledger_in_s3_goes_through_whole_and_can_be_lost() {
    let rule = Rule::on("s3:PutObject", Fault::DropAfter).nth(3);
    let (_turn, proxy) = start(Options::lifelike(1).with(rule));
    let met = boto(&proxy, include_str!("boto/objects.py"));
    let expected = json!({
        "same": true,
        "length": 1_280_000,
        "once": "PreconditionFailed",
        "lost": "ConnectionClosedError",
        "again": "PreconditionFailed",
        "keys": ["shop/1", "shop/ledger.json"],
    });
    assert_eq!(met, expected);
    assert_eq!((proxy.count("s3:PutObject"), proxy.count("s3:HeadObject"), proxy.count("s3:ListObjectsV2")), (4, 1, 1));
}

#[test]
fn the_same_seed_sees_the_same_world() {
    let run = || {
        let seed = 3;
        let rules = vec![Rule::reading(Fault::Failed).percent(30), Rule::mutating(Fault::throttled()).percent(30)];
        let (_turn, proxy) = start(Options { seed, rules, ..Options::lifelike(seed) });
        boto(&proxy, include_str!("boto/seeded.py"));
        proxy.log().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let (one, again) = (run(), run());
    assert_eq!(one, again);
    assert!(one.iter().any(|call| call.ends_with(" by a rule")), "{one:?}");
}

#[test]
fn a_stand_ins_gap_is_left_as_it_is() {
    let paces = BTreeMap::from([("elasticache:subnet_group".to_owned(), Pace { listed: 1, ..Pace::default() })]);
    let (_turn, proxy) = start(Options { paces, ..Options::default() });
    let met = boto(
        &proxy,
        "cache.create_cache_subnet_group(CacheSubnetGroupName='g', CacheSubnetGroupDescription='d', SubnetIds=subnets(1))\n\
         say({'status': status(cache.delete_cache_subnet_group, CacheSubnetGroupName='g')})",
    );
    assert_eq!(met["status"], json!(500), "moto has no such delete");
    assert_eq!(proxy.log().last().unwrap().to_string(), "   4 ! elasticache:DeleteCacheSubnetGroup 500");
}
