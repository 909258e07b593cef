//! The operations of EKS by method and path, from its API's `requestUri`s.

use hyper::Method;

use super::{Params, decoded};

/// The operation and the named parts of the path; none when no operation has such a path.
pub(crate) fn route(method: &Method, path: &str) -> Option<(&'static str, Params)> {
    ROUTES.iter().find_map(|(verb, pattern, name)| {
        let labels = (*verb == method.as_str()).then(|| labels(pattern, path))??;
        Some((*name, labels))
    })
}

/// The method and the path of a call, `labels` being its named parts; none when a part is missing.
pub(crate) fn path(operation: &str, labels: &Params) -> Option<(&'static str, String)> {
    let (verb, pattern, _) = ROUTES.iter().find(|(_, _, name)| *name == operation)?;
    let mut path = String::new();
    for segment in pattern.split('/').skip(1) {
        path.push('/');
        match label(segment) {
            Some(label) => {
                let value =
                    percent_encoding::utf8_percent_encode(labels.get(label)?, percent_encoding::NON_ALPHANUMERIC);
                path.extend(value);
            }
            None => path.push_str(segment),
        }
    }
    Some((verb, path))
}

fn labels(pattern: &str, path: &str) -> Option<Params> {
    let (mut labels, mut segments) = (Params::new(), path.trim_end_matches('/').split('/'));
    for expected in pattern.split('/') {
        let segment = segments.next()?;
        match label(expected) {
            Some(label) => drop(labels.insert(label.to_owned(), decoded(segment))),
            None if expected == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(labels)
}

fn label(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// Method, path, operation.
pub(crate) const ROUTES: [(&str, &str, &str); 49] = [
    ("POST", "/clusters", "CreateCluster"),
    ("GET", "/clusters", "ListClusters"),
    ("GET", "/clusters/{name}", "DescribeCluster"),
    ("DELETE", "/clusters/{name}", "DeleteCluster"),
    ("POST", "/clusters/{name}/update-config", "UpdateClusterConfig"),
    ("POST", "/clusters/{name}/updates", "UpdateClusterVersion"),
    ("GET", "/clusters/{name}/updates", "ListUpdates"),
    ("GET", "/clusters/{name}/updates/{updateId}", "DescribeUpdate"),
    ("POST", "/clusters/{name}/updates/{updateId}/cancel-update", "CancelUpdate"),
    ("POST", "/clusters/{name}/encryption-config/associate", "AssociateEncryptionConfig"),
    ("POST", "/clusters/{name}/node-groups", "CreateNodegroup"),
    ("GET", "/clusters/{name}/node-groups", "ListNodegroups"),
    ("GET", "/clusters/{name}/node-groups/{nodegroupName}", "DescribeNodegroup"),
    ("DELETE", "/clusters/{name}/node-groups/{nodegroupName}", "DeleteNodegroup"),
    ("POST", "/clusters/{name}/node-groups/{nodegroupName}/update-config", "UpdateNodegroupConfig"),
    ("POST", "/clusters/{name}/node-groups/{nodegroupName}/update-version", "UpdateNodegroupVersion"),
    ("POST", "/clusters/{name}/addons", "CreateAddon"),
    ("GET", "/clusters/{name}/addons", "ListAddons"),
    ("GET", "/clusters/{name}/addons/{addonName}", "DescribeAddon"),
    ("DELETE", "/clusters/{name}/addons/{addonName}", "DeleteAddon"),
    ("POST", "/clusters/{name}/addons/{addonName}/update", "UpdateAddon"),
    ("GET", "/addons/supported-versions", "DescribeAddonVersions"),
    ("GET", "/addons/configuration-schemas", "DescribeAddonConfiguration"),
    ("GET", "/cluster-versions", "DescribeClusterVersions"),
    ("POST", "/clusters/{name}/access-entries", "CreateAccessEntry"),
    ("GET", "/clusters/{name}/access-entries", "ListAccessEntries"),
    ("GET", "/clusters/{name}/access-entries/{principalArn}", "DescribeAccessEntry"),
    ("POST", "/clusters/{name}/access-entries/{principalArn}", "UpdateAccessEntry"),
    ("DELETE", "/clusters/{name}/access-entries/{principalArn}", "DeleteAccessEntry"),
    ("POST", "/clusters/{name}/access-entries/{principalArn}/access-policies", "AssociateAccessPolicy"),
    ("GET", "/clusters/{name}/access-entries/{principalArn}/access-policies", "ListAssociatedAccessPolicies"),
    (
        "DELETE",
        "/clusters/{name}/access-entries/{principalArn}/access-policies/{policyArn}",
        "DisassociateAccessPolicy",
    ),
    ("GET", "/access-policies", "ListAccessPolicies"),
    ("POST", "/clusters/{name}/pod-identity-associations", "CreatePodIdentityAssociation"),
    ("GET", "/clusters/{name}/pod-identity-associations", "ListPodIdentityAssociations"),
    ("GET", "/clusters/{name}/pod-identity-associations/{associationId}", "DescribePodIdentityAssociation"),
    ("POST", "/clusters/{name}/pod-identity-associations/{associationId}", "UpdatePodIdentityAssociation"),
    ("DELETE", "/clusters/{name}/pod-identity-associations/{associationId}", "DeletePodIdentityAssociation"),
    ("POST", "/clusters/{name}/fargate-profiles", "CreateFargateProfile"),
    ("GET", "/clusters/{name}/fargate-profiles", "ListFargateProfiles"),
    ("GET", "/clusters/{name}/fargate-profiles/{fargateProfileName}", "DescribeFargateProfile"),
    ("DELETE", "/clusters/{name}/fargate-profiles/{fargateProfileName}", "DeleteFargateProfile"),
    ("POST", "/clusters/{name}/identity-provider-configs/associate", "AssociateIdentityProviderConfig"),
    ("POST", "/clusters/{name}/identity-provider-configs/disassociate", "DisassociateIdentityProviderConfig"),
    ("POST", "/clusters/{name}/identity-provider-configs/describe", "DescribeIdentityProviderConfig"),
    ("GET", "/clusters/{name}/identity-provider-configs", "ListIdentityProviderConfigs"),
    ("GET", "/tags/{resourceArn}", "ListTagsForResource"),
    ("POST", "/tags/{resourceArn}", "TagResource"),
    ("DELETE", "/tags/{resourceArn}", "UntagResource"),
];
