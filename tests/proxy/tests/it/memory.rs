//! Objects that come and go slowly.

use flashinfra_test_proxy::{Options, Origin, Pace, Proxy};
use flashinfra_test_support::Script;

use crate::client::{Reply, eks, form};
use crate::shop;

fn start(pace: Pace) -> (Script, Proxy) {
    let server = shop::start();
    let proxy = Proxy::start(server.endpoint(), Options { pace, ..Options::default() }).unwrap();
    (server, proxy)
}

fn ec2(proxy: &Proxy, body: &str) -> Reply {
    form(&proxy.url(), "ec2", body).unwrap()
}

fn rds(proxy: &Proxy, action: &str) -> Reply {
    form(&proxy.url(), "rds", &format!("Action={action}&DBInstanceIdentifier=main")).unwrap()
}

fn database(proxy: &Proxy) -> String {
    let reply = rds(proxy, "DescribeDBInstances");
    reply.tag("DBInstanceStatus").or(reply.tag("Code")).unwrap().to_owned()
}

fn databases(proxy: &Proxy) -> Vec<String> {
    let reply = form(&proxy.url(), "rds", "Action=DescribeDBInstances").unwrap();
    reply.tags("DBInstanceStatus").into_iter().map(str::to_owned).collect()
}

fn cluster(proxy: &Proxy, method: &str, path: &str) -> Reply {
    eks(&proxy.url(), method, path, r#"{"name":"shop"}"#).unwrap()
}

fn status(proxy: &Proxy) -> String {
    let reply = cluster(proxy, "GET", "/clusters/shop");
    reply.json()["cluster"]["status"].as_str().map_or_else(|| reply.status.to_string(), str::to_owned)
}

#[test]
fn a_new_object_is_held_back_for_some_reads() {
    let (_server, proxy) = start(Pace { creating: 2, ..Pace::default() });
    assert_eq!(ec2(&proxy, "Action=CreateVpc").tag("state"), Some("pending"));
    let states: Vec<_> = (0..3).map(|_| ec2(&proxy, "Action=DescribeVpcs").tag("state").unwrap().to_owned()).collect();
    assert_eq!(states, ["pending", "pending", "available"]);

    let created = rds(&proxy, "CreateDBInstance");
    assert_eq!((created.tag("DBInstanceStatus"), created.tag("Endpoint")), (Some("creating"), None));
    let early = rds(&proxy, "DescribeDBInstances");
    assert_eq!((early.tag("DBInstanceStatus"), early.tag("Endpoint")), (Some("creating"), None));
    assert_eq!([database(&proxy), database(&proxy)], ["creating", "available"]);
    assert!(rds(&proxy, "DescribeDBInstances").tag("Endpoint").is_some(), "what comes late has come");

    let created = cluster(&proxy, "POST", "/clusters").json();
    assert_eq!((created["cluster"]["status"].as_str(), created["cluster"].get("endpoint")), (Some("CREATING"), None));
    assert_eq!([status(&proxy), status(&proxy), status(&proxy)], ["CREATING", "CREATING", "ACTIVE"]);
}

#[test]
fn a_kind_may_have_a_pace_of_its_own() {
    let server = shop::start();
    let paces = [("rds:db_instance".to_owned(), Pace { creating: 1, ..Pace::default() })].into();
    let proxy = Proxy::start(server.endpoint(), Options { paces, ..Options::default() }).unwrap();
    ec2(&proxy, "Action=CreateVpc");
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs").tag("state"), Some("available"));
    rds(&proxy, "CreateDBInstance");
    assert_eq!([database(&proxy), database(&proxy)], ["creating", "available"]);
}

#[test]
fn a_change_takes_some_reads() {
    let (_server, proxy) = start(Pace { updating: 2, ..Pace::default() });
    rds(&proxy, "CreateDBInstance");
    assert_eq!(database(&proxy), "available");
    rds(&proxy, "ModifyDBInstance");
    assert_eq!([database(&proxy), database(&proxy), database(&proxy)], ["modifying", "modifying", "available"]);

    cluster(&proxy, "POST", "/clusters");
    assert_eq!(cluster(&proxy, "POST", "/clusters/shop/update-config").status, 200);
    let busy = cluster(&proxy, "POST", "/clusters/shop/update-config");
    assert_eq!(busy.status, 409, "EKS makes one change at a time");
    assert!(busy.head.contains("ResourceInUseException"), "{}", busy.head);
    assert_eq!([status(&proxy), status(&proxy), status(&proxy)], ["UPDATING", "UPDATING", "ACTIVE"]);
}

#[test]
fn a_new_object_is_hidden_from_some_reads() {
    let (_server, proxy) = start(Pace { hidden: 2, creating: 1, ..Pace::default() });
    ec2(&proxy, "Action=CreateVpc");
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs").tag("vpcId"), None);
    let by_id = ec2(&proxy, "Action=DescribeVpcs&VpcId.1=vpc-1");
    assert_eq!((by_id.status, by_id.tag("Code")), (400, Some("InvalidVpcID.NotFound")));
    assert_eq!(proxy.log()[2].origin, Origin::Memory);
    let seen = ec2(&proxy, "Action=DescribeVpcs&VpcId.1=vpc-1");
    assert_eq!(seen.tag("state"), Some("pending"), "it is in the making once it is seen");

    cluster(&proxy, "POST", "/clusters");
    assert_eq!(cluster(&proxy, "GET", "/clusters").json()["clusters"].as_array().unwrap().len(), 0);
    assert_eq!([status(&proxy), status(&proxy), status(&proxy)], ["404", "CREATING", "ACTIVE"]);
}

#[test]
fn each_object_counts_for_itself() {
    let (_server, proxy) = start(Pace { hidden: 1, ..Pace::default() });
    ec2(&proxy, "Action=CreateVpc");
    ec2(&proxy, "Action=DescribeVpcs");
    ec2(&proxy, "Action=CreateVpc");
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs").tags("vpcId"), ["vpc-1"]);
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs").tags("vpcId"), ["vpc-1", "vpc-2"]);
}

#[test]
fn what_is_being_deleted_is_shown_and_keeps_its_name() {
    let (_server, proxy) = start(Pace { deleting: 3, ..Pace::default() });
    rds(&proxy, "CreateDBInstance");
    assert_eq!(rds(&proxy, "DeleteDBInstance").tag("DBInstanceStatus"), Some("deleting"));
    let again = rds(&proxy, "CreateDBInstance");
    assert_eq!((again.status, again.tag("Code")), (400, Some("DBInstanceAlreadyExists")));
    assert_eq!(
        (database(&proxy), databases(&proxy), database(&proxy)),
        ("deleting".into(), vec!["deleting".into()], "deleting".into())
    );
    assert_eq!((database(&proxy), databases(&proxy)), ("DBInstanceNotFound".into(), Vec::new()));
    assert_eq!(rds(&proxy, "CreateDBInstance").status, 200);
    assert_eq!(database(&proxy), "available", "a new one of that name has a life of its own");

    cluster(&proxy, "POST", "/clusters");
    assert_eq!(cluster(&proxy, "DELETE", "/clusters/shop").json()["cluster"]["status"].as_str(), Some("DELETING"));
    assert_eq!(cluster(&proxy, "GET", "/clusters").json()["clusters"][0].as_str(), Some("shop"));
    assert_eq!(cluster(&proxy, "POST", "/clusters").status, 409);
    assert_eq!([status(&proxy), status(&proxy), status(&proxy)], ["DELETING", "DELETING", "404"]);
}

#[test]
fn the_deleted_is_listed_for_a_while_but_not_found_by_name() {
    let (_server, proxy) = start(Pace { listed: 2, ..Pace::default() });
    ec2(&proxy, "Action=CreateVpc");
    ec2(&proxy, "Action=DeleteVpc&VpcId=vpc-1");
    let by_filter = "Action=DescribeVpcs&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1";
    assert_eq!(ec2(&proxy, by_filter).tags("vpcId").len(), 0);
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs&VpcId.1=vpc-1").status, 400);
    let other = "Action=DescribeVpcs&Filter.1.Name=tag:Name&Filter.1.Value.1=x*";
    assert_eq!(ec2(&proxy, other).tags("vpcId").len(), 0, "it is not what was asked for");
    let list = "Action=DescribeVpcs&Filter.1.Name=tag:Name&Filter.1.Value.1=vpc-*";
    assert_eq!(ec2(&proxy, list).tags("state"), ["available"], "as it was");
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs").tags("vpcId"), ["vpc-1"]);
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs").tags("vpcId").len(), 0);
}

#[test]
fn a_refused_delete_leaves_the_object_as_it_is() {
    let (_server, proxy) = start(Pace { deleting: 2, ..Pace::default() });
    rds(&proxy, "CreateDBInstance");
    proxy.add_rule(flashinfra_test_proxy::Rule::on(
        "rds:DeleteDBInstance",
        flashinfra_test_proxy::Fault::refused(400, "InvalidDBInstanceState"),
    ));
    assert_eq!(rds(&proxy, "DeleteDBInstance").status, 400);
    assert_eq!(database(&proxy), "available");
}

#[test]
fn a_reset_forgets_objects() {
    let (_server, proxy) = start(Pace { hidden: 9, ..Pace::default() });
    ec2(&proxy, "Action=CreateVpc");
    assert_eq!(ec2(&proxy, "Action=DescribeVpcs").tags("vpcId").len(), 0);
    proxy.reset();
    assert_eq!((ec2(&proxy, "Action=DescribeVpcs").tags("vpcId").len(), proxy.log().len()), (1, 1));
}
