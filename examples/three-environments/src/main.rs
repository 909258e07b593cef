//! One stack in three environments. What differs is a typed struct; a misspelt key in `environments/*.toml` is refused with
//! the line it stands on.

use flashinfra::{Cidr, Lifecycle, Params, Stack, aws};

/// What differs between the environments.
#[derive(Params)]
struct Web {
    /// The AWS region.
    #[param(default = "eu-central-1")]
    region: String,
    /// The range of the network; environments do not overlap.
    cidr: Cidr,
    /// Zones by letter, one subnet each.
    #[param(default = ["a", "b"])]
    zones: Vec<String>,
    /// The database; none when it is left out.
    database: Option<Database>,
}

/// The size of the database.
#[derive(Params)]
struct Database {
    /// The instance class.
    #[param(default = "db.t4g.medium")]
    class: String,
    /// Gibibytes.
    #[param(default = 20, min = 20, max = 65536)]
    storage: i64,
    /// Whether its data has to survive a mistake.
    #[param(default = true)]
    protect: bool,
}

fn web(stack: &mut Stack, params: &Web) {
    stack.provider("aws", aws::Provider::region(&params.region).default_tags([("environment", stack.environment())]));
    let name = format!("web-{}", stack.environment());

    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(params.cidr));
    let mut subnets = Vec::new();
    for (letter, cidr) in params.zones.iter().zip(params.cidr.subnets(8)) {
        let zone = aws::AvailabilityZone::new(format!("{}{letter}", params.region));
        let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr).availability_zone(zone);
        subnets.push(stack.add(letter, subnet));
    }
    if let Some(database) = &params.database {
        stack.scope("data", |stack| self::database(stack, &name, database, &subnets));
    }
}

fn database(stack: &mut Stack, name: &str, params: &Database, subnets: &[aws::SubnetHandle]) {
    let group = aws::DbSubnetGroup::builder().name(name).subnet_ids(subnets.iter().map(aws::SubnetHandle::id));
    let group = stack.add("main", group);
    let instance = aws::DbInstance::builder()
        .identifier(name)
        .engine("postgres")
        .instance_class(&params.class)
        .allocated_storage(params.storage)
        .username("web")
        .db_subnet_group_name(group.name())
        .skip_final_snapshot(!params.protect)
        .lifecycle(Lifecycle::new().protect(params.protect));
    let instance = stack.add("main", instance);
    stack.output("address", instance.address());
}

flashinfra::main! {
    /// A network, and a database where one is asked for.
    "web" => web
}
