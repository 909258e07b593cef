body = bytes(range(256)) * 5000
s3.create_bucket(Bucket="ledgers")
s3.put_object(Bucket="ledgers", Key="shop/ledger.json", Body=body)
found = s3.get_object(Bucket="ledgers", Key="shop/ledger.json")["Body"].read()
length = s3.head_object(Bucket="ledgers", Key="shop/ledger.json")["ContentLength"]
once = error(s3.put_object, Bucket="ledgers", Key="shop/ledger.json", Body=b"", IfNoneMatch="*")

# The reply to the second write is lost, so the third, which is the same, finds the object there.
lost = None
try:
    s3.put_object(Bucket="ledgers", Key="shop/1", Body=b"1", IfNoneMatch="*")
except botocore.exceptions.BotoCoreError as broken:
    lost = type(broken).__name__
again = error(s3.put_object, Bucket="ledgers", Key="shop/1", Body=b"1", IfNoneMatch="*")
keys = [item["Key"] for item in s3.list_objects_v2(Bucket="ledgers", Prefix="shop/")["Contents"]]
say({"same": found == body, "length": length, "once": once, "lost": lost, "again": again, "keys": keys})
