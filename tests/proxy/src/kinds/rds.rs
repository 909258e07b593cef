//! RDS.

use super::Source::{Field, Param};
use super::{Create, Kind, States, TAGGED, Touch, list, refusal, touch};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "rds:db_instance",
        states: Some(States {
            field: "DBInstanceStatus",
            creating: "creating",
            updating: "modifying",
            deleting: "deleting",
            deleted: "",
        }),
        absent: refusal(404, "DBInstanceNotFound"),
        taken: Some(refusal(400, "DBInstanceAlreadyExists")),
        busy: None,
        // An instance has no address before it is up (RDS API reference, "DBInstance").
        late: &["Endpoint"],
        creates: &[Create {
            operation: "rds:CreateDBInstance",
            object: "CreateDBInstanceResult/DBInstance",
            key: &[Param("DBInstanceIdentifier")],
        }],
        reads: &[
            list(
                "rds:DescribeDBInstances",
                "DescribeDBInstancesResult/DBInstances",
                &[Field("DBInstanceIdentifier")],
                &["DBInstanceIdentifier"],
            ),
            TAGGED,
        ],
        changes: &[touch("rds:ModifyDBInstance", &["DBInstanceIdentifier"])],
        deletes: &[Touch {
            operation: "rds:DeleteDBInstance",
            by: &["DBInstanceIdentifier"],
            object: "DeleteDBInstanceResult/DBInstance",
        }],
    },
    Kind {
        name: "rds:db_subnet_group",
        states: None,
        absent: refusal(404, "DBSubnetGroupNotFoundFault"),
        taken: None,
        busy: None,
        late: &[],
        creates: &[Create {
            operation: "rds:CreateDBSubnetGroup",
            object: "CreateDBSubnetGroupResult/DBSubnetGroup",
            key: &[Param("DBSubnetGroupName")],
        }],
        reads: &[
            list(
                "rds:DescribeDBSubnetGroups",
                "DescribeDBSubnetGroupsResult/DBSubnetGroups",
                &[Field("DBSubnetGroupName")],
                &["DBSubnetGroupName"],
            ),
            TAGGED,
        ],
        changes: &[],
        deletes: &[touch("rds:DeleteDBSubnetGroup", &["DBSubnetGroupName"])],
    },
    Kind {
        name: "rds:db_parameter_group",
        states: None,
        absent: refusal(404, "DBParameterGroupNotFound"),
        taken: None,
        busy: None,
        late: &[],
        creates: &[Create {
            operation: "rds:CreateDBParameterGroup",
            object: "CreateDBParameterGroupResult/DBParameterGroup",
            key: &[Param("DBParameterGroupName")],
        }],
        reads: &[
            list(
                "rds:DescribeDBParameterGroups",
                "DescribeDBParameterGroupsResult/DBParameterGroups",
                &[Field("DBParameterGroupName")],
                &["DBParameterGroupName"],
            ),
            TAGGED,
        ],
        changes: &[],
        deletes: &[touch("rds:DeleteDBParameterGroup", &["DBParameterGroupName"])],
    },
];
