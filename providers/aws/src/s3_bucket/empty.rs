//! Emptying a bucket that is to go with all that is in it.

use std::time::{Duration, Instant};

use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use flashinfra_providers::{Class, Error};

use super::CODES;
use crate::clients::Clients;

/// For how long one call goes on deleting. The engine gives a call two minutes, and calls again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Deletes all versions of all objects, and their delete markers, a thousand in a call.
///
/// # Errors
/// [`Class::Wait`] when there was too much for one call; [`Class::AskPerson`] when S3 keeps an object.
pub(super) async fn empty(aws: &Clients, bucket: &str) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        let page = aws.read.s3.list_object_versions().bucket(bucket).send().await;
        let objects = objects(&page.map_err(CODES.read("s3:ListObjectVersions"))?);
        // There are objects, which is all that building can lack.
        let Ok(delete) = Delete::builder().set_objects(Some(objects.clone())).quiet(true).build() else {
            return Ok(());
        };
        if objects.is_empty() {
            return Ok(());
        }
        let deleted = aws.write.s3.delete_objects().bucket(bucket).delete(delete).send().await;
        let deleted = deleted.map_err(CODES.write("s3:DeleteObjects"))?;
        if let Some(kept) = deleted.errors().first() {
            let (key, why) = (kept.key().unwrap_or_default(), kept.message().or(kept.code()).unwrap_or_default());
            let message = format!("s3:DeleteObjects: `{key}` in bucket `{bucket}` could not be deleted: {why}");
            return Err(Error::new(Class::AskPerson, message));
        }
        if start.elapsed() > PATIENCE {
            return Err(Error::new(Class::Wait, format!("bucket `{bucket}` is being emptied")));
        }
    }
}

/// The versions and delete markers of a page.
fn objects(page: &ListObjectVersionsOutput) -> Vec<ObjectIdentifier> {
    let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
    let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
    let identifier = |(key, version): (Option<&str>, Option<&str>)| {
        let identifier = ObjectIdentifier::builder().set_key(key.map(str::to_owned));
        identifier.set_version_id(version.map(str::to_owned)).build().ok()
    };
    versions.chain(markers).filter_map(identifier).collect()
}
