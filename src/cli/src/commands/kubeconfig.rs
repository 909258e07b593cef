//! `flashinfra kubeconfig [ADDRESS]` and `flashinfra kubeconfig token`.

use std::path::{Path, PathBuf};

use flashinfra::live;
use flashinfra_plans::{Address, Ledger, Live, Map, Object, ProviderInstance, Row, Value};
use serde::Serialize;

use super::Context;
use crate::args::{ClusterToken, InKubeconfig, Kubeconfig};
use crate::kubeconfig::files::{self, Locks};
use crate::kubeconfig::{self, Entry, Refusal};
use crate::problem::{Ended, Exit, Problem};
use crate::{session, told};

/// The kind whose clusters these are.
const KIND: &str = "aws.eks_cluster";

/// The provider that makes tokens for them.
const PROVIDER: &str = "aws";

/// The versions of what kubectl asks for, and is answered with, that say the same; the first where it does not say which.
const VERSIONS: [&str; 2] = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

/// Writes how kubectl reaches the stack's cluster as it is now, or prints a token for it.
pub(super) async fn run(context: &Context<'_>, args: &Kubeconfig) -> Ended {
    if let Some(InKubeconfig::Token(args)) = &args.inside {
        return token(context, args).await;
    }
    let session = session::open(context).await?;
    let key = session::ledger_key(context, &session).await?;
    let ledger = session::ledger(context, &session, &key).await?;
    let (address, row) = chosen(&ledger, args.address.as_ref())?;
    let global = session::in_world_of(context.global, &ledger);
    let session = session::open(&Context { global: &global, ..*context }).await?;
    let looking = context.output.spinner("Reading the cluster");
    let live = live::live(&session, &ledger, address).await;
    drop(looking);
    let cluster = present(address, live.map_err(|error| told::engine(&error, Path::new("")))?)?;
    let entry = entry(&ledger, address, row, &cluster, args.alias.as_deref())?;
    let paths = files::of_kubectl(args.kubeconfig.as_deref())?;
    let mut change = Change::of(&entry, &paths)?;
    let written = !args.dry_run && !change.files.is_empty();
    if written {
        change = change.write(&entry, &paths)?;
    }
    let file = change.place.display().to_string();
    let line = Line { address, context: &entry.context, cluster: &entry.name, file: &file, written };
    context.output.line("kubeconfig", &line);
    if args.dry_run {
        context.output.result(&entry.alone().map_err(|refusal| refused(&change.place, "", &refusal))?);
        context.output.note(&format!("This would be in {file}. Nothing was written."));
        return Ok(Exit::Ok);
    }
    let verb = if written { "is written to" } else { "is in" };
    context.output.result(&format!("{address} {verb} {file}.\nThe current context is {}.\n", entry.context));
    Ok(Exit::Ok)
}

/// Prints a token, in the form in which kubectl asks for it.
async fn token(context: &Context<'_>, args: &ClusterToken) -> Ended {
    let asked = std::env::var("KUBERNETES_EXEC_INFO").ok();
    let version = version(asked.as_deref())?;
    let settings = [
        ("region", Some(&args.region)),
        ("assume_role", args.assume_role.as_ref()),
        ("external_id", args.external_id.as_ref()),
    ];
    let settings = settings.into_iter().filter_map(|(name, value)| Some((name.into(), Value::from(value?.as_str()))));
    let instance = ProviderInstance { provider: PROVIDER.into(), config: settings.collect() };
    let factory = context.registry.get(PROVIDER).ok_or_else(|| told::without_provider(&PROVIDER.into()))?;
    let made = factory.cluster_token(&instance, &args.cluster).await.map_err(|error| Problem::from_error(&error))?;
    let made = made.ok_or_else(|| Problem::new(format!("this `{PROVIDER}` makes no tokens for clusters")))?;
    let credential = serde_json::json!({
        "kind": "ExecCredential",
        "apiVersion": version,
        "spec": {},
        "status": { "expirationTimestamp": made.expires.as_str(), "token": made.token.reveal() },
    });
    context.output.document(&credential.to_string());
    Ok(Exit::Ok)
}

/// In which version kubectl wants its answer.
fn version(asked: Option<&str>) -> Result<&'static str, Problem> {
    let Some(asked) = asked else { return Ok(VERSIONS[0]) };
    let asked: serde_json::Value = serde_json::from_str(asked).unwrap_or_default();
    let asked = asked["apiVersion"].as_str().unwrap_or_default();
    VERSIONS.into_iter().find(|version| *version == asked).ok_or_else(|| {
        Problem::new(format!("kubectl asks for a token in the form `{asked}`, which is not known here"))
            .help(format!("write {} into the kubeconfig: `flashinfra kubeconfig` does", VERSIONS[0]))
    })
}

/// The cluster that is named, or the only one.
fn chosen<'l>(ledger: &'l Ledger, named: Option<&Address>) -> Result<(&'l Address, &'l Row), Problem> {
    let clusters: Vec<(&Address, &Row)> =
        ledger.rows.iter().filter(|(address, row)| address.kind() == KIND && row.current.is_some()).collect();
    let list = clusters.iter().map(|(address, _)| address.to_string()).collect::<Vec<_>>().join(", ");
    let name = format!("{}/{}", ledger.stack, ledger.environment);
    match (named, clusters.as_slice()) {
        (None, [cluster]) => Ok(*cluster),
        (_, []) => {
            let help = format!("clusters are of the kind {KIND}; one that is declared is there after an apply");
            Err(Problem::new(format!("{name} has no cluster")).help(help))
        }
        (None, several) => Err(Problem::new(format!("{name} has {} clusters", several.len()))
            .help(format!("say which: `flashinfra kubeconfig ADDRESS`; there are: {list}"))),
        (Some(named), _) => {
            clusters.iter().find(|(address, _)| *address == named).copied().ok_or_else(|| {
                Problem::new(format!("{name} has no cluster {named}")).help(format!("there are: {list}"))
            })
        }
    }
}

