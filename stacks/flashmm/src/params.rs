//! What differs between the environments of FlashMM.

use std::collections::BTreeMap;

use flashinfra::{Cidr, Params, Secret, aws, cidr};

/// What can be set for an environment.
#[derive(Params)]
#[param(check = Flashmm::check)]
pub(crate) struct Flashmm {
    /// The AWS region.
    #[param(default = "us-east-1")]
    pub(crate) region: String,
    /// The AWS account, 12 digits. When set, any other account is refused before anything is read.
    pub(crate) account: Option<String>,
    /// The team that answers for it: the tag Owner.
    #[param(default = "platform")]
    pub(crate) owner: String,
    /// Who pays for it: the tag CostCenter.
    #[param(default = "trading")]
    pub(crate) cost_center: String,
    /// Whether all of it, the data too, is made and thrown away: nothing is protected, and nothing leaves a last snapshot.
    #[param(default = false)]
    pub(crate) disposable: bool,
    /// The network.
    pub(crate) network: NetworkParams,
    /// The database.
    pub(crate) database: DatabaseParams,
    /// The cache.
    pub(crate) cache: CacheParams,
    /// The cluster.
    pub(crate) kubernetes: KubernetesParams,
    /// The machines of the cluster.
    pub(crate) nodes: NodesParams,
    /// The backups.
    pub(crate) backups: BackupsParams,
    /// FlashMM itself, in the cluster; when unset, nothing of it is. The addresses of its data, its bucket, its region and its network are
    /// those of this stack, whatever stands here.
    pub(crate) application: Option<flashmm_app::Params>,
    /// What the workloads are given in Secrets Manager, by name, and where each value is kept until a plan is applied. Raise the
    /// version of a source to send a new value.
    #[param(default = [
        ("alerting", Secret::env("FLASHMM_ALERTING")),
        ("application", Secret::env("FLASHMM_APPLICATION")),
        ("database", Secret::env("FLASHMM_DATABASE")),
        ("exchange", Secret::env("FLASHMM_EXCHANGE")),
        ("grafana", Secret::env("FLASHMM_GRAFANA")),
    ])]
    pub(crate) secrets: BTreeMap<String, Secret<String>>,
}

impl Flashmm {
    fn check(&self) -> Result<(), String> {
        if self.disposable && self.database.multi_az {
            return Err("is disposable, and its database multi_az: data worth a standby is worth protecting".to_owned());
        }
        if self.backups.copied_to.contains(&self.region) {
            return Err(format!("copies its backups to {}, which is where they are", self.region));
        }
        Ok(())
    }
}

/// The network: a public and a private subnet in each zone.
#[derive(Params)]
#[param(check = NetworkParams::check)]
pub(crate) struct NetworkParams {
    /// The range of the VPC.
    #[param(default = cidr!("10.0.0.0/16"))]
    pub(crate) cidr: Cidr,
    /// The availability zones, two at least: EKS and the database ask for it.
    #[param(default = ["us-east-1a", "us-east-1b", "us-east-1c"].map(aws::AvailabilityZone::new))]
    pub(crate) zones: Vec<aws::AvailabilityZone>,
    /// The ranges of the public subnets, one for each zone.
    #[param(default = [cidr!("10.0.1.0/24"), cidr!("10.0.2.0/24"), cidr!("10.0.3.0/24")])]
    pub(crate) public_cidrs: Vec<Cidr>,
    /// The ranges of the private subnets, one for each zone.
    #[param(default = [cidr!("10.0.10.0/24"), cidr!("10.0.11.0/24"), cidr!("10.0.12.0/24")])]
    pub(crate) private_cidrs: Vec<Cidr>,
}

impl NetworkParams {
    fn check(&self) -> Result<(), String> {
        let zones = self.zones.len();
        if zones < 2 {
            return Err(format!("needs two zones at least, and has {zones}"));
        }
        for (name, cidrs) in [("public_cidrs", &self.public_cidrs), ("private_cidrs", &self.private_cidrs)] {
            if cidrs.len() != zones {
                return Err(format!("has {zones} zones but {} ranges in {name}: one for each zone", cidrs.len()));
            }
        }
        Ok(())
    }
}

/// The PostgreSQL database.
#[derive(Params)]
pub(crate) struct DatabaseParams {
    /// The instance class.
    #[param(default = "db.r5.large")]
    pub(crate) class: String,
    /// The major version of PostgreSQL, or a more precise one.
    #[param(default = "15")]
    pub(crate) version: String,
    /// The disk at the start, in gibibytes; it grows by itself to double.
    #[param(default = 100, min = 20)]
    pub(crate) storage_gib: i64,
    /// Whether a standby in another zone takes over.
    #[param(default = true)]
    pub(crate) multi_az: bool,
    /// For how many days backups are kept.
    #[param(default = 7, min = 1, max = 35)]
    pub(crate) backup_days: i64,
    /// When backups are made, UTC.
    #[param(default = "03:00-04:00")]
    pub(crate) backup_window: String,
    /// When maintenance may interrupt, UTC; it may not overlap with the backups.
    #[param(default = "sun:04:00-sun:05:00")]
    pub(crate) maintenance_window: String,
    /// The KMS key for disk and password; one of the stack's own when unset.
    pub(crate) kms_key_arn: Option<aws::KmsKeyArn>,
}

