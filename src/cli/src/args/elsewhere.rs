//! What people type who come from Terraform, Pulumi, Helm or kubectl, and what they find here instead.

const MOVED: &str = "declare it under its new name with `.moved_from(\"ADDRESS\")`: the next plan shows the move";
const FORGET: &str = "`flashinfra ledger forget ADDRESS` stops owning it, and leaves the object as it is";
const ENVIRONMENT: &str =
    "an environment is a file of parameters: `flashinfra stacks` lists them, `--env NAME` chooses";
const RENDER: &str = "`flashinfra render` prints the objects as YAML, `flashinfra plan` shows what would change";
const APPLY: &str = "`flashinfra apply` plans, shows, asks, and makes live what the stack declares";
const CRATES: &str = "what a stack is built from stands in its Cargo.toml: `cargo add`, `cargo update`, `cargo search`";
const INTO_THE_POD: &str = "`flashinfra kubeconfig` lets kubectl in, which does that";
const DESTROY: &str = "`flashinfra destroy` deletes all that the stack owns";

/// Commands of other tools: the words as typed there, without options, and what to do here. Longer ones stand first, so that
/// `state rm` is found before `state`.
const COMMANDS: &[(&str, &str)] = &[
    ("state list", "`flashinfra ledger ls` lists what the stack owns"),
    ("state show", "`flashinfra ledger show ADDRESS` shows what is recorded of one address; without it, everything"),
    ("state pull", "the ledger is a JSON file: `flashinfra ledger ls` and `ledger show ADDRESS` read it"),
    ("state push", "a ledger is written by an apply only; its earlier versions stand beside it, in versions/"),
    ("state rm", FORGET),
    ("state delete", FORGET),
    ("state mv", MOVED),
    ("state rename", MOVED),
    ("state unprotect", "`--allow-destroy ADDRESS` lifts the protection for one plan"),
    ("state", "what a stack owns stands in its ledger: `flashinfra ledger ls`, `show ADDRESS`, `forget ADDRESS`"),
    ("stack output", "`flashinfra output` prints what the stack publishes"),
    ("stack", "`flashinfra stacks` lists stacks and environments; `--stack NAME` and `--env NAME` choose one"),
    ("init", "nothing has to be set up: `flashinfra plan` builds the stack. `flashinfra new NAME` makes a new one"),
    ("fmt", "stacks are Rust: `cargo fmt` formats them"),
    (
        "get values",
        "`flashinfra stacks` lists the parameters, `flashinfra history` and `ledger show ADDRESS` what was applied",
    ),
    ("get manifest", RENDER),
    ("get", "modules are crates, which `flashinfra plan` builds. `flashinfra ledger show ADDRESS` shows a resource"),
    ("providers", "providers are part of the command: `flashinfra explain` lists the kinds that it knows"),
    ("modules", "modules are crates and functions: `cargo tree` lists the crates"),
    ("taint", "`flashinfra plan --replace ADDRESS` plans its replacement"),
    ("untaint", "nothing is tainted here: `--replace ADDRESS` holds for the one plan that it is given to"),
    ("refresh", "every plan reads what is live; `flashinfra apply --refresh-only` takes it into the ledger"),
    ("workspace", ENVIRONMENT),
    ("env", ENVIRONMENT),
    ("console", "`flashinfra output` prints what the stack publishes, `flashinfra explain` says what there is"),
    ("login", "clouds are reached with the credentials of their own tools"),
    ("logout", "clouds are reached with the credentials of their own tools"),
    ("up", APPLY),
    ("update", APPLY),
    ("preview", "`flashinfra plan` shows what would change"),
    ("down", DESTROY),
    ("cancel", "Ctrl-C stops an apply; `flashinfra unlock` ends the lock of somebody who is gone"),
    ("config", "parameters stand in environments/NAME.toml or behind `--set`; `flashinfra stacks` lists them"),
    ("install", APPLY),
    ("upgrade", APPLY),
    ("uninstall", DESTROY),
    (
        "delete",
        "take it out of the stack, then `flashinfra apply`; `flashinfra destroy` deletes all that the stack owns",
    ),
    (
        "status",
        "`flashinfra health` shows how it does, `flashinfra drift` what was changed outside, `flashinfra ledger ls` what is owned",
    ),
    ("list", "`flashinfra ledger ls` lists what is owned, `flashinfra stacks` what can be planned"),
    ("ls", "`flashinfra ledger ls` lists what is owned, `flashinfra stacks` what can be planned"),
    ("template", RENDER),
    ("chart render", RENDER),
    ("chart", CRATES),
    ("dependency", CRATES),
    ("repo", CRATES),
    ("search", CRATES),
    ("pull", CRATES),
    ("push", "`flashinfra validate --out FILE` writes the compiled stack, which `--compiled FILE` takes anywhere"),
    ("package", "`flashinfra validate --out FILE` writes the compiled stack, which `--compiled FILE` takes anywhere"),
    ("release plan", "`flashinfra plan` shows what would change"),
    ("release install", APPLY),
    ("release uninstall", DESTROY),
    ("release rollback", "`flashinfra rollback [REVISION]` goes back"),
    ("release history", "`flashinfra history` lists what was applied"),
    ("release list", "`flashinfra ledger ls` lists what is owned, `flashinfra stacks` what can be planned"),
    (
        "release",
        "each apply is a revision: `flashinfra history` lists them, `flashinfra rollback [REVISION]` goes back",
    ),
    ("converge", APPLY),
    ("dismiss", DESTROY),
    ("rollout restart", "`flashinfra restart ADDRESS` does that, and records it"),
    ("rollout undo", "`flashinfra rollback [REVISION]` goes back"),
    ("rollout history", "`flashinfra history` lists what was applied"),
    ("rollout", "`flashinfra health` shows how rollouts do, and an apply waits for them"),
    ("exec", INTO_THE_POD),
    ("port-forward", INTO_THE_POD),
    ("create", "`flashinfra new NAME` makes a stack, `flashinfra apply` what it declares"),
    ("edit", "change the stack, then `flashinfra plan`; `flashinfra scale` and `restart` do one thing by hand"),
    ("synth", "`flashinfra validate --out FILE` writes the compiled stack"),
    ("lint", "`flashinfra validate` checks a stack without any network"),
    ("diff", "`flashinfra plan` shows what would change, `flashinfra drift` what was changed outside"),
    ("deploy", APPLY),
    ("bootstrap", "nothing has to be set up: `flashinfra plan` builds the stack"),
    ("describe", "`flashinfra explain KIND` explains a kind, `flashinfra ledger show ADDRESS` shows a resource"),
];

