//! Our side of the graph: the same resources as Terraform's, and for the large scale some with more attributes.

use std::collections::BTreeMap;

use flashinfra::{Computed, Input, List, Output, Problem, Resource, Stack, id_type};

use crate::layers::{Layers, WIDTH};

/// The name of every measured stack.
pub(crate) const STACK: &str = "bench";

id_type! {
    /// The id of a [`Node`].
    pub(crate) NodeId;
    /// The id of a [`Server`].
    pub(crate) ServerId;
}

/// What `terraform_data` is: an input, and an id.
#[derive(Resource)]
#[resource(kind = "bench.node", create_once = Token)]
pub(crate) struct Node {
    /// The ids of the nodes that it depends on.
    pub(crate) input: Option<List<NodeId>>,
    /// The id.
    pub(crate) id: Computed<NodeId>,
}

/// Twelve attributes and tags, as a server has them.
#[derive(Resource)]
#[resource(kind = "bench.server", create_once = Token)]
pub(crate) struct Server {
    /// Its name.
    pub(crate) name: Input<String>,
    /// What it starts from.
    pub(crate) image: Input<String>,
    /// Its class.
    pub(crate) size: Input<String>,
    /// Where it is.
    #[attr(replace)]
    pub(crate) zone: Input<String>,
    /// What it is for.
    pub(crate) role: Input<String>,
    /// What people should know.
    pub(crate) comment: Input<String>,
    /// Whose it is.
    pub(crate) team: Input<String>,
    /// How many processors it has.
    pub(crate) processors: Input<i64>,
    /// Gibibytes.
    pub(crate) memory: Input<i64>,
    /// Gibibytes.
    pub(crate) disk: Input<i64>,
    /// Whether everybody can reach it.
    pub(crate) public: Input<bool>,
    /// The servers that it calls.
    pub(crate) upstreams: Option<List<ServerId>>,
    /// Tags.
    pub(crate) tags: Option<BTreeMap<String, Input<String>>>,
    /// The id.
    pub(crate) id: Computed<ServerId>,
}

/// The compiled stack of nodes that Terraform's configuration mirrors.
///
/// # Errors
/// What is wrong with the definition.
pub(crate) fn nodes(layers: Layers) -> Result<String, Vec<Problem>> {
    let mut stack = Stack::new(STACK, "default");
    let mut ids: Vec<Output<NodeId>> = Vec::with_capacity(layers.resources);
    for number in 0..layers.resources {
        let input = layers.dependencies(number).into_iter().map(|other| ids[other].clone());
        let node = stack.add(name(number), Node::builder().input(input));
        ids.push(node.id());
    }
    stack.compile()
}

/// The compiled stack of servers.
///
/// # Errors
/// What is wrong with the definition.
pub(crate) fn servers(layers: Layers) -> Result<String, Vec<Problem>> {
    let mut stack = Stack::new(STACK, "default");
    let mut ids: Vec<Output<ServerId>> = Vec::with_capacity(layers.resources);
    for number in 0..layers.resources {
        let upstreams = layers.dependencies(number).into_iter().map(|other| ids[other].clone());
        let (layer, place) = (number / WIDTH, number % WIDTH);
        let power = 1 << (number % 5);
        let server = Server::builder()
            .name(format!("server-{number}.example.com"))
            .image(format!("image-2026-{:02}", number % 12 + 1))
            .size(["small", "medium", "large"][number % 3])
            .zone(["eu-central-1a", "eu-central-1b", "eu-central-1c"][place % 3])
            .role(["web", "queue", "search", "cache"][place % 4])
            .comment(format!("number {place} of layer {layer}"))
            .team(format!("team-{}", number % 17))
            .processors(power)
            .memory(4 * power)
            .disk(20 + 10 * power)
            .public(number % 10 == 0)
            .upstreams(upstreams)
            .tags(BTreeMap::from([
                ("cost-center", format!("{}", 1000 + number % 40)),
                ("environment", "production".to_owned()),
                ("managed-by", "flashinfra".to_owned()),
                ("service", format!("service-{}", number % 50)),
                ("tier", format!("{}", place % 3)),
            ]));
        let server = stack.add(name(number), server);
        ids.push(server.id());
    }
    stack.compile()
}

/// The name of a resource.
pub(crate) fn name(number: usize) -> String {
    format!("n{number:06}")
}
