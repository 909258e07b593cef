//! A release of another tool, as that recorded it, beside what the stack declares: what is the same object is adopted.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_plans::{Address, CompiledStack, Declared, Ledger, Map, Name, compare, declared};
use flashinfra_providers::{Installed, InstalledObject, Leftover, ReleaseOf};

use super::{AdoptError, look};
use crate::error::EngineError;
use crate::ledgers::{self, LedgerKey, Loaded};
use crate::session::Session;

/// Which release is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The release.
    pub of: ReleaseOf,
    /// The provider instance that it is in; none when that is to be found out.
    pub provider: Option<Name>,
}

/// A release beside the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// What it is, for people.
    pub title: String,
    /// What must not be done to it any more.
    pub warning: String,
    /// What is to be adopted: declared, and an object of the release. As for [`Options::objects`](super::Options::objects).
    pub objects: BTreeMap<Address, Name>,
    /// What was adopted before.
    pub owned: Vec<Address>,
    /// Objects of the release that are declared and not there any more.
    pub gone: Vec<Address>,
    /// What is declared beside them, and is not of the release.
    pub only_declared: Vec<Address>,
    /// What is of the release and not declared.
    pub only_installed: Vec<InstalledObject>,
    /// What the tool leaves, on what is adopted and of the release itself.
    pub leftovers: Vec<Leftover>,
}

/// Reads a release and compares it with what is declared. Changes nothing.
///
/// # Errors
/// When there is no such release, or several; when it cannot be read, or an interrupted run is not over.
pub async fn release(session: &Session, stack: &CompiledStack, wanted: &Wanted) -> Result<Release, EngineError> {
    let key = LedgerKey::new(&stack.stack, &stack.environment)?;
    let ledger = match ledgers::load(session.ledgers.as_ref(), &key).await? {
        Some(Loaded { open: Some(run), .. }) => {
            return Err(EngineError::RunOpen { run: run.run, open: run.intents.len() });
        }
        Some(loaded) => loaded.ledger,
        None => Ledger::new(key.stack().clone(), key.environment().clone(), Name::default()),
    };
    let opened = look::open(session, stack, &ledger).await?;
    let used: BTreeSet<&Name> = stack.resources.iter().map(|declared| &declared.provider).collect();
    let named = |instance: &&Name| wanted.provider.as_ref().is_none_or(|named| named == *instance);
    let mut found = Vec::new();
    for instance in used.into_iter().filter(named) {
        let Some(reader) = opened.reader(instance) else { continue };
        let installed = reader.installed(&wanted.of).await;
        let installed = installed
            .map_err(|error| AdoptError::ReleaseUnread { of: wanted.of.clone(), reason: error.to_string() })?;
        found.extend(installed.map(|installed| (instance.clone(), installed)));
    }
    let (instance, installed) = match found.len() {
        0 => return Err(AdoptError::NoRelease { of: wanted.of.clone() }.into()),
        1 => found.swap_remove(0),
        _ => {
            let instances = found.into_iter().map(|(instance, _)| instance).collect();
            return Err(AdoptError::SeveralReleases { of: wanted.of.clone(), instances }.into());
        }
    };
    let known = declared::worked_out(stack, Some(&ledger)).map_err(|error| EngineError::Planner(error.into()))?;
    Ok(beside(stack, &ledger, &known, &instance, installed))
}

/// Compares what is installed with what is declared in the same provider instance.
fn beside(
    stack: &CompiledStack,
    ledger: &Ledger,
    known: &BTreeMap<Address, Map>,
    instance: &Name,
    installed: Installed,
) -> Release {
    let Installed { title, objects, leftovers, warning } = installed;
    let mut by_name: BTreeMap<(Name, Name), InstalledObject> =
        objects.into_iter().map(|object| ((object.kind.clone(), object.id.clone()), object)).collect();
    let mut release = Release {
        title,
        warning,
        objects: BTreeMap::new(),
        owned: Vec::new(),
        gone: Vec::new(),
        only_declared: Vec::new(),
        only_installed: Vec::new(),
        leftovers: Vec::new(),
    };
    for declared in stack.resources.iter().filter(|declared| declared.provider == *instance) {
        let address = &declared.address;
        let attributes = known.get(address);
        let installed = chosen(stack, declared, attributes).and_then(|id| by_name.remove(&(address.kind().into(), id)));
        let owned = || ledger.rows.get(address).and_then(|row| row.current.as_ref());
        let Some(installed) = installed else {
            if owned().is_none() {
                release.only_declared.push(address.clone());
            }
            continue;
        };
        if owned().is_some() {
            release.owned.push(address.clone());
        } else if installed.is_there {
            release.objects.insert(address.clone(), installed.id.clone());
        } else {
            release.gone.push(address.clone());
        }
        let is_declared = |leftover: &Leftover| {
            leftover.path.as_ref().is_some_and(|path| attributes.is_some_and(|map| map.at(path).is_some()))
        };
        release.leftovers.extend(installed.leftovers.into_iter().filter(|leftover| !is_declared(leftover)));
    }
    release.only_installed.extend(by_name.into_values().filter(|object| object.is_there));
    release.leftovers.extend(leftovers);
    release
}

/// The id that the stack chose for an object, where that is known.
fn chosen(stack: &CompiledStack, declared: &Declared, attributes: Option<&Map>) -> Option<Name> {
    let schema = stack.schemas.get(declared.address.kind())?;
    compare::chosen_name(schema, |name| attributes?.get(name))
}
