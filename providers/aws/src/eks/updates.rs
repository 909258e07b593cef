//! What became of changes: EKS keeps each as an update of its own, and one that failed leaves the object as it was.

use aws_sdk_eks::types::{ErrorDetail, Update, UpdateStatus};

use crate::clients::{Clients, fan_out};

/// How many updates are looked at. EKS says nothing about the order in which it lists them.
const PAGE: i32 = 100;

/// Of what inside of a cluster; of the cluster itself when nothing is named.
#[derive(Clone, Debug, Default)]
pub(crate) struct Of {
    pub(crate) nodegroup: Option<String>,
    pub(crate) addon: Option<String>,
}

/// Why the newest change came to nothing; none when it did not, or when that cannot be told.
pub(crate) async fn failure(aws: &Clients, cluster: &str, of: Of) -> Option<String> {
    let Of { nodegroup, addon } = of;
    let eks = &aws.read.eks;
    let call = eks.list_updates().name(cluster).max_results(PAGE);
    let call = call.set_nodegroup_name(nodegroup.clone()).set_addon_name(addon.clone());
    let ids = call.send().await.ok()?.update_ids.unwrap_or_default();
    let described = ids.into_iter().map(|id| {
        let call = eks.describe_update().name(cluster).update_id(id);
        let call = call.set_nodegroup_name(nodegroup.clone()).set_addon_name(addon.clone());
        async move { call.send().await.ok()?.update }
    });
    let updates = fan_out(described.collect()).await.into_iter().flatten();
    let newest = updates.max_by_key(|update| update.created_at().map(|time| time.as_nanos()))?;
    told(&newest)
}

fn told(update: &Update) -> Option<String> {
    let how = match update.status()? {
        UpdateStatus::Failed => "failed",
        UpdateStatus::Cancelled => "was cancelled",
        _ => return None,
    };
    let what = update.r#type().map_or("update", |kind| kind.as_str());
    let errors: Vec<String> = update.errors().iter().map(error).collect();
    let why = if errors.is_empty() { "EKS does not say why".to_owned() } else { errors.join("; ") };
    Some(format!("{what} {} {how}: {why}", update.id().unwrap_or_default()))
}

fn error(error: &ErrorDetail) -> String {
    let message = error.error_message().unwrap_or_default().trim_end_matches('.');
    let code = error.error_code().map_or("", |code| code.as_str());
    match error.resource_ids() {
        [] => format!("{message} ({code})"),
        resources => format!("{message} ({code}: {})", resources.join(", ")),
    }
}
