//! What everybody writes for a program that answers HTTP, with defaults that are safe.

use std::collections::BTreeMap;

use flashinfra::Stack;
use serde_json::{Value as Json, json};

use crate::handle::{ObjectHandle, ServiceAccountHandle, ServiceHandle, Variables, Volume};
use crate::object::{object, service, service_account};

/// A program that answers HTTP: a Deployment, its Service, its ServiceAccount, a NetworkPolicy, a PodDisruptionBudget, and where they
/// are asked for a HorizontalPodAutoscaler and an Ingress.
///
/// It hides nothing: [`objects`](Self::objects) are plain JSON, to be changed before they are added to a stack.
///
/// ```
/// # extern crate flashinfra_stacks as flashinfra;
/// # use flashinfra_stacks_kubernetes as kubernetes;
/// # fn main() -> Result<(), Vec<flashinfra::Problem>> {
/// use flashinfra::Stack;
/// use kubernetes::WebService;
/// use serde_json::json;
///
/// let mut stack = Stack::new("shop", "production");
/// let mut web = WebService::named("web", "shop", "registry.example.com/web:1.4.2", 8080)
///     .requests("250m", "256Mi")
///     .ready_at("/healthz")
///     .autoscaled(2, 10, 70)
///     .host("shop.example.com", "nginx")
///     .env("LOG_LEVEL", "info")
///     .objects();
/// web.deployment["spec"]["template"]["spec"]["priorityClassName"] = json!("high");
/// web.add_to(&mut stack, "web");
/// # stack.compile().map(|_| ())
/// # }
/// ```
///
/// # Defaults, and why
///
/// - **Pods** run as some user that is not root, gain no rights, write to no file of their image, and have no token for the API: what
///   the `restricted` profile of Pod Security asks for, and more. Paths that are written to are [named](Self::writable).
/// - **A rollout** starts a new pod before it stops an old one (`maxUnavailable: 0`). A pod that stops goes on answering for five seconds,
///   because balancers hear of it later than it does.
/// - **Readiness** is asked for; liveness is not: one that fails under load restarts the pods that are left.
/// - **Memory** is limited to what is requested, so that a leak ends in its own pod. CPU is not limited: that only makes it slower.
/// - **Pods spread** over zones and nodes as far as they can, and an eviction takes one at a time.
/// - **The network policy** lets others reach the one port, and from the namespaces that are [named](Self::reached_from) when there are any.
#[derive(Clone, Debug)]
#[must_use = "it is in no stack yet"]
pub struct WebService {
    name: String,
    namespace: String,
    image: String,
    port: u16,
    replicas: Replicas,
    cpu: String,
    memory: String,
    ready_at: String,
    env: BTreeMap<String, Json>,
    env_from: Vec<Json>,
    writable: Vec<String>,
    /// What is mounted, by where.
    mounted: BTreeMap<String, Json>,
    reached_from: Vec<String>,
    host: Option<Host>,
}

/// How many pods there are.
#[derive(Clone, Debug)]
enum Replicas {
    Fixed(u32),
    Scaled { least: u32, most: u32, cpu_percent: u32 },
}

/// Under which name it is reached from outside.
#[derive(Clone, Debug)]
struct Host {
    name: String,
    class: String,
    issuer: Option<String>,
}

/// The objects of a [`WebService`], before they are added to a stack.
#[derive(Clone, Debug)]
#[must_use = "they are in no stack yet"]
pub struct WebServiceObjects {
    /// Who its pods are to the API.
    pub service_account: Json,
    /// Its pods.
    pub deployment: Json,
    /// Its name within the cluster.
    pub service: Json,
    /// Who may reach it.
    pub network_policy: Json,
    /// How many of its pods may be away at once; none when there is one pod only, which could never be moved then.
    pub disruption_budget: Option<Json>,
    /// What sets the number of its pods.
    pub autoscaler: Option<Json>,
    /// Its name outside of the cluster.
    pub ingress: Option<Json>,
}

/// What was added to a stack.
#[derive(Clone)]
pub struct WebServiceHandle {
    /// Its pods.
    pub deployment: ObjectHandle,
    /// Its name within the cluster.
    pub service: ServiceHandle,
    /// Who its pods are to the API: to be bound to roles.
    pub service_account: ServiceAccountHandle,
}

