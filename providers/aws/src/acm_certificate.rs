//! `aws.acm_certificate`: DescribeCertificate for each, and its tags.

use async_trait::async_trait;
use aws_sdk_acm::operation::request_certificate::builders::RequestCertificateInputBuilder;
use aws_sdk_acm::types::{CertificateDetail, CertificateStatus, DomainValidation, KeyAlgorithm, Tag, ValidationMethod};
use flashinfra_plans::{Live, Map, Name, Object, OwnerMark, Phase, Value};
use flashinfra_providers::{Class, Create, Delete, Error, Outcome, Permissions, Question, Update};
use flashinfra_stacks::Resource;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::error::Codes;
use crate::fields::{Fields, text, texts};
use crate::kind::{Kind, marked, settled};
use crate::tags::{MARK, Pair, TagChange, Tags, at_create, mark_pair, tagged};

const SCHEMA: &Schema = flashinfra_stacks_aws::AcmCertificate::SCHEMA;
const CODES: Codes = Codes { schema: Some(SCHEMA), not_found: &["ResourceNotFoundException"], already_exists: &[] };

/// The longest token that ACM takes.
const TOKEN: usize = 32;

/// The kind.
pub(crate) struct AcmCertificateKind;

#[async_trait]
impl Kind for AcmCertificateKind {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> Permissions {
        Permissions {
            read: &["tag:GetResources"],
            read_each: &["acm:DescribeCertificate", "acm:ListTagsForCertificate"],
            create: &["acm:RequestCertificate", "acm:AddTagsToCertificate"],
            update: &["acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate"],
            delete: &["acm:DeleteCertificate"],
        }
    }

    async fn read(&self, aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
        Ok(fan_out(questions.iter().map(|question| one(aws, question)).collect()).await)
    }

    async fn find(&self, aws: &Clients, stack: &str) -> Result<Vec<(OwnerMark, Object)>, Error> {
        // The tagging API finds by key only, and lags behind: it nominates, and the certificates say what is there. ACM's own list
        // leaves out most kinds of keys unless each is asked for.
        let filter = aws_sdk_resourcegroupstagging::types::TagFilter::builder().key(MARK).build();
        let call = aws.read.tagging.get_resources().resource_type_filters("acm:certificate").tag_filters(filter);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let resources = pages.map_err(CODES.read("tag:GetResources"))?;
        let question =
            |arn: &str| Question { kind: SCHEMA.kind.as_ref().into(), id: arn.into(), attributes: Map::default() };
        let questions: Vec<Question> =
            resources.iter().filter_map(|resource| resource.resource_arn()).map(question).collect();
        let mut found = Vec::new();
        for live in self.read(aws, &questions).await? {
            match live {
                Live::Present(object) => found.push(object),
                Live::Absent | Live::Tombstone { .. } => {}
                Live::Unreadable { reason } => return Err(Error::new(Class::Retry, reason.as_str())),
            }
        }
        Ok(marked(found, stack))
    }

    async fn create(&self, aws: &Clients, request: &Create) -> Result<Outcome, Error> {
        let created = to_create(request).send_with(&aws.write.acm).await;
        let created = created.map_err(CODES.write("acm:RequestCertificate"))?;
        let Some(arn) = created.certificate_arn() else { return Err(CODES.nameless("acm:RequestCertificate")) };
        Ok(settled(self, aws, arn, &request.inputs.attributes).await)
    }

    async fn update(&self, aws: &Clients, request: &Update) -> Result<Outcome, Error> {
        let attributes = &request.inputs.attributes;
        let arn = request.id.as_str();
        let TagChange { set, remove } = TagChange::of(request);
        if !set.is_empty() {
            let call = aws.write.acm.add_tags_to_certificate().certificate_arn(arn).set_tags(Some(to_tags(set)));
            call.send().await.map_err(CODES.write("acm:AddTagsToCertificate"))?;
        }
        if !remove.is_empty() {
            // Without a value, whatever the value is.
            let keys = remove.into_iter().filter_map(|key| Tag::builder().key(key).build().ok()).collect();
            let call = aws.write.acm.remove_tags_from_certificate().certificate_arn(arn).set_tags(Some(keys));
            call.send().await.map_err(CODES.write("acm:RemoveTagsFromCertificate"))?;
        }
        Ok(settled(self, aws, arn, attributes).await)
    }

