//! What Helm installed, from its own records, and what it leaves behind. Helm itself is not needed.

use std::collections::{BTreeMap, BTreeSet};

use flashinfra_plans::Name;
use flashinfra_providers::{Class, Error, Installed, InstalledObject, Leftover, ReleaseOf};
use flashinfra_stacks_kubernetes::kind_of;
use futures_util::future::join_all;
use serde_json::Value as Json;

use crate::adapter::Adapter;
use crate::api::Id;
use crate::discovery::{Discovery, Served};
use crate::helm::{self, Release, current, is_release};
use crate::object::{GroupKind, text};

/// The tool whose releases are read.
const TOOL: &str = "Helm";

/// What a release has installed. None when the cluster has no record of it.
pub(crate) async fn by(adapter: &Adapter, wanted: &ReleaseOf) -> Result<Option<Installed>, Error> {
    if wanted.tool != TOOL {
        return Ok(None);
    }
    let discovery = adapter.discovery().await.map_err(|failure| failure.of_read("what the cluster serves"))?;
    let revisions = revisions(adapter, &discovery, wanted).await?;
    let namespaces: BTreeSet<&str> = revisions.iter().map(|(_, release)| release.namespace.as_str()).collect();
    if namespaces.len() > 1 {
        let list = namespaces.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Error::new(
            Class::FixInput,
            format!("there are several releases {}, in {list}: name one", wanted.name),
        ));
    }
    let all: Vec<Release> = revisions.iter().map(|(_, release)| release.clone()).collect();
    let Some(release) = current(&all) else { return Ok(None) };
    let kept_in = revisions.first().map_or("secret", |(kind, _)| kind);
    let newest = all.iter().max_by_key(|release| release.revision);
    let cut_off = newest.filter(|newest| newest.revision != release.revision);
    let Release { name, namespace, revision, status, chart, .. } = release;
    let mut title = format!("Helm release {namespace}/{name}: revision {revision} of {chart}, {status}");
    if let Some(Release { revision, status, .. }) = cut_off {
        title += &format!("; the newest, {revision}, is {status}");
    }
    let objects = join_all(release.objects.iter().map(|object| installed(adapter, &discovery, release, object))).await;
    let mut leftovers = vec![Leftover {
        what: format!("what Helm knows of the release, {} of its revisions", all.len()),
        path: None,
        command: format!("kubectl -n {namespace} delete {kept_in} -l owner=helm,name={name}"),
    }];
    leftovers.extend(hooks(adapter, &discovery, release).await?);
    let warning = format!("Never run `helm uninstall {name}` from now on: it would delete the objects.");
    let mut objects: Vec<InstalledObject> = objects.into_iter().collect::<Result<_, _>>()?;
    objects.extend(of_others(adapter, &discovery, &all, release, &objects).await?);
    Ok(Some(Installed { title, objects, leftovers, warning }))
}

/// All revisions of a release that the cluster keeps, and in what.
async fn revisions(
    adapter: &Adapter,
    discovery: &Discovery,
    wanted: &ReleaseOf,
) -> Result<Vec<(&'static str, Release)>, Error> {
    let label = format!("owner=helm,name={}", wanted.name);
    let mut revisions = Vec::new();
    for (kind, kept_in) in [("kubernetes.secret", "secret"), ("kubernetes.config_map", "configmap")] {
        let Some(served) = discovery.served(kind, None) else { continue };
        let found = adapter.api.list(served, wanted.namespace.as_deref(), Some(&label)).await;
        let found = found.map_err(|failure| failure.of_read(&format!("the {} with Helm's releases", served.plural)))?;
        for object in found {
            // An entry of a list does not say what it is.
            let mut object = object;
            object["kind"] = served.kind.as_str().into();
            if is_release(&object) {
                let named = text(&object, "metadata.name").to_owned();
                let release =
                    helm::release(&object).map_err(|error| Error::new(Class::FixInput, format!("{named}: {error}")))?;
                revisions.push((kept_in, release));
            }
        }
        if !revisions.is_empty() {
            break;
        }
    }
    Ok(revisions)
}

/// An object of a manifest: how it is called here, and what is there of it.
struct Named {
    served: Served,
    kind: Name,
    id: String,
    title: String,
}

/// What an object of a manifest is in the cluster; none where that does not serve its kind, as that of an API which is gone. Helm puts those
/// that name no namespace into that of the release.
fn named(discovery: &Discovery, release: &Release, object: &Json) -> Option<Named> {
    let GroupKind { group, kind } = GroupKind::of(object);
    let (api_version, name) = (text(object, "apiVersion"), text(object, "metadata.name"));
    let ours = kind_of(group, kind);
    let served = discovery.served(&ours, Some(api_version))?;
    let namespace = match text(object, "metadata.namespace") {
        "" => release.namespace.as_str(),
        namespace => namespace,
    };
    let id = if served.is_namespaced { format!("{namespace}/{name}") } else { name.to_owned() };
    Some(Named { served: served.clone(), kind: ours.into(), title: format!("{kind} {id}"), id })
}

