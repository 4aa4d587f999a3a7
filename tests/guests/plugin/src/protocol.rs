//! What a call looks like, and what comes back. Every number is a little-endian `u64`.

/// The device interface: `{0FFE4DE2-5EED-4C1D-9A2B-2F6D3B1C7A57}` as its four fields.
pub(crate) const INTERFACE: (u32, u16, u16, [u8; 8]) = (
    0x0FFE_4DE2,
    0x5EED,
    0x4C1D,
    [0x9A, 0x2B, 0x2F, 0x6D, 0x3B, 0x1C, 0x7A, 0x57],
);

/// `CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)`: one call.
///
/// Input: the routine, the IRQL, seven arguments, and the words of [`WORDS`], which become the driver's memory.
/// Output: the result, the address of that memory, the addresses of the callbacks, and the words.
pub(crate) const CALL: u32 = 0x0022_2000;

/// What can be called, in the order of the numbers. The first does nothing, and leaves the memory as it is.
pub(crate) const ROUTINES: [&str; 26] = [
    "nothing",
    "PshedIsSystemWheaEnabled",
    "PshedRegisterPlugin",
    "PshedUnregisterPlugin",
    "PshedSynchronizeExecution",
    "PshedAllocateMemory",
    "PshedFreeMemory",
    "WheaAddErrorSource",
    "WheaRemoveErrorSource",
    "WheaAddErrorSourceDeviceDriver",
    "WheaRemoveErrorSourceDeviceDriver",
    "WheaReportHwErrorDeviceDriver",
    "WheaCreateHwErrorReportDeviceDriver",
    "WheaAddHwErrorReportSectionDeviceDriver",
    "WheaHwErrorReportSetSeverityDeviceDriver",
    "WheaHwErrorReportSetSectionNameDeviceDriver",
    "WheaHwErrorReportSubmitDeviceDriver",
    "WheaHwErrorReportAbandonDeviceDriver",
    "EtwRegister",
    "EtwSetInformation",
    "EtwUnregister",
    "KeInitializeEvent",
    "KeSetEvent",
    "KeClearEvent",
    "KeResetEvent",
    "KeStallExecutionProcessor",
];

/// How many arguments a call has.
pub(crate) const ARGUMENTS: usize = 7;
/// How many words of memory there are.
pub(crate) const WORDS: usize = 256;
/// The word that callbacks answer.
pub(crate) const ANSWER: usize = 200;
/// The word that counts callbacks.
pub(crate) const COUNT: usize = 201;
/// Where the newest callback wrote which it was, and its first three arguments.
pub(crate) const NEWEST: usize = 202;
/// How many callbacks there are.
pub(crate) const CALLBACKS: usize = 4;
