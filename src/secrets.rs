//! Where secrets come from at apply: the environment and files. Their values live no longer than the call that needs them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use flashinfra_plans::value::{Expression, Secret};
use flashinfra_plans::{Map, Name, Value, resolve};
use flashinfra_providers::{Inputs, Sensitive};

/// Where secrets come from.
#[derive(Clone)]
pub struct Secrets {
    /// None: the environment of this process.
    variables: Option<Arc<BTreeMap<String, Sensitive>>>,
    directory: PathBuf,
}

impl Secrets {
    /// The environment of this process, and files relative to its working directory.
    pub fn of_this_process() -> Self {
        Self { variables: None, directory: PathBuf::new() }
    }

    /// These variables and no others, for programs that get their secrets elsewhere.
    pub fn given(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name, Sensitive::new(value))).collect();
        Self { variables: Some(Arc::new(variables)), directory: PathBuf::new() }
    }

    /// The same sources with files relative to another directory.
    #[must_use]
    pub fn with_directory(self, directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), ..self }
    }

    /// Looks whether every source inside a value is there; says of each that is not where it should have been.
    pub(crate) fn missing(&self, value: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        each_source(value, &mut |secret| problems.extend(self.source(secret).err()));
        problems.sort();
        problems.dedup();
        problems
    }

    /// Attributes for a provider: the secrets of the attributes that `wanted` names in clear, beside their references.
    ///
    /// # Errors
    /// The attribute and what is wrong with it; never a secret.
    pub(crate) fn inputs(&self, attributes: Map, wanted: impl Fn(&str) -> bool) -> Result<Inputs, (Name, String)> {
        let mut secrets = BTreeMap::new();
        for (name, value) in attributes.iter().filter(|(name, _)| wanted(name)) {
            self.reveal_in(name.as_str(), value, &mut secrets).map_err(|problem| (name.clone(), problem))?;
        }
        Ok(Inputs { attributes, secrets })
    }

    fn reveal_in(&self, path: &str, value: &Value, secrets: &mut BTreeMap<Name, Sensitive>) -> Result<(), String> {
        match value {
            Value::Secret(secret) => {
                secrets.insert(path.into(), self.reveal(secret)?);
                Ok(())
            }
            Value::List(entries) => entries
                .iter()
                .enumerate()
                .try_for_each(|(index, entry)| self.reveal_in(&format!("{path}.{index}"), entry, secrets)),
            Value::Map(map) => {
                map.iter().try_for_each(|(key, entry)| self.reveal_in(&format!("{path}.{key}"), entry, secrets))
            }
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Text(_)
            | Value::Expression(_)
            | Value::Unknown => Ok(()),
        }
    }

    fn reveal(&self, secret: &Secret) -> Result<Sensitive, String> {
        // The closed set of expressions already says how texts are joined and encoded; a secret only has other leaves.
        match resolve::resolve(&self.in_clear(secret)?, &|_| None) {
            Value::Text(text) => Ok(Sensitive::new(text.into())),
            _ => Err("which is made of something that is not known yet".into()),
        }
    }

    /// A secret as an expression over its clear parts. Lives only inside [`Self::reveal`]; nothing prints it.
    fn in_clear(&self, secret: &Secret) -> Result<Value, String> {
        let expression = match secret {
            Secret::Env { .. } | Secret::File { .. } => return Ok(Value::text(self.source(secret)?.reveal())),
            Secret::Text(parts) => {
                Expression::Text(parts.iter().map(|part| self.value_in_clear(part)).collect::<Result<_, _>>()?)
            }
            Secret::Base64(value) => Expression::Base64(self.value_in_clear(value)?),
            Secret::Json(value) => Expression::Json(self.value_in_clear(value)?),
        };
        Ok(Value::Expression(Box::new(expression)))
    }

    fn value_in_clear(&self, value: &Value) -> Result<Value, String> {
        match value {
            Value::Secret(secret) => self.in_clear(secret),
            Value::List(entries) => {
                Ok(Value::List(entries.iter().map(|entry| self.value_in_clear(entry)).collect::<Result<_, _>>()?))
            }
            Value::Map(map) => {
                let entries = map.iter().map(|(key, entry)| Ok((key.clone(), self.value_in_clear(entry)?)));
                Ok(Value::Map(entries.collect::<Result<Map, String>>()?))
            }
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Text(_)
            | Value::Expression(_)
            | Value::Unknown => Ok(value.clone()),
        }
    }

    fn source(&self, secret: &Secret) -> Result<Sensitive, String> {
        match secret {
            Secret::Env { name, .. } => {
                let value = match &self.variables {
                    Some(variables) => variables.get(name.as_str()).cloned(),
                    None => std::env::var(name.as_str()).ok().map(Sensitive::new),
                };
                value.ok_or_else(|| format!("and the environment variable {name} is not set"))
            }
            Secret::File { path, .. } => {
                let file = self.directory.join(path.as_str());
                let text = std::fs::read_to_string(&file)
                    .map_err(|error| format!("and the file {} cannot be read: {error}", file.display()))?;
                Ok(Sensitive::new(text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)))
            }
            Secret::Text(_) | Secret::Base64(_) | Secret::Json(_) => Err("which has more than one source".into()),
        }
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variables, directory } = self;
        let names = variables.as_ref().map(|variables| variables.keys().collect::<Vec<_>>());
        f.debug_struct("Secrets").field("variables", &names).field("directory", directory).finish()
    }
}

