"""What people and other tools do in an AWS account behind flashinfra's back, one command a line of standard input.

Each answer ends with an empty line.
"""

import json
import sys

import boto3

ec2, iam, rds, eks, kms, logs, sts = (boto3.client(name) for name in ("ec2", "iam", "rds", "eks", "kms", "logs", "sts"))


def group(name):
    return ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"][0]


def open_ssh():
    """Opens a security group of the stack's to the world."""
    everywhere = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group("flashmm-production-redis")["GroupId"], IpPermissions=[everywhere])


def delete_role():
    """Deletes a role of the stack's."""
    role = "flashmm-production-node"
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=role)


def rename_owner():
    """Sets a tag of the stack's database to something else."""
    arn = rds.describe_db_instances()["DBInstances"][0]["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Owner", "Value": "the-night-shift"}])


def go_on_living():
    """What happens to the stack's objects without anybody changing what the stack says: tags of others, a counter that falls, a
    minor version of the database's engine."""
    vpc = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["flashmm-production"]}])["Vpcs"][0]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "seen-by", "Value": "scanner"}])
    iam.tag_role(RoleName="flashmm-production-node", Tags=[{"Key": "seen-by", "Value": "scanner"}])
    subnet = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"][0]
    ec2.create_network_interface(SubnetId=subnet["SubnetId"])
    after = ec2.describe_subnets(SubnetIds=[subnet["SubnetId"]])["Subnets"][0]
    assert after["AvailableIpAddressCount"] < subnet["AvailableIpAddressCount"]
    rds.modify_db_instance(DBInstanceIdentifier="flashmm-production", EngineVersion="15.7", ApplyImmediately=True)


def make_foreign():
    """Makes things that are not the stack's, one of them with the stack's tags copied."""
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Project", "Value": "flashmm"}])
    ec2.create_security_group(GroupName="foreign", Description="not ours", VpcId=vpc)
    iam.create_role(RoleName="foreign", AssumeRolePolicyDocument="{}")


def keys():
    """The keys that are not on their way out."""
    found = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return [key for key in found if key["KeyState"] != "PendingDeletion"]


def aliases():
    """The aliases that are not AWS's own."""
    return [alias for alias in kms.list_aliases()["Aliases"] if not alias["AliasName"].startswith("alias/aws/")]


