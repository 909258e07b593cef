//! FlashMM's production in one plan, from its network to its pods: as much of it as moto keeps, and the application in the cluster that it
//! makes there.

use std::collections::BTreeSet;
use std::path::Path;

use flashinfra_test_support::{Eks, client};
use serde_json::Value;

use super::{Cloud, words};
use crate::compiled::Compiled;
use crate::controllers::while_all_is_well;
use crate::flashmm::keep_secrets;
use crate::flashmm_app::CARE;
use crate::server::Server;

/// Moto keeps no cache of several nodes: the application has one of somebody else's.
const CACHE: &str = "--set=application.cache.host=cache.example";

#[test]
fn production_with_its_application_is_made_by_one_plan_and_unmade_by_one() {
    const TEST: &str = "one_plan::flashmm";
    // What the charts of the operators bring, which are other people's.
    let definitions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stacks/flashmm/app/crds.json");
    let Some(eks) = Eks::start(TEST, 0, Some(&definitions)) else { return };
    let Some(kubectl) = client("kubectl", TEST) else { return };
    let mut cloud = Cloud::new(&eks, kubectl);
    keep_secrets(&mut cloud.shell);
    let stack = Compiled::whole(Server::Moto, "production", &[CACHE]).kept_by(Server::Moto);
    cloud.write(&stack);

    let planned = words(&cloud.run(&["plan", "--out=first.plan"]).succeeds());
    let inside = stack.addresses().filter(|address| address.starts_with("kubernetes.")).count();
    let expected = format!("kubernetes, with {inside} objects: opened once aws.eks_cluster/eks.main is made.");
    for expected in [&expected, &format!("{} to create", stack.addresses().count())] {
        assert!(planned.contains(expected), "no `{expected}` in {planned}");
    }
    let apply = || cloud.shell.run(&["apply", "first.plan", "--ledger=ledger"]);
    let _ = while_all_is_well(|| cloud.servers(), CARE, apply).succeeds();
    cloud.is_as_declared();
    let server = cloud.server(eks.kubeconfig("flashmm-production"));
    let config = server.run(&["-n", "flashmm", "get", "configmap", "flashmm-config", "-o", "json"]).unwrap();
    // Values of the cloud stand where the application uses them.
    let config: Value = serde_json::from_str(&config).unwrap();
    let address = "postgresql://flashmm@flashmm-production.";
    assert!(config["data"]["POSTGRES_URL"].as_str().unwrap().starts_with(address), "{config}");

    let all: BTreeSet<String> = stack.addresses().map(str::to_owned).collect();
    let allowed = stack.protected(&all).into_iter().map(|address| format!("--allow-destroy={address}"));
    let destroy: Vec<String> = ["destroy", "--auto-approve"].map(str::to_owned).into_iter().chain(allowed).collect();
    let destroy: Vec<&str> = destroy.iter().map(String::as_str).collect();
    let destroyed = while_all_is_well(|| cloud.servers(), CARE, || cloud.run(&destroy)).succeeds();
    assert!(destroyed.contains(&format!("{} deleted", all.len())), "{destroyed}");
    assert!(eks.kubeconfigs().is_empty());
    assert_eq!(cloud.run(&["ledger", "ls"]).succeeds(), "");
}
