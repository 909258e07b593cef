//! `flashinfra new NAME`.

use std::fs;
use std::path::{Path, PathBuf};

use super::Context;
use crate::args::New;
use crate::problem::{Ended, Exit, Problem};

const MANIFEST: &str = include_str!("new/Cargo.toml.txt");
const OWN_WORKSPACE: &str = include_str!("new/workspace.txt");

/// The files beside `Cargo.toml`, and what they are for.
const FILES: [(&str, &str); 5] = [
    ("src/main.rs", "what the stack declares"),
    ("environments/development.toml", "what differs in development"),
    ("environments/production.toml", "what differs in production"),
    ("README.md", "the commands to type"),
    (".gitignore", ""),
];

/// A network on AWS: these files.
const AWS: [&str; FILES.len()] = [
    include_str!("new/aws/main.rs.txt"),
    include_str!("new/aws/development.toml.txt"),
    include_str!("new/aws/production.toml.txt"),
    include_str!("new/aws/README.md.txt"),
    include_str!("new/gitignore.txt"),
];

/// A web service on Kubernetes: these files, and another crate.
const KUBERNETES: [&str; FILES.len()] = [
    include_str!("new/kubernetes/main.rs.txt"),
    include_str!("new/kubernetes/development.toml.txt"),
    include_str!("new/kubernetes/production.toml.txt"),
    include_str!("new/kubernetes/README.md.txt"),
    include_str!("new/gitignore.txt"),
];
const JSON: &str = "serde_json = \"1\"\n";

/// Makes a stack crate in a new directory of that name.
pub(super) fn run(context: &Context<'_>, args: &New) -> Ended {
    check_name(&args.name)?;
    let parent = context.global.dir.clone().unwrap_or_default();
    let directory = parent.join(&args.name);
    if directory.exists() {
        return Err(Problem::new(format!("{} exists already", directory.display()))
            .help("choose another name, or remove it first; nothing was written")
            .into());
    }
    let parent = fs::canonicalize(if parent.as_os_str().is_empty() { Path::new(".") } else { &parent })
        .map_err(|error| Problem::caused(format!("could not look into {}", parent.display()), &error))?;
    let source = match &args.flashinfra_path {
        Some(path) => path_source(path, &parent.join(&args.name))?,
        None => match ancestors_manifest(&parent, is_flashinfra) {
            Some(checkout) => format!("path = {}", toml_text(&relative(&parent.join(&args.name), &checkout))),
            None => return Err(without_source(&args.name).into()),
        },
    };
    let (feature, templates) = if args.kubernetes { ("kubernetes", KUBERNETES) } else { ("aws", AWS) };
    let manifest = MANIFEST.replace("{{name}}", &args.name).replace("{{source}}", &source);
    let mut manifest = manifest.replace("{{feature}}", feature);
    if args.kubernetes {
        manifest += JSON;
    }
    if ancestors_manifest(&parent, is_workspace).is_some() {
        manifest += OWN_WORKSPACE;
    }
    write(&directory.join("Cargo.toml"), &manifest)?;
    for ((file, _), template) in FILES.into_iter().zip(templates) {
        write(&directory.join(file), &template.replace("{{name}}", &args.name))?;
    }
    tell(context, &directory);
    Ok(Exit::Ok)
}

/// Neither the option nor the place says where flashinfra's source is, and no registry has it: a crate would not build.
fn without_source(name: &str) -> Problem {
    Problem::new("a stack is built from flashinfra's source, and nothing says where that is").help(format!(
        "no registry has flashinfra {} yet. Nothing was written; name the checkout:\n  \
         flashinfra new {name} --flashinfra-path DIR",
        env!("CARGO_PKG_VERSION")
    ))
}

fn tell(context: &Context<'_>, directory: &Path) {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        directory: &'a Path,
    }
    let (output, paint) = (context.output, context.output.paint());
    output.line("new", &Line { directory });
    let mut text = format!("Created {}\n", paint.bold(&directory.display().to_string()));
    for (file, about) in FILES.iter().filter(|(_, about)| !about.is_empty()) {
        text += &format!("  {file:<30} {}\n", paint.dim(about));
    }
    text += "\nNext, without any account:\n";
    text += &format!("  {}\n", paint.cyan(&format!("cd {}", directory.display())));
    for command in ["plan", "apply"] {
        text += &format!("  {}\n", paint.cyan(&format!("flashinfra {command} --env development --sandbox")));
    }
    output.result(&text);
}

/// Names that cargo or rustc use themselves.
const RESERVED: [&str; 8] = ["test", "core", "std", "alloc", "flashinfra", "build", "deps", "examples"];