/// The cluster as it is now.
fn present(address: &Address, live: Option<Live>) -> Result<Object, Problem> {
    match live {
        Some(Live::Present(object)) => Ok(object),
        Some(Live::Unreadable { reason }) => Err(Problem::new(format!("{address} could not be read: {reason}"))),
        Some(Live::Absent | Live::Tombstone { .. }) | None => {
            Err(Problem::new(format!("{address} is not there any more"))
                .help("`flashinfra plan` says what an apply would make of that"))
        }
    }
}

/// How the cluster is reached.
fn entry(
    ledger: &Ledger,
    address: &Address,
    row: &Row,
    cluster: &Object,
    alias: Option<&str>,
) -> Result<Entry, Problem> {
    let of_cluster = |name: &str| {
        text(&cluster.attributes, name).ok_or_else(|| {
            Problem::new(format!("{address} has no `{name}` yet"))
                .help("a cluster has one when it is made, which takes some minutes: try again then")
        })
    };
    let config = ledger.providers.get(&row.provider).map(|instance| &instance.config);
    let of_provider = |name: &str| config.and_then(|config| text(config, name));
    let region = ledger.places.get(&row.provider).map(|place| place.region.to_string()).unwrap_or_default();
    let mut command = vec![program()];
    command.extend(["kubeconfig", "token", "--cluster", &cluster.id, "--region", &region].map(str::to_owned));
    for (option, setting) in [("--assume-role", "assume_role"), ("--external-id", "external_id")] {
        command.extend(of_provider(setting).into_iter().flat_map(|value| [option.to_owned(), value]));
    }
    // As `aws eks update-kubeconfig` does: the profile of now is that of later.
    let profile = of_provider("profile").or_else(|| std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()));
    let variables = [("AWS_PROFILE", profile), ("AWS_ENDPOINT_URL", of_provider("endpoint"))];
    let name = of_cluster("arn")?;
    Ok(Entry {
        context: alias.map_or_else(|| name.clone(), str::to_owned),
        server: of_cluster("endpoint")?,
        certificate_authority: of_cluster("certificate_authority")?,
        command,
        env: variables.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        name,
    })
}

fn text(map: &Map, name: &str) -> Option<String> {
    map.get(name).and_then(Value::as_text).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// This program, as kubectl finds it: by its name where that is on the way, else by its path.
fn program() -> String {
    let fallback = || "flashinfra".to_owned();
    let Ok(path) = std::env::current_exe() else { return fallback() };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_else(fallback);
    let found = std::env::var_os("PATH").and_then(|paths| {
        std::env::split_paths(&paths).map(|folder| folder.join(&name)).find(|candidate| candidate.is_file())
    });
    let is_this = found.and_then(|found| found.canonicalize().ok()) == path.canonicalize().ok();
    if is_this { name } else { path.to_string_lossy().into_owned() }
}

/// What the entry changes.
struct Change {
    /// The file that has the entry.
    place: PathBuf,
    /// The files that change, with what is in them then.
    files: Vec<(PathBuf, String)>,
}

impl Change {
    fn of(entry: &Entry, paths: &[PathBuf]) -> Result<Self, Problem> {
        let texts = paths.iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
        let merged = kubeconfig::merged(entry, &texts)
            .map_err(|(index, refusal)| refused(&paths[index], &texts[index], &refusal))?;
        let all = paths.iter().zip(&texts).zip(merged.texts);
        let changed = all.filter(|((_, text), merged)| *text != merged);
        let files = changed.map(|((path, _), merged)| (path.clone(), merged)).collect();
        Ok(Self { place: paths[merged.place].clone(), files })
    }

    /// Writes the files. What they are is found out once more, now that nobody else writes.
    fn write(self, entry: &Entry, paths: &[PathBuf]) -> Result<Self, Problem> {
        let locked: Vec<PathBuf> = self.files.into_iter().map(|(path, _)| path).collect();
        let _locks = Locks::of(&locked)?;
        let change = Self::of(entry, paths)?;
        for (path, text) in &change.files {
            files::replace(path, text)?;
        }
        Ok(change)
    }
}

/// Why nothing is put into a file. Its text is not shown: it may hold the keys of others.
fn refused(path: &Path, text: &str, refusal: &Refusal) -> Problem {
    let before = text.get(..refusal.span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    Problem::new(format!("{}, line {line}: {}", path.display(), refusal.reason)).help(refusal.help)
}

/// What was done, for machines.
#[derive(Serialize)]
struct Line<'a> {
    address: &'a Address,
    context: &'a str,
    cluster: &'a str,
    file: &'a str,
    written: bool,
}

#[cfg(test)]
mod tests {
    use super::{VERSIONS, version};

    #[test]
    fn kubectl_is_answered_in_the_form_that_it_asks_for() {
        let asked = |version: &str| format!(r#"{{"kind":"ExecCredential","apiVersion":"{version}"}}"#);
        assert_eq!(version(None).unwrap(), VERSIONS[0]);
        for known in VERSIONS {
            assert_eq!(version(Some(&asked(known))).unwrap(), known);
        }
        let problem = version(Some(&asked("client.authentication.k8s.io/v2"))).unwrap_err();
        assert!(format!("{problem:?}").contains("v2"), "{problem:?}");
        assert!(version(Some("no JSON")).is_err());
    }
}
