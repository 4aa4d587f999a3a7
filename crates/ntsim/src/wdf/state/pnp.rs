//! Where the device stands, and what a transition has still to do.

use nt_model::DeviceState;

use super::{
    interrupt::{Down, Up},
    self_managed::{SelfManaged, SelfManagedEvent},
};

/// `WDF_POWER_DEVICE_STATE`, of those that a device can be in here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PowerState {
    D0 = 1,
    D3 = 4,
    /// Where a device comes from at its first start and goes to at its end.
    #[default]
    D3Final = 5,
}

/// The `PnP` manager's view of the device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pnp {
    pub(crate) state: DeviceState,
    /// Whether power-managed queues give requests out.
    pub(crate) powered: bool,
    pub(in crate::wdf) power_state: PowerState,
    /// The power state before the last `EvtDeviceD0Entry`.
    pub(in crate::wdf) came_from: PowerState,
    pub(in crate::wdf) under_way: UnderWay,
    pub(in crate::wdf) self_managed: SelfManaged,
    /// What went wrong in a start that has to be undone.
    pub(in crate::wdf) failed: Option<String>,
    /// Whether `EvtDevicePrepareHardware` is running.
    pub(in crate::wdf) preparing: bool,
    /// Whether resources were assigned ever.
    pub(in crate::wdf) was_assigned: bool,
    /// What failed first on the way out of D0, and its status: the device is given up when it is there.
    pub(in crate::wdf) down_failed: Option<(&'static str, u64)>,
    /// What failed with which status, of the interrupts that were on their way last.
    pub(in crate::wdf) interrupt_failed: Option<(&'static str, u64)>,
}

/// Whether a transition is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::wdf) enum UnderWay {
    /// None.
    #[default]
    Nothing,
    /// One that leaves no room for another.
    Transition,
    /// The device changes its power state: the framework's power machine is at work.
    PowerChange,
    /// So it does, and is gone meanwhile: its removal follows the change.
    PowerChangeOfGone,
}

/// What a transition does next.
#[derive(Clone, Debug)]
pub(crate) enum PnpStep {
    /// It goes on with the first phase of the plan.
    Next(Plan),
    /// The callback of the first phase has returned.
    Returned(Plan),
    /// The first phase stops, purges or starts queues.
    Quiesce(Plan, Quiesce),
    /// The first phase deletes interrupts: the last one of those whose turn it was is gone.
    DeleteInterrupts(Plan),
    /// The device's objects are gone.
    Deleted(Plan),
}

/// A step of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The image's entry, which leads to `DriverEntry`.
    Load,
    /// `EvtDriverDeviceAdd`.
    AddDevice,
    /// The `PnP` manager assigns BARs and an interrupt.
    AssignResources,
    /// `EvtDevicePrepareHardware`.
    PrepareHardware,
    /// `EvtDeviceD0Entry`, with the state that the device comes from.
    D0Entry,
    /// Interrupts are connected, or reported active, and enabled.
    ConnectInterrupts(Up),
    /// `EvtDeviceD0EntryPostInterruptsEnabled`, with the state that the device comes from.
    PostInterruptsEnabled,
    /// Power-managed queues give requests out.
    ResumeQueues,
    /// Self-managed I/O is told of the way, and calls the driver for it.
    SelfManaged(SelfManagedEvent),
    /// The device interface can be opened.
    EnableInterface,
    /// `EvtDeviceRelationsQuery`, for what the `PnP` manager asks of a device that has started.
    QueryRelations,
    /// `EvtDeviceQueryStop`.
    QueryStop,
    /// `EvtDeviceQueryRemove`.
    QueryRemove,
    /// `EvtDeviceSurpriseRemoval`.
    SurpriseRemoval,
    /// Until a change of power has ended; then what the device's state asks for of a surprise removal.
    AwaitPower,
    /// Power-managed queues are held, and what the driver owns of them is awaited.
    HoldQueues,
    /// `EvtDeviceD0ExitPreInterruptsDisabled`, with the state that the device goes to.
    PreInterruptsDisabled(PowerState),
    /// Interrupts are disabled, and disconnected or reported inactive.
    DisconnectInterrupts(Down),
    /// `EvtDeviceD0Exit`, with the state that the device goes to.
    D0Exit(PowerState),
    /// `EvtDeviceReleaseHardware`.
    ReleaseHardware,
    /// The interrupts that `EvtDevicePrepareHardware` made are deleted.
    DeleteInterrupts,
    /// The device interface can be opened no more.
    DisableInterface,
    /// Power-managed queues are purged for good.
    PurgeManaged,
    /// The other queues are purged for good.
    PurgeOthers,
    /// The device and everything below it are deleted.
    Delete,
    /// `DriverUnload`.
    Unload,
    /// The end, in this state.
    Enter(DeviceState),
}

/// What happens to which queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Power-managed queues go on later.
    Hold,
    /// Power-managed queues are purged.
    PurgeManaged,
    /// The other queues are purged.
    PurgeOthers,
}

/// How far it has come; the queues are those whose turn is still to come, the last one first.
#[derive(Clone, Debug)]
pub(crate) enum Quiesce {
    /// The next queue gives no requests out any more.
    Close(Vec<u64>),
    /// Until no callback of this queue is running.
    Closed(u64, Vec<u64>),
    /// The next queue is stopped.
    Stop(Action, Vec<u64>),
    /// This queue is purged.
    Purged(u64, Vec<u64>, Action),
    /// Until the driver has given back or acknowledged what it owns of this queue.
    Stopped(u64, Vec<u64>, Action),
    /// The next queue is powered.
    Power(Vec<u64>),
    /// The next queue gives out what it has held.
    Start(Vec<u64>),
}

/// The phases that are still to come; the first is being gone through.
pub(crate) type Plan = &'static [Phase];
