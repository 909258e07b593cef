//! A small world: a few kinds, a sandbox, ledgers in a temporary directory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use flashinfra_plans::compiled::DeclaredOutput;
use flashinfra_plans::plan::Options;
use flashinfra_plans::value::{Expression, Reference, Secret};
use flashinfra_plans::{
    Address, CompiledStack, Declared, Ledger, Lifecycle, Map, Name, Plan, ProviderInstance, Value, file, map,
};
use flashinfra_providers::Registry;
use flashinfra_providers_memory::{self as memory, Sandbox};
use flashinfra_stacks::schema::{
    Attribute, Carrier, Change, Collection, Compare, Container, CreateOnce, Element, Identity, Mode, Schema, Seconds,
    SetBy, Shape, Stability, Unset,
};
use tempfile::TempDir;

use super::store::MemoryLedgers;
use crate::apply::{ApplyOptions, Report, StepOutcome, apply};
use crate::error::{EngineError, Exit};
use crate::ledgers::{self, LedgerKey, LedgerStore, LocalLedgers};
use crate::plan::{Labels, Planned, plan};
use crate::secrets::Secrets;
use crate::session::Session;

/// A world to plan and apply in.
pub(in crate::apply) struct World {
    pub(super) directory: TempDir,
    pub(super) sandbox: Sandbox,
    pub(super) session: Session,
}

impl World {
    pub(in crate::apply) fn new() -> Self {
        Self::with(memory::Options::default())
    }

    /// A world where this goes wrong; see [`memory::Faults`].
    pub(super) fn with_faults(faults: &str) -> Self {
        Self::with(memory::Options { faults: faults.parse().unwrap(), ..memory::Options::default() })
    }

    pub(super) fn with(options: memory::Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options = memory::Options { seed: Some(1), ..options };
        let sandbox = Sandbox::open(None, schemas(), options).unwrap();
        let secrets = Secrets::given([("PASSWORD".to_owned(), "hunter2".to_owned())]);
        let session = Session::new(Registry::new(), LocalLedgers::new(directory.path().join("ledgers")))
            .with_open_sandbox(sandbox.clone())
            .with_uuids(|| "0b5e7c1e-5d0f-4f0e-9a3c-6f1d2b7a9c11".into())
            .with_secrets(secrets.with_directory(directory.path()));
        Self { directory, sandbox, session }
    }

    /// The same world with its ledgers in memory.
    pub(super) fn with_ledgers_in_memory(self) -> Self {
        let session = self.with_store(|_| MemoryLedgers::default());
        Self { session, ..self }
    }

    /// The same world, with ledgers that go through another store.
    pub(super) fn with_store<S: LedgerStore + 'static>(&self, wrap: impl FnOnce(Arc<dyn LedgerStore>) -> S) -> Session {
        Session { ledgers: Arc::new(wrap(self.session.ledgers.clone())), ..self.session.clone() }
    }

    pub(super) async fn plan(&self, stack: &CompiledStack) -> Planned {
        self.try_plan(stack).await.unwrap()
    }

    pub(super) async fn try_plan(&self, stack: &CompiledStack) -> Result<Planned, EngineError> {
        plan(&self.session, stack, &Options::default(), Labels::default()).await
    }

    pub(super) async fn apply_plan(&self, plan: Plan) -> Result<Report, EngineError> {
        apply_in(&self.session, plan, &ApplyOptions::default()).await
    }

    /// Plans and applies.
    pub(super) async fn apply(&self, stack: &CompiledStack) -> Report {
        let plan = self.plan(stack).await.plan;
        assert!(plan.refusals.is_empty(), "{:?}", plan.refusals);
        self.apply_plan(plan).await.unwrap()
    }

    /// Plans and applies what is there before the test begins.
    pub(in crate::apply) async fn made(&self, stack: &CompiledStack) {
        let report = self.apply(stack).await;
        assert_eq!(report.exit, Exit::Ok, "{:#?}", told(&report));
    }

    pub(in crate::apply) async fn ledger(&self) -> Ledger {
        ledgers::load(self.session.ledgers.as_ref(), &key()).await.unwrap().unwrap().ledger
    }

    /// The ids of all objects, sorted, with their kind.
    pub(super) fn objects(&self) -> Vec<(Name, Name)> {
        self.sandbox.objects().unwrap().into_iter().map(|listed| (listed.kind, listed.object.id)).collect()
    }

    /// The id of the one object of a kind.
    pub(in crate::apply) fn only(&self, kind: &str) -> Name {
        let mut ids = self.objects().into_iter().filter(|(of, _)| of == kind).map(|(_, id)| id);
        let id = ids.next().unwrap();
        assert_eq!(ids.next(), None, "more than one {kind}");
        id
    }

    /// Asserts that a secret stands in no file.
    pub(super) fn assert_unwritten(&self, secret: &str) {
        let mut files = vec![self.directory.path().to_path_buf()];
        let mut looked_into = 0;
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                looked_into += 1;
                assert!(!String::from_utf8_lossy(&std::fs::read(&path).unwrap()).contains(secret), "{path:?}");
            }
        }
        assert!(looked_into > 3);
    }

    /// Asserts what must hold once all is well: a plan is empty, and what is there is what the ledger owns.
    pub(super) async fn assert_settled(&self, stack: &CompiledStack) {
        let planned = self.plan(stack).await;
        assert!(planned.plan.is_empty(), "{:#?}", planned.plan.changes);
        self.assert_owned(stack, "settled").await;
    }

    /// Asserts that what is there is what the ledger owns, and that this is what is declared.
    pub(super) async fn assert_owned(&self, stack: &CompiledStack, case: &str) {
        let ledger = self.ledger().await;
        let mut owned: Vec<(Name, Name)> = Vec::new();
        for (address, row) in &ledger.rows {
            assert!(row.deposed.is_empty(), "{case}: {address} has deposed objects");
            let current = row.current.as_ref().unwrap();
            assert!(current.ready, "{case}: {address} is not ready");
            owned.push((address.kind().into(), current.id.clone()));
        }
        owned.sort();
        assert_eq!(self.objects(), owned, "{case}");
        let declared: Vec<_> = stack.resources.iter().map(|resource| &resource.address).collect();
        assert_eq!(ledger.rows.keys().collect::<Vec<_>>(), declared, "{case}");
    }
}

