//! The smallest stack: one network.

use flashinfra::{Stack, aws, cidr};

fn smallest(stack: &mut Stack) {
    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")));
    stack.output("vpc_id", vpc.id());
}

flashinfra::main!("smallest", smallest);
