//! What the workloads are given in Secrets Manager. No value passes through a plan or the ledger.

use flashinfra::{Lifecycle, Secret, Stack, aws};

/// For how many days a deleted secret can be restored.
const RECOVERY_WINDOW_DAYS: i64 = 7;

/// Where the secrets of this environment are.
pub(crate) struct Secrets {
    prefix: String,
    disposable: bool,
    /// Those that are kept by now.
    pub(crate) kept: Vec<aws::SecretsmanagerSecretHandle>,
}

impl Secrets {
    pub(crate) fn of(environment: &str, disposable: bool) -> Self {
        Self { prefix: format!("flashmm/{environment}"), disposable, kept: Vec::new() }
    }

    /// Keeps a secret for the workloads.
    pub(crate) fn keep(&mut self, stack: &mut Stack, name: &str, description: &str, value: &Secret<String>) {
        let secret = aws::SecretsmanagerSecret::builder()
            .name(format!("{}/{name}", self.prefix))
            .description(description)
            .secret_string(value)
            .lifecycle(Lifecycle::new().protect(!self.disposable));
        // The name of an environment that comes again has to be free at once.
        let secret = match self.disposable {
            true => secret.force_delete_without_recovery(true),
            false => secret.recovery_window_in_days(RECOVERY_WINDOW_DAYS),
        };
        self.kept.push(stack.add(name, secret));
    }

    /// What all of their ARNs begin with, for policies: Secrets Manager ends each with six characters of its own.
    pub(crate) fn arns(&self, region: &str) -> String {
        format!("arn:aws:secretsmanager:{region}:*:secret:{}/*", self.prefix)
    }
}
