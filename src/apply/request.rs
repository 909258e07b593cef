//! What a step sends: inputs with everything in them resolved, and the token that makes it happen once.

use std::collections::BTreeMap;

use flashinfra_plans::plan::{Act, Basis};
use flashinfra_plans::value::Reference;
use flashinfra_plans::{Ledger, Map, Name, OwnerMark, Step, Value, resolve};
use flashinfra_providers::{Class, Create, Delete, Error, Update};
use sha2::{Digest as _, Sha256};

use crate::error::MissingSecret;
use crate::secrets::Secrets;

/// What a step asks its provider for.
#[derive(Debug)]
pub(crate) enum Request {
    Create(Create),
    Update(Update),
    Delete(Delete),
    Mark(Name, OwnerMark),
}

impl Request {
    /// An error that repeats no secret of the request: what a step ends with is written down and shown.
    pub(crate) fn hidden_in(&self, error: Error) -> Error {
        match self {
            Self::Create(Create { inputs, .. }) | Self::Update(Update { inputs, .. }) => inputs.hidden_in(error),
            Self::Delete(_) | Self::Mark(_, _) => error,
        }
    }
}

/// The attributes of a step with the references in them replaced by what the ledger says now. An attribute that turns out to
/// have no value is left out.
///
/// # Errors
/// When something is still unknown: it names the attribute.
pub(crate) fn resolved(step: &Step, ledger: &Ledger) -> Result<Map, Error> {
    let lookup = |reference: &Reference| looked_up(ledger, reference);
    let mut entries = Vec::with_capacity(step.inputs.len());
    for (name, declared) in &step.inputs {
        let value = resolve::resolve(declared, &lookup);
        if !resolve::is_known(&value) {
            let message = format!("{name} of {} refers to something that is not known after all", step.address);
            return Err(Error::new(Class::FixInput, message));
        }
        if value != Value::Null || *declared == Value::Null {
            entries.push((name.clone(), value));
        }
    }
    Ok(entries.into_iter().collect())
}

/// What the ledger says an attribute of another resource is: null when its object has none, none while there is no object.
pub(crate) fn looked_up(ledger: &Ledger, reference: &Reference) -> Option<Value> {
    let row = ledger.rows.get(&reference.address)?;
    row.current.as_ref()?;
    let published = resolve::published(&row.applied, &row.computed, &reference.path);
    // A secret that the service made up is in no ledger: that it is not here does not say that there is none.
    let name = reference.path.split_once('.').map_or(reference.path.as_str(), |(name, _)| name);
    let attribute = ledger.schemas.get(reference.address.kind()).and_then(|schema| schema.attribute(name));
    match published {
        None if attribute.is_some_and(|attribute| attribute.secret) => None,
        published => Some(published.cloned().unwrap_or(Value::Null)),
    }
}

/// The request of a step that calls its provider; none for one that only writes the ledger.
///
/// # Errors
/// When a secret cannot be had: it names the attribute, never the secret.
pub(crate) fn request(
    step: &Step,
    attributes: Map,
    ledger: &Ledger,
    run: &str,
    secrets: &Secrets,
) -> Result<Option<Request>, Error> {
    let kind = Name::from(step.address.kind());
    let mark = mark(step, ledger);
    let token = token(step, &ledger.uuid, run, &attributes);
    let clear = |attributes, wanted: &dyn Fn(&str) -> bool| {
        secrets.inputs(attributes, wanted).map_err(|(attribute, problem)| {
            Error::new(Class::AskPerson, format!("{} needs {attribute}, {problem}", step.address))
        })
    };
    let id = step.object.clone().unwrap_or_default();
    Ok(match &step.act {
        Act::Create => {
            let inputs = clear(attributes, &|_| true)?;
            Some(Request::Create(Create { kind, mark, token, inputs }))
        }
        Act::Update | Act::UnguardDouble => {
            let (changed, before) = (step.changed.clone(), step.before.clone());
            let inputs = clear(attributes, &|name| changed.iter().any(|changed| changed == name))?;
            Some(Request::Update(Update { kind, id, mark, changed, before, inputs, token }))
        }
        Act::Delete => {
            let applied = ledger.rows.get(&step.address).map(|row| row.applied.clone()).unwrap_or_default();
            let arguments = attributes.into_iter().fold(applied, |all, (name, value)| all.with(name, value));
            Some(Request::Delete(Delete { kind, id, arguments }))
        }
        Act::DeleteDouble => Some(Request::Delete(Delete { kind, id, arguments: attributes })),
        Act::Move(_) => Some(Request::Mark(id, mark)),
        Act::Forget | Act::Record => None,
    })
}

/// The owner mark of the object that a step acts on or makes.
pub(crate) fn mark(step: &Step, ledger: &Ledger) -> OwnerMark {
    OwnerMark { stack: ledger.uuid.clone(), address: step.address.clone(), generation: step.generation }
}

