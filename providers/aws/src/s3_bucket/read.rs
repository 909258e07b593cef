//! One bucket as it is: its tags, and the parts that are asked for.

use flashinfra_plans::{Live, Map, Name, Object, Phase, Value};
use flashinfra_providers::{Class, Error, Question};

use super::part::Part;
use super::tags;
use crate::clients::{Clients, fan_out, partition};
use crate::fields::Fields;
use crate::tags::Tags;

/// Reads a bucket with as many calls as what is declared or was last applied needs, the tags first: they say whether it is there.
pub(super) async fn one(aws: &Clients, question: &Question) -> Live {
    let bucket = question.id.as_str();
    let pairs = match tags::get(aws, bucket).await {
        Ok(pairs) => pairs,
        Err(error) if error.class == Class::NotFound => return Live::Absent,
        Err(error) => return Live::Unreadable { reason: error.to_string().into() },
    };
    let is_asked = |name: &str| question.attributes.get(name).is_some();
    let parts = Part::among(is_asked);
    let answers = fan_out(parts.iter().map(|part| part.read(aws, bucket)).collect()).await;
    let mut attributes = computed(bucket, aws.region());
    let mut unverified = Vec::new();
    for (part, answer) in parts.iter().zip(answers) {
        match answer {
            Ok(values) => attributes.extend(values.iter().cloned()),
            Err(Error { class: Class::NotFound, .. }) => return Live::Absent,
            Err(_) => {
                let asked = part.attributes().iter().filter(|name| is_asked(name));
                unverified.extend(asked.map(|name| Name::new_static(name)));
            }
        }
    }
    let tags = Tags::read(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    attributes.push((Name::new_static("tags"), tags.attribute.into()));
    Live::Present(Object {
        id: bucket.into(),
        phase: Phase::Ready,
        attributes: attributes.into_iter().collect(),
        unverified,
        owner: tags.owner,
        managed_by: tags.managed_by,
    })
}

/// What follows from name and region: S3 tells no more.
fn computed(bucket: &str, region: &str) -> Vec<(Name, Value)> {
    let partition = partition(region);
    let suffix = if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let fields: Map = Fields::new()
        .text("name", Some(bucket))
        .text("arn", Some(&format!("arn:{partition}:s3:::{bucket}")))
        .text("domain_name", Some(&format!("{bucket}.s3.{suffix}")))
        .text("regional_domain_name", Some(&format!("{bucket}.s3.{region}.{suffix}")))
        .build();
    fields.iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::{Map, map};

    use super::computed;

    #[test]
    fn names_follow_from_the_region() {
        let read = |region: &str| computed("shop", region).into_iter().collect::<Map>();
        let expected = map! {
            "name" => "shop", "arn" => "arn:aws-cn:s3:::shop", "domain_name" => "shop.s3.amazonaws.com.cn",
            "regional_domain_name" => "shop.s3.cn-north-1.amazonaws.com.cn",
        };
        assert_eq!(read("cn-north-1"), expected);
        assert_eq!(read("eu-central-1").get("arn"), Some(&"arn:aws:s3:::shop".into()));
    }
}