async fn installed(
    adapter: &Adapter,
    discovery: &Discovery,
    release: &Release,
    object: &Json,
) -> Result<InstalledObject, Error> {
    let Some(Named { served, kind, id, title }) = named(discovery, release, object) else {
        // There is nothing of a kind that is not served.
        let GroupKind { group, kind } = GroupKind::of(object);
        let name = text(object, "metadata.name");
        let (ours, title) = (kind_of(group, kind).into(), format!("{kind} {name}"));
        return Ok(InstalledObject { kind: ours, id: name.into(), title, is_there: false, leftovers: Vec::new() });
    };
    let live = adapter.api.object(&served, &Id::parse(&id)).await.map_err(|failure| failure.of_read(&title))?;
    let leftovers = live.as_ref().map(|live| marks(&served, &id, live)).unwrap_or_default();
    Ok(InstalledObject { kind, id: id.into(), title, is_there: live.is_some(), leftovers })
}

/// What other revisions made that is in the cluster still, and Helm's: what the chart keeps (`helm.sh/resource-policy`), and what a revision
/// made that failed.
async fn of_others(
    adapter: &Adapter,
    discovery: &Discovery,
    all: &[Release],
    release: &Release,
    installed: &[InstalledObject],
) -> Result<Vec<InstalledObject>, Error> {
    let is_known =
        |named: &Named| installed.iter().any(|object| (&object.kind, &*object.id) == (&named.kind, &*named.id));
    let mut others: Vec<&Release> = all.iter().filter(|other| other.revision != release.revision).collect();
    others.sort_by_key(|other| std::cmp::Reverse(other.revision));
    let mut made = BTreeMap::new();
    for other in others {
        let named = other.objects.iter().filter_map(|object| named(discovery, other, object));
        for named in named.filter(|named| !is_known(named)) {
            made.entry((named.kind.clone(), named.id.clone())).or_insert((named, other.revision));
        }
    }
    let looks = made.into_values().map(|(Named { served, kind, id, title }, revision)| async move {
        let live = adapter.api.object(&served, &Id::parse(&id)).await.map_err(|failure| failure.of_read(&title))?;
        let live = live.filter(|live| helm::is_of(live, &release.namespace, &release.name));
        Ok(live.map(|live| {
            let leftovers = marks(&served, &id, &live);
            let title = format!("{title} (revision {revision})");
            InstalledObject { kind, id: id.into(), title, is_there: true, leftovers }
        }))
    });
    let found: Result<Vec<Option<InstalledObject>>, Error> = join_all(looks).await.into_iter().collect();
    Ok(found?.into_iter().flatten().collect())
}

/// What Helm says of itself on an object, with a command for its labels and one for its annotations.
fn marks(served: &Served, id: &str, live: &Json) -> Vec<Leftover> {
    let found = helm::marks(live);
    let of = |(place, verb): (&str, &str)| {
        let names: Vec<&str> = found.iter().filter(|(at, _)| *at == place).map(|(_, name)| *name).collect();
        let first = names.first()?;
        let gone: String = names.iter().map(|name| format!(" {name}-")).collect();
        Some(Leftover {
            what: format!("{place} {}", names.join(", ")),
            path: Some(format!("{place}.{first}").into()),
            command: format!("{}{gone}", kubectl(verb, served, id)),
        })
    };
    [("labels", "label"), ("annotations", "annotate")].into_iter().filter_map(of).collect()
}

/// What the hooks of a release left in the cluster, which no manifest has.
async fn hooks(adapter: &Adapter, discovery: &Discovery, release: &Release) -> Result<Vec<Leftover>, Error> {
    let mut leftovers = BTreeMap::new();
    for hook in &release.hooks {
        for object in &hook.objects {
            let Some(Named { served, id, title, .. }) = named(discovery, release, object) else { continue };
            let live = adapter.api.object(&served, &Id::parse(&id)).await.map_err(|failure| failure.of_read(&title))?;
            if live.is_some() {
                let what = format!("{title}, of the hook {}", hook.events.join(", "));
                let command = kubectl("delete", &served, &id);
                leftovers.insert(title, Leftover { what, path: None, command });
            }
        }
    }
    Ok(leftovers.into_values().collect())
}

/// `kubectl -n shop delete deployment.apps/web`
fn kubectl(verb: &str, served: &Served, id: &str) -> String {
    let Id { namespace, name } = Id::parse(id);
    let namespace = namespace.map(|namespace| format!(" -n {namespace}")).unwrap_or_default();
    let group = if served.group.is_empty() { String::new() } else { format!(".{}", served.group) };
    format!("kubectl{namespace} {verb} {}{group}/{name}", served.plural)
}
