//! What a build and a stack program may know of this process's environment.

use std::ffi::OsString;
use std::process::Command;

/// What a build needs to find its tools, its caches and the network. Cargo keeps registry tokens in `CARGO_HOME`, so that the
/// ones in variables are not needed either.
const BUILD: [&str; 38] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TERM",
    "TMPDIR",
    "TMP",
    "TEMP",
    "CARGO",
    "CARGO_HOME",
    "CARGO_INCREMENTAL",
    "CARGO_TARGET_DIR",
    "CARGO_ENCODED_RUSTFLAGS",
    "RUSTFLAGS",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CC",
    "CXX",
    "AR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "SystemRoot",
    "SystemDrive",
    "ComSpec",
    "PATHEXT",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramFiles",
    "ProgramFiles(x86)",
];

/// Families of settings of cargo and rustup.
const BUILD_PREFIXES: [&str; 9] = [
    "RUSTUP_",
    "CARGO_BUILD_",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_PROFILE_",
    "CARGO_REGISTRIES_",
    "CARGO_RESOLVER_",
    "CARGO_TARGET_",
    "CARGO_TERM_",
];

/// What marks a variable as a credential, whatever family it belongs to.
const CREDENTIALS: [&str; 4] = ["TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"];

/// What a stack program gets beside the protocol: where temporary files go, and what Windows needs to start any program.
const PROGRAM: [&str; 4] = ["TMPDIR", "TMP", "TEMP", "SystemRoot"];

/// Leaves a build only what it needs.
pub(super) fn clear_for_build(command: &mut Command) {
    command.env_clear().envs(std::env::vars_os().filter(|(name, value)| is_for_build(name, value)));
}

/// Leaves a stack program next to nothing.
pub(super) fn clear_for_program(command: &mut Command) {
    let is_listed = |name: &OsString| PROGRAM.iter().any(|listed| name.eq_ignore_ascii_case(listed));
    command.env_clear().envs(std::env::vars_os().filter(|(name, _)| is_listed(name)));
}

fn is_for_build(name: &OsString, value: &OsString) -> bool {
    let Some(name) = name.to_str().map(str::to_ascii_uppercase) else { return false };
    let is_listed = BUILD.iter().any(|listed| name.eq_ignore_ascii_case(listed))
        || BUILD_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let is_credential = CREDENTIALS.iter().any(|mark| name.contains(mark));
    // The address of a proxy may hold a password.
    let has_user = name.ends_with("PROXY") && value.to_string_lossy().contains('@');
    is_listed && !is_credential && !has_user
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_do_not_reach_a_build() {
        for (name, value, passes) in [
            ("PATH", "/bin", true),
            ("Path", "C:\\bin", true),
            ("CARGO_NET_OFFLINE", "true", true),
            ("CARGO_REGISTRIES_OURS_INDEX", "sparse+https://x", true),
            ("RUSTUP_TOOLCHAIN", "stable", true),
            ("https_proxy", "http://proxy:3128", true),
            ("https_proxy", "http://me:hunter2@proxy:3128", false),
            ("CARGO_REGISTRY_TOKEN", "hunter2", false),
            ("CARGO_REGISTRIES_OURS_TOKEN", "hunter2", false),
            ("CARGO_PKG_NAME", "x", false),
            ("AWS_SECRET_ACCESS_KEY", "hunter2", false),
            ("AWS_PROFILE", "production", false),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/key.json", false),
            ("KUBECONFIG", "/kube", false),
            ("SSH_AUTH_SOCK", "/agent", false),
        ] {
            assert_eq!(is_for_build(&OsString::from(name), &OsString::from(value)), passes, "{name}={value}");
        }
    }
}
