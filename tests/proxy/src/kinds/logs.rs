//! CloudWatch Logs.

use super::Source::{Field, Param};
use super::{Create, Kind, list, refusal, touch};

pub(super) const KINDS: &[Kind] = &[Kind {
    name: "logs:log_group",
    states: None,
    absent: refusal(400, "ResourceNotFoundException"),
    taken: None,
    busy: None,
    late: &[],
    creates: &[Create { operation: "logs:CreateLogGroup", object: "", key: &[Param("logGroupName")] }],
    reads: &[list("logs:DescribeLogGroups", "logGroups", &[Field("logGroupName")], &[])],
    changes: &[],
    deletes: &[touch("logs:DeleteLogGroup", &["logGroupName"])],
}];
