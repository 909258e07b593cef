//! Both ports of one AWS provider instance: place, and the dispatch to kinds.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Place, Value};
use flashinfra_providers::{Answers, Calls, Class, Create, Delete, Error, Outcome, Question, Read, Update, Write};
use flashinfra_stacks::schema::{Attribute, Change, Element, Schema, Unset};
use futures_util::future::join_all;

use crate::clients::{Clients, LOCAL_PAUSE};
use crate::factory::{kind, lookup, service};
use crate::kind::Kind;

/// One instance.
pub(crate) struct Adapter {
    clients: Clients,
    /// The account that the stack expects.
    account: Option<String>,
}

impl Adapter {
    pub(crate) fn new(clients: Clients, account: Option<String>) -> Self {
        Self { clients, account }
    }
}

#[async_trait]
impl Read for Adapter {
    async fn place(&self) -> Result<Place, Error> {
        self.clients.find_credentials().await?;
        let identity = self.clients.prove_identity().await.map_err(|error| match self.clients.endpoint() {
            // Left over from a test, more often than not.
            Some(endpoint) => Error { message: format!("{} (at {endpoint})", error.message), ..error },
            None => error,
        })?;
        let (account, arn) = (identity.account.as_str(), identity.arn.as_str());
        if let Some(expected) = &self.account
            && expected != account
        {
            let message = format!(
                "these credentials lead to AWS account {account} ({arn}), but the stack expects {expected}: use \
                 credentials of that account, or change `account` of the provider"
            );
            return Err(Error::new(Class::AskPerson, message));
        }
        // `arn:aws-cn:sts::123456789012:…`: the partition is part of the place, since account ids repeat across partitions.
        Ok(Place {
            provider: "aws".into(),
            scope: format!("{}:{account}", identity.partition()).into(),
            region: self.clients.region().into(),
        })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        let mut by_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, question) in questions.iter().enumerate() {
            let reader = kind(&question.kind).map_or(question.kind.as_str(), |kind| kind.read_by());
            by_kind.entry(reader).or_default().push(index);
        }
        let batches = join_all(by_kind.into_iter().map(|(name, indices)| async move {
            let asked: Vec<Question> = indices.iter().filter_map(|index| questions.get(*index)).cloned().collect();
            indices.into_iter().zip(read_kind(&self.clients, name, &asked).await).collect::<Vec<_>>()
        }));
        let mut answers: Vec<(usize, Live)> = batches.await.into_iter().flatten().collect();
        answers.sort_by_key(|(index, _)| *index);
        answers.into_iter().map(|(_, live)| live).collect()
    }

    async fn find(&self, kind: &str, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        known(kind)?.find(&self.clients, stack).await
    }

    async fn explain(&self, question: &Question) -> Option<String> {
        kind(&question.kind)?.explain(&self.clients, &question.id).await
    }

    fn poll_pause(&self) -> Option<Duration> {
        // The engine's pauses are made for AWS's minutes; a server that stands in for it is ready in milliseconds.
        self.clients.is_local().then_some(LOCAL_PAUSE)
    }

    fn service(&self, kind: &str) -> Name {
        service(kind).into()
    }

    fn calls(&self) -> Calls {
        self.clients.counter.calls()
    }
}

/// The answers of one kind, or of one kind of lookup, one for each question whatever happens.
async fn read_kind(clients: &Clients, name: &str, asked: &[Question]) -> Vec<Live> {
    let read = match (lookup(name), known(name)) {
        (Some(lookup), _) => lookup.answer(clients, asked).await,
        (None, Ok(kind)) => kind.read(clients, asked).await,
        (None, Err(error)) => Err(error),
    };
    match read {
        Ok(lives) if lives.len() == asked.len() => lives,
        Ok(_) => {
            vec![Live::Unreadable { reason: format!("the adapter lost an answer about {name}").into() }; asked.len()]
        }
        Err(error) => vec![Live::Unreadable { reason: error.to_string().into() }; asked.len()],
    }
}

#[async_trait]
impl Write for Adapter {
    async fn create(&self, request: &Create) -> Result<Outcome, Error> {
        let kind = known(&request.kind)?;
        refuse_unknown(&kind.schema().attributes, &request.inputs.attributes, &request.kind)?;
        let done = kind.create(&self.clients, request).await;
        done.map_err(|error| request.inputs.hidden_in(error))
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        let kind = known(&request.kind)?;
        refuse_unknown(&kind.schema().attributes, &request.inputs.attributes, &request.kind)?;
        refuse_replacing(kind.schema(), request)?;
        let done = kind.update(&self.clients, request).await;
        done.map_err(|error| request.inputs.hidden_in(error))
    }

