tag = {"TagSpecifications": [{"ResourceType": "subnet", "Tags": [{"Key": "test", "Value": "pages"}]}]}
made = subnets(12, tag.items())
for number in range(7):
    iam.create_role(RoleName=f"role-{number}", Path="/pages/", AssumeRolePolicyDocument=TRUST)
policies = iam.list_policies(Scope="AWS", MaxItems=5)["Policies"]
policies += [{"Arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]
for policy in policies:
    iam.attach_role_policy(RoleName="role-0", PolicyArn=policy["Arn"])
for number in range(6):
    rds.create_db_subnet_group(DBSubnetGroupName=f"g{number}", DBSubnetGroupDescription="d", SubnetIds=made[:2])
    eks.create_cluster(name=f"c{number}", roleArn="arn:aws:iam::123456789012:role/x", resourcesVpcConfig={"subnetIds": made[:2]})
    kms.create_key()
    logs.create_log_group(logGroupName=f"/g/{number}")

LISTS = [
    (ec2, "describe_subnets", "Subnets", {}),
    (ec2, "describe_tags", "Tags", {}),
    (ec2, "describe_vpcs", "Vpcs", {}),
    (iam, "list_roles", "Roles", {"PathPrefix": "/pages/"}),
    (iam, "list_attached_role_policies", "AttachedPolicies", {"RoleName": "role-0"}),
    (iam, "get_account_authorization_details", "RoleDetailList", {"Filter": ["Role"]}),
    (rds, "describe_db_subnet_groups", "DBSubnetGroups", {}),
    (eks, "list_clusters", "clusters", {}),
    (kms, "list_keys", "Keys", {}),
    (logs, "describe_log_groups", "logGroups", {}),
    (tagging, "get_resources", "ResourceTagMappingList", {"ResourceTypeFilters": ["ec2:subnet"]}),
]
pages, items, different = {}, 0, 0
for service, operation, key, arguments in LISTS:
    name = f"{service.meta.service_model.service_name}.{operation}"
    found = [page[key] for page in service.get_paginator(operation).paginate(**arguments)]
    pages[name] = [len(page) for page in found]
    items += sum(pages[name])
    different += len({json.dumps(item, default=str) for page in found for item in page})

small = eks.get_paginator("list_clusters").paginate(PaginationConfig={"PageSize": 4})
say({
    "pages": pages,
    "items": items,
    "different": different,
    "small": [len(page["clusters"]) for page in small],
    "by_id": len(ec2.describe_subnets(SubnetIds=made[:7])["Subnets"]),
    "wrong_token": error(iam.list_roles, Marker="flashinfra-page-1000000-5"),
})
