//! Where ledgers are, as people write it.

use std::fmt;
use std::str::FromStr;

/// A place for ledgers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// `s3://bucket/prefix`
    S3 {
        /// The bucket.
        bucket: String,
        /// What is in front of every key in it, without slashes around it; empty for nothing.
        prefix: String,
    },
    /// `gs://bucket/prefix`
    Gcs {
        /// The bucket.
        bucket: String,
        /// What is in front of every object's name in it, without slashes around it; empty for nothing.
        prefix: String,
    },
    /// `kubernetes://namespace/prefix?context=NAME`
    Kubernetes {
        /// The namespace.
        namespace: String,
        /// The context of the kubeconfig; none for the current one, or for the cluster that this runs in.
        context: Option<String>,
        /// What is in front of every path in it, without slashes around it; empty for nothing.
        prefix: String,
    },
    /// `az://account/container/prefix`
    Azure {
        /// The storage account.
        account: String,
        /// The container.
        container: String,
        /// What is in front of every blob's name in it, without slashes around it; empty for nothing.
        prefix: String,
    },
}

impl Location {
    /// Whether a text is meant as a URL, and not as a directory.
    pub fn is_url(text: &str) -> bool {
        text.split_once("://").is_some_and(|(scheme, _)| {
            // `C://` is a drive.
            scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        })
    }

    /// The bucket or container, as a URL.
    pub fn root(&self) -> String {
        match self {
            Self::S3 { bucket, .. } => format!("s3://{bucket}"),
            Self::Gcs { bucket, .. } => format!("gs://{bucket}"),
            Self::Azure { account, container, .. } => format!("az://{account}/{container}"),
            Self::Kubernetes { namespace, .. } => format!("kubernetes://{namespace}"),
        }
    }

    /// What is in front of every object's name; empty for nothing.
    pub fn prefix(&self) -> &str {
        match self {
            Self::S3 { prefix, .. }
            | Self::Gcs { prefix, .. }
            | Self::Azure { prefix, .. }
            | Self::Kubernetes { prefix, .. } => prefix,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.prefix() {
            "" => f.write_str(&self.root()),
            prefix => write!(f, "{}/{prefix}", self.root()),
        }?;
        match self {
            Self::Kubernetes { context: Some(context), .. } => write!(f, "?context={context}"),
            Self::Kubernetes { .. } | Self::S3 { .. } | Self::Gcs { .. } | Self::Azure { .. } => Ok(()),
        }
    }
}

/// Why a text names no place for ledgers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// It is of no kind that there is.
    #[error("`{0}` is no place for ledgers: it starts with none of `s3://`, `gs://`, `az://` and `kubernetes://`")]
    Scheme(String),
    /// A part is missing.
    #[error("`{url}` names no {missing}: it has the form `{form}`")]
    Missing {
        /// What was given.
        url: String,
        /// The bucket, account or container.
        missing: &'static str,
        /// What it should look like.
        form: &'static str,
    },
    /// It has a part that may be a secret. The place stands in plans and messages.
    #[error("the URL of the ledgers has {0}; the place stands in plans, so credentials come from the environment")]
    Secret(&'static str),
    /// A part of the prefix means something else to a store.
    #[error("`{0}` has an empty or dotted part in its prefix")]
    Prefix(String),
}

const S3: &str = "s3://bucket/prefix";
const GCS: &str = "gs://bucket/prefix";
const AZURE: &str = "az://account/container/prefix";
const KUBERNETES: &str = "kubernetes://namespace/prefix?context=NAME";

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(url: &str) -> Result<Self, LocationError> {
        if let Some(rest) = url.strip_prefix("kubernetes://").or_else(|| url.strip_prefix("k8s://")) {
            return kubernetes(url, rest);
        }
        if url.contains(['?', '#']) {
            return Err(LocationError::Secret("a query or fragment"));
        }
        let other = || LocationError::Scheme(url.into());
        let (scheme, rest) = url.split_once("://").ok_or_else(other)?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let part = |text: &str, missing, form| match text {
            "" => Err(LocationError::Missing { url: url.into(), missing, form }),
            text => Ok(text.to_owned()),
        };
        let azure = |account: &str, container: &str, path: &str| {
            let (account, container) = (part(account, "account", AZURE)?, part(container, "container", AZURE)?);
            Ok(Self::Azure { account, container, prefix: prefix(url, path)? })
        };
        match scheme.to_ascii_lowercase().as_str() {
            // An abfs URL has its container where others have a user.
            "abfs" | "abfss" => {
                let (container, server) = host.split_once('@').unwrap_or(("", host));
                azure(server.split('.').next().unwrap_or_default(), container, path)
            }
            _ if host.contains('@') => Err(LocationError::Secret("a user or password")),
            "s3" | "s3a" => Ok(Self::S3 { bucket: part(host, "bucket", S3)?, prefix: prefix(url, path)? }),
            "gs" | "gcs" => Ok(Self::Gcs { bucket: part(host, "bucket", GCS)?, prefix: prefix(url, path)? }),
            "az" | "azure" => {
                let (container, path) = path.split_once('/').unwrap_or((path, ""));
                azure(host, container, path)
            }
            "https" if host.ends_with(".blob.core.windows.net") || host.ends_with(".dfs.core.windows.net") => {
                let (container, path) = path.split_once('/').unwrap_or((path, ""));
                azure(host.split('.').next().unwrap_or_default(), container, path)
            }
            "https" if host == "storage.googleapis.com" => {
                let (bucket, path) = path.split_once('/').unwrap_or((path, ""));
                Ok(Self::Gcs { bucket: part(bucket, "bucket", GCS)?, prefix: prefix(url, path)? })
            }
            _ => Err(other()),
        }
    }
}