/// A name has to do as a package, a stack, a directory and a part of a file name.
fn check_name(name: &str) -> Result<(), Problem> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_legal = name.bytes().all(legal) && name.starts_with(|first: char| first.is_ascii_lowercase());
    if !is_legal || name.ends_with('-') {
        let fixed: String = name.to_ascii_lowercase().replace(|other: char| !other.is_ascii_alphanumeric(), "-");
        let fixed = fixed.trim_matches(|edge: char| !edge.is_ascii_lowercase());
        let problem = Problem::new(format!("`{name}` cannot name a stack"));
        let rule = "lower-case letters, digits and `-`, starting with a letter";
        return Err(match fixed {
            "" => problem.help(format!("a name is made of {rule}")),
            fixed => problem.help(format!("a name is made of {rule}: `flashinfra new {fixed}`")),
        });
    }
    if RESERVED.contains(&name) {
        return Err(Problem::new(format!("`{name}` cannot name a crate: Rust uses that name itself"))
            .help(format!("try `{name}-stack`")));
    }
    Ok(())
}

/// The source at a path that was typed, as it stands in the manifest in `directory`: a path that was relative stays so, since a manifest is
/// committed and machines differ.
fn path_source(path: &Path, directory: &Path) -> Result<String, Problem> {
    let absolute = fs::canonicalize(path)
        .map_err(|error| Problem::caused(format!("there is no flashinfra in {}", path.display()), &error))?;
    if !fs::read_to_string(absolute.join("Cargo.toml")).is_ok_and(|manifest| is_flashinfra(&manifest)) {
        return Err(Problem::new(format!("there is no flashinfra in {}", path.display())).help(
            "`--flashinfra-path` names the root of its source, where the Cargo.toml of the package `flashinfra` is",
        ));
    }
    let told =
        if path.is_absolute() { absolute.to_string_lossy().into_owned() } else { relative(directory, &absolute) };
    Ok(format!("path = {}", toml_text(&told)))
}

/// The nearest directory, this one or above it, whose `Cargo.toml` is such a one.
fn ancestors_manifest(directory: &Path, is_it: impl Fn(&str) -> bool) -> Option<PathBuf> {
    let fits =
        |directory: &&Path| fs::read_to_string(directory.join("Cargo.toml")).is_ok_and(|manifest| is_it(&manifest));
    directory.ancestors().find(fits).map(Path::to_owned)
}

fn is_flashinfra(manifest: &str) -> bool {
    let manifest = manifest.parse::<toml_edit::DocumentMut>().ok();
    manifest.is_some_and(|manifest| {
        manifest.get("package").and_then(|package| package.get("name")?.as_str()) == Some("flashinfra")
    })
}

fn is_workspace(manifest: &str) -> bool {
    manifest.parse::<toml_edit::DocumentMut>().is_ok_and(|manifest| manifest.contains_key("workspace"))
}

/// The way from one directory to another, both absolute.
fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let up = from[common..].iter().map(|_| "..".into());
    let down = to[common..].iter().map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<std::borrow::Cow<'_, str>>>().join("/")
}

fn toml_text(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

fn write(file: &Path, text: &str) -> Result<(), Problem> {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, text));
    written.map_err(|error| Problem::caused(format!("could not write {}", file.display()), &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_mended() {
        for good in ["shop", "shop-2", "a"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for (bad, help) in [
            ("My Shop", "`flashinfra new my-shop`"),
            ("2shop", "`flashinfra new shop`"),
            ("shop_eu", "`flashinfra new shop-eu`"),
            ("../x", "`flashinfra new x`"),
            ("", "a name is made of"),
            ("test", "`test-stack`"),
        ] {
            let problem = check_name(bad).expect_err(bad);
            let parts = serde_json::to_string(&problem.parts()).expect("parts are JSON");
            assert!(parts.contains(help), "{bad}: {parts}");
        }
    }

    #[test]
    fn the_way_to_a_checkout_is_relative() {
        for (from, way) in [
            ("/src/flashinfra/shop", ".."),
            ("/src/flashinfra/a/b/shop", "../../.."),
            ("/src/stacks/shop", "../../flashinfra"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new("/src/flashinfra")), way);
        }
    }

    #[test]
    fn manifests_are_told_apart() {
        assert!(is_flashinfra("[package]\nname = \"flashinfra\"\n"));
        assert!(!is_flashinfra("[package]\nname = \"shop\"\n"));
        assert!(is_workspace("[workspace]\n"));
        assert!(!is_workspace("[package]\nname = \"shop\"\n"));
    }
}
