//! What a plan's changes would come to: the rules of kinds, with the object as it is, and then a dry run on the server.
//!
//! An object that would be changed takes a read and one server-side apply with `dryRun=All`, one that would be made the apply alone.
//! Secrets are not sent. What the same plan makes first (a namespace, a definition) cannot be there yet: what needs it is not tried.

mod beside;

use std::collections::BTreeSet;

use flashinfra_plans::resolve::is_known;
use flashinfra_plans::value::Value;
use flashinfra_plans::{Map, Name};
use flashinfra_providers::{Inputs, Rehearsal, Rehearsed, Sensitive, Trial};
use flashinfra_stacks_kubernetes::{field_name, kind_of};
use futures_util::StreamExt as _;
use futures_util::stream;
use serde_json::Value as Json;

use crate::adapter::{Adapter, Sent};
use crate::api::{Failure, Id};
use crate::definition;
use crate::discovery::Served;
use crate::immutable::{forces_replacement, forces_replacement_by_schema, guards_data};
use crate::object::{GroupKind, at, items, text};
use crate::path::Path;
use crate::trouble::{Trouble, What};
use crate::{body, dropped, writers};

/// How many are tried at the same time.
const AT_ONCE: usize = 16;
/// How many objects that would be lost are named.
const NAMED_MAX: usize = 3;
/// What is sent for a secret: of every type of Secret that the server looks into, it is well-formed.
const PLACEHOLDER: &str = "{}";
/// The kind of definitions.
const DEFINITION: &str = "kubernetes.custom_resource_definition";

/// What there is to say of each change.
pub(crate) async fn all(adapter: &Adapter, rehearsals: &[Rehearsal]) -> Vec<Rehearsed> {
    let batch = Batch::of(rehearsals);
    let tries: Vec<_> = rehearsals.iter().map(|rehearsal| one(adapter, &batch, rehearsal)).collect();
    stream::iter(tries).buffered(AT_ONCE).collect().await
}

/// What a plan makes, changes and deletes, as far as other changes of it depend on that.
struct Batch {
    /// Namespaces that are not there yet, or not the same ones.
    namespaces: BTreeSet<Name>,
    /// Kinds whose definitions are another one once the plan is done.
    defined: BTreeSet<String>,
    /// Objects that go, by kind and id.
    deleted: BTreeSet<(String, Name)>,
}

impl Batch {
    fn of(rehearsals: &[Rehearsal]) -> Self {
        let mut batch = Self { namespaces: BTreeSet::new(), defined: BTreeSet::new(), deleted: BTreeSet::new() };
        for Rehearsal { address, trial, object, inputs, .. } in rehearsals {
            let name = inputs.get("name").and_then(Value::as_text).unwrap_or_default();
            match address.kind() {
                "kubernetes.namespace" if *trial != Trial::Update => {
                    batch.namespaces.extend([Name::from(name), object.clone()]);
                }
                DEFINITION => {
                    let part = |path: &str| inputs.at(path).and_then(Value::as_text).unwrap_or_default();
                    batch.defined.insert(kind_of(part("spec.group"), part("spec.names.kind")));
                }
                _ => {}
            }
            if matches!(trial, Trial::Delete | Trial::Replace) {
                batch.deleted.insert((address.kind().to_owned(), object.clone()));
            }
        }
        batch
    }

    /// Whether what an object needs comes with the plan.
    fn comes_first(&self, rehearsal: &Rehearsal) -> bool {
        let namespace = rehearsal.inputs.get("namespace").and_then(Value::as_text);
        self.defined.contains(rehearsal.address.kind())
            || namespace.is_some_and(|namespace| self.namespaces.contains(namespace))
    }
}

