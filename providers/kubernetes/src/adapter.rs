//! The two ports of one cluster.

use std::sync::Arc;

use async_trait::async_trait;
use flashinfra_plans::{Map, Name, Object, OwnerMark, Place, Value};
use flashinfra_providers::{
    ANY_STACK, Answers, Calls, Class, Condition, Create, Delete, Error, Installed, LogSink, Logs, Measure, Operable,
    Operate, Outcome, Question, Read, Rehearsal, Rehearsed, ReleaseOf, Update, Write, is_sought,
};
use http::{Method, StatusCode};
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;

use crate::api::{Answer, Api, Failure, Id, MANAGER};
use crate::discovery::{Discovery, Served};
use crate::managed_fields::handed_over;
use crate::trouble::Trouble;
use crate::{body, change, explain, installed, live, logs, marks, measures, operate, read, rehearse, writers};

/// What a plan shows of an update: what of it was seen by a person.
pub(crate) struct Sent<'a> {
    /// The attributes that change.
    pub(crate) changed: &'a [Name],
    /// Their live values.
    pub(crate) before: &'a Map,
    /// All that is declared.
    pub(crate) after: &'a Map,
}

/// One cluster.
pub(crate) struct Adapter {
    pub(crate) api: Api,
    /// The UID of the namespace `kube-system` that the cluster has to have.
    cluster: Option<String>,
    discovery: Mutex<Option<Arc<Discovery>>>,
}

impl Adapter {
    pub(crate) fn new(api: Api, cluster: Option<String>) -> Self {
        Self { api, cluster, discovery: Mutex::default() }
    }

    /// What the cluster serves, asked once.
    pub(crate) async fn discovery(&self) -> Result<Arc<Discovery>, Failure> {
        let mut known = self.discovery.lock().await;
        if let Some(known) = &*known {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(Discovery::ask(&self.api).await?);
        *known = Some(Arc::clone(&found));
        Ok(found)
    }

    /// The same, asked again where that does not fit: a definition that was replaced may serve its kind elsewhere than before, in
    /// namespaces and not in the cluster.
    pub(crate) async fn discovery_that(&self, fits: impl Fn(&Discovery) -> bool) -> Result<Arc<Discovery>, Failure> {
        let known = self.discovery().await?;
        if fits(&known) {
            return Ok(known);
        }
        self.forget_discovery().await;
        self.discovery().await
    }

    async fn forget_discovery(&self) {
        *self.discovery.lock().await = None;
    }

    /// A kind that the cluster serves. What it did not serve a moment ago may be defined by now, so it is asked again.
    pub(crate) async fn served(&self, kind: &str, api_version: Option<&str>) -> Result<Served, Error> {
        for is_last in [false, true] {
            let discovery = self.discovery().await.map_err(|failure| failure.of_read("what the cluster serves"))?;
            let found = discovery.served(kind, api_version);
            if let Some(found) =
                found.filter(|found| is_last || api_version.is_none_or(|asked| asked == found.api_version()))
            {
                return Ok(found.clone());
            }
            if !is_last {
                self.forget_discovery().await;
            }
        }
        let version = api_version.map(|version| format!(" of {version}")).unwrap_or_default();
        let message = format!("the cluster does not serve {kind}{version}: what defines it is not there, or not yet");
        Err(Error::new(Class::Wait, message).with_code("NotServed"))
    }

    /// The object of an id, as it is.
    pub(crate) async fn object(&self, served: &Served, id: &Id<'_>, what: &str) -> Result<Json, Error> {
        let found = self.api.object(served, id).await.map_err(|failure| failure.of_read(what))?;
        found.ok_or_else(|| Error::new(Class::NotFound, format!("{what} is gone")).with_code("NotFound"))
    }

    /// Applies an object that is there, or only tries to.
    pub(crate) async fn apply_as_planned(
        &self,
        served: &Served,
        id: &Id<'_>,
        body: &Json,
        sent: &Sent<'_>,
        is_trial: bool,
    ) -> Result<Answer, Failure> {
        let apply = async |force| match is_trial {
            true => self.api.try_apply(served, id, body, force).await,
            false => self.api.apply(served, id, body, force).await,
        };
        match apply(false).await {
            // What the plan shows as changed is taken, whoever wrote it: a person has seen it, with their name beside it.
            Err(failure) if is_as_planned(&failure, sent) => apply(true).await,
            answer => answer,
        }
    }
}

#[async_trait]
impl Read for Adapter {
    async fn place(&self) -> Result<Place, Error> {
        let path = "/api/v1/namespaces/kube-system";
        let answer = self.api.get("get namespaces", path, "application/json").await;
        let namespace =
            answer.map_err(|failure| failure.of_read("the namespace kube-system, whose UID names the cluster"))?;
        let Some(uid) = marks::metadata(&namespace, "uid").and_then(Json::as_str) else {
            return Err(Error::new(Class::AskPerson, "the namespace kube-system has no UID: this is no Kubernetes"));
        };
        if let Some(expected) = self.cluster.as_deref().filter(|expected| *expected != uid) {
            let message = format!("this leads to the cluster {uid}, and the stack says that it has to be {expected}");
            return Err(Error::new(Class::AskPerson, message));
        }
        Ok(Place { provider: "kubernetes".into(), scope: format!("cluster:{uid}").into(), region: Name::default() })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        read::all(self, questions).await
    }

