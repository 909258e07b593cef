//! What a stack says about an instance: which cluster, and who we are there.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::path::PathBuf;

use flashinfra_plans::{Map, Name, Value};
use flashinfra_providers::error::chain;
use flashinfra_providers::{Access, Class, Error, Sensitive};
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use serde_json::{Value as Json, json};

use crate::tokens::Tokens;

/// The settings that are texts.
const TEXTS: [&str; 7] =
    ["kubeconfig", "context", "cluster", "server", "certificate_authority", "token_for", "client_certificate"];
/// Those that are secrets.
const SECRETS: [&str; 2] = ["token", "client_key"];
/// Those that say who we are, one of which goes with `server`.
const CREDENTIALS: [&str; 4] = ["token", "token_for", "client_certificate", "exec"];
/// The version of credentials that a program prints, unless the stack says another one.
const EXEC_VERSION: &str = "client.authentication.k8s.io/v1";
/// What the one entry of a kubeconfig that is made of settings is called.
const ENTRY: &str = "stack";

/// What a stack says about an instance.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    texts: BTreeMap<Name, String>,
    secrets: BTreeMap<Name, Sensitive>,
    exec: Option<Exec>,
    in_cluster: bool,
}

/// A program that prints a credential.
#[derive(Debug, PartialEq, Eq)]
struct Exec {
    command: String,
    args: Vec<String>,
    env: Vec<(String, String)>,
    api_version: String,
}

impl Settings {
    /// # Errors
    /// When a setting is unknown, malformed, or does not go with the others; the message names it.
    pub(crate) fn read(config: &Map, access: &Access) -> Result<Self, Error> {
        let mut settings = Self::default();
        for (key, value) in config {
            match key.as_str() {
                name if TEXTS.contains(&name) => {
                    let Some(text) = value.as_text().filter(|text| !text.is_empty()) else {
                        return Err(refused(format!("`{key}` of provider kubernetes has to be a text that is known")));
                    };
                    settings.texts.insert(key.clone(), text.to_owned());
                }
                name if SECRETS.contains(&name) => {
                    let Some(secret) = access.secrets.get(key) else {
                        let message = format!("`{key}` of provider kubernetes has to be a secret, with a source");
                        return Err(refused(message));
                    };
                    settings.secrets.insert(key.clone(), secret.clone());
                }
                "exec" => settings.exec = Some(exec(value)?),
                "in_cluster" => {
                    let flag = value.as_bool();
                    settings.in_cluster =
                        flag.ok_or_else(|| refused("`in_cluster` of provider kubernetes is true or false".into()))?;
                }
                _ => {
                    let known = TEXTS.iter().chain(&SECRETS).chain(&["exec", "in_cluster"]);
                    let known: Vec<_> = known.map(|name| format!("`{name}`")).collect();
                    let message = format!("provider kubernetes has no setting `{key}`, only {}", known.join(", "));
                    return Err(refused(message));
                }
            }
        }
        settings.fit()?;
        Ok(settings)
    }

