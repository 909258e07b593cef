//! What to type next, with the options that were typed now.

use flashinfra_plans::plan::{Mode, Restore, RestoreFrom};
use std::path::Path;

use flashinfra::ledgers::LedgerKey;
use flashinfra_plans::Plan;

use crate::args::{Adopt, Changing, Global, Planning, Recover, Recreate};
use crate::parameters::ENVIRONMENT_DEFAULT;
use crate::text::shell_word;

/// A `flashinfra` command with the options that say which stack, where, and with which parameters.
pub(crate) fn command(global: &Global, name: &str, arguments: &[String]) -> String {
    let words: Vec<_> = ["flashinfra", name].into_iter().chain(arguments.iter().map(String::as_str)).collect();
    words.into_iter().map(shell_word).collect::<Vec<_>>().join(" ") + &given(global)
}

/// The options that say which stack, where, and with which parameters, each after a space.
pub(crate) fn given(global: &Global) -> String {
    let Global {
        dir,
        stack,
        env,
        env_file,
        set,
        set_file,
        compiled,
        sandbox,
        ledger,
        json: _,
        verbose: _,
        no_color: _,
        input: _,
    } = global;
    let path = |path: &Option<std::path::PathBuf>| path.as_deref().map(Path::to_string_lossy).map(String::from);
    let mut words = Vec::new();
    let mut option = |name: &str, value: Option<String>| words.extend(value.map(|value| format!("--{name}={value}")));
    option("dir", path(dir));
    option("stack", stack.clone());
    option("env", env.clone());
    option("env-file", path(env_file));
    set.iter().for_each(|set| option("set", Some(set.clone())));
    set_file.iter().for_each(|set| option("set-file", Some(set.clone())));
    option("compiled", path(compiled));
    option("ledger", ledger.clone());
    if *sandbox {
        words.push("--sandbox".to_owned());
    }
    words.iter().map(|word| format!(" {}", shell_word(word))).collect()
}

/// `flashinfra plan`, for this stack.
pub(crate) fn plan(global: &Global) -> String {
    command(global, "plan", &[])
}

/// What plans again what a plan is for, of its stack.
pub(crate) fn plan_again(global: &Global, plan: &Plan) -> String {
    let basis = &plan.basis;
    let given = |given: &Option<String>, known: &str| given.clone().or_else(|| Some(known.to_owned()));
    let stack = given(&global.stack, &basis.stack);
    let env = given(&global.env, &basis.environment).filter(|name| name != ENVIRONMENT_DEFAULT);
    let (name, arguments) = again(plan.mode, basis.repeats);
    command(&Global { stack, env, ..global.clone() }, name, &arguments)
}

/// The command that makes plans of a mode, or of a revision that is gone back to.
fn again(mode: Mode, repeats: Option<u64>) -> (&'static str, Vec<String>) {
    match (mode, repeats) {
        (_, Some(revision)) => ("rollback", vec![revision.to_string()]),
        (Mode::Apply | Mode::Tidy, None) => ("plan", Vec::new()),
        (Mode::Destroy, None) => ("plan", vec!["--destroy".to_owned()]),
        (Mode::RefreshOnly, None) => ("plan", vec!["--refresh-only".to_owned()]),
        (Mode::Test, None) => ("test", Vec::new()),
    }
}

/// `flashinfra apply FILE`. The plan says which stack it is of and what with.
pub(crate) fn apply_file(global: &Global, file: &Path) -> String {
    let Global { dir, ledger, sandbox, .. } = global.clone();
    let nothing = Global { dir, ledger, sandbox, ..Global::default() };
    command(&nothing, "apply", &[file.to_string_lossy().into_owned()])
}

/// `flashinfra show FILE`.
pub(crate) fn show(global: &Global, file: &Path) -> String {
    let nothing = Global { dir: global.dir.clone(), ..Global::default() };
    command(&nothing, "show", &[file.to_string_lossy().into_owned()])
}

