// DPCs and timers.

pub type PFN_WDF_DPC = ::core::option::Option<unsafe extern "C" fn(arg1: WDFDPC)>;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DPC_CONFIG {
    pub Size: ULONG,
    pub EvtDpcFunc: PFN_WDF_DPC,
    pub AutomaticSerialization: BOOLEAN,
}
layout! { struct _WDF_DPC_CONFIG: 24, 8; Size 0, EvtDpcFunc 8, AutomaticSerialization 16 }
impl Default for _WDF_DPC_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DPC_CONFIG = _WDF_DPC_CONFIG;
pub type PWDF_DPC_CONFIG = *mut _WDF_DPC_CONFIG;

pub type PFN_WDF_TIMER = ::core::option::Option<unsafe extern "C" fn(arg1: WDFTIMER)>;

#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_TIMER_CONFIG {
    pub Size: ULONG,
    pub EvtTimerFunc: PFN_WDF_TIMER,
    pub Period: ULONG,
    pub AutomaticSerialization: BOOLEAN,
    pub TolerableDelay: ULONG,
    // The header aligns the next field to 8 bytes.
    pub __bindgen_padding_0: [u8; 4usize],
    pub UseHighResolutionTimer: BOOLEAN,
}
layout! {
    struct _WDF_TIMER_CONFIG: 40, 8;
    Size 0, EvtTimerFunc 8, Period 16, AutomaticSerialization 20, TolerableDelay 24, __bindgen_padding_0 28,
    UseHighResolutionTimer 32
}
impl Default for _WDF_TIMER_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_TIMER_CONFIG = _WDF_TIMER_CONFIG;
pub type PWDF_TIMER_CONFIG = *mut _WDF_TIMER_CONFIG;
