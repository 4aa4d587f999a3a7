//! The plans: which phases each transition goes through, in which order.

use nt_model::DeviceState;

use crate::wdf::state::{
    interrupt::{Down, Up},
    pnp::{Phase, Plan, PowerState},
    self_managed::SelfManagedEvent::{Cleanup, Flush, Start, Suspend},
};

pub(super) const START: Plan = &[
    Phase::Load,
    Phase::AddDevice,
    Phase::AssignResources,
    Phase::PrepareHardware,
    Phase::D0Entry,
    Phase::ConnectInterrupts(Up::Connect),
    Phase::PostInterruptsEnabled,
    Phase::ResumeQueues,
    Phase::SelfManaged(Start),
    Phase::EnableInterface,
    Phase::QueryRelations,
    Phase::Enter(DeviceState::Started),
];
pub(super) const POWER_DOWN: Plan = &[
    Phase::SelfManaged(Suspend),
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3),
    Phase::DisconnectInterrupts(Down::Sleep),
    Phase::D0Exit(PowerState::D3),
    Phase::Enter(DeviceState::LowPower),
];
pub(super) const POWER_UP: Plan = &[
    Phase::D0Entry,
    Phase::ConnectInterrupts(Up::Wake),
    Phase::PostInterruptsEnabled,
    Phase::ResumeQueues,
    Phase::SelfManaged(Start),
    Phase::Enter(DeviceState::Started),
];
pub(super) const STOP: Plan = &[
    Phase::QueryStop,
    Phase::SelfManaged(Suspend),
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3Final),
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::Enter(DeviceState::Stopped),
];
pub(super) const RESTART: Plan = &[
    Phase::AssignResources,
    Phase::PrepareHardware,
    Phase::D0Entry,
    Phase::ConnectInterrupts(Up::Connect),
    Phase::PostInterruptsEnabled,
    Phase::ResumeQueues,
    Phase::SelfManaged(Start),
    Phase::Enter(DeviceState::Started),
];
/// While the device changes its power state. The `PnP` machine calls `EvtDeviceSurpriseRemoval` on a thread of its own, and
/// then tells the power machine, which looks when it has come to the end of the change.
pub(super) const SURPRISE_MEANWHILE: Plan = &[Phase::SurpriseRemoval, Phase::AwaitPower];
/// The same, where the callback waits for the end of the change.
pub(super) const SURPRISE_AFTERWARDS: Plan = &[Phase::AwaitPower];
pub(super) const SURPRISE_IN_D0: Plan = &[
    Phase::SurpriseRemoval,
    Phase::SelfManaged(Suspend),
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3Final),
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::Enter(DeviceState::SurpriseRemoved),
];
pub(super) const SURPRISE_IN_D3: Plan = &[
    Phase::SurpriseRemoval,
    Phase::DisconnectInterrupts(Down::Inactive),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::Enter(DeviceState::SurpriseRemoved),
];
pub(super) const SURPRISE_RELEASED: Plan = &[
    Phase::SurpriseRemoval,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::Enter(DeviceState::SurpriseRemoved),
];
pub(super) const REMOVE_AWAKE: Plan = &[
    Phase::QueryRemove,
    Phase::SelfManaged(Suspend),
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3Final),
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::Removed),
];
pub(super) const REMOVE_ASLEEP: Plan = &[
    Phase::QueryRemove,
    Phase::D0Entry,
    Phase::ConnectInterrupts(Up::Wake),
    Phase::PostInterruptsEnabled,
    Phase::ResumeQueues,
    Phase::SelfManaged(Start),
    Phase::SelfManaged(Suspend),
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3Final),
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::Removed),
];
pub(super) const REMOVE_RELEASED: Plan = &[
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::Removed),
];
/// After a failed `EvtDriverDeviceAdd`.
pub(super) const UNDO_ADD: Plan = &[
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::NotAdded),
];
/// After a failed first start.
pub(super) const UNDO_START: Plan = &[
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::NotAdded),
];
/// After a failed restart or change of power.
pub(super) const GIVE_UP: Plan = &[
    Phase::DisconnectInterrupts(Down::Inactive),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::Enter(DeviceState::Failed),
];
/// A driver without a device of the `PnP` manager's: what it has made is there when its entry returns.
pub(super) const START_NON_PNP: Plan =
    &[Phase::EnableInterface, Phase::Enter(DeviceState::Started)];
/// Its control device goes with the driver object.
pub(super) const REMOVE_NON_PNP: Plan = &[
    Phase::DisableInterface,
    Phase::Unload,
    Phase::Enter(DeviceState::Removed),
];
/// The driver does not let its device be stopped.
pub(super) const GO_ON: Plan = &[Phase::Enter(DeviceState::Started)];
/// The driver does not let its device be removed, so that it is taken out of the machine.
pub(super) const SURPRISE_AND_REMOVE_AWAKE: Plan = &[
    Phase::SurpriseRemoval,
    Phase::SelfManaged(Suspend),
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3Final),
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::Removed),
];
/// The same of a device that sleeps.
pub(super) const SURPRISE_AND_REMOVE_ASLEEP: Plan = &[
    Phase::SurpriseRemoval,
    Phase::DisconnectInterrupts(Down::Inactive),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::Removed),
];
/// After a first start that failed behind `EvtDeviceD0Entry`: with the interrupts, or with self-managed I/O.
pub(super) const UNDO_CONNECT: Plan = &[
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::NotAdded),
];
pub(super) const UNDO_SELF_MANAGED: Plan = &[
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3Final),
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::PurgeOthers,
    Phase::SelfManaged(Cleanup),
    Phase::Delete,
    Phase::Unload,
    Phase::Enter(DeviceState::NotAdded),
];
/// The same after a restart or a change of power.
pub(super) const GIVE_UP_CONNECT: Plan = &[
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::Enter(DeviceState::Failed),
];
pub(super) const GIVE_UP_SELF_MANAGED: Plan = &[
    Phase::HoldQueues,
    Phase::PreInterruptsDisabled(PowerState::D3Final),
    Phase::DisconnectInterrupts(Down::Disconnect),
    Phase::D0Exit(PowerState::D3Final),
    Phase::ReleaseHardware,
    Phase::DeleteInterrupts,
    Phase::DisableInterface,
    Phase::PurgeManaged,
    Phase::SelfManaged(Flush),
    Phase::Enter(DeviceState::Failed),
];
