//! What a parameter group sets: in batches, and each parameter as what the engine says that it is.

use std::collections::BTreeSet;

use aws_sdk_rds::types::{ApplyMethod, Parameter};
use flashinfra_plans::{Map, Name, Value};
use flashinfra_providers::Error;

use super::CODES;
use crate::clients::Clients;
use crate::fields::{Fields, MapChange, block};
use crate::rds::PAGE;

/// The most parameters that one call changes (RDS API reference, ModifyDBParameterGroup and ResetDBParameterGroup).
const BATCH: usize = 20;

/// When a parameter takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// At once: for dynamic parameters only, RDS refuses it for static ones.
    Immediate,
    /// When an instance is rebooted.
    PendingReboot,
}

impl Method {
    pub(super) fn of(is_at_once: bool) -> Self {
        if is_at_once { Self::Immediate } else { Self::PendingReboot }
    }

    fn to_sdk(self) -> ApplyMethod {
        match self {
            Self::Immediate => ApplyMethod::Immediate,
            Self::PendingReboot => ApplyMethod::PendingReboot,
        }
    }
}

/// What happens to the parameters of a group. Those that are removed go back to the engine's default.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ParameterChange(MapChange);

impl ParameterChange {
    pub(super) fn between(before: &Map, after: &Map) -> Self {
        Self(MapChange::between(block(before, "parameters"), block(after, "parameters")))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What ModifyDBParameterGroup is sent, a batch for each call.
    pub(super) fn to_modify(&self, method: &dyn Fn(&str) -> Method) -> Vec<Vec<Parameter>> {
        let parameter = |(name, value): &(String, String)| {
            let method = method(name).to_sdk();
            Parameter::builder().parameter_name(name).parameter_value(value).apply_method(method).build()
        };
        self.0.set.chunks(BATCH).map(|batch| batch.iter().map(parameter).collect()).collect()
    }

    /// What ResetDBParameterGroup is sent, a batch for each call.
    pub(super) fn to_reset(&self, method: &dyn Fn(&str) -> Method) -> Vec<Vec<Parameter>> {
        let parameter =
            |name: &String| Parameter::builder().parameter_name(name).apply_method(method(name).to_sdk()).build();
        self.0.remove.chunks(BATCH).map(|batch| batch.iter().map(parameter).collect()).collect()
    }
}

/// The attributes of a group that say what its users set.
pub(super) async fn of_users(aws: &Clients, name: &str) -> Result<Map, Error> {
    Ok(to_attributes(&describe(aws, name, Some("user")).await?))
}

/// The parameters that the engine takes up only when it starts. All of the engine's are looked at: what nobody has set yet is not
/// among those of users.
pub(super) async fn of_engine(aws: &Clients, name: &str) -> Result<BTreeSet<String>, Error> {
    let parameters = describe(aws, name, None).await?;
    Ok(parameters.into_iter().filter(is_static).filter_map(|parameter| parameter.parameter_name).collect())
}

async fn describe(aws: &Clients, name: &str, source: Option<&str>) -> Result<Vec<Parameter>, Error> {
    let call = aws.read.rds.describe_db_parameters().db_parameter_group_name(name).max_records(PAGE);
    let call = call.set_source(source.map(str::to_owned));
    let parameters = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    parameters.map_err(CODES.read("rds:DescribeDBParameters"))
}

fn to_attributes(parameters: &[Parameter]) -> Map {
    let value = |parameter: &Parameter| {
        Some((Name::from(parameter.parameter_name()?), Value::from(parameter.parameter_value()?)))
    };
    let set: Map = parameters.iter().filter_map(value).collect();
    let of_reboot = parameters.iter().filter(|parameter| is_static(parameter));
    Fields::new()
        .value("parameters", Some(set.into()))
        .texts("static_parameters", of_reboot.filter_map(Parameter::parameter_name))
        .build()
}

fn is_static(parameter: &Parameter) -> bool {
    parameter.apply_type() == Some("static")
}

#[cfg(test)]
mod tests {
    use aws_sdk_rds::types::{ApplyMethod, Parameter};
    use flashinfra_plans::{Map, Value, map};

    use super::{Method, ParameterChange, to_attributes};

    fn parameters(pairs: &[(&str, &str)]) -> Map {
        let pairs: Map = pairs.iter().map(|(name, value)| ((*name).into(), Value::from(*value))).collect();
        map! { "parameters" => pairs }
    }

    #[test]
    fn what_is_new_is_set_and_what_is_gone_is_reset() {
        let before = parameters(&[("work_mem", "4096"), ("jit", "0"), ("log_statement", "ddl")]);
        let after = parameters(&[("work_mem", "8192"), ("jit", "0"), ("shared_buffers", "32768")]);
        let change = ParameterChange::between(&before, &after);
        let at_once = |name: &str| Method::of(name != "shared_buffers");
        let [set] = change.to_modify(&at_once).try_into().unwrap();
        let told = |parameter: &Parameter| {
            let (name, value) = (parameter.parameter_name().unwrap(), parameter.parameter_value().unwrap());
            (name.to_owned(), value.to_owned(), parameter.apply_method().cloned())
        };
        let expected = [
            ("shared_buffers".to_owned(), "32768".to_owned(), Some(ApplyMethod::PendingReboot)),
            ("work_mem".to_owned(), "8192".to_owned(), Some(ApplyMethod::Immediate)),
        ];
        assert_eq!(set.iter().map(told).collect::<Vec<_>>(), expected);
        let [reset] = change.to_reset(&at_once).try_into().unwrap();
        assert_eq!(reset.len(), 1);
        assert_eq!((reset[0].parameter_name(), reset[0].parameter_value()), (Some("log_statement"), None));
        assert!(ParameterChange::between(&after, &after).is_empty());
        assert!(!ParameterChange::between(&after, &Map::default()).is_empty());
    }

    #[test]
    fn a_call_changes_twenty_and_no_more() {
        let many: Vec<(String, String)> = (0..41).map(|number| (format!("p{number}"), "1".to_owned())).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sizes = |batches: Vec<Vec<Parameter>>| batches.iter().map(Vec::len).collect::<Vec<_>>();
        let at_once = |_: &str| Method::Immediate;
        let (none, all) = (Map::default(), parameters(&many));
        assert_eq!(sizes(ParameterChange::between(&none, &all).to_modify(&at_once)), [20, 20, 1]);
        assert_eq!(sizes(ParameterChange::between(&all, &none).to_reset(&at_once)), [20, 20, 1]);
    }

    #[test]
    fn what_users_set_is_read_and_what_of_it_needs_a_reboot() {
        let parameter = |name: &str, value: &str, apply: &str| {
            Parameter::builder().parameter_name(name).parameter_value(value).apply_type(apply).build()
        };
        let read = to_attributes(&[parameter("shared_buffers", "32768", "static"), parameter("jit", "0", "dynamic")]);
        let expected = parameters(&[("jit", "0"), ("shared_buffers", "32768")]);
        let of_reboot: Vec<Value> = vec!["shared_buffers".into()];
        assert_eq!(read, expected.with("static_parameters", of_reboot.into()));
    }
}
