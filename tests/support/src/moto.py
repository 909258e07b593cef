"""Serves moto on a free port of 127.0.0.1 until standard input ends: with the test, however the test ends."""

import functools
import io
import sys
import threading

import xmltodict
from moto import backends
from moto.backup.responses import BackupResponse
from moto.core import responses
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteBackend
from moto.eks.models import EKSBackend
from moto.eks.responses import EKSResponse
from moto.iam.models import IAMBackend
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend
from moto.s3.models import s3_backends
from moto.s3.responses import S3Response
from moto.server import DomainDispatcherApplication, ThreadedMotoServer


class AlreadyAssociated(EC2ClientError):
    def __init__(self, table, association):
        message = f"the specified association for route table {table} conflicts with an existing association {association}"
        super().__init__("Resource.AlreadyAssociated", message)


def one_at_a_time(serve):
    """Moto serves in threads and guards nothing: what one call walks through, another one changes, and the first ends in a 500
    that AWS would not answer. Seen of CreateSecurityGroup, a hundred at once."""
    lock = threading.Lock()

    def answer(app, environ, start_response):
        if not environ.get("wsgi.input_terminated"):
            # Outside of the lock: nobody waits for a client that is slow to send, or was stopped in between.
            sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(sent)
        with lock:
            return serve(app, environ, start_response)

    return answer


def only_once(build):
    """AWS's thirteen hundred managed policies take two seconds to make, after each reset again, and nobody changes them."""
    made = {}

    def make(backend):
        key = (backend.account_id, backend.region_name)
        if key not in made:
            made[key] = build(backend)
        return made[key]

    return make


def with_tags(create):
    """S3 takes tags with the create of a bucket since 2025, and moto does not look at them."""

    def put(response, request, bucket, query):
        answer = create(response, request, bucket, query)
        if not query and response.body:
            sent = xmltodict.parse(response.body, force_list=("Tag",)).get("CreateBucketConfiguration") or {}
            tags = (sent.get("Tags") or {}).get("Tag", [])
            response.backend.put_bucket_tagging(bucket, {tag["Key"]: tag["Value"] or "" for tag in tags})
        return answer

    return put


def under_its_name(get):
    """S3 answers GetBucketVersioning with a `VersioningConfiguration`; SDKs that look at the name refuse moto's."""

    def answer(response):
        status, headers, body = get(response)
        return status, headers, body.replace("GetBucketVersioningResponse", "VersioningConfiguration")

    return answer


def with_slash(list_tags):
    """ListTags of AWS Backup has a slash at its end in AWS's model; SDKs that leave it out are told of no tags by moto."""

    def answer(response):
        response.path = response.path.rstrip("/") + "/"
        return list_tags(response)

    return answer


def with_a_group(create):
    """EKS makes a security group for each cluster, and says in which VPC it is; moto does neither."""

    def make(backend, *args, **kwargs):
        cluster = create(backend, *args, **kwargs)
        ec2 = ec2_backends[backend.account_id][backend.region_name]
        all_subnets = {id: subnet for zone in ec2.subnets.values() for id, subnet in zone.items()}
        subnets = [all_subnets[id] for id in cluster.resources_vpc_config.get("subnetIds", []) if id in all_subnets]
        if subnets:
            vpc = subnets[0].vpc_id
            group = ec2.create_security_group(f"eks-cluster-sg-{cluster.name}", "EKS created this", vpc_id=vpc)
            cluster.resources_vpc_config.update(vpcId=vpc, clusterSecurityGroupId=group.id)
        return cluster

    return make


def without_the_group(delete):
    """It goes with its cluster."""

    def take(backend, name):
        cluster = delete(backend, name)
        group = cluster.resources_vpc_config.get("clusterSecurityGroupId")
        if group:
            ec2_backends[backend.account_id][backend.region_name].delete_security_group(group_id=group)
        return cluster

    return take


def with_update_config(create):
    """EKS takes how many nodes are replaced at once when a group is made; moto only later."""

    def make(response):
        result = create(response)
        group = response.eks_backend.describe_nodegroup(response._get_param("name"), response._get_param("nodegroupName"))
        group.update_config = response._get_param("updateConfig")
        return result

    return make


def with_one_table(associate):
    """EC2 refuses a second table for a subnet, also when it is the first one again; moto answers as it did the first time."""

    def take(backend, route_table_id, gateway_id=None, subnet_id=None):
        for table in list(backend.route_tables.values()):
            for association, target in list(table._associations.items()):
                if subnet_id is not None and target == subnet_id:
                    raise AlreadyAssociated(route_table_id, association)
        return associate(backend, route_table_id, gateway_id, subnet_id)

    return take


def of_the_region(find):
    """The tagging API finds what is in its region; moto finds buckets wherever they are."""

    def found(backend, *args, **kwargs):
        buckets = s3_backends[backend.account_id][backend.partition].buckets
        for resource in find(backend, *args, **kwargs):
            bucket = buckets.get(resource.arn.rpartition(":::")[2])
            if bucket is None or bucket.region_name == backend.region_name:
                yield resource

    return found


DomainDispatcherApplication.__call__ = one_at_a_time(DomainDispatcherApplication.__call__)
IAMBackend._init_aws_policies = only_once(IAMBackend._init_aws_policies)
EKSBackend.create_cluster = with_a_group(EKSBackend.create_cluster)
EKSBackend.delete_cluster = without_the_group(EKSBackend.delete_cluster)
EKSResponse.create_nodegroup = with_update_config(EKSResponse.create_nodegroup)
ResourceGroupsTaggingAPIBackend._get_resources_generator = of_the_region(
    ResourceGroupsTaggingAPIBackend._get_resources_generator
)
RouteBackend.associate_route_table = with_one_table(RouteBackend.associate_route_table)
S3Response._bucket_response_put = with_tags(S3Response._bucket_response_put)
S3Response.get_bucket_versioning = under_its_name(S3Response.get_bucket_versioning)
BackupResponse.list_tags = with_slash(BackupResponse.list_tags)

# Each call lists the folder of all services, twice, and the members of a service's class: half of what a call takes.
listed = backends.list_of_moto_modules
backends.list_of_moto_modules = functools.cache(lambda: tuple(listed()))
responses.method_names_from_class = functools.cache(responses.method_names_from_class)

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
print(port, flush=True)
sys.stdin.read()
