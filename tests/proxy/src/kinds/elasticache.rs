//! ElastiCache.

use super::Source::{Field, Param};
use super::{Create, Kind, States, TAGGED, Touch, list, refusal, touch};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "elasticache:replication_group",
        states: Some(States {
            field: "Status",
            creating: "creating",
            updating: "modifying",
            deleting: "deleting",
            deleted: "",
        }),
        absent: refusal(404, "ReplicationGroupNotFoundFault"),
        taken: Some(refusal(400, "ReplicationGroupAlreadyExists")),
        busy: None,
        late: &["NodeGroups", "ConfigurationEndpoint"],
        creates: &[Create {
            operation: "elasticache:CreateReplicationGroup",
            object: "CreateReplicationGroupResult/ReplicationGroup",
            key: &[Param("ReplicationGroupId")],
        }],
        reads: &[
            list(
                "elasticache:DescribeReplicationGroups",
                "DescribeReplicationGroupsResult/ReplicationGroups",
                &[Field("ReplicationGroupId")],
                &["ReplicationGroupId"],
            ),
            TAGGED,
        ],
        changes: &[
            touch("elasticache:ModifyReplicationGroup", &["ReplicationGroupId"]),
            touch("elasticache:IncreaseReplicaCount", &["ReplicationGroupId"]),
            touch("elasticache:DecreaseReplicaCount", &["ReplicationGroupId"]),
        ],
        deletes: &[Touch {
            operation: "elasticache:DeleteReplicationGroup",
            by: &["ReplicationGroupId"],
            object: "DeleteReplicationGroupResult/ReplicationGroup",
        }],
    },
    Kind {
        name: "elasticache:subnet_group",
        states: None,
        absent: refusal(400, "CacheSubnetGroupNotFoundFault"),
        taken: None,
        busy: None,
        late: &[],
        creates: &[Create {
            operation: "elasticache:CreateCacheSubnetGroup",
            object: "CreateCacheSubnetGroupResult/CacheSubnetGroup",
            key: &[Param("CacheSubnetGroupName")],
        }],
        reads: &[
            list(
                "elasticache:DescribeCacheSubnetGroups",
                "DescribeCacheSubnetGroupsResult/CacheSubnetGroups",
                &[Field("CacheSubnetGroupName")],
                &["CacheSubnetGroupName"],
            ),
            TAGGED,
        ],
        changes: &[],
        deletes: &[touch("elasticache:DeleteCacheSubnetGroup", &["CacheSubnetGroupName"])],
    },
];
