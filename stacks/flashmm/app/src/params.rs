//! What differs between the environments of FlashMM's application.

use std::collections::BTreeMap;

use flashinfra::{Cidr, cidr};

/// What can be set for an environment.
#[derive(Clone, flashinfra::Params)]
pub struct Params {
    /// The context of the kubeconfig that leads to the cluster. Naming it keeps a plan from following whoever switches contexts.
    pub context: Option<String>,
    /// The kubeconfig; what `KUBECONFIG` names or `~/.kube/config` when unset.
    pub kubeconfig: Option<String>,
    /// The UID of the cluster's namespace `kube-system`. When set, any other cluster is refused before anything is read.
    pub cluster: Option<String>,
    /// The namespace; those for monitoring and for the system begin with its name.
    #[param(default = "flashmm")]
    pub namespace: String,
    /// The domain: FlashMM answers as `api` below it.
    pub domain: String,
    /// The program.
    pub program: ProgramParams,
    /// How many pods there are.
    pub scaling: ScalingParams,
    /// What it trades.
    pub trading: TradingParams,
    /// What it talks to outside of the cluster.
    pub outside: OutsideParams,
    /// PostgreSQL.
    pub database: DatabaseParams,
    /// Redis.
    pub cache: CacheParams,
    /// InfluxDB.
    pub metrics: MetricsParams,
    /// Disks.
    pub storage: StorageParams,
    /// Where secrets come from.
    pub secrets: SecretsParams,
    /// How it is reached from outside.
    pub ingress: IngressParams,
    /// Who may talk to whom.
    pub network: NetworkParams,
    /// What all pods of the namespace may take together, by resource: `requests.cpu`. No limit when empty.
    #[param(default = [])]
    pub quota: BTreeMap<String, String>,
    /// The backups.
    pub backups: BackupsParams,
    /// Rules, alerts and the dashboard.
    pub monitoring: MonitoringParams,
}

impl Params {
    /// The host name of the API.
    pub(crate) fn host(&self) -> String {
        format!("api.{}", self.domain)
    }
}

/// The program and what its pods get.
#[derive(Clone, flashinfra::Params)]
#[param(check = ProgramParams::check)]
pub struct ProgramParams {
    /// Its image, with a tag that never moves or a digest.
    pub image: String,
    /// The Secret with the login for the registry, which somebody else keeps there; none for images that all may pull.
    #[param(default = "registry-secret")]
    pub pull_secret: Option<String>,
    /// How much it logs.
    #[param(default = "INFO")]
    pub log_level: String,
    /// Whether it runs with its debugging on.
    #[param(default = false)]
    pub debug: bool,
    /// The CPU that a pod requests.
    #[param(default = "500m")]
    pub cpu: String,
    /// The memory that a pod requests.
    #[param(default = "1Gi")]
    pub memory: String,
    /// The CPU that it gets at most.
    #[param(default = "2")]
    pub cpu_limit: String,
    /// The memory that it gets at most.
    #[param(default = "4Gi")]
    pub memory_limit: String,
}

impl ProgramParams {
    fn check(&self) -> Result<(), String> {
        let name = self.image.rsplit('/').next().unwrap_or_default();
        match name.split_once([':', '@']) {
            None => Err(format!("runs {}, which names no tag: what runs could change by itself", self.image)),
            Some((_, "latest")) => {
                Err(format!("runs {}: `latest` is another image tomorrow; name a version or a digest", self.image))
            }
            Some(_) => Ok(()),
        }
    }
}

/// How many pods there are.
#[derive(Clone, flashinfra::Params)]
#[param(check = ScalingParams::check)]
pub struct ScalingParams {
    /// At least so many.
    #[param(default = 3, min = 1)]
    pub min: u32,
    /// At most so many. As many as at least: no autoscaler.
    #[param(default = 10, min = 1)]
    pub max: u32,
    /// The share of the requested CPU that the autoscaler holds, in percent.
    #[param(default = 70, min = 1, max = 100)]
    pub cpu_percent: u32,
    /// The share of the requested memory that the autoscaler holds, in percent.
    #[param(default = 80, min = 1, max = 100)]
    pub memory_percent: u32,
    /// Metrics of the pods that it holds, too, each as the average that it is to have: `trading_requests_per_second`.
    #[param(default = [])]
    pub metrics: BTreeMap<String, String>,
}