/// Applies a plan as the CLI does: through its bytes.
pub(super) async fn apply_in(session: &Session, plan: Plan, options: &ApplyOptions) -> Result<Report, EngineError> {
    let bytes = file::write(&plan);
    let plan = file::read(&bytes).unwrap();
    apply(session, plan, file::digest(&bytes), options).await
}

pub(super) fn key() -> LedgerKey {
    LedgerKey::new("shop", "test").unwrap()
}

/// What became of each step, as `act address: outcome`.
pub(super) fn told(report: &Report) -> Vec<String> {
    report
        .steps
        .iter()
        .map(|step| {
            let outcome = match &step.outcome {
                StepOutcome::Done => "done".into(),
                StepOutcome::DoneBefore => "done before".into(),
                StepOutcome::NotNeeded => "not needed".into(),
                StepOutcome::Failed(error) => format!("failed: {}", error.message),
                StepOutcome::Skipped { because } => format!("skipped because of {because}"),
                StepOutcome::Stale(stale) => format!("stale: {}", stale.message),
                StepOutcome::Interrupted => "interrupted".into(),
                StepOutcome::Unknown(reason) => format!("unknown: {reason}"),
            };
            format!("{:?} {}: {outcome}", step.step.act, step.step.address)
        })
        .collect()
}

/// A stack of these resources, all in one provider instance.
pub(in crate::apply) fn stack<'a>(resources: impl IntoIterator<Item = (&'a str, Map)>) -> CompiledStack {
    let mut resources: Vec<_> = resources.into_iter().map(|(at, attributes)| declared(at, attributes)).collect();
    resources.sort_by(|a, b| a.address.cmp(&b.address));
    CompiledStack {
        stack: "shop".into(),
        environment: "test".into(),
        flashinfra: "0.1.0".into(),
        providers: [("main".into(), ProviderInstance { provider: "test".into(), config: map! { "region" => "here" } })]
            .into(),
        schemas: schemas(),
        resources,
        lookups: Vec::new(),
        outputs: Vec::new(),
    }
}

pub(super) fn with_output(stack: CompiledStack, name: &str, value: Value) -> CompiledStack {
    let output = DeclaredOutput { name: name.into(), value, doc: "".into(), at: None };
    CompiledStack { outputs: vec![output], ..stack }
}

/// The same stack with what is at an address moved there from another one.
pub(super) fn moved(mut stack: CompiledStack, from: &str, to: &str) -> CompiledStack {
    for resource in stack.resources.iter_mut().filter(|resource| resource.address.as_str() == to) {
        resource.lifecycle.moved_from.push(Address::parse(from).unwrap());
    }
    stack
}

fn declared(address: &str, attributes: Map) -> Declared {
    Declared {
        address: Address::parse(address).unwrap(),
        provider: "main".into(),
        attributes,
        lifecycle: Lifecycle::default(),
        depends_on: Vec::new(),
        raw: Vec::new(),
        at: Some("main.rs:1:1".into()),
    }
}

/// A net with a host in it, a bucket that names the host, and a slow cluster.
pub(in crate::apply) fn shop() -> Vec<(&'static str, Map)> {
    vec![
        ("test.net/main", map! { "cidr" => "10.0.0.0/16", "tags" => map! { "team" => "web" } }),
        (
            "test.host/web",
            map! { "net" => of("test.net/main", "id"), "size" => "small", "password" => secret("PASSWORD", 1) },
        ),
        ("test.bucket/logs", map! { "name" => "logs", "class" => of("test.host/web", "address") }),
        ("test.cluster/main", map! { "name" => "main", "net" => of("test.net/main", "arn") }),
    ]
}