    async fn find(&self, kind: &str, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let discovery = self.discovery().await.map_err(|failure| failure.of_read("what the cluster serves"))?;
        let Some(served) = discovery.served(kind, None) else { return Ok(Vec::new()) };
        let label = if stack == ANY_STACK { marks::STACK.to_owned() } else { format!("{}={stack}", marks::STACK) };
        let found = self.api.list(served, None, Some(&label)).await;
        let found = found.map_err(|failure| failure.of_read(&format!("{} with the owner mark", served.plural)))?;
        let marked = found.iter().filter_map(|json| {
            let object = live::object(served, kind, json, &Map::default(), None);
            object.owner.clone().filter(|mark| is_sought(mark, stack)).map(|mark| (mark, object))
        });
        Ok(marked.collect())
    }

    async fn explain(&self, question: &Question) -> Option<String> {
        explain::why(self, question).await
    }

    async fn explain_failure(&self, question: &Question, last_lines: u32, sink: LogSink<'_>) -> Option<String> {
        explain::failure(self, question, last_lines, sink).await
    }

    async fn installed(&self, release: &ReleaseOf) -> Result<Option<Installed>, Error> {
        installed::by(self, release).await
    }

    fn rehearses(&self) -> bool {
        true
    }

    async fn rehearse(&self, rehearsals: &[Rehearsal]) -> Vec<Rehearsed> {
        rehearse::all(self, rehearsals).await
    }

    async fn measures(&self, questions: &[Question]) -> Vec<Vec<Measure>> {
        measures::all(self, questions).await
    }

    fn able(&self, act: &str) -> Vec<Name> {
        operate::able(act)
    }

    async fn operable(&self, request: &Operate) -> Result<Operable, Error> {
        operate::operable(self, request).await
    }

    async fn logs(&self, wanted: &Logs, sink: LogSink<'_>) -> Result<(), Error> {
        logs::told(self, wanted, sink).await
    }

    fn service(&self, _kind: &str) -> Name {
        // One server answers for all kinds.
        "kubernetes".into()
    }

    fn calls(&self) -> Calls {
        self.api.calls()
    }
}

#[async_trait]
impl Write for Adapter {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        let Create { kind, mark, token: _, inputs } = request;
        let id = id_of(&inputs.attributes);
        let (what, id) = (format!("{kind} {id}"), Id::parse(&id));
        let mut served = self.served(kind, inputs.text("api_version")).await?;
        if !served.has(id.namespace) {
            self.forget_discovery().await;
            served = self.served(kind, inputs.text("api_version")).await?;
        }
        // A plan refuses this; what changed since may still be on its way.
        if let Some(why) = served.misplaced(id.namespace) {
            return Err(Error::new(Class::Wait, why).with_code("Misplaced"));
        }
        // Server-side apply makes an object or changes the one that is there, and no condition keeps it from the latter.
        let there = self.api.object(&served, &id).await.map_err(|failure| failure.of_read(&what))?;
        if there.is_some() {
            return Err(Error::new(Class::AlreadyExists, format!("{what} exists already")).with_code("AlreadyExists"));
        }
        let body = body::of(&served, inputs, mark, None)?;
        let answer = match self.api.apply(&served, &id, &body, false).await {
            Ok(answer) => answer,
            Err(failure) => {
                // Its definition may be on its way from one scope to another.
                if failure.is(StatusCode::NOT_FOUND) {
                    self.forget_discovery().await;
                }
                return Err(of_create(&failure, &what));
            }
        };
        if answer.status != StatusCode::CREATED {
            let message =
                format!("{what} was made by somebody else in the same moment, and now has our fields beside theirs");
            return Err(Error::new(Class::Unknown, message));
        }
        Ok(Outcome::Done(live::object(&served, kind, &answer.body, &inputs.attributes, None)))
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        change::update(self, request, None).await
    }

