//! Routes: what makes one route, and how one set of them becomes another.

use aws_sdk_ec2::types::{Route as LiveRoute, RouteOrigin};
use flashinfra_plans::Map;

use crate::fields::{Fields, blocks, text};

/// One route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) destination: Destination,
    pub(super) target: Target,
}

/// Where traffic goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Cidr(String),
    PrefixList(String),
}

/// What takes it there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) way: Way,
    pub(super) id: String,
}

/// The kinds of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    InternetGateway,
    NatGateway,
    EgressOnlyGateway,
    VpnGateway,
    TransitGateway,
    PeeringConnection,
    NetworkInterface,
    VpcEndpoint,
}

/// What takes a table from one set of routes to another.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct RouteChange {
    /// Routes to destinations that are new.
    pub(super) create: Vec<Route>,
    /// Routes that get another target.
    pub(super) replace: Vec<Route>,
    /// Destinations that go.
    pub(super) delete: Vec<Destination>,
}

impl RouteChange {
    /// What is left to do of a change from `before` to `after`, both as planned. A live route that is in neither is no part of
    /// what was reviewed, and stays.
    pub(super) fn planned(live: &[Route], before: &[Route], after: &[Route]) -> Self {
        fn to<'a>(routes: &'a [Route], destination: &Destination) -> Option<&'a Route> {
            routes.iter().find(|route| route.destination == *destination)
        }
        let mut change = Self::default();
        for route in after {
            match to(live, &route.destination) {
                None => change.create.push(route.clone()),
                Some(live) if live.target != route.target => change.replace.push(route.clone()),
                Some(_) => {}
            }
        }
        let goes = |route: &&Route| to(before, &route.destination).is_some() && to(after, &route.destination).is_none();
        change.delete = live.iter().filter(goes).map(|route| route.destination.clone()).collect();
        change
    }
}

impl Way {
    const ALL: [Self; 8] = [
        Self::InternetGateway,
        Self::NatGateway,
        Self::EgressOnlyGateway,
        Self::VpnGateway,
        Self::TransitGateway,
        Self::PeeringConnection,
        Self::NetworkInterface,
        Self::VpcEndpoint,
    ];

    /// The attribute with the id of such a target.
    fn attribute(self) -> &'static str {
        match self {
            Self::InternetGateway => "internet_gateway",
            Self::NatGateway => "nat_gateway",
            Self::EgressOnlyGateway => "egress_only_gateway",
            Self::VpnGateway => "vpn_gateway",
            Self::TransitGateway => "transit_gateway",
            Self::PeeringConnection => "peering_connection",
            Self::NetworkInterface => "network_interface",
            Self::VpcEndpoint => "vpc_endpoint",
        }
    }
}

impl Route {
    /// The routes in a map of attributes.
    pub(super) fn declared(attributes: &Map) -> Vec<Self> {
        blocks(attributes, "routes").unwrap_or_default().into_iter().filter_map(Self::from_block).collect()
    }

    fn from_block(block: &Map) -> Option<Self> {
        let owned = |name| text(block, name).map(str::to_owned);
        let destination =
            owned("cidr").map(Destination::Cidr).or_else(|| owned("prefix_list").map(Destination::PrefixList))?;
        let target = Way::ALL.into_iter().find_map(|way| Some(Target { way, id: owned(way.attribute())? }))?;
        Some(Self { destination, target })
    }

    /// A live route that somebody made; none for those of AWS: inside of the VPC, propagated, of a gateway endpoint.
    pub(super) fn live(route: &LiveRoute) -> Option<Self> {
        if route.origin() != Some(&RouteOrigin::CreateRoute) {
            return None;
        }
        let cidr = route.destination_cidr_block().or(route.destination_ipv6_cidr_block());
        let destination = match (cidr, route.destination_prefix_list_id()) {
            (Some(cidr), _) => Destination::Cidr(cidr.to_owned()),
            (None, Some(list)) => Destination::PrefixList(list.to_owned()),
            (None, None) => return None,
        };
        let gateway = |prefix: &str| route.gateway_id().filter(|id| id.starts_with(prefix));
        if matches!(destination, Destination::PrefixList(_)) && gateway("vpce-").is_some() {
            // The routes that a gateway endpoint puts there come and go with it.
            return None;
        }
        let id = |way: Way| match way {
            Way::InternetGateway => gateway("igw-"),
            Way::VpnGateway => gateway("vgw-"),
            Way::VpcEndpoint => gateway("vpce-"),
            Way::NatGateway => route.nat_gateway_id(),
            Way::EgressOnlyGateway => route.egress_only_internet_gateway_id(),
            Way::TransitGateway => route.transit_gateway_id(),
            Way::PeeringConnection => route.vpc_peering_connection_id(),
            Way::NetworkInterface => route.network_interface_id(),
        };
        let target = Way::ALL.into_iter().find_map(|way| Some(Target { way, id: id(way)?.to_owned() }));
        // A target of another kind is shown as a route without one: it is there, and not as declared.
        let target = target.unwrap_or(Target { way: Way::InternetGateway, id: String::new() });
        Some(Self { destination, target })
    }

    /// The route in the schema's terms.
    pub(super) fn to_block(&self) -> Map {
        let Self { destination, target: Target { way, id } } = self;
        let fields = match destination {
            Destination::Cidr(cidr) => Fields::new().text("cidr", Some(cidr)),
            Destination::PrefixList(list) => Fields::new().text("prefix_list", Some(list)),
        };
        fields.text(way.attribute(), Some(id)).build()
    }
}

impl Destination {
    /// As the parameters that EC2 has for it: IPv4 range, IPv6 range, prefix list.
    pub(super) fn parts(&self) -> [Option<String>; 3] {
        match self {
            Self::Cidr(cidr) if cidr.contains(':') => [None, Some(cidr.clone()), None],
            Self::Cidr(cidr) => [Some(cidr.clone()), None, None],
            Self::PrefixList(list) => [None, None, Some(list.clone())],
        }
    }
}

impl Target {
    /// The id, when the target is of this kind.
    pub(super) fn of(&self, way: Way) -> Option<String> {
        (self.way == way).then(|| self.id.clone())
    }

    /// The id, when the target is one of the two that EC2 just calls gateways.
    pub(super) fn gateway(&self) -> Option<String> {
        self.of(Way::InternetGateway).or_else(|| self.of(Way::VpnGateway))
    }
}
