//! A driver in C, as Microsoft's tools build one, gets from loader, framework and processor what it relies on.

use std::collections::BTreeSet;

use dirql_tests::{
    classic, images,
    session::{self, Device, Session},
};
use ntsim::{
    Allow, Config, Failure, Image, InterruptResource, Limit, Machine, Rule, SetupError, Status,
    device::Edu,
};

/// The image of a variant, or the end of the test.
macro_rules! image {
    ($variant:literal) => {
        match classic::image($variant) {
            Some(image) => image,
            None => return,
        }
    };
}

fn config(seed: u64) -> Config {
    session::random(InterruptResource::Line, seed)
}

/// What the driver answers to one question.
fn answers(image: &Image, seed: u64, name: &str) -> Result<Vec<u64>, Failure> {
    let mut session = Session::start(&config(seed), image, Device::Edu)?;
    let answers = classic::ask(&mut session, name)?;
    session.remove()?;
    Ok(answers)
}

/// What ends the run in which the driver is asked for something.
fn failure(image: &Image, name: &str) -> Failure {
    match answers(image, 1, name) {
        Ok(answers) => panic!("{name} was answered: {answers:x?}"),
        Err(failure) => failure,
    }
}

/// What the driver has of loader and framework, with another release of KMDF or the one that is there.
fn loaded(image: &Image, release: Option<u32>) -> Result<Vec<u64>, Failure> {
    let machine = Machine::new(config(1), image, Box::new(Edu::new()));
    let mut machine = machine.expect("a machine can be set up");
    if let Some(minor) = release {
        machine.install_framework(minor).expect("it is a release");
    }
    machine.start()?;
    let file = machine.open(true, true)?;
    let mut session = Session { machine, file };
    let answers = classic::ask(&mut session, "LOADED")?;
    session.remove()?;
    Ok(answers)
}

const COOKIE: usize = 0;
const BUILD: usize = 1;
const OBJECT_TYPE: usize = 2;
/// The free build 19041.
const FREE_BUILD: u64 = 0xF000_4A61;
/// The count of functions, that of structures, whether the driver is newer, and the sizes of two structures.
const FRAMEWORK: std::ops::Range<usize> = 3..8;
const DRIVER_OBJECT: std::ops::Range<usize> = 8..16;

#[test]
fn the_cookie_is_no_default_and_the_same_for_the_same_configuration() {
    let image = image!("classic");
    let cookie = |seed| answers(&image, seed, "LOADED").expect("it is answered")[COOKIE];
    let cookies: BTreeSet<u64> = (1..6).map(cookie).collect();
    assert_eq!(cookies.len(), 5, "{cookies:x?}");
    for cookie in &cookies {
        assert!(*cookie != 0 && *cookie != 0x2B99_2DDF_A232 && cookie >> 48 == 0);
    }
    assert_eq!(cookie(3), cookie(3));
}

#[test]
fn a_smashed_stack_ends_the_run_at_the_functions_return() {
    let image = image!("classic");
    let failure = failure(&image, "SMASH");
    assert_eq!(failure.cause, Rule::Instruction);
    let told = failure
        .message
        .contains("FAST_FAIL_STACK_COOKIE_CHECK_FAILURE");
    assert!(told, "{failure}");
}

#[test]
fn a_call_into_the_middle_of_a_function_is_found_by_control_flow_guard() {
    let image = image!("classic");
    let failure = failure(&image, "WILD_CALL");
    assert_eq!(failure.cause, Rule::BadAccess);
    assert!(failure.message.contains("control-flow guard"), "{failure}");
    let caller = failure.backtrace.first().expect("the caller is told");
    assert!(caller.contains("EvtIoDeviceControl"), "{caller}");
}

#[test]
fn both_forms_of_bind_information_are_taken() {
    for (variant, functions, structures) in [
        ("classic", 458, 81),
        // What no pointer leads to is as the stub had it.
        ("classic_48", 451, 0),
        ("classic_copied", 432, 0),
    ] {
        let Some(image) = classic::image(variant) else {
            return;
        };
        let answers = loaded(&image, None).expect("it runs");
        assert_eq!(
            answers[FRAMEWORK][..3],
            [functions, structures, 0],
            "{variant}"
        );
    }
}

#[test]
fn a_driver_that_is_newer_than_the_framework_is_told_what_there_is() {
    let image = image!("classic_newer");
    // Structures 20 and 42 are WDF_DEVICE_STATE and WDF_POWER_FRAMEWORK_SETTINGS.
    for (release, told) in [
        (25, [453, 80, 1, 28, 72]),
        (31, [458, 81, 1, 32, 72]),
        (33, [458, 81, 0, 32, 88]),
    ] {
        let answers = loaded(&image, Some(release)).expect("it runs");
        assert_eq!(answers[FRAMEWORK], told, "on 1.{release}");
    }
}

