//! What the tests have in common: a namespace of their own on the shared server, a stack in it, and what others do there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use flashinfra::apply::{ApplyOptions, Report, apply};
use flashinfra::error::Exit;
use flashinfra::ledgers::LocalLedgers;
use flashinfra::plan::{Labels, Planned, destroy, plan};
use flashinfra::plans::file;
use flashinfra::plans::plan::{Action, Options, Plan};
use flashinfra::providers::Registry;
use flashinfra::secrets::Secrets;
use flashinfra::session::Session;
use flashinfra::{Stack, kubernetes, load};
use flashinfra_providers_kubernetes::KubernetesFactory;
use flashinfra_test_support::Kubernetes;
use http::{Method, Request};
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// A place to plan and apply from, with a ledger and a namespace of its own.
pub(crate) struct Desk {
    pub(crate) session: Session,
    pub(crate) namespace: String,
    kubeconfig: PathBuf,
    client: kube::Client,
    ledgers: Arc<TempDir>,
}

impl Desk {
    /// None where there is no server, which is said.
    pub(crate) async fn new(test: &str) -> Option<Self> {
        let server = Kubernetes::shared(test)?;
        let kubeconfig = server.kubeconfig().to_owned();
        let ledgers = tempfile::tempdir().unwrap();
        let secrets = Secrets::given([("PASSWORD".to_owned(), "correct-horse-battery".to_owned())]);
        let session = Session::new(Registry::new().with(KubernetesFactory::new()), LocalLedgers::new(ledgers.path()));
        let read = Kubeconfig::read_from(&kubeconfig).unwrap();
        let config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await.unwrap();
        let client = kube::Client::try_from(config).unwrap();
        let namespace = format!("t-{test}").replace('_', "-");
        let session = session.with_secrets(secrets);
        let desk = Self { session, namespace, kubeconfig, client, ledgers: Arc::new(ledgers) };
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": desk.namespace}});
        let made = desk.send(Method::POST, "/api/v1/namespaces", "application/json", &namespace).await;
        assert!(matches!(made, Ok(_) | Err((409, _))), "{made:?}");
        Some(desk)
    }

