//! Calls of the framework, through the table of its functions.
//!
//! A driver has the address of the table from the framework, when it is bound. How long the table is at least is known when
//! the driver is compiled: the manifest names the oldest version that will do ([`GUARANTEED`]).

mod functions;

use wdk_sys::{PWDF_DRIVER_GLOBALS, WDFFUNC};

/// The minor version from which on a driver may run on a framework older than the one that it was compiled for.
const MINIMUM_SINCE: u32 = 25;

/// What headers of versions before [`MINIMUM_SINCE`] do not have: there the minimum is the version itself.
#[allow(
    non_upper_case_globals,
    dead_code,
    reason = "the name is that of the headers, and stands in where they lack it"
)]
const WdfMinimumVersionRequired: u32 = 0;

/// The minor version that the driver asks for at least. A name of the headers goes before the one above.
const MINIMUM: u32 = {
    #[allow(
        clippy::wildcard_imports,
        reason = "a glob goes before what is outside of the block"
    )]
    use wdk_sys::*;

    WdfMinimumVersionRequired
};

/// The entries that the table has at least, whatever framework has bound the driver.
///
/// The counts are those that fxlibrarycommon.cpp of the framework (github.com/microsoft/Windows-Driver-Frameworks) compares a
/// driver's count with.
pub(crate) const GUARANTEED: usize = match MINIMUM {
    // wdffuncenum.h: "All functions/structures are always available", for the version is the minimum.
    ..MINIMUM_SINCE => usize::MAX,
    25..29 => 453,
    29..31 => 454,
    31.. => 458,
};

/// A pointer to a function of the framework: `PFN_...`, by the name of the headers.
#[doc(hidden)]
pub trait Function: Copy {
    /// What it takes behind the driver's globals.
    type Arguments;
    /// What it returns.
    type Result;

    /// Calls it.
    ///
    /// # Safety
    /// It is not null, and what its page asks for holds.
    unsafe fn call(self, globals: PWDF_DRIVER_GLOBALS, arguments: Self::Arguments) -> Self::Result;
}

macro_rules! function {
    ($($argument:ident)*) => {
        impl<Result, $($argument),*> Function
            for Option<unsafe extern "C" fn(PWDF_DRIVER_GLOBALS, $($argument),*) -> Result>
        {
            type Arguments = ($($argument,)*);
            type Result = Result;

            #[inline(always)]
            #[allow(non_snake_case, reason = "the arguments have the names of their types")]
            unsafe fn call(
                self,
                globals: PWDF_DRIVER_GLOBALS,
                ($($argument,)*): Self::Arguments,
            ) -> Result {
                // SAFETY: The caller promises that it is not null.
                let function = unsafe { self.unwrap_unchecked() };
                // SAFETY: As the caller promises.
                unsafe { function(globals, $($argument),*) }
            }
        }
    };
}

function!();
function!(A);
function!(A B);
function!(A B C);
function!(A B C D);
function!(A B C D E);
function!(A B C D E F);
function!(A B C D E F G);
function!(A B C D E F G H);

/// Calls the function at a place of the table. [`call_unsafe_wdf_function_binding`](crate::call_unsafe_wdf_function_binding)
/// names place and type.
///
/// # Safety
/// The framework is bound, the type is that of the function at this place, and what the function's page asks for holds.
#[doc(hidden)]
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "it is two loads and a call, as an inline function of the headers in C"
)]
pub unsafe fn call<const INDEX: usize, F: Function>(arguments: F::Arguments) -> F::Result {
    if INDEX >= GUARANTEED {
        let there = wdk_sys::wdf::__private::get_wdf_function_count();
        assert!(INDEX < there, "this framework does not have the function");
    }
    // SAFETY: The framework has written it, once, when it was bound; nothing writes it later.
    let table = unsafe { wdk_sys::WdfFunctions };
    // SAFETY: The table has more entries than that: its length is guaranteed, or was looked at.
    let entry = unsafe { table.add(INDEX) };
    // SAFETY: The table is initialised, and the framework does not change it.
    let entry: WDFFUNC = unsafe { entry.read() };
    // SAFETY: An entry of the table is a pointer to a function, of the type that belongs to its place.
    let function = unsafe { core::mem::transmute_copy::<WDFFUNC, F>(&entry) };
    // SAFETY: The framework has written it, once, when it was bound.
    let globals = unsafe { wdk_sys::WdfDriverGlobals };
    // SAFETY: No entry of the table is null; the rest is the caller's promise.
    unsafe { function.call(globals, arguments) }
}
