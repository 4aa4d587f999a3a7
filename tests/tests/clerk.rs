//! I/O ports and direct memory access behind them, by a driver of QEMU's `fw_cfg`.

use std::time::Duration;

use dirql_tests::{
    clerk::{self, code, order, setup},
    session::{Session, random, until_blocked},
};
use ntsim::{
    Config, DeviceState, Failure, InterruptResource, Limit, Rule, Status, Transition,
    device::{FwCfg, fw_cfg},
};

const LETTER: &[u8] = b"a letter that stands in the second file";
const RESOURCE: InterruptResource = InterruptResource::Line;

/// A schedule that lets processors run until they block, and so many that do not.
fn configs(seeds: u64) -> Vec<Config> {
    let random = (1..=seeds).map(|seed| random(RESOURCE, seed));
    core::iter::once(until_blocked(RESOURCE))
        .chain(random)
        .collect()
}

fn with_letter() -> FwCfg {
    FwCfg::new().with_file("opt/letter", LETTER)
}

fn in_every_schedule(
    seeds: u64,
    device: impl Fn() -> FwCfg,
    body: impl Fn(Session) -> Result<(), Failure>,
) {
    for config in configs(seeds) {
        let run = || body(clerk::start(&config, 0, device())?);
        if let Err(failure) = run() {
            panic!("{failure}");
        }
    }
}

/// Lets `body` break a rule in each of a few schedules, and says what is reported.
fn breaks(
    bits: u32,
    (rule, says): (Rule, &str),
    device: impl Fn() -> FwCfg,
    body: impl Fn(Session) -> Result<(), Failure>,
) -> Vec<Failure> {
    let broken = configs(3).into_iter().map(|config| {
        let run = || body(clerk::start(&config, bits, device())?);
        let failure = run().expect_err("a rule is broken");
        assert_eq!(failure.cause, rule, "{failure}");
        assert!(failure.message.contains(says), "{failure}");
        failure
    });
    broken.collect()
}

fn at_line(failures: &[Failure], name: &str) {
    let line = clerk::line_that_breaks(name);
    for failure in failures {
        let text = failure.to_string();
        assert!(text.contains(&line), "at {line}: {text}");
    }
}

/// What an order answers.
fn take(
    session: &mut Session,
    name: &str,
    input: &[u8],
    length: usize,
) -> Result<Vec<u8>, Failure> {
    let completion = order(session, name, input, length)?;
    assert_eq!(completion.status, Status::SUCCESS, "{name}");
    Ok(completion.output[..completion.information].to_vec())
}

