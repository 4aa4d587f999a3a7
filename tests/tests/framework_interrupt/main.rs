//! Framework interrupts as KMDF has them, on a line and on a message.

mod asked;
mod broken;
mod common;
mod edge;
mod failures;
mod order;
mod passive;
