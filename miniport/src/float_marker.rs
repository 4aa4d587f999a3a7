//! `_fltused`: the symbol by which a compiler for Windows says that floating-point numbers occur.
//!
//! No code of the miniport computes with them; unoptimised parts of `core` mention them.

/// Nothing reads it; it has to be there at the linking.
// SAFETY: the name belongs to the C runtime, of which an image that links none has no other definition.
#[unsafe(no_mangle)]
pub(crate) static _fltused: i32 = 0;
