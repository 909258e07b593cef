//! Both ports of one AWS provider instance: place, and the dispatch to kinds.

use std::collections::BTreeMap;

use async_trait::async_trait;
use flashinfra_plans::{Live, Object, OwnerMark, Place};
use flashinfra_providers::{
    Answers, Calls, Class, Create, Delete, Error, Inputs, Outcome, Question, Read, Update, Write,
};
use futures_util::future::join_all;

use crate::clients::Clients;
use crate::error::Codes;
use crate::factory::kind;
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
        let identity = self.clients.read.sts.get_caller_identity().send().await;
        let identity = identity.map_err(Codes::of_no_kind().read("sts:GetCallerIdentity"))?;
        let (Some(account), Some(arn)) = (identity.account(), identity.arn()) else {
            return Err(Error::new(Class::AskPerson, "sts:GetCallerIdentity told neither account nor ARN"));
        };
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
        let partition = arn.split(':').nth(1).unwrap_or("aws");
        Ok(Place {
            provider: "aws".into(),
            scope: format!("{partition}:{account}").into(),
            region: self.clients.region().into(),
        })
    }

    async fn read(&self, questions: &[Question]) -> Answers {
        let mut by_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, question) in questions.iter().enumerate() {
            by_kind.entry(&question.kind).or_default().push(index);
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

    fn calls(&self) -> Calls {
        self.clients.counter.calls()
    }
}

/// The answers of one kind, one for each question whatever happens.
async fn read_kind(clients: &Clients, name: &str, asked: &[Question]) -> Vec<Live> {
    let read = match known(name) {
        Ok(kind) => kind.read(clients, asked).await,
        Err(error) => Err(error),
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
        let done = known(&request.kind)?.create(&self.clients, request).await;
        done.map_err(|error| without_secrets(error, &request.inputs))
    }

    async fn update(&self, request: &Update) -> Result<Outcome, Error> {
        let done = known(&request.kind)?.update(&self.clients, request).await;
        done.map_err(|error| without_secrets(error, &request.inputs))
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

/// An error whose message repeats no secret of the request, should a service ever quote what it was sent.
fn without_secrets(mut error: Error, inputs: &Inputs) -> Error {
    for secret in inputs.secrets.values().filter(|secret| !secret.reveal().is_empty()) {
        error.message = error.message.replace(secret.reveal(), "(secret)");
    }
    error
}

#[cfg(test)]
mod tests {
    use flashinfra_providers::{Class, Error, Inputs, Sensitive};

    use super::without_secrets;

    #[test]
    fn a_secret_that_a_service_quotes_is_not_repeated() {
        let mut inputs = Inputs::default();
        inputs.secrets.insert("master_user_password".into(), Sensitive::new("hunter2hunter2".into()));
        let error = Error::new(Class::FixInput, "the password hunter2hunter2 is not allowed");
        assert_eq!(without_secrets(error, &inputs).message, "the password (secret) is not allowed");
    }
}
