//! The ledger's store: objects in memory below, and each process's own way to them, on which writes get lost and processes die.

use std::fmt;
use std::future::pending;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::process::{AtWrite, Process};
use crate::scenario::Trouble;
use crate::world::Shared;

/// How long one request to the store takes.
const REQUEST: Duration = Duration::from_millis(15);

/// The store itself, with somebody who watches what becomes durable.
pub(crate) struct Disk {
    pub(crate) inner: Arc<dyn ObjectStore>,
    pub(crate) world: Shared,
    /// What must never be written down.
    pub(crate) secret: &'static str,
}

/// A process's way to the store.
pub(crate) struct Way {
    pub(crate) inner: Arc<dyn ObjectStore>,
    pub(crate) world: Shared,
    pub(crate) process: Arc<Process>,
}

impl Way {
    /// A request that changes nothing.
    async fn read<T>(&self, act: impl Future<Output = Result<T>>) -> Result<T> {
        self.process.runs().await;
        tokio::time::sleep(REQUEST).await;
        let result = act.await;
        self.process.runs().await;
        result
    }

    async fn write<T>(&self, path: &Path, act: impl Future<Output = Result<T>>) -> Result<T> {
        self.process.runs().await;
        // Signs of life come when they come: crashes are not counted by them, and faults by themselves.
        let is_lease = path.as_ref().ends_with("lease.json");
        let at_write = if is_lease { AtWrite::GoesOn } else { self.process.writes() };
        if at_write == AtWrite::DiesBefore {
            self.world.now().count("crash before a write");
            self.process.die();
            return pending().await;
        }
        tokio::time::sleep(REQUEST).await;
        let troubles = self.world.now().store_troubles(is_lease);
        if troubles.contains(&Trouble::LostBefore) {
            return Err(lost());
        }
        let result = act.await;
        if at_write == AtWrite::DiesAfter {
            self.world.now().count("crash after a write");
            self.process.die();
            return pending().await;
        }
        self.process.runs().await;
        if troubles.contains(&Trouble::LostAfter) { Err(lost()) } else { result }
    }
}

fn lost() -> Error {
    Error::Generic { store: "simulated", source: "the connection broke".into() }
}

#[async_trait]
impl ObjectStore for Way {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.write(path, self.inner.put_opts(path, payload, options)).await
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.read(self.inner.get_opts(path, options)).await
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.read(self.inner.get_ranges(path, ranges)).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let (inner, world, process) = (self.inner.clone(), self.world.clone(), self.process.clone());
        let delete = move |path: Result<Path>| {
            let way = Self { inner: inner.clone(), world: world.clone(), process: process.clone() };
            async move {
                let path = path?;
                let one = stream::iter([Ok(path.clone())]).boxed();
                let act = async { way.inner.delete_stream(one).next().await.unwrap_or_else(|| Err(lost())) };
                way.write(&path, act).await
            }
        };
        paths.then(delete).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let process = self.process.clone();
        let ready = stream::once(async move { process.runs().await }).filter_map(|()| async { None });
        ready.chain(self.inner.list(prefix)).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.read(self.inner.list_with_delimiter(prefix)).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[async_trait]
impl ObjectStore for Disk {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let bytes: Vec<u8> = payload.iter().flat_map(|part| part.to_vec()).collect();
        let result = self.inner.put_opts(path, payload, options).await?;
        self.world.now().durable(path.as_ref(), &bytes, self.secret);
        Ok(result)
    }

    async fn put_multipart_opts(&self, path: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(path, options).await
    }

    async fn get_ranges(&self, path: &Path, ranges: &[Range<u64>]) -> Result<Vec<bytes::Bytes>> {
        self.inner.get_ranges(path, ranges).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a way to {}", self.inner)
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a simulated disk")
    }
}
