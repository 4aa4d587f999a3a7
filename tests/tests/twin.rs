//! The driver in C that docs/comparison.md sets beside the example in Rust does the same, and is as clean.

use std::{fs, path::Path};

use dirql_tests::{
    classic,
    session::{self, Device, Session},
};
use ntsim::{InterruptResource, Policy, Status};

/// Any code of `METHOD_BUFFERED`: both drivers take each.
const CODE: u32 = 0x22_2004;
/// Four causes.
const CAUSES: [u8; 4] = [0x0f, 0, 0, 0];

#[test]
fn the_driver_in_c_of_the_comparison_counts_in_its_dpc_and_is_clean_under_200_seeds() {
    let Some(image) = classic::image("twin") else {
        return;
    };
    // The driver relies on a disconnect that waits for a service routine on another processor, as C drivers do.
    let policy = Policy {
        disconnect_waits: true,
        ..Policy::default()
    };
    let mut counted = 0;
    for interrupt in [InterruptResource::Line, InterruptResource::Message] {
        for seed in 1..=200 {
            let mut run = || {
                let config = session::random(interrupt, seed);
                let mut session = Session::with_policy(&config, policy, &image, Device::Edu)?;
                for _ in 0..3 {
                    let reply = session.control(CODE, &CAUSES, 4)?;
                    assert_eq!(reply.status, Status::SUCCESS);
                    let so_far = reply.output.try_into().map(u32::from_le_bytes);
                    counted = counted.max(so_far.expect("a reply of four bytes"));
                }
                session.remove()
            };
            run().unwrap_or_else(|failure| panic!("{interrupt:?}, seed {seed}: {failure}"));
        }
    }
    assert_eq!(
        counted, 8,
        "what two requests raised, before the third is answered"
    );
}

#[test]
fn the_lines_on_the_page_are_those_of_both_drivers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |file: &str| {
        let text = fs::read_to_string(root.join(file));
        text.unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let page = read("docs/comparison.md");
    let row = |name: &str| -> Vec<String> {
        let line = page
            .lines()
            .find(|line| line.starts_with(&format!("| {name} |")));
        let cells = line.expect("the table has the row").trim_matches('|');
        let cells = cells
            .split('|')
            .skip(1)
            .map(|cell| cell.trim().replace('`', ""));
        cells.collect()
    };
    for (source, lines) in row("source").iter().zip(row("lines")) {
        assert_eq!(read(source).lines().count().to_string(), lines, "{source}");
    }
}
