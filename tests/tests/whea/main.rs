//! What PSHED and WHEA export, asked through a guest that calls whatever it is told: what each routine takes, what it
//! refuses, at which IRQLs, and with what it calls back.
//!
//! | module | what it asks |
//! |---|---|
//! | [`registration`] | plug-ins of both versions, and packets that are wrong |
//! | [`levels`] | the IRQLs of each routine |
//! | [`synchronize`] | `PshedSynchronizeExecution`, memory of PSHED's, sources of `WheaAddErrorSource` |
//! | [`reports`] | error sources of drivers, and the reports at them |
//! | [`fatal`] | an error that stops the machine, with the project's driver |

mod fatal;
mod levels;
mod registration;
mod reports;
mod synchronize;

use dirql_tests::plugin::Plugin;
use ntsim::{Config, Failure, Rule, Status};

const VERSION_1: u32 = 0x0001_0000;
const VERSION_2: u32 = 0x0002_0000;

/// The guest on a machine as it comes.
fn plugin() -> Plugin {
    Plugin::start(&Config::default(), |_| {})
}

/// Writes a good registration packet at the beginning of the guest's memory: every callback is there.
fn put_packet(plugin: &mut Plugin, version: u32, areas: u32) {
    let length: u32 = if version == VERSION_1 { 144 } else { 152 };
    plugin.put(0, &length.to_le_bytes());
    plugin.put(4, &version.to_le_bytes());
    plugin.set(1, 0xC0DE);
    plugin.put(16, &areas.to_le_bytes());
    plugin.put(20, &[0; 4]);
    let callback = plugin.callback(0);
    for place in 0..15 {
        plugin.set(3 + place, callback);
    }
    plugin.set(18, 0);
}

/// Registers the guest for these areas, and answers the handle.
fn register(plugin: &mut Plugin, areas: u32) -> u64 {
    put_packet(plugin, VERSION_2, areas);
    let packet = plugin.at(0);
    assert_eq!(
        plugin.status("PshedRegisterPlugin", &[packet]),
        Status::SUCCESS
    );
    plugin.word(18)
}

fn unregister(plugin: &mut Plugin, handle: u64) {
    let _ = plugin.status("PshedUnregisterPlugin", &[handle]);
}

/// That a call ended the run with this rule, for this reason.
#[track_caller]
fn broke(result: Result<u64, Failure>, rule: Rule, says: &str) {
    let failure = result.expect_err("a broken rule is found");
    assert_eq!(failure.cause, rule, "{failure}");
    assert!(failure.message.contains(says), "{failure}");
}
