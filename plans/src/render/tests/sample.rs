//! A plan with a bit of everything, as a team would see it.

use std::collections::BTreeMap;

use crate::compiled::ProviderInstance;
use crate::live::Place;
use crate::map;
use crate::plan::{
    Act, Action, AttributeChange, Basis, Change, Drift, DriftKind, Mode, Note, OutputChange, PLANNER, Partial, Plan,
    Reason, Refusal, Step,
};
use crate::samples::schemas;
use crate::value::{Address, Expression, Map, Name, Reference, Secret, Value};

pub(super) fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

pub(super) fn reference(text: &str, path: &str) -> Value {
    Value::Expression(Box::new(Expression::Reference(Reference { address: address(text), path: path.into() })))
}

pub(super) fn secret() -> Value {
    Value::Secret(Box::new(Secret::Env { name: "DB_PASSWORD".into(), version: 1 }))
}

pub(super) fn attribute(path: &str, before: Option<Value>, after: Option<Value>) -> AttributeChange {
    AttributeChange { path: path.into(), before, after, forces_replacement: false, note: None }
}

pub(super) fn differs(path: &str, before: impl Into<Value>, after: impl Into<Value>) -> AttributeChange {
    attribute(path, Some(before.into()), Some(after.into()))
}

pub(super) fn set(path: &str, after: impl Into<Value>) -> AttributeChange {
    attribute(path, None, Some(after.into()))
}

pub(super) fn change(at: &str, action: Action, reason: Reason, attributes: Vec<AttributeChange>) -> Change {
    let address = address(at);
    let object = (action != Action::Create).then(|| Name::from(format!("{}-1", address.name())));
    Change {
        address,
        action,
        reasons: vec![reason],
        attributes,
        object,
        stateful: at.contains(".db_instance"),
        protected: at.contains(".db_instance"),
        typical_seconds: 1,
        at: Some(format!("stacks/flashmm/src/{}.rs:41:9", at.split('/').next().unwrap()).into()),
    }
}

/// A plan of these changes, with one step of ten minutes for each, one after the other.
pub(super) fn of(changes: Vec<Change>) -> Plan {
    let provider = ProviderInstance { provider: "aws".into(), config: Map::default() };
    let place = Place { provider: "aws".into(), scope: "aws:123456789012".into(), region: "us-east-1".into() };
    let step = |(index, change): (usize, &Change)| {
        let id = u32::try_from(index + 1).unwrap();
        Step {
            id,
            act: Act::Create,
            address: change.address.clone(),
            generation: 1,
            provider: "aws".into(),
            object: None,
            inputs: Map::default(),
            changed: Vec::new(),
            before: Map::default(),
            when: None,
            expects: None,
            watched: Vec::new(),
            relies_on: Vec::new(),
            after: if id == 1 { Vec::new() } else { vec![id - 1] },
            row: None,
            typical_seconds: 420,
            timeout_seconds: 0,
        }
    };
    Plan {
        basis: Basis {
            stack: "flashmm".into(),
            environment: "production".into(),
            flashinfra: "0.1.0".into(),
            planner: PLANNER,
            uuid: "u".into(),
            serial: 7,
            open: None,
            compiled: "sha256:1".into(),
            ledger: ".flashinfra".into(),
            parameters: "production.toml".into(),
            providers: BTreeMap::from([("aws".into(), provider)]),
            places: BTreeMap::from([("aws".into(), place)]),
            lookups: BTreeMap::new(),
            repeats: None,
            declared: None,
            deferred: BTreeMap::new(),
        },
        mode: Mode::Apply,
        partial: Vec::new(),
        allowed: Vec::new(),
        refusals: Vec::new(),
        steps: changes.iter().enumerate().map(step).collect(),
        changes,
        drift: Vec::new(),
        not_verified: Vec::new(),
        doubles: Vec::new(),
        unsearched: Vec::new(),
        kept: Vec::new(),
        findings: Vec::new(),
        unchanged: 59,
        outputs: Vec::new(),
        schemas: schemas(),
    }
}

pub(super) fn policy(action: &str, more: bool) -> String {
    let more = if more { r#", {"Sid": "Logs", "Effect": "Allow", "Action": "logs:*", "Resource": "*"}"# } else { "" };
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Principal": {{"Service": "eks.amazonaws.com"}}}}{more}]}}"#
    )
}

fn forced(attribute: AttributeChange) -> AttributeChange {
    AttributeChange { forces_replacement: true, ..attribute }
}

fn noted(attribute: AttributeChange, note: Note) -> AttributeChange {
    AttributeChange { note: Some(note), ..attribute }
}

