//! A shell before a Kubernetes API server, with the programs that others use there.

use std::path::{Path, PathBuf};
use std::process::Command;

use flashinfra_stacks::Stack;
use flashinfra_stacks_kubernetes as kubernetes;
use flashinfra_test_support::{Kubernetes, client};
use serde_json::Value;

use crate::shell::Shell;

/// A shell before the server, with a namespace of its own and the programs of others.
pub(crate) struct Desk {
    pub(crate) shell: Shell,
    pub(crate) namespace: String,
    pub(crate) kubeconfig: PathBuf,
    programs: Vec<PathBuf>,
}

impl Desk {
    /// None where something of it is missing, which is said.
    pub(crate) fn new(namespace: &str, programs: &[&str]) -> Option<Self> {
        let server = Kubernetes::shared(namespace)?;
        let programs = programs.iter().map(|name| client(name, namespace)).collect::<Option<_>>()?;
        let mut shell = Shell::new();
        let home = shell.path().to_str().unwrap().to_owned();
        shell.set("HOME", &home);
        let desk =
            Self { shell, namespace: namespace.to_owned(), kubeconfig: server.kubeconfig().to_owned(), programs };
        desk.others("kubectl", &["create", "namespace", namespace]);
        Some(desk)
    }

    /// A program of others, on its way to the server.
    pub(crate) fn program(&self, name: &str) -> Command {
        let path = self.programs.iter().find(|path| path.ends_with(name)).unwrap();
        let mut command = Command::new(path);
        command.current_dir(self.shell.path()).env("KUBECONFIG", &self.kubeconfig).env("HOME", self.shell.path());
        command
    }

    /// What somebody else runs.
    pub(crate) fn others(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.program(program).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{program} {arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// An object as it is.
    pub(crate) fn live(&self, object: &str) -> Value {
        serde_json::from_str(&self.others("kubectl", &["-n", &self.namespace, "get", object, "-o", "json"])).unwrap()
    }

    /// Declares objects, by the names of their resources.
    pub(crate) fn declare(&self, objects: &[(&str, Value)]) {
        self.define("stack.json", &self.kubeconfig, |stack| {
            for (name, object) in objects {
                let mut object = object.clone();
                object["metadata"]["namespace"] = self.namespace.as_str().into();
                stack.add(*name, kubernetes::object(object));
            }
        });
    }

    /// Writes a compiled stack, whose provider goes where this kubeconfig leads.
    pub(crate) fn define(&self, file: &str, kubeconfig: &Path, define: impl FnOnce(&mut Stack)) {
        let mut stack = Stack::new(self.namespace.clone(), "production");
        stack.provider("kubernetes", kubernetes::Provider::builder().kubeconfig(kubeconfig.to_str().unwrap()));
        define(&mut stack);
        self.shell.write(file, &stack.compile().unwrap());
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> crate::shell::Run {
        let all: Vec<&str> = arguments.iter().copied().chain(["--compiled=stack.json"]).collect();
        self.shell.run(&all)
    }

    /// Whether there is nothing to do.
    pub(crate) fn is_as_declared(&self) {
        let run = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(run.code, 0, "{run}");
    }

    /// Who has a field, by the entries of the object's managed fields.
    pub(crate) fn managers(&self, object: &str, field: &str) -> Vec<String> {
        let name =
            |entry: &Value| format!("{} {}", entry["manager"].as_str().unwrap(), entry["operation"].as_str().unwrap());
        let live =
            self.others("kubectl", &["-n", &self.namespace, "get", object, "-o", "json", "--show-managed-fields"]);
        let live: Value = serde_json::from_str(&live).unwrap();
        let entries = live["metadata"]["managedFields"].as_array().unwrap();
        entries.iter().filter(|entry| entry["fieldsV1"].pointer(field).is_some()).map(name).collect()
    }
}
