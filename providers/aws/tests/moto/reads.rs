//! What reads cost, and what they find.

use flashinfra_plans::{Live, Map, ProviderInstance, map};
use flashinfra_providers::{Calls, Class, Factory, Question};
use flashinfra_providers_aws::{AwsFactory, Credentials};
use flashinfra_stacks_aws::trust_service;
use flashinfra_test_support::Moto;

use crate::world::{World, ids, texts};

fn question(kind: &str, id: &str, attributes: &Map) -> Question {
    Question { kind: kind.into(), id: id.into(), attributes: attributes.clone() }
}

/// The calls of `after` that `before` does not have, as text.
pub(crate) fn since(before: &Calls, after: &Calls) -> String {
    let made = after.0.iter().map(|(name, count)| (name, count - before.0.get(name).copied().unwrap_or(0)));
    made.filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn the_place_is_account_and_region() {
    let world = World::new("reads-place").await;
    let place = world.provider.place().await.unwrap();
    assert_eq!((&*place.provider, &*place.scope, &*place.region), ("aws", "aws:123456789012", "us-east-1"));
}

#[tokio::test]
async fn another_account_is_reached_by_acting_as_its_role() {
    let config = map! {
        "endpoint" => Moto::shared().endpoint(), "region" => "eu-west-1", "account" => "210987654321",
        "assume_role" => "arn:aws:iam::210987654321:role/deployer", "external_id" => "flashmm",
    };
    let factory = AwsFactory::new().with_credentials(Credentials::new("testing", "testing", None, None, "tests"));
    let instance = |config: &Map| ProviderInstance { provider: "aws".into(), config: config.clone() };
    let theirs = factory.open(&instance(&config)).await.unwrap();
    let place = theirs.place().await.unwrap();
    assert_eq!((&*place.scope, &*place.region), ("aws:210987654321", "eu-west-1"));

    let mistaken = config.with("assume_role", "arn:aws:iam::111111111111:role/deployer".into());
    let error = factory.open(&instance(&mistaken)).await.unwrap().place().await.unwrap_err();
    assert!(error.message.contains("lead to AWS account 111111111111"), "{error}");
}

#[tokio::test]
async fn a_kind_is_read_in_pages_however_many_objects_there_are() {
    let world = World::new("reads-pages").await;
    let vpc = world.vpc().await;
    let mut questions = Vec::new();
    for index in 0..30 {
        let attributes = map! { "vpc_id" => vpc.id.as_str(), "cidr_block" => format!("10.0.{index}.0/24") };
        let subnet = world.make("aws.subnet", &format!("s{index}"), attributes.clone()).await;
        questions.push(question("aws.subnet", &subnet.id, &attributes));
        let group = world.make("aws.security_group", &format!("g{index}"), map! { "vpc_id" => vpc.id.as_str() }).await;
        questions.push(question("aws.security_group", &group.id, &Map::default()));
    }
    let dns = map! { "enable_dns_support" => true, "enable_dns_hostnames" => false };
    questions.push(question("aws.vpc", &vpc.id, &dns));
    let before = world.provider.calls();
    let answers = world.provider.read(&questions).await;
    let cost = since(&before, &world.provider.calls());
    assert_eq!(
        cost,
        "ec2:DescribeSecurityGroups 1, ec2:DescribeSubnets 1, ec2:DescribeVpcAttribute 2, ec2:DescribeVpcs 1"
    );
    for (question, answer) in questions.iter().zip(&answers) {
        let Live::Present(object) = answer else { panic!("{question:?} is answered with {answer:?}") };
        assert_eq!(object.id, question.id);
    }
}

#[tokio::test]
async fn many_roles_are_read_from_the_accounts_details() {
    let world = World::new("reads-roles").await;
    let policy = texts(["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]);
    let role = |index: usize| {
        map! {
            "name" => format!("reads-roles-{index}"), "assume_role_policy" => trust_service("eks.amazonaws.com"),
            "managed_policy_arns" => policy.clone(), "description" => format!("role {index}"),
        }
    };
    let mut questions = Vec::new();
    for index in 0..11 {
        let made = world.make("aws.iam_role", &format!("r{index}"), role(index)).await;
        questions.push(question("aws.iam_role", &made.id, &role(index)));
    }
    questions.push(question("aws.iam_role", "reads-roles-unknown", &role(0)));
    let few = world.provider.read(&questions[..3]).await;
    let before = world.provider.calls();
    let many = world.provider.read(&questions).await;
    let cost = since(&before, &world.provider.calls());
    assert_eq!(cost, "iam:GetAccountAuthorizationDetails 1, iam:ListRoles 1");
    assert_eq!(many.last(), Some(&Live::Absent));
    for (few, many) in few.iter().zip(&many) {
        let (Live::Present(few), Live::Present(many)) = (few, many) else { panic!("{few:?} {many:?}") };
        assert_eq!(few.owner, many.owner);
        for name in ["name", "arn", "assume_role_policy", "description", "managed_policy_arns", "tags", "path"] {
            assert_eq!(few.attributes.get(name), many.attributes.get(name), "{name}");
        }
    }
}

#[tokio::test]
async fn one_object_that_is_gone_spoils_no_other_answer() {
    let world = World::new("reads-gone").await;
    let (kept, gone) = (world.vpc().await, world.vpc().await);
    world.delete("aws.vpc", &gone.id).await;
    let ids = [&gone.id, &kept.id, &gone.id];
    let questions: Vec<_> = ids.iter().map(|id| question("aws.vpc", id, &Map::default())).collect();
    let answers = world.provider.read(&questions).await;
    assert!(matches!(answers.as_slice(), [Live::Absent, Live::Present(object), Live::Absent] if object.id == kept.id));
}

/// What the AWS slice of FlashMM has: 1 VPC, 6 subnets, 4 groups, 3 roles, a subnet group, a database, a cluster.
#[tokio::test]
async fn a_whole_environment_is_read_in_twenty_calls() {
    let world = World::new("reads-environment").await;
    let mut questions = Vec::new();
    let mut make = async |kind: &str, name: &str, attributes: Map| {
        let made = world.make(kind, name, attributes.clone()).await;
        questions.push(question(kind, &made.id, &attributes));
        made
    };
    let dns = map! { "cidr_block" => "10.0.0.0/16", "enable_dns_support" => true, "enable_dns_hostnames" => true };
    let vpc = make("aws.vpc", "main", dns).await;
    let mut subnets = Vec::new();
    for index in 0..6 {
        let zone = ["us-east-1a", "us-east-1b", "us-east-1c"][index % 3];
        let attributes = map! {
            "vpc_id" => vpc.id.as_str(), "cidr_block" => format!("10.0.{index}.0/24"), "availability_zone" => zone,
        };
        subnets.push(make("aws.subnet", &format!("s{index}"), attributes).await);
    }
    for name in ["cluster", "nodes", "database", "cache"] {
        make("aws.security_group", name, map! { "vpc_id" => vpc.id.as_str() }).await;
    }
    let mut role = Map::default();
    for name in ["cluster", "nodes", "monitoring"] {
        role = map! {
            "name" => format!("reads-environment-{name}"), "assume_role_policy" => trust_service("eks.amazonaws.com"),
            "managed_policy_arns" => texts(["arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"]),
        };
        role = make("aws.iam_role", name, role).await.attributes;
    }
    let group = map! { "name" => "reads-environment", "subnet_ids" => ids(&subnets) };
    make("aws.db_subnet_group", "main", group).await;
    let database = map! {
        "identifier" => "reads-environment", "engine" => "postgres", "engine_version" => "15", "username" => "shop",
        "instance_class" => "db.r5.large", "allocated_storage" => 100, "db_subnet_group_name" => "reads-environment",
    };
    make("aws.db_instance", "main", database).await;
    let cluster = map! {
        "name" => "reads-environment", "role_arn" => role.get("arn").unwrap().clone(),
        "vpc_config" => map! { "subnet_ids" => ids(&subnets) },
    };
    make("aws.eks_cluster", "main", cluster).await;
    let before = world.provider.calls();
    world.provider.place().await.unwrap();
    let answers = world.provider.read(&questions).await;
    assert!(answers.iter().all(|answer| matches!(answer, Live::Present(_))), "{answers:?}");
    let after = world.provider.calls();
    let (cost, calls) = (since(&before, &after), after.total() - before.total());
    assert!(calls <= 20, "{calls} calls: {cost}");
    assert_eq!(calls, 16, "{cost}");
}

#[tokio::test]
async fn another_account_than_the_expected_one_is_refused() {
    let config = map! {
        "endpoint" => Moto::shared().endpoint(), "region" => "us-east-1", "account" => "999999999999",
    };
    let factory = AwsFactory::new().with_credentials(Credentials::new("testing", "testing", None, None, "tests"));
    let provider = factory.open(&ProviderInstance { provider: "aws".into(), config }).await.unwrap();
    let error = provider.place().await.unwrap_err();
    assert_eq!(error.class, Class::AskPerson);
    assert!(error.message.contains("123456789012") && error.message.contains("999999999999"), "{error}");
    assert_eq!(provider.calls().total(), 1);
}
