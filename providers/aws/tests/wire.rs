//! What the adapter sends and how it takes what goes wrong, against a server that answers as each test says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flashinfra_plans::{Address, Live, Map, Name, OwnerMark, Phase, ProviderInstance, Value, map};
use flashinfra_providers::{
    Class, Create, Delete, Error, Factory, Inputs, Outcome, Provider, Question, Sensitive, Update,
};
use flashinfra_providers_aws::{AwsFactory, Credentials};
use flashinfra_test_support::{Answer, NOBODY, Request, Script};

async fn provider(endpoint: &str) -> Arc<dyn Provider> {
    let config = map! { "endpoint" => endpoint, "region" => "us-east-1" };
    let factory = AwsFactory::new().with_credentials(Credentials::new("testing", "testing", None, None, "tests"));
    factory.open(&ProviderInstance { provider: "aws".into(), config }).await.unwrap()
}

fn mark(kind: &str) -> OwnerMark {
    let address = Address::parse(&format!("{kind}/main")).unwrap();
    OwnerMark { stack: "c5b0".into(), address, generation: 1 }
}

fn create(kind: &str, attributes: Map) -> Create {
    let inputs = Inputs { attributes, ..Inputs::default() };
    Create { kind: kind.into(), mark: mark(kind), token: "5f".repeat(32).into(), inputs }
}

fn vpc() -> Create {
    create("aws.vpc", map! { "cidr_block" => "10.0.0.0/16", "enable_dns_hostnames" => true })
}

fn update(kind: &str, id: &str, changed: &[&str], attributes: Map) -> Update {
    Update {
        kind: kind.into(),
        id: id.into(),
        mark: mark(kind),
        changed: changed.iter().copied().map(Name::from).collect(),
        before: Map::default(),
        inputs: Inputs { attributes, ..Inputs::default() },
        token: "5f".repeat(32).into(),
    }
}

fn question(kind: &str, id: &str) -> Question {
    Question { kind: kind.into(), id: id.into(), attributes: Map::default() }
}

fn ec2_error(status: u16, code: &str, message: &str) -> Answer {
    Answer::new(
        status,
        format!("<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"),
    )
    .header("x-amzn-RequestId", "r-1")
}

fn rds_error(status: u16, code: &str, message: &str) -> Answer {
    Answer::new(
        status,
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             </ErrorResponse>"
        ),
    )
    .header("x-amzn-RequestId", "r-1")
}

/// The operation that a request of a query protocol asks for.
fn action(request: &Request) -> &str {
    let action = request.body.split('&').find_map(|field| field.strip_prefix("Action="));
    action.unwrap_or(&request.line)
}

fn actions(script: &Script) -> Vec<String> {
    script.requests().iter().map(|request| action(request).to_owned()).collect()
}

async fn refused(script: &Script, request: &Create) -> Error {
    provider(script.endpoint()).await.create(request).await.unwrap_err()
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_comes_back() {
    let answers: [(fn() -> Answer, Class); 5] = [
        (|| ec2_error(500, "InternalError", "oops"), Class::Unknown),
        (|| ec2_error(503, "Unavailable", "oops"), Class::Unknown),
        (|| ec2_error(503, "RequestLimitExceeded", "slow down"), Class::Retry),
        (|| Answer::Hangup, Class::Unknown),
        (|| Answer::new(500, "<!doctype html><title>500 Internal Server Error</title>"), Class::Unknown),
    ];
    for (answer, class) in answers {
        let script = Script::start(move |_| answer());
        let error = refused(&script, &vpc()).await;
        assert_eq!(error.class, class, "{error}");
        assert_eq!(script.requests().len(), 1, "{error}");
        assert!(error.message.starts_with("ec2:CreateVpc"), "{error}");
    }
}

#[tokio::test]
async fn throttling_says_how_long_to_wait() {
    let script = Script::start(|_| ec2_error(503, "RequestLimitExceeded", "slow down").header("Retry-After", "7"));
    let error = refused(&script, &vpc()).await;
    assert_eq!((error.class, error.retry_after), (Class::Retry, Some(Duration::from_secs(7))));
    assert_eq!(error.to_string(), "ec2:CreateVpc: slow down (RequestLimitExceeded, request r-1)");
}

#[tokio::test]
async fn a_read_is_sent_again_and_every_attempt_is_counted() {
    let asked = AtomicUsize::new(0);
    let script = Script::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Answer::Hangup,
        1 => ec2_error(503, "RequestLimitExceeded", "slow down"),
        _ => Answer::new(200, "<DescribeSubnetsResponse><subnetSet/></DescribeSubnetsResponse>"),
    });
    let provider = provider(script.endpoint()).await;
    assert_eq!(provider.read(&[question("aws.subnet", "subnet-1")]).await, [Live::Absent]);
    assert_eq!(provider.calls().0.get("ec2:DescribeSubnets"), Some(&3));
}