fn numbers(bytes: &[u8]) -> Vec<u32> {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

fn ordered(name: &'static str) -> impl Fn(Session) -> Result<(), Failure> {
    move |mut session| {
        order(&mut session, name, &[], 64)?;
        session.remove().map(drop)
    }
}

#[test]
fn ports_are_a_resource_raw_and_translated() {
    in_every_schedule(0, with_letter, |mut session| {
        let resource = numbers(&take(&mut session, "resource", &[], 24)?);
        // A port resource, the device's alone, of I/O ports that are decoded by 16 bits.
        let one = [0x0011_0101, 0x510, 12];
        assert_eq!(resource, [one, one].concat());
        session.remove().map(drop)
    });
}

#[test]
fn items_are_read_by_ports_one_by_one_and_as_strings() {
    in_every_schedule(20, with_letter, |mut session| {
        let features = numbers(&take(&mut session, "features", &[], 12)?);
        let [high, low] = [*b"QEMU", *b" CFG"].map(u32::from_le_bytes);
        assert_eq!(features, [fw_cfg::FEATURES, high, low]);
        let directory = take(&mut session, "directory", &[], 4 + 2 * 64)?;
        assert_eq!(directory[..4], [0, 0, 0, 2]);
        assert!(directory[12..].starts_with(b"bootorder\0"));
        assert!(directory[76..].starts_with(b"opt/letter\0"));
        let length = u32::from_be_bytes(directory[68..72].try_into().expect("four bytes"));
        assert_eq!(length as usize, LETTER.len());
        assert_eq!(directory[72..74], [0, 0x21], "the key");
        session.remove().map(drop)
    });
}

#[test]
fn a_string_that_is_written_to_the_data_register_has_no_effect() {
    in_every_schedule(2, with_letter, |mut session| {
        let read = numbers(&take(&mut session, "pass", &[], 200)?);
        assert_eq!(read, [fw_cfg::FEATURES]);
        session.remove().map(drop)
    });
}

#[test]
fn a_file_is_read_and_written_by_direct_memory_access() {
    let slow = || with_letter().slow(Duration::from_micros(5));
    in_every_schedule(10, with_letter, fetched);
    in_every_schedule(10, slow, fetched);
    in_every_schedule(
        10,
        || FwCfg::new().with_vmcoreinfo(),
        |mut session| {
            let word = take(&mut session, "store", &[7; 16], 16)?;
            assert_eq!(numbers(&word), [0]);
            let word = take(&mut session, "store", &[9; 17], 17)?;
            assert_eq!(
                numbers(&word),
                [fw_cfg::control::ERROR],
                "it is not so long"
            );
            let device: &mut FwCfg = session.machine.device().expect("the device is fw_cfg");
            assert_eq!(device.file(fw_cfg::VMCOREINFO), Some(&[7; 16][..]));
            session.remove().map(drop)
        },
    );
}

fn fetched(mut session: Session) -> Result<(), Failure> {
    let read = take(&mut session, "fetch", &[], LETTER.len() + 2)?;
    assert_eq!(read, [LETTER, b"\0\0"].concat());
    session.remove().map(drop)
}

/// Two requests at once, each for what the other's would spoil.
fn at_once(mut session: Session) -> Result<(), Failure> {
    let directory = session.submit(code("directory"), &[], 68)?;
    let letter = session.submit(code("fetch"), &[], LETTER.len())?;
    let again = session.submit(code("directory"), &[], 68)?;
    for request in [directory, again] {
        let completion = session.machine.wait(request)?;
        assert!(completion.output[12..].starts_with(b"bootorder\0"));
    }
    assert_eq!(session.machine.wait(letter)?.output, LETTER);
    session.remove().map(drop)
}

#[test]
fn requests_at_once_do_not_spoil_each_other_under_a_lock() {
    in_every_schedule(40, with_letter, at_once);
}

#[test]
fn requests_at_once_without_a_lock_are_a_race() {
    let found = (1..=40).find_map(|seed| {
        let run = || {
            at_once(clerk::start(
                &random(RESOURCE, seed),
                setup::NO_LOCK,
                with_letter(),
            )?)
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
            .ok()
            .and_then(Result::err)
    });
    let failure = found.expect("a schedule shows it");
    assert_eq!(failure.cause, Rule::Race, "{failure}");
}

#[test]
fn a_device_that_was_asleep_stopped_or_gone_is_met_again() {
    in_every_schedule(10, with_letter, |mut session| {
        let change = |session: &mut Session, by| session.machine.transition(by);
        assert_eq!(
            change(&mut session, Transition::PowerDown)?,
            DeviceState::LowPower
        );
        change(&mut session, Transition::PowerUp)?;
        change(&mut session, Transition::Stop)?;
        change(&mut session, Transition::Restart(RESOURCE))?;
        assert_eq!(take(&mut session, "fetch", &[], LETTER.len())?, LETTER);
        session.machine.unplug()?;
        // What is gone reads as ones.
        let features = numbers(&take(&mut session, "features", &[], 12)?);
        assert_eq!(features, [u32::MAX; 3]);
        change(&mut session, Transition::SurpriseRemoval)?;
        session.remove().map(drop)
    });
}

#[test]
fn a_register_that_the_device_does_not_decode_so_is_named_with_its_port() {
    let broken = (Rule::BadMmio, "`in ax, dx` at port 0x511: 16-bit read");
    let failures = breaks(setup::WIDE, broken, with_letter, ordered("directory"));
    at_line(&failures, "wide");
}

#[test]
fn a_port_is_not_accessed_outside_of_d0() {
    let broken = (Rule::BadMmio, "while the device is not in D0");
    let failures = breaks(setup::ASLEEP, broken, with_letter, ordered("features"));
    assert!(
        failures
            .iter()
            .all(|failure| { failure.message.starts_with("`out dx, ax` at port 0x510") })
    );
}

#[test]
fn a_port_of_nothing_in_the_machine_ends_the_run_with_its_name() {
    for config in configs(2) {
        let run = || ordered("features")(clerk::start(&config, setup::BEYOND, with_letter())?);
        let failure = run().expect_err("the run ends");
        assert_eq!(failure.cause, Limit::NotModelled, "{failure}");
        assert!(
            failure.message.contains("`in al, dx` at port 0x51c"),
            "{failure}"
        );
        at_line(&[failure], "beyond");
    }
}

#[test]
fn what_is_read_from_a_port_goes_to_memory_that_can_be_written() {
    let broken = (Rule::BadAccess, "the driver wrote 1 bytes at");
    breaks(
        setup::INTO_CONSTANT,
        broken,
        with_letter,
        ordered("directory"),
    );
}

#[test]
fn a_structure_and_a_buffer_are_the_devices_until_it_has_said_that_it_is_done() {
    let broken = (Rule::Race, "by the device itself");
    for (bits, name) in [(setup::TOUCH, "touch"), (setup::LOOK_EARLY, "look-early")] {
        let failures = breaks(bits, broken, with_letter, ordered("fetch"));
        at_line(&failures, name);
    }
}

#[test]
fn a_structure_that_is_in_no_memory_of_the_devices_is_named() {
    let broken = (
        Rule::BadMmio,
        "no memory that the driver has made for DMA answers",
    );
    breaks(setup::NO_MEMORY, broken, with_letter, ordered("fetch"));
}

#[test]
fn a_buffer_that_is_deleted_while_the_device_is_at_work_is_used_after_it_was_freed() {
    let slow = || with_letter().slow(Duration::from_millis(1));
    let broken = (Rule::UseAfterFree, "the device, which was set to work");
    breaks(setup::DELETE_EARLY, broken, slow, |mut session| {
        let request = session.submit(code("fetch"), &[], 8)?;
        session.machine.wait(request)?;
        session.machine.settle()?;
        session.remove().map(drop)
    });
}

#[test]
fn a_state_of_the_device_is_said_by_three_values_in_a_structure_of_a_known_size() {
    let not_started = |session: Session| session.remove().map(drop);
    let no_value = (Rule::WdfVerifier, "3 for Removed");
    breaks(setup::SAY_NOTHING, no_value, with_letter, not_started);
    let no_size = (Rule::BadArgument, "whose Size is 24");
    breaks(setup::SAY_SHORT, no_size, with_letter, not_started);
    for config in configs(0) {
        let failure =
            clerk::start(&config, setup::SAY_FAILED, with_letter()).expect_err("the run ends");
        assert_eq!(failure.cause, Limit::NotModelled, "{failure}");
        assert!(failure.message.contains("with Failed true"), "{failure}");
    }
}
