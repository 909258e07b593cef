//! The conformance suite for the ways out of a network, behind a proxy that does what moto does not: slow states, reads that lag
//! behind writes, pages, client tokens, things listed after they are gone.

use std::sync::Arc;

use flashinfra_plans::{Live, Map, Object, Value, map};
use flashinfra_providers::conformance::Case;
use flashinfra_providers::{Class, Inputs, Question, Update};
use flashinfra_test_proxy::{Fault, Options, Proxy, Rule};
use flashinfra_test_support::Moto;

use crate::conformance::{conforms, conforms_but, tags};
use crate::reads::since;
use crate::world::{World, schema, sdk};

/// A world where things take their time, and one changing call in ten is throttled.
pub(crate) async fn lifelike(stack: &str) -> (Proxy, World) {
    let options = Options::lifelike(4).with(Rule::mutating(Fault::throttled()).percent(10));
    let proxy = Proxy::start(Moto::shared().endpoint(), options).unwrap();
    let world = World::at(&proxy.url(), stack).await;
    (proxy, world)
}

/// The routes that a table is to have.
fn routes(routes: impl IntoIterator<Item = Map>) -> Value {
    routes.into_iter().map(Value::from).collect::<Vec<_>>().into()
}

/// Other kinds are checked; of these, the server takes tags whether they are there or not.
const TAGS_FOR_NOTHING: (&str, &str) = ("update absent", "CreateTags takes tags for what is not there");

fn id(object: &Object) -> Value {
    object.id.as_str().into()
}

#[tokio::test]
async fn internet_gateway() {
    let (_proxy, world) = lifelike("conformance-gateway").await;
    let (vpc, other) = (world.vpc().await, world.vpc().await);
    let attributes = |vpc: &Object| map! { "vpc_id" => id(vpc), "tags" => tags(&[("Name", "main")]) };
    let case = Case::new(schema("aws.internet_gateway"), attributes(&vpc))
        .second(attributes(&other))
        .unknown_id("igw-0123456789abcdef0")
        .update("tags", tags(&[("Owner", "network")]))
        .clear("tags")
        .replacement("vpc_id", id(&other));
    let _ = conforms(&world, case).await;
}

/// A run that died before it was attached, or somebody who detached it.
#[tokio::test]
async fn a_gateway_without_a_vpc_is_attached_in_place() {
    let (_proxy, world) = lifelike("detached-gateway").await;
    let vpc = world.vpc().await;
    let attributes = map! { "vpc_id" => id(&vpc) };
    let gateway = world.make("aws.internet_gateway", "main", attributes.clone()).await;
    let call = aws_sdk_ec2::Client::new(&sdk().await).detach_internet_gateway();
    call.internet_gateway_id(gateway.id.as_str()).vpc_id(vpc.id.as_str()).send().await.unwrap();
    let update = Update {
        kind: "aws.internet_gateway".into(),
        id: gateway.id.clone(),
        mark: world.mark("aws.internet_gateway", "main"),
        changed: vec!["vpc_id".into()],
        before: Map::default(),
        inputs: Inputs { attributes, ..Inputs::default() },
        token: "attached-again".into(),
    };
    // One changing call in ten is throttled, as the engine knows how to take.
    while let Err(error) = world.provider.update(&update).await {
        assert_eq!(error.class, Class::Retry, "{error}");
    }
    let Live::Present(live) = world.live("aws.internet_gateway", &gateway.id, &Map::default()).await else {
        panic!("it is gone")
    };
    assert_eq!(live.attributes.get("vpc_id"), Some(&id(&vpc)));
}

#[tokio::test]
async fn eip() {
    let (_proxy, world) = lifelike("conformance-eip").await;
    let case = Case::new(schema("aws.eip"), map! { "tags" => tags(&[("Name", "nat")]) })
        .unknown_id("eipalloc-0123456789abcdef0")
        .update("tags", tags(&[("Owner", "network")]))
        .replacement("public_ipv4_pool", "ipv4pool-ec2-1".into());
    let _ = conforms_but(&world, case, &[TAGS_FOR_NOTHING]).await;
}

#[tokio::test]
async fn nat_gateway() {
    let (_proxy, world) = lifelike("conformance-nat").await;
    let vpc = world.vpc().await;
    let subnets = world.subnets(&vpc).await;
    let address = world.make("aws.eip", "nat", Map::default()).await;
    let attributes = map! {
        "subnet_id" => id(&subnets[0]), "allocation_id" => id(&address), "connectivity_type" => "public",
        "tags" => tags(&[("Name", "a")]),
    };
    let case = Case::new(schema("aws.nat_gateway"), attributes)
        .unknown_id("nat-0123456789abcdef0")
        .update("tags", tags(&[("Owner", "network")]))
        .replacement("subnet_id", id(&subnets[1]));
    let _ = conforms_but(&world, case, &[TAGS_FOR_NOTHING]).await;
}

