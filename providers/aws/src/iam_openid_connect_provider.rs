//! `aws.iam_openid_connect_provider`: GetOpenIDConnectProvider for each, since the list tells ARNs only.

use async_trait::async_trait;
use aws_sdk_iam::operation::create_open_id_connect_provider::builders::CreateOpenIdConnectProviderInputBuilder;
use aws_sdk_iam::operation::get_open_id_connect_provider::GetOpenIdConnectProviderOutput;
use flashinfra_plans::{Live, Map, Object, OwnerMark, Phase};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::{Fields, SetChange, text, texts};
use crate::iam::{self, to_tags};
use crate::kind::{Kind, changes, current, marked, settled};
use crate::tags::{TagChange, at_create, mark_pair};

const SCHEMA: &Schema = flashinfra_stacks_aws::IamOpenidConnectProvider::SCHEMA;
const CODES: Codes =
    Codes { schema: Some(SCHEMA), not_found: &["NoSuchEntity"], already_exists: &["EntityAlreadyExists"] };

/// The kind.
pub(crate) struct IamOpenidConnectProviderKind;

#[async_trait]
impl Kind for IamOpenidConnectProviderKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["iam:ListOpenIDConnectProviders"],
            read_each: &["iam:GetOpenIDConnectProvider"],
            create: &["iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"],
            update: &[
                "iam:AddClientIDToOpenIDConnectProvider",
                "iam:RemoveClientIDFromOpenIDConnectProvider",
                "iam:UpdateOpenIDConnectProviderThumbprint",
                "iam:TagOpenIDConnectProvider",
                "iam:UntagOpenIDConnectProvider",
            ],
            delete: &["iam:DeleteOpenIDConnectProvider"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        let reads = questions.iter().map(|question| async move {
            let found = match arn(aws, &question.id).await {
                Ok(arn) => describe(aws, &arn).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(Some(object)) => Live::Present(object),
                Ok(None) => Live::Absent,
                Err(error) => Live::Unreadable { reason: error.to_string().into() },
            }
        });
        Ok(fan_out(reads.collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        let listed = aws.read.iam.list_open_id_connect_providers().send().await;
        let listed = listed.map_err(CODES.read("iam:ListOpenIDConnectProviders"))?;
        let arns = listed.open_id_connect_provider_list().iter().filter_map(|entry| entry.arn());
        let found = fan_out(arns.map(|arn| describe(aws, arn)).collect()).await;
        let found = found.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(marked(found.into_iter().flatten(), stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let call = to_create(attributes, &request.mark);
        call.send_with(&aws.write.iam).await.map_err(CODES.write("iam:CreateOpenIDConnectProvider"))?;
        Ok(settled(self, aws, text(attributes, "url").unwrap_or_default(), attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let arn = arn(aws, &request.id).await?;
        update_tags(aws, &arn, request).await?;
        if changes(request, "thumbprint_list") {
            let call = aws.write.iam.update_open_id_connect_provider_thumbprint().open_id_connect_provider_arn(&arn);
            let call = call.set_thumbprint_list(Some(texts(attributes, "thumbprint_list").unwrap_or_default()));
            call.send().await.map_err(CODES.write("iam:UpdateOpenIDConnectProviderThumbprint"))?;
        }
        if changes(request, "client_id_list") {
            let live = current(self, aws, &request.id).await?;
            let ids = |map| texts(map, "client_id_list").unwrap_or_default();
            let change = SetChange::between(&ids(&live.attributes), &ids(attributes));
            update_clients(aws, &arn, change).await?;
        }
        Ok(settled(self, aws, &request.id, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let arn = arn(aws, &request.id).await?;
        // IAM takes the deletion of one that is not there for done, so nobody would be told that it was gone.
        let _ = current(self, aws, &request.id).await?;
        let call = aws.write.iam.delete_open_id_connect_provider().open_id_connect_provider_arn(arn);
        call.send().await.map_err(CODES.write("iam:DeleteOpenIDConnectProvider"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let call = aws.write.iam.tag_open_id_connect_provider().open_id_connect_provider_arn(arn(aws, id).await?);
        let call = call.set_tags(Some(to_tags([mark_pair(mark)])));
        call.send().await.map_err(CODES.write("iam:TagOpenIDConnectProvider"))?;
        Ok(())
    }
}

/// The ARN of the provider of a URL, which holds the URL without its scheme.
async fn arn(aws: &Clients, url: &str) -> Result<String, Error> {
    iam::arn(aws, &format!("oidc-provider/{}", bare(url))).await
}

fn bare(url: &str) -> &str {
    url.strip_prefix(SCHEME).unwrap_or(url)
}

/// IAM takes URLs with it, and answers them without.
const SCHEME: &str = "https://";

async fn describe(aws: &Clients, arn: &str) -> Result<Option<Object>, Error> {
    let answer = aws.read.iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn).send().await;
    match answer.map_err(CODES.read("iam:GetOpenIDConnectProvider")) {
        Ok(answer) => Ok(from_response(arn, &answer)),
        Err(error) if error.class == Class::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn update_tags(aws: &Clients, arn: &str, request: &Update) -> Result<(), Error> {
    let TagChange { set, remove } = TagChange::of(request);
    if !set.is_empty() {
        let call = aws.write.iam.tag_open_id_connect_provider().open_id_connect_provider_arn(arn);
        let call = call.set_tags(Some(to_tags(set)));
        call.send().await.map_err(CODES.write("iam:TagOpenIDConnectProvider"))?;
    }
    if !remove.is_empty() {
        let call = aws.write.iam.untag_open_id_connect_provider().open_id_connect_provider_arn(arn);
        let call = call.set_tag_keys(Some(remove));
        call.send().await.map_err(CODES.write("iam:UntagOpenIDConnectProvider"))?;
    }
    Ok(())
}

/// What is new comes first, so that nobody is locked out in between.
async fn update_clients(aws: &Clients, arn: &str, change: SetChange) -> Result<(), Error> {
    let iam = &aws.write.iam;
    for id in change.add {
        let call = iam.add_client_id_to_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(id);
        call.send().await.map_err(CODES.write("iam:AddClientIDToOpenIDConnectProvider"))?;
    }
    for id in change.remove {
        let call = iam.remove_client_id_from_open_id_connect_provider().open_id_connect_provider_arn(arn).client_id(id);
        call.send().await.map_err(CODES.write("iam:RemoveClientIDFromOpenIDConnectProvider"))?;
    }
    Ok(())
}

/// A live provider in the schema's terms.
fn from_response(arn: &str, provider: &GetOpenIdConnectProviderOutput) -> Option<Object> {
    let tags = iam::tags(provider.tags());
    let url = format!("{SCHEME}{}", bare(provider.url()?));
    let fields = Fields::new()
        .text("url", Some(&url))
        .texts("client_id_list", provider.client_id_list().iter().map(String::as_str))
        .texts("thumbprint_list", provider.thumbprint_list().iter().map(String::as_str))
        .value("tags", Some(tags.attribute.into()))
        .text("arn", Some(arn));
    Some(Object {
        id: url.into(),
        phase: Phase::Ready,
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// CreateOpenIDConnectProvider.
fn to_create(attributes: &Map, mark: &OwnerMark) -> CreateOpenIdConnectProviderInputBuilder {
    CreateOpenIdConnectProviderInputBuilder::default()
        .set_url(text(attributes, "url").map(str::to_owned))
        .set_client_id_list(texts(attributes, "client_id_list"))
        .set_thumbprint_list(texts(attributes, "thumbprint_list"))
        .set_tags(Some(to_tags(at_create(attributes, mark))))
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::Tag;
    use flashinfra_plans::{Address, OwnerMark, ProviderInstance, Value, map};
    use flashinfra_providers::{Factory, Inputs, Update};
    use flashinfra_test_support::{Answer, Request, Script};

    use super::{GetOpenIdConnectProviderOutput, from_response, to_create};
    use crate::{AwsFactory, Credentials};

    fn mark() -> OwnerMark {
        let address = Address::parse("aws.iam_openid_connect_provider/cluster").unwrap();
        OwnerMark { stack: "c5b0".into(), address, generation: 1 }
    }

    #[test]
    fn a_create_leaves_thumbprints_to_iam() {
        let clients: Vec<Value> = vec!["sts.amazonaws.com".into()];
        let attributes = map! { "url" => "https://oidc.eks.us-east-1.amazonaws.com/id/1", "client_id_list" => clients };
        let request = to_create(&attributes, &mark()).build().unwrap();
        assert_eq!(request.url(), Some("https://oidc.eks.us-east-1.amazonaws.com/id/1"));
        assert_eq!(request.client_id_list(), ["sts.amazonaws.com"]);
        assert_eq!(request.thumbprint_list, None);
        assert_eq!(request.tags()[0].value(), "c5b0/1/aws.iam_openid_connect_provider/cluster");
    }

    #[test]
    fn a_provider_is_named_by_its_url() {
        let answer = GetOpenIdConnectProviderOutput::builder()
            .url("oidc.eks.us-east-1.amazonaws.com/id/1")
            .client_id_list("sts.amazonaws.com")
            .tags(Tag::builder().key("flashinfra").value(mark().to_text()).build().unwrap())
            .build();
        let object = from_response("arn:provider", &answer).unwrap();
        assert_eq!((&*object.id, object.owner), ("https://oidc.eks.us-east-1.amazonaws.com/id/1", Some(mark())));
        let clients: Vec<Value> = vec!["sts.amazonaws.com".into()];
        let expected = map! {
            "url" => "https://oidc.eks.us-east-1.amazonaws.com/id/1", "client_id_list" => clients,
            "thumbprint_list" => Vec::<Value>::new(), "tags" => map! {}, "arn" => "arn:provider",
        };
        assert_eq!(object.attributes, expected);
    }
    #[tokio::test]
    async fn client_ids_change_by_what_differs_and_new_ones_come_first() {
        const LIVE: &str = "<GetOpenIDConnectProviderResponse><GetOpenIDConnectProviderResult><Url>issuer.invalid/1</Url>\
                            <ClientIDList><member>old</member><member>same</member></ClientIDList>\
                            </GetOpenIDConnectProviderResult></GetOpenIDConnectProviderResponse>";
        const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws-cn:iam::1:user/a</Arn>\
                                <Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
        let script = Script::start(|request| match request.body.as_str() {
            body if body.contains("Action=GetCallerIdentity") => Answer::new(200, IDENTITY),
            body if body.contains("Action=GetOpenIDConnectProvider") => Answer::new(200, LIVE),
            _ => Answer::new(200, "<Response/>"),
        });
        let config = map! { "endpoint" => script.endpoint(), "region" => "us-east-1" };
        let factory = AwsFactory::new().with_credentials(Credentials::new("testing", "testing", None, None, "tests"));
        let provider = factory.open(&ProviderInstance { provider: "aws".into(), config }).await.unwrap();
        let ids = |ids: &[&str]| ids.iter().copied().map(Value::from).collect::<Vec<_>>();
        let update = Update {
            kind: "aws.iam_openid_connect_provider".into(),
            id: "https://issuer.invalid/1".into(),
            mark: mark(),
            changed: vec!["client_id_list".into()],
            before: map! { "client_id_list" => ids(&["old", "same"]) },
            inputs: Inputs {
                attributes: map! { "url" => "https://issuer.invalid/1", "client_id_list" => ids(&["new", "same"]) },
                ..Inputs::default()
            },
            token: "t".into(),
        };
        provider.update(&update).await.unwrap();
        let is_write =
            |request: &&Request| request.body.contains("ClientIDTo") || request.body.contains("ClientIDFrom");
        let requests = script.requests();
        let writes: Vec<_> =
            requests.iter().filter(is_write).map(|request| request.body.replace("&Version=2010-05-08", "")).collect();
        let arn = "OpenIDConnectProviderArn=arn%3Aaws-cn%3Aiam%3A%3A1%3Aoidc-provider%2Fissuer.invalid%2F1";
        assert_eq!(
            writes,
            [
                format!("Action=AddClientIDToOpenIDConnectProvider&{arn}&ClientID=new"),
                format!("Action=RemoveClientIDFromOpenIDConnectProvider&{arn}&ClientID=old"),
            ]
        );
    }
}
