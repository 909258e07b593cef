//! A cluster and what runs in it, in one plan: on moto, whose clusters are API servers here. `tests/support/src/eks.py` says what of
//! them is genuine: tokens of EKS are looked at as a cluster does, and who makes a good one may do everything.

mod flashmm;
mod sweep;

use std::path::PathBuf;
use std::process::Command;

use flashinfra_stacks::{Lifecycle, Stack, cidr};
use flashinfra_stacks_aws::{self as aws, trust_service};
use flashinfra_stacks_kubernetes::{self as kubernetes, Variables as _, Volume as _, object, token};
use flashinfra_test_proxy::{Options, Proxy};
use flashinfra_test_support::{Eks, client};
use serde_json::{Value, json};

use crate::compiled::Compiled;
use crate::controllers::{Care, Kubectl, while_all_is_well};
use crate::shell::{Run, Shell};

const CARE: Care = Care { kinds: "deployments,persistentvolumeclaims,namespaces", prefix: "shop" };

/// What the stack has on AWS: a network with two subnets, a role, and the cluster.
const OUTSIDE: [&str; 5] =
    ["aws.eks_cluster/main", "aws.iam_role/cluster", "aws.subnet/a", "aws.subnet/b", "aws.vpc/main"];
/// What it has in the cluster.
const INSIDE: [&str; 7] = [
    "kubernetes.config_map/web",
    "kubernetes.custom_resource_definition/widgets",
    "kubernetes.deployment/web",
    "kubernetes.namespace/shop",
    "kubernetes.persistent_volume_claim/data",
    "kubernetes.service/web",
    "kubernetes.widget.one-plan.flashinfra.example/a",
];
/// What has to be allowed before it goes: what holds data.
const ALLOWED: [&str; 2] =
    ["--allow-destroy=kubernetes.namespace/shop", "--allow-destroy=kubernetes.persistent_volume_claim/data"];

/// What a test changes about the stack.
#[derive(Clone, Copy)]
struct Shop {
    environment: &'static str,
    cluster: &'static str,
    services: &'static str,
    image: &'static str,
}

const SHOP: Shop = Shop { environment: "production", cluster: "shop", services: "172.20.0.0/16", image: "web:1" };

impl Shop {
    fn compiled(self) -> Compiled {
        let mut stack = Stack::new("shop", self.environment);
        stack.provider("aws", aws::Provider::region("us-east-1"));
        let cluster = self.cluster(&mut stack);
        stack.provider("kubernetes", kubernetes::Provider::of(&cluster));
        self.inside(&mut stack, &cluster);
        stack.output("server", cluster.endpoint());
        Compiled::declared(stack)
    }

    fn cluster(self, stack: &mut Stack) -> aws::EksClusterHandle {
        let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
        let mut subnet = |zone: &str, range| {
            let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(range);
            stack.add(zone, subnet.availability_zone(aws::AvailabilityZone::new(format!("us-east-1{zone}"))))
        };
        let subnets = [subnet("a", cidr!("10.0.0.0/24")), subnet("b", cidr!("10.0.1.0/24"))];
        let role = aws::IamRole::builder()
            .name(format!("shop-{}", self.environment))
            .assume_role_policy(trust_service("eks.amazonaws.com"))
            .managed_policy_arns([aws::PolicyArn::aws_managed("AmazonEKSClusterPolicy")]);
        let role = stack.add("cluster", role);
        let services =
            aws::EksNetwork::builder().service_ipv4_cidr(self.services.parse::<flashinfra_stacks::Cidr>().unwrap());
        let cluster = aws::EksCluster::builder()
            .name(self.cluster)
            .role_arn(role.arn())
            .version("1.34")
            .vpc_config(aws::EksVpc::builder().subnet_ids(subnets.each_ref().map(aws::SubnetHandle::id)))
            .kubernetes_network_config(services);
        stack.add("main", cluster)
    }

