//! Where in the user's Rust something was declared, in a form that is the same on every machine.

use std::panic::Location;

/// `file:line:column` of a place in the source; the file is relative to its workspace.
///
/// Cargo gives the compiler a relative path for members of the workspace and an absolute one for crates outside it; of
/// those only `crate/src/file` is kept, so that no path of a machine reaches the compiled stack.
pub(crate) fn describe(location: &Location<'_>) -> String {
    format!("{}:{}:{}", relative(location.file()), location.line(), location.column())
}

/// The file of a [`Location`], without what is particular to a machine.
pub(crate) fn relative(file: &str) -> String {
    let file = file.replace('\\', "/");
    let is_absolute = file.starts_with('/') || file.as_bytes().get(1) == Some(&b':');
    if !is_absolute && !file.starts_with("../") {
        return file.strip_prefix("./").map_or_else(|| file.clone(), str::to_owned);
    }
    let from_the_crate = file.rfind("/src/").map(|src| file[..src].rfind('/').map_or(0, |slash| slash + 1));
    if let Some(start) = from_the_crate {
        return file[start..].to_owned();
    }
    let segments: Vec<&str> = file.split('/').filter(|segment| *segment != "..").collect();
    segments[segments.len().saturating_sub(3)..].join("/")
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn files_are_relative_to_their_workspace_or_crate() {
        for (file, expected) in [
            ("stacks/shop/src/main.rs", "stacks/shop/src/main.rs"),
            ("./src/main.rs", "src/main.rs"),
            ("src\\net\\vpc.rs", "src/net/vpc.rs"),
            ("/home/a/team/network/src/lib.rs", "network/src/lib.rs"),
            ("/home/ann/.cargo/registry/src/index-1f/shop-1.0.0/src/net/a.rs", "shop-1.0.0/src/net/a.rs"),
            ("C:\\Users\\a\\shop\\src\\main.rs", "shop/src/main.rs"),
            ("../shared/network/src/lib.rs", "network/src/lib.rs"),
            ("/home/a/shop/tests/it.rs", "shop/tests/it.rs"),
        ] {
            assert_eq!(relative(file), expected, "{file}");
        }
    }
}
