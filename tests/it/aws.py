"""What people and other tools do in an AWS account behind flashinfra's back, one command a line of standard input.

Each answer ends with an empty line. `FLASHINFRA_SERVER` says which server it is, since neither knows every operation.
"""

import json
import os
import sys

import boto3
import botocore.config

# A server answers the same however often it is asked.
once = botocore.config.Config(retries={"total_max_attempts": 1})
services = ("acm", "backup", "ec2", "ecr", "eks", "elasticache", "iam", "kms", "logs")
acm, backup, ec2, ecr, eks, elasticache, iam, kms, logs = (boto3.client(name, config=once) for name in services)
services = ("rds", "route53", "s3", "secretsmanager", "sts")
rds, route53, s3, secrets, sts = (boto3.client(name, config=once) for name in services)
is_moto = os.environ["FLASHINFRA_SERVER"] == "moto"


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


def open_bucket():
    """Takes away what keeps the bucket with the backups from the public."""
    s3.delete_public_access_block(Bucket="flashmm-production-backups")


def rename_owner():
    """Sets a tag of the stack's database to something else."""
    arn = rds.describe_db_instances()["DBInstances"][0]["DBInstanceArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "Owner", "Value": "the-night-shift"}])


def loosen_cluster():
    """Makes a deployer an administrator, takes an add-on away, and keeps no snapshots of the cache."""
    cluster = "flashmm-production"
    deployer = next(one for one in eks.list_access_entries(clusterName=cluster)["accessEntries"] if "deployer" in one)
    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    eks.associate_access_policy(
        clusterName=cluster, principalArn=deployer, policyArn=policy, accessScope={"type": "cluster"}
    )
    eks.delete_addon(clusterName=cluster, addonName="coredns")
    elasticache.modify_replication_group(ReplicationGroupId=cluster, SnapshotRetentionLimit=0, ApplyImmediately=True)


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
    s3.create_bucket(Bucket="foreign")


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
    ("launch template", "LaunchTemplates", "LaunchTemplateId"),
]
GONE = ("deleting", "deleted")


def snake(name):
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name).lstrip("_")


def row(kind, id, tags, inside, container=None):
    """Something that there is. Its mark says whose it is; what is unmarked may be part of something that is marked."""
    pairs = tags.items() if isinstance(tags, dict) else [(tag["Key"], tag["Value"]) for tag in tags or []]
    tags = dict(pairs)
    mark = tags.pop("flashinfra", "")
    return {"kind": kind, "id": id, "mark": mark, "in": container, "tags": tags, "inside": inside}


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
    "endpoint": lambda endpoint: [endpoint["ServiceName"], len(endpoint.get("RouteTableIds", []))],
    "launch template": lambda template: [template["LaunchTemplateName"], template["DefaultVersionNumber"]],
}


def network():
    for kind, key, id in EC2:
        for one in getattr(ec2, "describe_" + snake(key))()[key]:
            if one.get("State") not in GONE:
                inside = INSIDE[kind](one) if kind in INSIDE else one.get("CidrBlock")
                yield row(kind, one[id], one.get("Tags"), inside, one.get("VpcId") if kind != "vpc" else None)


def identity():
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        attached = [policy["PolicyName"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        yield row("role", name, iam.list_role_tags(RoleName=name)["Tags"], sorted(attached) + sorted(inline))
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        tags = iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"]
        yield row("policy", policy["PolicyName"], tags, json.dumps(version["Document"], sort_keys=True))
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        name = profile["InstanceProfileName"]
        # Neither server has ListInstanceProfileTags.
        tags = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Tags"]
        yield row("instance profile", name, tags, [role["RoleName"] for role in profile["Roles"]])
    for issuer in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        one = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=issuer["Arn"])
        yield row("issuer", issuer["Arn"], one["Tags"], sorted(one["ClientIDList"]))


def usable_keys():
    """The keys that are not on their way out, nor AWS's own."""
    found = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    return [key for key in found if key["KeyState"] != "PendingDeletion" and key["KeyManager"] != "AWS"]


def keys():
    there = usable_keys()
    for key in there:
        tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]}
        rotates = kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
        yield row("key", key["KeyId"], tags, [key["KeyState"], key["Description"], rotates])
    for alias in kms.list_aliases()["Aliases"]:
        # Not AWS's own.
        if not alias["AliasName"].startswith("alias/aws/"):
            yield row("alias", alias["AliasName"], None, alias.get("TargetKeyId") in [key["KeyId"] for key in there])
    for group in logs.describe_log_groups()["logGroups"]:
        tags = logs.list_tags_log_group(logGroupName=group["logGroupName"])["tags"]
        yield row("log group", group["logGroupName"], tags, group.get("retentionInDays"))


