//! FlashMM itself, in the cluster that this stack makes.

use flashinfra::{Input, Stack, aws, kubernetes};
use flashmm_app::Data;

use crate::backups::Backups;
use crate::cluster::Kubernetes;
use crate::database;
use crate::params::Flashmm;
use crate::secrets::Secrets;

/// What it stands on.
pub(crate) struct Below<'a> {
    pub(crate) database: &'a aws::DbInstanceHandle,
    pub(crate) cache: &'a aws::ElasticacheReplicationGroupHandle,
    pub(crate) kubernetes: &'a Kubernetes,
    pub(crate) secrets: &'a Secrets,
    pub(crate) backups: &'a Backups,
}

/// Declares it, where the parameters have it.
pub(crate) fn application(stack: &mut Stack, params: &Flashmm, below: &Below<'_>) {
    let Some(application) = &params.application else { return };
    let Below { database, cache, kubernetes, secrets, backups } = below;
    if application.context.is_some() || application.kubeconfig.is_some() || application.cluster.is_some() {
        stack.problem(
            "`application` is in the cluster of this stack: leave out its `context`, `kubeconfig` and `cluster`",
        );
    }
    stack.provider("kubernetes", kubernetes::Provider::of(&kubernetes.cluster));
    let mut application = application.clone();
    application.network.vpc = params.network.cidr;
    application.secrets.region.clone_from(&params.region);
    application.database.name = database::NAME.to_owned();
    application.backups.bucket = Some(backups.name.clone());
    application.backups.region.clone_from(&params.region);
    let given = Data::of(&application);
    let data = Data {
        database: given.database.or_else(|| Some(Input::from(database.address()))),
        cache: given.cache.or_else(|| Some(Input::from(cache.primary_endpoint_address()))),
    };
    // Its pods need machines, names and disks, and who applies has to be let in, also to take it away again.
    stack.after((&kubernetes.addons, (&kubernetes.admitted, &secrets.kept)), |stack| {
        stack.scope("application", |stack| flashmm_app::application(stack, &application, &data))
    });
}
