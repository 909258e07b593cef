//! A network in two zones with a database, held together by typed references: a `SubnetId` where a `VpcId` belongs, or a
//! subnet group without subnets, does not compile.

use flashinfra::{Stack, aws, cidr, output};

fn shop(stack: &mut Stack) {
    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")).enable_dns_hostnames(true));
    let private = stack.scope("private", |stack| subnets(stack, &vpc));

    let database = aws::SecurityGroup::builder()
        .vpc_id(vpc.id())
        .description("PostgreSQL from inside the network")
        .ingress([aws::Rule::tcp(5432).from_cidr(vpc.cidr_block())]);
    let database = stack.add("database", database);
    let group = aws::DbSubnetGroup::builder().name("shop").subnet_ids(private.iter().map(aws::SubnetHandle::id));
    let group = stack.add("database", group);
    let instance = aws::DbInstance::builder()
        .identifier("shop")
        .engine("postgres")
        .engine_version("16")
        .instance_class("db.t4g.medium")
        .allocated_storage(20)
        .storage_encrypted(true)
        .username("shop")
        .db_subnet_group_name(group.name())
        .vpc_security_group_ids([database.id()]);
    let instance = stack.add("main", instance);

    stack.output("database_url", output!("postgres://{}:5432/postgres", instance.address()));
    stack.output("database_secret_arn", instance.master_user_secret_arn()).doc("Where RDS keeps the password");
}

fn subnets(stack: &mut Stack, vpc: &aws::VpcHandle) -> Vec<aws::SubnetHandle> {
    let cidrs = cidr!("10.0.0.0/16").subnets(8);
    let zones = ["eu-central-1a", "eu-central-1b"].map(aws::AvailabilityZone::new);
    zones
        .iter()
        .zip(cidrs)
        .map(|(zone, cidr)| {
            let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr).availability_zone(zone);
            stack.add(zone.as_str(), subnet)
        })
        .collect()
}

flashinfra::main!("shop", shop);
