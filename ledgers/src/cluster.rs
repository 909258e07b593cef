//! A store of objects in a cluster, so that a cluster alone is enough: each object is a Secret of one namespace.
//!
//! Secrets, and not ConfigMaps: nothing in a ledger is secret, but it says what there is and how it is set, which the role `view`
//! shows to nobody in a Secret, and clusters that encrypt anything at rest encrypt Secrets. Helm keeps its releases there, too.
//!
//! A Secret's `resourceVersion` is the object's ETag: the API server itself checks what a write expects. Bytes are compressed.
//! What is larger than a Secret may be is split over parts, which are named by their content and never change; the object itself
//! is replaced in one act, names its parts, and those of before go after it. Labels say which folders an object is in, so that a
//! list reads what is in one and nothing else.

mod secret;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::future::{ready, try_join_all};
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::api::{DeleteParams, ListParams, ObjectMeta as Metadata, PartialObjectMeta, PostParams};
use kube::{Api, Client};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::OnceCell;

use secret::{Content, Split};

/// What these errors are of.
const STORE: &str = "Kubernetes";

/// What stands in the error of a namespace that is not there. Not its usual text, which is also that of an object.
pub(crate) const NO_NAMESPACE: &str = "NoSuchNamespace";

/// How many objects a page of a list has.
const PAGE: u32 = 500;

/// How often an object is read again whose parts went in between, and written again that was made or removed in between.
const TRIES: u32 = 4;

/// The objects of a namespace.
#[derive(Clone)]
pub(crate) struct Cluster {
    secrets: Api<Secret>,
    namespaces: Api<Namespace>,
    namespace: String,
    /// Whether the namespace was seen.
    is_there: Arc<OnceCell<()>>,
    /// The parts of objects that were read here, for when they are replaced.
    known: Arc<Mutex<BTreeMap<String, Content>>>,
}

impl Cluster {
    pub(crate) fn new(client: Client, namespace: &str) -> Self {
        Self {
            secrets: Api::namespaced(client.clone(), namespace),
            namespaces: Api::all(client),
            namespace: namespace.to_owned(),
            is_there: Arc::default(),
            known: Arc::default(),
        }
    }

    /// What is said of an object; none when there is none.
    async fn metadata(&self, path: &Path) -> Result<Option<PartialObjectMeta<Secret>>> {
        self.secrets.get_metadata_opt(&secret::name(path)).await.map_err(|error| said(path, error))
    }

    /// The first `length` bytes of an object, for which its first part is enough.
    async fn start(&self, path: &Path, length: u64) -> Result<(ObjectMeta, Vec<u8>)> {
        for _ in 0..TRIES {
            let found = self.secrets.get_opt(&secret::name(path)).await.map_err(|error| said(path, error))?;
            let Some(found) = found else { return Err(self.missing(path).await) };
            let (meta, content) = (described(path, &found.metadata)?, Content::of(&found.metadata));
            let first = match content.part_names(path).first() {
                Some(name) => self.secrets.get_opt(name).await.map_err(|error| said(path, error))?,
                None => Some(found),
            };
            // Somebody replaced it in between, and its parts went.
            let Some(first) = first else { continue };
            return Ok((meta, secret::start(&first, length).map_err(|why| damaged(path, why))?));
        }
        Err(damaged(path, "parts of it are missing".into()))
    }

    async fn read(&self, path: &Path) -> Result<(ObjectMeta, Vec<u8>)> {
        for _ in 0..TRIES {
            let found = self.secrets.get_opt(&secret::name(path)).await.map_err(|error| said(path, error))?;
            let Some(found) = found else { return Err(self.missing(path).await) };
            let (meta, content) = (described(path, &found.metadata)?, Content::of(&found.metadata));
            let names = content.part_names(path);
            let parts = try_join_all(names.iter().map(|name| self.secrets.get_opt(name)));
            let parts: Option<Vec<Secret>> = parts.await.map_err(|error| said(path, error))?.into_iter().collect();
            // Somebody replaced it in between, and its parts went.
            let Some(parts) = parts else { continue };
            let bytes = content.joined(&found, &parts).map_err(|why| damaged(path, why))?;
            self.known().insert(path.to_string(), content);
            return Ok((meta, bytes));
        }
        Err(damaged(path, "parts of it are missing".into()))
    }

