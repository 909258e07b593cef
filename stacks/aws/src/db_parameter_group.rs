//! `aws.db_parameter_group`.

use flashinfra::{Computed, Input, Map, Resource};

use crate::ids::{DbParameterGroupArn, DbParameterGroupName};

/// The settings of an engine, for the DB instances that name the group.
///
/// RDS tells dynamic parameters, which take effect at once, from static ones, which an instance takes up when it is rebooted;
/// each is sent as what it is. Until that reboot the plan shows the instance's `parameter_group_name` as not verified.
///
/// Parameters that a first instance needs when it makes its database (character sets and collations) belong into a group that is
/// some minutes old by then: RDS finishes a new group in the background (RDS user guide, "Creating a DB parameter group").
#[derive(Resource)]
#[resource(
    kind = "aws.db_parameter_group",
    identity = Named("name"),
    carrier = TagAtCreate,
    create_once = UniqueName,
    settle_seconds = 30,
    timeouts(create = 120, update = 300, delete = 600),
    typical(create = 2, update = 2, delete = 2),
    // A DB instance that has it is still going, or another change of it is not done (RDS API reference,
    // DeleteDBParameterGroup and ModifyDBParameterGroup).
    wait_codes("InvalidDBParameterGroupState")
)]
pub struct DbParameterGroup {
    /// The name, in lower case, unique in account and region.
    #[attr(replace, compare = IgnoreCase)]
    pub name: Input<DbParameterGroupName>,
    /// The engine and version that it is for: `postgres16`.
    #[attr(replace)]
    pub family: Input<String>,
    /// What it is for. `Made by flashinfra` when unset.
    #[attr(replace, either)]
    pub description: Option<Input<String>>,
    /// The values, by parameter, in the engine's own spelling and units. Exclusive: a parameter that somebody else sets goes back
    /// to the engine's default, as does one that is not set any more.
    #[attr(exclusive, unset = Clear)]
    pub parameters: Option<Map<String>>,
    /// Whether dynamic parameters take effect at once, or at the next reboot as the static ones do. At once when unset. Says how
    /// a change is made; alone it changes nothing.
    #[attr(mode = WriteOnly)]
    pub apply_immediately: Option<Input<bool>>,
    /// Tags. Keys that others put there are left alone.
    #[attr(unset = Clear)]
    pub tags: Option<Map<String>>,
    /// The ARN.
    pub arn: Computed<DbParameterGroupArn>,
    /// Those of the parameters that an instance takes up when it is rebooted and not before.
    #[attr(changes_with("parameters"))]
    pub static_parameters: Computed<Vec<String>>,
}
