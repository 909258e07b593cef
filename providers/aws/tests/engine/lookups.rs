//! Lookups from a definition onto moto: an answer is a value like any other, and another one is noticed before it is used.

use aws_sdk_ssm::types::ParameterType;
use flashinfra::apply::{ApplyOptions, StepOutcome, apply};
use flashinfra::error::Exit;
use flashinfra::plans::file;
use flashinfra::{Stack, aws, cidr, output};
use flashinfra_test_support::Moto;

use super::{Desk, changes, sdk};

const REGION: &str = "eu-north-1";
const IMAGE: &str = "/engine/image";

/// A network in zones that are looked up, named after the account, and a template with an image from a parameter.
fn stack(desk: &Desk) -> Stack {
    let mut stack = Stack::new("engine-lookups", "test");
    stack.provider("aws", aws::Provider::region(REGION).endpoint(&desk.endpoint));
    let zones = stack.lookup("zones", aws::AvailabilityZones::builder());
    let caller = stack.lookup("caller", aws::CallerIdentity::builder());
    let image = stack.lookup("node", aws::SsmParameterValue::builder().name(IMAGE));
    let name = output!("of {}", caller.account());
    let vpc = stack.add("main", aws::Vpc::builder().cidr_block(cidr!("10.0.0.0/16")).tags([("Name", name)]));
    for (index, cidr) in cidr!("10.0.0.0/16").subnets(8).take(2).enumerate() {
        let subnet = aws::Subnet::builder().vpc_id(vpc.id()).cidr_block(cidr);
        stack.add(format!("zone-{index}"), subnet.availability_zone(zones.names().at(index)));
    }
    let template = aws::LaunchTemplate::builder().name("engine-lookups").image_id(image.image_id());
    stack.add("node", template);
    stack
}

async fn put(image: &str) {
    let ssm = aws_sdk_ssm::Client::new(&sdk(REGION).await);
    let put = ssm.put_parameter().name(IMAGE).r#type(ParameterType::String).value(image).overwrite(true);
    put.send().await.unwrap();
}

#[tokio::test]
async fn what_is_looked_up_is_used_and_another_answer_is_noticed() {
    let desk = Desk::new(Moto::shared().endpoint());
    put("ami-0000000000000000a").await;
    let plan = desk.planned_of(stack(&desk)).await.plan;
    assert_eq!(plan.basis.lookups.len(), 3);
    let _ = desk.apply(plan).await;
    let planned = desk.planned_of(stack(&desk)).await;
    assert!(planned.plan.is_empty(), "{:#?}", planned.plan.changes);
    let allowed = flashinfra::permissions::of(&desk.session.registry, &planned);
    let read = &allowed["aws"].needed.read;
    for action in ["ec2:DescribeAvailabilityZones", "ssm:GetParameters", "sts:GetCallerIdentity"] {
        assert!(read.contains(action), "{read:?}");
    }

    put("ami-0000000000000000b").await;
    let plan = desk.planned_of(stack(&desk)).await.plan;
    assert_eq!(changes(&plan), ["update aws.launch_template/node: image_id"]);
    put("ami-0000000000000000c").await;
    let digest = file::digest(&file::write(&plan));
    let report = apply(&desk.session, plan, digest, &ApplyOptions::default()).await.unwrap();
    assert_eq!(report.exit, Exit::Stale, "{:#?}", report.steps);
    let stale = report.steps.iter().find_map(|step| match &step.outcome {
        StepOutcome::Stale(stale) => Some(stale),
        _ => None,
    });
    let [image] = &stale.unwrap().attributes[..] else { panic!("{stale:?}") };
    assert_eq!(
        (image.path.as_str(), &image.expected, &image.live),
        (
            "aws.ssm_parameter_value/node.image_id",
            &Some("ami-0000000000000000b".into()),
            &Some("ami-0000000000000000c".into())
        )
    );
    let _ = desk.apply(desk.planned_of(stack(&desk)).await.plan).await;
    assert!(desk.planned_of(stack(&desk)).await.plan.is_empty());
}
