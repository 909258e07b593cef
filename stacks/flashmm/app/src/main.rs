//! FlashMM's application as a stack of its own, for a cluster that is there.

use flashinfra::{Stack, kubernetes};
use flashmm_app::{Data, Params};

fn flashmm_app(stack: &mut Stack, params: &Params) {
    let provider = kubernetes::Provider::builder()
        .with(params.context.as_ref(), |provider, context| provider.context(context))
        .with(params.kubeconfig.as_ref(), |provider, file| provider.kubeconfig(file))
        .with(params.cluster.as_ref(), |provider, uid| provider.cluster(uid));
    stack.provider("kubernetes", provider);
    flashmm_app::application(stack, params, &Data::of(params));
}

flashinfra::main! {
    /// FlashMM's application: configuration, secrets, workloads, scaling, ingress, network policies, backups and alerts.
    "flashmm-app" => flashmm_app
}
