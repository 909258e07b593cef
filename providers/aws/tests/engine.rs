//! A stack from its definition through the engine onto moto, and back.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use aws_sdk_ec2::types::{Filter, IpPermission, IpRange, NatGateway, NatGatewayState};
use flashinfra::apply::{ApplyOptions, Report, apply};
use flashinfra::error::Exit;
use flashinfra::ledgers::LocalLedgers;
use flashinfra::plan::{Labels, Planned, destroy, plan};
use flashinfra::plans::plan::{Options, Plan, Restore, RestoreFrom};
use flashinfra::plans::{Address, file};
use flashinfra::providers::Registry;
use flashinfra::session::Session;
use flashinfra::{Lifecycle, Stack, aws, cidr, load};
use flashinfra_providers_aws::{AwsFactory, Credentials};
use flashinfra_test_proxy::{Fault, Options as ProxyOptions, Proxy, Rule};
use flashinfra_test_support::Moto;
use tempfile::TempDir;

#[path = "engine/lookups.rs"]
mod lookups;

/// What a test changes about the stack.
#[derive(Clone, Copy)]
struct Shop {
    /// The name of the stack and of what needs one.
    name: &'static str,
    region: &'static str,
    class: &'static str,
    path: &'static str,
    has_cache: bool,
}

const SHOP: Shop = Shop { name: "shop", region: "us-east-1", class: "db.r5.large", path: "/shop/", has_cache: true };

impl Shop {
    fn define(self, endpoint: &str, stack: &mut Stack) {
        let provider = aws::Provider::region(self.region).endpoint(endpoint);
        stack.provider("aws", provider.default_tags([("Project", self.name)]));
        let vpc = aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")).enable_dns_hostnames(true);
        let vpc = stack.add("main", vpc.enable_dns_support(true));
        let subnets: Vec<_> = ["a", "b"]
            .iter()
            .zip(cidr!("10.0.0.0/16").subnets(8))
            .map(|(zone, cidr)| {
                let name = aws::AvailabilityZone::new(format!("{}{zone}", self.region));
                let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr).availability_zone(name);
                stack.add(format!("private-{zone}"), subnet.tags([("kubernetes.io/role/internal-elb", "1")]))
            })
            .collect();
        ways_out(stack, &vpc, &subnets);
        let nodes = aws::SecurityGroup::builder().vpc_id(vpc.id()).ingress([aws::Rule::all_traffic().from_self()]);
        let nodes = stack.add("nodes", nodes);
        let from_nodes = |port| aws::Rule::tcp(port).from_security_group(nodes.id()).description("from the nodes");
        let inside = || aws::Rule::all_traffic().to_cidr(cidr!("10.0.0.0/16"));
        let database = aws::SecurityGroup::builder().vpc_id(vpc.id()).ingress([from_nodes(5432)]).egress([inside()]);
        let database = stack.add("database", database);
        if self.has_cache {
            stack.add("cache", aws::SecurityGroup::builder().vpc_id(vpc.id()).ingress([from_nodes(6379)]));
        }
        let role = aws::IamRole::builder()
            .name(format!("{}-cluster", self.name))
            .path(self.path)
            .assume_role_policy(aws::trust_service("eks.amazonaws.com"))
            .managed_policy_arns([aws::PolicyArn::aws_managed("AmazonEKSClusterPolicy")]);
        let role = stack.add("cluster", role);
        let group = aws::DbSubnetGroup::builder().name(self.name).subnet_ids(subnets.iter().map(|subnet| subnet.id()));
        let group = stack.add("main", group);
        let instance = aws::DbInstance::builder()
            .identifier(self.name)
            .engine("postgres")
            .engine_version("15")
            .instance_class(self.class)
            .allocated_storage(100)
            .storage_encrypted(true)
            .username("shop")
            .db_subnet_group_name(group.name())
            .vpc_security_group_ids([database.id()])
            .backup_retention_period(7)
            .skip_final_snapshot(true);
        let instance = stack.add("main", instance);
        let network = aws::EksVpc::builder().subnet_ids(subnets.iter().map(|subnet| subnet.id()));
        let cluster = aws::EksCluster::builder()
            .name(self.name)
            .role_arn(role.arn())
            .vpc_config(network.endpoint_public_access(false).endpoint_private_access(true))
            .enabled_cluster_log_types(["api", "audit"]);
        stack.add("main", cluster);
        stack.output("database", instance.address());
    }
}

