use aws_sdk_ecr::types::{
    EncryptionConfiguration, EncryptionType, ImageScanningConfiguration, ImageTagMutability, Repository,
};
use flashinfra_plans::{Address, OwnerMark, map};

use super::{from_response, to_create};

fn mark() -> OwnerMark {
    OwnerMark { stack: "c5b0".into(), address: Address::parse("aws.ecr_repository/api").unwrap(), generation: 1 }
}

#[test]
fn a_create_carries_what_only_it_can_set() {
    let attributes = map! { "name" => "shop/api", "scan_on_push" => true, "kms_key" => "arn:key" };
    let request = to_create(&attributes, &mark()).unwrap().build().unwrap();
    let encryption = request.encryption_configuration().unwrap();
    assert_eq!((encryption.encryption_type(), encryption.kms_key()), (&EncryptionType::Kms, Some("arn:key")));
    assert!(request.image_scanning_configuration().unwrap().scan_on_push());
    assert_eq!(request.tags()[0].value(), "c5b0/1/aws.ecr_repository/api");
    let plain = to_create(&map! { "name" => "shop/api" }, &mark()).unwrap().build().unwrap();
    assert_eq!((plain.encryption_configuration(), plain.image_scanning_configuration()), (None, None));
}

#[test]
fn a_repository_is_read_in_the_schemas_terms() {
    let encryption = EncryptionConfiguration::builder().encryption_type(EncryptionType::Aes256).build().unwrap();
    let repository = Repository::builder()
        .repository_name("shop/api")
        .image_tag_mutability(ImageTagMutability::Immutable)
        .image_scanning_configuration(ImageScanningConfiguration::builder().scan_on_push(false).build())
        .encryption_configuration(encryption)
        .build();
    let object = from_response(&repository).unwrap();
    let expected = map! {
        "name" => "shop/api", "image_tag_mutability" => "IMMUTABLE", "scan_on_push" => false,
        "encryption_type" => "AES256",
    };
    assert_eq!((object.id.as_str(), object.attributes), ("shop/api", expected));
}
