for number in range(6):
    status(iam.create_role, RoleName=f"role-{number}", AssumeRolePolicyDocument=TRUST)
    status(ec2.create_vpc, CidrBlock=f"10.{number}.0.0/16")
    status(ec2.describe_vpcs)
    status(iam.list_roles)
    status(iam.get_role, RoleName=f"role-{number}")
say({})