/// The first subnet faces the internet, the second reaches it through the first.
fn ways_out(stack: &mut Stack, vpc: &aws::VpcHandle, subnets: &[aws::SubnetHandle]) {
    let gateway = stack.add("main", aws::InternetGateway::builder().vpc_id(vpc.id()));
    let address = stack.add("nat", aws::Eip::builder());
    let nat = aws::NatGateway::builder().subnet_id(subnets[0].id()).allocation_id(address.id()).depends_on(&gateway);
    let nat = stack.add("main", nat);
    let anywhere = || aws::Route::to_cidr(cidr!("0.0.0.0/0"));
    let routes = [anywhere().via_internet_gateway(gateway.id()), anywhere().via_nat_gateway(nat.id())];
    for ((name, subnet), route) in ["public", "private"].into_iter().zip(subnets).zip(routes) {
        let table = stack.add(name, aws::RouteTable::builder().vpc_id(vpc.id()).routes([route]));
        stack.add(name, aws::RouteTableAssociation::builder().subnet_id(subnet.id()).route_table_id(table.id()));
    }
}

/// A place to plan and apply from, with a ledger of its own.
struct Desk {
    session: Session,
    endpoint: String,
    _ledgers: TempDir,
}

impl Desk {
    fn new(endpoint: &str) -> Self {
        let ledgers = tempfile::tempdir().unwrap();
        let factory = AwsFactory::new().with_credentials(Credentials::new("testing", "testing", None, None, "tests"));
        let session = Session::new(Registry::new().with(factory), LocalLedgers::new(ledgers.path()));
        Self { session, endpoint: endpoint.to_owned(), _ledgers: ledgers }
    }

    async fn planned(&self, shop: Shop) -> Planned {
        let mut stack = Stack::new(shop.name, "test");
        shop.define(&self.endpoint, &mut stack);
        self.planned_of(stack).await
    }

    async fn planned_of(&self, stack: Stack) -> Planned {
        let compiled = stack.compile().map_err(|problems| format!("{problems:?}")).unwrap();
        let compiled = load::compiled(compiled.as_bytes(), &self.session.registry).unwrap();
        plan(&self.session, &compiled, &Options::default(), Labels::default()).await.unwrap()
    }

    async fn apply(&self, plan: Plan) -> Report {
        assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        let digest = file::digest(&file::write(&plan));
        let report = apply(&self.session, plan, digest, &ApplyOptions::default()).await.unwrap();
        assert_eq!(report.exit, Exit::Ok, "{:#?}", report.steps);
        report
    }

    /// Plans, applies, and plans again, which has to find nothing to do. The changes of the first plan.
    async fn converge(&self, shop: Shop) -> Vec<String> {
        let plan = self.planned(shop).await.plan;
        let changes = changes(&plan);
        let _ = self.apply(plan).await;
        let again = self.planned(shop).await;
        assert!(again.plan.is_empty(), "{:#?}", again.plan.changes);
        let calls: u64 = again.calls.values().map(flashinfra::providers::Calls::total).sum();
        assert!(calls <= 20, "an empty plan took {calls} calls: {:?}", again.calls);
        changes
    }
}

/// What a plan does, a line for each address: the action, and the attributes that differ.
fn changes(plan: &Plan) -> Vec<String> {
    let line = |change: &flashinfra::plans::Change| {
        let attributes: Vec<_> = change.attributes.iter().map(|attribute| attribute.path.to_string()).collect();
        let action = format!("{:?}", change.action).to_lowercase();
        match action.as_str() {
            "create" | "delete" => format!("{action} {}", change.address),
            _ => format!("{action} {}: {}", change.address, attributes.join(", ")),
        }
    };
    plan.changes.iter().map(line).collect()
}