    /// Writes the parts, and then the object that names them.
    async fn write(&self, path: &Path, bytes: &[u8], mode: PutMode) -> Result<String> {
        let split = Split::of(path, bytes).map_err(|why| damaged(path, why))?;
        for part in &split.parts {
            match self.secrets.create(&PostParams::default(), part).await {
                // It is named by what is in it.
                Err(error) if is(&error, 409) => {}
                written => drop(written.map_err(|error| said(path, error))?),
            }
        }
        let written = match mode {
            PutMode::Create => self.create(path, &split.object).await,
            PutMode::Update(version) => self.replace(path, &split.object, version.e_tag.unwrap_or_default()).await,
            PutMode::Overwrite => self.overwrite(path, &split.object).await,
        }?;
        let before = self.known().insert(path.to_string(), split.content.clone());
        if let Some(before) = before.filter(|before| *before != split.content) {
            self.remove_parts(path, &before).await;
        }
        Ok(written.metadata.resource_version.unwrap_or_default())
    }

    async fn create(&self, path: &Path, object: &Secret) -> Result<Secret> {
        self.secrets.create(&PostParams::default(), object).await.map_err(|error| match is(&error, 409) {
            true => Error::AlreadyExists { path: path.to_string(), source: error.into() },
            false => said(path, error),
        })
    }

    async fn replace(&self, path: &Path, object: &Secret, version: String) -> Result<Secret> {
        let mut object = object.clone();
        object.metadata.resource_version = Some(version);
        self.secrets.replace(&secret::name(path), &PostParams::default(), &object).await.map_err(|error| {
            // What is not there any more is not what was expected, either.
            match is(&error, 409) || is(&error, 404) {
                true => Error::Precondition { path: path.to_string(), source: error.into() },
                false => said(path, error),
            }
        })
    }

    /// Nearly always there is nothing yet.
    async fn overwrite(&self, path: &Path, object: &Secret) -> Result<Secret> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.create(path, object).await {
                Err(Error::AlreadyExists { .. }) => {}
                other => return other,
            }
            let Some(present) = self.metadata(path).await? else { continue };
            let version = present.metadata.resource_version.unwrap_or_default();
            match self.replace(path, object, version).await {
                Err(Error::Precondition { .. }) if tries < TRIES => {}
                other => return other,
            }
        }
    }

    async fn remove(&self, path: &Path) -> Result<()> {
        let Some(found) = self.metadata(path).await? else { return Err(self.missing(path).await) };
        let content = Content::of(&found.metadata);
        let removed = self.secrets.delete(&secret::name(path), &DeleteParams::default()).await;
        removed.map_err(|error| said(path, error))?;
        self.known().remove(path.as_ref());
        self.remove_parts(path, &content).await;
        Ok(())
    }

    /// What nobody names any more. What stays, for want of an answer, harms nobody.
    async fn remove_parts(&self, path: &Path, content: &Content) {
        for name in content.part_names(path) {
            let _ = self.secrets.delete(&name, &DeleteParams::default()).await;
        }
    }

    async fn listed(&self, prefix: Option<&Path>) -> Result<Vec<ObjectMeta>> {
        let place = prefix.cloned().unwrap_or_default();
        let mut wanted = ListParams::default().labels(&secret::selector(prefix)).limit(PAGE);
        let mut listed = Vec::new();
        loop {
            let page = self.secrets.list_metadata(&wanted).await.map_err(|error| said(&place, error))?;
            for found in &page.items {
                if let Some(path) = secret::path(&found.metadata) {
                    listed.push(described(&path, &found.metadata)?);
                }
            }
            match page.metadata.continue_.filter(|next| !next.is_empty()) {
                Some(next) => wanted = wanted.continue_token(&next),
                None => break,
            }
        }
        if listed.is_empty() {
            self.confirm_namespace(&place).await?;
        }
        listed.sort_by(|a, b| a.location.cmp(&b.location));
        Ok(listed)
    }

    /// That there is no object, unless it is the namespace that there is not: a ledger that is looked for in the wrong place must not
    /// pass for one that does not exist yet.
    async fn missing(&self, path: &Path) -> Error {
        match self.confirm_namespace(path).await {
            Ok(()) => Error::NotFound { path: path.to_string(), source: "there is no such Secret".into() },
            Err(error) => error,
        }
    }

    async fn confirm_namespace(&self, path: &Path) -> Result<()> {
        let look = || async {
            match self.namespaces.get_metadata_opt(&self.namespace).await {
                Ok(Some(_)) => Ok(()),
                Ok(None) => {
                    let source = format!("{NO_NAMESPACE}: there is no namespace `{}`", self.namespace).into();
                    Err(Error::NotFound { path: path.to_string(), source })
                }
                // Who may not see namespaces is told by the first write.
                Err(error) if is(&error, 403) => Ok(()),
                Err(error) => Err(said(path, error)),
            }
        };
        self.is_there.get_or_try_init(look).await.copied()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Content>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secrets: _, namespaces: _, namespace, is_there: _, known: _ } = self;
        f.debug_struct("Cluster").field("namespace", namespace).finish()
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kubernetes({})", self.namespace)
    }
}