/// How long a pod that stops goes on answering, in seconds: until balancers have heard of it.
const DRAIN_SECONDS: u32 = 5;
/// How long a rollout may make no progress, in seconds. It is the API's default, written out because the engine waits as long.
const PROGRESS_DEADLINE_SECONDS: u32 = 600;
/// Where its pods listen, by name.
const PORT: &str = "http";

impl WebService {
    /// A program with this name in this namespace, run from this image, which answers on this port. Two pods, with a tenth of a CPU and
    /// 128 MiB each, which are ready when `/` answers.
    pub fn named(name: impl Into<String>, namespace: impl Into<String>, image: impl Into<String>, port: u16) -> Self {
        Self {
            name: name.into(),
            namespace: namespace.into(),
            image: image.into(),
            port,
            replicas: Replicas::Fixed(2),
            cpu: "100m".to_owned(),
            memory: "128Mi".to_owned(),
            ready_at: "/".to_owned(),
            env: BTreeMap::new(),
            env_from: Vec::new(),
            writable: Vec::new(),
            mounted: BTreeMap::new(),
            reached_from: Vec::new(),
            host: None,
        }
    }

    /// So many pods, always.
    pub fn replicas(self, replicas: u32) -> Self {
        Self { replicas: Replicas::Fixed(replicas), ..self }
    }

    /// As many pods as keep them at this percentage of the CPU that they request. The Deployment leaves its number of replicas out then:
    /// it is the autoscaler's.
    pub fn autoscaled(self, least: u32, most: u32, cpu_percent: u32) -> Self {
        Self { replicas: Replicas::Scaled { least, most, cpu_percent }, ..self }
    }

    /// What each pod needs: `250m` of a CPU, `256Mi` of memory. Of memory it gets no more.
    pub fn requests(self, cpu: impl Into<String>, memory: impl Into<String>) -> Self {
        Self { cpu: cpu.into(), memory: memory.into(), ..self }
    }

    /// The path that answers when a pod can take requests.
    pub fn ready_at(self, path: impl Into<String>) -> Self {
        Self { ready_at: path.into(), ..self }
    }

