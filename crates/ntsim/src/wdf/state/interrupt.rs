//! Framework interrupts: what a WDFINTERRUPT was made with, what it was assigned, and how far it has come.

use super::pnp::Plan;

/// The callbacks of `WDF_INTERRUPT_CONFIG`; 0 where there is none.
#[derive(Clone, Copy, Debug)]
pub(in crate::wdf) struct InterruptCallbacks {
    pub(in crate::wdf) isr: u64,
    pub(in crate::wdf) dpc: u64,
    pub(in crate::wdf) work_item: u64,
    pub(in crate::wdf) enable: u64,
    pub(in crate::wdf) disable: u64,
}

/// What the `PnP` manager has assigned: what `WDF_INTERRUPT_INFO` tells.
#[derive(Clone, Copy, Debug)]
pub(in crate::wdf) struct Assigned {
    pub(in crate::wdf) vector: u32,
    pub(in crate::wdf) irql: u8,
    pub(in crate::wdf) affinity: u64,
    pub(in crate::wdf) latched: bool,
    pub(in crate::wdf) message: bool,
    pub(in crate::wdf) share: u8,
}

/// A WDFINTERRUPT.
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are KMDF's own, and each changes by itself"
)]
#[derive(Clone, Debug)]
pub(in crate::wdf) struct Interrupt {
    pub(in crate::wdf) callbacks: InterruptCallbacks,
    /// The WDFSPINLOCK of the configuration, or its WDFWAITLOCK; the interrupt's own handle where the lock is inside of it.
    pub(in crate::wdf) lock: u64,
    /// The place in the order of creation, which is the number that `EvtInterruptIsr` is told.
    pub(in crate::wdf) number: u32,
    /// It was created in `EvtDevicePrepareHardware`, and goes after `EvtDeviceReleaseHardware`.
    pub(in crate::wdf) of_prepare: bool,
    /// It is reported inactive on the way to a low-power state, and not disconnected.
    pub(in crate::wdf) soft: bool,
    /// It is handled at `PASSIVE_LEVEL`: its locks are NT's event and a wait lock.
    pub(in crate::wdf) passive: bool,
    pub(in crate::wdf) assigned: Option<Assigned>,
    /// NT's interrupt object: 0 until a connect has returned, and again before a disconnect begins.
    pub(in crate::wdf) object: u64,
    /// The same as the ISR of an edge-triggered line was told it, which may be before the connect has returned; 0 where
    /// nothing has arrived.
    pub(in crate::wdf) captured: u64,
    /// What arrives on an edge-triggered line is discarded: the interrupt is about to be given up, or was. KMDF lets it in again when
    /// the disconnect has returned, for it takes it that nothing comes then; so what NT does not keep from coming late is discarded.
    pub(in crate::wdf) disconnecting: bool,
    pub(in crate::wdf) connected: bool,
    pub(in crate::wdf) active: bool,
    /// `EvtInterruptEnable` has succeeded and `EvtInterruptDisable` was not called since.
    pub(in crate::wdf) enabled: bool,
    /// `WdfInterruptDisable` was called: no way into D0 connects it until `WdfInterruptEnable` does.
    pub(in crate::wdf) kept_disconnected: bool,
    /// The work item waits for its turn.
    pub(in crate::wdf) work_item_queued: bool,
    /// How many runs of the work item there are.
    pub(in crate::wdf) work_item_runs: u32,
}

impl Interrupt {
    /// Whether it has an edge-triggered line, whose edges the framework does not drop (`m_IsEdgeTriggeredNonMsiInterrupt`).
    pub(in crate::wdf) fn is_edge(&self) -> bool {
        self.assigned
            .is_some_and(|assigned| assigned.latched && !assigned.message)
    }

    /// NT's interrupt object for what the driver asks of it (`GetInterruptPtr`); 0 where there is none.
    pub(in crate::wdf) const fn object_or_captured(&self) -> u64 {
        match self.object {
            0 => self.captured,
            object => object,
        }
    }
}

/// On which way an interrupt is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Up {
    /// The first way into D0 after the hardware was prepared, or `WdfInterruptEnable`.
    Connect,
    /// From a low-power state.
    Wake,
}

/// On which way an interrupt is disconnected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Down {
    /// Out of D0 for good, after a failure, or by `WdfInterruptDisable`.
    Disconnect,
    /// To a low-power state.
    Sleep,
    /// What sleeps and is connected all the same is disconnected.
    Inactive,
}

/// A walk through the device's interrupts, one after the other.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    pub(in crate::wdf) plan: Plan,
    pub(in crate::wdf) way: Way,
    /// Those whose turn is still to come, the last one first.
    pub(in crate::wdf) left: Vec<u64>,
}

/// Which way an interrupt goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Up(Up),
    Down(Down),
}

/// What follows when an interrupt has come to the end of its way.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// The next one of a transition.
    Walk(Walk),
    /// The driver's own call returns.
    Return,
}

/// How far an interrupt has come on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// NT has connected this object, and `IoConnectInterruptEx` has not returned.
    Connecting(u64),
    /// Connected, or active; `EvtInterruptEnable` has not been called.
    Connected,
    /// The lock for `EvtInterruptEnable` or `EvtInterruptDisable` is to be taken, by a processor that was at this IRQL.
    Locking(u8),
    /// The callback runs; then this IRQL comes back.
    Called(u8),
    /// The lock is to be taken for the mark that edges are discarded, by a processor that was at this IRQL.
    Marking(u8),
    /// No more is called by the framework; what is queued is waited for.
    Flushing,
    /// What was queued has run. An interrupt may still arrive.
    Flushed,
    /// Disconnected, but an ISR of before may still run.
    Disconnected,
}

/// An interrupt on its way.
#[derive(Clone, Debug)]
pub(crate) struct OnItsWay {
    pub(in crate::wdf) handle: u64,
    pub(in crate::wdf) way: Way,
    pub(in crate::wdf) stage: Stage,
    pub(in crate::wdf) then: Then,
}

/// What the framework was doing with an interrupt when the driver was called, or a processor was given away.
#[derive(Clone, Debug)]
pub(crate) enum InterruptFrame {
    /// Taking it into D0, or out of it.
    Way(OnItsWay),
    /// `WdfInterruptSynchronize` has read NT's interrupt object, and has not called NT.
    Synchronize {
        object: u64,
        handle: u64,
        callback: u64,
        context: u64,
    },
    /// A call under the locks of an interrupt at `PASSIVE_LEVEL` waits for one.
    Passive(PassiveCall),
    /// Such a call has returned.
    PassiveCalled(PassiveCall),
    /// The driver waits for a wait lock.
    WaitLock(u64),
    /// The work item begins.
    WorkItem(u64),
    /// `EvtInterruptWorkItem` has returned.
    WorkItemEnded(u64),
}

/// A call under the locks of an interrupt that is handled at `PASSIVE_LEVEL`.
#[derive(Clone, Debug)]
pub(crate) struct PassiveCall {
    pub(in crate::wdf) what: &'static str,
    pub(in crate::wdf) target: u64,
    pub(in crate::wdf) arguments: Vec<u64>,
    /// The locks that are still to be taken, the first one last.
    pub(in crate::wdf) to_take: Vec<u64>,
    pub(in crate::wdf) taken: Vec<u64>,
    pub(in crate::wdf) after: AfterPassive,
}

/// What follows such a call.
#[derive(Clone, Debug)]
pub(crate) enum AfterPassive {
    /// Its BOOLEAN is returned.
    Return,
    /// The interrupt goes on on its way.
    Way(OnItsWay),
}
