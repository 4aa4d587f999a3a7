//! What routines answer by the headers, where a page is silent or another routine is like them.

use dirql_tests::plugin::Plugin;
use ntsim::{Config, Status};

fn plugin() -> Plugin {
    Plugin::start(&Config::default(), |_| {})
}

#[test]
fn an_event_class_beyond_the_last_is_refused_and_those_before_it_are_known() {
    let mut plugin = plugin();
    let (provider, handle) = (plugin.at(0), plugin.at(64));
    plugin.put(0, &[0x5E; 16]);
    let registered = plugin.status("EtwRegister", &[provider, 0, 0, handle]);
    assert_eq!(registered, Status::SUCCESS);
    let handle = plugin.word(8);
    // MaxEventInfo of 22621 is 4.
    for class in [4, 5, 0xFFFF_FFFF] {
        let refused = plugin.status("EtwSetInformation", &[handle, class, provider, 16]);
        assert_eq!(refused, Status::INVALID_PARAMETER, "class {class}");
    }
    // EventProviderUseDescriptorType is a class, and not modelled.
    let failure = plugin
        .call("EtwSetInformation", 0, &[handle, 3, provider, 16])
        .expect_err("the class is not modelled");
    let says = "EtwSetInformation with the class 3";
    assert!(failure.message.contains(says), "{failure}");
}

#[test]
fn to_clear_an_event_answers_nothing_and_to_reset_it_the_state_until_then() {
    let mut plugin = plugin();
    let event = plugin.at(0);
    let mut call = |name: &str, arguments: &[u64]| {
        let answer = plugin.call(name, 0, arguments);
        answer.unwrap_or_else(|failure| panic!("{failure}")) & 0xFFFF_FFFF
    };
    call("KeInitializeEvent", &[event, 0, 1]);
    assert_eq!(call("KeClearEvent", &[event]), 0);
    assert_eq!(call("KeResetEvent", &[event]), 0, "it was cleared");
    call("KeSetEvent", &[event, 0, 0]);
    assert_eq!(call("KeResetEvent", &[event]), 1);
}

#[test]
fn a_routine_of_the_hal_runs_where_an_image_names_the_hal() {
    let mut plugin = plugin();
    let stalled = plugin.call("KeStallExecutionProcessor", 15, &[3]);
    stalled.unwrap_or_else(|failure| panic!("{failure}"));
}
