// A few kinds for the cases in this directory.

use std::collections::BTreeMap;

use flashinfra::{Block, Cidr, Computed, Input, List, Lookup, Resource, Secret, id_type};

id_type! {
    pub VpcId;
    pub SubnetId;
}

#[derive(Resource)]
#[resource(kind = "aws.vpc")]
pub struct Vpc {
    pub cidr_block: Input<Cidr>,
    pub enable_dns_hostnames: Option<Input<bool>>,
    pub tags: Option<BTreeMap<String, Input<String>>>,
    pub id: Computed<VpcId>,
    pub is_default: Computed<bool>,
}

#[derive(Resource)]
#[resource(kind = "aws.subnet")]
pub struct Subnet {
    pub vpc_id: Input<VpcId>,
    pub cidr_block: Input<Cidr>,
    pub availability_zone: Option<Input<String>>,
    pub id: Computed<SubnetId>,
}

#[derive(Block)]
pub struct Ingress {
    pub from_port: Input<i64>,
    pub to_port: Input<i64>,
    pub description: Option<Input<String>>,
}

#[derive(Block)]
pub struct Egress {
    pub to_port: Input<i64>,
}

#[derive(Resource)]
#[resource(kind = "aws.db_instance", identity = Named("identifier"), stateful)]
pub struct DbInstance {
    pub identifier: Input<String>,
    pub allocated_storage: Input<i64>,
    pub subnet_ids: List<SubnetId>,
    pub password: Secret<String>,
    pub description: Option<Input<String>>,
    pub ingress: Option<Vec<Ingress>>,
    pub address: Computed<String>,
}

#[derive(Lookup)]
#[lookup(kind = "aws.newest_image")]
pub struct NewestImage {
    pub name: Input<String>,
    pub id: Computed<String>,
}
