//! `aws.existing_vpc`: DescribeVpcs for all that are asked for by id and for each that is asked for by tags, and DescribeSubnets for all
//! that were found.

use async_trait::async_trait;
use aws_sdk_ec2::types::{Filter, Subnet, Vpc};
use flashinfra_plans::{Live, Map, Value};
use flashinfra_providers::{Error, Question};
use flashinfra_stacks::Lookup as _;
use flashinfra_stacks::schema::Schema;

use crate::clients::{Clients, fan_out};
use crate::ec2;
use crate::error::Codes;
use crate::fields::{Fields, block, text, texts_of};
use crate::lookup::{Lookup, found, refused};

const SCHEMA: &Schema = flashinfra_stacks_aws::ExistingVpc::SCHEMA;
const CODES: Codes = Codes::of_no_kind();

/// The most that DescribeVpcs and DescribeSubnets put on one page.
const PAGE: i32 = 1000;

/// The kind.
pub(crate) struct ExistingVpcLookup;

#[async_trait]
impl Lookup for ExistingVpcLookup {
    fn schema(&self) -> &'static Schema {
        SCHEMA
    }

    fn permissions(&self) -> &'static [&'static str] {
        &["ec2:DescribeVpcs", "ec2:DescribeSubnets"]
    }

    async fn answer(&self, aws: &Clients, asked: &[Question]) -> Result<Vec<Live>, Error> {
        let ids: Vec<&str> = asked.iter().filter_map(by_id).collect();
        let by_id_alone = ec2::value_filters("vpc-id", &ids).into_iter().map(|filter| vpcs(aws, vec![filter]));
        let known = fan_out(by_id_alone.collect()).await;
        let known: Vec<Vpc> = known.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
        let known = &known;
        let fitting = asked.iter().map(|question| async move {
            match by_id(question) {
                Some(id) => Ok(known.iter().filter(|vpc| vpc.vpc_id() == Some(id)).cloned().collect()),
                None => vpcs(aws, filters(&question.attributes)).await,
            }
        });
        let fitting: Vec<Result<Vec<Vpc>, Error>> = fan_out(fitting.collect()).await;
        let single = fitting.iter().flatten().filter(|vpcs| vpcs.len() == 1).flatten().filter_map(Vpc::vpc_id);
        let mut single: Vec<&str> = single.collect();
        single.sort_unstable();
        single.dedup();
        let mut all = Vec::new();
        for filter in ec2::value_filters("vpc-id", &single) {
            all.extend(subnets(aws, filter).await?);
        }
        Ok(fitting.iter().map(|fitting| answer(fitting.as_deref(), &all)).collect())
    }
}

/// The id, when nothing else is asked.
fn by_id(question: &Question) -> Option<&str> {
    let tags = block(&question.attributes, "tags").filter(|tags| !tags.is_empty());
    text(&question.attributes, "id").filter(|_| tags.is_none())
}

/// The filters that ask for a VPC. With none, all of them are asked for.
pub(crate) fn filters(asked: &Map) -> Vec<Filter> {
    let filter = |name: String, value: &str| Filter::builder().name(name).values(value).build();
    let tags = block(asked, "tags").into_iter().flat_map(texts_of);
    let id = text(asked, "id").map(|id| filter("vpc-id".into(), id));
    id.into_iter().chain(tags.map(|(key, value)| filter(format!("tag:{key}"), &value))).collect()
}

async fn vpcs(aws: &Clients, filters: Vec<Filter>) -> Result<Vec<Vpc>, Error> {
    let filters = (!filters.is_empty()).then_some(filters);
    let pages = aws.read.ec2.describe_vpcs().set_filters(filters).max_results(PAGE).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.map_err(CODES.read("ec2:DescribeVpcs"))
}

async fn subnets(aws: &Clients, filter: Filter) -> Result<Vec<Subnet>, Error> {
    let pages = aws.read.ec2.describe_subnets().filters(filter).max_results(PAGE).into_paginator().items().send();
    pages.collect::<Result<_, _>>().await.map_err(CODES.read("ec2:DescribeSubnets"))
}

/// The answer to one lookup from all VPCs that fit it.
pub(crate) fn answer(fitting: Result<&[Vpc], &Error>, subnets: &[Subnet]) -> Live {
    match fitting {
        Err(error) => refused(error.to_string()),
        Ok([]) => Live::Absent,
        Ok([vpc]) => from_response(vpc, subnets),
        Ok(several) => {
            let ids: Vec<&str> = several.iter().filter_map(Vpc::vpc_id).take(SHOWN).collect();
            let more = if several.len() > SHOWN { " and others" } else { "" };
            let count = several.len();
            refused(format!("{count} VPCs are what is asked for, {}{more}: ask for one by `id`", ids.join(", ")))
        }
    }
}

/// How many ids are told when several VPCs fit.
const SHOWN: usize = 5;

/// A VPC in the schema's terms.
fn from_response(vpc: &Vpc, subnets: &[Subnet]) -> Live {
    let id = vpc.vpc_id().unwrap_or_default();
    let of_vpc = subnets.iter().filter(|subnet| subnet.vpc_id() == Some(id)).filter_map(Subnet::subnet_id);
    let fields = Fields::new()
        .text("id", Some(id))
        .text("cidr_block", vpc.cidr_block())
        .texts("subnet_ids", of_vpc)
        .value("is_default", Some(Value::Bool(vpc.is_default().unwrap_or_default())))
        .text("owner_id", vpc.owner_id());
    found(id, fields.build())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{Subnet, Vpc};
    use flashinfra_plans::{Live, map};

    use super::{answer, filters};

    fn vpc(id: &str) -> Vpc {
        Vpc::builder().vpc_id(id).cidr_block("10.0.0.0/16").owner_id("123456789012").build()
    }

    #[test]
    fn one_vpc_is_answered_with_its_subnets() {
        let subnet = |id: &str, vpc: &str| Subnet::builder().subnet_id(id).vpc_id(vpc).build();
        let subnets = [subnet("subnet-2", "vpc-1"), subnet("subnet-3", "vpc-2"), subnet("subnet-1", "vpc-1")];
        let Live::Present(object) = answer(Ok(&[vpc("vpc-1")]), &subnets) else { panic!("it is there") };
        assert_eq!(
            object.attributes.to_json(),
            r#"{"cidr_block":"10.0.0.0/16","id":"vpc-1","is_default":false,"owner_id":"123456789012","subnet_ids":["subnet-1","subnet-2"]}"#
        );
    }

    #[test]
    fn none_and_several_are_no_answer() {
        assert_eq!(answer(Ok(&[]), &[]), Live::Absent);
        let Live::Unreadable { reason } = answer(Ok(&[vpc("vpc-1"), vpc("vpc-2")]), &[]) else { panic!("two fit") };
        assert_eq!(reason, "2 VPCs are what is asked for, vpc-1, vpc-2: ask for one by `id`");
    }

    #[test]
    fn all_that_is_asked_is_a_filter() {
        let asked = map! { "id" => "vpc-1", "tags" => map! { "team" => "core" } };
        let told: Vec<_> = filters(&asked)
            .iter()
            .map(|filter| (filter.name().unwrap().to_owned(), filter.values().to_vec()))
            .collect();
        assert_eq!(
            told,
            [("vpc-id".to_owned(), vec!["vpc-1".to_owned()]), ("tag:team".to_owned(), vec!["core".to_owned()])]
        );
        assert!(filters(&map! {}).is_empty());
    }
}
