//! What differs between the environments of FlashMM.

use flashinfra::{Cidr, Params, aws, cidr};

/// What can be set for an environment.
#[derive(Params)]
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
    /// The network.
    pub(crate) network: NetworkParams,
    /// The database.
    pub(crate) database: DatabaseParams,
    /// The cluster.
    pub(crate) kubernetes: KubernetesParams,
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
#[param(check = DatabaseParams::check)]
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
    /// Whether the data may go: no protection, and no final snapshot. For environments that are made and thrown away.
    #[param(default = false)]
    pub(crate) disposable: bool,
    /// The KMS key for disk and password; one of the stack's own when unset.
    pub(crate) kms_key_arn: Option<aws::KmsKeyArn>,
}

impl DatabaseParams {
    fn check(&self) -> Result<(), String> {
        if self.disposable && self.multi_az {
            return Err("is disposable and multi_az: data worth a standby is worth protecting".to_owned());
        }
        Ok(())
    }
}

/// The Kubernetes control plane.
#[derive(Params)]
pub(crate) struct KubernetesParams {
    /// The minor version. It rises one at a time.
    #[param(default = "1.34")]
    pub(crate) version: String,
    /// From where the API is reached over the internet; from nowhere when empty, only from inside the VPC.
    #[param(default = [])]
    pub(crate) public_cidrs: Vec<Cidr>,
    /// Whether EKS refuses to delete the cluster.
    #[param(default = true)]
    pub(crate) deletion_protection: bool,
    /// For how many days the logs of the control plane are kept.
    #[param(default = 30, min = 1)]
    pub(crate) log_days: i64,
    /// The KMS key that Kubernetes secrets are encrypted with, on top of the disk; one of the stack's own when unset.
    pub(crate) kms_key_arn: Option<aws::KmsKeyArn>,
}
