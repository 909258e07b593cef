//! Kinds of a provider that does not exist, which together use all that a schema can say.

use std::collections::BTreeMap;

use flashinfra::{Any, Block, Cidr, Computed, Input, List, Map, Provider, Resource, Secret};

flashinfra::id_type! {
    /// The id of a network.
    pub(crate) NetworkId;
    /// The id of a zone.
    pub(crate) ZoneId;
}

/// Where the test provider makes its objects.
#[derive(Provider)]
#[provider(name = "test")]
pub(crate) struct TestProvider {
    /// The region.
    pub region: Input<String>,
    /// The token to log in with.
    pub token: Option<Secret<String>>,
    /// Tags for everything that takes them.
    pub default_tags: Option<Map<String>>,
}

/// A network.
///
/// Its ranges are "quoted" and `coded`.
#[derive(Resource)]
#[resource(
    kind = "test.network", version = 3, carrier = TagAtCreate, create_once = Neither, settle_seconds = 60,
    timeouts(create = 900, delete = 1800), typical(create = 2), wait_codes("NotYet", "StillBusy")
)]
#[upgrade(since = 3, dropped = "legacy")]
pub(crate) struct Network {
    /// The range.
    #[attr(replace, compare = Cidr)]
    pub range: Input<Cidr>,
    /// Where it is.
    #[attr(replace, either)]
    #[upgrade(since = 2, renamed_from = "place")]
    #[upgrade(since = 3, respelled("north" = "n-1", "south" = "s-1"))]
    pub zone: Option<Input<ZoneId>>,
    #[attr(unset = Reset("false"))]
    pub is_public: Option<Input<bool>>,
    #[attr(unset = Clear)]
    pub tags: Option<BTreeMap<String, Input<String>>>,
    #[attr(set, keyed)]
    pub peers: Option<List<NetworkId>>,
    pub id: Computed<NetworkId>,
    #[attr(changes_with("zone", "is_public"))]
    pub endpoint: Computed<String>,
    pub gateways: Computed<Vec<Cidr>>,
    pub labels: Computed<BTreeMap<String, String>>,
    pub status: Computed<Any>,
    /// The key that the provider makes.
    pub join_key: Computed<Secret<String>>,
}

/// A store that keeps data.
#[derive(Resource)]
#[resource(kind = "test.store", identity = Named("name"), carrier = TagAfterCreate, create_once = UniqueName, stateful)]
pub(crate) struct Store {
    pub name: Input<String>,
    /// Where it can be reached from.
    pub networks: List<NetworkId>,
    #[attr(mode = AtLeast)]
    pub size: Input<i64>,
    #[attr(mode = Prefix, compare = IgnoreCase)]
    pub release: Option<Input<String>>,
    #[attr(mode = Initial)]
    pub seed: Option<Input<u16>>,
    #[attr(mode = YieldTo("autoscaler"))]
    pub copies: Option<Input<u32>>,
    pub password: Secret<String>,
    #[attr(secret, mode = WriteOnly)]
    pub license: Option<Secret<String>>,
    pub variables: Option<BTreeMap<String, Secret<String>>>,
    #[attr(compare = Json)]
    pub policy: Option<Input<String>>,
    #[attr(delete_argument)]
    pub final_copy: Option<Input<String>>,
    #[attr(delete_guard)]
    pub deletion_protection: Option<Input<bool>>,
    pub settings: Option<Any>,
    #[attr(exclusive)]
    pub parameters: Option<Map<i64>>,
    #[attr(set)]
    pub rules: Option<Vec<Rule>>,
    pub window: Option<Window>,
    pub users: Option<BTreeMap<String, User>>,
    /// A name that builders keep to themselves.
    #[attr(name = "lifecycle")]
    pub lifecycle_: Option<Input<String>>,
    pub address: Computed<String>,
}

/// Who may come in.
#[derive(Block)]
pub(crate) struct Rule {
    /// The port.
    pub port: Input<i64>,
    pub from: Option<List<Cidr>>,
    #[attr(unset = Reset("\"any\""))]
    pub protocol: Option<Input<String>>,
}

/// When it may be worked on.
#[derive(Block)]
pub(crate) struct Window {
    pub day: Input<String>,
    pub hours: Vec<Hours>,
}

/// From when to when.
#[derive(Block)]
pub(crate) struct Hours {
    pub from: Input<i64>,
    pub to: Option<Input<i64>>,
}

/// Who may log in.
#[derive(Block)]
pub(crate) struct User {
    pub password: Option<Secret<String>>,
    pub groups: Option<List<String>>,
}

/// Something without attributes that others could set.
#[derive(Resource)]
#[resource(kind = "test.marker")]
pub(crate) struct Marker {
    pub id: Computed<String>,
}