/// Calls with each environment variable and file that a value needs.
fn each_source(value: &Value, visit: &mut impl FnMut(&Secret)) {
    match value {
        Value::Secret(secret) => match secret.as_ref() {
            Secret::Env { .. } | Secret::File { .. } => visit(secret),
            Secret::Text(parts) => parts.iter().for_each(|part| each_source(part, visit)),
            Secret::Base64(value) | Secret::Json(value) => each_source(value, visit),
        },
        Value::List(entries) => entries.iter().for_each(|entry| each_source(entry, visit)),
        Value::Map(map) => map.iter().for_each(|(_, entry)| each_source(entry, visit)),
        Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Text(_) | Value::Expression(_) | Value::Unknown => {}
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;

    use super::*;

    fn env(name: &str) -> Value {
        Value::Secret(Box::new(Secret::Env { name: name.into(), version: 1 }))
    }

    fn secret(secret: Secret) -> Value {
        Value::Secret(Box::new(secret))
    }

    fn secrets() -> Secrets {
        Secrets::given([("TOKEN".to_owned(), "hunter2".to_owned())])
    }

    /// Reveals one attribute.
    fn check(value: Value, expect: &str) {
        let inputs = secrets().inputs(map! { "at" => value }, |_| true).unwrap();
        assert_eq!(inputs.secret("at").unwrap().reveal(), expect);
    }

    #[test]
    fn a_secret_is_made_of_its_parts() {
        check(env("TOKEN"), "hunter2");
        check(secret(Secret::Text(vec!["user:".into(), env("TOKEN"), Value::Integer(1)])), "user:hunter21");
        check(secret(Secret::Base64(env("TOKEN"))), "aHVudGVyMg==");
        check(secret(Secret::Json(map! { "b" => env("TOKEN"), "a" => true }.into())), r#"{"a":true,"b":"hunter2"}"#);
        let inner = secret(Secret::Text(vec!["Bearer ".into(), env("TOKEN")]));
        check(secret(Secret::Json(Value::from(vec![inner]))), r#"["Bearer hunter2"]"#);
    }

    #[test]
    fn secrets_stand_beside_their_references_by_path() {
        let attributes =
            map! { "users" => Value::from(vec![map! { "name" => "a", "password" => env("TOKEN") }.into()]) };
        let inputs = secrets().inputs(attributes.clone(), |_| true).unwrap();
        assert_eq!(inputs.attributes, attributes);
        assert_eq!(inputs.secrets.keys().collect::<Vec<_>>(), ["users.0.password"]);
        assert!(secrets().inputs(attributes, |_| false).unwrap().secrets.is_empty());
    }

    #[test]
    fn a_file_loses_one_newline_at_its_end() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("token"), "hunter2\n\n").unwrap();
        let secrets = Secrets::given([]).with_directory(directory.path());
        let value = secret(Secret::File { path: "token".into(), version: 1 });
        let inputs = secrets.inputs(map! { "at" => value }, |_| true).unwrap();
        assert_eq!(inputs.secret("at").unwrap().reveal(), "hunter2\n");
    }

    #[test]
    fn what_is_missing_is_named_and_nothing_is_told() {
        let value = secret(Secret::Text(vec![env("TOKEN"), env("OTHER")]));
        assert_eq!(secrets().missing(&value), ["and the environment variable OTHER is not set"]);
        let (attribute, problem) = secrets().inputs(map! { "at" => value }, |_| true).unwrap_err();
        assert_eq!(attribute, "at");
        assert!(!problem.contains("hunter2"), "{problem}");
        assert!(secrets().missing(&env("TOKEN")).is_empty());
        let file = secret(Secret::File { path: "/nowhere/at/all".into(), version: 1 });
        assert!(secrets().missing(&file)[0].starts_with("and the file /nowhere/at/all cannot be read: "));
        assert!(!format!("{:?}", secrets()).contains("hunter2"));
    }
}
