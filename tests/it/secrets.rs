//! A secret planted in every secret attribute of every kind is found nowhere: in no file that is left behind, and in nothing
//! that was printed. New kinds are covered as soon as `flashinfra explain` knows them.

#[cfg(feature = "aws")]
mod moto;
mod plant;
#[cfg(feature = "aws")]
mod wire;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use flashinfra_plans::Value;
use flashinfra_providers_memory::{Options, Sandbox};

use crate::quickstart::SOURCE;
use crate::shell::{Run, Shell};
use plant::{Planted, kinds};

/// A stack in a directory, and all that was ever printed about it.
struct Field {
    shell: Shell,
    planted: Planted,
    said: String,
}

impl Field {
    fn new() -> Self {
        let (shell, planted) = (Shell::new(), Planted::in_every_kind(1));
        let mut field = Self { shell, planted, said: String::new() };
        field.provide();
        field
    }

    /// Writes the compiled stack, and gives the secrets to the runs that follow.
    fn provide(&mut self) {
        self.shell.write("stack.json", &self.planted.stack());
        for (name, value) in &self.planted.variables {
            self.shell.set(name, value);
        }
        // Beside the directory that is searched afterwards: that the sources themselves hold their secrets is no leak.
        for (path, value) in &self.planted.files {
            std::fs::write(path, value).unwrap();
        }
    }

    /// Runs a command on the stack, and again as JSON lines where that is asked for.
    fn run(&mut self, arguments: &[&str]) -> Run {
        let run = self.shell.run(&[arguments, &["--sandbox"]].concat());
        self.said += &format!("{run}");
        self.is_clean();
        run
    }

    fn plan(&mut self, arguments: &[&str]) -> Run {
        self.run(&[&["plan", "--compiled=stack.json"], arguments].concat())
    }

    fn apply(&mut self, arguments: &[&str]) -> Run {
        self.run(&[&["apply", "--compiled=stack.json", "-auto-approve"], arguments].concat())
    }

    /// Kills an apply in the middle of the one step that it has, which a throttled service keeps waiting.
    fn apply_and_die(&mut self) {
        let options = ["-auto-approve", "-v", "--sandbox", "-target=probe.vault/main"];
        let mut apply = self.shell.start(&[&["apply", "--compiled=stack.json"], &options[..]].concat());
        let mut stderr = BufReader::new(apply.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("again in") {
            assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "ended too early: {said}");
        }
        apply.kill().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        let output = apply.wait_with_output().unwrap();
        self.said += &said;
        self.said += &String::from_utf8(output.stdout).unwrap();
        assert!(!self.files(".flashinfra/probe/default/journal").is_empty(), "a killed run leaves its journal");
        self.is_clean();
    }

    fn sandbox(&self) -> Sandbox {
        Sandbox::open(Some(self.shell.file(".flashinfra/sandbox.json")), kinds(), Options::default()).unwrap()
    }

    fn files(&self, below: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        collect(&self.shell.file(below), &mut found);
        found
    }

    #[track_caller]
    fn is_clean(&self) {
        assert_eq!(self.leak(), None, "{}", self.said);
    }

    /// Where a secret came out.
    fn leak(&self) -> Option<String> {
        // As text, which the standard library searches quickly: revisions hold whole stacks.
        let read = |file: String| (String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned(), file);
        let files: Vec<_> = self.files("").into_iter().map(read).collect();
        self.planted.needles().into_iter().find_map(|(what, secret)| {
            let file = files.iter().find(|(text, _)| text.contains(&secret));
            let file = file.map(|(_, file)| format!("{what} stands in {file}"));
            file.or_else(|| self.said.contains(&secret).then(|| format!("{what} was printed")))
        })
    }
}

fn collect(path: &Path, found: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            collect(&entry, found);
        } else {
            found.insert(entry.display().to_string());
        }
    }
}

