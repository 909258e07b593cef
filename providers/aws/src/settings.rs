//! The configuration of one provider instance: region, expected account, profile, role, endpoint.

use flashinfra_plans::{Map, Value};
use flashinfra_providers::{Class, Error};

/// What the stack says about one instance of the provider. What it leaves out comes from the environment and the AWS
/// profile, as for the `aws` command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The region.
    pub(crate) region: Option<String>,
    /// The account that the credentials must lead to.
    pub(crate) account: Option<String>,
    /// The named profile.
    pub(crate) profile: Option<String>,
    /// The ARN of the role to act as.
    pub(crate) assume_role: Option<String>,
    /// The external id that the role's trust policy asks for.
    pub(crate) external_id: Option<String>,
    /// Where all services are reached, instead of AWS's own endpoints.
    pub(crate) endpoint: Option<String>,
}

/// The keys of a configuration. The definitions merge `default_tags` into each resource's `tags` when a stack is
/// compiled, so that a plan shows them; here they mean nothing.
const KEYS: [&str; 7] = ["account", "assume_role", "default_tags", "endpoint", "external_id", "profile", "region"];

impl Settings {
    /// Reads a configuration.
    ///
    /// # Errors
    /// When a key is unknown or its value malformed; the message names it.
    pub(crate) fn read(config: &Map) -> Result<Self, Error> {
        if let Some((key, _)) = config.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
            let known = KEYS.map(|key| format!("`{key}`")).join(", ");
            return Err(invalid(format!("provider aws has no setting `{key}`, only {known}")));
        }
        let settings = Self {
            region: text(config, "region")?,
            account: text(config, "account")?,
            profile: text(config, "profile")?,
            assume_role: text(config, "assume_role")?,
            external_id: text(config, "external_id")?,
            endpoint: text(config, "endpoint")?,
        };
        if let Some(account) = &settings.account
            && (account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()))
        {
            return Err(invalid(format!("`account` of provider aws is `{account}`; an account id has 12 digits")));
        }
        if let Some(role) = &settings.assume_role
            && !(role.starts_with("arn:") && role.contains(":role/"))
        {
            let message =
                format!("`assume_role` of provider aws is `{role}`; write a role's ARN, `arn:aws:iam::…:role/…`");
            return Err(invalid(message));
        }
        if settings.external_id.is_some() && settings.assume_role.is_none() {
            return Err(invalid("`external_id` of provider aws says nothing without `assume_role`".to_owned()));
        }
        if let Some(endpoint) = &settings.endpoint
            && !endpoint.starts_with("http://")
            && !endpoint.starts_with("https://")
        {
            return Err(invalid(format!("`endpoint` of provider aws is `{endpoint}`; write a URL, `https://…`")));
        }
        Ok(settings)
    }
}

fn text(config: &Map, key: &str) -> Result<Option<String>, Error> {
    match config.get(key) {
        None => Ok(None),
        Some(Value::Text(text)) if !text.is_empty() => Ok(Some(text.to_string())),
        Some(_) => Err(invalid(format!("`{key}` of provider aws has to be a text that is known before the plan"))),
    }
}

fn invalid(message: String) -> Error {
    Error::new(Class::FixInput, message)
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;

    use super::Settings;

    #[test]
    fn known_keys_are_read() {
        let settings = Settings::read(&map! { "region" => "eu-west-1", "account" => "123456789012" }).unwrap();
        assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
        assert_eq!(settings.account.as_deref(), Some("123456789012"));
        assert_eq!(settings.profile, None);
    }

    #[test]
    fn a_mistake_is_named() {
        let refused = |config| Settings::read(&config).unwrap_err().message;
        assert!(refused(map! { "regoin" => "eu-west-1" }).contains("no setting `regoin`"));
        assert!(refused(map! { "account" => "1234" }).contains("12 digits"));
        assert!(refused(map! { "endpoint" => "localhost:5000" }).contains("write a URL"));
        assert!(refused(map! { "assume_role" => "deployer" }).contains("a role's ARN"));
        assert!(refused(map! { "external_id" => "x" }).contains("without `assume_role`"));
        assert!(refused(map! { "region" => 1 }).contains("`region`"));
    }
}