#[async_trait]
impl ObjectStore for Cluster {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let bytes: Vec<u8> = payload.iter().flat_map(|part| part.iter().copied()).collect();
        let e_tag = Some(self.write(location, &bytes, options.mode).await?);
        Ok(PutResult { e_tag, version: None, extensions: Default::default() })
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let (meta, bytes) = match (&options.range, options.head) {
            (None, true) => match self.metadata(location).await? {
                Some(found) => (described(location, &found.metadata)?, Vec::new()),
                None => return Err(self.missing(location).await),
            },
            (None, false) => self.read(location).await?,
            (Some(GetRange::Bounded(range)), false) if range.start == 0 && range.end <= secret::START_MAX => {
                self.start(location, range.end).await?
            }
            (Some(_), _) => {
                return Err(Error::NotSupported { source: "only the beginning of an object is read".into() });
            }
        };
        options.check_preconditions(&meta)?;
        let end = if options.range.is_some() { bytes.len() as u64 } else { meta.size };
        Ok(GetResult {
            range: 0..end,
            meta,
            payload: GetResultPayload::Stream(stream::once(ready(Ok(bytes.into()))).boxed()),
            attributes: Default::default(),
            extensions: Default::default(),
        })
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let cluster = self.clone();
        let removed = locations.and_then(move |path| {
            let cluster = cluster.clone();
            async move { cluster.remove(&path).await.map(|()| path) }
        });
        removed.boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let (cluster, prefix) = (self.clone(), prefix.cloned());
        let listed = async move { cluster.listed(prefix.as_ref()).await.map(|all| stream::iter(all).map(Ok)) };
        stream::once(listed).try_flatten().boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let root = prefix.cloned().unwrap_or_default();
        let mut result =
            ListResult { common_prefixes: Vec::new(), objects: Vec::new(), extensions: Default::default() };
        for object in self.listed(prefix).await? {
            let mut below = object.location.prefix_match(&root).into_iter().flatten();
            let (first, is_deeper) = (below.next(), below.next().is_some());
            let folder = first.filter(|_| is_deeper).map(|first| root.clone().join(first));
            drop(below);
            match folder {
                // They are sorted.
                Some(folder) if result.common_prefixes.last() == Some(&folder) => {}
                Some(folder) => result.common_prefixes.push(folder),
                None => result.objects.push(object),
            }
        }
        Ok(result)
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(Error::NotSupported { source: "what is large is split here anyway".into() })
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(Error::NotSupported { source: "no ledger copies objects".into() })
    }
}

/// What the metadata of its Secret says of an object.
fn described(path: &Path, metadata: &Metadata) -> Result<ObjectMeta> {
    let Some(made) = &metadata.creation_timestamp else { return Err(damaged(path, "it has no time".into())) };
    Ok(ObjectMeta {
        location: path.clone(),
        last_modified: std::time::SystemTime::from(made.0).into(),
        size: Content::of(metadata).size,
        e_tag: metadata.resource_version.clone(),
        version: None,
    })
}

fn damaged(path: &Path, why: String) -> Error {
    Error::Generic { store: STORE, source: format!("{path} makes no sense: {why}").into() }
}

fn is(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

/// What the server said, in the words of object stores.
fn said(path: &Path, error: kube::Error) -> Error {
    let code = match &error {
        kube::Error::Api(status) => status.code,
        _ => 0,
    };
    let (path, text) = (path.to_string(), error.to_string());
    match code {
        401 => Error::Unauthenticated { path, source: text.into() },
        403 => Error::PermissionDenied { path, source: text.into() },
        // A Secret that is written is not there only where its namespace is not.
        404 => Error::NotFound { path, source: format!("{NO_NAMESPACE}: {text}").into() },
        _ => Error::Generic { store: STORE, source: Box::new(error) },
    }
}

#[cfg(test)]
mod tests;
