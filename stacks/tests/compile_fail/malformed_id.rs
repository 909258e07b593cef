extern crate flashinfra_stacks as flashinfra;

use flashinfra::{id, id_type};

id_type! {
    pub RoleArn = "arn:*:iam::*:role/";
}

fn main() {
    let _ = id!(RoleArn, "arn:aws:iam::123456789012:user/x");
}
