//! What a driver asks of its interrupt, and what it asks for: `WDF_INTERRUPT_INFO`, NT's object, the device, the policy
//! of its resources, and the soft state.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{Framework, state::frame::WdfFrame},
};

/// `WDF_INTERRUPT_INFO`: 64 bytes, 56 of them before 1.9.
const INFORMATION_SIZES: [u32; 2] = [56, 64];
/// `WDF_INTERRUPT_EXTENDED_POLICY`.
const EXTENDED_POLICY_SIZE: u32 = 32;
/// The last of `WDF_INTERRUPT_POLICY` and of `WDF_INTERRUPT_PRIORITY`; the first priority is 1.
const POLICY_MAX: u32 = 5;
const PRIORITY_MAX: u32 = 3;

fn out_of_range(what: &str, value: u32) -> Failure {
    Failure::new(
        Rule::WdfVerifier,
        format!(
            "an interrupt's {what} is {value}, which is out of range: KMDF leaves it as it was"
        ),
    )
}

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfInterruptGetInfo`.
    pub(crate) fn wdf_interrupt_get_info(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        let information = guest.argument(2)?;
        let size = guest.read_u32(information)?;
        if !INFORMATION_SIZES.contains(&size) {
            return Err(out_of_range("WDF_INTERRUPT_INFO.Size", size));
        }
        let interrupt = self.interrupt(handle);
        let mut bytes = [0; 64];
        let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
        put(0, &size.to_le_bytes());
        put(28, &interrupt.number.to_le_bytes());
        if let Some(assigned) = interrupt.assigned {
            put(16, &assigned.affinity.to_le_bytes());
            put(32, &assigned.vector.to_le_bytes());
            put(36, &[if interrupt.passive { 0 } else { assigned.irql }]);
            put(40, &u32::from(assigned.latched).to_le_bytes());
            put(48, &[assigned.message.into(), assigned.share]);
        }
        guest.write(information, &bytes[..size as usize])?;
        Ok(Flow::Return(0))
    }

    /// `WdfInterruptGetDevice`.
    pub(crate) fn wdf_interrupt_get_device(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.interrupt_handle(guest)?;
        Ok(Flow::Return(self.wdf.device.handle))
    }

    /// `WdfInterruptWdmGetInterrupt`: NULL while the interrupt is not connected, and nothing has arrived on an edge-triggered line.
    pub(crate) fn wdf_interrupt_wdm_get_interrupt(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        Ok(Flow::Return(self.interrupt(handle).object_or_captured()))
    }

    /// `WdfInterruptSetPolicy`: what the `PnP` manager is asked for when it looks for resources. The simulator has one
    /// assignment to make, so nothing follows from it.
    pub(crate) fn wdf_interrupt_set_policy(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (policy, priority) = (guest.argument_u32(2)?, guest.argument_u32(3)?);
        self.set_policy(guest, policy, priority)
    }

    /// `WdfInterruptSetExtendedPolicy`.
    pub(crate) fn wdf_interrupt_set_extended_policy(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let given = guest.argument(2)?;
        let size = guest.read_u32(given)?;
        if size != EXTENDED_POLICY_SIZE {
            return Err(out_of_range("WDF_INTERRUPT_EXTENDED_POLICY.Size", size));
        }
        let (policy, priority) = (guest.read_u32(given + 4)?, guest.read_u32(given + 8)?);
        for at in 0..3 {
            let reserved = guest.read_u16(given + 26 + 2 * at)?;
            if reserved != 0 {
                return Err(out_of_range("reserved member", reserved.into()));
            }
        }
        self.set_policy(guest, policy, priority)
    }

    fn set_policy(
        &mut self,
        guest: &Guest,
        policy: u32,
        priority: u32,
    ) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        if policy > POLICY_MAX {
            return Err(out_of_range("policy", policy));
        }
        if !(1..=PRIORITY_MAX).contains(&priority) {
            return Err(out_of_range("priority", priority));
        }
        if self.interrupt(handle).of_prepare {
            return Err(Failure::new(
                Rule::WdfVerifier,
                format!(
                    "the policy of an interrupt is set that was created in EvtDevicePrepareHardware, where it comes too late ({})",
                    Status::INVALID_DEVICE_REQUEST
                ),
            ));
        }
        Ok(Flow::Return(0))
    }

    /// `WdfInterruptReportActive`.
    pub(crate) fn wdf_interrupt_report_active(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.report(guest, "WdfInterruptReportActive", true)
    }

    /// `WdfInterruptReportInactive`.
    pub(crate) fn wdf_interrupt_report_inactive(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        self.report(guest, "WdfInterruptReportInactive", false)
    }

    fn report(&mut self, guest: &Guest, function: &str, active: bool) -> Result<Flow<A>, Failure> {
        let handle = self.interrupt_handle(guest)?;
        let interrupt = self.interrupt(handle);
        if !interrupt.connected || interrupt.object == 0 {
            return Err(Failure::new(
                Rule::WdfVerifier,
                format!("{function} was called for an interrupt that is not connected"),
            ));
        }
        if interrupt.active != active {
            self.report_activity(handle, active);
        }
        Ok(Flow::Return(0))
    }
}
