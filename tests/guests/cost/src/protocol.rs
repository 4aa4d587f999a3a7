//! What clients use of the stack's codes: which there are, and what they answer.

/// `CTL_CODE(FILE_DEVICE_UNKNOWN, function, METHOD_BUFFERED, FILE_WRITE_ACCESS)`.
pub(crate) const fn code(function: u32) -> u32 {
    0x22 << 16 | 2 << 14 | function << 2
}

/// The bytes of the handler that is moved: as many as may be.
pub(crate) const BY_VALUE: usize = 512;
/// The bytes of the handlers that stay where they are.
pub(crate) const IN_PLACE: [usize; 3] = [512, 0x1000, 0x1_0000];

/// The stack under the handler that is moved.
///
/// Each code of a stack takes a `u32`, which does not matter, and answers three of them: the bytes under a
/// connect, under one that fails, and under a disconnect.
pub(crate) const STACK_BY_VALUE: u32 = code(0x804);
/// The same under each handler that stays where it is.
pub(crate) const STACK_IN_PLACE: [u32; 3] = [code(0x805), code(0x806), code(0x807)];