def databases():
    for group in rds.describe_db_subnet_groups()["DBSubnetGroups"]:
        tags = rds.list_tags_for_resource(ResourceName=group["DBSubnetGroupArn"])["TagList"]
        yield row("subnet group", group["DBSubnetGroupName"], tags, len(group["Subnets"]))
    # A key has another id each time that it is made.
    described = {key["Arn"]: key["Description"] for key in usable_keys()}
    for one in rds.describe_db_instances()["DBInstances"]:
        inside = [one["DBInstanceClass"], described.get(one.get("KmsKeyId")), len(one["VpcSecurityGroups"])]
        yield row("instance", one["DBInstanceIdentifier"], one["TagList"], inside)
    for group in rds.describe_db_parameter_groups()["DBParameterGroups"]:
        tags = rds.list_tags_for_resource(ResourceName=group["DBParameterGroupArn"])["TagList"]
        set_ = rds.describe_db_parameters(DBParameterGroupName=group["DBParameterGroupName"], Source="user")["Parameters"]
        yield row("parameter group", group["DBParameterGroupName"], tags, sorted(one["ParameterName"] for one in set_))
    # Not those that RDS makes by itself.
    for snapshot in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]:
        yield row("snapshot", snapshot["DBSnapshotIdentifier"], None, None)


def caches():
    def tags(one):
        return elasticache.list_tags_for_resource(ResourceName=one["ARN"])["TagList"]

    for group in elasticache.describe_cache_subnet_groups()["CacheSubnetGroups"]:
        yield row("cache subnet group", group["CacheSubnetGroupName"], tags(group), len(group["Subnets"]))
    for group in elasticache.describe_cache_parameter_groups()["CacheParameterGroups"]:
        name = group["CacheParameterGroupName"]
        if not name.startswith("default."):
            set_ = elasticache.describe_cache_parameters(CacheParameterGroupName=name, Source="user")["Parameters"]
            inside = sorted([one["ParameterName"], one["ParameterValue"]] for one in set_)
            yield row("cache parameter group", name, tags(group), inside)
    for group in elasticache.describe_replication_groups()["ReplicationGroups"]:
        inside = [group["CacheNodeType"], len(group["MemberClusters"]), group["AutomaticFailover"], group["MultiAZ"]]
        yield row("cache", group["ReplicationGroupId"], tags(group), inside)
    for snapshot in elasticache.describe_snapshots()["Snapshots"]:
        yield row("cache snapshot", snapshot["SnapshotName"], None, None)


def clusters():
    for name in eks.list_clusters()["clusters"]:
        cluster = eks.describe_cluster(name=name)["cluster"]
        yield row("cluster", name, cluster["tags"], [cluster["version"], len(cluster["resourcesVpcConfig"]["subnetIds"])])
        for group in eks.list_nodegroups(clusterName=name)["nodegroups"]:
            one = eks.describe_nodegroup(clusterName=name, nodegroupName=group)["nodegroup"]
            sizes = one["scalingConfig"]
            inside = [one["capacityType"], sizes["minSize"], sizes["maxSize"], one.get("launchTemplate", {}).get("version")]
            yield row("node group", group, one["tags"], inside)
        if not is_moto:
            yield from inside_of(name)


def inside_of(cluster):
    for name in eks.list_addons(clusterName=cluster)["addons"]:
        addon = eks.describe_addon(clusterName=cluster, addonName=name)["addon"]
        yield row("add-on", name, addon["tags"], addon["configurationValues"])
    for principal in eks.list_access_entries(clusterName=cluster)["accessEntries"]:
        entry = eks.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
        policies = eks.list_associated_access_policies(clusterName=cluster, principalArn=principal)
        policies = sorted([one["policyArn"], one["accessScope"]["type"]] for one in policies["associatedAccessPolicies"])
        yield row("access entry", principal, entry["tags"], policies)
    for one in eks.list_pod_identity_associations(clusterName=cluster)["associations"]:
        one = eks.describe_pod_identity_association(clusterName=cluster, associationId=one["associationId"])["association"]
        inside = [one["namespace"], one["serviceAccount"], one.get("disableSessionTags", False)]
        yield row("pod identity", one["associationId"], one["tags"], inside)