/// A namespace of a cluster. The name of its context is no secret, and may be the ARN of a cluster or an address.
fn kubernetes(url: &str, rest: &str) -> Result<Location, LocationError> {
    let (place, context) = match rest.split_once('?') {
        None => (rest, None),
        Some((place, query)) => match query.strip_prefix("context=") {
            Some(context) if !context.is_empty() && !context.contains(['&', '#']) => (place, Some(context.to_owned())),
            _ => return Err(LocationError::Secret("a query that is not `?context=NAME`")),
        },
    };
    let (namespace, path) = place.split_once('/').unwrap_or((place, ""));
    if place.contains(['@', '#']) {
        return Err(LocationError::Secret("a user, password or fragment"));
    }
    if namespace.is_empty() {
        return Err(LocationError::Missing { url: url.into(), missing: "namespace", form: KUBERNETES });
    }
    Ok(Location::Kubernetes { namespace: namespace.into(), context, prefix: prefix(url, path)? })
}

/// A prefix without the slash at its end.
fn prefix(url: &str, path: &str) -> Result<String, LocationError> {
    let path = path.strip_suffix('/').unwrap_or(path);
    if !path.is_empty() && path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(LocationError::Prefix(url.into()));
    }
    Ok(path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        assert_eq!(url.parse::<Location>().unwrap().to_string(), expected, "{url}");
    }

    fn refused(url: &str, expected: &str) {
        let error = url.parse::<Location>().unwrap_err().to_string();
        assert!(error.contains(expected), "{url}: {error}");
    }

    #[test]
    fn a_place_is_written_as_its_ecosystem_writes_it() {
        check("s3://ledgers", "s3://ledgers");
        check("s3://ledgers/", "s3://ledgers");
        check("s3a://ledgers/team/a/", "s3://ledgers/team/a");
        check("gs://ledgers/team", "gs://ledgers/team");
        check("gcs://ledgers/team", "gs://ledgers/team");
        check("https://storage.googleapis.com/ledgers/team", "gs://ledgers/team");
        check("az://shopstate/ledgers/team/a", "az://shopstate/ledgers/team/a");
        check("azure://shopstate/ledgers", "az://shopstate/ledgers");
        check("abfss://ledgers@shopstate.dfs.core.windows.net/team", "az://shopstate/ledgers/team");
        check("kubernetes://shop", "kubernetes://shop");
        check("k8s://shop/team/?context=admin@production", "kubernetes://shop/team?context=admin@production");
        let arn = "kubernetes://shop?context=arn:aws:eks:eu-central-1:123456789012:cluster/production";
        check(arn, arn);
        check("https://shopstate.blob.core.windows.net/ledgers/team", "az://shopstate/ledgers/team");
    }

    #[test]
    fn a_place_that_is_none_says_what_is_wrong() {
        refused("ftp://ledgers/team", "none of `s3://`, `gs://`, `az://` and `kubernetes://`");
        refused("ledgers", "none of");
        refused("https://example.org/ledgers", "none of");
        refused("s3:///team", "names no bucket");
        refused(
            "kubernetes:///team",
            "names no namespace: it has the form `kubernetes://namespace/prefix?context=NAME`",
        );
        refused("kubernetes://shop?token=abc", "a query that is not `?context=NAME`");
        refused("kubernetes://admin:abc@shop/team", "credentials come from the environment");
        refused("az://shopstate", "names no container: it has the form `az://account/container/prefix`");
        refused("az:///ledgers", "names no account");
        refused("abfss://shopstate.dfs.core.windows.net/team", "names no container");
        refused("s3://ledgers/a//b", "empty or dotted part");
        refused("s3://ledgers/../b", "empty or dotted part");
        refused("https://shopstate.blob.core.windows.net/ledgers?sig=abc", "credentials come from the environment");
        refused("s3://key:secret@ledgers/team", "credentials come from the environment");
        assert!(!"az://a/b?sig=abc".parse::<Location>().unwrap_err().to_string().contains("abc"));
    }

    #[test]
    fn a_directory_is_no_url() {
        assert!(Location::is_url("s3://ledgers") && Location::is_url("ftp://x"));
        assert!(!Location::is_url("ledgers") && !Location::is_url("../a://b") && !Location::is_url(r"C://ledgers"));
    }
}
