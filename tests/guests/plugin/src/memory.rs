//! The memory that a client sees, and the callbacks that write to it.

use core::{
    ffi::c_void,
    ptr,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::protocol::{ANSWER, CALLBACKS, COUNT, NEWEST, WORDS};

static WORDS_OF_IT: [AtomicU64; WORDS] = [const { AtomicU64::new(0) }; WORDS];

/// Its address.
pub(crate) fn address() -> u64 {
    ptr::from_ref(&WORDS_OF_IT).addr() as u64
}

/// Sets a word.
pub(crate) fn set(word: usize, value: u64) {
    if let Some(place) = WORDS_OF_IT.get(word) {
        place.store(value, Relaxed);
    }
}

/// Reads a word.
pub(crate) fn get(word: usize) -> u64 {
    WORDS_OF_IT.get(word).map_or(0, |place| place.load(Relaxed))
}

/// What is called back: it writes down which it is and what it was given, and answers what it was told to.
///
/// # Safety
///
/// What calls gives three arguments or ignores that there were none.
unsafe extern "C" fn callback<const WHICH: u64>(
    first: *mut c_void,
    second: u64,
    third: u64,
) -> u64 {
    let given = [WHICH, first.addr() as u64, second, third];
    for (offset, value) in given.into_iter().enumerate() {
        set(NEWEST + offset, value);
    }
    set(COUNT, get(COUNT) + 1);
    get(ANSWER)
}

/// The addresses of the callbacks.
pub(crate) fn callbacks() -> [u64; CALLBACKS] {
    type Callback = unsafe extern "C" fn(*mut c_void, u64, u64) -> u64;
    let all: [Callback; CALLBACKS] = [callback::<0>, callback::<1>, callback::<2>, callback::<3>];
    all.map(|callback| (callback as *const ()).addr() as u64)
}
