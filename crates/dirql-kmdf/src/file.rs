//! The objects that the framework makes for open handles.

use wdk_sys::{
    _WDF_FILEOBJECT_CLASS, _WDF_TRI_STATE, PFN_WDF_FILE_CLEANUP, PWDFDEVICE_INIT,
    WDF_FILEOBJECT_CONFIG, call_unsafe_wdf_function_binding,
};

use crate::{context::Kind, structure::size};

/// Has the framework make an object for each open handle, with a context of `kind`, and call `cleanup` when the last
/// handle of one is closed.
///
/// # Safety
///
/// `init` is that of the running `EvtDriverDeviceAdd`, and no device was made of it. `cleanup` may be called with a file
/// object of the device that is made of it, once ("nc-wdfdevice-evt_wdf_file_cleanup").
pub unsafe fn configure<T>(
    init: PWDFDEVICE_INIT,
    kind: &'static Kind<T>,
    cleanup: PFN_WDF_FILE_CLEANUP,
) {
    let mut config = WDF_FILEOBJECT_CONFIG {
        Size: size::<WDF_FILEOBJECT_CONFIG>(),
        EvtFileCleanup: cleanup,
        AutoForwardCleanupClose: _WDF_TRI_STATE::WdfUseDefault,
        FileObjectClass: _WDF_FILEOBJECT_CLASS::WdfFileObjectWdfCannotUseFsContexts,
        ..WDF_FILEOBJECT_CONFIG::default()
    };
    let mut attributes = kind.attributes();
    // SAFETY: `init` is that of EvtDriverDeviceAdd, and the framework copies both structures
    // (nf-wdfdevice-wdfdeviceinitsetfileobjectconfig).
    unsafe {
        call_unsafe_wdf_function_binding!(
            WdfDeviceInitSetFileObjectConfig,
            init,
            &raw mut config,
            &raw mut attributes
        );
    };
}