const CLUSTER: &str =
    "the stack says which cluster: `kubernetes::Provider::builder().context(…)`, from a parameter that `--set` sets";

/// Options of other tools, without dashes, and what to do here.
const OPTIONS: &[(&str, &str)] = &[
    ("lock", "leave it out: a plan takes no lock, an apply always does"),
    ("lock-timeout", "leave it out: an apply says at once who applies, and since when"),
    ("refresh", "leave it out: a plan always reads what is live, with few calls"),
    ("state", "`--ledger PLACE` says where the ledgers are"),
    (
        "backend-config",
        "`--ledger PLACE` says where the ledgers are: a directory, s3://, gs://, az:// or kubernetes://",
    ),
    ("upgrade", "leave it out: `cargo update` renews what a stack is built from"),
    ("compact-warnings", "leave it out"),
    ("generate-config-out", "definitions are written in Rust: `flashinfra explain KIND` lists the attributes"),
    ("yes", "`--auto-approve` applies without asking"),
    ("y", "`--auto-approve` applies without asking"),
    ("skip-preview", "`--auto-approve` applies without asking"),
    ("dry-run", "`flashinfra plan` shows what would change, and changes nothing"),
    ("f", "`--env-file FILE` takes the parameters from a file"),
    ("values", "`--env-file FILE` takes the parameters from a file"),
    ("config", "`--set NAME=VALUE` sets a parameter"),
    ("namespace", "a namespace is an attribute of each resource, and may be a parameter: `--set namespace=NAME`"),
    ("create-namespace", "leave it out: a namespace is a resource of the stack, and what is in it comes after it"),
    ("install", "leave it out: an apply makes what is not there, and changes what is"),
    ("reuse-values", "leave it out: parameters come from environments/NAME.toml and from `--set`, each time"),
    ("set-string", "`--set NAME=VALUE`: the type of the parameter says what the value is"),
    ("kube-context", CLUSTER),
    ("context", CLUSTER),
    ("force", "what is protected is named: `--allow-destroy ADDRESS`. `--auto-approve` applies without asking"),
    (
        "timeout",
        "leave it out: how long a step may take follows from its kind, of a Deployment from `progressDeadlineSeconds`",
    ),
    ("debug", "`--verbose` says more"),
    ("wait", "leave it out: an apply waits until each object is ready"),
    ("cleanup-on-fail", "leave it out: `--atomic` goes back, and deletes what is new"),
    ("no-hooks", "leave it out: a hook is a resource, `--exclude ADDRESS` leaves it out of a plan"),
];

