//! EKS. What is there already and what is busy have the same code.

use super::Source::{Field, Param};
use super::{Create, Kind, Refusal, States, Touch, list, one, refusal};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "eks:cluster",
        // There from the moment that the control plane is up (EKS API reference, "Cluster").
        late: &["endpoint", "certificateAuthority", "identity"],
        creates: &[Create { operation: "eks:CreateCluster", object: "cluster", key: &[Param("name")] }],
        reads: &[
            one("eks:DescribeCluster", "cluster", &[Field("name")], &["name"]),
            list("eks:ListClusters", "clusters", &[Field("")], &[]),
        ],
        changes: &[
            change("eks:UpdateClusterConfig", CLUSTER),
            change("eks:UpdateClusterVersion", CLUSTER),
            change("eks:AssociateEncryptionConfig", CLUSTER),
        ],
        deletes: &[Touch { operation: "eks:DeleteCluster", by: CLUSTER, object: "cluster" }],
        ..KIND
    },
    Kind {
        name: "eks:node_group",
        late: &["resources"],
        creates: &[Create {
            operation: "eks:CreateNodegroup",
            object: "nodegroup",
            key: &[Param("name"), Param("nodegroupName")],
        }],
        reads: &[
            one("eks:DescribeNodegroup", "nodegroup", &[Param("name"), Field("nodegroupName")], NODE_GROUP),
            list("eks:ListNodegroups", "nodegroups", &[Param("name"), Field("")], &[]),
        ],
        changes: &[change("eks:UpdateNodegroupConfig", NODE_GROUP), change("eks:UpdateNodegroupVersion", NODE_GROUP)],
        deletes: &[Touch { operation: "eks:DeleteNodegroup", by: NODE_GROUP, object: "nodegroup" }],
        ..KIND
    },
    Kind {
        name: "eks:addon",
        creates: &[Create { operation: "eks:CreateAddon", object: "addon", key: &[Param("name"), Param("addonName")] }],
        reads: &[
            one("eks:DescribeAddon", "addon", &[Param("name"), Field("addonName")], ADDON),
            list("eks:ListAddons", "addons", &[Param("name"), Field("")], &[]),
        ],
        changes: &[change("eks:UpdateAddon", ADDON)],
        deletes: &[Touch { operation: "eks:DeleteAddon", by: ADDON, object: "addon" }],
        ..KIND
    },
    Kind {
        name: "eks:access_entry",
        states: None,
        creates: &[Create {
            operation: "eks:CreateAccessEntry",
            object: "accessEntry",
            key: &[Param("name"), Param("principalArn")],
        }],
        reads: &[
            one("eks:DescribeAccessEntry", "accessEntry", &[Param("name"), Field("principalArn")], ACCESS_ENTRY),
            list("eks:ListAccessEntries", "accessEntries", &[Param("name"), Field("")], &[]),
        ],
        deletes: &[Touch { operation: "eks:DeleteAccessEntry", by: ACCESS_ENTRY, object: "" }],
        ..KIND
    },
];

const CLUSTER: &[&str] = &["name"];
const NODE_GROUP: &[&str] = &["name", "nodegroupName"];
const ADDON: &[&str] = &["name", "addonName"];
const ACCESS_ENTRY: &[&str] = &["name", "principalArn"];

const IN_USE: Option<Refusal> = Some(refusal(409, "ResourceInUseException"));

const KIND: Kind = Kind {
    name: "",
    states: Some(States {
        field: "status",
        creating: "CREATING",
        updating: "UPDATING",
        deleting: "DELETING",
        deleted: "",
    }),
    absent: refusal(404, "ResourceNotFoundException"),
    taken: IN_USE,
    busy: IN_USE,
    late: &[],
    creates: &[],
    reads: &[],
    changes: &[],
    deletes: &[],
};

const fn change(operation: &'static str, by: &'static [&'static str]) -> Touch {
    Touch { operation, by, object: "" }
}