#[test]
fn a_planted_secret_is_found_nowhere() {
    let mut field = Field::new();
    // What is looked for is really there to be found: a secret in the environment of the apply, and one attribute at least
    // of the clouds' kinds.
    assert!(
        field.planted.places.iter().any(|place| place.starts_with("aws.db_instance/")),
        "{:?}",
        field.planted.places
    );
    assert!(field.plan(&["-v", "-out=first.plan"]).succeeds().contains("(secret env"));
    field.plan(&["--json"]).succeeds();
    field.run(&["show", "first.plan", "-v"]).succeeds();
    field.run(&["graph", "--compiled=stack.json", "--format=dot"]).succeeds();
    field.run(&["validate", "--compiled=stack.json", "--out=again.json", "--json"]).succeeds();

    // Steps that fail, are throttled and not answered, with the messages that come back, and a run that is killed.
    field.shell.write("faults.txt", "create probe.vault denied\nread aws.db_instance unreadable times=always\n");
    field.shell.set("FLASHINFRA_SANDBOX_FAULTS", "faults.txt");
    field.apply(&["-v", "-target=probe.vault/main"]).fails(1);
    field.plan(&["-v"]).fails(1);
    field.plan(&["--json"]).fails(1);
    field.shell.write("faults.txt", "create * throttled=60000ms\n");
    field.apply_and_die();
    field.shell.write("faults.txt", "create * throttled=1ms\n");
    field.plan(&["-v"]).succeeds();
    field.apply(&["-v"]).succeeds();
    field.shell.unset("FLASHINFRA_SANDBOX_FAULTS");
    assert!(field.plan(&["-v", "-detailed-exitcode"]).succeeds().contains("No changes"));

    // What is read back and recorded.
    for arguments in [&["output"][..], &["output", "-json"], &["ledger", "ls"], &["ledger", "ls", "--json"]] {
        field.run(arguments).succeeds();
    }
    for address in field.planted.addresses() {
        field.run(&["ledger", "show", &address]).succeeds();
        field.run(&["ledger", "show", &address, "--json"]).succeeds();
    }

    // Drift beside the secrets, and a rotation of each of them.
    let sandbox =
        Sandbox::open(Some(field.shell.file(".flashinfra/sandbox.json")), kinds(), Options::default()).unwrap();
    let vault = sandbox.objects().unwrap().into_iter().find(|listed| listed.kind == "probe.vault").unwrap();
    sandbox.tamper("probe.vault", &vault.object.id, "size", Some(Value::Integer(7))).unwrap();
    assert!(field.run(&["drift", "-v"]).succeeds().contains("probe.vault/main"));
    field.run(&["drift", "--json"]).succeeds();
    field.planted.rotate();
    field.provide();
    let planned = field.plan(&["-v", "-out=second.plan"]).succeeds();
    assert!(planned.contains("version 2"), "{planned}");
    field.shell.write("faults.txt", "update * denied\n");
    field.shell.set("FLASHINFRA_SANDBOX_FAULTS", "faults.txt");
    field.run(&["apply", "second.plan", "-v"]).fails(1);
    field.shell.unset("FLASHINFRA_SANDBOX_FAULTS");
    field.apply(&["--json"]).succeeds();
    assert!(field.plan(&["-v", "-detailed-exitcode"]).succeeds().contains("No changes"));

    let mut destroy = vec!["destroy".to_owned(), "-auto-approve".into(), "-v".into()];
    destroy.extend(field.planted.addresses().into_iter().map(|address| format!("--allow-destroy={address}")));
    field.run(&destroy.iter().map(String::as_str).collect::<Vec<_>>()).succeeds();
    assert!(field.files("").len() > 10, "files were looked into");
}

#[test]
fn a_source_that_cannot_be_read_is_named_without_the_others() {
    let mut field = Field::new();
    let (path, _) = field.planted.files.first().cloned().unwrap();
    std::fs::write(&path, b"planted-\xff-no-text").unwrap();
    let said = field.apply(&["-v"]).fails(1);
    assert!(said.contains(&path.display().to_string()), "{said}");
    assert!(!said.contains("no-text"), "{said}");
    let (name, _) = field.planted.variables.first().cloned().unwrap();
    field.shell.unset(&name);
    assert!(field.apply(&["--json"]).stdout.contains(&name));
    assert_eq!(field.sandbox().objects().unwrap(), [], "nothing was started");

    // That the search finds what there is to find.
    let (_, value) = field.planted.variables.last().cloned().unwrap();
    field.shell.write("log/leak.txt", &format!("a password is {value}\n"));
    assert!(field.leak().unwrap().ends_with("log/leak.txt"));
}

/// A secret where only its source may stand: refused, and not repeated.
#[test]
fn a_secret_that_is_typed_into_parameters_is_not_repeated() {
    const SECRET: &str = "planted-by-hand";
    let shell = Shell::new();
    shell.write(
        "Cargo.toml",
        &format!(
            "[package]\nname = \"planted\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             flashinfra = {{ path = \"{SOURCE}\" }}\n"
        ),
    );
    shell.write(
        "src/main.rs",
        "use flashinfra::{Params, Secret, Stack};\n\n#[derive(Params)]\nstruct Shop {\n    password: Secret<String>,\n    \
         #[param(default = 1)]\n    size: u32,\n}\n\nfn shop(stack: &mut Stack, shop: &Shop) {\n    \
         stack.output(\"password\", shop.password.clone());\n    stack.output(\"size\", i64::from(shop.size));\n}\n\n\
         flashinfra::main!(\"planted\", shop);\n",
    );
    shell.write("environments/toml.toml", &format!("password = \"{SECRET}\"\nsize = \"two\"\n"));
    shell.write("environments/unclosed.toml", &format!("password = \"{SECRET}\nsize = 2\n"));
    shell.write("environments/yaml.yaml", &format!("password: {SECRET}\nsize: two\n"));
    shell.write("environments/list.yaml", &format!("password:\n  - {SECRET}\n"));
    shell.write("environments/nested.yml", &format!("password:\n  env: PASSWORD\n  value: {SECRET}\n"));
    shell.write("password.txt", SECRET);
    for arguments in [
        &["--env=toml"][..],
        &["--env=unclosed"],
        &["--env=yaml"],
        &["--env=list"],
        &["--env=nested"],
        &["--set=password=planted-by-hand"],
        &["--set=password.env=planted-by-hand", "--set=size=two"],
        &["--set=password.value=planted-by-hand"],
        &["--set-file=password=password.txt"],
    ] {
        for more in [&[][..], &["--json"], &["-v"]] {
            let run = shell.run(&[&["plan", "--sandbox"], arguments, more].concat());
            assert_eq!(run.code, 1, "{run}");
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains("password") || said.contains("environments/"), "the thing is named: {run}");
            // The name of a variable is no secret, and has to be told.
            let is_name = arguments.iter().any(|argument| argument.contains("password.env="));
            assert!(is_name || !said.contains(SECRET), "{run}");
        }
    }
}
