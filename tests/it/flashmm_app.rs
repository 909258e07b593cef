//! FlashMM's application on a Kubernetes API server, with the real command: made from nothing, changed, and unmade. The server has no
//! controllers: what they would say of objects is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use flashinfra_test_support::{Kubernetes, client};
use serde_json::Value;

use crate::controllers::{Care, Kubectl, plural, while_all_is_well};
use crate::shell::{Run, Shell};

/// A shell before the server.
struct Desk {
    shell: Shell,
    kubectl: Kubectl,
    options: Vec<String>,
}

/// What controllers say something of.
pub(crate) const CARE: Care = Care { kinds: KINDS, prefix: "flashmm" };

const KINDS: &str = "deployments,statefulsets,persistentvolumeclaims,ingresses,horizontalpodautoscalers,externalsecrets,secretstores,\
                     clusterissuers,poddisruptionbudgets,namespaces";

impl Desk {
    fn new(test: &str) -> Option<Self> {
        let server = Kubernetes::shared(test)?;
        let program = client("kubectl", test)?;
        let shell = Shell::new();
        let kubectl = Kubectl { program, kubeconfig: server.kubeconfig().to_owned(), home: shell.path().to_owned() };
        let context = kubectl.run(&["config", "current-context"]).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        // What the operators' charts bring.
        let definitions = root.join("stacks/flashmm/app/crds.json");
        kubectl.run(&["apply", "-f", definitions.to_str().unwrap()]).unwrap();
        let options = vec![
            format!("--dir={}", root.display()),
            "--stack=flashmm-app".to_owned(),
            "--env=production".to_owned(),
            "--ledger=ledger".to_owned(),
            format!("--set=kubeconfig={}", kubectl.kubeconfig.display()),
            format!("--set=context={}", context.trim()),
        ];
        Some(Self { shell, kubectl, options })
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let options = self.options.iter().map(String::as_str);
        self.shell.run(&arguments.iter().copied().chain(options).collect::<Vec<_>>())
    }

    /// What the command says while controllers say that all is well.
    fn run_with_controllers(&self, arguments: &[&str]) -> Run {
        while_all_is_well(|| vec![self.kubectl.clone()], CARE, || self.run(arguments))
    }

    /// The kinds of all that is owned, as the API has them in its paths, each with the namespaces that it is in.
    fn places(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let listed = self.shell.run(&["ledger", "ls", "--json", "--ledger=ledger"]).succeeds();
        for row in listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let Some((address, object)) = row["address"].as_str().zip(row["object"].as_str()) else { continue };
            let kind = address.split(['.', '/']).nth(1).unwrap().replace('_', "");
            let namespace = object.split_once('/').map_or("", |(namespace, _)| namespace);
            places.entry(plural(&kind)).or_default().insert(namespace.to_owned());
        }
        assert!(places.len() > 20, "{listed}");
        places
    }

    /// An empty plan, and its calls by operation.
    fn calls_of_an_empty_plan(&self, arguments: &[&str]) -> BTreeMap<String, u64> {
        let planned = self.run(&[&["plan", "-v", "--detailed-exitcode"], arguments].concat());
        assert_eq!(planned.code, 0, "{planned}");
        let (_, calls) = planned.stdout.split_once("\nAPI calls\n").expect("-v prints the calls");
        let call = |line: &str| {
            line.trim().split_once("  ").map(|(number, operation)| (operation.to_owned(), number.parse().unwrap()))
        };
        calls.lines().filter_map(call).filter(|(operation, _)| operation.contains(':')).collect()
    }
}

#[test]
fn production_from_nothing_to_nothing() {
    let Some(desk) = Desk::new("flashmm-app") else { return };
    let applied = desk.run_with_controllers(&["apply", "--auto-approve"]).succeeds();
    assert!(applied.contains(" created"), "{applied}");
    let live = desk.kubectl.run(&["-n", "flashmm", "get", "deployment", "flashmm-app", "-o", "json"]).unwrap();
    let live: Value = serde_json::from_str(&live).unwrap();
    let digest = &live["spec"]["template"]["metadata"]["annotations"]["config-map.flashinfra/flashmm-config"];
    assert_eq!(digest.as_str().map(str::len), Some(16), "{live}");

    let calls = desk.calls_of_an_empty_plan(&[]);
    let places = desk.places();
    for (kind, namespaces) in &places {
        let of_kind = |(operation, _): &(&String, &u64)| operation.ends_with(&format!(" {kind}"));
        let made: u64 = calls.iter().filter(of_kind).map(|(_, number)| number).sum();
        let most = 2 * u64::try_from(namespaces.len()).unwrap();
        assert!((1..=most).contains(&made), "{made} calls for {kind} in {namespaces:?}: {calls:?}");
    }

    // Another level for the log is another configuration, and the pods that read it start anew.
    let change = "--set=program.log_level=DEBUG";
    let planned = desk.run(&["plan", change]).succeeds();
    for expect in ["2 to update", "data.FLASHMM_LOG_LEVEL", "config map `flashmm/flashmm-config` changed"] {
        assert!(planned.contains(expect), "{planned}");
    }
    desk.run_with_controllers(&["apply", "--auto-approve", change]).succeeds();
    desk.calls_of_an_empty_plan(&[change]);

    // An autoscaler's replicas are its own.
    desk.kubectl
        .run(&["-n", "flashmm", "patch", "deployment", "flashmm-app", "-p", r#"{"spec":{"replicas":7}}"#])
        .unwrap();
    desk.calls_of_an_empty_plan(&[change]);

    let refused = desk.run(&["destroy", "--auto-approve"]);
    assert_eq!(refused.code, 3, "{refused}");
    let named = refused.stdout.split_whitespace().filter(|word| word.starts_with("kubernetes."));
    let mut allowed: Vec<String> = named.map(|address| format!("--allow-destroy={address}")).collect();
    allowed.sort();
    allowed.dedup();
    let mut arguments = vec!["destroy", "--auto-approve"];
    arguments.extend(allowed.iter().map(String::as_str));
    let destroyed = desk.run_with_controllers(&arguments).succeeds();
    assert!(destroyed.contains(" deleted"), "{destroyed}");
    assert_eq!(
        desk.kubectl
            .run(&["get", "namespaces", "-l", "app.kubernetes.io/part-of=flashmm-platform", "-o", "name"])
            .unwrap(),
        ""
    );
}