async fn one(adapter: &Adapter, batch: &Batch, rehearsal: &Rehearsal) -> Rehearsed {
    let kind = rehearsal.address.kind();
    let nothing = Rehearsed::default();
    let only_deleted;
    let rehearsal = match (batch.comes_first(rehearsal), rehearsal.trial) {
        (false, _) | (true, Trial::Delete) => rehearsal,
        (true, Trial::Create | Trial::Update) => return nothing,
        // What is lost with its namespace or its definition is still there to be asked about.
        (true, Trial::Replace) => {
            only_deleted = Rehearsal { trial: Trial::Delete, ..rehearsal.clone() };
            &only_deleted
        }
    };
    // Who may not even ask what is served was told so before.
    let Ok(discovery) = adapter.discovery().await else { return nothing };
    let version = rehearsal.inputs.get("api_version").and_then(Value::as_text);
    let Some(served) = discovery.served(kind, version) else {
        let why = format!(
            "the cluster does not serve {kind} yet; declare what defines it in the stack, or install it: an apply waits for that"
        );
        return Rehearsed { untried: (rehearsal.trial == Trial::Create).then(|| why.into()), ..nothing };
    };
    let namespace = rehearsal.inputs.get("namespace").and_then(Value::as_text);
    if let (Trial::Create | Trial::Replace, Some(why)) = (rehearsal.trial, served.misplaced(namespace)) {
        return Rehearsed { refused: Some(why.into()), ..nothing };
    }
    let told = match rehearsal.trial {
        Trial::Create => create(adapter, served, rehearsal).await,
        Trial::Update => update(adapter, served, batch, rehearsal).await,
        Trial::Replace => replace(adapter, served, batch, rehearsal).await,
        Trial::Delete => delete(adapter, served, batch, rehearsal).await,
    };
    told.unwrap_or_else(|failure| refused(&failure))
}

async fn create(adapter: &Adapter, served: &Served, rehearsal: &Rehearsal) -> Result<Rehearsed, Failure> {
    let Some(body) = body_of(served, rehearsal, None) else { return Ok(Rehearsed::default()) };
    let body = match body {
        Ok(body) => body,
        Err(why) => return Ok(Rehearsed { refused: Some(why), ..Rehearsed::default() }),
    };
    let id = id_of(&rehearsal.inputs);
    let answer = adapter.api.try_apply(served, &Id::parse(&id), &body, false).await?;
    let kind = GroupKind::new(&served.group, &served.kind);
    let careful = answer.warnings.iter().map(Name::from).collect();
    Ok(Rehearsed { beside: beside::beside(kind, None, &body, &answer.body), careful, ..Rehearsed::default() })
}

async fn update(
    adapter: &Adapter,
    served: &Served,
    batch: &Batch,
    rehearsal: &Rehearsal,
) -> Result<Rehearsed, Failure> {
    let id = Id::parse(&rehearsal.object);
    let Some(live) = adapter.api.object(served, &id).await? else { return Ok(Rehearsed::default()) };
    let Some(body) = body_of(served, rehearsal, Some(&live)) else { return Ok(Rehearsed::default()) };
    let mut body = match body {
        Ok(body) => body,
        Err(why) => return Ok(Rehearsed { refused: Some(why), ..Rehearsed::default() }),
    };
    body::keep_replicas(&mut body, &live);
    let fixed = fixed(&live, &body, rehearsal);
    if !fixed.is_empty() {
        return Ok(Rehearsed { fixed, ..lost(adapter, served, batch, rehearsal, &live).await? });
    }
    let mut said = Rehearsed::default();
    if rehearsal.address.kind() == DEFINITION {
        said.careful = definition::narrowed(&live, &body).into_iter().map(Name::from).collect();
        let kept = definition::stored_and_removed(&live, &body);
        if !kept.is_empty() {
            let why = format!(
                "objects may be stored as {}, which it no longer has; write each of them again, take the version out of \
                 `status.storedVersions`, and plan again",
                kept.join(", ")
            );
            return Ok(Rehearsed { refused: Some(why.into()), ..said });
        }
    }
    let sent = Sent { changed: &rehearsal.changed, before: &rehearsal.before, after: &rehearsal.inputs };
    match adapter.apply_as_planned(served, &id, &body, &sent, true).await {
        Ok(answer) => {
            let kind = GroupKind::new(&served.group, &served.kind);
            said.careful.extend(answer.warnings.iter().map(Name::from));
            Ok(Rehearsed { beside: beside::beside(kind, Some(&live), &body, &answer.body), ..said })
        }
        Err(failure) => {
            let told = refused(&failure);
            let fixed = if told.refused.is_some() {
                by_schema(adapter, served, &live, &body, rehearsal).await
            } else {
                Vec::new()
            };
            let refused = told.refused.filter(|_| fixed.is_empty());
            let fixed = if fixed.is_empty() { told.fixed } else { fixed };
            Ok(Rehearsed { fixed, refused, careful: [said.careful, told.careful].concat(), ..told })
        }
    }
}

