//! The VPC, with a public and a private subnet in each zone. Public subnets face the internet; each private one reaches it through
//! the NAT gateway of its zone.

use flashinfra::{Output, Stack, aws, cidr};

use crate::params::NetworkParams;

/// What the rest of the stack stands in.
pub(crate) struct Network {
    pub(crate) vpc: aws::VpcHandle,
    public: Vec<aws::SubnetHandle>,
    private: Vec<aws::SubnetHandle>,
}

impl Network {
    /// The subnets that face the internet, in the order of the zones.
    pub(crate) fn public_ids(&self) -> Vec<Output<aws::SubnetId>> {
        self.public.iter().map(aws::SubnetHandle::id).collect()
    }

    /// The subnets without addresses on the internet, in the order of the zones.
    pub(crate) fn private_ids(&self) -> Vec<Output<aws::SubnetId>> {
        self.private.iter().map(aws::SubnetHandle::id).collect()
    }

    /// All subnets, the private ones first.
    pub(crate) fn all_ids(&self) -> Vec<Output<aws::SubnetId>> {
        self.private.iter().chain(&self.public).map(aws::SubnetHandle::id).collect()
    }
}

pub(crate) fn network(stack: &mut Stack, name: &str, region: &str, params: &NetworkParams) -> Network {
    let vpc = aws::Vpc::builder()
        .cidr_block(params.cidr)
        .enable_dns_support(true)
        .enable_dns_hostnames(true)
        .tags([("Name", name)]);
    let vpc = stack.add("main", vpc);

    let internet = aws::InternetGateway::builder().vpc_id(vpc.id()).tags([("Name", name)]);
    let internet = stack.add("main", internet);
    let out = aws::Route::to_cidr(cidr!("0.0.0.0/0")).via_internet_gateway(internet.id());
    let table = |role: &str| aws::RouteTable::builder().vpc_id(vpc.id()).tags([("Name", format!("{name}-{role}"))]);
    let public_table = stack.add("public", table("public").routes([out]));

    let (mut public, mut private, mut private_tables) = (Vec::new(), Vec::new(), Vec::new());
    let cidrs = params.public_cidrs.iter().zip(&params.private_cidrs);
    for (zone, (public_cidr, private_cidr)) in params.zones.iter().zip(cidrs) {
        // `us-east-1a` is zone a in the names of what stands in it.
        let letter = zone.as_str().rsplit(|letter: char| letter.is_ascii_digit()).next().unwrap_or_default();
        let subnet = |cidr| aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr).availability_zone(zone);
        // The tags tell Kubernetes where to put load balancers, facing the internet and facing the VPC.
        let in_public = subnet(public_cidr)
            .map_public_ip_on_launch(true)
            .tags([("Name", format!("{name}-public-{letter}")), ("kubernetes.io/role/elb", "1".to_owned())]);
        let in_public = stack.add(format!("public-{letter}"), in_public);
        let in_private = subnet(private_cidr)
            .tags([("Name", format!("{name}-private-{letter}")), ("kubernetes.io/role/internal-elb", "1".to_owned())]);
        let in_private = stack.add(format!("private-{letter}"), in_private);

        let tags = || [("Name", format!("{name}-nat-{letter}"))];
        let address = stack.add(format!("nat-{letter}"), aws::Eip::builder().tags(tags()));
        let nat = aws::NatGateway::builder().subnet_id(in_public.id()).allocation_id(address.id()).tags(tags());
        // A public gateway is of no use before the VPC has its door.
        let nat = stack.add(letter, nat.depends_on(&internet));
        let out = aws::Route::to_cidr(cidr!("0.0.0.0/0")).via_nat_gateway(nat.id());
        let private_table = stack.add(format!("private-{letter}"), table(&format!("private-{letter}")).routes([out]));

        for (role, subnet, table) in [("public", &in_public, &public_table), ("private", &in_private, &private_table)] {
            let association = aws::RouteTableAssociation::builder().subnet_id(subnet.id()).route_table_id(table.id());
            stack.add(format!("{role}-{letter}"), association);
        }
        public.push(in_public);
        private.push(in_private);
        private_tables.push(private_table.id());
    }

    // Images and backups go to S3 by this way, past the NAT gateways and what they cost.
    let storage = aws::VpcEndpoint::builder()
        .vpc_id(vpc.id())
        .service_name(format!("com.amazonaws.{region}.s3"))
        .vpc_endpoint_type("Gateway")
        .route_table_ids(private_tables)
        .tags([("Name", format!("{name}-s3"))]);
    stack.add("s3", storage);

    Network { vpc, public, private }
}
