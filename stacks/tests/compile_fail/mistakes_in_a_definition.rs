extern crate flashinfra_stacks as flashinfra;

use flashinfra::{Block, Computed, Input, Resource, Secret};

#[derive(Resource)]
struct Kindless {
    name: Input<String>,
}

#[derive(Resource)]
#[resource(kind = "Subnet")]
struct BadKind {
    name: Input<String>,
}

#[derive(Resource)]
#[resource(kind = "test.a", carrier = Tag)]
struct BadCarrier {
    name: Input<String>,
}

#[derive(Resource)]
#[resource(kind = "test.a", identity = Named("nmae"))]
struct BadIdentity {
    name: Input<String>,
}

#[derive(Resource)]
#[resource(kind = "test.a", timeout(create = 60))]
struct UnknownArgument {
    name: Input<String>,
}

#[derive(Resource)]
#[resource(kind = "test.a")]
struct PlainSecret {
    #[attr(secret)]
    password: Input<String>,
}

#[derive(Resource)]
#[resource(kind = "test.a")]
struct BareValue {
    name: String,
}

struct Hours;

#[derive(Resource)]
#[resource(kind = "test.a")]
struct NotAValue {
    name: Input<Hours>,
}

#[derive(Resource)]
#[resource(kind = "test.a")]
struct Collision {
    lifecycle: Option<Input<String>>,
}

#[derive(Resource)]
#[resource(kind = "test.a")]
struct ComputedArguments {
    #[attr(replace)]
    id: Computed<String>,
}

#[derive(Resource)]
#[resource(kind = "test.a")]
struct BareReset {
    #[attr(unset = Reset("gp3"))]
    volume: Option<Input<String>>,
}

#[derive(Block)]
struct Tuple(Input<String>, Secret<String>);

fn main() {}