/// An object that is replaced for what its schema says gets the reason, and what would be lost with it is told.
async fn replace(
    adapter: &Adapter,
    served: &Served,
    batch: &Batch,
    rehearsal: &Rehearsal,
) -> Result<Rehearsed, Failure> {
    let id = Id::parse(&rehearsal.object);
    let Some(live) = adapter.api.object(served, &id).await? else { return Ok(Rehearsed::default()) };
    let fixed = match body_of(served, rehearsal, Some(&live)) {
        Some(Ok(body)) => fixed(&live, &body, rehearsal),
        Some(Err(_)) | None => Vec::new(),
    };
    Ok(Rehearsed { fixed, ..lost(adapter, served, batch, rehearsal, &live).await? })
}

async fn delete(
    adapter: &Adapter,
    served: &Served,
    batch: &Batch,
    rehearsal: &Rehearsal,
) -> Result<Rehearsed, Failure> {
    let holds_data = served.group.contains('.') || matches!(served.kind.as_str(), "StatefulSet");
    if !holds_data {
        return Ok(Rehearsed::default());
    }
    let id = Id::parse(&rehearsal.object);
    let Some(live) = adapter.api.object(served, &id).await? else { return Ok(Rehearsed::default()) };
    lost(adapter, served, batch, rehearsal, &live).await
}

/// What goes with an object. A definition is not deleted while there are objects of it that the plan does not delete before; one that is
/// replaced loses them, which takes a permission.
async fn lost(
    adapter: &Adapter,
    served: &Served,
    batch: &Batch,
    rehearsal: &Rehearsal,
    live: &Json,
) -> Result<Rehearsed, Failure> {
    let mut said = Rehearsed::default();
    let Some(what) = guards_data(live) else { return Ok(said) };
    match served.kind.as_str() {
        // These stay, and are found again by the same name.
        "StatefulSet" if text(live, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted") != "Delete" => {
            said.careful = vec![what.into()];
        }
        "CustomResourceDefinition" => match (others_of(adapter, batch, live).await?, rehearsal.trial) {
            (None, _) => {}
            (Some(others), Trial::Delete) => {
                let next = "delete them first, or keep the definition with `retain`";
                said.refused = Some(format!("{others}; {next}").into());
            }
            (Some(others), Trial::Create | Trial::Update | Trial::Replace) => said.loses = Some(others.into()),
        },
        _ if served.group.is_empty() && rehearsal.trial == Trial::Delete => {}
        _ => said.loses = Some(what.into()),
    }
    Ok(said)
}

