//! `DEVICE_OBJECT`, by its address.

/// `DEVICE_OBJECT` of wdm.h, which this crate does not look into: the pointers of any bindings are cast to it.
#[derive(Debug)]
#[repr(C)]
pub struct DeviceObject {
    opaque: [u8; 0],
}
