//! What the framework is told of an interrupt: its callbacks, its configuration, and the type of its context.
//!
//! Pages: `ns-wdfinterrupt-_wdf_interrupt_config`, `ns-wdfobject-_wdf_object_context_type_info`.

use core::ffi::{CStr, c_char, c_void};

/// A handle of the framework's: a `WDFINTERRUPT`, a `WDFDEVICE`, a `WDFSPINLOCK` or a `WDFWAITLOCK`.
pub(crate) type Handle = *mut c_void;

/// `EvtInterruptIsr` (nc-wdfinterrupt-evt_wdf_interrupt_isr).
pub(crate) type Isr = unsafe extern "C" fn(interrupt: Handle, message: u32) -> u8;
/// `EvtInterruptDpc` and `EvtInterruptWorkItem` (nc-wdfinterrupt-evt_wdf_interrupt_dpc,
/// nc-wdfinterrupt-evt_wdf_interrupt_workitem).
pub(crate) type Following = unsafe extern "C" fn(interrupt: Handle, device: Handle);
/// `EvtInterruptEnable` and `EvtInterruptDisable` (nc-wdfinterrupt-evt_wdf_interrupt_enable).
pub(crate) type Change = unsafe extern "C" fn(interrupt: Handle, device: Handle) -> i32;
/// `EvtCleanupCallback` (nc-wdfobject-evt_wdf_object_context_cleanup).
pub(crate) type Cleanup = unsafe extern "C" fn(interrupt: Handle);
/// `EvtInterruptSynchronize` (nc-wdfinterrupt-evt_wdf_interrupt_synchronize).
pub(crate) type Synchronized = unsafe extern "C" fn(interrupt: Handle, context: *mut c_void) -> u8;

/// The callbacks of an interrupt.
#[derive(Clone, Copy)]
pub(crate) struct Callbacks {
    pub(crate) isr: Isr,
    pub(crate) dpc: Option<Following>,
    pub(crate) work_item: Option<Following>,
    pub(crate) enable: Change,
    pub(crate) disable: Change,
    pub(crate) cleanup: Cleanup,
}

/// What else `WDF_INTERRUPT_CONFIG` says of it.
#[derive(Clone, Copy)]
pub(crate) struct Configuration {
    /// The `WDFSPINLOCK`; null for a lock of the interrupt's own.
    pub(crate) lock: Handle,
    /// The same for one that is handled at `PASSIVE_LEVEL`: a `WDFWAITLOCK`.
    pub(crate) wait_lock: Handle,
    /// The raw and the translated descriptor; null in `EvtDriverDeviceAdd`.
    pub(crate) descriptors: [*mut c_void; 2],
    pub(crate) report_inactive: bool,
    /// It is handled at `PASSIVE_LEVEL`.
    pub(crate) passive: bool,
}

/// `WDF_OBJECT_CONTEXT_TYPE_INFO`. Its address is the identity of the type.
#[repr(C)]
pub(crate) struct ContextType {
    size: u32,
    name: *const c_char,
    pub(crate) context_size: usize,
    unique: *const c_void,
    get_unique: Option<unsafe extern "C" fn() -> *const c_void>,
}

const _: () = assert!(size_of::<ContextType>() == 40);

impl ContextType {
    /// Describes a context of so many bytes.
    pub(crate) const fn new(name: &'static CStr, size: usize, unique: *const c_void) -> Self {
        Self {
            size: 40,
            name: name.as_ptr(),
            context_size: size,
            unique,
            get_unique: None,
        }
    }
}
