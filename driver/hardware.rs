//! A started device: its register window and its interrupt.

use dirql::{Irql, Passive};
use wdk_sys::{NTSTATUS, STATUS_DEVICE_CONFIGURATION_ERROR, STATUS_INSUFFICIENT_RESOURCES};

use crate::{
    board::{Board, BoardRef},
    dpc::Dpc,
    interrupt::{Base, DeviceInterrupt},
    mapping::Mapping,
    reach::ReachRef,
    registers::Registers,
    resources::Resources,
    shared::Shared,
    waits::Waits,
};

/// What a device has between `EvtDevicePrepareHardware` and `EvtDeviceReleaseHardware`.
///
/// The interrupt stands before the mapping that its service routine reads: fields are dropped in this
/// order.
pub(crate) struct Hardware {
    /// The device's interrupt.
    pub(crate) interrupt: DeviceInterrupt,
    identification: u32,
    _mapping: Mapping,
}

impl Hardware {
    /// Maps the registers and connects the interrupt, parked.
    ///
    /// # Errors
    ///
    /// What failed, as a status for `EvtDevicePrepareHardware`. Nothing is left mapped or connected, and
    /// the records are retained again.
    ///
    /// # Safety
    ///
    /// `resources` are those with which the device of `base` is being started. The result is torn down
    /// ([`stop`](Self::stop)) before `EvtDeviceReleaseHardware` returns, and `base` and `board` outlive it.
    pub(crate) unsafe fn start(
        base: &Base,
        board: &Board,
        dpc: Dpc,
        irql: &mut Irql<'_, Passive>,
        resources: &Resources,
    ) -> Result<Self, NTSTATUS> {
        // SAFETY: The memory is the device's, found to be large enough, and stays its own until
        // EvtDeviceReleaseHardware has returned.
        let mapping = unsafe { Mapping::new(irql, resources.registers) }
            .ok_or(STATUS_INSUFFICIENT_RESOURCES)?;
        // SAFETY: The registers are used by this function and by the interrupt, which is disconnected
        // before the mapping goes.
        let registers = unsafe { mapping.registers() };
        let identification = registers.identification();
        if !Registers::is_edu(identification) {
            return Err(STATUS_DEVICE_CONFIGURATION_ERROR);
        }
        // What the device says from before belongs to nothing.
        registers.silence();

        // SAFETY: The board outlives the hardware, as the caller promises.
        let board = unsafe { BoardRef::new(board) };
        // SAFETY: As above.
        let reach = unsafe { ReachRef::new(&base.reach) };
        let ledger = base.take_retained(irql);
        let shared = Shared::new(registers, dpc, board, reach, &ledger);
        // SAFETY: The resources are those of this start, as the caller promises; `stop` ends the interrupt, and the mapping
        // goes behind it.
        let interrupt = unsafe { DeviceInterrupt::make(base, irql, resources, shared) }?;
        Ok(Self {
            interrupt,
            identification,
            _mapping: mapping,
        })
    }

    /// Disconnects the interrupt and unmaps the registers.
    ///
    /// The caller has taken the hardware out of the device, so that no request uses it any more. The
    /// order matters: the device is silent before its interrupt goes. The service routine has run for
    /// the last time before the DPC that it queues is waited out. Nothing reads a register after
    /// that.
    pub(crate) fn stop(self, base: &Base, dpc: Dpc, waits: Waits, irql: &mut Irql<'_, Passive>) {
        self.interrupt.end(base, irql);
        dpc.cancel_and_wait(irql);
        waits.purge();
        drop(self);
    }

    /// What the identification register said at the start.
    pub(crate) const fn identification(&self) -> u32 {
        self.identification
    }
}