impl ScalingParams {
    fn check(&self) -> Result<(), String> {
        if self.min <= self.max {
            Ok(())
        } else {
            Err(format!("has at least {} pods and at most {}", self.min, self.max))
        }
    }
}

/// What it trades, and how sure it has to be.
#[derive(Clone, flashinfra::Params)]
pub struct TradingParams {
    /// Whether it trades at all.
    #[param(default = true)]
    pub enabled: bool,
    /// The largest position, in USDC.
    #[param(default = 10_000)]
    pub max_position_usdc: u32,
    /// How often it quotes in a second.
    #[param(default = 10, min = 1)]
    pub quotes_per_second: u32,
    /// On how many levels it quotes.
    #[param(default = 5, min = 1)]
    pub quote_levels: u32,
    /// What it adds to the spread, in hundredths of a percent.
    #[param(default = 3)]
    pub spread_buffer_bps: u32,
    /// From which confidence on a prediction counts, in percent.
    #[param(default = 70, min = 0, max = 100)]
    pub confidence_percent: u32,
    /// How long a prediction may take, in milliseconds.
    #[param(default = 5, min = 1)]
    pub inference_timeout_ms: u32,
}

/// What it talks to outside of the cluster.
#[derive(Clone, flashinfra::Params)]
pub struct OutsideParams {
    /// The network of Sei.
    #[param(default = SeiNetwork::Testnet)]
    pub sei_network: SeiNetwork,
    /// Cambrian.
    pub cambrian_url: String,
    /// Azure OpenAI.
    pub openai_endpoint: String,
}

/// A network of Sei.
#[derive(Clone, Copy, Debug, flashinfra::Params)]
pub enum SeiNetwork {
    /// Where nothing is worth anything.
    Testnet,
    /// Where it is.
    Mainnet,
}

impl SeiNetwork {
    /// Its name, the id of its chain, and the host of its API.
    pub(crate) fn facts(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Testnet => ("testnet", "atlantic-2", "sei-testnet-rpc.polkachu.com"),
            Self::Mainnet => ("mainnet", "pacific-1", "sei-rpc.polkachu.com"),
        }
    }
}

/// PostgreSQL.
#[derive(Clone, flashinfra::Params)]
pub struct DatabaseParams {
    /// Where it is, when it is not in the cluster: `database_address` of the stack `flashmm`.
    pub host: Option<String>,
    /// The database.
    #[param(default = "flashmm")]
    pub name: String,
    /// Its disk, when it is in the cluster.
    #[param(default = "10Gi")]
    pub storage: String,
}

/// Redis.
#[derive(Clone, flashinfra::Params)]
pub struct CacheParams {
    /// Where it is, when it is not in the cluster: `cache_address` of the stack `flashmm`.
    pub host: Option<String>,
}

/// InfluxDB, which is in the cluster in every environment: it has no service at AWS, and its free edition has no second node.
#[derive(Clone, flashinfra::Params)]
pub struct MetricsParams {
    /// The organisation that it is set up with.
    pub organization: String,
    /// How long it keeps what it is told.
    #[param(default = "30d")]
    pub retention: String,
    /// Its disk.
    #[param(default = "100Gi")]
    pub storage: String,
    /// The CPU that it requests and gets at most.
    #[param(default = ["250m", "2"], min = 2, max = 2)]
    pub cpu: Vec<String>,
    /// The memory that it requests and gets at most.
    #[param(default = ["1Gi", "4Gi"], min = 2, max = 2)]
    pub memory: Vec<String>,
}

/// Disks.
#[derive(Clone, flashinfra::Params)]
pub struct StorageParams {
    /// The class that disks are of; the cluster's default when unset.
    pub class: Option<String>,
    /// Who makes its disks: `ebs.csi.aws.com`. The class is there already when unset.
    pub provisioner: Option<String>,
    /// The disk of each pod of FlashMM, for data and models; it goes with the pod.
    #[param(default = "70Gi")]
    pub scratch: String,
}

