//! The adapter: reads and writes files below one folder.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use files::Text;
use flashinfra::{Resource, Schema};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase, Place, ProviderInstance, Value, map};
use flashinfra_providers::{
    Answers, Calls, Class, Create, Delete, Error, Factory, Outcome, Provider, Question, Read, Update, Write,
};

/// Makes instances of the provider `files`.
pub(crate) struct FilesFactory;

#[async_trait]
impl Factory for FilesFactory {
    fn provider(&self) -> &'static str {
        "files"
    }

    fn schemas(&self) -> Vec<&'static Schema> {
        vec![Text::SCHEMA]
    }

    async fn open(&self, instance: &ProviderInstance) -> Result<Arc<dyn Provider>, Error> {
        let root = instance.config.get("root").and_then(Value::as_text).unwrap_or(".");
        let root = fs::canonicalize(root)
            .map_err(|error| Error::new(Class::FixInput, format!("the provider's root `{root}`: {error}")))?;
        Ok(Arc::new(Files { root, reads: AtomicU64::new(0) }))
    }
}

struct Files {
    root: PathBuf,
    reads: AtomicU64,
}

#[async_trait]
impl Read for Files {
    async fn place(&self) -> Result<Place, Error> {
        let scope = format!("files:{}", self.root.display());
        Ok(Place { provider: "files".into(), scope: scope.into(), region: Name::default() })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        questions.iter().map(|question| self.look(&question.id)).collect()
    }

    async fn find(&self, _kind: &str, _stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        Err(Error::new(Class::AskPerson, "a file carries no owner mark: only the ledger knows whose it is"))
    }

    fn calls(&self) -> Calls {
        Calls([("files:read".into(), self.reads.load(Ordering::Relaxed))].into_iter().collect())
    }
}

#[async_trait]
impl Write for Files {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        let path = request.inputs.text("path").unwrap_or_default();
        let file = self.resolve(path)?;
        if file.exists() {
            return Err(Error::new(Class::AlreadyExists, format!("{path} exists already")));
        }
        self.put(path, &file, request.inputs.text("content").unwrap_or_default())
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        let file = self.resolve(&request.id)?;
        if !file.exists() {
            return Err(Error::new(Class::NotFound, format!("{} is gone", request.id)));
        }
        self.put(&request.id, &file, request.inputs.text("content").unwrap_or_default())
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        match fs::remove_file(self.resolve(&request.id)?) {
            Ok(()) => Ok(Outcome::Gone),
            Err(error) if error.kind() == ErrorKind::NotFound => Err(Error::new(Class::NotFound, error.to_string())),
            Err(error) => Err(Error::new(Class::AskPerson, format!("could not delete {}: {error}", request.id))),
        }
    }

    async fn mark(&self, _kind: &str, _id: &str, _mark: &OwnerMark) -> Result<(), Error> {
        Ok(())
    }
}

impl Files {
    /// The file at a path of the stack's, which has to stay below the root.
    fn resolve(&self, path: &str) -> Result<PathBuf, Error> {
        let below = !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        if !below {
            return Err(Error::new(Class::FixInput, format!("`{path}` does not stay below the provider's root")));
        }
        Ok(self.root.join(path))
    }

    fn look(&self, path: &str) -> Live {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let content =
            self.resolve(path).map_err(|error| error.to_string()).and_then(|file| match fs::read_to_string(file) {
                Ok(content) => Ok(Some(content)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error.to_string()),
            });
        match content {
            Ok(Some(content)) => Live::Present(object(path, &content)),
            Ok(None) => Live::Absent,
            Err(reason) => Live::Unreadable { reason: reason.into() },
        }
    }

    /// Writes a file as a whole or not at all.
    fn put(&self, path: &str, file: &Path, content: &str) -> Result<Outcome, Error> {
        let written = tempfile::NamedTempFile::new_in(&self.root).and_then(|mut temporary| {
            temporary.write_all(content.as_bytes())?;
            temporary.persist(file).map_err(|error| error.error)?;
            Ok(())
        });
        written.map_err(|error| Error::new(Class::AskPerson, format!("could not write {path}: {error}")))?;
        Ok(Outcome::Done(object(path, content)))
    }
}

fn object(path: &str, content: &str) -> Object {
    let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
    let attributes: Map = map! { "path" => path, "content" => content, "size" => size };
    Object { id: path.into(), phase: Phase::Ready, attributes, unverified: Vec::new(), owner: None, managed_by: None }
}