    /// Whether one way leads to one cluster.
    fn fit(&self) -> Result<(), Error> {
        let credentials: Vec<&str> = CREDENTIALS.into_iter().filter(|name| self.has(name)).collect();
        let ways = [
            self.has("server").then_some("server"),
            (self.has("kubeconfig") || self.has("context")).then_some("a kubeconfig"),
            self.in_cluster.then_some("in_cluster"),
        ];
        let ways: Vec<&str> = ways.into_iter().flatten().collect();
        let both = |one: &str, other: &str| refused(format!("provider kubernetes takes {one} or {other}, not both"));
        match (&ways[..], &credentials[..]) {
            ([one, other, ..], _) => Err(both(one, other)),
            (_, [one, other, ..]) => Err(both(&format!("`{one}`"), &format!("`{other}`"))),
            (ways, [credential]) if !ways.contains(&"server") => {
                Err(refused(format!("`{credential}` of provider kubernetes goes with `server`")))
            }
            _ if self.has("client_certificate") != self.has("client_key") => {
                Err(refused("`client_certificate` and `client_key` of provider kubernetes go together".into()))
            }
            _ if self.has("certificate_authority") && !self.has("server") => {
                Err(refused("`certificate_authority` of provider kubernetes goes with `server`".into()))
            }
            _ => Ok(()),
        }
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "exec" => self.exec.is_some(),
            name => self.texts.contains_key(name) || self.secrets.contains_key(name),
        }
    }

    fn text(&self, name: &str) -> Option<&String> {
        self.texts.get(name)
    }

    /// The UID of the namespace `kube-system` that the cluster has to have.
    pub(crate) fn cluster(&self) -> Option<String> {
        self.text("cluster").cloned()
    }

    /// Who makes tokens, where another provider does.
    ///
    /// # Errors
    /// When the name of the cluster comes from nowhere.
    pub(crate) fn tokens(&self, access: &Access) -> Result<Option<Tokens>, Error> {
        let Some(cluster) = self.text("token_for") else { return Ok(None) };
        let origin = access.origins.get("token_for").ok_or_else(|| {
            let message = "`token_for` of provider kubernetes has to be an output of a cluster of this stack: a cluster of \
                           others is reached by a kubeconfig";
            refused(message.into())
        })?;
        Ok(Some(Tokens::new(origin.clone(), cluster.clone())))
    }

    /// The way to the cluster.
    ///
    /// # Errors
    /// When there is none; the message says what was tried, and no secret.
    pub(crate) async fn config(&self) -> Result<Config, Error> {
        let options = KubeConfigOptions { context: self.text("context").cloned(), ..KubeConfigOptions::default() };
        let found = match (self.text("server"), self.text("kubeconfig")) {
            (Some(server), _) => match serde_json::from_value::<Kubeconfig>(self.kubeconfig(server)) {
                Ok(made) => Config::from_custom_kubeconfig(made, &KubeConfigOptions::default()).await.map_err(told),
                Err(error) => Err(told(error)),
            },
            (None, Some(path)) => self.of_kubeconfig(Kubeconfig::read_from(PathBuf::from(path)), &options).await,
            (None, None) if self.in_cluster => Config::incluster().map_err(told),
            (None, None) if self.has("context") => self.of_kubeconfig(Kubeconfig::read(), &options).await,
            (None, None) => {
                Config::infer().await.map_err(|error| match error.source().and_then(<dyn StdError>::downcast_ref) {
                    Some(kubeconfig) => not_read(kubeconfig),
                    None => told(error),
                })
            }
        };
        found.map_err(|why| {
            let why = self.secrets.values().fold(why, |why, secret| secret.hide_in(&why));
            Error::new(Class::AskPerson, format!("{} leads to no cluster: {why}", self.wanted()))
        })
    }

    async fn of_kubeconfig(
        &self,
        read: Result<Kubeconfig, KubeconfigError>,
        options: &KubeConfigOptions,
    ) -> Result<Config, String> {
        let kubeconfig = read.map_err(|error| not_read(&error))?;
        let names: Vec<_> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
        match self.text("context") {
            Some(wanted) if !names.contains(&wanted.as_str()) => Err(match &names[..] {
                [] => "there are no contexts".to_owned(),
                names => format!("there is no such context; there are {}", names.join(", ")),
            }),
            Some(_) | None => {
                Config::from_custom_kubeconfig(kubeconfig, options).await.map_err(|error| not_read(&error))
            }
        }
    }

    fn wanted(&self) -> String {
        match (self.text("server"), self.text("kubeconfig"), self.text("context")) {
            (Some(server), _, _) => server.clone(),
            (None, Some(path), Some(context)) => format!("the context `{context}` of {path}"),
            (None, Some(path), None) => format!("the current context of {path}"),
            (None, None, Some(context)) => format!("the context `{context}`"),
            (None, None, None) if self.in_cluster => "the service account of this pod".to_owned(),
            (None, None, None) => "the current context".to_owned(),
        }
    }

    /// The settings as the kubeconfig that they stand for. It holds secrets in clear, and goes nowhere.
    fn kubeconfig(&self, server: &str) -> Json {
        let secret = |name: &str| self.secrets.get(name).map(Sensitive::reveal);
        let exec = self.exec.as_ref().map(|Exec { command, args, env, api_version }| {
            let env: Vec<Json> = env.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
            json!({
                "apiVersion": api_version, "command": command, "args": args, "env": env,
                "interactiveMode": "Never", "provideClusterInfo": false,
            })
        });
        let user = json!({
            "token": secret("token"),
            "client-certificate-data": self.text("client_certificate"),
            "client-key-data": secret("client_key"),
            "exec": exec,
        });
        let cluster = json!({ "server": server, "certificate-authority-data": self.text("certificate_authority") });
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": ENTRY,
            "clusters": [{ "name": ENTRY, "cluster": cluster }],
            "users": [{ "name": ENTRY, "user": user }],
            "contexts": [{ "name": ENTRY, "context": { "cluster": ENTRY, "user": ENTRY } }],
        })
    }
}

