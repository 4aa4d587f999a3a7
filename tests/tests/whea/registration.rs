//! Plug-ins: what `PshedRegisterPlugin` takes and refuses, and how a registration ends.

use dirql_tests::plugin::Plugin;
use ntsim::{Config, Rule, Status};

use super::{VERSION_1, VERSION_2, broke, plugin, put_packet, register, unregister};

#[test]
fn a_plugin_of_version_2_gets_a_handle_and_is_unregistered_by_it() {
    let mut plugin = plugin();
    let handle = register(&mut plugin, 0x3E);
    assert_ne!(handle, 0);
    unregister(&mut plugin, handle);
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn packets_that_are_wrong_in_one_way_are_refused() {
    let changes = [
        ("the length of version 1", 0, 144_u32),
        ("a length of 0", 0, 0),
        ("version 3", 4, 0x0003_0000),
        ("version 1 with the length of version 2", 4, VERSION_1),
        ("no area", 16, 0),
        ("an area that there is not", 16, 0x60),
        ("a reserved field", 20, 1),
        ("discovery with version 2", 16, 0x21),
    ];
    let mut plugin = plugin();
    for (what, offset, value) in changes {
        put_packet(&mut plugin, VERSION_2, 0x20);
        plugin.put(offset, &value.to_le_bytes());
        let packet = plugin.at(0);
        let status = plugin.status("PshedRegisterPlugin", &[packet]);
        assert_eq!(status, Status::INVALID_PARAMETER, "{what}");
    }
    // Nothing of it is left behind.
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn each_area_needs_its_callbacks() {
    let needed: [(u32, &[usize]); 5] = [
        (0x02, &[3, 4, 5]),
        (0x04, &[6, 7, 8]),
        (0x08, &[9, 10, 11]),
        (0x10, &[12]),
        (0x20, &[13, 14]),
    ];
    let mut plugin = plugin();
    for (area, places) in needed {
        for missing in 0..15 {
            put_packet(&mut plugin, VERSION_2, area);
            plugin.set(3 + missing, 0);
            let packet = plugin.at(0);
            let status = plugin.status("PshedRegisterPlugin", &[packet]);
            let refused = places.contains(&missing);
            let expected = if refused {
                Status::INVALID_PARAMETER
            } else {
                Status::SUCCESS
            };
            assert_eq!(
                status, expected,
                "area {area:#x} without callback {missing}"
            );
            if !refused {
                let handle = plugin.word(18);
                unregister(&mut plugin, handle);
            }
        }
    }
    plugin
        .remove()
        .unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn without_whea_nothing_is_registered() {
    let mut plugin = Plugin::start(&Config::default(), ntsim::Machine::disable_whea);
    assert_eq!(plugin.value("PshedIsSystemWheaEnabled", &[]), 0);
    put_packet(&mut plugin, VERSION_2, 0x20);
    let packet = plugin.at(0);
    let status = plugin.status("PshedRegisterPlugin", &[packet]);
    assert_eq!(status, Status::INVALID_PARAMETER);
}

#[test]
fn a_plugin_that_stays_registered_is_found_at_unload() {
    let mut plugin = plugin();
    register(&mut plugin, 0x20);
    broke(
        plugin.remove().map(|_| 0),
        Rule::ObjectLeak,
        "a PSHED plug-in for the areas 0x20 is still registered",
    );
}

#[test]
fn a_plugin_of_version_1_may_discover_and_can_never_be_unregistered() {
    let start = || {
        let mut plugin = plugin();
        put_packet(&mut plugin, VERSION_1, 0x3F);
        plugin.set(18, 0x1111);
        let packet = plugin.at(0);
        assert_eq!(
            plugin.status("PshedRegisterPlugin", &[packet]),
            Status::SUCCESS
        );
        assert_eq!(plugin.word(18), 0x1111, "version 1 has no handle to write");
        plugin
    };
    for handle in [0, 0x1111] {
        let mut plugin = start();
        broke(
            plugin.call("PshedUnregisterPlugin", 0, &[handle]),
            Rule::BadArgument,
            "the handle of no plug-in of version 2",
        );
    }
    broke(
        start().remove().map(|_| 0),
        Rule::ObjectLeak,
        "is still registered",
    );
}

#[test]
fn a_handle_ends_with_its_registration() {
    let mut plugin = plugin();
    let handle = register(&mut plugin, 0x20);
    unregister(&mut plugin, handle);
    broke(
        plugin.call("PshedUnregisterPlugin", 0, &[handle]),
        Rule::BadArgument,
        "the handle of no plug-in of version 2",
    );
}