#[tokio::test]
async fn a_page_that_fails_makes_its_questions_unreadable_and_no_others() {
    let script = Script::start(|request| match action(request) {
        "DescribeSubnets" => ec2_error(403, "UnauthorizedOperation", "not allowed"),
        _ => Answer::new(200, "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>"),
    });
    let questions =
        [question("aws.subnet", "subnet-1"), question("aws.vpc", "vpc-1"), question("aws.subnet", "subnet-2")];
    let answers = provider(script.endpoint()).await.read(&questions).await;
    let reason = "ec2:DescribeSubnets: not allowed (UnauthorizedOperation, request r-1)";
    let unreadable = Live::Unreadable { reason: reason.into() };
    assert_eq!(answers, [unreadable.clone(), Live::Absent, unreadable]);
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_told_within_seconds() {
    let provider = provider(&format!("http://{NOBODY}")).await;
    let start = Instant::now();
    let error = provider.place().await.unwrap_err();
    assert!(
        error.message.contains("sts:GetCallerIdentity was not sent, since the endpoint could not be reached"),
        "{error}"
    );
    assert!(error.message.contains("refused"), "{error}");
    let error = provider.create(&vpc()).await.unwrap_err();
    assert_eq!(error.class, Class::Retry, "{error}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[tokio::test]
async fn missing_credentials_are_told_with_where_they_were_looked_for() {
    #[derive(Debug)]
    struct Nowhere;
    impl flashinfra_providers_aws::ProvideCredentials for Nowhere {
        fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            use aws_credential_types::provider::{error::CredentialsError, future::ProvideCredentials};
            ProvideCredentials::ready(Err(CredentialsError::not_loaded("there are none")))
        }
    }
    let script = Script::start(|_| Answer::Hangup);
    let config = map! { "endpoint" => script.endpoint(), "region" => "us-east-1" };
    let factory = AwsFactory::new().with_credentials(Nowhere);
    let provider = factory.open(&ProviderInstance { provider: "aws".into(), config }).await.unwrap();
    let error = provider.place().await.unwrap_err();
    assert_eq!(error.class, Class::AskPerson);
    for source in ["AWS_ACCESS_KEY_ID", "~/.aws", "web identity token", "metadata of a container or instance"] {
        assert!(error.message.contains(source), "{error}");
    }
    assert!(script.requests().is_empty());
}

#[tokio::test]
async fn a_create_that_fails_half_way_has_to_be_looked_for() {
    let made = "<vpcId>vpc-1</vpcId><state>available</state><cidrBlock>10.0.0.0/16</cidrBlock>";
    let script = Script::start(move |request| match action(request) {
        "CreateVpc" => Answer::new(200, format!("<CreateVpcResponse><vpc>{made}</vpc></CreateVpcResponse>")),
        "DescribeVpcs" => Answer::new(
            200,
            format!("<DescribeVpcsResponse><vpcSet><item>{made}</item></vpcSet></DescribeVpcsResponse>"),
        ),
        _ => ec2_error(403, "UnauthorizedOperation", "not allowed"),
    });
    let error = refused(&script, &vpc()).await;
    assert_eq!(error.class, Class::Unknown);
    assert!(error.message.contains("vpc-1 was created") && error.message.contains("ec2:ModifyVpcAttribute"), "{error}");
    assert_eq!(actions(&script), ["CreateVpc", "DescribeVpcs", "ModifyVpcAttribute"]);
    let sent = script.requests().remove(0).body;
    assert!(sent.contains("TagSpecification.1.Tag.1.Key=flashinfra"), "{sent}");
}

#[tokio::test]
async fn a_create_that_is_throttled_half_way_goes_on() {
    let made = "<vpcId>vpc-1</vpcId><state>available</state><cidrBlock>10.0.0.0/16</cidrBlock>";
    let sent = AtomicUsize::new(0);
    let script = Script::start(move |request| match action(request) {
        "CreateVpc" => Answer::new(200, format!("<CreateVpcResponse><vpc>{made}</vpc></CreateVpcResponse>")),
        "DescribeVpcs" => Answer::new(
            200,
            format!("<DescribeVpcsResponse><vpcSet><item>{made}</item></vpcSet></DescribeVpcsResponse>"),
        ),
        "ModifyVpcAttribute" if sent.fetch_add(1, Ordering::SeqCst) == 0 => {
            ec2_error(503, "RequestLimitExceeded", "slow down")
        }
        "ModifyVpcAttribute" => {
            Answer::new(200, "<ModifyVpcAttributeResponse><return>true</return></ModifyVpcAttributeResponse>")
        }
        _ => Answer::new(
            200,
            "<DescribeVpcAttributeResponse><enableDnsHostnames><value>true</value></enableDnsHostnames></DescribeVpcAttributeResponse>",
        ),
    });
    let outcome = provider(script.endpoint()).await.create(&vpc()).await.unwrap();
    assert!(
        matches!(outcome, Outcome::Done(object) if object.attributes.get("enable_dns_hostnames") == Some(&true.into()))
    );
    let sent = actions(&script);
    assert_eq!(sent.iter().filter(|action| *action == "ModifyVpcAttribute").count(), 2, "{sent:?}");
    assert_eq!(sent.iter().filter(|action| *action == "CreateVpc").count(), 1, "{sent:?}");
}

#[tokio::test]
async fn a_gateway_whose_attaching_got_no_answer_is_looked_at() {
    let attached = Arc::new(AtomicUsize::new(0));
    let state = Arc::clone(&attached);
    let script = Script::start(move |request| {
        let has = if state.load(Ordering::SeqCst) == 0 { "" } else { "<item><vpcId>vpc-1</vpcId></item>" };
        let gateway = format!("<internetGatewayId>igw-1</internetGatewayId><attachmentSet>{has}</attachmentSet>");
        match action(request) {
            "CreateInternetGateway" => Answer::new(
                200,
                format!(
                    "<CreateInternetGatewayResponse><internetGateway>{gateway}</internetGateway></CreateInternetGatewayResponse>"
                ),
            ),
            "DescribeInternetGateways" => Answer::new(
                200,
                format!(
                    "<DescribeInternetGatewaysResponse><internetGatewaySet><item>{gateway}</item></internetGatewaySet>\
                     </DescribeInternetGatewaysResponse>"
                ),
            ),
            _ => {
                state.fetch_add(1, Ordering::SeqCst);
                Answer::Hangup
            }
        }
    });
    let request = create("aws.internet_gateway", map! { "vpc_id" => "vpc-1" });
    let outcome = provider(script.endpoint()).await.create(&request).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(object) if object.attributes.get("vpc_id") == Some(&"vpc-1".into())));
    assert_eq!(attached.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_nat_gateway_that_is_deleted_and_listed_is_gone() {
    let item = |id: &str, state: &str| format!("<item><natGatewayId>{id}</natGatewayId><state>{state}</state></item>");
    let items = item("nat-1", "deleted") + &item("nat-2", "failed");
    let script = Script::start(move |_| {
        Answer::new(
            200,
            format!(
                "<DescribeNatGatewaysResponse><natGatewaySet>{items}</natGatewaySet></DescribeNatGatewaysResponse>"
            ),
        )
    });
    let questions = ["nat-1", "nat-2", "nat-3"].map(|id| question("aws.nat_gateway", id));
    let answers = provider(script.endpoint()).await.read(&questions).await;
    let [Live::Tombstone { .. }, Live::Present(failed), Live::Absent] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert_eq!(failed.phase, Phase::Failed);
}

#[tokio::test]
async fn no_error_repeats_a_secret() {
    let script = Script::start(|_| rds_error(400, "InvalidParameterValue", "hunter2hunter2 is too easy"));
    let mut request = create("aws.db_instance", map! { "identifier" => "main" });
    request.inputs.secrets.insert("master_user_password".into(), Sensitive::new("hunter2hunter2".into()));
    let error = refused(&script, &request).await;
    assert_eq!(error.to_string(), "rds:CreateDBInstance: (secret) is too easy (InvalidParameterValue, request r-1)");
    assert!(script.requests()[0].body.contains("MasterUserPassword=hunter2hunter2"));
}

#[tokio::test]
async fn what_a_kind_waits_for_is_told_apart_from_what_is_wrong() {
    let messages = [
        (
            "IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING",
            Class::Wait,
        ),
        ("Invalid DB engine", Class::FixInput),
    ];
    for (message, class) in messages {
        let script = Script::start(move |_| rds_error(400, "InvalidParameterValue", message));
        let request = create("aws.db_instance", map! { "identifier" => "main" });
        assert_eq!(refused(&script, &request).await.class, class, "{message}");
    }
    let script = Script::start(|_| ec2_error(400, "DependencyViolation", "has dependencies"));
    let request = Delete { kind: "aws.vpc".into(), id: "vpc-1".into(), arguments: Map::default() };
    let error = provider(script.endpoint()).await.delete(&request).await.unwrap_err();
    assert_eq!(error.class, Class::Wait);
}

#[tokio::test]
async fn a_database_that_is_gone_makes_no_other_absent() {
    let kept = "<DBInstance><DBInstanceIdentifier>kept</DBInstanceIdentifier><DBInstanceStatus>available</DBInstanceStatus></DBInstance>";
    let script = Script::start(move |request| match request.body.contains("Filters.Filter.1") {
        true => rds_error(404, "DBInstanceNotFound", "DBInstance gone not found."),
        false => Answer::new(
            200,
            format!(
                "<DescribeDBInstancesResponse><DescribeDBInstancesResult><DBInstances>{kept}</DBInstances>\
             </DescribeDBInstancesResult></DescribeDBInstancesResponse>"
            ),
        ),
    });
    let questions = [question("aws.db_instance", "gone"), question("aws.db_instance", "kept")];
    let provider = provider(script.endpoint()).await;
    let answers = provider.read(&questions).await;
    assert!(matches!(answers.as_slice(), [Live::Absent, Live::Present(object)] if object.id == "kept"), "{answers:?}");
    assert_eq!(provider.read(&questions[..1]).await, [Live::Absent]);
}

/// The answer of an operation on subnet groups, with one in it.
fn groups(act: &str, of: &str) -> Answer {
    let fields = "<DBSubnetGroupName>main</DBSubnetGroupName><DBSubnetGroupArn>arn:group</DBSubnetGroupArn>";
    let group = match of {
        "DBSubnetGroups" => format!("<DBSubnetGroups><DBSubnetGroup>{fields}</DBSubnetGroup></DBSubnetGroups>"),
        _ => format!("<DBSubnetGroup>{fields}</DBSubnetGroup>"),
    };
    let name = format!("{act}{of}");
    Answer::new(200, format!("<{name}Response><{name}Result>{group}</{name}Result></{name}Response>"))
}

#[tokio::test]
async fn a_subnet_group_is_changed_as_a_whole() {
    // moto loses a group that is modified, so that only this shows what is sent.
    let script = Script::start(|request| match action(request) {
        "DescribeDBSubnetGroups" => groups("Describe", "DBSubnetGroups"),
        "ListTagsForResource" => {
            Answer::new(200, "<ListTagsForResourceResponse><ListTagsForResourceResult/></ListTagsForResourceResponse>")
        }
        _ => groups("Modify", "DBSubnetGroup"),
    });
    let ids: Vec<Value> = vec!["subnet-1".into(), "subnet-2".into()];
    let request =
        update("aws.db_subnet_group", "main", &["subnet_ids"], map! { "name" => "main", "subnet_ids" => ids });
    let outcome = provider(script.endpoint()).await.update(&request).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(object) if object.id == "main"));
    let sent = script.requests().into_iter().find(|request| action(request) == "ModifyDBSubnetGroup").unwrap().body;
    assert!(sent.contains("SubnetIds.SubnetIdentifier.1=subnet-1&SubnetIds.SubnetIdentifier.2=subnet-2"), "{sent}");
}

