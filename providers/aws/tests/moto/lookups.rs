//! What exists already is found on servers that nobody here wrote.

use aws_sdk_ssm::types::ParameterType;
use flashinfra_plans::{Live, Map, Object, Value, map};
use flashinfra_providers::{Calls, Question};

use crate::world::{Server, World};

async fn ask(world: &World, kind: &str, asked: impl IntoIterator<Item = Map>) -> Vec<Live> {
    let questions: Vec<_> = asked.into_iter().map(|asked| Question::lookup(kind, asked)).collect();
    world.provider.read(&questions).await
}

async fn one(world: &World, kind: &str, asked: Map) -> Live {
    ask(world, kind, [asked]).await.remove(0)
}

fn found(live: Live) -> Object {
    match live {
        Live::Present(object) => object,
        other => panic!("it was not found: {other:?}"),
    }
}

fn refused(live: Live) -> String {
    match live {
        Live::Unreadable { reason } => reason.to_string(),
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn zones_and_the_caller_are_looked_up() {
    for server in Server::ALL {
        let world = World::on(server, "lookups").await;
        let zones = found(one(&world, "aws.availability_zones", map! {}).await).attributes;
        let names: Vec<_> = zones.get("names").and_then(Value::as_list).unwrap().iter().map(Value::as_text).collect();
        assert!(names.len() > 2 && names.is_sorted() && names[0] == Some("us-east-1a"), "{server:?}: {names:?}");
        let ids = zones.get("zone_ids").and_then(Value::as_list).unwrap();
        assert_eq!(ids.len(), names.len(), "{server:?}");

        let caller = found(one(&world, "aws.caller_identity", map! {}).await).attributes;
        let text = |name: &str| caller.get(name).and_then(Value::as_text).unwrap_or_default().to_owned();
        assert!(text("account").len() == 12 && text("arn").contains(&text("account")), "{server:?}: {caller:?}");
        assert_eq!(text("partition"), "aws");
    }
}

#[tokio::test]
async fn parameters_are_looked_up_ten_at_a_time_and_secrets_are_refused() {
    for server in Server::ALL {
        let world = World::on(server, "lookups").await;
        let ssm = aws_sdk_ssm::Client::new(&server.sdk().await);
        let put = |name: String, of: ParameterType| {
            ssm.put_parameter().name(name).r#type(of).value("ami-0123456789abcdef0").overwrite(true).send()
        };
        for number in 0..12 {
            put(format!("/lookups/{number}"), ParameterType::String).await.unwrap();
        }
        put("/lookups/secret".into(), ParameterType::SecureString).await.unwrap();
        let before = world.provider.calls().0.get("ssm:GetParameters").copied().unwrap_or_default();
        let names = (0..12)
            .map(|number| format!("/lookups/{number}"))
            .chain(["/lookups/secret".into(), "/lookups/none".into()]);
        let mut answers = ask(&world, "aws.ssm_parameter_value", names.map(|name| map! { "name" => name })).await;
        let Calls(calls) = world.provider.calls();
        assert_eq!(calls["ssm:GetParameters"] - before, 2, "{server:?}: fourteen names are two pages");

        assert_eq!(answers.pop(), Some(Live::Absent), "{server:?}");
        let secret = refused(answers.pop().unwrap());
        assert!(
            secret.contains("/lookups/secret is a SecureString") && !secret.contains("ami-"),
            "{server:?}: {secret}"
        );
        for (number, live) in answers.into_iter().enumerate() {
            let Object { id, attributes, .. } = found(live);
            assert_eq!(id, format!("/lookups/{number}"), "{server:?}");
            assert_eq!(attributes.get("image_id"), Some(&"ami-0123456789abcdef0".into()), "{server:?}");
            assert!(attributes.get("version").and_then(Value::as_integer).is_some_and(|version| version > 0));
        }
    }
}

#[tokio::test]
async fn a_vpc_of_others_is_looked_up_by_its_id_or_by_tags() {
    for server in Server::ALL {
        let world = World::on(server, "lookups").await;
        let vpc = |name: &'static str, cidr: &'static str| {
            let tags = map! { "lookup" => "shared", "role" => name };
            world.make("aws.vpc", name, map! { "cidr_block" => cidr, "tags" => tags })
        };
        let (one_vpc, other) = (vpc("one", "10.7.0.0/16").await, vpc("other", "10.8.0.0/16").await);
        let subnet = map! { "vpc_id" => one_vpc.id.as_str(), "cidr_block" => "10.7.1.0/24" };
        let subnet = world.make("aws.subnet", "one", subnet).await;

        let asked = [
            map! { "id" => one_vpc.id.as_str() },
            map! { "tags" => map! { "lookup" => "shared", "role" => "other" } },
            map! { "tags" => map! { "lookup" => "shared" } },
            map! { "id" => "vpc-0aaaaaaaaaaaaaaaa" },
            map! { "id" => one_vpc.id.as_str(), "tags" => map! { "role" => "other" } },
        ];
        let mut answers = ask(&world, "aws.existing_vpc", asked).await.into_iter();
        let mut next = || answers.next().unwrap();
        let by_id = found(next());
        assert_eq!((&by_id.id, by_id.attributes.get("cidr_block")), (&one_vpc.id, Some(&"10.7.0.0/16".into())));
        assert_eq!(
            by_id.attributes.get("subnet_ids"),
            Some(&vec![Value::from(subnet.id.as_str())].into()),
            "{server:?}"
        );
        let by_tags = found(next());
        assert_eq!((&by_tags.id, by_tags.attributes.get("subnet_ids")), (&other.id, Some(&Vec::new().into())));
        let several = refused(next());
        assert!(several.contains("2 VPCs are what is asked for") && several.contains(other.id.as_str()), "{several}");
        assert_eq!([next(), next()], [Live::Absent, Live::Absent], "{server:?}");
    }
}
