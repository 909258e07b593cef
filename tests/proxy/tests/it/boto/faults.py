def refusal(call):
    try:
        call()
    except ERRORS as refused:
        answer = refused.response
        meta = answer["ResponseMetadata"]
        return [answer["Error"]["Code"], meta["HTTPStatusCode"], meta["HTTPHeaders"].get("retry-after")]
    return None


def kind(call, **arguments):
    """The kind of the error that a call ends with when there is no whole reply."""
    try:
        call(**arguments)
    except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError, ERRORS) as broken:
        return type(broken).__name__
    return None


codes = {
    "ec2": refusal(ec2.describe_vpcs),
    "iam": refusal(iam.list_roles),
    "eks": refusal(eks.list_clusters),
    "kms": refusal(kms.list_keys),
    "s3": refusal(s3.list_buckets),
    "rds": refusal(rds.describe_db_instances),
}
dropped = kind(sts.get_caller_identity)
lost = kind(ec2.create_vpc, CidrBlock="10.0.0.0/16")
vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
cut = kind(ec2.create_subnet, VpcId=vpcs[0], CidrBlock="10.0.9.0/24")
refused = error(ec2.delete_vpc, VpcId=vpcs[0])
patient = client("ec2", botocore.config.Config(retries={"mode": "standard", "total_max_attempts": 3}))
retried = status(patient.describe_subnets)
say({"codes": codes, "dropped": dropped, "lost": [lost, len(vpcs)], "cut": cut, "refused": refused, "retried": retried})