fn destroys() -> Vec<Change> {
    vec![
        change(
            "aws.db_instance/data.main",
            Action::Replace,
            Reason::ForcesReplacement("storage_encrypted".into()),
            vec![
                differs("allocated_storage", 100, 200),
                noted(
                    differs(
                        "password",
                        secret(),
                        Value::Secret(Box::new(Secret::Env { name: "DB_PASSWORD".into(), version: 2 })),
                    ),
                    Note::Secret,
                ),
                forced(differs("storage_encrypted", false, true)),
            ],
        ),
        change("aws.subnet/network.old", Action::Delete, Reason::NotDeclared, vec![]),
        change(
            "aws.eks_cluster/eks.blue",
            Action::ReplaceCreateFirst,
            Reason::UnknownForcesReplacement("subnet_ids".into(), address("aws.subnet/network.private-c")),
            vec![forced(differs("subnet_ids", Value::List(["subnet-1".into()].into()), Value::Unknown))],
        ),
    ]
}

fn updates() -> Vec<Change> {
    let rule = |cidr: &str, port: i64| Value::Map(map! { "cidr" => cidr, "port" => port });
    vec![
        change(
            "aws.eks_cluster/eks.main",
            Action::Update,
            Reason::Differs("version".into()),
            vec![
                differs("version", "1.33", "1.34"),
                differs(
                    "enabled_cluster_log_types",
                    Value::List(["api".into(), "audit".into()].into()),
                    Value::List(["api".into(), "audit".into(), "authenticator".into()].into()),
                ),
                noted(attribute("tags.Owner", Some("ops".into()), None), Note::Released),
                noted(differs("scaling.desired_size", 3, 5), Note::LeftAlone("cluster-autoscaler".into())),
            ],
        ),
        change(
            "aws.iam_role/eks.cluster",
            Action::Update,
            Reason::Differs("assume_role_policy".into()),
            vec![
                differs("assume_role_policy", policy("sts:AssumeRole", false), policy("sts:TagSession", true)),
                differs(
                    "description",
                    "The role under which the control plane of the production cluster runs",
                    "The role under which the control plane of the staging cluster runs",
                ),
            ],
        ),
        change(
            "aws.security_group/data.redis",
            Action::Update,
            Reason::Differs("ingress".into()),
            vec![differs(
                "ingress",
                Value::List([rule("10.0.0.0/16", 6379)].into()),
                Value::List([rule("10.0.10.0/24", 6379), rule("10.0.11.0/24", 6379)].into()),
            )],
        ),
    ]
}

fn others() -> Vec<Change> {
    let create = |at: &str, attributes| change(at, Action::Create, Reason::New, attributes);
    vec![
        create(
            "aws.nat_gateway/network.c",
            vec![
                set("allocation_id", reference("aws.eip/network.c", "allocation_id")),
                set("subnet_id", reference("aws.subnet/network.public-c", "id")),
                set("tags", map! { "Name" => "flashmm-production-c", "Owner" => "ops" }),
            ],
        ),
        create(
            "aws.subnet/network.private-c",
            vec![
                set("availability_zone", "us-east-1c"),
                set("cidr_block", "10.0.12.0/24"),
                set("tags", map! { "Name" => "flashmm-production-private-c" }),
                set("vpc_id", "vpc-0a1b2c"),
            ],
        ),
        change("aws.vpc/network.main", Action::Move, Reason::MovedFrom(address("aws.vpc/main")), vec![]),
        change("aws.iam_role/legacy", Action::Forget, Reason::NotDeclared, vec![]),
    ]
}

/// The plan.
pub(super) fn rich() -> Plan {
    let mut plan = of([destroys(), updates(), others()].concat());
    plan.drift = vec![
        Drift {
            address: address("aws.security_group/data.redis"),
            kind: DriftKind::Changed,
            attributes: vec![differs("ingress[0].cidr", "10.0.10.0/24", "0.0.0.0/0")],
            object: None,
        },
        Drift {
            address: address("aws.vpc/network.main"),
            kind: DriftKind::Changed,
            attributes: vec![noted(differs("tags.Team", "a", "b"), Note::LeftAlone("ignored".into()))],
            object: None,
        },
    ];
    plan.outputs = vec![
        OutputChange {
            name: "cluster_endpoint".into(),
            before: Some("https://1.eks".into()),
            after: Some(Value::Unknown),
            value: None,
        },
        OutputChange { name: "vpc_id".into(), before: None, after: Some("vpc-0a1b2c".into()), value: None },
    ];
    plan.refusals = vec![
        Refusal::Protected(address("aws.db_instance/data.main"), Action::Replace),
        Refusal::Conflict {
            address: address("aws.nat_gateway/network.c"),
            objects: vec!["nat-0123".into()],
            note: "it carries no owner mark".into(),
            can_adopt: true,
        },
    ];
    plan.partial = vec![Partial::Targeted(4)];
    plan
}
