//! Typed definitions of AWS resources, one file per kind. Pure: no SDK and no call.
//!
//! ```
//! # extern crate flashinfra_stacks as flashinfra;
//! # use flashinfra_stacks_aws as aws;
//! # fn main() -> Result<(), Vec<flashinfra::Problem>> {
//! use flashinfra::{Stack, cidr};
//!
//! let mut stack = Stack::new("shop", "production");
//! stack.provider("aws", aws::Provider::region("eu-central-1").account("123456789012"));
//! let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")).enable_dns_hostnames(true));
//! let database = aws::SecurityGroup::builder()
//!     .vpc_id(vpc.id())
//!     .description("PostgreSQL from inside")
//!     .ingress([aws::Rule::tcp(5432).from_cidr(cidr!("10.0.0.0/16"))]);
//! stack.add("database", database);
//! # stack.compile().map(|_| ())
//! # }
//! ```
//!
//! The adapter of a kind is the file of the same name in `providers/aws`.

extern crate flashinfra_stacks as flashinfra;

mod db_instance;
mod db_subnet_group;
mod eks_cluster;
mod iam_role;
mod ids;
mod provider;
mod security_group;
mod subnet;
mod vpc;

use flashinfra::{Resource, Schema};

pub use db_instance::{DbInstance, DbInstanceBuilder, DbInstanceHandle};
pub use db_subnet_group::{DbSubnetGroup, DbSubnetGroupBuilder, DbSubnetGroupHandle};
pub use eks_cluster::{
    EksAccess, EksAccessBuilder, EksCluster, EksClusterBuilder, EksClusterHandle, EksNetwork, EksNetworkBuilder,
    EksVpc, EksVpcBuilder,
};
pub use iam_role::{IamRole, IamRoleBuilder, IamRoleHandle, trust_service};
pub use ids::{
    AvailabilityZone, DbInstanceArn, DbSubnetGroupArn, EksClusterArn, KmsKeyArn, OidcIssuerUrl, PolicyArn,
    PrefixListId, RoleArn, SecretArn, SecurityGroupId, SubnetArn, SubnetId, VpcId,
};
pub use provider::{Provider, ProviderBuilder};
pub use security_group::{PortRule, Rule, RuleBuilder, SecurityGroup, SecurityGroupBuilder, SecurityGroupHandle};
pub use subnet::{Subnet, SubnetBuilder, SubnetHandle};
pub use vpc::{Vpc, VpcBuilder, VpcHandle};

/// The schemas of all kinds, sorted by kind.
pub const SCHEMAS: [&Schema; 7] = [
    DbInstance::SCHEMA,
    DbSubnetGroup::SCHEMA,
    EksCluster::SCHEMA,
    IamRole::SCHEMA,
    SecurityGroup::SCHEMA,
    Subnet::SCHEMA,
    Vpc::SCHEMA,
];
