//! From the cloud to the pod in one plan: a network, a cluster with its nodes, a bucket, and a web service inside of the cluster that is
//! told the bucket's name. The provider of what is inside is configured by the cluster itself: its first apply makes the cluster, proves
//! where it leads, and goes on in there.

use flashinfra::{Stack, aws, cidr, kubernetes};
use kubernetes::token;
use serde_json::json;

/// The namespace of all that is in the cluster.
const NAMESPACE: &str = "shop";

fn shop(stack: &mut Stack) {
    let subnets = stack.scope("network", network);
    let cluster = cluster(stack, &subnets);
    let nodes = nodes(stack, &cluster, &subnets);
    let uploads = stack.add("uploads", aws::S3Bucket::builder().name("shop-example-uploads"));

    stack.provider("kubernetes", kubernetes::Provider::of(&cluster));
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
    // All that is in it comes after it, and so once there is a node to run on.
    stack.add("shop", kubernetes::object(namespace).depends_on(&nodes));
    let web = kubernetes::WebService::named("web", NAMESPACE, "ghcr.io/shop/web:1.4.2", 8080)
        .requests("250m", "256Mi")
        .ready_at("/ready")
        .env("UPLOADS_BUCKET", token(uploads.name()));
    web.add_to(stack, "web");

    stack.output("endpoint", cluster.endpoint()).doc("Where the API of the cluster is reached");
}

fn network(stack: &mut Stack) -> Vec<aws::SubnetHandle> {
    let range = cidr!("10.0.0.0/16");
    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(range).enable_dns_hostnames(true));
    let zones = ["eu-central-1a", "eu-central-1b"].map(aws::AvailabilityZone::new);
    zones
        .iter()
        .zip(range.subnets(8))
        .map(|(zone, cidr)| {
            let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr).availability_zone(zone);
            stack.add(zone.as_str(), subnet)
        })
        .collect()
}

fn cluster(stack: &mut Stack, subnets: &[aws::SubnetHandle]) -> aws::EksClusterHandle {
    let role = role(stack, "cluster", "eks.amazonaws.com", &["AmazonEKSClusterPolicy"]);
    let vpc = aws::EksVpc::builder().subnet_ids(subnets.iter().map(aws::SubnetHandle::id));
    let cluster = aws::EksCluster::builder().name("shop").role_arn(role.arn()).version("1.33").vpc_config(vpc);
    stack.add("main", cluster)
}

fn nodes(stack: &mut Stack, cluster: &aws::EksClusterHandle, subnets: &[aws::SubnetHandle]) -> aws::EksNodeGroupHandle {
    let policies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryReadOnly", "AmazonEKS_CNI_Policy"];
    let role = role(stack, "nodes", "ec2.amazonaws.com", &policies);
    let nodes = aws::EksNodeGroup::builder()
        .cluster_name(cluster.name())
        .name("main")
        .node_role(role.arn())
        .subnets(subnets.iter().map(aws::SubnetHandle::id))
        .scaling_config(aws::EksScaling::builder().min_size(2).max_size(4).desired_size(2));
    stack.add("main", nodes)
}

/// A role for a service of AWS, with policies of AWS.
fn role(stack: &mut Stack, name: &str, service: &str, policies: &[&str]) -> aws::IamRoleHandle {
    let role = aws::IamRole::builder()
        .name(format!("shop-{name}"))
        .assume_role_policy(aws::trust_service(service))
        .managed_policy_arns(policies.iter().map(|policy| aws::PolicyArn::aws_managed(policy)));
    stack.add(name, role)
}

flashinfra::main!("cluster", shop);
