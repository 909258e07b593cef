//! A plan and its selections, from and to AWS Backup's form.

use aws_sdk_backup::types::{
    BackupPlan, BackupPlanInput, BackupRule, BackupRuleInput, BackupSelection, Condition, ConditionParameter,
    ConditionType, Conditions, CopyAction, Lifecycle,
};
use flashinfra_plans::{Map, Name, Value};

use crate::fields::{Fields, block, blocks, flag, integer, text, texts};

/// A live plan.
pub(super) fn from_plan(plan: &BackupPlan) -> Fields {
    Fields::new().text("name", Some(plan.backup_plan_name())).blocks("rules", plan.rules().iter().map(from_rule))
}

fn from_rule(rule: &BackupRule) -> Map {
    let copies: Vec<Map> = rule.copy_actions().iter().map(from_copy).collect();
    let tags = rule.recovery_point_tags().filter(|tags| !tags.is_empty()).map(|tags| {
        let pairs = tags.iter().map(|(key, value)| (Name::from(key.as_str()), Value::from(value.as_str())));
        Value::from(pairs.collect::<Map>())
    });
    let fields = Fields::new()
        .text("rule_name", Some(rule.rule_name()))
        .text("target_backup_vault", Some(rule.target_backup_vault_name()))
        .text("schedule_expression", rule.schedule_expression())
        .text("schedule_expression_timezone", rule.schedule_expression_timezone())
        .integer("start_window_minutes", rule.start_window_minutes())
        .integer("completion_window_minutes", rule.completion_window_minutes())
        .value("lifecycle", rule.lifecycle().and_then(from_lifecycle))
        .flag("enable_continuous_backup", rule.enable_continuous_backup())
        .value("recovery_point_tags", tags);
    some_blocks(fields, "copy_actions", copies).build()
}

fn from_copy(copy: &CopyAction) -> Map {
    let fields = Fields::new().text("destination_backup_vault_arn", Some(copy.destination_backup_vault_arn()));
    fields.value("lifecycle", copy.lifecycle().and_then(from_lifecycle)).build()
}

/// Nothing where backups are kept for ever.
fn from_lifecycle(lifecycle: &Lifecycle) -> Option<Value> {
    let days = |days: Option<i64>| days.filter(|days| *days > 0);
    let fields = Fields::new()
        .integer("move_to_cold_storage_after_days", days(lifecycle.move_to_cold_storage_after_days()))
        .integer("delete_after_days", days(lifecycle.delete_after_days()));
    let map = fields.build();
    (!map.is_empty()).then(|| map.into())
}

/// A plan to be sent. UpdateBackupPlan replaces all of it, so what is not modelled is sent as it is live.
pub(super) fn to_plan(attributes: &Map, live: Option<&BackupPlan>) -> Option<BackupPlanInput> {
    let rules = blocks(attributes, "rules").unwrap_or_default().into_iter().filter_map(to_rule).collect();
    BackupPlanInput::builder()
        .backup_plan_name(text(attributes, "name")?)
        .set_rules(Some(rules))
        .set_advanced_backup_settings(live.and_then(|live| live.advanced_backup_settings.clone()))
        .set_scan_settings(live.and_then(|live| live.scan_settings.clone()))
        .build()
        .ok()
}

fn to_rule(rule: &Map) -> Option<BackupRuleInput> {
    let owned = |name| text(rule, name).map(str::to_owned);
    let copies = blocks(rule, "copy_actions").map(|copies| copies.into_iter().filter_map(to_copy).collect());
    let tags = block(rule, "recovery_point_tags").map(|tags| {
        let pairs = tags.iter().filter_map(|(key, value)| Some((key.to_string(), value.as_text()?.to_owned())));
        pairs.collect()
    });
    BackupRuleInput::builder()
        .rule_name(text(rule, "rule_name")?)
        .target_backup_vault_name(text(rule, "target_backup_vault")?)
        .set_schedule_expression(owned("schedule_expression"))
        .set_schedule_expression_timezone(owned("schedule_expression_timezone"))
        .set_start_window_minutes(integer(rule, "start_window_minutes"))
        .set_completion_window_minutes(integer(rule, "completion_window_minutes"))
        .set_lifecycle(block(rule, "lifecycle").map(to_lifecycle))
        .set_copy_actions(copies)
        .set_enable_continuous_backup(flag(rule, "enable_continuous_backup"))
        .set_recovery_point_tags(tags)
        .build()
        .ok()
}

fn to_copy(copy: &Map) -> Option<CopyAction> {
    CopyAction::builder()
        .destination_backup_vault_arn(text(copy, "destination_backup_vault_arn")?)
        .set_lifecycle(block(copy, "lifecycle").map(to_lifecycle))
        .build()
        .ok()
}

fn to_lifecycle(lifecycle: &Map) -> Lifecycle {
    Lifecycle::builder()
        .set_move_to_cold_storage_after_days(integer(lifecycle, "move_to_cold_storage_after_days"))
        .set_delete_after_days(integer(lifecycle, "delete_after_days"))
        .build()
}

/// A live selection.
pub(super) fn from_selection(selection: &BackupSelection) -> Map {
    let fields = Fields::new()
        .text("selection_name", Some(selection.selection_name()))
        .text("iam_role_arn", Some(selection.iam_role_arn()));
    let fields = some_texts(fields, "resources", selection.resources());
    let fields = some_texts(fields, "not_resources", selection.not_resources());
    let tags = selection.list_of_tags().iter();
    let tags = tags.map(|tag| from_tag(Some(tag.condition_key()), Some(tag.condition_value())));
    let fields = some_blocks(fields, "list_of_tags", tags.collect());
    fields.value("conditions", selection.conditions().and_then(from_conditions)).build()
}

