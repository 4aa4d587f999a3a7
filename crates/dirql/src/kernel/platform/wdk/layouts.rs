//! The crate's own declarations, held against those of `wdk-sys`, field by field.
//!
//! Compiled with the feature `wdk` only, against whatever bindings `wdk-sys` was built with: those that a kit's
//! headers give, or the embedded ones. A size alone would let two fields change places.

use core::mem::{align_of, offset_of, size_of};

use super::{
    processors::{GroupAffinity, ProcessorNumber},
    rundown::RundownRef,
};
use crate::kernel::platform::parameters::{
    ConnectParameters, ConnectedParameters, FullySpecifiedTail, Kdpc, MessageEntry, MessageTable,
};

/// The size of a field, by a path to it that is never followed.
const fn width<T, F>(_: fn(*const T) -> *const F) -> usize {
    size_of::<F>()
}

/// Asserts that two declarations have one layout: `field = Field` for each field, then a size and an alignment.
macro_rules! same {
    ($ours:ty, $theirs:ty; $($field:ident = $($their:ident).+),+ $(,)?) => {
        const _: () = {
            assert!(size_of::<$ours>() == size_of::<$theirs>());
            assert!(align_of::<$ours>() == align_of::<$theirs>());
            same!(within $ours, $theirs, 0; $($field = $($their).+),+);
        };
    };
    // A part of `ours` that begins at an offset in `theirs`.
    (within $ours:ty, $theirs:ty, $at:expr; $($field:ident = $($their:ident).+),+ $(,)?) => {
        $(
            assert!($at + offset_of!($ours, $field) == offset_of!($theirs, $($their).+));
            // SAFETY: The paths are compiled for the types of the fields, and never called.
            let ours = width(|value: *const $ours| unsafe { &raw const (*value).$field });
            // SAFETY: As above.
            let theirs = width(|value: *const $theirs| unsafe { &raw const (*value).$($their).+ });
            assert!(ours == theirs);
        )+
    };
}

same!(ConnectParameters, wdk_sys::IO_CONNECT_INTERRUPT_PARAMETERS;
    version = Version,
    device = __bindgen_anon_1.FullySpecified.PhysicalDeviceObject,
    connection = __bindgen_anon_1.FullySpecified.InterruptObject,
    routine = __bindgen_anon_1.FullySpecified.ServiceRoutine,
    context = __bindgen_anon_1.FullySpecified.ServiceContext,
    lock = __bindgen_anon_1.FullySpecified.SpinLock,
    synchronize_irql = __bindgen_anon_1.FullySpecified.SynchronizeIrql,
    floating_save = __bindgen_anon_1.FullySpecified.FloatingSave,
    share_vector = __bindgen_anon_1.FullySpecified.ShareVector,
    vector = __bindgen_anon_1.FullySpecified.Vector,
);

/// What the other members of the union share with the fully-specified one, and where each differs.
const _: () = {
    type Theirs = wdk_sys::IO_CONNECT_INTERRUPT_PARAMETERS;
    same!(within ConnectParameters, Theirs, 0;
        device = __bindgen_anon_1.LineBased.PhysicalDeviceObject,
        connection = __bindgen_anon_1.LineBased.InterruptObject,
        routine = __bindgen_anon_1.LineBased.ServiceRoutine,
        context = __bindgen_anon_1.LineBased.ServiceContext,
        lock = __bindgen_anon_1.LineBased.SpinLock,
        synchronize_irql = __bindgen_anon_1.LineBased.SynchronizeIrql,
        floating_save = __bindgen_anon_1.LineBased.FloatingSave,
    );
    same!(within ConnectParameters, Theirs, 0;
        device = __bindgen_anon_1.MessageBased.PhysicalDeviceObject,
        connection = __bindgen_anon_1.MessageBased.ConnectionContext,
        routine = __bindgen_anon_1.MessageBased.MessageServiceRoutine,
        context = __bindgen_anon_1.MessageBased.ServiceContext,
        lock = __bindgen_anon_1.MessageBased.SpinLock,
        synchronize_irql = __bindgen_anon_1.MessageBased.SynchronizeIrql,
        floating_save = __bindgen_anon_1.MessageBased.FloatingSave,
    );
    assert!(
        offset_of!(ConnectParameters, tail)
            == offset_of!(Theirs, __bindgen_anon_1.MessageBased.FallBackServiceRoutine)
    );
    same!(within FullySpecifiedTail, Theirs, offset_of!(ConnectParameters, tail);
        irql = __bindgen_anon_1.FullySpecified.Irql,
        mode = __bindgen_anon_1.FullySpecified.InterruptMode,
        processors = __bindgen_anon_1.FullySpecified.ProcessorEnableMask,
        group = __bindgen_anon_1.FullySpecified.Group,
    );
};