    async fn delete(&self, aws: &Clients, request: &Delete) -> Result<Outcome, Error> {
        let call = aws.write.acm.delete_certificate().certificate_arn(request.id.as_str());
        call.send().await.map_err(CODES.write("acm:DeleteCertificate"))?;
        Ok(Outcome::Gone)
    }

    async fn mark(&self, aws: &Clients, id: &str, mark: &OwnerMark) -> Result<(), Error> {
        let call = aws.write.acm.add_tags_to_certificate().certificate_arn(id);
        let call = call.set_tags(Some(to_tags([mark_pair(mark)])));
        call.send().await.map_err(CODES.write("acm:AddTagsToCertificate"))?;
        Ok(())
    }
}

async fn one(aws: &Clients, question: &Question) -> Live {
    let arn = question.id.as_str();
    let answer = aws.read.acm.describe_certificate().certificate_arn(arn).send().await;
    let detail = match answer.map_err(CODES.read("acm:DescribeCertificate")) {
        Ok(answer) => answer.certificate,
        // An id that is no ARN of ACM's names nothing.
        Err(error) if error.class == Class::NotFound || error.code == "InvalidArnException" => return Live::Absent,
        Err(error) => return Live::Unreadable { reason: error.to_string().into() },
    };
    let declared = texts(&question.attributes, "subject_alternative_names").unwrap_or_default();
    let Some(object) = detail.as_ref().and_then(|detail| from_response(detail, &declared)) else {
        return Live::Absent;
    };
    let listed = aws.read.acm.list_tags_for_certificate().certificate_arn(arn).send().await;
    let tags = listed
        .map_err(CODES.read("acm:ListTagsForCertificate"))
        .map(|listed| Tags::read(listed.tags().iter().map(|tag| (tag.key(), tag.value().unwrap_or_default()))));
    match tagged(object, tags) {
        (_, Some(error)) if error.class == Class::NotFound => Live::Absent,
        (object, _) => Live::Present(object),
    }
}

/// A live certificate in the schema's terms, without its tags. ACM counts the name itself among the further names, whether it was
/// declared there or not.
fn from_response(detail: &CertificateDetail, declared: &[String]) -> Option<Object> {
    let arn = detail.certificate_arn()?;
    let domain = detail.domain_name().unwrap_or_default();
    let is_further = |name: &&String| *name != domain || declared.contains(name);
    let further = detail.subject_alternative_names().iter().filter(is_further).map(String::as_str);
    let validations = detail.domain_validation_options();
    let records = |part: fn(&DomainValidation) -> Option<String>| {
        let pairs = validations.iter().filter_map(|validation| {
            Some((Name::from(validation.domain_name()), Value::from(part(validation)?.as_str())))
        });
        Value::from(pairs.collect::<Map>())
    };
    let method = validations.first().and_then(DomainValidation::validation_method);
    // ACM answers with `RSA-2048` or `EC-prime256v1` what it takes as `RSA_2048` and `EC_prime256v1`.
    let algorithm = detail.key_algorithm().map(|algorithm| algorithm.as_str().replacen('-', "_", 1));
    let fields = Fields::new()
        .text("domain_name", detail.domain_name())
        .texts("subject_alternative_names", further)
        .text("validation_method", method.map(ValidationMethod::as_str))
        .text("key_algorithm", algorithm.as_deref())
        .text("arn", Some(arn))
        .value("validation_record_names", Some(records(|validation| Some(host(validation.resource_record()?.name())))))
        .value(
            "validation_record_values",
            Some(records(|validation| Some(host(validation.resource_record()?.value())))),
        );
    Some(Object {
        id: arn.into(),
        phase: phase(detail),
        attributes: fields.build(),
        unverified: Vec::new(),
        owner: None,
        managed_by: None,
    })
}