def objects():
    """Lists everything of the kinds that flashinfra knows."""
    found = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    found += [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    found += [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]]
    found += [gateway["InternetGatewayId"] for gateway in ec2.describe_internet_gateways()["InternetGateways"]]
    found += [address["AllocationId"] for address in ec2.describe_addresses()["Addresses"]]
    found += [nat["NatGatewayId"] for nat in ec2.describe_nat_gateways()["NatGateways"] if nat["State"] not in GONE]
    # The server keeps the main tables of networks that are gone.
    found += [table["RouteTableId"] for table in ec2.describe_route_tables()["RouteTables"] if table["Tags"]]
    found += ["role " + role["RoleName"] for role in iam.list_roles()["Roles"]]
    found += ["subnet group " + group["DBSubnetGroupName"] for group in rds.describe_db_subnet_groups()["DBSubnetGroups"]]
    found += ["instance " + instance["DBInstanceIdentifier"] for instance in rds.describe_db_instances()["DBInstances"]]
    found += ["parameter group " + group["DBParameterGroupName"] for group in rds.describe_db_parameter_groups()["DBParameterGroups"]]
    found += ["cluster " + cluster for cluster in eks.list_clusters()["clusters"]]
    found += ["key " + key["KeyId"] for key in keys()]
    found += [alias["AliasName"] for alias in aliases()]
    found += ["log group " + group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    print("\n".join(sorted(found)))


def other_account():
    """Prints credentials of another account."""
    keys = sts.assume_role(RoleArn="arn:aws:iam::999999999999:role/other", RoleSessionName="other")["Credentials"]
    print(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


# Kind, operation and id of what EC2 lists alike.
EC2 = [
    ("vpc", "Vpcs", "VpcId"),
    ("subnet", "Subnets", "SubnetId"),
    ("security group", "SecurityGroups", "GroupId"),
    ("route table", "RouteTables", "RouteTableId"),
    ("network acl", "NetworkAcls", "NetworkAclId"),
    ("internet gateway", "InternetGateways", "InternetGatewayId"),
    ("nat gateway", "NatGateways", "NatGatewayId"),
    ("address", "Addresses", "AllocationId"),
    ("endpoint", "VpcEndpoints", "VpcEndpointId"),
]
GONE = ("deleting", "deleted")


def snake(name):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


def row(kind, id, tags, inside, container=None):
    """Something that there is. Its mark says whose it is; what is unmarked may be part of something that is marked."""
    pairs = tags.items() if isinstance(tags, dict) else [(tag["Key"], tag["Value"]) for tag in tags or []]
    tags = dict(pairs)
    mark = tags.pop("flashinfra", "")
    print(json.dumps({"kind": kind, "id": id, "mark": mark, "in": container, "tags": tags, "inside": inside}))


def rules(group):
    """The rules of a security group, without the ids of other groups."""
    def said(way, rule):
        ranges = [one.get("CidrIp") or one.get("CidrIpv6") for one in rule["IpRanges"] + rule["Ipv6Ranges"]]
        others = len(rule["UserIdGroupPairs"])
        return [way, rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort"), sorted(ranges), others]

    ways = [("in", group["IpPermissions"]), ("out", group["IpPermissionsEgress"])]
    return sorted((said(way, rule) for way, rules in ways for rule in rules), key=str)


def routes(table):
    """The routes of a table, without the ids of what they lead through, and how many subnets take it."""
    targets = ["GatewayId", "NatGatewayId"]
    said = [[route.get("DestinationCidrBlock"), [key for key in targets if route.get(key)]] for route in table["Routes"]]
    return [sorted(said, key=str), len([one for one in table["Associations"] if one.get("SubnetId")])]


# What is inside of an object, where that is more than a range.
INSIDE = {
    "security group": rules,
    "route table": routes,
    "internet gateway": lambda gateway: len(gateway["Attachments"]),
    "nat gateway": lambda gateway: [address.get("PublicIp") is not None for address in gateway["NatGatewayAddresses"]],
}


def contents():
    """Prints everything that is in the account and may have an owner, a JSON line for each."""
    for kind, key, id in EC2:
        for one in getattr(ec2, "describe_" + snake(key))()[key]:
            if one.get("State") not in GONE:
                inside = INSIDE[kind](one) if kind in INSIDE else one.get("CidrBlock")
                row(kind, one[id], one.get("Tags"), inside, one.get("VpcId") if kind != "vpc" else None)
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        attached = [policy["PolicyName"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        row("role", name, iam.list_role_tags(RoleName=name)["Tags"], sorted(attached) + sorted(inline))
    for group in rds.describe_db_subnet_groups()["DBSubnetGroups"]:
        tags = rds.list_tags_for_resource(ResourceName=group["DBSubnetGroupArn"])["TagList"]
        row("subnet group", group["DBSubnetGroupName"], tags, len(group["Subnets"]))
    # A key has another id each time that it is made.
    described = {key["Arn"]: key["Description"] for key in keys()}
    for one in rds.describe_db_instances()["DBInstances"]:
        inside = [one["DBInstanceClass"], described.get(one.get("KmsKeyId")), len(one["VpcSecurityGroups"])]
        row("instance", one["DBInstanceIdentifier"], one["TagList"], inside)
    for group in rds.describe_db_parameter_groups()["DBParameterGroups"]:
        tags = rds.list_tags_for_resource(ResourceName=group["DBParameterGroupArn"])["TagList"]
        set_ = rds.describe_db_parameters(DBParameterGroupName=group["DBParameterGroupName"], Source="user")["Parameters"]
        row("parameter group", group["DBParameterGroupName"], tags, sorted(one["ParameterName"] for one in set_))
    # Not those that RDS makes by itself.
    for snapshot in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]:
        row("snapshot", snapshot["DBSnapshotIdentifier"], None, None)
    for key in keys():
        tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]}
        rotates = kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
        row("key", key["KeyId"], tags, [key["KeyState"], key["Description"], rotates])
    there = [key["KeyId"] for key in keys()]
    for alias in aliases():
        row("alias", alias["AliasName"], None, alias["TargetKeyId"] in there)
    for group in logs.describe_log_groups()["logGroups"]:
        tags = logs.list_tags_log_group(logGroupName=group["logGroupName"])["tags"]
        row("log group", group["logGroupName"], tags, group.get("retentionInDays"))
    for name in eks.list_clusters()["clusters"]:
        cluster = eks.describe_cluster(name=name)["cluster"]
        row("cluster", name, cluster["tags"], [cluster["version"], len(cluster["resourcesVpcConfig"]["subnetIds"])])


for command in sys.stdin:
    globals()[command.strip()]()
    print(flush=True)
