"""What the scripts share: a client for each service, without retries and without a check of what is sent."""

import json
import time

import boto3
import botocore.config
import botocore.exceptions

ONCE = botocore.config.Config(retries={"total_max_attempts": 1}, read_timeout=20, s3={"addressing_style": "path"})


def client(service, config=ONCE):
    return boto3.client(service, region_name="us-east-1", config=config)


class Lazy:
    """A client that is made when it is first used: each takes part of a second."""

    def __init__(self, service):
        self.service = service

    def __getattr__(self, name):
        if "client" not in self.__dict__:
            self.client = client(self.service)
        return getattr(self.client, name)


ec2, rds, eks, iam, kms, logs, sts, s3 = map(Lazy, "ec2 rds eks iam kms logs sts s3".split())
cache, tagging = Lazy("elasticache"), Lazy("resourcegroupstaggingapi")
ERRORS = botocore.exceptions.ClientError
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


def say(result):
    print(json.dumps(result))


def subnets(count, tags=()):
    """A VPC with subnets."""
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = []
    for number in range(count):
        zone = "us-east-1" + "abc"[number % 3]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone, **dict(tags))
        made.append(subnet["Subnet"]["SubnetId"])
    return made


def error(call, **arguments):
    """The code of the error that a call ends with."""
    try:
        call(**arguments)
    except ERRORS as refused:
        return refused.response["Error"]["Code"]
    return None


def status(call, **arguments):
    try:
        return call(**arguments)["ResponseMetadata"]["HTTPStatusCode"]
    except ERRORS as refused:
        return refused.response["ResponseMetadata"]["HTTPStatusCode"]
    except botocore.parsers.ResponseParserError:
        return 500