#[tokio::test]
async fn a_subnet_group_whose_tags_are_not_read_is_not_left_out_of_a_search() {
    let denied = AtomicUsize::new(0);
    let script = Script::start(move |request| match action(request) {
        "DescribeDBSubnetGroups" => groups("Describe", "DBSubnetGroups"),
        _ if denied.fetch_add(1, Ordering::SeqCst) < 2 => rds_error(403, "AccessDenied", "not allowed"),
        // One that goes while it is looked at is not there.
        _ => rds_error(404, "DBSubnetGroupNotFoundFault", "gone"),
    });
    let provider = provider(script.endpoint()).await;
    let Live::Present(group) = provider.read(&[question("aws.db_subnet_group", "main")]).await.remove(0) else {
        panic!()
    };
    assert_eq!((group.owner, group.unverified), (None, vec!["tags".into()]));
    let error = provider.find("aws.db_subnet_group", "c5b0").await.unwrap_err();
    assert_eq!(error.class, Class::AskPerson, "{error}");
    assert_eq!(provider.find("aws.db_subnet_group", "c5b0").await, Ok(Vec::new()));
}

/// A cluster as DescribeCluster answers it.
fn cluster(status: &str, is_public: bool, logs: &str) -> String {
    format!(
        r#"{{"cluster":{{"name":"main","arn":"arn:cluster","status":"{status}","version":"1.33",
        "resourcesVpcConfig":{{"subnetIds":["subnet-1"],"endpointPublicAccess":{is_public}}},
        "logging":{{"clusterLogging":[{{"enabled":true,"types":[{logs}]}}]}}}}}}"#
    )
}

