//! Ids as literals, and as text from elsewhere.

use flashinfra::id;

flashinfra::id_type! {
    VpcId = "vpc-";
    Zone;
}

#[test]
fn a_literal_is_an_id() {
    assert_eq!(id!(VpcId, "vpc-1"), VpcId::new("vpc-1"));
}

#[test]
fn a_text_that_is_no_id_is_told() {
    assert_eq!("vpc-1".parse(), Ok(VpcId::new("vpc-1")));
    assert_eq!("subnet-1".parse::<VpcId>().unwrap_err().to_string(), "VpcId looks like `vpc-…`");
    assert_eq!("".parse::<Zone>().unwrap_err().to_string(), "Zone is a text without spaces");
}