/// Slow states, reads that lag behind writes, pages of five, things listed after they are gone: what moto never does.
#[tokio::test]
async fn a_stack_is_made_and_taken_down_where_things_take_their_time() {
    let proxy = Proxy::start(Moto::shared().endpoint(), ProxyOptions::lifelike(7)).unwrap();
    let desk = Desk::new(&proxy.url());
    let shop = Shop { name: "engine-slow", region: "ap-southeast-2", ..SHOP };
    let plan = desk.planned(shop).await.plan;
    let _ = desk.apply(plan).await;
    let again = desk.planned(shop).await.plan;
    assert!(again.is_empty(), "{:#?}", again.changes);
    let plan = desk.planned(Shop { class: "db.r5.xlarge", has_cache: false, ..shop }).await.plan;
    assert_eq!(changes(&plan), ["update aws.db_instance/main: instance_class", "delete aws.security_group/cache"]);
    let _ = desk.apply(plan).await;
    let allow_destroy = vec![Address::parse("aws.db_instance/main").unwrap()];
    let options = Options { allow_destroy, ..Options::default() };
    let _ = desk.apply(destroy(&desk.session, shop.name, "test", &options).await.unwrap().plan).await;
    let ec2 = aws_sdk_ec2::Client::new(&sdk(shop.region).await);
    assert_eq!(in_ec2(&ec2, shop.name).await, 0);
}

/// Replies that are lost after the act, failures that are none, and throttling, on one changing call in four.
#[tokio::test]
async fn nothing_is_doubled_or_lost_when_replies_are() {
    let faults = ProxyOptions::lifelike(11)
        .with(Rule::mutating(Fault::DropAfter).percent(10))
        .with(Rule::mutating(Fault::FailedAfter).percent(5))
        .with(Rule::mutating(Fault::throttled()).percent(10));
    let proxy = Proxy::start(Moto::shared().endpoint(), faults).unwrap();
    let desk = Desk::new(&proxy.url());
    let shop = Shop { name: "engine-faults", region: "ca-central-1", ..SHOP };
    let mut applies = 0;
    loop {
        let plan = desk.planned(shop).await.plan;
        if plan.is_empty() {
            break;
        }
        applies += 1;
        assert!(applies <= 3, "still not done: {:#?}", changes(&plan));
        let digest = file::digest(&file::write(&plan));
        let _ = apply(&desk.session, plan, digest, &ApplyOptions::default()).await.unwrap();
    }
    let ec2 = aws_sdk_ec2::Client::new(&sdk(shop.region).await);
    assert_eq!(in_ec2(&ec2, shop.name).await, 11);
    proxy.set_rules(Vec::new());
    let allow_destroy = vec![Address::parse("aws.db_instance/main").unwrap()];
    let options = Options { allow_destroy, ..Options::default() };
    let _ = desk.apply(destroy(&desk.session, shop.name, "test", &options).await.unwrap().plan).await;
    assert_eq!(in_ec2(&ec2, shop.name).await, 0);
}

/// The SDK, for what others do behind our back.
async fn sdk(region: &'static str) -> aws_config::SdkConfig {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let loader = aws_config::defaults(aws_config::BehaviorVersion::latest()).http_client(http);
    let loader = loader.credentials_provider(Credentials::new("testing", "testing", None, None, "tests"));
    loader.region(aws_config::Region::new(region)).endpoint_url(Moto::shared().endpoint()).load().await
}

