//! The operations of S3, roughly: by method, by whether the path names an object, and by the query's marker.

use hyper::Method;
use hyper::http::request::Parts;

/// The operation's name, with path-style addresses (`/bucket/key`); none when it is not one of these.
pub(crate) fn name(head: &Parts) -> Option<&'static str> {
    let path = head.uri.path().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let query = head.uri.query().unwrap_or_default();
    let method = Verb::of(&head.method)?;
    if bucket.is_empty() {
        return (method == Verb::Get).then_some("ListBuckets");
    }
    if !key.is_empty() {
        return object(method, query, head.headers.contains_key("x-amz-copy-source"));
    }
    let marker = MARKERS.iter().find(|(marker, _)| has(query, marker));
    match (marker, method) {
        (Some((_, names)), verb) => Some(names[verb as usize]).filter(|name| !name.is_empty()),
        (None, Verb::Get) if has(query, "list-type") => Some("ListObjectsV2"),
        (None, Verb::Get) => Some("ListObjects"),
        (None, Verb::Put) => Some("CreateBucket"),
        (None, Verb::Delete) => Some("DeleteBucket"),
        (None, Verb::Head) => Some("HeadBucket"),
        (None, Verb::Post) => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Put,
    Delete,
    Head,
    Post,
}

impl Verb {
    fn of(method: &Method) -> Option<Self> {
        match method.as_str() {
            "GET" => Some(Self::Get),
            "PUT" => Some(Self::Put),
            "DELETE" => Some(Self::Delete),
            "HEAD" => Some(Self::Head),
            "POST" => Some(Self::Post),
            _ => None,
        }
    }
}

fn object(method: Verb, query: &str, copies: bool) -> Option<&'static str> {
    let (part, upload, tags) = (has(query, "uploadId"), has(query, "uploads"), has(query, "tagging"));
    match method {
        Verb::Get if tags => Some("GetObjectTagging"),
        Verb::Get if part => Some("ListParts"),
        Verb::Get => Some("GetObject"),
        Verb::Put if tags => Some("PutObjectTagging"),
        Verb::Put if part => Some("UploadPart"),
        Verb::Put if copies => Some("CopyObject"),
        Verb::Put => Some("PutObject"),
        Verb::Delete if tags => Some("DeleteObjectTagging"),
        Verb::Delete if part => Some("AbortMultipartUpload"),
        Verb::Delete => Some("DeleteObject"),
        Verb::Head => Some("HeadObject"),
        Verb::Post if part => Some("CompleteMultipartUpload"),
        Verb::Post if upload => Some("CreateMultipartUpload"),
        Verb::Post => None,
    }
}

fn has(query: &str, name: &str) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some(name))
}

/// What a parameter without value makes of GET, PUT, DELETE, HEAD and POST on a bucket.
const MARKERS: [(&str, [&str; 5]); 12] = [
    ("location", ["GetBucketLocation", "", "", "", ""]),
    ("versioning", ["GetBucketVersioning", "PutBucketVersioning", "", "", ""]),
    ("encryption", ["GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption", "", ""]),
    ("policy", ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "", ""]),
    ("tagging", ["GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging", "", ""]),
    ("publicAccessBlock", ["GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock", "", ""]),
    (
        "lifecycle",
        ["GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", "", ""],
    ),
    (
        "ownershipControls",
        ["GetBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls", "", ""],
    ),
    ("acl", ["GetBucketAcl", "PutBucketAcl", "", "", ""]),
    ("versions", ["ListObjectVersions", "", "", "", ""]),
    ("uploads", ["ListMultipartUploads", "", "", "", ""]),
    ("delete", ["", "", "", "", "DeleteObjects"]),
];
