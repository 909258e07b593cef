//! The examples as their readers run them, on the sandbox: from nothing to nothing.

use serde_json::Value;

use crate::quickstart::SOURCE;
use crate::shell::{Run, Shell};

/// An example in one environment.
struct Example {
    shell: Shell,
    options: Vec<String>,
}

impl Example {
    fn new(name: &str, environment: Option<&str>) -> Self {
        let directory = format!("--dir={SOURCE}/examples/{name}");
        let mut options = vec![directory, "--sandbox".to_owned(), "--ledger=ledger".to_owned()];
        options.extend(environment.map(|environment| format!("--env={environment}")));
        Self { shell: Shell::new(), options }
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let options: Vec<&str> = self.options.iter().map(String::as_str).collect();
        self.shell.run(&[arguments, &options].concat())
    }

    /// Plans, applies that plan, and sees that there is nothing left to do.
    #[track_caller]
    fn is_made_of(&self, resources: usize) {
        let planned = self.run(&["plan", "-out=example.plan"]).succeeds();
        assert!(planned.contains(&format!("{resources} to create")), "{planned}");
        let applied = self.shell.run(&["apply", "example.plan", "--sandbox", "--ledger=ledger"]).succeeds();
        assert!(applied.contains(&format!("{resources} created")), "{applied}");
        assert!(self.run(&["plan", "-detailed-exitcode"]).succeeds().contains("No changes"));
        assert!(self.run(&["drift", "-detailed-exitcode"]).succeeds().contains("No drift"));
    }

    fn output(&self, name: &str) -> String {
        self.run(&["output", "-raw", name]).succeeds()
    }

    /// Destroys it, what is protected by name.
    #[track_caller]
    fn is_destroyed(&self, protected: &[&str]) {
        let allowed: Vec<String> = protected.iter().map(|address| format!("--allow-destroy={address}")).collect();
        if !protected.is_empty() {
            let refused = self.run(&["destroy", "-auto-approve"]);
            assert_eq!(refused.code, 3, "{refused}");
            protected.iter().for_each(|address| assert!(refused.stdout.contains(address), "{refused}"));
        }
        let mut arguments = vec!["destroy", "-auto-approve"];
        arguments.extend(allowed.iter().map(String::as_str));
        assert!(self.run(&arguments).succeeds().contains("deleted"));
        assert_eq!(self.run(&["ledger", "ls"]).succeeds(), "");
    }
}

#[test]
fn the_smallest() {
    let example = Example::new("smallest", None);
    example.is_made_of(1);
    assert!(example.output("vpc_id").starts_with("vpc-"));
    example.is_destroyed(&[]);
}

#[test]
fn two_zones_and_a_database() {
    let example = Example::new("two-zones", None);
    example.is_made_of(6);
    let url = example.output("database_url");
    assert!(url.starts_with("postgres://") && url.ends_with(":5432/postgres"), "{url}");

    // What the README has its readers type next.
    let graph = example.run(&["graph"]).succeeds();
    assert!(graph.contains("aws.vpc/main") && graph.contains("aws.db_instance/main"), "{graph}");
    let all: Value = serde_json::from_str(&example.run(&["output", "-json"]).succeeds()).unwrap();
    assert_eq!(all["database_url"]["value"], url);
    example.is_destroyed(&["aws.db_instance/main"]);
}

#[test]
fn a_web_site_with_its_domain() {
    let example = Example::new("website", None);
    example.is_made_of(12);
    assert!(example.output("domain.certificate_arn").starts_with("arn:aws:acm:"));
    example.is_destroyed(&[
        "aws.backup_vault/backups.main",
        "aws.db_instance/data.main",
        "aws.db_snapshot/data.before-orders",
        "aws.route53_zone/domain.main",
    ]);
}

#[test]
fn a_web_service_on_kubernetes() {
    let mut example = Example::new("kubernetes", None);
    example.shell.set("DB_PASSWORD", "correct-horse");
    example.is_made_of(6);
    assert_eq!(example.output("namespace").trim(), "shop");
    example.is_destroyed(&["kubernetes.namespace/shop"]);
}

#[test]
fn a_cluster_with_what_runs_in_it() {
    let example = Example::new("cluster", None);
    let planned = example.run(&["plan"]).succeeds();
    let words = planned.split_whitespace().collect::<Vec<_>>().join(" ");
    let deferred = "Not there yet kubernetes, with 6 objects: opened once aws.eks_cluster/main is made.";
    assert!(words.contains(deferred), "{planned}");
    example.is_made_of(14);
    let running = example.run(&["ledger", "show", "kubernetes.deployment/web.deployment"]).succeeds();
    assert!(running.contains("shop-example-uploads"), "{running}");
    assert!(example.output("endpoint").contains("sandbox"));
    example.is_destroyed(&["aws.s3_bucket/uploads", "kubernetes.namespace/shop"]);
}

#[test]
fn one_stack_in_three_environments() {
    let (root, own) = (format!("--dir={SOURCE}"), format!("--dir={SOURCE}/examples/three-environments"));
    for arguments in [&["stacks", own.as_str()][..], &["stacks", "--stack=web", &root]] {
        let listed = Shell::new().run(arguments).succeeds();
        assert!(listed.contains("development, production, staging"), "{listed}");
        assert!(listed.contains("database.class"), "{listed}");
    }
    for (environment, resources, protected) in
        [("development", 3, &[][..]), ("staging", 5, &[]), ("production", 6, &["aws.db_instance/data.main"])]
    {
        let example = Example::new("three-environments", Some(environment));
        example.is_made_of(resources);
        let owned = example.run(&["ledger", "ls"]).succeeds();
        assert_eq!(owned.contains("aws.db_instance/data.main"), environment != "development", "{owned}");
        example.is_destroyed(protected);
    }
}

#[test]
fn a_stack_prints_the_schema_of_its_parameters() {
    let shell = Shell::new();
    let directory = format!("--dir={SOURCE}/examples/three-environments");
    let schema: Value = serde_json::from_str(&shell.run(&["schema", &directory]).succeeds()).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let known = schema["properties"].as_object().unwrap();
    assert!(
        schema["required"].as_array().unwrap().iter().all(|name| known.contains_key(name.as_str().unwrap())),
        "{schema}"
    );
    assert_eq!(schema["additionalProperties"], false);
    let problem = shell.run(&["schema", &directory, "--compiled=stack.json"]).fails(1);
    assert!(problem.contains("leave out --compiled"), "{problem}");
}
