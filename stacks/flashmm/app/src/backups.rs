//! Backups of PostgreSQL and InfluxDB into the bucket of the stack `flashmm`, and a look at the last one every week: what cannot be
//! read again is no backup.

use flashinfra::Stack;
use flashinfra::kubernetes::{self, ObjectHandle, ServiceAccountHandle};
use serde_json::{Value as Json, json};

use crate::Params;
use crate::data::Hosts;
use crate::names::{Names, container_security, labels, metadata, object, pod_security};
use crate::secrets::Secrets;

const POSTGRES: &str = "postgres:15.14-alpine";
const INFLUXDB: &str = "influxdb:2.7.12-alpine";
const AWS: &str = "amazon/aws-cli:2.31.0";

/// How long a job may take, in seconds.
const DEADLINE_SECONDS: u32 = 4 * 3600;

/// Declares the jobs and as whom they run: the role of the association in the stack `flashmm`, which may write to the bucket.
pub(crate) fn backups(stack: &mut Stack, params: &Params, names: &Names, hosts: &Hosts, secrets: &Secrets) {
    let (Some(system), Some(secret)) = (&names.system, &secrets.backup) else { return };
    let Some(bucket) = &params.backups.bucket else {
        return stack.problem("`backups.bucket` is not set: name the bucket, or set `backups.enabled` to false");
    };
    let account =
        object("v1", "ServiceAccount", metadata(system, "backup"), json!({ "automountServiceAccountToken": false }));
    let account = stack.add("backup", kubernetes::service_account(account));
    let jobs = Jobs { params, system, account, secret, bucket, environment: &names.environment };
    jobs.add(stack, "database", &params.backups.schedule, &dump_database(params, hosts), &jobs.upload("postgres"));
    jobs.add(stack, "metrics", &params.backups.schedule, &dump_metrics(hosts), &jobs.upload("influxdb"));
    jobs.add(stack, "verify", &params.backups.verified, &jobs.download("postgres"), &read_again());
}

/// A step of a job: an image, a script, and the keys that it is given.
struct Step {
    image: &'static str,
    script: String,
    keys: &'static [(&'static str, &'static str)],
}

fn dump_database(params: &Params, hosts: &Hosts) -> Step {
    let ssl = if hosts.is_inside("postgres") { "prefer" } else { "require" };
    let script = format!(
        "PGSSLMODE={ssl} pg_dump --host={} --username=flashmm --format=custom --file=/backup/dump {}",
        hosts.database, params.database.name
    );
    Step { image: POSTGRES, script, keys: &[("PGPASSWORD", "POSTGRES_PASSWORD")] }
}

fn dump_metrics(hosts: &Hosts) -> Step {
    let script = format!("influx backup /backup/dump --host=http://{}:8086", hosts.metrics);
    Step { image: INFLUXDB, script, keys: &[("INFLUX_TOKEN", "INFLUXDB_TOKEN")] }
}

fn read_again() -> Step {
    Step { image: POSTGRES, script: "pg_restore --list /backup/dump | grep -q 'TABLE DATA'".to_owned(), keys: &[] }
}

struct Jobs<'a> {
    params: &'a Params,
    system: &'a ObjectHandle,
    account: ServiceAccountHandle,
    secret: &'a str,
    bucket: &'a str,
    environment: &'a str,
}

impl Jobs<'_> {
    /// Under the time at which it was made, which is how a backup is named when it is restored.
    fn upload(&self, what: &str) -> Step {
        let script = format!(
            "at=$(date -u +%Y%m%d_%H%M%S)\n\
             recursive=\n\
             if [ -d /backup/dump ]; then recursive=--recursive; fi\n\
             aws s3 cp /backup/dump s3://{}/{}/{what}/$at $recursive --no-progress",
            self.bucket, self.environment
        );
        Step { image: AWS, script, keys: &[] }
    }

    fn download(&self, what: &str) -> Step {
        let Self { bucket, environment, .. } = self;
        let script = format!(
            "last=$(aws s3api list-objects-v2 --bucket {bucket} --prefix {environment}/{what}/ \
             --query 'sort_by(Contents, &LastModified)[-1].Key' --output text)\n\
             aws s3 cp s3://{bucket}/$last /backup/dump --no-progress"
        );
        Step { image: AWS, script, keys: &[] }
    }

    /// A job of two steps, one after the other, with a folder between them.
    fn add(&self, stack: &mut Stack, name: &str, schedule: &str, first: &Step, then: &Step) {
        let account = self.account.name_token();
        let pod = json!({
            "restartPolicy": "Never", "serviceAccountName": account, "automountServiceAccountToken": false,
            "securityContext": pod_security(10_001),
            "initContainers": [self.container("first", first)],
            "containers": [self.container("then", then)],
            "volumes": [
                { "name": "backup", "emptyDir": { "sizeLimit": "50Gi" } },
                { "name": "tmp", "emptyDir": { "sizeLimit": "1Gi" } },
            ],
        });
        let job = json!({
            "backoffLimit": 2, "activeDeadlineSeconds": DEADLINE_SECONDS, "ttlSecondsAfterFinished": 3 * 24 * 3600,
            "template": { "metadata": { "labels": labels("backup") }, "spec": pod },
        });
        let spec = json!({
            "schedule": schedule, "timeZone": "Etc/UTC", "concurrencyPolicy": "Forbid", "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 3, "failedJobsHistoryLimit": 1, "jobTemplate": { "spec": job },
        });
        let metadata = metadata(self.system, &format!("backup-{name}"));
        stack.add(name, kubernetes::object(object("batch/v1", "CronJob", metadata, json!({ "spec": spec }))));
    }

    fn container(&self, name: &str, step: &Step) -> Json {
        let mut env = vec![json!({ "name": "AWS_DEFAULT_REGION", "value": self.params.backups.region })];
        env.push(json!({ "name": "HOME", "value": "/tmp" }));
        env.extend(step.keys.iter().map(|(variable, key)| {
            json!({ "name": variable, "valueFrom": { "secretKeyRef": { "name": self.secret, "key": key } } })
        }));
        json!({
            "name": name, "image": step.image, "command": ["sh", "-euc", step.script], "env": env,
            "securityContext": container_security(),
            "resources": {
                "requests": { "cpu": "250m", "memory": "256Mi" },
                "limits": { "cpu": "500m", "memory": "512Mi" },
            },
            "volumeMounts": [{ "name": "backup", "mountPath": "/backup" }, { "name": "tmp", "mountPath": "/tmp" }],
        })
    }
}