same!(ConnectedParameters, wdk_sys::IO_DISCONNECT_INTERRUPT_PARAMETERS;
    version = Version,
    connection = ConnectionContext,
);
same!(ConnectedParameters, wdk_sys::IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS;
    version = Version,
    connection = ConnectionContext,
);
same!(MessageEntry, wdk_sys::IO_INTERRUPT_MESSAGE_INFO_ENTRY;
    address = MessageAddress,
    processors = TargetProcessorSet,
    interrupt = InterruptObject,
    data = MessageData,
    vector = Vector,
    irql = Irql,
    mode = Mode,
    polarity = Polarity,
);
same!(MessageTable, wdk_sys::IO_INTERRUPT_MESSAGE_INFO;
    unified_irql = UnifiedIrql,
    count = MessageCount,
    first = MessageInfo,
);
same!(GroupAffinity, wdk_sys::GROUP_AFFINITY;
    mask = Mask,
    group = Group,
    reserved = Reserved,
);
same!(ProcessorNumber, wdk_sys::PROCESSOR_NUMBER;
    group = Group,
    number = Number,
    reserved = Reserved,
);

/// Opaque words, and a descriptor that is read by the offsets of its bytes.
const _: () = {
    use wdk_sys::CM_PARTIAL_RESOURCE_DESCRIPTOR as Descriptor;
    assert!(size_of::<RundownRef>() == size_of::<wdk_sys::EX_RUNDOWN_REF>());
    assert!(align_of::<RundownRef>() == align_of::<wdk_sys::EX_RUNDOWN_REF>());
    assert!(size_of::<usize>() == size_of::<wdk_sys::KSPIN_LOCK>());
    assert!(size_of::<Kdpc>() == size_of::<wdk_sys::KDPC>());
    assert!(align_of::<Kdpc>() == align_of::<wdk_sys::KDPC>());
    assert!(crate::TranslatedInterrupt::DESCRIPTOR_SIZE == size_of::<Descriptor>());
    assert!(offset_of!(Descriptor, Type) == 0);
    assert!(offset_of!(Descriptor, ShareDisposition) == 1);
    assert!(offset_of!(Descriptor, Flags) == 2);
    // Level, with the group in its upper half; vector; affinity.
    assert!(offset_of!(Descriptor, u.Interrupt.Level) == 4);
    assert!(offset_of!(Descriptor, u.Interrupt.Vector) == 8);
    assert!(offset_of!(Descriptor, u.Interrupt.Affinity) == 12);
};

#[cfg(feature = "pshed")]
const _: () = {
    use crate::pshed::layout::{Callbacks, ErrorSourceDescriptor, RegistrationPacket};
    same!(ErrorSourceDescriptor, wdk_sys::WHEA_ERROR_SOURCE_DESCRIPTOR;
        length = Length,
        version = Version,
        kind = Type,
        state = State,
        max_raw_data_length = MaxRawDataLength,
        records_to_preallocate = NumRecordsToPreallocate,
        max_sections_per_record = MaxSectionsPerRecord,
        id = ErrorSourceId,
        platform_id = PlatformErrorSourceId,
        flags = Flags,
        info = Info,
    );
    // The mask of functional areas is what lies between Context and Reserved.
    same!(RegistrationPacket, wdk_sys::WHEA_PSHED_PLUGIN_REGISTRATION_PACKET_V2;
        length = Length,
        version = Version,
        context = Context,
        reserved = Reserved,
        callbacks = Callbacks,
        handle = PluginHandle,
    );
    same!(Callbacks, wdk_sys::_WHEA_PSHED_PLUGIN_CALLBACKS;
        get_all_error_sources = GetAllErrorSources,
        reserved = Reserved,
        get_error_source_info = GetErrorSourceInfo,
        set_error_source_info = SetErrorSourceInfo,
        enable_error_source = EnableErrorSource,
        disable_error_source = DisableErrorSource,
        write_error_record = WriteErrorRecord,
        read_error_record = ReadErrorRecord,
        clear_error_record = ClearErrorRecord,
        retrieve_error_info = RetrieveErrorInfo,
        finalize_error_record = FinalizeErrorRecord,
        clear_error_status = ClearErrorStatus,
        attempt_recovery = AttemptRecovery,
        get_injection_capabilities = GetInjectionCapabilities,
        inject_error = InjectError,
    );
};