/// Where secrets come from.
#[derive(Clone, flashinfra::Params)]
pub struct SecretsParams {
    /// Who keeps them.
    #[param(default = SecretsSource::SecretsManager)]
    pub source: SecretsSource,
    /// Secrets Manager: its region.
    #[param(default = "us-east-1")]
    pub region: String,
    /// Vault: its URL.
    #[param(default = "https://vault.flashmm.com")]
    pub vault: String,
    /// What the names of secrets there begin with; `flashmm/` and the environment when unset, as the stack `flashmm` has it.
    pub prefix: Option<String>,
    /// How often they are looked at.
    #[param(default = "1h")]
    pub refresh: String,
}

/// Who keeps secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, flashinfra::Params)]
pub enum SecretsSource {
    /// AWS Secrets Manager, by External Secrets.
    SecretsManager,
    /// HashiCorp Vault, by External Secrets.
    Vault,
    /// The environment of who applies: for development.
    Environment,
}

/// How it is reached from outside.
#[derive(Clone, flashinfra::Params)]
pub struct IngressParams {
    /// Whether it is.
    #[param(default = true)]
    pub enabled: bool,
    /// By the Ingresses of this class.
    #[param(default = "nginx")]
    pub class: String,
    /// Who signs its certificate; it has none when unset.
    pub issuer: Option<Issuer>,
    /// Who is told when a certificate is about to end.
    #[param(default = "ops@flashmm.com")]
    pub email: String,
    /// Whose pages may call it from a browser.
    #[param(default = [])]
    pub cors_origins: Vec<String>,
    /// From where `/metrics` can be read; from nowhere when empty.
    #[param(default = [])]
    pub metrics_from: Vec<Cidr>,
}

/// Let's Encrypt.
#[derive(Clone, Copy, Debug, flashinfra::Params)]
pub enum Issuer {
    /// Its certificates are trusted.
    LetsencryptProd,
    /// Its certificates are for trying.
    LetsencryptStaging,
}

impl Issuer {
    /// Its name, and where it answers.
    pub(crate) fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::LetsencryptProd => ("letsencrypt-prod", "https://acme-v02.api.letsencrypt.org/directory"),
            Self::LetsencryptStaging => {
                ("letsencrypt-staging", "https://acme-staging-v02.api.letsencrypt.org/directory")
            }
        }
    }
}

/// Who may talk to whom.
#[derive(Clone, flashinfra::Params)]
pub struct NetworkParams {
    /// Whether that is said at all.
    #[param(default = true)]
    pub policies: bool,
    /// The range that database and cache are in, when they are not in the cluster.
    #[param(default = cidr!("10.0.0.0/16"))]
    pub vpc: Cidr,
    /// The namespace of the ingress controller.
    #[param(default = "ingress-nginx")]
    pub ingress_namespace: String,
}

/// The backups.
#[derive(Clone, flashinfra::Params)]
pub struct BackupsParams {
    /// Whether there are any.
    #[param(default = true)]
    pub enabled: bool,
    /// When they are made, as cron has it, in UTC.
    #[param(default = "0 1 * * *")]
    pub schedule: String,
    /// When the last one is read again, to see that it can be.
    #[param(default = "0 4 * * 0")]
    pub verified: String,
    /// The bucket that they go to: `backup_bucket` of the stack `flashmm`, which says how long they stay. It is needed where there are
    /// any.
    pub bucket: Option<String>,
    /// Its region.
    #[param(default = "us-east-1")]
    pub region: String,
}

/// Rules, alerts and the dashboard.
#[derive(Clone, flashinfra::Params)]
pub struct MonitoringParams {
    /// Whether there are any: the kinds of the Prometheus operator have to be there.
    #[param(default = true)]
    pub enabled: bool,
    /// Whether alerts are sent to people. Where they are not, they are seen in Prometheus.
    #[param(default = true)]
    pub notified: bool,
}
