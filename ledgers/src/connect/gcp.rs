//! Google Cloud Storage.

use std::sync::Arc;

use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};
use object_store::{ObjectStore, StaticCredentialProvider};

use super::{OpenError, client, one_try, settings};
use crate::environment::Environment;
use crate::url::Location;

pub(super) fn connect(
    location: &Location,
    bucket: &str,
    environment: &Environment,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let emulator = environment.get("STORAGE_EMULATOR_HOST").map(|host| match host.contains("://") {
        true => host.trim_end_matches('/').to_owned(),
        false => format!("http://{}", host.trim_end_matches('/')),
    });
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_retry(one_try())
        .with_client_options(client(emulator.as_deref()))
        .with_bucket_name(bucket);
    match &emulator {
        // Nobody's token is shown to a server that is not Google's.
        Some(emulator) => {
            let nobody = GcpCredential { bearer: String::new() };
            builder = builder.with_base_url(emulator).with_credentials(Arc::new(StaticCredentialProvider::new(nobody)));
        }
        None => {
            for (name, value) in environment.starting_with("GOOGLE_") {
                if let Ok(key) = name.to_ascii_lowercase().parse() {
                    builder = builder.with_config(key, value);
                }
            }
            // The last word on the bucket has the URL.
            builder = builder.with_bucket_name(bucket);
        }
    }
    Ok(Arc::new(builder.build().map_err(|error| settings(location, error))?))
}