/// Looks whether every secret of these steps can be had, and of the provider instances that open only for them, before any of them
/// starts.
pub(crate) fn missing_secrets<'a>(
    steps: impl Iterator<Item = &'a Step>,
    basis: &Basis,
    secrets: &Secrets,
) -> Vec<MissingSecret> {
    let (mut missing, mut first) = (Vec::new(), BTreeMap::new());
    for step in steps {
        if basis.is_deferred(step) {
            first.entry(&step.provider).or_insert(step);
        }
        let sends = |name: &Name| match step.act {
            Act::Create => true,
            Act::Update | Act::UnguardDouble => step.changed.contains(name),
            Act::Delete | Act::DeleteDouble | Act::Forget | Act::Move(_) | Act::Record => false,
        };
        for (name, value) in step.inputs.iter().filter(|(name, _)| sends(name)) {
            missing.extend(secrets.missing(value).into_iter().map(|problem| MissingSecret {
                address: step.address.clone(),
                attribute: name.clone(),
                problem,
            }));
        }
    }
    missing.extend(missing_settings(first, basis, secrets));
    missing
}

/// The secrets that the settings of provider instances lack; each instance comes with the first step in it.
fn missing_settings(first: BTreeMap<&Name, &Step>, basis: &Basis, secrets: &Secrets) -> Vec<MissingSecret> {
    let mut missing = Vec::new();
    for (provider, step) in first {
        for (setting, value) in basis.providers.get(provider).into_iter().flat_map(|instance| &instance.config) {
            let problems = secrets.missing(value).into_iter();
            missing.extend(problems.map(|problem| MissingSecret {
                address: step.address.clone(),
                attribute: format!("`{setting}` of the provider `{provider}`").into(),
                problem,
            }));
        }
    }
    missing
}

/// The client token of a step.
///
/// A create's is the same for the same request of the same generation, whichever run sends it. An update's is the run's own:
/// setting a value, setting it back and setting it again must not look like one request.
pub(crate) fn token(step: &Step, stack: &str, run: &str, attributes: &Map) -> Name {
    let (act, run) = match step.act {
        Act::Create => ("create", ""),
        Act::Update => ("update", run),
        Act::Delete => ("delete", run),
        Act::UnguardDouble => ("unguard_double", run),
        Act::DeleteDouble => ("delete_double", run),
        Act::Forget => ("forget", run),
        Act::Move(_) => ("move", run),
        Act::Record => ("record", run),
    };
    let mut hash = Sha256::new();
    // Secrets are references here, so no token tells anything about one.
    for part in [stack, step.address.as_str(), &step.generation.to_string(), act, run, &attributes.to_json()] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::map;

    use super::*;
    use crate::apply::tests::world::{self, World, shop, stack};

    #[tokio::test(start_paused = true)]
    async fn references_are_what_the_ledger_says() {
        let world = World::new();
        world.made(&stack(shop())).await;
        let ledger = world.ledger().await;
        let look = |address: &str, path: &str| {
            let address = flashinfra_plans::Address::parse(address).unwrap();
            looked_up(&ledger, &Reference { address, path: path.into() })
        };
        assert_eq!(look("test.net/main", "cidr"), Some("10.0.0.0/16".into()));
        assert_eq!(look("test.net/main", "tags.team"), Some("web".into()));
        assert_eq!(look("test.net/main", "id"), Some(world.only("test.net").as_str().into()));
        assert_eq!(look("test.net/main", "comment"), Some(Value::Null));
        assert_eq!(look("test.host/web", "password"), Some(world::secret("PASSWORD", 1)));
        assert_eq!(look("test.net/other", "id"), None);
    }

    #[test]
    fn a_token_is_of_one_request() {
        let step = |act, address: &str, generation| Step {
            id: 1,
            act,
            address: flashinfra_plans::Address::parse(address).unwrap(),
            generation,
            provider: "main".into(),
            object: None,
            inputs: Map::default(),
            changed: Vec::new(),
            before: Map::default(),
            when: None,
            expects: None,
            watched: Vec::new(),
            relies_on: Vec::new(),
            after: Vec::new(),
            row: None,
            typical_seconds: 1,
            timeout_seconds: 1,
        };
        let create = |address, generation| step(Act::Create, address, generation);
        let attributes = map! { "name" => "a" };
        let first = token(&create("t.a/a", 1), "uuid", "run", &attributes);
        assert_eq!(first.len(), 64);
        assert_eq!(token(&create("t.a/a", 1), "uuid", "another run", &attributes), first);
        let others = [
            token(&create("t.a/b", 1), "uuid", "run", &attributes),
            token(&create("t.a/a", 2), "uuid", "run", &attributes),
            token(&create("t.a/a", 1), "other", "run", &attributes),
            token(&create("t.a/a", 1), "uuid", "run", &map! { "name" => "b" }),
            token(&step(Act::Update, "t.a/a", 1), "uuid", "run", &attributes),
            token(&step(Act::Update, "t.a/a", 1), "uuid", "another run", &attributes),
        ];
        let distinct: std::collections::BTreeSet<_> = others.iter().chain([&first]).collect();
        assert_eq!(distinct.len(), 7);
    }
}