/// A reference to another resource's attribute.
pub(super) fn of(address: &str, path: &str) -> Value {
    let address = Address::parse(address).unwrap();
    Value::Expression(Box::new(Expression::Reference(Reference { address, path: path.into() })))
}

/// A secret from the environment.
pub(in crate::apply) fn secret(name: &str, version: u32) -> Value {
    Value::Secret(Box::new(Secret::Env { name: name.into(), version }))
}

/// - `test.net`: an id is assigned, nothing makes its create once-only, and it may be guarded against deletion.
/// - `test.host`: takes a client token, refers to a net, has a password.
/// - `test.bucket`: has a unique name, which is its id.
/// - `test.cluster`: the same, slow, and with a guard against deletion.
/// - `test.base`: a name in any case, which the service writes small.
/// - `test.service`: runs something, so many times.
/// - `test.image`: a lookup.
pub(in crate::apply) fn schemas() -> BTreeMap<Name, Arc<Schema>> {
    let gateway = Attribute { change: Change::Once, ..optional("gateway") };
    let guard = Shape { container: Container::One, element: Element::Bool };
    let guard = Attribute { shape: guard, delete_guard: true, ..optional("locked") };
    let settable = [required("cidr", Change::Replace), optional("comment"), gateway, guard.clone(), tags()];
    let net = settable.into_iter().chain([computed("id"), computed("arn")]).collect();
    let host = [
        required("net", Change::Replace),
        optional("size"),
        Attribute { secret: true, mode: Mode::WriteOnly, ..optional("password") },
        computed("id"),
        computed("address"),
    ];
    let net_of = || Attribute { change: Change::Replace, ..optional("net") };
    let bucket = || [required("name", Change::Replace), optional("class"), net_of(), computed("arn")];
    let cluster = bucket().into_iter().chain([guard]).collect();
    let name = Attribute { compare: Compare::IgnoreCase, ..required("name", Change::Replace) };
    let base = vec![name, Attribute { change: Change::Replace, ..optional("size") }];
    let service = vec![required("name", Change::Replace), integer("replicas")];
    let image = vec![required("name", Change::Update), computed("value"), computed("version")];
    let kinds = [
        kind("test.net", Identity::Assigned, CreateOnce::Neither, 1, net),
        kind("test.host", Identity::Assigned, CreateOnce::Token, 1, host.into()),
        kind("test.bucket", Identity::Named("name".into()), CreateOnce::UniqueName, 1, bucket().into()),
        kind("test.cluster", Identity::Named("name".into()), CreateOnce::UniqueName, 600, cluster),
        kind("test.base", Identity::Named("name".into()), CreateOnce::UniqueName, 1, base),
        kind("test.service", Identity::Named("name".into()), CreateOnce::UniqueName, 1, service),
        kind("test.image", Identity::Assigned, CreateOnce::Neither, 1, image),
    ];
    kinds.into_iter().map(|schema| (Name::from(schema.kind.as_ref()), Arc::new(schema))).collect()
}

fn kind(kind: &'static str, identity: Identity, once: CreateOnce, typical: u32, attributes: Vec<Attribute>) -> Schema {
    Schema {
        kind: kind.into(),
        version: 1,
        doc: "".into(),
        identity,
        carrier: Carrier::TagAtCreate,
        create_once: once,
        stateful: false,
        reconciled: false,
        ends: false,
        settle_seconds: 10,
        timeouts: Seconds { create: 1800, update: 1800, delete: 1800 },
        typical: Seconds { create: typical, update: typical, delete: typical },
        // What the sandbox says about an object that it made in part: a service says of the second call what it says of the first.
        wait_codes: Cow::Borrowed(&[Cow::Borrowed("IncompleteCreate")]),
        upgrades: Cow::Borrowed(&[]),
        attributes: attributes.into(),
    }
}

fn optional(name: &'static str) -> Attribute {
    Attribute {
        name: name.into(),
        doc: "".into(),
        shape: Shape { container: Container::One, element: Element::Text("".into()) },
        set_by: SetBy::Optional,
        mode: Mode::Enforce,
        compare: Compare::Exact,
        change: Change::Update,
        collection: Collection::Exclusive,
        unset: Unset::Clear,
        secret: false,
        delete_argument: false,
        delete_guard: false,
        stability: Stability::Fixed,
    }
}

fn integer(name: &'static str) -> Attribute {
    let shape = Shape { container: Container::One, element: Element::Integer };
    Attribute { shape, ..optional(name) }
}

fn required(name: &'static str, change: Change) -> Attribute {
    Attribute { set_by: SetBy::Required, change, unset: Unset::Release, ..optional(name) }
}

fn computed(name: &'static str) -> Attribute {
    Attribute { set_by: SetBy::Provider, unset: Unset::Release, ..optional(name) }
}

fn tags() -> Attribute {
    let shape = Shape { container: Container::Map, element: Element::Text("".into()) };
    Attribute { shape, collection: Collection::Keyed, ..optional("tags") }
}