#[tokio::test]
async fn a_cluster_is_changed_one_part_after_the_other() {
    // The number of changes that were sent: each is done as soon as it is sent.
    let done = Arc::new(AtomicUsize::new(0));
    let state = Arc::clone(&done);
    let script = Script::start(move |request| {
        if request.line.starts_with("POST /clusters/main/update-config") {
            state.fetch_add(1, Ordering::SeqCst);
            return Answer::new(200, r#"{"update":{"id":"u","status":"InProgress"}}"#);
        }
        let done = state.load(Ordering::SeqCst);
        Answer::new(200, cluster("ACTIVE", done == 0, if done < 2 { "" } else { "\"audit\"" }))
    });
    let provider = provider(script.endpoint()).await;
    let logs: Vec<Value> = vec!["audit".into()];
    let ids: Vec<Value> = vec!["subnet-1".into()];
    let attributes = map! {
        "name" => "main", "enabled_cluster_log_types" => logs,
        "vpc_config" => map! { "subnet_ids" => ids, "endpoint_public_access" => false },
    };
    let request = update("aws.eks_cluster", "main", &["vpc_config", "enabled_cluster_log_types"], attributes);
    let waits = provider.update(&request).await.unwrap_err();
    assert_eq!(waits.class, Class::Wait);
    assert_eq!(waits.message, "EKS cluster `main`: endpoint is being changed, logging comes next");
    assert_eq!(provider.update(&request).await, Ok(Outcome::Accepted("main".into())));
    let bodies: Vec<String> =
        script.requests().into_iter().filter(|sent| sent.line.starts_with("POST")).map(|sent| sent.body).collect();
    let [endpoint, logging] = bodies.as_slice() else { panic!("{bodies:?}") };
    assert!(endpoint.contains(r#""endpointPublicAccess":false"#) && !endpoint.contains("logging"), "{endpoint}");
    assert!(logging.contains(r#""types":["audit"]"#) && !logging.contains("resourcesVpcConfig"), "{logging}");
    // Sent once more, there is nothing left to send.
    assert!(matches!(provider.update(&request).await, Ok(Outcome::Done(_))));
    assert_eq!(done.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_cluster_that_is_busy_is_waited_for_and_one_that_has_failed_is_not() {
    for (status, class) in [("UPDATING", Class::Wait), ("FAILED", Class::AskPerson)] {
        let script = Script::start(move |_| Answer::new(200, cluster(status, true, "")));
        let request = update("aws.eks_cluster", "main", &["version"], map! { "version" => "1.34" });
        let error = provider(script.endpoint()).await.update(&request).await.unwrap_err();
        assert_eq!(error.class, class, "{error}");
        assert!(script.requests().iter().all(|request| request.line.starts_with("GET")));
    }
}

#[tokio::test]
async fn an_operation_that_a_server_lacks_is_named() {
    let script = Script::start(|request| match request.line.starts_with("GET") {
        true => Answer::new(200, cluster("ACTIVE", true, "")),
        false => Answer::new(404, "<!doctype html><html lang=en><title>404 Not Found</title>"),
    });
    let request = update("aws.eks_cluster", "main", &["version"], map! { "version" => "1.34" });
    let error = provider(script.endpoint()).await.update(&request).await.unwrap_err();
    assert!(error.message.starts_with("eks:UpdateClusterVersion: the endpoint answered HTTP 404"), "{error}");
    assert!(error.message.contains("404 Not Found"), "{error}");
    assert_eq!(error.class, Class::Unknown);
}
