//! The versions of a template: EC2 changes none, so a change is a new one, which is then made the default.

use aws_sdk_ec2::types::LaunchTemplateVersion;
use flashinfra_plans::compare::is_live;
use flashinfra_plans::{Map, Value};
use flashinfra_providers::{Error, Update};
use flashinfra_stacks::schema::{Attribute, SetBy};

use super::{CODES, PAGE, SCHEMA, data};
use crate::clients::Clients;
use crate::fields::{Fields, text};

/// The version that counts.
pub(super) const DEFAULT: &str = "$Default";

/// The version that was made last.
const LATEST: &str = "$Latest";

/// What belongs to the template, whatever its versions say.
const OF_THE_TEMPLATE: [&str; 2] = ["name", "tags"];

/// The number of a version that says what is declared. A run that died before it had made its version the default one has left it as
/// the latest: it is taken, so that none is made twice. The token does that only for a request that is sent again.
///
/// # Errors
/// What AWS answers.
pub(super) async fn put(aws: &Clients, request: &Update) -> Result<i64, Error> {
    let wanted = &request.inputs.attributes;
    let latest = list(aws, Some(&request.id), LATEST).await?.pop();
    if let Some(number) = latest.filter(|latest| says(latest, wanted)).and_then(|latest| latest.version_number()) {
        return Ok(number);
    }
    let call = aws.write.ec2.create_launch_template_version().client_token(request.token.as_str());
    let call = call.launch_template_id(request.id.as_str()).launch_template_data(data::to_request(wanted));
    let call = call.set_version_description(text(wanted, "description").map(str::to_owned));
    let made = call.send().await.map_err(CODES.write("ec2:CreateLaunchTemplateVersion"))?;
    let number = made.launch_template_version().and_then(LaunchTemplateVersion::version_number);
    number.ok_or_else(|| CODES.nameless("ec2:CreateLaunchTemplateVersion"))
}

/// The default or the latest version of the template of this id, or of all templates.
///
/// # Errors
/// What AWS answers.
pub(super) async fn list(aws: &Clients, only: Option<&str>, which: &str) -> Result<Vec<LaunchTemplateVersion>, Error> {
    let call = aws.read.ec2.describe_launch_template_versions().versions(which);
    let call = match only {
        Some(id) => call.launch_template_id(id),
        None => call.max_results(PAGE),
    };
    let versions = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    versions.map_err(CODES.read("ec2:DescribeLaunchTemplateVersions"))
}

/// Adds what a live version says.
pub(super) fn add_live(fields: Fields, version: &LaunchTemplateVersion) -> Fields {
    let fields = fields.text("description", version.version_description());
    match version.launch_template_data() {
        Some(live) => data::add_live(fields, live),
        None => fields,
    }
}

/// Whether a version says all that is declared, and nothing that is not.
fn says(version: &LaunchTemplateVersion, wanted: &Map) -> bool {
    let live = add_live(Fields::new(), version).build();
    let of_versions = |attribute: &&Attribute| {
        attribute.set_by != SetBy::Provider && !OF_THE_TEMPLATE.contains(&attribute.name.as_ref())
    };
    SCHEMA.attributes.iter().filter(of_versions).all(|attribute| {
        let nothing = |value: Option<&Value>| match value {
            None => true,
            Some(Value::List(entries)) => entries.is_empty(),
            Some(Value::Map(entries)) => entries.is_empty(),
            Some(_) => false,
        };
        let [want, have] = [wanted, &live].map(|attributes| attributes.get(&attribute.name));
        nothing(want) && nothing(have) || is_live(SCHEMA, &attribute.name, wanted, &live)
    })
}