    fn inside(self, stack: &mut Stack, cluster: &aws::EksClusterHandle) {
        let metadata = |name: &str| json!({ "name": name, "namespace": "shop" });
        stack.add("shop", object(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } })));
        // The ARN is known once there is a cluster.
        let data = json!({ "CLUSTER": token(cluster.arn()) });
        let config = json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("web"), "data": data });
        let config = stack.add("web", kubernetes::config_map(config));
        let claim = json!({ "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } });
        let claim =
            json!({ "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata("data"), "spec": claim });
        let claim = stack.add("data", kubernetes::persistent_volume_claim(claim));
        let container = json!({ "name": "web", "image": self.image, "envFrom": [config.env_from()] });
        let pod = json!({ "containers": [container], "volumes": [claim.volume("data")] });
        let template = json!({ "metadata": { "labels": { "app": "web" } }, "spec": pod });
        let web = json!({ "replicas": 2, "selector": { "matchLabels": { "app": "web" } }, "template": template });
        stack.add(
            "web",
            object(json!({ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata("web"), "spec": web })),
        );
        let service = json!({ "selector": { "app": "web" }, "ports": [{ "port": 80 }] });
        stack.add(
            "web",
            object(json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata("web"), "spec": service })),
        );

        let group = "one-plan.flashinfra.example";
        let schema = json!({ "type": "object", "properties": { "spec": { "type": "object", "properties": { "size": { "type": "integer" } } } } });
        let version = json!({ "name": "v1", "served": true, "storage": true, "schema": { "openAPIV3Schema": schema } });
        let names = json!({ "plural": "widgets", "singular": "widget", "kind": "Widget" });
        let definition = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": { "name": format!("widgets.{group}") },
            "spec": { "group": group, "scope": "Namespaced", "names": names, "versions": [version] },
        });
        stack.add("widgets", object(definition).lifecycle(Lifecycle::new().protect(false)));
        let widget = json!({ "apiVersion": format!("{group}/v1"), "kind": "Widget", "metadata": metadata("a"), "spec": { "size": 1 } });
        stack.add("a", object(widget));
    }
}

/// An account whose clusters answer, and a shell before it.
struct Cloud<'a> {
    eks: &'a Eks,
    /// On the way to AWS.
    proxy: Proxy,
    shell: Shell,
    kubectl: PathBuf,
}

impl<'a> Cloud<'a> {
    fn new(eks: &'a Eks, kubectl: PathBuf) -> Self {
        let proxy = Proxy::start(eks.moto().endpoint(), Options::default()).unwrap();
        let mut shell = Shell::new();
        for (name, value) in proxy.environment() {
            shell.set(name, &value);
        }
        Self { eks, proxy, shell, kubectl }
    }

    fn declare(&self, shop: Shop) {
        self.write(&shop.compiled());
    }

    fn write(&self, stack: &Compiled) {
        self.shell.write("stack.json", &stack.text());
    }

    fn run(&self, arguments: &[&str]) -> Run {
        self.shell.run(&[arguments, &["--compiled=stack.json", "--ledger=ledger"]].concat())
    }

    /// What leads to the clusters that there are, past EKS.
    fn servers(&self) -> Vec<Kubectl> {
        self.eks.kubeconfigs().into_iter().map(|kubeconfig| self.server(kubeconfig)).collect()
    }

    fn server(&self, kubeconfig: PathBuf) -> Kubectl {
        Kubectl { program: self.kubectl.clone(), kubeconfig, home: self.shell.path().to_owned() }
    }

    /// What a command says while all is well in all clusters.
    fn run_with_controllers(&self, arguments: &[&str]) -> Run {
        while_all_is_well(|| self.servers(), CARE, || self.run(arguments))
    }

    #[track_caller]
    fn is_as_declared(&self) {
        let run = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(run.code, 0, "{run}");
    }

    /// The values of the configuration in a cluster.
    fn data(&self, cluster: &str) -> Value {
        let server = self.server(self.eks.kubeconfig(cluster));
        let live = server.run(&["-n", "shop", "get", "configmap", "web", "-o", "json"]).unwrap();
        serde_json::from_str::<Value>(&live).unwrap()["data"].clone()
    }
}

