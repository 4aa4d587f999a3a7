//! Keys of the registry that the framework opens, and what the `PnP` manager says of the device.

use dirql_tests::{
    classic,
    keeper::ask,
    session::{Device, Session},
};
use ntsim::{Failure, RegistryKey, RegistryValue, Rule, Status};

use crate::common::{breaks, configs, in_every_schedule};

const SUCCESS: u64 = 0;

#[test]
fn a_key_of_the_device_holds_what_the_host_has_set() {
    let Some(image) = classic::image("keeper") else {
        return;
    };
    let overflow = u64::from(Status::BUFFER_OVERFLOW);
    let mismatch = u64::from(Status::OBJECT_TYPE_MISMATCH);
    for config in configs() {
        let run = || -> Result<(), Failure> {
            let mut machine = Session::make(&config, &image, Device::Bare);
            // Case does not matter.
            let text = RegistryValue::Text("COM7".to_owned());
            machine.set_registry_value(&RegistryKey::Device, "portname", text);
            let number = RegistryValue::Number(7);
            machine.set_registry_value(&RegistryKey::Driver, "Number", number);
            let mut session = Session::begin(machine)?;
            let answers = ask(&mut session, "READ_DEVICE_KEY")?;
            assert_eq!(answers[..3], [SUCCESS, overflow, 10]);
            assert_eq!(answers[3..7], [SUCCESS, 8, u64::from(b'7'), mismatch]);
            // It is another key's.
            assert_eq!(answers[7..], [u64::from(Status::OBJECT_NAME_NOT_FOUND)]);
            session.remove().map(drop)
        };
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

#[test]
fn what_is_written_into_a_key_is_there_until_it_is_removed() {
    let not_found = u64::from(Status::OBJECT_NAME_NOT_FOUND);
    in_every_schedule("keeper", |session| {
        let answers = ask(session, "WRITE_MAP")?;
        assert_eq!(answers[..4], [SUCCESS, SUCCESS, SUCCESS, 7]);
        assert_eq!(answers[4..], [SUCCESS, not_found, SUCCESS, not_found]);
        Ok(())
    });
}

#[test]
fn a_key_that_is_removed_is_closed_with_it() {
    breaks("keeper", Rule::BadHandle, "Key handle", |session| {
        ask(session, "CLOSE_REMOVED").map(drop)
    });
}

#[test]
fn a_device_has_the_name_that_the_bus_driver_gave_it() {
    in_every_schedule("keeper", |session| {
        assert_eq!(ask(session, "PROPERTY")?, [SUCCESS, u64::from(b'\\'), 0]);
        Ok(())
    });
}
