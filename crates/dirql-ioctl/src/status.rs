//! The statuses with which the driver answers: NTSTATUS codes, and what each says of a request.

use nt_model::Status;

/// Declares the statuses of the contract once, for the list and for what its documentation says of each.
macro_rules! answers {
    ($($status:ident: $says:literal;)*) => {
        /// Every status of the contract.
        ///
        $(#[doc = concat!("- [`Status::", stringify!($status), "`]: ", $says)])*
        pub const ALL: &[Status] = &[$(Status::$status),*];
    };
}

answers! {
    SUCCESS: "The request was served.";
    INVALID_PARAMETER: "An argument is outside its documented range, a reserved field is not 0, or an enumeration value \
        is unknown.";
    INVALID_DEVICE_REQUEST: "The code is not one of the contract's.";
    ACCESS_DENIED: "The handle was not opened with the right that the code asks for.";
    NOT_FOUND: "There is no error source with that number.";
    BUFFER_TOO_SMALL: "The output buffer cannot hold the reply.";
    DEVICE_NOT_READY: "The hardware is not started, its interrupt was lost (a reconnect failed and so did connecting it \
        as before, or the system did not let the driver silence it), or the device left D0 during the \
        request.";
    CANCELLED: "The request was cancelled before it was served.";
    INSUFFICIENT_RESOURCES: "There was no memory, or no thread, to serve the request.";
    NOT_SUPPORTED: "The device's resources cannot serve the kind that was asked for.";
    INVALID_DEVICE_STATE: "The device is in a state in which the code cannot be served: the interrupt is soft-inactive, or \
        another request is reconnecting it.";
    INVALID_BUFFER_SIZE: "The input is not exactly as long as the code's request.";
    IO_TIMEOUT: "The interrupt's work did not end within its bound.";
    DEVICE_CONFIGURATION_ERROR: "The interrupt could not be connected again, neither as asked nor as it was before.";
    INTERNAL_ERROR: "The system came back from a call under the interrupt lock without having run it.";
}