/// The text of a plan without its line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_cluster_and_what_is_in_it_are_made_replaced_and_destroyed_by_a_plan_each() {
    const TEST: &str = "one_plan::a_cluster_and_what_is_in_it";
    // The first who ask a new cluster are not let in.
    let Some(eks) = Eks::start(TEST, 2, None) else { return };
    let Some(kubectl) = client("kubectl", TEST) else { return };
    let cloud = Cloud::new(&eks, kubectl);
    cloud.declare(SHOP);

    let planned = words(&cloud.run(&["plan", "--out=first.plan"]).succeeds());
    let expected = "kubernetes, with 7 objects: opened once aws.eks_cluster/main is made. What has one of their names there stops that step.";
    for expected in ["Not there yet", expected, "12 to create"] {
        assert!(planned.contains(expected), "no `{expected}` in {planned}");
    }
    for address in OUTSIDE.iter().chain(&INSIDE) {
        assert!(planned.contains(&format!("create {address}")), "no {address} in {planned}");
    }
    let applied =
        while_all_is_well(|| cloud.servers(), CARE, || cloud.shell.run(&["apply", "first.plan", "--ledger=ledger"]));
    assert!(applied.succeeds().contains("12 created"));
    cloud.is_as_declared();
    assert_eq!(cloud.data("shop"), json!({ "CLUSTER": "arn:aws:eks:us-east-1:123456789012:cluster/shop" }));

    people_get_in_by_the_same_way(&cloud);
    what_changed_inside_is_drift(&cloud);
    the_cluster_is_replaced(&cloud);
    all_of_it_goes(&cloud);
}

/// kubectl enters with the tokens that `flashinfra kubeconfig` leads to, and with none for another cluster.
fn people_get_in_by_the_same_way(cloud: &Cloud<'_>) {
    let _ = cloud.run(&["kubeconfig", "--kubeconfig=config"]).succeeds();
    let asked = |arguments: &[&str]| {
        let mut kubectl = Command::new(&cloud.kubectl);
        kubectl.args(["--kubeconfig=config", "-n", "shop", "get", "configmap", "web", "-o", "name"]).args(arguments);
        kubectl.current_dir(cloud.shell.path()).env("HOME", cloud.shell.path()).envs(cloud.proxy.environment());
        let output = kubectl.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    assert_eq!(asked(&[]), "configmap/web\n");
    let other = cloud.shell.run(&["kubeconfig", "token", "--cluster=other", "--region=us-east-1"]).succeeds();
    let other: Value = serde_json::from_str(&other).unwrap();
    let refused = asked(&[&format!("--token={}", other["status"]["token"].as_str().unwrap())]);
    assert!(refused.contains("Unauthorized") || refused.contains("must be logged in"), "{refused}");
}

fn what_changed_inside_is_drift(cloud: &Cloud<'_>) {
    let server = cloud.server(cloud.eks.kubeconfig("shop"));
    server
        .run(&["-n", "shop", "patch", "configmap", "web", "--type=merge", "-p", r#"{"data":{"CLUSTER":"x"}}"#])
        .unwrap();
    let run = cloud.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 2, "{run}");
    assert!(run.stdout.contains("data.CLUSTER") && run.stdout.contains("1 to update · 11 unchanged"), "{run}");
    cloud.declare(Shop { image: "web:2", ..SHOP });
    assert!(cloud.run_with_controllers(&["apply", "--auto-approve"]).succeeds().contains("2 updated"));
    cloud.is_as_declared();
}

fn the_cluster_is_replaced(cloud: &Cloud<'_>) {
    cloud.declare(Shop { cluster: "shop-2", image: "web:2", ..SHOP });
    let refused = cloud.run(&["plan"]);
    assert_eq!(refused.code, 3, "{refused}");
    let planned = words(&refused.stdout);
    for expected in [
        "8 to replace",
        "Not there yet",
        "destroys shop/data with its data: aws.eks_cluster/main is replaced, and this cannot outlive it",
        "destroys shop/web: aws.eks_cluster/main is replaced, and this cannot outlive it",
        "Refused: 2 protected resources would be replaced.",
    ] {
        assert!(planned.contains(expected), "no `{expected}` in {refused}");
    }
    let applied = cloud.run_with_controllers(&[&["apply", "--auto-approve"], &ALLOWED[..]].concat()).succeeds();
    assert!(applied.contains("8 replaced"), "{applied}");
    assert!(!cloud.eks.kubeconfig("shop").exists(), "the old cluster is gone");
    assert_eq!(cloud.data("shop-2"), json!({ "CLUSTER": "arn:aws:eks:us-east-1:123456789012:cluster/shop-2" }));
    cloud.is_as_declared();
}

fn all_of_it_goes(cloud: &Cloud<'_>) {
    let destroyed = cloud.run_with_controllers(&[&["destroy", "--auto-approve"], &ALLOWED[..]].concat()).succeeds();
    assert!(destroyed.contains("12 deleted"), "{destroyed}");
    assert!(cloud.eks.kubeconfigs().is_empty());
    assert_eq!(cloud.run(&["ledger", "ls"]).succeeds(), "");
}
