//! Render: what a stack declares, as the tools of its provider take it, for who applies it with those. No cloud is asked.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_plans::declared::{self, NotKnown};
use flashinfra_plans::{Address, CompiledStack, Declared, Ledger, Map, Name};
use flashinfra_providers::{Manifest, ToWrite, Unwritable};

use crate::error::EngineError;
use crate::ledgers::{self, LedgerKey};
use crate::session::Session;

/// What was written down.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The resources, in the order in which they can be given to their provider.
    pub manifests: Vec<Manifest>,
    /// How many resources of the stack are not among them, since they are of other providers.
    pub others: usize,
    /// The ledger that values were taken from; none where none was needed.
    pub ledger: Option<String>,
}

/// Why nothing is written down.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Nothing of it can be.
    #[error("{stack} declares nothing that is rendered")]
    Nothing {
        /// The stack.
        stack: Name,
    },
    /// There are several places that it could be for.
    #[error("{stack} has {} providers whose resources are rendered", .instances.len())]
    Several {
        /// The stack.
        stack: Name,
        /// The provider instances.
        instances: Vec<Name>,
    },
    /// There is no such provider instance, or nothing of it is rendered.
    #[error("the stack has no provider `{named}` whose resources are rendered")]
    NoInstance {
        /// The one that was named.
        named: Name,
        /// Those that there are.
        instances: Vec<Name>,
    },
    /// Values that only a service could tell.
    #[error("{}", not_known(.values))]
    NotKnown {
        /// The values.
        values: Vec<NotKnown>,
        /// The ledger, where there is one, which does not know them either.
        ledger: Option<String>,
    },
    /// Resources that cannot be written down.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Unwritable(Vec<Unwritable>),
}

fn not_known(values: &[NotKnown]) -> String {
    let one = |value: &NotKnown| {
        let NotKnown { address, path, needs, at: _ } = value;
        format!(
            "`{path}` of {address} takes `{}` of {}, which is known only once that is there",
            needs.path, needs.address
        )
    };
    values.iter().map(one).collect::<Vec<_>>().join("\n")
}

impl RenderError {
    /// What to do about it.
    pub fn help(&self) -> String {
        let list = |instances: &[Name]| instances.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
        match self {
            Self::Nothing { .. } => "Objects of Kubernetes are rendered; `flashinfra graph` lists what is declared.".into(),
            Self::Several { instances, .. } => format!("Say which: --provider NAME. There are: {}.", list(instances)),
            Self::NoInstance { instances, .. } if instances.is_empty() => {
                "Objects of Kubernetes are rendered, and it declares none.".into()
            }
            Self::NoInstance { instances, .. } => format!("There are: {}.", list(instances)),
            Self::NotKnown { ledger: None, .. } => {
                "Apply what they come from first: values of the last apply are taken from the ledger, and there is none yet.".into()
            }
            Self::NotKnown { ledger: Some(location), .. } => {
                format!("Apply what they come from first: values of the last apply are taken from {location}, which has not these.")
            }
            Self::Unwritable(_) => "Nothing was rendered. Change what is declared.".into(),
        }
    }
}

/// Writes down what a stack declares of one provider instance, which has to be named where there are several. Values that a provider
/// made are those which the ledger recorded with the last apply; it is read only where one is needed.
///
/// # Errors
/// When there is nothing to write down, or something of it is not known or cannot be written.
pub async fn render(session: &Session, stack: &CompiledStack, instance: Option<&str>) -> Result<Rendered, EngineError> {
    let instance = chosen(session, stack, instance)?;
    // What is rendered is what an apply makes, which leaves tests out.
    let applied = || stack.resources.iter().filter(|declared| !declared.lifecycle.test);
    let resources: Vec<&Declared> = applied().filter(|declared| declared.provider == instance).collect();
    let addresses: BTreeSet<&Address> = resources.iter().map(|declared| &declared.address).collect();
    let worked_out = |ledger: Option<&Ledger>| {
        let known = declared::worked_out(stack, ledger).map_err(|error| EngineError::Planner(error.into()))?;
        let missing = declared::not_known(stack, &known, &addresses);
        Ok::<_, EngineError>((known, missing))
    };
    let (mut known, mut values) = worked_out(None)?;
    let mut location = None;
    if !values.is_empty() {
        let key = LedgerKey::new(&stack.stack, &stack.environment)?;
        if let Some(loaded) = ledgers::load(session.ledgers.as_ref(), &key).await? {
            location = Some(session.ledgers.location(&key));
            (known, values) = worked_out(Some(&loaded.ledger))?;
        }
    }
    if !values.is_empty() {
        return Err(RenderError::NotKnown { values, ledger: location }.into());
    }
    let manifests = written(session, stack, &instance, &resources, &known)?;
    Ok(Rendered { manifests, others: applied().count() - resources.len(), ledger: location })
}

/// The provider instance whose resources are written down.
fn chosen(session: &Session, stack: &CompiledStack, named: Option<&str>) -> Result<Name, RenderError> {
    let is_rendered = |instance: &Name| {
        let factory = stack.providers.get(instance).and_then(|instance| session.registry.get(&instance.provider));
        factory.is_some_and(|factory| factory.manifests(&[]).is_some())
    };
    let used: BTreeSet<&Name> = stack.resources.iter().map(|declared| &declared.provider).collect();
    let mut instances: Vec<Name> = used.into_iter().filter(|instance| is_rendered(instance)).cloned().collect();
    match (named, &instances[..]) {
        (Some(named), _) => match instances.iter().find(|instance| *instance == named) {
            Some(instance) => Ok(instance.clone()),
            None => Err(RenderError::NoInstance { named: named.into(), instances }),
        },
        (None, [_]) => Ok(instances.swap_remove(0)),
        (None, []) => Err(RenderError::Nothing { stack: stack.stack.clone() }),
        (None, _) => Err(RenderError::Several { stack: stack.stack.clone(), instances }),
    }
}

fn written(
    session: &Session,
    stack: &CompiledStack,
    instance: &Name,
    resources: &[&Declared],
    known: &BTreeMap<Address, Map>,
) -> Result<Vec<Manifest>, RenderError> {
    let to_write = |declared: &&'_ Declared| {
        let (schema, attributes) = (stack.schemas.get(declared.address.kind())?, known.get(&declared.address)?);
        Some((declared.address.clone(), schema.clone(), attributes))
    };
    let parts: Vec<_> = resources.iter().filter_map(to_write).collect();
    let parts: Vec<ToWrite<'_>> =
        parts.iter().map(|(address, schema, attributes)| ToWrite { address, schema, attributes }).collect();
    let factory = stack.providers.get(instance).and_then(|instance| session.registry.get(&instance.provider));
    let manifests = factory.and_then(|factory| factory.manifests(&parts));
    let manifests = manifests.unwrap_or_else(|| Ok(Vec::new())).map_err(RenderError::Unwritable)?;
    Ok(manifests)
}
