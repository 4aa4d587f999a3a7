//! The IRQL numbers of x64.

pub(crate) const PASSIVE: u8 = 0;
pub(crate) const APC: u8 = 1;

pub(crate) const DISPATCH: u8 = 2;
pub(crate) const HIGH: u8 = 15;