fn from_conditions(conditions: &Conditions) -> Option<Value> {
    let tags = |parameters: &[ConditionParameter]| {
        parameters.iter().map(|parameter| from_tag(parameter.condition_key(), parameter.condition_value())).collect()
    };
    let fields = some_blocks(Fields::new(), "string_equals", tags(conditions.string_equals()));
    let fields = some_blocks(fields, "string_not_equals", tags(conditions.string_not_equals()));
    let fields = some_blocks(fields, "string_like", tags(conditions.string_like()));
    let map = some_blocks(fields, "string_not_like", tags(conditions.string_not_like())).build();
    (!map.is_empty()).then(|| map.into())
}

fn from_tag(key: Option<&str>, value: Option<&str>) -> Map {
    Fields::new().text("condition_key", key).text("condition_value", value).build()
}

/// None where there are none: AWS Backup answers alike for both.
fn some_texts(fields: Fields, name: &'static str, texts: &[String]) -> Fields {
    if texts.is_empty() { fields } else { fields.texts(name, texts.iter().map(String::as_str)) }
}

fn some_blocks(fields: Fields, name: &'static str, blocks: Vec<Map>) -> Fields {
    if blocks.is_empty() { fields } else { fields.blocks(name, blocks) }
}

/// A selection to be sent.
pub(super) fn to_selection(selection: &Map) -> Option<BackupSelection> {
    let tag = |tag: &Map| {
        Condition::builder()
            .condition_type(ConditionType::Stringequals)
            .condition_key(text(tag, "condition_key")?)
            .condition_value(text(tag, "condition_value")?)
            .build()
            .ok()
    };
    BackupSelection::builder()
        .selection_name(text(selection, "selection_name")?)
        .iam_role_arn(text(selection, "iam_role_arn")?)
        .set_resources(texts(selection, "resources"))
        .set_not_resources(texts(selection, "not_resources"))
        .set_list_of_tags(blocks(selection, "list_of_tags").map(|tags| tags.into_iter().filter_map(tag).collect()))
        .set_conditions(block(selection, "conditions").map(to_conditions))
        .build()
        .ok()
}

fn to_conditions(conditions: &Map) -> Conditions {
    let parameter = |tag: &Map| {
        let owned = |name| text(tag, name).map(str::to_owned);
        let builder = ConditionParameter::builder().set_condition_key(owned("condition_key"));
        builder.set_condition_value(owned("condition_value")).build()
    };
    let parameters = |name| blocks(conditions, name).map(|tags| tags.into_iter().map(parameter).collect());
    Conditions::builder()
        .set_string_equals(parameters("string_equals"))
        .set_string_not_equals(parameters("string_not_equals"))
        .set_string_like(parameters("string_like"))
        .set_string_not_like(parameters("string_not_like"))
        .build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_backup::types::AdvancedBackupSetting;
    use flashinfra_plans::map;

    use super::{BackupPlan, Lifecycle, Value, from_lifecycle, from_selection, to_plan, to_selection};

    #[test]
    fn a_rule_has_its_copies_and_how_long_they_are_kept() {
        let copy = map! {
            "destination_backup_vault_arn" => "arn:aws:backup:eu-west-1:1:backup-vault:shop",
            "lifecycle" => map! { "delete_after_days" => 30 },
        };
        let rule = map! {
            "rule_name" => "daily", "target_backup_vault" => "shop", "schedule_expression" => "cron(0 2 * * ? *)",
            "lifecycle" => map! { "delete_after_days" => 30 }, "copy_actions" => vec![Value::from(copy)],
        };
        let sent = to_plan(&map! { "name" => "shop", "rules" => vec![Value::from(rule)] }, None).unwrap();
        let rule = &sent.rules()[0];
        assert_eq!(rule.schedule_expression(), Some("cron(0 2 * * ? *)"));
        assert_eq!(rule.lifecycle().and_then(Lifecycle::delete_after_days), Some(30));
        assert_eq!(rule.copy_actions()[0].lifecycle().and_then(Lifecycle::delete_after_days), Some(30));
    }

    #[test]
    fn what_is_not_modelled_of_a_plan_stays_as_it_is() {
        let settings = AdvancedBackupSetting::builder().resource_type("EC2").backup_options("WindowsVSS", "enabled");
        let live = BackupPlan::builder().backup_plan_name("shop").set_rules(Some(Vec::new()));
        let live = live.advanced_backup_settings(settings.build()).build().unwrap();
        let sent = to_plan(&map! { "name" => "shop" }, Some(&live)).unwrap();
        assert_eq!(sent.advanced_backup_settings(), live.advanced_backup_settings());
    }

    #[test]
    fn a_selection_comes_back_as_it_was_sent() {
        let tag = |key: &str| vec![Value::from(map! { "condition_key" => key, "condition_value" => "daily" })];
        let selection = map! {
            "selection_name" => "tagged", "iam_role_arn" => "arn:aws:iam::1:role/backup",
            "resources" => vec![Value::from("*")], "list_of_tags" => tag("Backup"),
            "conditions" => map! { "string_equals" => tag("aws:ResourceTag/Backup") },
        };
        assert_eq!(from_selection(&to_selection(&selection).unwrap()), selection);
    }

    #[test]
    fn what_is_kept_for_ever_has_no_lifecycle() {
        assert_eq!(from_lifecycle(&Lifecycle::builder().build()), None);
    }
}
