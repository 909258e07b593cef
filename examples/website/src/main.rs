//! A web site on AWS: its domain and the certificate that the domain proves, what its machines may do, its database with a snapshot
//! from before the last migration, and a backup of everything each night.

use flashinfra::{Input, Params, Stack, aws, json, output};

/// What there is to set.
#[derive(Params)]
struct Website {
    /// The AWS region.
    #[param(default = "eu-central-1")]
    region: String,
    /// The team that answers for it: the tag Owner.
    #[param(default = "shop")]
    owner: String,
    /// The domain. Its registrar is told the zone's name servers once.
    #[param(default = "shop.example.com")]
    domain: String,
    /// Whether the data goes with the stack, without a last snapshot.
    #[param(default = false)]
    disposable: bool,
}

fn website(stack: &mut Stack, params: &Website) {
    stack.provider("aws", aws::Provider::region(&params.region).default_tags([("Owner", params.owner.as_str())]));
    stack.scope("domain", |stack| domain(stack, &params.domain));
    stack.scope("machines", machines);
    let database = stack.scope("data", |stack| data(stack, params.disposable));
    stack.scope("backups", backups);
    stack.output("database_url", output!("postgres://{}:5432/postgres", database.address()));
}

/// The zone, the certificate, and the record that proves to ACM whose domain it is.
fn domain(stack: &mut Stack, domain: &str) {
    let zone = stack.add("main", aws::Route53Zone::builder().name(domain).comment("The shop"));
    let certificate = stack.add("main", aws::AcmCertificate::builder().domain_name(domain));
    let (name, value) = (certificate.validation_record_names(), certificate.validation_record_values());
    let proof = aws::Route53Record::in_zone(zone.id(), name.key(domain), "CNAME");
    stack.add("proof", proof.ttl(300).records([value.key(domain)]));
    let mail = aws::Route53Record::in_zone(zone.id(), domain, "TXT");
    stack.add("mail", mail.ttl(3600).records([r#""v=spf1 -all""#]));
    stack.output("name_servers", zone.name_servers()).doc("What the registrar of the domain has to be told");
    stack.output("certificate_arn", certificate.arn()).doc("For the listener of a load balancer");
}

/// The role of the machines: they write logs, and are managed without SSH.
fn machines(stack: &mut Stack) {
    let logs = aws::IamPolicy::builder().name("website-logs").policy_document(json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "arn:aws:logs:*:*:log-group:/website/*",
        }],
    }));
    let logs = stack.add("logs", logs);
    let managed = aws::PolicyArn::aws_managed("AmazonSSMManagedInstanceCore");
    let role = aws::IamRole::builder()
        .name("website-machine")
        .assume_role_policy(aws::trust_service("ec2.amazonaws.com"))
        .managed_policy_arns([Input::from(logs.arn()), Input::from(managed)]);
    let role = stack.add("machine", role);
    stack.add("machine", aws::IamInstanceProfile::builder().name("website-machine").role(role.name()));
}

/// The database, in the network that the account has by default, and a snapshot: for the next migration, give it another name.
fn data(stack: &mut Stack, disposable: bool) -> aws::DbInstanceHandle {
    let instance = aws::DbInstance::builder()
        .identifier("website")
        .engine("postgres")
        .engine_version("16")
        .instance_class("db.t4g.medium")
        .allocated_storage(20)
        .storage_encrypted(true)
        .username("website")
        .skip_final_snapshot(disposable);
    let instance = stack.add("main", instance);
    let snapshot =
        aws::DbSnapshot::builder().identifier("website-before-orders").db_instance_identifier(instance.identifier());
    stack.add("before-orders", snapshot);
    instance
}

/// A recovery point of everything with the tag `Owner` each night, kept for a month.
fn backups(stack: &mut Stack) {
    let vault = stack.add("main", aws::BackupVault::builder().name("website"));
    let role = aws::IamRole::builder()
        .name("website-backup")
        .assume_role_policy(aws::trust_service("backup.amazonaws.com"))
        .managed_policy_arns([aws::PolicyArn::aws_managed("service-role/AWSBackupServiceRolePolicyForBackup")]);
    let role = stack.add("backup", role);
    let nightly = aws::BackupRule::named("nightly", vault.name())
        .schedule_expression("cron(0 2 * * ? *)")
        .retention(aws::BackupLifecycle::delete_after_days(30));
    let tagged = aws::BackupTag::of("aws:ResourceTag/Owner", "shop");
    let everything = aws::BackupSelection::named("tagged", role.arn())
        .resources(["*"])
        .conditions(aws::BackupConditions::builder().string_equals([tagged]));
    stack.add("nightly", aws::BackupPlan::builder().name("website").rules([nightly]).selections([everything]));
}

flashinfra::main! {
    /// A web site with its domain, certificate, machines, database and backups.
    "website" => website
}