fn exec(value: &Value) -> Result<Exec, Error> {
    let wrong = || refused("`exec` of provider kubernetes has a `command`, and `args`, `env` and `api_version`".into());
    let map = value.as_map().ok_or_else(wrong)?;
    let text = |value: &Value| value.as_text().map(str::to_owned).ok_or_else(wrong);
    let mut exec =
        Exec { command: String::new(), args: Vec::new(), env: Vec::new(), api_version: EXEC_VERSION.to_owned() };
    for (name, value) in map {
        match name.as_str() {
            "command" => exec.command = text(value)?,
            "api_version" => exec.api_version = text(value)?,
            "args" => {
                let args = value.as_list().ok_or_else(wrong)?;
                exec.args = args.iter().map(text).collect::<Result<_, _>>()?;
            }
            "env" => {
                let env = value.as_map().ok_or_else(wrong)?;
                let pair = |(name, value): &(Name, Value)| Ok((name.to_string(), text(value)?));
                exec.env = env.iter().map(pair).collect::<Result<_, Error>>()?;
            }
            _ => return Err(wrong()),
        }
    }
    if exec.command.is_empty() { Err(wrong()) } else { Ok(exec) }
}

fn refused(message: String) -> Error {
    Error::new(Class::FixInput, message)
}

fn told(error: impl StdError) -> String {
    chain(&error)
}