/// The Redis cache.
#[derive(Params)]
pub(crate) struct CacheParams {
    /// The type of its nodes.
    #[param(default = "cache.r6g.large")]
    pub(crate) node_type: String,
    /// How many nodes there are. With more than one, they stand in several zones and a replica takes over.
    #[param(default = 2, min = 1, max = 6)]
    pub(crate) nodes: i64,
    /// The version of Redis.
    #[param(default = "7.1")]
    pub(crate) version: String,
    /// For how many days a snapshot is kept, one of each day; none are made with 0.
    #[param(default = 5, min = 0, max = 35)]
    pub(crate) snapshot_days: i64,
    /// When snapshots are made, UTC.
    #[param(default = "03:00-05:00")]
    pub(crate) snapshot_window: String,
    /// When maintenance may interrupt, UTC; it may not overlap with the snapshots.
    #[param(default = "sun:05:00-sun:06:00")]
    pub(crate) maintenance_window: String,
    /// Where its password is kept, 16 to 128 characters, until a plan is applied: clients find it in Secrets Manager afterwards.
    #[param(default = Secret::env("FLASHMM_CACHE_TOKEN"))]
    pub(crate) auth_token: Secret<String>,
}

/// The Kubernetes control plane, and who is let in.
#[derive(Params)]
pub(crate) struct KubernetesParams {
    /// The minor version. It rises one at a time, nodes after it.
    #[param(default = "1.34")]
    pub(crate) version: String,
    /// Versions of add-ons, by name; EKS's default for the cluster's version, at the time when one is made, where unset.
    #[param(default = [])]
    pub(crate) addon_versions: BTreeMap<String, String>,
    /// From where the API is reached over the internet; from nowhere when empty, only from inside the VPC.
    #[param(default = [])]
    pub(crate) public_cidrs: Vec<Cidr>,
    /// The roles that may do everything in the cluster. Who makes it is no administrator by that.
    #[param(min = 1)]
    pub(crate) administrators: Vec<aws::RoleArn>,
    /// The roles that may change what is in FlashMM's namespaces.
    #[param(default = [])]
    pub(crate) deployers: Vec<aws::RoleArn>,
    /// Whether EKS refuses to delete the cluster.
    #[param(default = true)]
    pub(crate) deletion_protection: bool,
    /// For how many days the logs of the control plane are kept.
    #[param(default = 30, min = 1)]
    pub(crate) log_days: i64,
    /// The KMS key that Kubernetes secrets are encrypted with, on top of the disk; one of the stack's own when unset.
    pub(crate) kms_key_arn: Option<aws::KmsKeyArn>,
}

/// The machines of the cluster.
#[derive(Params)]
#[param(check = NodesParams::check)]
pub(crate) struct NodesParams {
    /// Their types, of which EKS takes what there is.
    #[param(default = ["t3.large", "t3.xlarge"], min = 1)]
    pub(crate) instance_types: Vec<String>,
    /// The release of their image, Amazon Linux 2023 on x86: `1.34.2-20260103`. The one that AWS recommends when unset, so that a plan
    /// shows a newer one.
    pub(crate) release_version: Option<String>,
    /// How many there are at first. Later the autoscaler says, between `min` and `max`.
    #[param(default = 3)]
    pub(crate) desired: i64,
    /// At least so many.
    #[param(default = 1, min = 1)]
    pub(crate) min: i64,
    /// At most so many.
    #[param(default = 10)]
    pub(crate) max: i64,
    /// Whether they are spare capacity, cheap and taken away at any time.
    #[param(default = false)]
    pub(crate) spot: bool,
    /// The disk of each, in gibibytes.
    #[param(default = 50, min = 20)]
    pub(crate) disk_gib: i64,
}

impl NodesParams {
    fn check(&self) -> Result<(), String> {
        let Self { min, desired, max, .. } = self;
        if min <= desired && desired <= max {
            return Ok(());
        }
        Err(format!("has {desired} nodes at first, which is not between {min} and {max}"))
    }
}

/// The bucket that backups are written to, and its copies.
#[derive(Params)]
pub(crate) struct BackupsParams {
    /// What the names of the buckets begin with, which no other account may have taken; `flashmm-` and the environment when unset.
    pub(crate) bucket_prefix: Option<String>,
    /// For how many days a backup is kept.
    #[param(default = 30, min = 1, max = 365)]
    pub(crate) retention_days: i64,
    /// The other regions that each backup is copied to.
    #[param(default = ["us-west-2", "eu-west-1"])]
    pub(crate) copied_to: Vec<String>,
}
