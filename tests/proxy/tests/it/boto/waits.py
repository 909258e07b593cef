FAST = {"Delay": 0, "MaxAttempts": 20}


def states(read, count):
    """What some reads see, one after the other."""
    seen = []
    for _ in range(count):
        try:
            seen.append(read())
        except (ERRORS, IndexError):
            seen.append("absent")
    return seen


def vpc_state(vpc):
    return ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Vpcs"][0]["State"]


def nat_state():
    return ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"]


def database():
    return rds.describe_db_instances(DBInstanceIdentifier="main")["DBInstances"][0]


def nodes_state():
    return eks.describe_nodegroup(clusterName="shop", nodegroupName="blue")["nodegroup"]["status"]


def cache_state():
    return cache.describe_replication_groups(ReplicationGroupId="redis")["ReplicationGroups"][0]["Status"]


def roles():
    listed = iam.get_paginator("list_roles").paginate(PathPrefix="/waits/")
    return [role["RoleName"] for page in listed for role in page["Roles"]]


seen = {}
vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
seen["vpc"] = states(lambda: vpc_state(vpc), 4)
made = subnets(2)
address = ec2.allocate_address(Domain="vpc")["AllocationId"]
nat = ec2.create_nat_gateway(SubnetId=made[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
seen["nat"] = states(nat_state, 4)

rds.create_db_subnet_group(DBSubnetGroupName="g", DBSubnetGroupDescription="d", SubnetIds=made)
instance = dict(
    DBInstanceIdentifier="main", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
    MasterUsername="main", MasterUserPassword="not-a-secret", DBSubnetGroupName="g",
)
rds.create_db_instance(**instance)
looks = states(database, 4)
seen["database"] = [look if look == "absent" else look["DBInstanceStatus"] for look in looks]
seen["endpoint"] = ["Endpoint" in look for look in looks[1:]]
rds.modify_db_instance(DBInstanceIdentifier="main", AllocatedStorage=30, ApplyImmediately=True)
seen["modified"] = states(lambda: database()["DBInstanceStatus"], 3)

cluster = dict(name="shop", roleArn="arn:aws:iam::123456789012:role/x", resourcesVpcConfig={"subnetIds": made})
eks.create_cluster(**cluster)
seen["cluster"] = states(lambda: eks.describe_cluster(name="shop")["cluster"]["status"], 4)
eks.create_nodegroup(clusterName="shop", nodegroupName="blue", subnets=made, nodeRole=cluster["roleArn"])
seen["nodes"] = states(nodes_state, 4)
eks.update_nodegroup_config(clusterName="shop", nodegroupName="blue", scalingConfig={"maxSize": 4})
seen["nodes_changed"] = states(nodes_state, 3)

iam.create_role(RoleName="listed", Path="/waits/", AssumeRolePolicyDocument=TRUST)
seen["role"] = states(lambda: iam.get_role(RoleName="listed") and "present", 2)
iam.delete_role(RoleName="listed")
seen["listed"] = [roles(), roles()]

logs.create_log_group(logGroupName="/waits")
seen["log_group"] = [len(logs.describe_log_groups()["logGroups"]) for _ in range(2)]
logs.delete_log_group(logGroupName="/waits")
seen["log_group"] += [len(logs.describe_log_groups()["logGroups"]) for _ in range(2)]

eks.delete_nodegroup(clusterName="shop", nodegroupName="blue")
seen["nodes_gone"] = nodes_state()
eks.get_waiter("nodegroup_deleted").wait(clusterName="shop", nodegroupName="blue", WaiterConfig=FAST)
eks.delete_cluster(name="shop")
seen["cluster_gone"] = eks.describe_cluster(name="shop")["cluster"]["status"]
rds.delete_db_instance(DBInstanceIdentifier="main", SkipFinalSnapshot=True)
seen["database_gone"] = database()["DBInstanceStatus"]
seen["name_taken"] = [error(rds.create_db_instance, **instance), error(eks.create_cluster, **cluster)]
eks.get_waiter("cluster_deleted").wait(name="shop", WaiterConfig=FAST)
rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier="main", WaiterConfig=FAST)

# moto shows a deleted replication group as being deleted for ever.
cache.create_replication_group(ReplicationGroupId="redis", ReplicationGroupDescription="d", Engine="redis",
                               CacheNodeType="cache.t3.micro", NumCacheClusters=2)
states(cache_state, 1)
cache.get_waiter("replication_group_available").wait(ReplicationGroupId="redis", WaiterConfig=FAST)
cache.delete_replication_group(ReplicationGroupId="redis")
seen["cache_gone"] = cache_state()
cache.get_waiter("replication_group_deleted").wait(ReplicationGroupId="redis", WaiterConfig=FAST)

ec2.delete_nat_gateway(NatGatewayId=nat)
seen["nat_gone"] = states(nat_state, 3)
ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat], WaiterConfig=FAST)
say(seen)