/// `flashinfra resume`, for the only ledger there is, or for the one of this key.
pub(crate) fn resume(global: &Global, key: Option<&LedgerKey>) -> String {
    let Global { dir, ledger, sandbox, .. } = global.clone();
    let (stack, env) = (key.map(|key| key.stack().to_string()), key.map(|key| key.environment().to_string()));
    command(&Global { dir, stack, env, ledger, sandbox, ..Global::default() }, "resume", &[])
}

/// The options of a `recover`, for typing them again.
pub(crate) fn recover(recover: &Recover) -> Vec<String> {
    let uuid = recover.uuid.iter().map(|uuid| format!("--uuid={uuid}"));
    uuid.chain(recover.object.iter().map(|(address, id)| format!("--object={address}={id}"))).collect()
}

/// The arguments of an `adopt`, for typing them again.
pub(crate) fn adopt(adopt: &Adopt) -> Vec<String> {
    let Adopt { address, id, file, helm, namespace, provider, marked_by, auto_approve: _ } = adopt;
    let mut words: Vec<String> = address.iter().map(ToString::to_string).chain(id.clone()).collect();
    words.extend(file.iter().map(|file| format!("--file={}", file.display())));
    for (name, value) in [("helm", helm), ("namespace", namespace), ("provider", provider), ("marked-by", marked_by)] {
        words.extend(value.iter().map(|value| format!("--{name}={value}")));
    }
    words
}

/// The options of an `apply` that plans, for typing them again.
pub(crate) fn changing(changing: &Changing) -> Vec<String> {
    let Changing { planning, replace, restore, destroy, refresh_only } = changing;
    let mut words = self::planning(planning);
    words.extend(replace.iter().map(|address| format!("--replace={address}")));
    words.extend(restore.iter().map(|Restore { address, from }| match from {
        RestoreFrom::Snapshot(name) => format!("--restore={address}=snapshot:{name}"),
        RestoreFrom::Time(time) => format!("--restore={address}={time}"),
        RestoreFrom::Latest => format!("--restore={address}=latest"),
    }));
    words.extend(destroy.then(|| "--destroy".to_owned()));
    words.extend(refresh_only.then(|| "--refresh-only".to_owned()));
    words
}

/// The options that narrow or widen what a plan covers, for typing them again.
pub(crate) fn planning(planning: &Planning) -> Vec<String> {
    let Planning { target, exclude, allow_destroy, allow_recreate, allow_partial, delete_double } = planning;
    let each = |name: &'static str, addresses: &[flashinfra_plans::Address]| {
        addresses.iter().map(|address| format!("--{name}={address}")).collect::<Vec<_>>()
    };
    let flag = |name: &str, given: bool| given.then(|| format!("--{name}"));
    let mut words = each("target", target);
    words.extend(each("exclude", exclude));
    words.extend(each("allow-destroy", allow_destroy));
    words.extend(allow_recreate.iter().map(|what| match what {
        Recreate::All => "--allow-recreate".to_owned(),
        Recreate::Of(address) => format!("--allow-recreate={address}"),
    }));
    words.extend(flag("allow-partial", *allow_partial));
    words.extend(delete_double.iter().map(|object| format!("--delete-double={object}")));
    words
}

#[cfg(test)]
mod tests {
    use flashinfra_plans::plan::Mode;

    use super::again;

    #[test]
    fn a_plan_is_made_again_by_what_made_it() {
        for (mode, repeats, expect) in [
            (Mode::Apply, None, "plan"),
            (Mode::Apply, Some(3), "rollback 3"),
            (Mode::Destroy, None, "plan --destroy"),
            (Mode::RefreshOnly, None, "plan --refresh-only"),
            (Mode::Test, None, "test"),
            (Mode::Tidy, None, "plan"),
        ] {
            let (name, arguments) = again(mode, repeats);
            let words: Vec<&str> = std::iter::once(name).chain(arguments.iter().map(String::as_str)).collect();
            assert_eq!(words.join(" "), expect);
        }
    }
}
