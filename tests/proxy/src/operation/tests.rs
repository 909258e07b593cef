use hyper::Request;

use super::{Operation, Params, Protocol, operation};

fn read(method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> (Operation, Params) {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    operation(&head, body.as_bytes())
}

fn signed(service: &str) -> (&'static str, String) {
    let scope =
        format!("AWS4-HMAC-SHA256 Credential=KEY/20261122/eu-west-1/{service}/aws4_request, SignedHeaders=host");
    ("authorization", scope)
}

/// What a request is called, and whether it changes anything.
fn check(request: (&str, &str, &str), headers: &[(&str, &str)], body: &str, name: &str, mutating: bool) {
    let (method, uri, service) = request;
    let (key, scope) = signed(service);
    let mut headers = headers.to_vec();
    headers.push((key, &scope));
    let (operation, _) = read(method, uri, &headers, body);
    assert_eq!((operation.full_name().as_str(), operation.mutating), (name, mutating), "{method} {uri}");
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

#[test]
fn forms_name_their_action() {
    check(("POST", "/", "ec2"), &[FORM], "Action=CreateVpc&CidrBlock=10.0.0.0%2F16", "ec2:CreateVpc", true);
    check(("POST", "/", "ec2"), &[FORM], "Action=DescribeVpcs", "ec2:DescribeVpcs", false);
    check(("POST", "/", "rds"), &[FORM], "Action=ListTagsForResource", "rds:ListTagsForResource", false);
    check(("POST", "/", "iam"), &[FORM], "Version=1&Action=AttachRolePolicy", "iam:AttachRolePolicy", true);
    check(("POST", "/", "sts"), &[FORM], "Action=GetCallerIdentity", "sts:GetCallerIdentity", false);
    let (operation, params) = read("POST", "/", &[FORM], "Action=AssumeRoleWithWebIdentity&WebIdentityToken=t");
    assert_eq!(operation.full_name(), "sts:AssumeRoleWithWebIdentity");
    assert_eq!(params.get("WebIdentityToken").map(String::as_str), Some("t"));
}

#[test]
fn targets_name_their_operation() {
    let target = |name| [("x-amz-target", name), ("content-type", "application/x-amz-json-1.1")];
    check(("POST", "/", "kms"), &target("TrentService.CreateKey"), "{}", "kms:CreateKey", true);
    let name = "ResourceGroupsTaggingAPI_20170126.GetResources";
    check(("POST", "/", "tagging"), &target(name), "{}", "tagging:GetResources", false);
    let cbor = "/service/ResourceGroupsTaggingAPI_20170126/operation/GetResources";
    check(("POST", cbor, "tagging"), &[], "", "tagging:GetResources", false);
}

#[test]
fn paths_of_eks_name_their_operation() {
    check(("POST", "/clusters", "eks"), &[], "{}", "eks:CreateCluster", true);
    check(("GET", "/clusters?maxResults=100", "eks"), &[], "", "eks:ListClusters", false);
    check(("GET", "/clusters/shop/node-groups/blue", "eks"), &[], "", "eks:DescribeNodegroup", false);
    check(("POST", "/clusters/shop/updates", "eks"), &[], "{}", "eks:UpdateClusterVersion", true);
    check(("DELETE", "/tags/arn%3Aaws%3Aeks%3A%2Fx?tagKeys=a", "eks"), &[], "", "eks:UntagResource", true);
    check(("PUT", "/nowhere/at/all", "eks"), &[], "", "eks:PUT /nowhere/at/all", true);
}

#[test]
fn paths_of_s3_name_their_operation_roughly() {
    check(("GET", "/", "s3"), &[], "", "s3:ListBuckets", false);
    check(("PUT", "/bucket", "s3"), &[], "", "s3:CreateBucket", true);
    check(("GET", "/bucket?list-type=2&prefix=a", "s3"), &[], "", "s3:ListObjectsV2", false);
    check(("PUT", "/bucket/?versioning", "s3"), &[], "", "s3:PutBucketVersioning", true);
    check(("PUT", "/bucket/a/b.json", "s3"), &[], "x", "s3:PutObject", true);
    check(("HEAD", "/bucket/a", "s3"), &[], "", "s3:HeadObject", false);
    check(("POST", "/bucket?delete", "s3"), &[], "", "s3:DeleteObjects", true);
    check(("POST", "/bucket/a?uploads", "s3"), &[], "", "s3:CreateMultipartUpload", true);
}

#[test]
fn a_token_is_found_in_a_body_of_any_operation() {
    let (key, scope) = signed("route53");
    let body = "<CreateHostedZoneRequest><CallerReference>5f5f</CallerReference></CreateHostedZoneRequest>";
    let (operation, params) = read("POST", "/2013-04-01/hostedzone", &[(key, &scope)], body);
    assert_eq!(operation.full_name(), "route53:POST /2013-04-01/hostedzone");
    assert_eq!(params.get("CallerReference").map(String::as_str), Some("5f5f"));
    let (_, params) = read("PUT", "/backup/plans/", &[], r#"{"CreatorRequestId":"5f5f"}"#);
    assert_eq!(params.get("CreatorRequestId").map(String::as_str), Some("5f5f"));
}

#[test]
fn what_is_not_known_says_so() {
    let (operation, _) = read("POST", "/2015-03-31/functions", &[], "{}");
    assert_eq!(operation.full_name(), "unknown:POST /2015-03-31/functions");
    assert_eq!((operation.protocol, operation.mutating), (Protocol::Unknown, true));
    let presigned = "/bucket/key?X-Amz-Credential=KEY%2F20261122%2Feu-west-1%2Fs3%2Faws4_request";
    let (operation, _) = read("GET", presigned, &[], "");
    assert_eq!((operation.full_name().as_str(), operation.region.as_str()), ("s3:GetObject", "eu-west-1"));
}

#[test]
fn parameters_are_read_whatever_way_they_are_written() {
    let (key, scope) = signed("eks");
    let headers = [(key, scope.as_str())];
    let body = r#"{"clientRequestToken":"t","scalingConfig":{"minSize":1},"force":true}"#;
    let (_, params) = read("POST", "/clusters/shop/node-groups/a%2Fb/update-version", &headers, body);
    let names: Vec<_> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(names, ["clientRequestToken=t", "force=true", "name=shop", "nodegroupName=a/b"]);
    let path = super::eks::path("UpdateNodegroupVersion", &params).unwrap();
    assert_eq!(path, ("POST", "/clusters/shop/node-groups/a%2Fb/update-version".to_owned()));
}
