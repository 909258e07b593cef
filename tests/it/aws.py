"""What people and other tools do in an AWS account behind flashinfra's back: `python aws.py COMMAND`."""

import sys

import boto3

ec2, iam, rds, eks, sts = (boto3.client(name) for name in ("ec2", "iam", "rds", "eks", "sts"))


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


def make_foreign():
    """Makes things that are not the stack's, one of them with the stack's tags copied."""
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Project", "Value": "flashmm"}])
    ec2.create_security_group(GroupName="foreign", Description="not ours", VpcId=vpc)
    iam.create_role(RoleName="foreign", AssumeRolePolicyDocument="{}")


def objects():
    """Lists everything of the kinds that flashinfra knows."""
    found = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    found += [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]]
    found += [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]]
    found += ["role " + role["RoleName"] for role in iam.list_roles()["Roles"]]
    found += ["subnet group " + group["DBSubnetGroupName"] for group in rds.describe_db_subnet_groups()["DBSubnetGroups"]]
    found += ["instance " + instance["DBInstanceIdentifier"] for instance in rds.describe_db_instances()["DBInstances"]]
    found += ["cluster " + cluster for cluster in eks.list_clusters()["clusters"]]
    print("\n".join(sorted(found)))


def other_account():
    """Prints credentials of another account."""
    keys = sts.assume_role(RoleArn="arn:aws:iam::999999999999:role/other", RoleSessionName="other")["Credentials"]
    print(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


globals()[sys.argv[1]]()
