//! The `PnP` manager and the framework's `PnP` and power machine: from load to unload, one device.
//!
//! A transition is a thread of the system that calls one callback after the other; each step says
//! what the callback before it returned means.

use crate::{
    activation::{Flow, Frame, Wait},
    failure::{Failure, rule},
    guest::Guest,
    kernel::wait::DispatcherObject,
    layout,
    sim::Sim,
    wdf::{WdfFrame, request::State},
};

/// Where the device stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum DeviceState {
    #[default]
    NotAdded,
    Started,
    Removed,
}

/// The `PnP` manager's view of the device.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pnp {
    pub(crate) state: DeviceState,
    /// Whether the device is in D0, so that power-managed queues give requests out.
    pub(crate) powered: bool,
    /// A transition is on.
    busy: bool,
    /// What went wrong in a start that has to be undone.
    failed: Option<String>,
}

/// `WDF_POWER_DEVICE_STATE`: where a device comes from at its first start and goes to at its end.
const D3_FINAL: u64 = 5;
/// `WdfRequestStopActionPurge`: what `EvtIoStop` is told on removal.
const STOP_ACTION_PURGE: u64 = 2;

/// What a transition has just called.
#[derive(Clone, Debug)]
pub(crate) enum PnpStep {
    Load,
    DriverEntry,
    DeviceAdd,
    PrepareHardware,
    D0Entry,
    BeginRemove,
    /// `EvtIoStop` was called for some of these requests; the others are to come.
    StopIo(Vec<u64>),
    WaitForOwned,
    D0Exit,
    ReleaseHardware,
    /// The queues are purged; what the driver owns is awaited, then what runs by itself.
    Purged,
    /// Cleanup callbacks that are still to be called: what, target, handle.
    Cleanup(Vec<(&'static str, u64, u64)>),
    Unload,
}

const fn is_success(status: u64) -> bool {
    status as u32 >> 31 == 0
}

pub(super) fn call(what: &'static str, target: u64, arguments: Vec<u64>, step: PnpStep) -> Flow {
    Flow::Call {
        what,
        target,
        arguments,
        frame: Frame::Wdf(WdfFrame::Pnp(step)),
    }
}

/// The transition waits, and then goes on with `step`.
pub(super) fn wait_for(object: DispatcherObject, step: PnpStep) -> Flow {
    Flow::WaitThen {
        wait: Wait {
            object: Some(object),
        },
        frame: Frame::Wdf(WdfFrame::Pnp(step)),
    }
}

impl super::Wdf {
    /// Whether no transition is on.
    pub(crate) fn transition_ended(&self) -> bool {
        !self.pnp.busy
    }
}

impl Sim {
    /// Begins to load the driver and start its device.
    pub(crate) fn begin_start(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        self.begin(guest, "PnP start", PnpStep::Load)
    }

    /// Begins to remove the device and unload the driver.
    pub(crate) fn begin_remove(&mut self, guest: &mut Guest) -> Result<(), Failure> {
        self.wdf.device.interface_enabled = false;
        self.begin(guest, "PnP remove", PnpStep::BeginRemove)
    }

    fn begin(&mut self, guest: &mut Guest, name: &str, step: PnpStep) -> Result<(), Failure> {
        self.wdf.pnp.busy = true;
        self.spawn(guest, name, Frame::Wdf(WdfFrame::Pnp(step)))?;
        Ok(())
    }

    fn end_transition(&mut self, state: DeviceState) -> Result<Flow, Failure> {
        self.wdf.pnp.state = state;
        self.wdf.pnp.busy = false;
        if let Some(reason) = self.wdf.pnp.failed.take() {
            return Err(Failure::new(rule::START_FAILED, reason));
        }
        Ok(Flow::Finish)
    }

    fn fail_start(&mut self, what: &str, status: u64) {
        self.wdf.pnp.failed = Some(format!(
            "{what} returned the status {:#010x}",
            status as u32
        ));
    }

    /// Goes on with a transition.
    #[expect(
        clippy::too_many_lines,
        reason = "the steps read as one list, in the order in which they happen"
    )]
    pub(crate) fn resume_pnp(
        &mut self,
        guest: &mut Guest,
        step: PnpStep,
        value: u64,
    ) -> Result<Flow, Failure> {
        match step {
            PnpStep::Load => {
                let entry = layout::IMAGE_BASE + u64::from(self.image.entry());
                self.make_driver_object(guest, entry)?;
                let arguments = vec![self.wdf.driver.object, self.wdf.driver.registry_path];
                Ok(call(
                    "the image's entry",
                    entry,
                    arguments,
                    PnpStep::DriverEntry,
                ))
            }
            PnpStep::DriverEntry if !is_success(value) => {
                self.fail_start("the image's entry", value);
                self.end_transition(DeviceState::NotAdded)
            }
            PnpStep::DriverEntry => {
                let (target, driver) = (self.wdf.driver.device_add, self.wdf.driver.handle);
                if target == 0 {
                    return Err(Failure::new(
                        rule::START_FAILED,
                        "the driver has no EvtDriverDeviceAdd",
                    ));
                }
                let init = self.kernel.new_object();
                self.wdf.device.init = Some(init);
                Ok(call(
                    "EvtDriverDeviceAdd",
                    target,
                    vec![driver, init],
                    PnpStep::DeviceAdd,
                ))
            }
            PnpStep::DeviceAdd if !is_success(value) || self.wdf.device.handle == 0 => {
                self.fail_start("EvtDriverDeviceAdd", value);
                Ok(self.after_release(guest)?)
            }
            PnpStep::DeviceAdd => {
                self.assign_resources(guest)?;
                let resources = &self.wdf.resources;
                let arguments = vec![self.wdf.device.handle, resources.raw, resources.translated];
                match self.wdf.device.callbacks.prepare_hardware {
                    0 => self.resume_pnp(guest, PnpStep::PrepareHardware, 0),
                    target => Ok(call(
                        "EvtDevicePrepareHardware",
                        target,
                        arguments,
                        PnpStep::PrepareHardware,
                    )),
                }
            }
            PnpStep::PrepareHardware if !is_success(value) => {
                // ReleaseHardware is called all the same (nc-wdfdevice-evt_wdf_device_prepare_hardware).
                self.fail_start("EvtDevicePrepareHardware", value);
                self.release_hardware(guest)
            }
            PnpStep::PrepareHardware => match self.wdf.device.callbacks.d0_entry {
                0 => self.resume_pnp(guest, PnpStep::D0Entry, 0),
                target => Ok(call(
                    "EvtDeviceD0Entry",
                    target,
                    vec![self.wdf.device.handle, D3_FINAL],
                    PnpStep::D0Entry,
                )),
            },
            PnpStep::D0Entry if !is_success(value) => {
                self.fail_start("EvtDeviceD0Entry", value);
                self.release_hardware(guest)
            }
            PnpStep::D0Entry => {
                self.wdf.pnp.powered = true;
                self.wdf.device.interface_enabled = true;
                let queues: Vec<u64> = self.wdf.queues.keys().copied().collect();
                for queue in queues {
                    self.present_soon(guest, queue)?;
                }
                self.end_transition(DeviceState::Started)
            }
            PnpStep::BeginRemove => {
                // What waits in a power-managed queue is cancelled while the device still has power.
                for queue in self.queues(Some(true)) {
                    self.purge(guest, queue)?;
                }
                self.wdf.pnp.powered = false;
                let owned = self.owned_requests(Some(true));
                self.resume_pnp(guest, PnpStep::StopIo(owned), 0)
            }
            PnpStep::StopIo(mut owned) => {
                while let Some(request) = owned.pop() {
                    let Some(State::Owned(queue)) =
                        self.wdf.requests.get(&request).map(|found| found.state)
                    else {
                        continue;
                    };
                    let target = self.wdf.queues[&queue].stop;
                    if target != 0 {
                        return Ok(call(
                            "EvtIoStop",
                            target,
                            vec![queue, request, STOP_ACTION_PURGE],
                            PnpStep::StopIo(owned),
                        ));
                    }
                }
                self.resume_pnp(guest, PnpStep::WaitForOwned, 0)
            }
            PnpStep::WaitForOwned if !self.owned_requests(Some(true)).is_empty() => Ok(wait_for(
                DispatcherObject::OwnedRequests,
                PnpStep::WaitForOwned,
            )),
            PnpStep::WaitForOwned => match self.wdf.device.callbacks.d0_exit {
                0 => self.resume_pnp(guest, PnpStep::D0Exit, 0),
                target => Ok(call(
                    "EvtDeviceD0Exit",
                    target,
                    vec![self.wdf.device.handle, D3_FINAL],
                    PnpStep::D0Exit,
                )),
            },
            PnpStep::D0Exit => self.release_hardware(guest),
            PnpStep::ReleaseHardware => {
                for queue in self.queues(None) {
                    self.purge(guest, queue)?;
                }
                self.resume_pnp(guest, PnpStep::Purged, 0)
            }
            PnpStep::Purged => self.after_release(guest),
            PnpStep::Cleanup(mut callbacks) => match callbacks.pop() {
                Some((what, target, handle)) => Ok(call(
                    what,
                    target,
                    vec![handle],
                    PnpStep::Cleanup(callbacks),
                )),
                None => self.unload(guest),
            },
            PnpStep::Unload => {
                let driver = self.wdf.driver.handle;
                self.delete_wdf_object(guest, driver)?;
                if self.wdf.driver.bound_minor.is_some() {
                    return Err(Failure::new(
                        rule::OBJECT_LEAK,
                        "the driver was unloaded and did not unbind from the framework",
                    ));
                }
                self.end_transition(DeviceState::Removed)
            }
        }
    }

    fn release_hardware(&mut self, guest: &mut Guest) -> Result<Flow, Failure> {
        match self.wdf.device.callbacks.release_hardware {
            0 => self.resume_pnp(guest, PnpStep::ReleaseHardware, 0),
            target => {
                let arguments = vec![self.wdf.device.handle, self.wdf.resources.translated];
                Ok(call(
                    "EvtDeviceReleaseHardware",
                    target,
                    arguments,
                    PnpStep::ReleaseHardware,
                ))
            }
        }
    }
}
