//! Azure Blob Storage.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};

use super::{OpenError, client, one_try, settings};
use crate::environment::Environment;
use crate::url::Location;

/// The account of the emulators and its key, which Microsoft publishes and every emulator has.
const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
const EMULATOR_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const EMULATOR: &str = "http://127.0.0.1:10000";

/// Settings that are credentials by themselves. Without any of them a laptop has the Azure CLI's.
const CREDENTIALS: [AzureConfigKey; 6] = [
    AzureConfigKey::AccessKey,
    AzureConfigKey::SasKey,
    AzureConfigKey::Token,
    AzureConfigKey::ClientSecret,
    AzureConfigKey::FederatedTokenFile,
    AzureConfigKey::MsiEndpoint,
];

pub(super) fn connect(
    location: &Location,
    account: &str,
    container: &str,
    environment: &Environment,
) -> Result<Arc<dyn ObjectStore>, OpenError> {
    let settled = settled(account, environment).map_err(|reason| settings(location, reason))?;
    let endpoint = settled.get("endpoint").cloned();
    let mut builder =
        MicrosoftAzureBuilder::new().with_retry(one_try()).with_client_options(client(endpoint.as_deref()));
    for (name, value) in &settled {
        if let Ok(key) = name.parse() {
            builder = builder.with_config(key, value);
        }
    }
    let has_credentials = CREDENTIALS.iter().any(|key| builder.get_config_value(key).is_some());
    if !has_credentials && has_command("az", environment) {
        builder = builder.with_use_azure_cli(true);
    }
    // The last word on the account and container has the URL.
    let builder = builder.with_account(account).with_container_name(container);
    Ok(Arc::new(builder.build().map_err(|error| settings(location, error))?))
}

/// What the environment says, in the names that the store has for it.
fn settled(account: &str, environment: &Environment) -> Result<BTreeMap<String, String>, String> {
    let mut settled: BTreeMap<String, String> = environment
        .starting_with("AZURE_")
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    // Azure's own command has this name for the key; and App Service says only this of its identity.
    for (theirs, ours) in [("AZURE_STORAGE_KEY", "access_key"), ("IDENTITY_ENDPOINT", "msi_endpoint")] {
        if let Some(value) = environment.get(theirs) {
            settled.insert(ours.into(), value.into());
        }
    }
    if let Some(text) = environment.get("AZURE_STORAGE_CONNECTION_STRING") {
        settled.extend(connection(account, text)?);
    }
    if let Some(server) = environment.get("AZURITE_BLOB_STORAGE_URL") {
        settled.extend(emulated(account, server));
    }
    Ok(settled)
}

/// What a connection string says.
fn connection(account: &str, text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut settled = BTreeMap::new();
    for part in text.split(';').filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').ok_or("AZURE_STORAGE_CONNECTION_STRING has a part without a value")?;
        let name = match name.trim().to_ascii_lowercase().as_str() {
            "accountkey" => "access_key",
            "sharedaccesssignature" => "sas_key",
            "blobendpoint" => "endpoint",
            "usedevelopmentstorage" => {
                settled.extend(emulated(account, EMULATOR));
                continue;
            }
            "accountname" if value != account => {
                return Err(format!("AZURE_STORAGE_CONNECTION_STRING is for the account `{value}`"));
            }
            // The rest is about other services, or about what the account's name says already.
            _ => continue,
        };
        settled.insert(name.into(), value.trim_end_matches('/').into());
    }
    Ok(settled)
}

/// An emulator has its accounts in the path, and one of them has a key that everybody knows.
fn emulated(account: &str, server: &str) -> BTreeMap<String, String> {
    let mut settled = BTreeMap::new();
    settled.insert("endpoint".into(), format!("{}/{account}", server.trim_end_matches('/')));
    if account == EMULATOR_ACCOUNT {
        settled.insert("access_key".into(), EMULATOR_KEY.into());
    }
    settled
}

fn has_command(command: &str, environment: &Environment) -> bool {
    let names = [command.to_owned(), format!("{command}.cmd")];
    let path = environment.get("PATH").unwrap_or_default();
    std::env::split_paths(path)
        .any(|directory: std::path::PathBuf| names.iter().any(|name| Path::is_file(&directory.join(name))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: &[(&str, &str)]) {
        let environment: Environment = variables.iter().copied().collect();
        let settled = settled("shopstate", &environment).unwrap();
        for (name, value) in expected {
            assert_eq!(settled.get(*name).map(String::as_str), Some(*value), "{name} of {variables:?}");
        }
    }

    #[test]
    fn settings_come_from_what_azure_tools_read() {
        check(&[("AZURE_STORAGE_KEY", "a2V5")], &[("access_key", "a2V5")]);
        check(&[("AZURE_STORAGE_SAS_TOKEN", "sv=1")], &[("azure_storage_sas_token", "sv=1")]);
        let text = "DefaultEndpointsProtocol=https;AccountName=shopstate;AccountKey=a2V5PQ==;BlobEndpoint=https://blob.example/;";
        let expected = [("access_key", "a2V5PQ=="), ("endpoint", "https://blob.example")];
        check(&[("AZURE_STORAGE_CONNECTION_STRING", text)], &expected);
        check(&[("AZURITE_BLOB_STORAGE_URL", "http://127.0.0.1:1/")], &[("endpoint", "http://127.0.0.1:1/shopstate")]);
    }

    #[test]
    fn a_connection_string_for_another_account_is_refused() {
        let environment =
            [("AZURE_STORAGE_CONNECTION_STRING", "AccountName=other;AccountKey=a2V5")].into_iter().collect();
        let error = settled("shopstate", &environment).unwrap_err();
        assert_eq!(error, "AZURE_STORAGE_CONNECTION_STRING is for the account `other`");
    }

    #[test]
    fn the_emulators_account_has_the_key_that_everybody_knows() {
        let environment = [("AZURE_STORAGE_CONNECTION_STRING", "UseDevelopmentStorage=true")].into_iter().collect();
        let settled = settled(EMULATOR_ACCOUNT, &environment).unwrap();
        assert_eq!(settled["endpoint"], "http://127.0.0.1:10000/devstoreaccount1");
        assert_eq!(settled["access_key"], EMULATOR_KEY);
    }
}
