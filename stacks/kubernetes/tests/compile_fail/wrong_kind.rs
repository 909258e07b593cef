extern crate flashinfra_stacks as flashinfra;
extern crate flashinfra_stacks_kubernetes as kubernetes;

use kubernetes::{ConfigMapHandle, ServiceHandle, Variables, Volume, PersistentVolumeClaimHandle, WebService, kind, name};

struct EnvFrom {
    config_map: String,
}

/// A Service where a ConfigMap is wanted.
fn named(service: &ServiceHandle) -> EnvFrom {
    EnvFrom { config_map: name::<kind::ConfigMap>(service) }
}

/// A ServiceAccount where a Service is wanted.
fn subject(service: &ServiceHandle) {
    service.subject();
}

/// Variables of a disk.
fn variables(web: WebService, disk: &PersistentVolumeClaimHandle) {
    drop(web.env_of(disk));
}

/// A Service as a disk.
fn mounted(web: WebService, service: &ServiceHandle) {
    drop(web.mounted("/data", service));
}

/// A handle of one kind where a function takes another.
fn container(config: &ConfigMapHandle) -> String {
    config.volume("config").to_string() + &config.env_from().to_string()
}

fn given(service: &ServiceHandle) -> String {
    container(service)
}

fn main() {}
