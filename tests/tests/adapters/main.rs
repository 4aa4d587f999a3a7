//! The adapters of dirql for interrupts, in an image of their own, while power, resources and the device come and go.

mod common;
mod direct;
mod framework;
mod passive;
mod shared;