#[tokio::test]
async fn route_table() {
    let (_proxy, world) = lifelike("conformance-table").await;
    let (vpc, other) = (world.vpc().await, world.vpc().await);
    let subnets = world.subnets(&vpc).await;
    let gateway = world.make("aws.internet_gateway", "main", map! { "vpc_id" => id(&vpc) }).await;
    let nat = map! { "subnet_id" => id(&subnets[0]), "connectivity_type" => "private" };
    let nat = world.make("aws.nat_gateway", "main", nat).await;
    let public = || map! { "cidr" => "0.0.0.0/0", "internet_gateway" => id(&gateway) };
    let private = || map! { "cidr" => "0.0.0.0/0", "nat_gateway" => id(&nat) };
    let inside = || map! { "cidr" => "10.9.0.0/16", "nat_gateway" => id(&nat) };
    let foreign = map! { "cidr" => "10.8.0.0/16", "internet_gateway" => id(&gateway) };
    let gateway_id = gateway.id.to_string();
    let mut both = vec![Value::from(public()), Value::from(foreign)];
    both.sort();
    let attributes =
        map! { "vpc_id" => id(&vpc), "routes" => routes([public()]), "tags" => tags(&[("Name", "public")]) };
    let case = Case::new(schema("aws.route_table"), attributes)
        .unknown_id("rtb-0123456789abcdef0")
        .foreign(
            "routes",
            both.into(),
            Arc::new(move |table| {
                let gateway = gateway_id.clone();
                Box::pin(async move {
                    let call = aws_sdk_ec2::Client::new(&sdk().await).create_route().route_table_id(table.as_str());
                    call.destination_cidr_block("10.8.0.0/16").gateway_id(gateway).send().await.unwrap();
                })
            }),
        )
        .update("routes", routes([private(), inside()]))
        .update("routes", routes([inside()]))
        .update("tags", tags(&[("Owner", "network")]))
        .clear("routes")
        .replacement("vpc_id", id(&other));
    let _ = conforms(&world, case).await;
}

#[tokio::test]
async fn route_table_association() {
    let (_proxy, world) = lifelike("conformance-association").await;
    let vpc = world.vpc().await;
    let subnets = world.subnets(&vpc).await;
    let table = async |name: &str| world.make("aws.route_table", name, map! { "vpc_id" => id(&vpc) }).await;
    let (one, other) = (table("one").await, table("other").await);
    let attributes = map! { "subnet_id" => id(&subnets[0]), "route_table_id" => id(&one) };
    let case = Case::new(schema("aws.route_table_association"), attributes)
        .unknown_id("subnet-0123456789abcdef0")
        .update("route_table_id", id(&other))
        .replacement("subnet_id", id(&subnets[1]));
    let _ = conforms(&world, case).await;
}

/// What leads out of a network of two subnets is read with a call for each kind but one: tables tell what subnets take them.
#[tokio::test]
async fn the_ways_out_are_read_in_four_calls() {
    let world = World::new("reads-network").await;
    let vpc = world.vpc().await;
    let subnets = world.subnets(&vpc).await;
    let mut questions = Vec::new();
    let mut make = async |kind: &str, name: &str, attributes: Map| {
        let made = world.make(kind, name, attributes.clone()).await;
        questions.push(Question { kind: kind.into(), id: made.id.clone(), attributes });
        made
    };
    let gateway = make("aws.internet_gateway", "main", map! { "vpc_id" => id(&vpc) }).await;
    let route = map! { "cidr" => "0.0.0.0/0", "internet_gateway" => id(&gateway) };
    for (index, subnet) in subnets.iter().enumerate() {
        let name = format!("n{index}");
        let address = make("aws.eip", &name, Map::default()).await;
        let nat = map! { "subnet_id" => id(subnet), "allocation_id" => id(&address) };
        make("aws.nat_gateway", &name, nat).await;
        let table = map! { "vpc_id" => id(&vpc), "routes" => routes([route.clone()]) };
        let table = make("aws.route_table", &name, table).await;
        let association = map! { "subnet_id" => id(subnet), "route_table_id" => id(&table) };
        make("aws.route_table_association", &name, association).await;
    }
    let (cost, answers) = cost(&world, &questions).await;
    let gone = questions.iter().zip(&answers).find(|(_, answer)| !matches!(answer, Live::Present(_)));
    assert_eq!(gone, None);
    let tables =
        "ec2:DescribeAddresses 1, ec2:DescribeInternetGateways 1, ec2:DescribeNatGateways 1, ec2:DescribeRouteTables 1";
    assert_eq!(cost, tables);

    // What those tables do not tell is asked for by its own id.
    let unknown = |kind: &str, id: &str| Question { kind: kind.into(), id: id.into(), attributes: Map::default() };
    questions.push(unknown("aws.route_table", "rtb-0123456789abcdef0"));
    questions.push(unknown("aws.route_table_association", "subnet-0123456789abcdef0"));
    let (_, answers) = self::cost(&world, &questions).await;
    assert_eq!(answers.iter().filter(|answer| **answer == Live::Absent).count(), 2);
    assert_eq!(answers[answers.len() - 2..], [Live::Absent, Live::Absent]);
}

/// What reading costs, and what it answers.
async fn cost(world: &World, questions: &[Question]) -> (String, Vec<Live>) {
    let before = world.provider.calls();
    let answers = world.provider.read(questions).await;
    (since(&before, &world.provider.calls()), answers)
}
