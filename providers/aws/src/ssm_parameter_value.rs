//! `aws.ssm_parameter_value`: GetParameters for ten at a time, and one by one where those ten are denied together.

use async_trait::async_trait;
use aws_sdk_ssm::types::{Parameter, ParameterType};
use flashinfra_plans::Live;
use flashinfra_providers::{Class, Error, Question};
use flashinfra_stacks::Lookup as _;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::{Fields, text};
use crate::lookup::{Lookup, found, refused};

const SCHEMA: &Schema = flashinfra_stacks_aws::SsmParameterValue::SCHEMA;
const CODES: Codes = Codes::of_no_kind();

/// The most names that GetParameters takes (SSM API reference, GetParameters).
const NAMES: usize = 10;

/// The kind.
pub(crate) struct SsmParameterValueLookup;

#[async_trait]
impl Lookup for SsmParameterValueLookup {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> &'static [&'static str] {
        &["ssm:GetParameters"]
    }

    async fn answer(&self, aws: &Clients, asked: &[Question]) -> Result<Vec<Live>, Error> {
        let mut names: Vec<&str> = asked.iter().map(name).collect();
        names.sort_unstable();
        names.dedup();
        let answers = fan_out(names.chunks(NAMES).map(|names| page(aws, names)).collect()).await;
        let answers: Vec<(&str, Live)> = answers.into_iter().flatten().collect();
        let of = |question: &Question| {
            let known = answers.iter().find(|(known, _)| *known == name(question));
            known.map_or(Live::Absent, |(_, live)| live.clone())
        };
        Ok(asked.iter().map(of).collect())
    }
}

fn name(question: &Question) -> &str {
    text(&question.attributes, "name").unwrap_or_default()
}

/// The answers for some names. A policy that allows some of them denies the call for all, so that each is asked alone then.
async fn page<'n>(aws: &Clients, names: &[&'n str]) -> Vec<(&'n str, Live)> {
    match get(aws, names).await {
        Ok(parameters) => names.iter().map(|name| (*name, among(name, &parameters))).collect(),
        Err(error) if error.class == Class::AskPerson && names.len() > 1 => {
            let alone = names.iter().map(|name| async move { (*name, one(aws, name).await) });
            fan_out(alone.collect()).await
        }
        Err(error) => names.iter().map(|name| (*name, refused(error.to_string()))).collect(),
    }
}

async fn one(aws: &Clients, name: &str) -> Live {
    match get(aws, &[name]).await {
        Ok(parameters) => among(name, &parameters),
        Err(error) => refused(error.to_string()),
    }
}

/// Never decrypted: what is encrypted is no answer.
async fn get(aws: &Clients, names: &[&str]) -> Result<Vec<Parameter>, Error> {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    let call = aws.read.ssm.get_parameters().set_names(Some(names)).with_decryption(false);
    let answer = call.send().await.map_err(CODES.read("ssm:GetParameters"))?;
    Ok(answer.parameters.unwrap_or_default())
}

/// The parameter that was asked for by this name, with a version or label or without, or by its ARN.
fn among(name: &str, parameters: &[Parameter]) -> Live {
    let is_it = |parameter: &&Parameter| {
        let own = parameter.name().unwrap_or_default();
        let selected = format!("{own}{}", parameter.selector().unwrap_or_default());
        own == name || selected == name || parameter.arn() == Some(name)
    };
    parameters.iter().find(is_it).map_or(Live::Absent, from_response)
}

/// A parameter in the schema's terms.
pub(crate) fn from_response(parameter: &Parameter) -> Live {
    let name = parameter.name().unwrap_or_default();
    if parameter.r#type() == Some(&ParameterType::SecureString) {
        return refused(format!(
            "{name} is a SecureString, and answers stand in plans: take it from the source of a secret, such as `Secret::env`"
        ));
    }
    let value = parameter.value();
    let fields = Fields::new()
        .text("name", Some(name))
        .text("value", value)
        .text("image_id", value.filter(|value| value.starts_with("ami-")))
        .integer("version", (parameter.version() > 0).then_some(parameter.version()));
    found(name, fields.build())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ssm::types::{Parameter, ParameterType};
    use flashinfra_plans::Live;

    use super::among;

    fn parameter(name: &str, of: ParameterType, value: &str) -> Parameter {
        Parameter::builder().name(name).r#type(of).value(value).version(7).build()
    }

    #[test]
    fn the_value_of_a_parameter_is_answered_and_a_secret_is_not() {
        let image = parameter("/aws/service/image", ParameterType::String, "ami-0123456789abcdef0");
        let labelled = Parameter::builder().selector(":blue").set_name(Some("/app/color".into())).value("#00f").build();
        let secret = parameter("/app/password", ParameterType::SecureString, "AQICAHciphertext");
        let all = [image, labelled, secret];
        let Live::Present(object) = among("/aws/service/image", &all) else { panic!("it is there") };
        assert_eq!(
            object.attributes.to_json(),
            r#"{"image_id":"ami-0123456789abcdef0","name":"/aws/service/image","value":"ami-0123456789abcdef0","version":7}"#
        );
        assert!(matches!(among("/app/color:blue", &all), Live::Present(object) if object.id == "/app/color"));
        assert_eq!(among("/app/none", &all), Live::Absent);
        let Live::Unreadable { reason } = among("/app/password", &all) else { panic!("it is refused") };
        assert!(reason.contains("/app/password is a SecureString") && !reason.contains("cipher"), "{reason}");
    }
}