    async fn update_if(&self, request: &Update, condition: &Condition<'_>) -> Result<Outcome, Error> {
        change::update(self, request, Some(condition)).await
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        change::delete(self, request, None).await
    }

    async fn delete_if(&self, request: &Delete, condition: &Condition<'_>) -> Result<Outcome, Error> {
        change::delete(self, request, Some(condition)).await
    }

    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let served = self.served(kind, None).await?;
        let (what, id) = (format!("{kind} {id}"), Id::parse(id));
        let patch = json!({ "metadata": {
            "labels": { marks::STACK: mark.stack.as_str() }, "annotations": { marks::OWNER: mark.to_text() },
        } });
        let path = format!("{}?fieldManager={MANAGER}", served.path(id.namespace, Some(id.name)));
        let verb = format!("mark {}", served.plural);
        let answer = self.api.change(&verb, Method::PATCH, &path, "application/merge-patch+json", &patch).await;
        answer.map(drop).map_err(|failure| failure.of_write(&what))
    }

    async fn take_over(&self, kind: &str, id: &str, declared: &Map) -> Result<(), Error> {
        let served = self.served(kind, declared.get("api_version").and_then(Value::as_text)).await?;
        let (what, id) = (format!("{kind} {id}"), Id::parse(id));
        let live = self.object(&served, &id, &what).await?;
        let Some(handed) = handed_over(&live, &body::places(declared), MANAGER) else { return Ok(()) };
        // Whoever writes in between makes it another version of the object, which is refused.
        let version = marks::metadata(&live, "resourceVersion").cloned().unwrap_or_default();
        let patch = json!([
            { "op": "replace", "path": "/metadata/managedFields", "value": handed },
            { "op": "replace", "path": "/metadata/resourceVersion", "value": version },
        ]);
        let path = format!("{}?fieldManager={MANAGER}", served.path(id.namespace, Some(id.name)));
        let verb = format!("take over {}", served.plural);
        let answer = self.api.change(&verb, Method::PATCH, &path, "application/json-patch+json", &patch).await;
        answer.map(drop).map_err(|failure| failure.of_write(&what))
    }

    async fn operate(&self, request: &Operate) -> Result<(), Error> {
        operate::operated(self, request).await
    }
}

/// The id of an object with these attributes.
fn id_of(attributes: &Map) -> String {
    let text = |key: &str| attributes.get(key).and_then(Value::as_text);
    let name = text("name").unwrap_or_default();
    text("namespace").map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"))
}

/// A failure of a create: what is not found then is not the object.
fn of_create(failure: &Failure, what: &str) -> Error {
    let error = failure.of_write(what);
    match error.class {
        Class::NotFound => Error { class: Class::Wait, ..error },
        _ => error,
    }
}

/// Whether a request was refused for nothing but fields that others write and that the plan shows as changed.
fn is_as_planned(failure: &Failure, sent: &Sent<'_>) -> bool {
    let Some(status) = failure.status else { return false };
    let conflicts = Trouble::of(status.as_u16(), &failure.body).conflicts;
    let is_shown = |path: &str| {
        let top = path.split(['.', '[']).next().unwrap_or_default();
        let is_changed = sent.changed.iter().any(|name| name == top);
        is_changed && sent.before.at(path) != sent.after.at(path)
    };
    // A mark that was rewritten is ours under another way of writing.
    let is_ours = |manager: &str, path: &str| manager == MANAGER || path.contains("flashinfra/");
    !conflicts.is_empty()
        && conflicts.iter().all(|conflict| {
            writers::told(&conflict.path).is_some_and(|path| is_ours(&conflict.manager, &path) || is_shown(&path))
        })
}
