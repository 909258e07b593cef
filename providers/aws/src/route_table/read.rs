//! Reads tables and what subnets take them in the same call.

use aws_sdk_ec2::types::{Filter, RouteTable};
use flashinfra_plans::{Live, Object};
use flashinfra_providers::{Error, Question};

use super::{CODES, SCHEMA, from_response};
use crate::clients::Clients;
use crate::ec2;
use crate::fields::text;
use crate::kind::answers;
use crate::route_table_association;

/// The most that DescribeRouteTables puts on one page.
const PAGE: i32 = 100;

/// Answers questions about both kinds. Where both are asked about, the tables of the VPCs in question tell nearly all of it; what
/// is missing there is asked for by its own id, since only that proves it absent.
pub(super) async fn tables_and_associations(aws: &Clients, questions: &[Question]) -> Result<Vec<Live>, Error> {
    let (about_tables, about_subnets): (Vec<_>, Vec<_>) = questions.iter().cloned().partition(is_table);
    let mut found = Vec::new();
    if !about_tables.is_empty() && !about_subnets.is_empty() {
        let mut vpcs: Vec<_> =
            about_tables.iter().filter_map(|question| text(&question.attributes, "vpc_id")).collect();
        vpcs.sort_unstable();
        vpcs.dedup();
        for filter in ec2::value_filters("vpc-id", &vpcs) {
            found.extend(describe(aws, filter).await?);
        }
    }
    let missing = |questions: Vec<Question>, there: Vec<Object>| -> Vec<Question> {
        questions.into_iter().filter(|question| there.iter().all(|object| object.id != question.id)).collect()
    };
    let missing_tables = missing(about_tables, tables(&found));
    let missing_subnets = missing(about_subnets, associations(&found));
    for filter in ec2::id_filters("route-table-id", &missing_tables) {
        found.extend(describe(aws, filter).await?);
    }
    for filter in ec2::id_filters("association.subnet-id", &missing_subnets) {
        found.extend(describe(aws, filter).await?);
    }
    let lives = [answers(questions, tables(&found)), answers(questions, associations(&found))];
    let [of_tables, of_subnets] = lives;
    let both = questions.iter().zip(of_tables.into_iter().zip(of_subnets));
    Ok(both.map(|(question, (table, subnet))| if is_table(question) { table } else { subnet }).collect())
}

/// The tables that a filter lets through.
pub(super) async fn describe(aws: &Clients, filter: Filter) -> Result<Vec<RouteTable>, Error> {
    let call = aws.read.ec2.describe_route_tables().filters(filter).max_results(PAGE);
    let tables: Result<Vec<_>, _> = call.into_paginator().items().send().collect().await;
    tables.map_err(CODES.read("ec2:DescribeRouteTables"))
}

fn is_table(question: &Question) -> bool {
    question.kind == *SCHEMA.kind
}

fn tables(found: &[RouteTable]) -> Vec<Object> {
    found.iter().filter_map(from_response).collect()
}

fn associations(found: &[RouteTable]) -> Vec<Object> {
    let all = found.iter().flat_map(RouteTable::associations);
    all.filter_map(route_table_association::from_response).collect()
}