def domains():
    for zone in route53.list_hosted_zones()["HostedZones"]:
        id = zone["Id"].rsplit("/", 1)[-1]
        tags = route53.list_tags_for_resource(ResourceType="hostedzone", ResourceId=id)["ResourceTagSet"]["Tags"]
        yield row("zone", id, tags, [zone["Name"], zone["Config"].get("Comment")])
        for record in route53.list_resource_record_sets(HostedZoneId=id)["ResourceRecordSets"]:
            # Not those that come with a zone. What proves a certificate is another one each time.
            if record["Type"] not in ("NS", "SOA"):
                name = "the proof" if record["Name"].startswith("_") else record["Name"]
                yield row("record", f"{id}/{record['Name']}", None, [name, record["Type"], record.get("TTL")], id)
    for one in acm.list_certificates()["CertificateSummaryList"]:
        tags = acm.list_tags_for_certificate(CertificateArn=one["CertificateArn"])["Tags"]
        tags = {tag["Key"]: tag.get("Value", "") for tag in tags}
        yield row("certificate", one["CertificateArn"], tags, one["DomainName"])


def backups():
    for vault in backup.list_backup_vaults()["BackupVaultList"]:
        tags = backup.list_tags(ResourceArn=vault["BackupVaultArn"])["Tags"]
        yield row("backup vault", vault["BackupVaultName"], tags, None)
    for plan in backup.list_backup_plans()["BackupPlansList"]:
        id = plan["BackupPlanId"]
        rules = backup.get_backup_plan(BackupPlanId=id)["BackupPlan"]["Rules"]
        rules = sorted([rule["RuleName"], rule.get("ScheduleExpression")] for rule in rules)
        selections = [] if is_moto else backup.list_backup_selections(BackupPlanId=id)["BackupSelectionsList"]
        inside = [rules, sorted(one["SelectionName"] for one in selections)]
        yield row("backup plan", id, backup.list_tags(ResourceArn=plan["BackupPlanArn"])["Tags"], inside)


def stores():
    for one in ecr.describe_repositories()["repositories"]:
        tags = ecr.list_tags_for_resource(resourceArn=one["repositoryArn"])["tags"]
        yield row("repository", one["repositoryName"], tags, one["imageTagMutability"])
    for one in secrets.list_secrets()["SecretList"]:
        # Not the passwords that RDS keeps: they come and go with their instances, under names of chance.
        if not one["Name"].startswith("rds!"):
            yield row("secret", one["Name"], one.get("Tags"), len(one.get("SecretVersionsToStages", {})))
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        yield row("bucket", name, tags_of(name), settings_of(name))


def tags_of(bucket):
    try:
        return s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except s3.exceptions.ClientError:
        return []


def settings_of(bucket):
    """What is set of a bucket: that of the region is part of it."""
    def is_set(call):
        try:
            call(Bucket=bucket)
            return True
        except s3.exceptions.ClientError:
            return False

    calls = (s3.get_bucket_lifecycle_configuration, s3.get_bucket_replication, s3.get_public_access_block)
    versioning = s3.get_bucket_versioning(Bucket=bucket).get("Status")
    return [s3.get_bucket_location(Bucket=bucket)["LocationConstraint"], versioning, [is_set(call) for call in calls]]


def all_rows():
    """Everything that is in the account and may have an owner."""
    parts = [network, identity, keys, databases, clusters, stores, domains, backups]
    if not is_moto:
        parts.append(caches)
    found = [one for part in parts for one in part()]
    # The servers keep parts of a VPC that is gone.
    ids = {one["id"] for one in found}
    return [one for one in found if one["in"] is None or one["in"] in ids]


def contents():
    """Prints it, a JSON line for each."""
    for one in all_rows():
        print(json.dumps(one))


def objects():
    """Prints what it is called, without what is left on purpose."""
    print("\n".join(sorted(f"{one['kind']} {one['id']}" for one in all_rows() if "snapshot" not in one["kind"])))


for command in sys.stdin:
    globals()[command.strip()]()
    print(flush=True)