    /// A variable of its environment. A change of it is a rollout.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into();
        let variable = json!({ "name": name, "value": value.into() });
        self.env.insert(name, variable);
        self
    }

    /// A variable of its environment from a key of a ConfigMap or a Secret. A change there is a rollout.
    pub fn env_from(mut self, name: impl Into<String>, source: &impl Variables, key: impl AsRef<str>) -> Self {
        let name = name.into();
        let variable = source.env(&name, key.as_ref());
        self.env.insert(name, variable);
        self
    }

    /// All keys of a ConfigMap or a Secret as variables of its environment. A change there is a rollout.
    pub fn env_of(mut self, source: &impl Variables) -> Self {
        self.env_from.push(source.env_from());
        self
    }

    /// A ConfigMap, a Secret or a PersistentVolumeClaim, mounted at this path. A change of the first two is a rollout.
    pub fn mounted(mut self, path: impl Into<String>, volume: &impl Volume) -> Self {
        let path = path.into();
        // Names of volumes take lower-case letters, digits and dashes.
        let name: String =
            path.trim_matches('/').chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        self.mounted.insert(path, volume.volume(&name.to_ascii_lowercase()));
        self
    }

    /// A path that it writes to. What is there is gone with the pod.
    pub fn writable(mut self, path: impl Into<String>) -> Self {
        self.writable.push(path.into());
        self
    }

    /// A namespace that may reach it, beside its own: of the ingress controller, of Prometheus. Without any, all may.
    pub fn reached_from(mut self, namespace: impl Into<String>) -> Self {
        self.reached_from.push(namespace.into());
        self
    }

    /// The name under which it is reached from outside, by the Ingresses of this class.
    pub fn host(self, name: impl Into<String>, class: impl Into<String>) -> Self {
        Self { host: Some(Host { name: name.into(), class: class.into(), issuer: None }), ..self }
    }

    /// Who signs the certificate of its host: a ClusterIssuer of cert-manager. Nothing without a [`host`](Self::host).
    pub fn certificate_by(self, issuer: impl Into<String>) -> Self {
        let host = self.host.map(|host| Host { issuer: Some(issuer.into()), ..host });
        Self { host, ..self }
    }

    /// The objects, to be changed or added to a stack.
    pub fn objects(self) -> WebServiceObjects {
        WebServiceObjects {
            service_account: self.object("v1", "ServiceAccount", json!({ "automountServiceAccountToken": false })),
            deployment: self.object("apps/v1", "Deployment", json!({ "spec": self.deployment() })),
            service: self.object("v1", "Service", json!({ "spec": self.service() })),
            network_policy: self.object("networking.k8s.io/v1", "NetworkPolicy", json!({ "spec": self.policy() })),
            disruption_budget: self
                .budget()
                .map(|spec| self.object("policy/v1", "PodDisruptionBudget", json!({ "spec": spec }))),
            autoscaler: self
                .autoscaler()
                .map(|spec| self.object("autoscaling/v2", "HorizontalPodAutoscaler", json!({ "spec": spec }))),
            ingress: self.host.as_ref().map(|host| self.ingress(host)),
        }
    }

    /// Its objects, added to a stack under this scope.
    #[track_caller]
    pub fn add_to(self, stack: &mut Stack, scope: impl AsRef<str>) -> WebServiceHandle {
        self.objects().add_to(stack, scope)
    }

    /// What its pods are found by. It never changes, so nothing that changes is in it.
    fn selector(&self) -> Json {
        json!({ "app.kubernetes.io/name": self.name })
    }

    fn object(&self, api_version: &str, kind: &str, beyond: Json) -> Json {
        let metadata = json!({ "name": self.name, "namespace": self.namespace, "labels": self.selector() });
        let mut object = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata });
        if let (Json::Object(object), Json::Object(beyond)) = (&mut object, beyond) {
            object.extend(beyond);
        }
        object
    }

    fn deployment(&self) -> Json {
        let mut spec = json!({
            "selector": { "matchLabels": self.selector() },
            "progressDeadlineSeconds": PROGRESS_DEADLINE_SECONDS,
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": "25%", "maxUnavailable": 0 } },
            "template": { "metadata": { "labels": self.selector() }, "spec": self.pod() },
        });
        if let Replicas::Fixed(replicas) = self.replicas {
            spec["replicas"] = json!(replicas);
        }
        spec
    }

    fn pod(&self) -> Json {
        let spread = |key: &str| {
            json!({ "topologyKey": key, "maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": { "matchLabels": self.selector() } })
        };
        let mut pod = json!({
            "serviceAccountName": self.name,
            "automountServiceAccountToken": false,
            "securityContext": { "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" } },
            "terminationGracePeriodSeconds": 30,
            "topologySpreadConstraints": [spread("topology.kubernetes.io/zone"), spread("kubernetes.io/hostname")],
            "containers": [self.container()],
        });
        let empty = (0..self.writable.len()).map(|number| json!({ "name": volume(number), "emptyDir": {} }));
        let volumes: Vec<Json> = empty.chain(self.mounted.values().cloned()).collect();
        if !volumes.is_empty() {
            pod["volumes"] = volumes.into();
        }
        pod
    }

    fn container(&self) -> Json {
        let mut container = json!({
            "name": self.name,
            "image": self.image,
            "ports": [{ "name": PORT, "containerPort": self.port, "protocol": "TCP" }],
            "readinessProbe": { "httpGet": { "path": self.ready_at, "port": PORT } },
            "lifecycle": { "preStop": { "sleep": { "seconds": DRAIN_SECONDS } } },
            "resources": {
                "requests": { "cpu": self.cpu, "memory": self.memory },
                "limits": { "memory": self.memory },
            },
            "securityContext": {
                "allowPrivilegeEscalation": false,
                "capabilities": { "drop": ["ALL"] },
                "readOnlyRootFilesystem": true,
            },
        });
        if !self.env.is_empty() {
            container["env"] = self.env.values().cloned().collect();
        }
        if !self.env_from.is_empty() {
            container["envFrom"] = self.env_from.clone().into();
        }
        let empty = self.writable.iter().enumerate();
        let empty = empty.map(|(number, path)| json!({ "name": volume(number), "mountPath": path }));
        let mounted = self.mounted.iter().map(|(path, volume)| json!({ "name": volume["name"], "mountPath": path }));
        let mounts: Vec<Json> = empty.chain(mounted).collect();
        if !mounts.is_empty() {
            container["volumeMounts"] = mounts.into();
        }
        container
    }

    fn service(&self) -> Json {
        json!({ "selector": self.selector(),
            "ports": [{ "name": PORT, "port": 80, "protocol": "TCP", "targetPort": PORT }] })
    }

    fn policy(&self) -> Json {
        let mut rule = json!({ "ports": [{ "port": PORT, "protocol": "TCP" }] });
        if !self.reached_from.is_empty() {
            let named = |namespace: &String| json!({ "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": namespace } } });
            let own = [json!({ "podSelector": {} })];
            rule["from"] = own.into_iter().chain(self.reached_from.iter().map(named)).collect();
        }
        json!({ "podSelector": { "matchLabels": self.selector() }, "policyTypes": ["Ingress"], "ingress": [rule] })
    }

    fn budget(&self) -> Option<Json> {
        let least = match self.replicas {
            Replicas::Fixed(replicas) => replicas,
            Replicas::Scaled { least, .. } => least,
        };
        // A pod that does not work holds no node back.
        let spec = json!({ "maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": { "matchLabels": self.selector() } });
        (least > 1).then_some(spec)
    }

    fn autoscaler(&self) -> Option<Json> {
        let Replicas::Scaled { least, most, cpu_percent } = self.replicas else { return None };
        let target = json!({ "type": "Utilization", "averageUtilization": cpu_percent });
        Some(json!({
            "minReplicas": least,
            "maxReplicas": most,
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": self.name },
            "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": target } }],
        }))
    }

    fn ingress(&self, host: &Host) -> Json {
        let backend = json!({ "service": { "name": self.name, "port": { "name": PORT } } });
        let path = json!({ "path": "/", "pathType": "Prefix", "backend": backend });
        let mut ingress = self.object(
            "networking.k8s.io/v1",
            "Ingress",
            json!({ "spec": {
                "ingressClassName": host.class,
                "rules": [{ "host": host.name, "http": { "paths": [path] } }],
            } }),
        );
        if let Some(issuer) = &host.issuer {
            ingress["metadata"]["annotations"] = json!({ "cert-manager.io/cluster-issuer": issuer });
            ingress["spec"]["tls"] = json!([{ "hosts": [host.name], "secretName": format!("{}-tls", self.name) }]);
        }
        ingress
    }
}

