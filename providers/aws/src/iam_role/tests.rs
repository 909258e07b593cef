use aws_sdk_iam::types::{AttachedPolicy, PolicyDetail, RoleDetail, Tag};
use flashinfra_plans::{Address, OwnerMark, Value, map};

use super::to_create;
use super::view::RoleView;
use super::write::PolicyChange;

fn mark() -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.iam_role/cluster").unwrap(), generation: 1 }
}

fn arns(arns: &[&str]) -> Vec<Value> {
    arns.iter().copied().map(Value::from).collect()
}

#[test]
fn a_create_carries_everything_but_the_policies() {
    let attributes = map! {
        "name" => "shop-cluster", "assume_role_policy" => "{}", "max_session_duration" => 7200,
        "managed_policy_arns" => arns(&["arn:a"]),
    };
    let request = to_create(&attributes, &mark()).build().unwrap();
    assert_eq!(request.role_name(), Some("shop-cluster"));
    assert_eq!(request.path(), None);
    assert_eq!(request.max_session_duration(), Some(7200));
    let tags: Vec<_> = request.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("flashinfra", "c5b0/1/aws.iam_role/cluster")]);
}

#[test]
fn policies_change_by_what_differs() {
    let before = map! {
        "managed_policy_arns" => arns(&["arn:a", "arn:b"]),
        "inline_policies" => map! { "logs" => "{}", "old" => "{}", "same" => "{}" },
    };
    let after = map! {
        "managed_policy_arns" => arns(&["arn:b", "arn:c"]),
        "inline_policies" => map! { "logs" => "{\"a\":1}", "same" => "{}" },
    };
    let change = PolicyChange::between(&before, &after);
    assert_eq!(change.attached.add, ["arn:c"]);
    assert_eq!(change.attached.remove, ["arn:a"]);
    assert_eq!(change.put, [("logs".to_owned(), "{\"a\":1}".to_owned())]);
    assert_eq!(change.delete, ["old"]);
    assert_eq!(PolicyChange::between(&after, &after), PolicyChange::default());
}

#[test]
fn a_role_of_the_account_details_is_read_in_the_schemas_terms() {
    let detail = RoleDetail::builder()
        .role_name("shop-cluster")
        .path("/")
        .role_id("AROA1")
        .arn("arn:aws:iam::123456789012:role/shop-cluster")
        .assume_role_policy_document("%7B%22Version%22%3A%222012-10-17%22%7D")
        .attached_managed_policies(AttachedPolicy::builder().policy_arn("arn:b").build())
        .attached_managed_policies(AttachedPolicy::builder().policy_arn("arn:a").build())
        .role_policy_list(PolicyDetail::builder().policy_name("logs").policy_document("%7B%7D").build())
        .tags(Tag::builder().key("flashinfra").value(mark().to_text()).build().unwrap())
        .build();
    let object = RoleView::of_detail(&detail).unwrap().to_object();
    assert_eq!(object.owner, Some(mark()));
    assert_eq!(object.id, "shop-cluster");
    assert_eq!(
        object.attributes,
        map! {
            "name" => "shop-cluster", "path" => "/", "unique_id" => "AROA1",
            "arn" => "arn:aws:iam::123456789012:role/shop-cluster",
            "assume_role_policy" => "{\"Version\":\"2012-10-17\"}",
            "managed_policy_arns" => arns(&["arn:a", "arn:b"]),
            "inline_policies" => map! { "logs" => "{}" },
            "tags" => map! {},
        }
    );
}