/// The objects that would go with a definition and that the plan does not delete itself: somebody's data.
async fn others_of(adapter: &Adapter, batch: &Batch, definition: &Json) -> Result<Option<String>, Failure> {
    let (group, kind) = (text(definition, "spec.group"), text(definition, "spec.names.kind"));
    let name = kind_of(group, kind);
    let Ok(discovery) = adapter.discovery().await else { return Ok(None) };
    let Some(served) = discovery.served(&name, None) else { return Ok(None) };
    let found = adapter.api.list(served, None, None).await?;
    let id = |object: &Json| match (text(object, "metadata.namespace"), text(object, "metadata.name")) {
        ("", name) => Name::from(name),
        (namespace, name) => format!("{namespace}/{name}").into(),
    };
    let staying: Vec<_> =
        found.iter().map(id).filter(|id| !batch.deleted.contains(&(name.clone(), id.clone()))).collect();
    if staying.is_empty() {
        return Ok(None);
    }
    let named: Vec<_> = staying.iter().take(NAMED_MAX).map(Name::as_str).collect();
    let more = staying.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let why = format!(
        "with it go all objects of the kind {kind} that there are, which this plan does not delete: {}{more}",
        named.join(", ")
    );
    Ok(Some(why))
}

/// What would be sent, secrets as placeholders where they change and as they are in the cluster where not. None while a part of it is
/// not known; an error says what could not be sent.
fn body_of(served: &Served, rehearsal: &Rehearsal, live: Option<&Json>) -> Option<Result<Json, Name>> {
    let Rehearsal { inputs, before, mark, .. } = rehearsal;
    if !inputs.iter().all(|(_, value)| is_known(value)) {
        return None;
    }
    let data = |map: &Map| map.get("data").and_then(Value::as_map).cloned().unwrap_or_default();
    let was = data(before);
    let is_kept = |name: &str, value: &Value| {
        let is_there = live.and_then(|live| live.get("data")?.get(name)).is_some();
        let changes = rehearsal.changed.iter().any(|changed| changed == "data");
        is_there && (!changes || was.get(name) == Some(value))
    };
    let secrets = data(inputs)
        .iter()
        .filter(|(name, value)| matches!(value, Value::Secret(_)) && !is_kept(name, value))
        .map(|(name, _)| (Name::from(format!("data.{name}")), Sensitive::new(PLACEHOLDER.into())))
        .collect();
    let inputs = Inputs { attributes: inputs.clone(), secrets };
    Some(body::of(served, &inputs, mark, live).map_err(|error| error.message.into()))
}

/// The fields among those that change which this object never changes.
fn fixed(live: &Json, body: &Json, rehearsal: &Rehearsal) -> Vec<(Name, Name)> {
    let mut found: Vec<(Name, Name)> = Vec::new();
    for told in &rehearsal.differs {
        let Some(path) = in_object(told) else { continue };
        // Whether it says something that is not said already the server knows alone.
        if path.get(live).is_none() && path.get(body).is_some_and(dropped::is_nothing) {
            continue;
        }
        let Some(reason) = forces_replacement(live, body, &path) else { continue };
        let place = writers::told(&Path::parse(&reason.path)).unwrap_or_else(|| told.clone());
        if !found.iter().any(|(path, _)| *path == place) {
            found.push((place, reason.why.into()));
        }
    }
    found
}

/// The same, by the rules in the schema of a custom resource: asked for only when the server refused a change.
async fn by_schema(
    adapter: &Adapter,
    served: &Served,
    live: &Json,
    body: &Json,
    rehearsal: &Rehearsal,
) -> Vec<(Name, Name)> {
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}.{}", served.plural, served.group);
    let Ok(definition) = adapter.api.get("get customresourcedefinitions", &path, "application/json").await else {
        return Vec::new();
    };
    let version = items(&definition, "spec.versions").iter().find(|version| text(version, "name") == served.version);
    let Some(schema) = version.and_then(|version| at(version, "schema.openAPIV3Schema")) else { return Vec::new() };
    let reason = |told: &Name| {
        let reason = forces_replacement_by_schema(schema, &in_object(told)?, live, body)?;
        Some((writers::told(&Path::parse(&reason.path))?, reason.why.into()))
    };
    rehearsal.differs.iter().filter_map(reason).collect()
}

