//! Terraform's hands find their flags: `-out=x` becomes `--out=x` before clap sees it.

use std::ffi::OsString;

use super::elsewhere;

/// Long options that Terraform spells with one dash, and ours that the same hands spell so: `-stack=shop` would else be the
/// stack `tack=shop`. Only these are touched, so that `-v` and `-o FILE` stay what they are.
const SINGLE_DASH: &[&str] = &[
    "allow-destroy",
    "allow-partial",
    "allow-recreate",
    "atomic",
    "auto-approve",
    "chdir",
    "compiled",
    "delete-double",
    "destroy",
    "detailed-exitcode",
    "dir",
    "env",
    "env-file",
    "exclude",
    "follow",
    "help",
    "history-max",
    "input",
    "json",
    "ledger",
    "no-color",
    "object",
    "out",
    "parallelism",
    "prometheus",
    "provider",
    "raw",
    "reason",
    "refresh-only",
    "replace",
    "sandbox",
    "set",
    "set-file",
    "since",
    "stack",
    "tail",
    "target",
    "uuid",
    "var",
    "var-file",
    "version",
];

/// The arguments with Terraform's single-dash options spelled with two. What follows `--` is left alone.
pub(crate) fn normalise(argv: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut argv: Vec<OsString> = argv.into_iter().collect();
    // What every other tool has as a command of its own.
    if argv.len() == 2 && argv[1] == "version" {
        argv[1] = "--version".into();
    }
    let mut only_values = false;
    let one = |argument: OsString| {
        only_values |= argument == "--";
        if only_values { argument } else { double_dash(argument) }
    };
    argv.into_iter().map(one).collect()
}

fn double_dash(argument: OsString) -> OsString {
    let Some(rest) = argument.to_str().and_then(|text| text.strip_prefix('-')) else {
        return argument;
    };
    let name = rest.split_once('=').map_or(rest, |(name, _)| name);
    if SINGLE_DASH.contains(&name) || (name.len() > 1 && elsewhere::option(name).is_some()) {
        format!("--{rest}").into()
    } else {
        argument
    }
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn terraform_spellings_are_understood() {
        for (typed, means) in [
            ("plan -out=x.plan", "plan --out=x.plan"),
            ("plan -out x.plan", "plan --out x.plan"),
            ("plan -o x.plan", "plan -o x.plan"),
            ("plan -var a=b -var=c=d", "plan --var a=b --var=c=d"),
            ("plan -var-file=prod.toml", "plan --var-file=prod.toml"),
            ("plan -target=aws.vpc/main", "plan --target=aws.vpc/main"),
            ("plan -replace=aws.vpc/main", "plan --replace=aws.vpc/main"),
            ("plan -destroy -refresh-only", "plan --destroy --refresh-only"),
            ("plan -detailed-exitcode", "plan --detailed-exitcode"),
            ("plan -input=false -no-color", "plan --input=false --no-color"),
            ("apply -auto-approve -parallelism=3", "apply --auto-approve --parallelism=3"),
            ("-chdir=infra apply", "--chdir=infra apply"),
            ("output -raw vpc_id", "output --raw vpc_id"),
            ("output -json", "output --json"),
            ("-version", "--version"),
            ("plan -stack=shop -env production", "plan --stack=shop --env production"),
            ("plan -sandbox -set a=b -s shop", "plan --sandbox --set a=b -s shop"),
            ("-help", "--help"),
            ("plan -v -s shop -e production", "plan -v -s shop -e production"),
            ("plan --out=x --var a=-out", "plan --out=x --var a=-out"),
            ("plan -lock=false -state=x", "plan --lock=false --state=x"),
            ("plan -f x -y", "plan -f x -y"),
            ("new -- -out", "new -- -out"),
            ("plan -outx=1 -", "plan -outx=1 -"),
        ] {
            let words = |line: &str| line.split(' ').map(Into::into).collect::<Vec<_>>();
            assert_eq!(normalise(words(typed)), words(means), "{typed}");
        }
        assert_eq!(normalise(["flashinfra", "version"].map(Into::into)), ["flashinfra", "--version"]);
    }
}
