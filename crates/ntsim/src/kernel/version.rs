//! What a driver asks of the machine itself: its version, its clocks, its threads.

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::{
        Kernel,
        shared_data::{BUILD, TICK, VERSION},
        state::activation::Flow,
    },
};

/// `RTL_OSVERSIONINFOW`, and `RTL_OSVERSIONINFOEXW`, which has more at its end.
const VERSION_SIZE: u32 = 276;
const VERSION_EX_SIZE: u32 = 284;
/// `VER_PLATFORM_WIN32_NT`.
const PLATFORM: u32 = 2;
/// `VER_NT_WORKSTATION`, at its place in the longer one.
const WORKSTATION: (u64, u8) = (282, 1);
/// Hertz of the performance counter: it counts NT's units of time.
const COUNTER_FREQUENCY: u64 = 10_000_000;

impl<A> Kernel<A> {
    /// `RtlGetVersion`.
    pub(crate) fn rtl_get_version(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let info = guest.argument(0)?;
        let size = guest.read_u32(info)?;
        if ![VERSION_SIZE, VERSION_EX_SIZE].contains(&size) {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "RTL_OSVERSIONINFOW has the size {size}, not {VERSION_SIZE} or {VERSION_EX_SIZE}"
                ),
            ));
        }
        self.access_for_driver(info, size.into(), true)?;
        guest.write(info + 4, &vec![0; size as usize - 4])?;
        let (major, minor) = VERSION;
        for (at, value) in (1..).zip([major, minor, BUILD, PLATFORM]) {
            guest.write_u32(info + 4 * at, value)?;
        }
        if size == VERSION_EX_SIZE {
            let (at, kind) = WORKSTATION;
            guest.write_u8(info + at, kind)?;
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `KeQueryTimeIncrement`.
    pub(crate) fn ke_query_time_increment(
        &mut self,
        _guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        Ok(Flow::Return(TICK))
    }

    /// `KeQueryPerformanceCounter`.
    pub(crate) fn ke_query_performance_counter(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let frequency = guest.argument(0)?;
        if frequency != 0 {
            self.access_for_driver(frequency, 8, true)?;
            guest.write_u64(frequency, COUNTER_FREQUENCY)?;
        }
        Ok(Flow::Return(self.interrupt_time()))
    }
}