    async fn delete(&self, request: &Delete) -> Result<Outcome, Error> {
        known(&request.kind)?.delete(&self.clients, request).await
    }

    async fn mark(&self, kind: &str, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        known(kind)?.mark(&self.clients, id, mark).await
    }
}

fn known(name: &str) -> Result<&'static dyn Kind, Error> {
    kind(name).ok_or_else(|| Error::new(Class::FixInput, format!("provider aws has no kind `{name}`")))
}

/// Refuses what was set with `.raw(…)`: requests are made of what is modelled, and leaving a part out in silence would be worse.
fn refuse_unknown(attributes: &[Attribute], values: &Map, path: &str) -> Result<(), Error> {
    for (name, value) in values {
        let Some(attribute) = attributes.iter().find(|attribute| attribute.name == name.as_str()) else {
            let message =
                format!("{path} has no attribute `{name}`, and the AWS adapter sends nothing that is not modelled");
            return Err(Error::new(Class::FixInput, message));
        };
        let Element::Block(inner) = &attribute.shape.element else { continue };
        let blocks = value.as_list().unwrap_or(std::slice::from_ref(value)).iter().filter_map(Value::as_map);
        for block in blocks {
            refuse_unknown(inner, block, &format!("{path}.{name}"))?;
        }
    }
    Ok(())
}

/// Refuses an update of what takes a new object, which no planner asks for. What is taken away never takes one.
fn refuse_replacing(schema: &Schema, request: &Update) -> Result<(), Error> {
    let replaces = |name: &&Name| {
        schema.attribute(name).is_some_and(|attribute| match attribute.change {
            // What can be cleared is cleared in place.
            Change::Replace => request.inputs.get(name).is_some() || attribute.unset != Unset::Clear,
            Change::Once => request.before.get(name).is_some(),
            Change::Update => false,
        })
    };
    match request.changed.iter().find(replaces) {
        None => Ok(()),
        Some(name) => {
            let message = format!("`{name}` of {} `{}` cannot be changed in place", request.kind, request.id);
            Err(Error::new(Class::FixInput, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Address, Map, OwnerMark, Value, map};
    use flashinfra_providers::{Class, Error, Inputs, Sensitive, Update};
    use flashinfra_stacks::Resource;
    use flashinfra_stacks_aws::{EksCluster, InternetGateway, Vpc};

    use super::{refuse_replacing, refuse_unknown};

    #[test]
    fn a_secret_that_a_service_quotes_is_not_repeated() {
        let mut inputs = Inputs::default();
        inputs.secrets.insert("master_user_password".into(), Sensitive::new("hunter2hunter2".into()));
        let error = Error::new(Class::FixInput, "the password hunter2hunter2 is not allowed");
        assert_eq!(inputs.hidden_in(error).message, "the password (secret) is not allowed");
    }

    #[test]
    fn what_is_not_modelled_is_refused_by_name() {
        let refusal = |values: Map| {
            refuse_unknown(&EksCluster::SCHEMA.attributes, &values, "aws.eks_cluster").map_err(|error| error.message)
        };
        let ids: Vec<Value> = vec!["subnet-1".into()];
        assert_eq!(refusal(map! { "name" => "main", "vpc_config" => map! { "subnet_ids" => ids } }), Ok(()));
        assert!(refusal(map! { "zonal_shift" => true }).unwrap_err().contains("no attribute `zonal_shift`"));
        let nested = refusal(map! { "vpc_config" => map! { "egress_mode" => "x" } }).unwrap_err();
        assert!(nested.contains("aws.eks_cluster.vpc_config has no attribute `egress_mode`"), "{nested}");
    }

    #[test]
    fn an_update_replaces_nothing() {
        let address = Address::parse("aws.vpc/main").unwrap();
        let update = |changed: &str| Update {
            kind: "aws.vpc".into(),
            id: "vpc-1".into(),
            mark: OwnerMark { stack: "c5b0".into(), address: address.clone(), generation: 1 },
            changed: vec![changed.into()],
            before: map! {},
            inputs: Inputs::default(),
            token: "t".into(),
        };
        assert_eq!(refuse_replacing(Vpc::SCHEMA, &update("tags")), Ok(()));
        assert_eq!(refuse_replacing(Vpc::SCHEMA, &update("cidr_block")).unwrap_err().class, Class::FixInput);
        // A gateway that has no VPC can be given one, and no other one after that.
        let attached = Update { before: map! { "vpc_id" => "vpc-1" }, ..update("vpc_id") };
        assert_eq!(refuse_replacing(InternetGateway::SCHEMA, &update("vpc_id")), Ok(()));
        assert_eq!(refuse_replacing(InternetGateway::SCHEMA, &attached).unwrap_err().class, Class::FixInput);
    }
}
