//! The command `dirql`; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    dirql_harness::command::main(std::env::args_os()).into()
}