impl WebServiceObjects {
    /// Adds the objects to a stack, under this scope: `kubernetes.deployment/web.deployment`.
    #[track_caller]
    pub fn add_to(self, stack: &mut Stack, scope: impl AsRef<str>) -> WebServiceHandle {
        stack.for_caller(|stack| stack.scope(scope, |stack| self.declare(stack)))
    }

    fn declare(self, stack: &mut Stack) -> WebServiceHandle {
        let Self { service_account: account, deployment, service: named, network_policy, .. } = self;
        let Self { disruption_budget, autoscaler, ingress, .. } = self;
        let service_account = stack.add("service-account", service_account(account));
        // Whoever may reach it is known before it runs.
        let policy = stack.add("network-policy", object(network_policy));
        let deployment = stack.add("deployment", object(deployment).depends_on(&policy).depends_on(&service_account));
        let service = stack.add("service", service(named));
        for (name, scaled) in [("disruption-budget", disruption_budget), ("autoscaler", autoscaler)] {
            if let Some(scaled) = scaled {
                stack.add(name, object(scaled).depends_on(&deployment));
            }
        }
        if let Some(ingress) = ingress {
            stack.add("ingress", object(ingress).depends_on(&service));
        }
        WebServiceHandle { deployment, service, service_account }
    }
}

/// The name of the volume for a path that is written to.
fn volume(number: usize) -> String {
    format!("writable-{number}")
}