#[tokio::test]
async fn a_stack_is_made_changed_repaired_and_taken_down() {
    let desk = Desk::new(Moto::shared().endpoint());
    let shop = Shop { name: "engine-life", ..SHOP };
    let made = desk.converge(shop).await;
    assert_eq!(made.len(), 17, "{made:#?}");
    assert!(made.iter().all(|change| change.starts_with("create ")), "{made:#?}");

    let resized = desk.converge(Shop { class: "db.r5.xlarge", ..shop }).await;
    assert_eq!(resized, ["update aws.db_instance/main: instance_class"]);

    let smaller = Shop { class: "db.r5.xlarge", has_cache: false, ..shop };
    assert_eq!(desk.converge(smaller).await, ["delete aws.security_group/cache"]);

    let group = group_id(shop.region, "database").await;
    let ec2 = aws_sdk_ec2::Client::new(&sdk(shop.region).await);
    let everywhere = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let open = IpPermission::builder().ip_protocol("tcp").from_port(22).to_port(22).ip_ranges(everywhere).build();
    ec2.authorize_security_group_ingress().group_id(group).ip_permissions(open).send().await.unwrap();
    let rds = aws_sdk_rds::Client::new(&sdk(shop.region).await);
    rds.modify_db_instance().db_instance_identifier(shop.name).backup_retention_period(1).send().await.unwrap();
    let repaired = desk.converge(smaller).await;
    assert_eq!(
        repaired,
        ["update aws.db_instance/main: backup_retention_period", "update aws.security_group/database: ingress[1]"]
    );

    assert_eq!(in_ec2(&ec2, shop.name).await, 10);
    let taken_down = destroy(&desk.session, shop.name, "test", &Options::default()).await.unwrap().plan;
    assert!(!taken_down.refusals.is_empty(), "a database is not deleted without its name");
    let allow_destroy = vec![Address::parse("aws.db_instance/main").unwrap()];
    let options = Options { allow_destroy, ..Options::default() };
    let taken_down = destroy(&desk.session, shop.name, "test", &options).await.unwrap().plan;
    let report = desk.apply(taken_down).await;
    assert_eq!(report.steps.len(), 16, "{:#?}", report.steps);
    assert_eq!(in_ec2(&ec2, shop.name).await, 0);
    // What a region has from the start is nobody's to delete.
    let ours_not = ec2.describe_vpcs().send().await.unwrap();
    assert!(ours_not.vpcs().iter().any(|vpc| vpc.is_default() == Some(true)));
    assert!(rds.describe_db_instances().db_instance_identifier(shop.name).send().await.is_err());
}

/// DescribeVpcs does not tell it: it takes a call of its own, which the last look before the update has to make as well.
#[tokio::test]
async fn what_takes_a_call_of_its_own_can_be_set_for_the_first_time() {
    let desk = Desk::new(Moto::shared().endpoint());
    let stack = |has_names: bool| {
        let mut stack = Stack::new("engine-first", "test");
        stack.provider("aws", aws::Provider::region("sa-east-1").endpoint(&desk.endpoint));
        let vpc = aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16"));
        stack.add("main", vpc.with(has_names.then_some(true), aws::VpcBuilder::enable_dns_hostnames));
        stack
    };
    let _ = desk.apply(desk.planned_of(stack(false)).await.plan).await;
    let plan = desk.planned_of(stack(true)).await.plan;
    assert_eq!(changes(&plan), ["update aws.vpc/main: enable_dns_hostnames"]);
    let _ = desk.apply(plan).await;
    assert!(desk.planned_of(stack(true)).await.plan.is_empty());
}

#[tokio::test]
async fn a_change_that_aws_cannot_make_in_place_replaces() {
    let desk = Desk::new(Moto::shared().endpoint());
    let shop = Shop { name: "engine-replace", region: "us-west-2", ..SHOP };
    desk.converge(shop).await;
    let replaced = desk.converge(Shop { path: "/other/", ..shop }).await;
    // The cluster is replaced too, since its role cannot be changed in place.
    assert_eq!(replaced, ["replace aws.eks_cluster/main: role_arn", "replace aws.iam_role/cluster: path"]);
}

#[tokio::test]
async fn the_same_stack_in_another_region_is_refused_before_anything_else_is_read() {
    let desk = Desk::new(Moto::shared().endpoint());
    let shop = Shop { name: "engine-place", region: "eu-central-1", ..SHOP };
    desk.converge(shop).await;
    let mut stack = Stack::new(shop.name, "test");
    Shop { region: "eu-west-1", ..shop }.define(&desk.endpoint, &mut stack);
    let compiled = load::compiled(stack.compile().map_err(drop).unwrap().as_bytes(), &desk.session.registry).unwrap();
    let refused = plan(&desk.session, &compiled, &Options::default(), Labels::default()).await.unwrap_err();
    assert_eq!(refused.exit(), Exit::Refused, "{refused}");
}

