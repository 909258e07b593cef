//! EC2: networks.

use super::Source::Field;
use super::{Create, Kind, Read, Refusal, States, TAGGED, Touch, about, aside, list, refusal, touch};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        states: Some(PENDING),
        creates: &[Create { operation: "ec2:CreateVpc", object: "vpc", key: &[Field("vpcId")] }],
        reads: &[
            list("ec2:DescribeVpcs", "vpcSet", &[Field("vpcId")], &["VpcId.N"]),
            aside("ec2:DescribeVpcAttribute", &["VpcId"]),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:DeleteVpc", &["VpcId"])],
        ..kind("ec2:vpc", "InvalidVpcID.NotFound")
    },
    Kind {
        states: Some(PENDING),
        creates: &[Create { operation: "ec2:CreateSubnet", object: "subnet", key: &[Field("subnetId")] }],
        reads: &[list("ec2:DescribeSubnets", "subnetSet", &[Field("subnetId")], &["SubnetId.N"]), TAGS, TAGGED],
        deletes: &[touch("ec2:DeleteSubnet", &["SubnetId"])],
        ..kind("ec2:subnet", "InvalidSubnetID.NotFound")
    },
    Kind {
        creates: &[Create {
            operation: "ec2:CreateInternetGateway",
            object: "internetGateway",
            key: &[Field("internetGatewayId")],
        }],
        reads: &[
            list(
                "ec2:DescribeInternetGateways",
                "internetGatewaySet",
                &[Field("internetGatewayId")],
                &["InternetGatewayId.N"],
            ),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:DeleteInternetGateway", &["InternetGatewayId"])],
        ..kind("ec2:internet_gateway", "InvalidInternetGatewayID.NotFound")
    },
    Kind {
        // A deleted gateway stays in sight for about an hour (VPC user guide, "Work with NAT gateways").
        states: Some(States { deleting: "deleting", deleted: "deleted", ..PENDING }),
        creates: &[Create { operation: "ec2:CreateNatGateway", object: "natGateway", key: &[Field("natGatewayId")] }],
        reads: &[
            list("ec2:DescribeNatGateways", "natGatewaySet", &[Field("natGatewayId")], &["NatGatewayId.N"]),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:DeleteNatGateway", &["NatGatewayId"])],
        ..kind("ec2:nat_gateway", "NatGatewayNotFound")
    },
    Kind {
        creates: &[Create { operation: "ec2:AllocateAddress", object: "", key: &[Field("allocationId")] }],
        reads: &[
            list("ec2:DescribeAddresses", "addressesSet", &[Field("allocationId")], &["AllocationId.N"]),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:ReleaseAddress", &["AllocationId"])],
        ..kind("ec2:address", "InvalidAllocationID.NotFound")
    },
    Kind {
        creates: &[Create { operation: "ec2:CreateRouteTable", object: "routeTable", key: &[Field("routeTableId")] }],
        reads: &[
            list("ec2:DescribeRouteTables", "routeTableSet", &[Field("routeTableId")], &["RouteTableId.N"]),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:DeleteRouteTable", &["RouteTableId"])],
        ..kind("ec2:route_table", "InvalidRouteTableID.NotFound")
    },
    Kind {
        creates: &[Create { operation: "ec2:CreateSecurityGroup", object: "", key: &[Field("groupId")] }],
        reads: &[
            list("ec2:DescribeSecurityGroups", "securityGroupInfo", &[Field("groupId")], &["GroupId.N"]),
            about("ec2:DescribeSecurityGroupRules", "securityGroupRuleSet", &[Field("groupId")]),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:DeleteSecurityGroup", &["GroupId"])],
        ..kind("ec2:security_group", "InvalidGroup.NotFound")
    },
    Kind {
        creates: &[Create {
            operation: "ec2:CreateLaunchTemplate",
            object: "launchTemplate",
            key: &[Field("launchTemplateId")],
        }],
        reads: &[
            list(
                "ec2:DescribeLaunchTemplates",
                "launchTemplates",
                &[Field("launchTemplateId")],
                &["LaunchTemplateId.N"],
            ),
            aside("ec2:DescribeLaunchTemplateVersions", &["LaunchTemplateId"]),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:DeleteLaunchTemplate", &["LaunchTemplateId"])],
        ..kind("ec2:launch_template", "InvalidLaunchTemplateId.NotFound")
    },
    Kind {
        states: Some(States { deleting: "deleting", ..PENDING }),
        creates: &[Create {
            operation: "ec2:CreateVpcEndpoint",
            object: "vpcEndpoint",
            key: &[Field("vpcEndpointId")],
        }],
        reads: &[
            list("ec2:DescribeVpcEndpoints", "vpcEndpointSet", &[Field("vpcEndpointId")], &["VpcEndpointId.N"]),
            TAGS,
            TAGGED,
        ],
        deletes: &[touch("ec2:DeleteVpcEndpoints", &["VpcEndpointId.N"])],
        ..kind("ec2:vpc_endpoint", "InvalidVpcEndpointId.NotFound")
    },
];

const PENDING: States = States { field: "state", creating: "pending", updating: "", deleting: "", deleted: "" };

const TAGS: Read = about("ec2:DescribeTags", "tagSet", &[Field("resourceId")]);

/// What all of them share; errors of EC2 are 400 unless they are the service's.
const fn kind(name: &'static str, absent: &'static str) -> Kind {
    const NO_TOUCH: &[Touch] = &[];
    const NO_REFUSAL: Option<Refusal> = None;
    Kind {
        name,
        states: None,
        absent: refusal(400, absent),
        taken: NO_REFUSAL,
        busy: NO_REFUSAL,
        late: &[],
        creates: &[],
        reads: &[],
        changes: NO_TOUCH,
        deletes: NO_TOUCH,
    }
}