    /// What leads to the server.
    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The same place for somebody who may see these resources in the namespace, and nothing else. None where the server has no such
    /// person, which is said.
    #[expect(clippy::print_stderr, reason = "a test that nobody sees skipped is taken for one that passed")]
    pub(crate) async fn viewer(&self, test: &str, resources: &[&str]) -> Option<Self> {
        let kubeconfig = self.kubeconfig.with_file_name("kubeconfig-viewer");
        if !kubeconfig.is_file() {
            eprintln!("SKIPPED {test}: there is no kubeconfig-viewer beside that of the server");
            return None;
        }
        let rbac = "/apis/rbac.authorization.k8s.io/v1";
        let in_namespace = format!("{rbac}/namespaces/{}", self.namespace);
        let rules =
            |resources: &[&str]| json!([{"apiGroups": ["*"], "resources": resources, "verbs": ["get", "list"]}]);
        let bound = |role: &str, name: &str| {
            json!({"metadata": {"name": name}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": name},
                   "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer"}]})
        };
        let cluster = format!("{}-place", self.namespace);
        for (path, body) in [
            (format!("{rbac}/clusterroles"), json!({"metadata": {"name": cluster}, "rules": rules(&["namespaces"])})),
            (format!("{rbac}/clusterrolebindings"), bound("ClusterRole", &cluster)),
            (format!("{in_namespace}/roles"), json!({"metadata": {"name": "viewer"}, "rules": rules(resources)})),
            (format!("{in_namespace}/rolebindings"), bound("Role", "viewer")),
        ] {
            self.send(Method::POST, &path, "application/json", &body).await.unwrap();
        }
        let session =
            Session::new(Registry::new().with(KubernetesFactory::new()), LocalLedgers::new(self.ledgers.path()));
        let (namespace, client, ledgers) = (self.namespace.clone(), self.client.clone(), Arc::clone(&self.ledgers));
        Some(Self { session, namespace, kubeconfig, client, ledgers })
    }

    /// What somebody else sends to the server.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &str,
        body: &Json,
    ) -> Result<Json, (u16, Json)> {
        let request = Request::builder().method(method).uri(path).header("content-type", content_type);
        let request = request.body(Body::from(body.to_string().into_bytes())).unwrap();
        let response = self.client.send(request).await.unwrap();
        let status = response.status();
        let bytes = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() { Ok(body) } else { Err((status.as_u16(), body)) }
    }

    /// The path of an object in the namespace: `apps/v1`, `deployments/web`.
    pub(crate) fn path(&self, api: &str, object: &str) -> String {
        let root = if api.contains('/') { "apis" } else { "api" };
        format!("/{root}/{api}/namespaces/{}/{object}", self.namespace)
    }

    pub(crate) async fn get(&self, api: &str, object: &str) -> Option<Json> {
        match self.send(Method::GET, &self.path(api, object), "application/json", &Json::Null).await {
            Ok(found) => Some(found),
            Err((404, _)) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    /// What a person changes by hand.
    pub(crate) async fn patch(&self, manager: &str, api: &str, object: &str, patch: Json) {
        let path = format!("{}?fieldManager={manager}", self.path(api, object));
        self.send(Method::PATCH, &path, "application/merge-patch+json", &patch).await.unwrap();
    }

    /// What another tool applies.
    pub(crate) async fn applied_by(&self, manager: &str, api: &str, object: &str, body: Json) {
        let path = format!("{}?fieldManager={manager}&force=true", self.path(api, object));
        self.send(Method::PATCH, &path, "application/apply-patch+yaml", &body).await.unwrap();
    }

    /// What a controller says of an object.
    pub(crate) async fn status(&self, api: &str, object: &str, status: Json) {
        let path = format!("{}/status", self.path(api, object));
        let patch = json!({ "status": status });
        self.send(Method::PATCH, &path, "application/merge-patch+json", &patch).await.unwrap();
    }

    /// An empty stack on this server.
    pub(crate) fn stack(&self) -> Stack {
        let mut stack = Stack::new(self.namespace.clone(), "test");
        let provider = kubernetes::Provider::builder().kubeconfig(self.kubeconfig.to_str().unwrap());
        stack.provider("kubernetes", provider);
        stack
    }

    pub(crate) async fn planned(&self, define: impl FnOnce(&mut Stack)) -> Planned {
        self.planned_with(&Options::default(), define).await
    }

    /// With options.
    pub(crate) async fn planned_with(&self, options: &Options, define: impl FnOnce(&mut Stack)) -> Planned {
        let mut stack = self.stack();
        define(&mut stack);
        let compiled = stack.compile().map_err(|problems| format!("{problems:?}")).unwrap();
        let compiled = load::compiled(compiled.as_bytes(), &self.session.registry).unwrap();
        plan(&self.session, &compiled, options, Labels::default()).await.unwrap()
    }

    /// The changes of a plan, as `action address`, with what differs behind.
    pub(crate) async fn changes(&self, define: impl FnOnce(&mut Stack)) -> Vec<String> {
        told(&self.planned(define).await.plan)
    }

    pub(crate) async fn report(&self, plan: Plan) -> Report {
        assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        let digest = file::digest(&file::write(&plan));
        apply(&self.session, plan, digest, &ApplyOptions::default()).await.unwrap()
    }

    pub(crate) async fn apply(&self, plan: Plan) -> Report {
        let report = self.report(plan).await;
        assert_eq!(report.exit, Exit::Ok, "{:#?}", report.steps);
        report
    }

    /// Plans, applies, and plans again, which has to find nothing to do. The changes of the first plan.
    pub(crate) async fn converge(&self, define: impl Fn(&mut Stack)) -> Vec<String> {
        let planned = self.planned(&define).await;
        let changes = told(&planned.plan);
        drop(self.apply(planned.plan).await);
        assert_eq!(self.changes(&define).await, [""; 0], "the next plan is empty");
        changes
    }

    pub(crate) async fn destroy(&self) {
        self.destroy_with(&Options::default()).await;
    }

    /// With options.
    pub(crate) async fn destroy_with(&self, options: &Options) {
        let planned = destroy(&self.session, &self.namespace, "test", options).await.unwrap();
        drop(self.apply(planned.plan).await);
    }
}

/// Changes and drift as lines.
pub(crate) fn told(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &plan.changes {
        lines.push(format!("{} {}", word(change.action), change.address));
        if change.action != Action::Create {
            lines.extend(change.attributes.iter().map(|attribute| format!("  {}", attribute.path)));
        }
    }
    lines
}

fn word(action: Action) -> String {
    format!("{action:?}").to_lowercase()
}
