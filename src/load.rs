//! Load: from the bytes of a compiled stack or a plan to what this program can work with.

use flashinfra_plans::{CompiledStack, Name, Plan, ProviderInstance, compiled, file};
use flashinfra_providers::Registry;

use crate::error::EngineError;

/// Reads a compiled stack for real providers: every provider and kind in use is one that the registry serves, under the same
/// version of its schema.
///
/// # Errors
/// When the bytes are no compiled stack (the program's problems or panic among them), or need another program.
pub fn compiled(bytes: &[u8], registry: &Registry) -> Result<CompiledStack, EngineError> {
    let stack = for_sandbox(bytes)?;
    served(&stack, registry)?;
    Ok(stack)
}

/// Whether a registry serves every provider and kind that a stack uses, under the same version of its schema.
///
/// # Errors
/// The first that it does not.
pub fn served(stack: &CompiledStack, registry: &Registry) -> Result<(), EngineError> {
    let resources = stack.resources.iter().map(|resource| (&resource.address, &resource.provider, false));
    let lookups = stack.lookups.iter().map(|lookup| (&lookup.address, &lookup.provider, true));
    for (address, instance, is_lookup) in resources.chain(lookups) {
        let kind = address.kind();
        let Some(ProviderInstance { provider, .. }) = stack.providers.get(instance) else { continue };
        let Some(factory) = registry.get(provider) else {
            return Err(EngineError::UnknownProvider {
                instance: instance.clone(),
                provider: provider.clone(),
                available: registry.providers().map(Name::from).collect(),
            });
        };
        if !is_lookup && registry.schema(kind).is_none() && factory.serves_unlisted(kind) {
            continue;
        }
        let served = if is_lookup { registry.lookup(kind) } else { registry.schema(kind) };
        let Some(served) = served else {
            return Err(EngineError::UnknownKind {
                address: address.clone(),
                kind: kind.into(),
                provider: provider.clone(),
            });
        };
        let declared = stack.schemas.get(kind).map_or(served.version, |schema| schema.version);
        if declared != served.version {
            return Err(EngineError::SchemaVersion { kind: kind.into(), declared, served: served.version });
        }
    }
    Ok(())
}

/// Reads a compiled stack for the sandbox, which takes any provider and kind from the stack's own schemas.
///
/// # Errors
/// When the bytes are no compiled stack, the program's problems or panic among them.
pub fn for_sandbox(bytes: &[u8]) -> Result<CompiledStack, EngineError> {
    compiled::read(bytes).map_err(EngineError::Compiled)
}

/// A plan from a file, and the digest that names it to a ledger's journal.
#[derive(Clone, Debug)]
#[must_use = "a plan does nothing until it is applied"]
pub struct PlanFile {
    /// The plan.
    pub plan: Plan,
    /// The digest of its bytes.
    pub digest: Name,
    /// Its bytes, where they are at hand: they are kept with the run as they are. Else the plan is written anew for that.
    pub bytes: Option<Vec<u8>>,
}

/// Reads a plan file.
///
/// # Errors
/// When the bytes are anything but a whole, unchanged plan that this version can apply.
pub fn plan_file(bytes: impl Into<Vec<u8>>) -> Result<PlanFile, EngineError> {
    let bytes = bytes.into();
    let plan = file::read(&bytes).map_err(EngineError::PlanFile)?;
    Ok(PlanFile { plan, digest: file::digest(&bytes), bytes: Some(bytes) })
}

impl PlanFile {
    /// A plan as it would be read from its file.
    pub fn of(plan: Plan) -> Self {
        let bytes = file::write(&plan);
        Self { plan, digest: file::digest(&bytes), bytes: Some(bytes) }
    }
}