/// What to do here instead of a command of another tool, and how it is called there. `words` are what was typed, without options.
pub(crate) fn command(words: &[&str]) -> Option<(&'static str, &'static str)> {
    let typed = |name: &str| name.split(' ').zip(words.iter().copied()).filter(|(a, b)| a == b).count();
    COMMANDS.iter().find(|(name, _)| typed(name) == name.split(' ').count()).copied()
}

/// What to do here instead of an option of another tool. `name` is without dashes and value.
pub(crate) fn option(name: &str) -> Option<(&'static str, &'static str)> {
    OPTIONS.iter().find(|(known, _)| *known == name).copied()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::{COMMANDS, OPTIONS, command, option};
    use crate::args::Cli;

    #[test]
    fn two_words_are_found_before_one() {
        for (words, found) in [
            (&["state", "rm", "aws_vpc.main"][..], Some("state rm")),
            (&["state", "replace-provider"], Some("state")),
            (&["state"], Some("state")),
            (&["init"], Some("init")),
            (&["plam"], None),
            (&[], None),
        ] {
            assert_eq!(command(words).map(|(name, _)| name), found, "{words:?}");
        }
        assert_eq!(option("lock").map(|(name, _)| name), Some("lock"));
        assert_eq!(option("out"), None);
    }

    /// What we have ourselves must not be listed as missing, and what we point at has to exist.
    #[test]
    fn the_tables_agree_with_the_arguments() {
        let ours = Cli::command();
        for (name, _) in COMMANDS {
            assert!(ours.find_subcommand(name).is_none(), "`{name}` is a command of ours");
        }
        for (name, _) in OPTIONS {
            let is_it = |argument: &&clap::Arg| {
                argument.get_long() == Some(name)
                    || argument.get_short().is_some_and(|short| short.to_string() == *name)
            };
            assert!(!ours.get_arguments().any(|argument| is_it(&argument)), "`--{name}` is an option of ours");
        }
        let answers = COMMANDS.iter().chain(OPTIONS).map(|(_, answer)| *answer);
        for named in answers.flat_map(|answer| answer.split("`flashinfra ").skip(1)) {
            let mut known = &ours;
            for word in named.split(['`', ' ']).take_while(|word| word.starts_with(|first: char| first.is_lowercase()))
            {
                known =
                    known.find_subcommand(word).unwrap_or_else(|| panic!("`flashinfra {named}`: there is no {word}"));
            }
        }
    }
}