#[test]
fn a_framework_below_the_minimum_refuses_the_driver() {
    for (variant, release) in [
        ("classic_newer", 23),
        ("classic", 29),
        ("classic_48", 21),
        ("classic_copied", 9),
    ] {
        let Some(image) = classic::image(variant) else {
            return;
        };
        let machine = Machine::new(config(1), &image, Box::new(Edu::new()));
        let mut machine = machine.expect("a machine can be set up");
        machine.install_framework(release).expect("it is a release");
        let failure = machine.start().expect_err("the entry fails");
        let status = format!("{:#010x}", Status::REVISION_MISMATCH);
        assert!(
            failure.to_string().contains(&status),
            "{variant}: {failure}"
        );
    }
}

#[test]
fn a_release_that_there_is_not_and_a_late_one_are_refused() {
    let image = image!("classic");
    let machine = Machine::new(config(1), &image, Box::new(Edu::new()));
    let mut machine = machine.expect("a machine can be set up");
    let refused = machine.install_framework(32);
    assert!(matches!(refused, Err(SetupError::Config(_))), "{refused:?}");
    machine.start().expect("it starts");
    let refused = machine.install_framework(33);
    assert!(matches!(refused, Err(SetupError::Config(_))), "{refused:?}");
}

#[test]
fn a_client_of_a_class_extension_is_refused_by_the_classes_name() {
    let image = image!("classic_client");
    let failure = loaded(&image, None).expect_err("the class is not modelled");
    assert_eq!(failure.cause, Limit::NotModelled);
    assert!(
        failure.message.contains("class extension NetAdapterCx"),
        "{failure}"
    );
}

#[test]
fn variables_and_the_driver_object_are_what_the_kernel_made() {
    let image = image!("classic");
    let answers = loaded(&image, None).expect("it runs");
    assert_eq!(answers[BUILD], FREE_BUILD);
    assert_ne!(answers[OBJECT_TYPE], 0);
    let [
        size,
        name,
        key,
        start,
        database,
        add_device,
        dispatch,
        device,
    ] = answers[DRIVER_OBJECT].try_into().expect("eight numbers");
    assert_eq!(size, u64::from(image.size()));
    let length = |text: &str| 2 * text.len() as u64;
    assert_eq!(name, length(r"\Driver\driver"));
    assert_eq!(key, length("driver"));
    assert_eq!(start % 0x1000, 0);
    assert_eq!(
        database,
        length(r"\REGISTRY\MACHINE\HARDWARE\DESCRIPTION\SYSTEM")
    );
    assert_eq!([add_device, dispatch, device], [1, 1, 1]);
}

#[test]
fn the_inlines_of_x64_headers_say_what_the_routines_would() {
    let image = image!("classic");
    let config = Config {
        cpus: 2,
        ..config(7)
    };
    let mut session = Session::start(&config, &image, Device::Edu).expect("it starts");
    let (mut first, mut last) = (None, (0, 0, 0));
    for _ in 0..30 {
        let answers = classic::ask(&mut session, "INLINES").expect("it is answered");
        let [
            ticks,
            interrupt,
            system,
            major,
            minor,
            before,
            raised,
            after,
            thread,
            index,
            number,
        ] = answers[..].try_into().expect("eleven numbers");
        assert_eq!((major, minor), (10, 0));
        assert_eq!((before, raised, after), (0, 2, 0));
        assert!(interrupt >= last.1 && system >= last.2 && ticks >= last.0);
        first.get_or_insert((interrupt, system));
        // The instructions between the two readings take less than a tick of the clock.
        assert!(ticks == interrupt / 156_250 || ticks == interrupt / 156_250 - 1);
        last = (ticks, interrupt, system);
        assert_ne!(thread, 0);
        assert!(index < 2 && number < 2, "{index} {number}");
    }
    let (interrupt, system) = first.expect("it was asked");
    assert!(last.1 > interrupt && last.2 > system, "time passes");
    assert_eq!(last.1 - interrupt, last.2 - system, "at one pace");
    session.remove().expect("it is unloaded");
}

#[test]
fn the_inlines_are_no_race_and_order_nothing_under_any_seed() {
    let image = image!("classic");
    for seed in 1..40 {
        let config = Config {
            cpus: 2,
            ..config(seed)
        };
        let mut session = Session::start(&config, &image, Device::Edu).expect("it starts");
        let code = classic::code("INLINES");
        let requests: Vec<_> = (0..3)
            .map(|_| session.submit(code, &[], 128).expect("it is submitted"))
            .collect();
        for request in requests {
            let completion = session.machine.wait(request);
            let completion = completion.unwrap_or_else(|failure| panic!("{failure}"));
            assert_eq!(completion.status, Status::SUCCESS);
        }
        session
            .remove()
            .unwrap_or_else(|failure| panic!("{failure}"));
    }
}