/// A path of a plan as one of the object: `role_ref.name` is `roleRef.name`, and labels are metadata.
fn in_object(told: &str) -> Option<Path> {
    let end = told.find(['.', '[']).unwrap_or(told.len());
    let (top, rest) = told.split_at(end);
    let top = match top {
        "labels" | "annotations" | "finalizers" => format!("metadata.{top}"),
        top => field_name(top),
    };
    // Keys of entries are JSON in a path of the API, and plain in one of a plan.
    let mut quoted = String::new();
    let mut rest = rest;
    while let Some((before, after)) = rest.split_once('[') {
        let (inside, after) = after.split_once(']')?;
        let keys = inside.split(',').map(|key| match key.split_once('=') {
            Some((name, value)) if value.parse::<i64>().is_err() => format!("{name}={}", Json::from(value)),
            Some(_) | None => key.to_owned(),
        });
        quoted.push_str(&format!("{before}[{}]", keys.collect::<Vec<_>>().join(",")));
        rest = after;
    }
    Some(Path::parse(&format!("{top}{quoted}{rest}")))
}

fn id_of(inputs: &Map) -> String {
    let text = |key: &str| inputs.get(key).and_then(Value::as_text);
    let name = text("name").unwrap_or_default();
    text("namespace").map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

/// What a refused dry run says.
fn refused(failure: &Failure) -> Rehearsed {
    let nothing = Rehearsed::default();
    let Some(status) = failure.status else {
        return Rehearsed { untried: Some("the server did not answer".into()), ..nothing };
    };
    let trouble = Trouble::of(status.as_u16(), &failure.body);
    let next = if trouble.next.is_empty() { String::new() } else { format!("; {}", trouble.next) };
    let fields: Vec<_> = trouble.fields.iter().map(|field| format!("{}: {}", field.path, field.why)).collect();
    let message = if fields.is_empty() { trouble.message.clone() } else { fields.join("; ") };
    let told = Name::from(format!("{message}{next}"));
    // A webhook that does more than to answer takes no part in dry runs, and the server refuses those then.
    if text(&failure.body, "message").contains("dry run") {
        return Rehearsed { untried: Some(trouble.message.into()), ..nothing };
    }
    match trouble.what {
        What::Immutable => {
            let fixed = |field: &crate::trouble::FieldTrouble| {
                Some((writers::told(&field.path)?, Name::from(field.why.as_str())))
            };
            Rehearsed { fixed: trouble.fields.iter().filter_map(fixed).collect(), ..nothing }
        }
        What::Invalid | What::UnknownField | What::Conflict | What::Refused { .. } | What::TooLarge => {
            Rehearsed { refused: Some(told), ..nothing }
        }
        // Another step of the plan may make room before.
        What::Quota | What::Budget => Rehearsed { careful: vec![told], ..nothing },
        What::Forbidden
        | What::Unauthenticated
        | What::UnknownKind
        | What::NoNamespace
        | What::NamespaceLeaves
        | What::NoAnswer { .. }
        | What::Changed
        | What::Other
        | What::AlreadyExists
        | What::NotFound
        | What::Throttled
        | What::Expired
        | What::Failed
        | What::Unknown => Rehearsed { untried: Some(told), ..nothing },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_a_plan_is_one_of_the_object() {
        for (told, expected) in [
            ("role_ref.name", "roleRef.name"),
            ("labels.app", "metadata.labels.app"),
            ("spec.template.spec.containers[name=web].image", r#"spec.template.spec.containers[name="web"].image"#),
            ("spec.ports[port=80,protocol=TCP].nodePort", r#"spec.ports[port=80,protocol="TCP"].nodePort"#),
            ("spec.volumeClaimTemplates[0].spec", "spec.volumeClaimTemplates[0].spec"),
            ("parameters", "parameters"),
        ] {
            assert_eq!(in_object(told).unwrap(), Path::parse(expected), "{told}");
        }
    }
}
