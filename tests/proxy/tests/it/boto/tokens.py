subnet, other = subnets(2)
address = ec2.allocate_address(Domain="vpc")["AllocationId"]


def gateway(subnet):
    return ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address, ClientToken="once")["NatGateway"]["NatGatewayId"]


def cluster():
    return eks.create_cluster(
        name="shop", roleArn="arn:aws:iam::123456789012:role/x", resourcesVpcConfig={"subnetIds": [subnet, other]},
        clientRequestToken="once",
    )["cluster"]["createdAt"]


same = gateway(subnet) == gateway(subnet) and cluster() == cluster()
mismatch = error(gateway, subnet=other)
say({
    "gateways": len(ec2.describe_nat_gateways()["NatGateways"]),
    "clusters": len(eks.list_clusters()["clusters"]),
    "same": same,
    "mismatch": mismatch,
})