#[test]
fn a_write_to_cr8_keeps_the_rules_of_raising_and_lowering() {
    let image = image!("classic");
    let lowered = failure(&image, "LOWER_TOO_FAR");
    assert_eq!(lowered.cause, Rule::LockMisuse);
    assert!(
        lowered
            .message
            .starts_with("CR8 was written to go to IRQL 0"),
        "{lowered}"
    );
    let none = failure(&image, "NO_LEVEL");
    assert_eq!(none.cause, Rule::Irql);
    assert!(none.message.contains("0x10"), "{none}");
}

#[test]
fn what_is_not_modelled_is_named_and_not_blamed_on_the_driver() {
    let image = image!("classic");
    for (name, says) in [
        ("MISSING_ROUTINE", "called ntoskrnl.exe!IoAllocateIrp"),
        (
            "MISSING_VARIABLE",
            "read the variable ntoskrnl.exe!NlsLeadByteInfo",
        ),
        ("OTHER_OF_PROCESSOR", "gs:[0x20]"),
    ] {
        let failure = failure(&image, name);
        assert_eq!(failure.cause, Limit::NotModelled, "{failure}");
        assert!(failure.message.contains(says), "{failure}");
        assert!(failure.location.is_some(), "{failure}");
    }
}

#[test]
fn shared_user_data_is_not_the_drivers_to_write() {
    let image = image!("classic");
    let failure = failure(&image, "WRITE_SHARED");
    assert_eq!(failure.cause, Rule::BadAccess);
    assert!(failure.message.contains("shared user data"), "{failure}");
}

#[test]
fn a_writable_init_section_is_refused_unless_it_is_allowed() {
    let path = images::guest_path("classic_wx");
    if classic::image("classic").is_none() {
        return;
    }
    let refused = Image::load(&path, None).expect_err("memory integrity refuses it");
    assert!(refused.to_string().contains("--allow-wx"), "{refused}");
    let allow = Allow {
        writable_code: true,
    };
    let image = Image::load_allowing(allow, &path, None).expect("it is allowed");
    assert_eq!(loaded(&image, None).expect("it runs")[BUILD], FREE_BUILD);
}

#[test]
fn routines_that_most_drivers_call_answer_as_their_pages_say() {
    let image = image!("classic");
    let mut session = Session::start(&config(1), &image, Device::Edu).expect("it starts");
    let answers = classic::ask(&mut session, "ROUTINES").expect("it is answered");
    let [
        string,
        compared,
        by_name,
        unknown,
        same,
        version,
        frequency,
        increment,
        printed,
        as_expected,
        cut,
        last,
    ] = answers[..].try_into().expect("twelve numbers");
    assert_eq!((string >> 16, string & 0xFFFF), (12, 14));
    assert_eq!([compared, by_name, unknown, same], [1, 1, 1, 3]);
    assert_eq!((version >> 16, version & 0xFFFF), (10, 19041));
    assert_eq!((frequency, increment), (10_000_000, 156_250));
    let expected = "a|   -3|0xbeef|driver|0000000000000001|18446744073709551615";
    assert_eq!(printed, expected.len() as u64);
    // The terminator is the same as well, and what follows it nothing has written.
    assert!(
        as_expected > printed,
        "{as_expected} characters are as expected"
    );
    assert_eq!(cut, u64::from(u32::MAX), "-1 where not all fits");
    assert_eq!(
        last,
        u64::from(b' '),
        "no terminator where there is no room"
    );
    let log = session.machine.events().to_string();
    assert!(
        log.contains("DbgPrint: 12 answers of driver"),
        "the line is in the log"
    );
    session.remove().expect("it is unloaded");
}

#[test]
fn a_routine_by_its_name_is_named_when_it_is_called() {
    let image = image!("classic");
    let failure = failure(&image, "MISSING_BY_NAME");
    assert_eq!(failure.cause, Limit::NotModelled);
    let says = "called ntoskrnl.exe!IoAllocateErrorLogEntry";
    assert!(failure.message.contains(says), "{failure}");
}

#[test]
fn a_wide_string_is_formatted_at_passive_level_alone() {
    let image = image!("classic");
    let failure = failure(&image, "WIDE_FORMAT_RAISED");
    assert_eq!(failure.cause, Rule::Irql);
    assert!(failure.message.contains("wide string"), "{failure}");
}
