//! A namespace of its own, and a proxy on the way to the server at which the command is disturbed. Between the proxy, which speaks plain HTTP,
//! and the server stands `kubectl proxy`.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use flashinfra_test_proxy::{Gate, Options, Proxy};
use serde_json::json;

use crate::cluster::Desk;
use crate::strike::{Strike, Way};

/// What the calls are chosen from that are disturbed.
pub(super) const SEED: u64 = 3;
/// How long the proxy may take to finish what is under way.
const IDLE: Duration = Duration::from_secs(60);
/// How often it is looked whether the process has ended.
const LOOK: Duration = Duration::from_millis(20);

/// A namespace of its own, and the proxy on the way to the server.
pub(in crate::kubernetes) struct Lane {
    pub(in crate::kubernetes) desk: Desk,
    pub(in crate::kubernetes) proxy: Proxy,
    bridge: Child,
}

impl Drop for Lane {
    fn drop(&mut self) {
        let _ = self.bridge.kill();
        let _ = self.bridge.wait();
    }
}

impl Lane {
    /// None where something of it is missing, which is said. `kubectl` is among the programs of others.
    pub(in crate::kubernetes) fn new(namespace: &str, others: &[&str]) -> Option<Self> {
        let desk = Desk::new(namespace, &[&["kubectl"], others].concat())?;
        let mut bridge = desk
            .program("kubectl")
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(bridge.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().to_owned();
        let proxy = Proxy::start(&format!("http://{address}"), Options { seed: SEED, ..Options::default() }).unwrap();
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "proxy",
            "clusters": [{"name": "proxy", "cluster": {"server": proxy.url()}}],
            "contexts": [{"name": "proxy", "context": {"cluster": "proxy", "user": "nobody"}}],
            "users": [{"name": "nobody", "user": {}}],
        });
        desk.shell.write("kubeconfig", &kubeconfig.to_string());
        Some(Self { desk, proxy, bridge })
    }

    /// The kubeconfig that leads through the proxy.
    pub(in crate::kubernetes) fn kubeconfig(&self) -> PathBuf {
        self.desk.shell.file("kubeconfig")
    }

    /// Runs the command, and kills the process at the call that comes to this gate; whether one did.
    pub(super) fn run_and_kill(&self, arguments: &[&str], gate: &Gate, strike: &Strike) -> bool {
        let mut process = self.desk.shell.start(arguments);
        let is_struck = loop {
            if gate.wait(LOOK).is_some() {
                break true;
            }
            if process.try_wait().unwrap().is_some() {
                break false;
            }
        };
        let _ = process.kill();
        process.wait().unwrap();
        assert!(self.proxy.wait_idle(IDLE), "what came before has its replies");
        match strike.arrives_late() {
            true => gate.release(),
            false => gate.discard(),
        }
        assert!(self.proxy.wait_idle(IDLE), "what was under way has arrived");
        is_struck
    }
}

/// What is done at a place.
pub(super) fn strike(area: &'static str, place: u64, ways: [Way; 2]) -> Strike {
    Strike { subject: area, call: place / 2, way: ways[usize::from(place % 2 == 1)], seed: SEED }
}