/// What is the matter with a kubeconfig, and nothing of what stands in it: the parser's own message quotes the lines around the mistake,
/// and those of a kubeconfig hold tokens and keys.
fn not_read(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(error, path) => {
            format!("the kubeconfig {} cannot be read: {error}; KUBECONFIG says where another one is", path.display())
        }
        KubeconfigError::Parse(error) => match error.location() {
            Some(at) => format!("line {} of the kubeconfig is not as a kubeconfig is written", at.line()),
            None => "the file is no kubeconfig".to_owned(),
        },
        other => chain(other),
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;
    use flashinfra_plans::value::Secret;

    use super::*;

    fn access() -> Access {
        let secrets = [("token", "s3cret"), ("client_key", "a2V5")];
        let secrets = secrets.map(|(name, secret)| (name.into(), Sensitive::new(secret.to_owned())));
        Access { secrets: secrets.into(), ..Access::default() }
    }

    fn secret() -> Value {
        Value::Secret(Box::new(Secret::Env { name: "T".into(), version: 1 }))
    }

    fn why(config: Map) -> String {
        let error = Settings::read(&config, &access()).unwrap_err();
        assert_eq!(error.class, Class::FixInput);
        error.message
    }

    #[test]
    fn settings_are_read_and_what_is_none_is_named() {
        let settings = Settings::read(&map! { "context" => "shop", "cluster" => "uid" }, &Access::default()).unwrap();
        assert_eq!((settings.wanted(), settings.cluster()), ("the context `shop`".into(), Some("uid".into())));
        assert!(why(map! { "contxt" => "shop" }).contains("no setting `contxt`"));
        assert!(why(map! { "context" => Value::Unknown }).contains("a text that is known"));
        assert!(why(map! { "in_cluster" => "yes" }).contains("true or false"));
    }

    #[test]
    fn one_way_leads_to_a_cluster() {
        assert!(why(map! { "server" => "https://a", "context" => "b" }).contains("server or a kubeconfig, not both"));
        assert!(why(map! { "in_cluster" => true, "context" => "b" }).contains("a kubeconfig or in_cluster, not both"));
        let several = map! { "server" => "https://a", "token" => secret(), "exec" => map! { "command" => "aws" } };
        assert!(why(several).contains("`token` or `exec`, not both"));
        assert!(why(map! { "token" => secret() }).contains("`token` of provider kubernetes goes with `server`"));
        let lonely = map! { "server" => "https://a", "client_certificate" => "Y2VydA==" };
        assert!(why(lonely).contains("go together"));
        // What is no output of a cluster has nobody who makes tokens.
        let config = map! { "server" => "https://a", "token_for" => "shop" };
        let settings = Settings::read(&config, &Access::default()).unwrap();
        assert!(settings.tokens(&Access::default()).err().unwrap().message.contains("an output of a cluster"));
    }

    #[test]
    fn secrets_have_sources_and_are_shown_nowhere() {
        let config = map! { "server" => "https://a", "token" => "s3cret" };
        assert!(Settings::read(&config, &Access::default()).unwrap_err().message.contains("has to be a secret"));
        let settings = Settings::read(&map! { "server" => "https://a", "token" => secret() }, &access()).unwrap();
        assert!(!format!("{settings:?}").contains("s3cret"), "{settings:?}");
    }

    #[tokio::test]
    async fn a_context_that_there_is_not_is_told_with_those_that_there_are() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let why = async |contexts: &str| {
            std::fs::write(path, format!("{{apiVersion: v1, kind: Config, contexts: [{contexts}]}}")).unwrap();
            let settings = map! { "kubeconfig" => path, "context" => "prod" };
            Settings::read(&settings, &Access::default()).unwrap().config().await.unwrap_err().message
        };
        let context = |name: &str| format!("{{name: {name}, context: {{cluster: c, user: u}}}}");
        let why_not = why(&format!("{}, {}", context("production"), context("staging"))).await;
        let expected = format!(
            "the context `prod` of {path} leads to no cluster: there is no such context; there are production, staging"
        );
        assert_eq!(why_not, expected);
        assert!(why("").await.ends_with("there are no contexts"));
    }

    #[tokio::test]
    async fn what_is_the_matter_with_a_kubeconfig_is_told_and_nothing_that_stands_in_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let why = async |path: &str| {
            let settings = Settings::read(&map! { "kubeconfig" => path }, &Access::default()).unwrap();
            settings.config().await.unwrap_err().message
        };
        for (text, line) in [
            ("apiVersion: v1\nusers:\n- name: ada\n  user: s3cret\n", 4),
            ("users:\n- user: {token: s3cret\n  name: [}\n", 3),
            ("s3cret\n", 1),
        ] {
            std::fs::write(path, text).unwrap();
            let why = why(path).await;
            assert!(why.contains(&format!("line {line} of the kubeconfig is not")), "{why}");
            assert!(!why.contains("s3cret"), "{why}");
        }
        let missing = why("/nowhere/config").await;
        assert!(missing.contains("the kubeconfig /nowhere/config cannot be read: No such file"), "{missing}");
    }

    #[tokio::test]
    async fn settings_are_the_kubeconfig_that_they_stand_for() {
        let exec = map! {
            "command" => "aws", "args" => vec![Value::from("eks"), Value::from("get-token")],
            "env" => map! { "AWS_PROFILE" => "shop" },
        };
        let settings = Settings::read(&map! { "server" => "https://a.example", "exec" => exec }, &access()).unwrap();
        let config = settings.config().await.unwrap();
        assert_eq!(config.cluster_url.host(), Some("a.example"));
        let exec = config.auth_info.exec.unwrap();
        assert_eq!((exec.command.as_deref(), exec.api_version.as_deref()), (Some("aws"), Some(EXEC_VERSION)));
        assert_eq!(exec.args.unwrap(), ["eks", "get-token"]);
        assert_eq!(exec.env.unwrap()[0]["value"], "shop");

        let mut both = map! { "server" => "https://a.example", "client_certificate" => "Y2VydA==" };
        both = both.with("client_key", secret());
        let config = Settings::read(&both, &access()).unwrap().config().await.unwrap();
        assert_eq!(config.auth_info.client_certificate_data.as_deref(), Some("Y2VydA=="));
        assert!(config.auth_info.client_key_data.is_some() && config.auth_info.token.is_none());
        let token = map! { "server" => "https://a.example", "token" => secret() };
        assert!(Settings::read(&token, &access()).unwrap().config().await.unwrap().auth_info.token.is_some());
    }
}
