//! Statistics and their reset.

use dirql::{Irql, Passive};
use dirql_ioctl::{Status, statistics::StatisticsReply};
use wdk_sys::NTSTATUS;

use crate::{
    call::{Call, Immediate},
    device::Device,
    status::ntstatus,
};

/// `dirql_ioctl::code::STATISTICS`.
pub(crate) enum Statistics {}

impl Call for Statistics {
    type Input = ();
    type Reply = StatisticsReply;
    type Checked = ();

    fn check((): ()) -> Option<()> {
        Some(())
    }
}

impl Immediate for Statistics {
    fn serve(
        (): (),
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut StatisticsReply,
    ) -> Result<(), NTSTATUS> {
        device.records(irql, |ledger| ledger.report(reply))?;
        device.base.counters.report(reply);
        Ok(())
    }
}

/// `dirql_ioctl::code::RESET_STATISTICS`.
pub(crate) enum ResetStatistics {}

impl Call for ResetStatistics {
    type Input = ();
    type Reply = ();
    type Checked = ();

    fn check((): ()) -> Option<()> {
        Some(())
    }
}

impl Immediate for ResetStatistics {
    fn serve(
        (): (),
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        (): &mut (),
    ) -> Result<(), NTSTATUS> {
        device
            .with_interrupt(irql, |interrupt, irql| {
                interrupt.synchronize(irql, |shared| shared.ledger.reset())
            })
            .map_err(ntstatus)?
            .map_err(|not_run| {
                device.base.counters.count_not_run(not_run);
                ntstatus(Status::INTERNAL_ERROR)
            })?;
        device.base.counters.reset();
        Ok(())
    }
}
