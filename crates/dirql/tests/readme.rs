//! The example of the README, compiled and driven: what a newcomer reads first is held to what the crate is.

use std::{fs, path::Path};

/// The program around the example: registers that are a word, and interrupts between its steps.
fn program(items: &str, connect: &str, power_up: &str, synchronize: &str) -> String {
    format!(
        "use std::sync::atomic::{{AtomicU32, Ordering::SeqCst}};
use dirql::{{
    Connection, Interrupt, InterruptHandler, Irql, Passive, ServiceContext, Serviced, enter, mock,
}};

static STATUS: AtomicU32 = AtomicU32::new(0);

struct Registers;

impl Registers {{
    fn status(&self) -> u32 {{
        STATUS.load(SeqCst)
    }}

    fn acknowledge(&self, causes: u32) {{
        STATUS.fetch_and(!causes, SeqCst);
    }}
}}

{items}

fn drive(
    irql: &mut Irql<'_, Passive>,
    device: &mock::Device,
) -> Result<u32, Box<dyn std::error::Error>> {{
    let registers = Registers;
    let to = Connection::LineBased {{ device: device.physical_device() }};
{connect}
    STATUS.store(0x14, SeqCst);
    assert_eq!(device.fire(), Some(false), \"the device has no power\");
    STATUS.store(0, SeqCst);
{power_up}
    assert_eq!(device.fire(), Some(false), \"something else on the line\");
    STATUS.store(0x14, SeqCst);
    assert_eq!(device.fire(), Some(true));
{synchronize}
    Ok(seen)
}}

fn main() {{
    let device = mock::Device::with_line(9);
    // SAFETY: An ordinary thread at PASSIVE_LEVEL, that holds no interrupt lock.
    let seen = unsafe {{ enter::<Passive, _>(|irql| drive(irql, &device).unwrap()) }};
    assert_eq!((seen, STATUS.load(SeqCst)), (0x14, 0));
}}
"
    )
}

#[test]
#[cfg_attr(miri, ignore = "it runs cargo")]
fn the_example_of_the_readme_takes_an_interrupt() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).expect("the project has a README");
    let example = readme
        .split("```rust\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("the README has an example in Rust");
    let parts: Vec<&str> = example.trim_end().split("\n\n").collect();
    let [state, handler, connect, power_up, synchronize] = parts.as_slice() else {
        panic!("the example is a struct, its handler, a connect and two synchronizes: {parts:#?}")
    };
    let items = format!("{state}\n\n{handler}");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme.rs");
    fs::write(&path, program(&items, connect, power_up, synchronize))
        .expect("a folder for what is compiled");
    trybuild::TestCases::new().pass(path);
}
