//! The edu device by its phenomena: what a driver's author would see on QEMU's.

mod access;
mod bench;
mod factorial;
mod identity;
mod line;
mod machine_view;
mod message;
mod transfer;
