//! AWS whose Kubernetes clusters answer.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::kubernetes::Kubernetes;
use crate::moto::Moto;

/// A moto server of whose EKS each cluster is a Kubernetes API server: `src/eks.py` says what of it is genuine.
#[derive(Debug)]
pub struct Eks {
    moto: Moto,
    folder: PathBuf,
}

impl Eks {
    /// Starts one. A new cluster does not know so many of the first who ask it something, and has the definitions of this file (a list in
    /// JSON) from the start, as if somebody had installed operators. None where no program starts API servers (see
    /// [`Kubernetes::shared`]), which is said on standard error.
    ///
    /// # Panics
    /// When it does not start; the message says what to install.
    pub fn start(test: &str, strangers: usize, definitions: Option<&Path>) -> Option<Self> {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let start = Kubernetes::starter(test)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("flashinfra-clusters-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the clusters");
        let strangers = strangers.to_string();
        let script = concat!(include_str!("eks.py"), "\n", include_str!("moto.py"));
        let moto = Moto::of(script, |python| {
            python
                .env("FLASHINFRA_KUBE_TEST_SERVER", &start)
                .env("FLASHINFRA_CLUSTERS", &folder)
                .env("FLASHINFRA_STRANGERS", &strangers);
            if let Some(definitions) = definitions {
                python.env("FLASHINFRA_DEFINITIONS", definitions);
            }
        });
        Some(Self { moto, folder })
    }

    /// What keeps all but what is in clusters.
    pub fn moto(&self) -> &Moto {
        &self.moto
    }

    /// What leads past EKS to the cluster of this name, as its administrator. There is no such file while there is no such cluster.
    pub fn kubeconfig(&self, cluster: &str) -> PathBuf {
        self.folder.join(cluster).join("kubeconfig")
    }

    /// Those of all clusters that there are.
    pub fn kubeconfigs(&self) -> Vec<PathBuf> {
        let folders = std::fs::read_dir(&self.folder).into_iter().flatten().flatten();
        folders.map(|folder| folder.path().join("kubeconfig")).filter(|path| Path::is_file(path)).collect()
    }

    /// From now on, of the calls to clusters that change something, this one (counted from one) is never answered: it is stopped
    /// before the API server has it, or after.
    ///
    /// # Panics
    /// When that cannot be written down.
    pub fn stop_at(&self, call: u64, is_done: bool) {
        drop(std::fs::remove_file(self.folder.join("struck")));
        let when = if is_done { "after" } else { "before" };
        // At once: it is read meanwhile.
        let written = self.folder.join("strike.new");
        std::fs::write(&written, format!("{when} {call}")).expect("the folder of the clusters is there");
        std::fs::rename(written, self.folder.join("strike")).expect("the folder of the clusters is there");
    }

    /// Whether that call came.
    pub fn is_stopped(&self) -> bool {
        self.folder.join("struck").exists()
    }

    /// No call is stopped any more.
    pub fn stop_none(&self) {
        drop(std::fs::remove_file(self.folder.join("strike")));
    }
}
