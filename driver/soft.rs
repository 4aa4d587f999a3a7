//! Set active: the soft state of the interrupt.

use dirql::{Irql, Passive};
use dirql_ioctl::{Status, interrupt::SetActiveRequest};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Call, Immediate},
    device::Device,
    status::ntstatus,
    wait,
};

/// `dirql_ioctl::code::SET_ACTIVE`.
pub(crate) struct SetActive {
    active: bool,
}

impl Call for SetActive {
    type Input = SetActiveRequest;
    type Reply = ();
    type Checked = Self;

    fn check(input: SetActiveRequest) -> Option<Self> {
        match input {
            SetActiveRequest {
                active: active @ (0 | 1),
                reserved: 0,
            } => Some(Self {
                active: active == 1,
            }),
            _ => None,
        }
    }
}

impl Immediate for SetActive {
    fn serve(
        Self { active }: Self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        (): &mut (),
    ) -> Result<(), NTSTATUS> {
        let changed = device.hardware.access(irql, |hardware, irql| {
            let _owned = device.exclusive.enter()?;
            hardware.interrupt.is_active(irql)?;
            if hardware.interrupt.want(active) {
                if active {
                    hardware.interrupt.resume(&device.base, irql)?;
                } else {
                    hardware.interrupt.suspend(&device.base, irql)?;
                }
            }
            Ok(())
        });
        changed
            .unwrap_or(Err(Status::DEVICE_NOT_READY))
            .map_err(ntstatus)?;
        wait::settle(device, irql);
        Ok(())
    }
}