/// A domain name without the dot at its end, as Route 53's records are read.
fn host(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

/// It can be used, by the records that prove it, as soon as those are known, which takes ACM some seconds.
fn phase(detail: &CertificateDetail) -> Phase {
    let is_known = |validation: &DomainValidation| {
        let is_dns = validation.validation_method() == Some(&ValidationMethod::Dns);
        !is_dns || validation.resource_record().is_some()
    };
    let validations = detail.domain_validation_options();
    match detail.status() {
        Some(CertificateStatus::PendingValidation) if validations.is_empty() || !validations.iter().all(is_known) => {
            Phase::Creating
        }
        Some(
            CertificateStatus::Expired
            | CertificateStatus::Failed
            | CertificateStatus::Revoked
            | CertificateStatus::ValidationTimedOut,
        ) => Phase::Failed,
        // Pending, issued, or of another account's authority.
        _ => Phase::Ready,
    }
}

/// RequestCertificate.
fn to_create(request: &Create) -> RequestCertificateInputBuilder {
    let attributes = &request.inputs.attributes;
    let further = texts(attributes, "subject_alternative_names").filter(|names| !names.is_empty());
    RequestCertificateInputBuilder::default()
        .set_domain_name(text(attributes, "domain_name").map(str::to_owned))
        .set_subject_alternative_names(further)
        .validation_method(text(attributes, "validation_method").map_or(ValidationMethod::Dns, ValidationMethod::from))
        .set_key_algorithm(text(attributes, "key_algorithm").map(KeyAlgorithm::from))
        .idempotency_token(request.token.chars().take(TOKEN).collect::<String>())
        .set_tags(Some(to_tags(at_create(attributes, &request.mark))))
}

/// Tags to be sent. A pair has a key, which is all that building one can lack.
fn to_tags(pairs: impl IntoIterator<Item = Pair>) -> Vec<Tag> {
    pairs.into_iter().filter_map(|(key, value)| Tag::builder().key(key).value(value).build().ok()).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_acm::types::{RecordType, ResourceRecord};
    use flashinfra_plans::{Address, map};
    use flashinfra_providers::Inputs;

    use super::*;

    fn validation(domain: &str, record: Option<&str>) -> DomainValidation {
        let record = record.map(|name| {
            let record =
                ResourceRecord::builder().name(name).r#type(RecordType::Cname).value("_v.acm-validations.aws.");
            record.build().unwrap()
        });
        let validation = DomainValidation::builder().domain_name(domain).validation_method(ValidationMethod::Dns);
        validation.set_resource_record(record).build().unwrap()
    }

    fn detail(status: CertificateStatus, record: Option<&str>) -> CertificateDetail {
        CertificateDetail::builder()
            .certificate_arn("arn:aws:acm:us-east-1:1:certificate/a")
            .domain_name("example.com")
            .subject_alternative_names("example.com")
            .subject_alternative_names("www.example.com")
            .domain_validation_options(validation("example.com", record))
            .key_algorithm(KeyAlgorithm::from("EC-prime256v1"))
            .status(status)
            .build()
    }

    #[test]
    fn a_create_has_a_token_that_acm_takes() {
        let address = Address::parse("aws.acm_certificate/main").unwrap();
        let request = Create {
            kind: "aws.acm_certificate".into(),
            mark: OwnerMark { stack: "c5b0".into(), address, generation: 1 },
            token: "5f".repeat(32).into(),
            inputs: Inputs { attributes: map! { "domain_name" => "example.com" }, ..Inputs::default() },
        };
        let sent = to_create(&request).build().unwrap();
        assert_eq!(sent.idempotency_token(), Some("5f".repeat(16).as_str()));
        assert_eq!(sent.validation_method(), Some(&ValidationMethod::Dns));
        assert_eq!(sent.tags()[0].value(), Some("c5b0/1/aws.acm_certificate/main"));
    }

    #[test]
    fn a_certificate_is_there_when_it_says_how_to_prove_it() {
        let phase = |status, record| from_response(&detail(status, record), &[]).unwrap().phase;
        assert_eq!(phase(CertificateStatus::PendingValidation, None), Phase::Creating);
        assert_eq!(phase(CertificateStatus::PendingValidation, Some("_n.example.com.")), Phase::Ready);
        assert_eq!(phase(CertificateStatus::Issued, Some("_n.example.com.")), Phase::Ready);
        assert_eq!(phase(CertificateStatus::ValidationTimedOut, None), Phase::Failed);
    }

    #[test]
    fn a_certificate_is_read_in_the_schemas_terms() {
        let detail = detail(CertificateStatus::Issued, Some("_n.example.com."));
        let object = from_response(&detail, &[]).unwrap();
        let further: Vec<Value> = vec!["www.example.com".into()];
        assert_eq!(object.attributes.get("subject_alternative_names"), Some(&further.into()));
        assert_eq!(object.attributes.get("key_algorithm"), Some(&"EC_prime256v1".into()));
        let names = map! { "example.com" => "_n.example.com" };
        assert_eq!(object.attributes.get("validation_record_names"), Some(&names.into()));
        let both = from_response(&detail, &["example.com".into(), "www.example.com".into()]).unwrap();
        assert_eq!(both.attributes.get("subject_alternative_names").unwrap().as_list().unwrap().len(), 2);
    }
}