/// The id of the security group at an address of the stack whose VPC is the only one with tags in the region.
async fn group_id(region: &'static str, name: &str) -> String {
    let ec2 = aws_sdk_ec2::Client::new(&sdk(region).await);
    let mark = Filter::builder().name("tag:flashinfra").values(format!("*/1/aws.security_group/{name}")).build();
    let groups = ec2.describe_security_groups().filters(mark).send().await.unwrap();
    let [group] = groups.security_groups() else { panic!("{groups:?}") };
    group.group_id().unwrap().to_owned()
}

/// How many objects in EC2 carry the default tag of a stack.
async fn in_ec2(ec2: &aws_sdk_ec2::Client, name: &str) -> usize {
    let project = || Filter::builder().name("tag:Project").values(name).build();
    let vpcs = ec2.describe_vpcs().filters(project()).send().await.unwrap();
    let subnets = ec2.describe_subnets().filters(project()).send().await.unwrap();
    let groups = ec2.describe_security_groups().filters(project()).send().await.unwrap();
    let gateways = ec2.describe_internet_gateways().filters(project()).send().await.unwrap();
    let addresses = ec2.describe_addresses().filters(project()).send().await.unwrap();
    let tables = ec2.describe_route_tables().filters(project()).send().await.unwrap();
    let nats = ec2.describe_nat_gateways().send().await.unwrap();
    // The server takes no filter on the tags of NAT gateways, and keeps the deleted ones.
    let is_ours = |nat: &&NatGateway| {
        nat.state() == Some(&NatGatewayState::Available) && nat.tags().iter().any(|tag| tag.value() == Some(name))
    };
    vpcs.vpcs().len()
        + subnets.subnets().len()
        + groups.security_groups().len()
        + gateways.internet_gateways().len()
        + addresses.addresses().len()
        + tables.route_tables().len()
        + nats.nat_gateways().iter().filter(is_ours).count()
}

/// A database, its read replica, and where its data comes from.
fn databases(endpoint: &str, identifier: &str, from: Option<aws::DbRestoreBuilder>) -> Stack {
    let mut stack = Stack::new("engine-restore", "test");
    stack.provider("aws", aws::Provider::region("eu-west-3").endpoint(endpoint));
    let instance = |identifier: &str| {
        aws::DbInstance::builder()
            .identifier(identifier)
            .engine("postgres")
            .engine_version("15")
            .instance_class("db.r5.large")
            .allocated_storage(100)
            .username("shop")
            .skip_final_snapshot(true)
    };
    let main = instance(identifier).backup_retention_period(if from.is_some() { 14 } else { 7 });
    let main = main.lifecycle(Lifecycle::new().create_before_delete());
    let main = match from {
        Some(from) => stack.add("main", main.restore_from(from)),
        None => stack.add("main", main),
    };
    let reports = instance(&format!("{identifier}-reports")).replicate_source_db(main.arn());
    stack.add("reports", reports.lifecycle(Lifecycle::new().protect(false)));
    stack.output("database", main.address());
    stack
}

/// The new one is made first, under a name of its own, is what the old one was, and takes over the address.
#[tokio::test]
async fn a_database_is_restored_and_takes_over_with_all_that_is_declared() {
    let desk = Desk::new(Moto::shared().endpoint());
    let options =
        Options { allow_destroy: vec![Address::parse("aws.db_instance/main").unwrap()], ..Options::default() };
    let converge = async |stack: Stack| {
        let compiled = stack.compile().map_err(|problems| format!("{problems:?}")).unwrap();
        let compiled = load::compiled(compiled.as_bytes(), &desk.session.registry).unwrap();
        let plan = plan(&desk.session, &compiled, &options, Labels::default()).await.unwrap().plan;
        let changes = changes(&plan);
        let _ = desk.apply(plan).await;
        let again = flashinfra::plan::plan(&desk.session, &compiled, &options, Labels::default()).await.unwrap().plan;
        assert!(again.is_empty(), "{:#?}", again.changes);
        changes
    };
    let stack = |identifier, from| databases(&desk.endpoint, identifier, from);
    let made = converge(stack("engine-restore", None)).await;
    assert_eq!(made, ["create aws.db_instance/main", "create aws.db_instance/reports"]);
    let rds = aws_sdk_rds::Client::new(&sdk("eu-west-3").await);
    let snapshot = rds.create_db_snapshot().db_instance_identifier("engine-restore");
    snapshot.db_snapshot_identifier("engine-restore-before").send().await.unwrap();
    let replaced = [
        "replacecreatefirst aws.db_instance/main: backup_retention_period, identifier, restore_from",
        "replace aws.db_instance/reports: identifier, replicate_source_db",
    ];
    let from = aws::DbRestore::snapshot("engine-restore-before");
    assert_eq!(converge(stack("engine-restore-b", Some(from))).await, replaced);
    let described = rds.describe_db_instances().send().await.unwrap();
    let retention = |instance: &aws_sdk_rds::types::DbInstance| {
        (instance.db_instance_identifier().unwrap_or_default().to_owned(), instance.backup_retention_period())
    };
    let live: Vec<_> = described.db_instances().iter().map(retention).collect();
    assert!(live.contains(&("engine-restore-b".to_owned(), Some(14))), "{live:?}");
    assert!(live.iter().all(|(identifier, _)| identifier != "engine-restore"), "{live:?}");
    let replaced = ["replacecreatefirst aws.db_instance/main", "replace aws.db_instance/reports"];
    let from = aws::DbRestore::latest("engine-restore-b");
    let changes = converge(stack("engine-restore-c", Some(from))).await;
    assert_eq!(changes.iter().filter_map(|line| line.split(':').next()).collect::<Vec<_>>(), replaced);
    let _ = desk.apply(destroy(&desk.session, "engine-restore", "test", &options).await.unwrap().plan).await;
}

/// At night, without a change of the stack: the new one is made beside the old one, which stays until somebody allows its deletion.
#[tokio::test]
async fn a_restore_that_is_asked_for_changes_no_stack_and_deletes_nothing() {
    let desk = Desk::new(Moto::shared().endpoint());
    let address = Address::parse("aws.db_instance/main").unwrap();
    let mut stack = Stack::new("engine-night", "test");
    stack.provider("aws", aws::Provider::region("eu-west-2").endpoint(&desk.endpoint));
    let main = aws::DbInstance::builder().identifier("engine-night").engine("postgres").engine_version("15");
    let main = main.instance_class("db.r5.large").allocated_storage(100).username("shop").skip_final_snapshot(true);
    let main = stack.add("main", main.backup_retention_period(7));
    stack.output("database", main.identifier());
    let compiled = stack.compile().map_err(|problems| format!("{problems:?}")).unwrap();
    let compiled = load::compiled(compiled.as_bytes(), &desk.session.registry).unwrap();
    let planned =
        async |options: &Options| plan(&desk.session, &compiled, options, Labels::default()).await.unwrap().plan;
    let _ = desk.apply(planned(&Options::default()).await).await;
    let restore = vec![Restore { address: address.clone(), from: RestoreFrom::Latest }];
    let restored = planned(&Options { restore, ..Options::default() }).await;
    assert_eq!(changes(&restored), ["restore aws.db_instance/main: identifier, restore_from.source"]);
    assert_eq!(restored.outputs[0].after, Some("engine-night-r2".into()));
    let _ = desk.apply(restored).await;
    let after = planned(&Options::default()).await;
    assert!(after.is_empty(), "{:#?}", after.changes);
    assert_eq!(after.kept.iter().map(|kept| kept.object.as_str()).collect::<Vec<_>>(), ["engine-night"]);
    let rds = aws_sdk_rds::Client::new(&sdk("eu-west-2").await);
    let live = async || -> Vec<String> {
        let described = rds.describe_db_instances().send().await.unwrap();
        described.db_instances().iter().filter_map(|one| Some(one.db_instance_identifier()?.to_owned())).collect()
    };
    assert_eq!(live().await, ["engine-night", "engine-night-r2"]);
    let options = Options { allow_destroy: vec![address], ..Options::default() };
    let _ = desk.apply(planned(&options).await).await;
    assert_eq!(live().await, ["engine-night-r2"]);
    let _ = desk.apply(destroy(&desk.session, "engine-night", "test", &options).await.unwrap().plan).await;
}
