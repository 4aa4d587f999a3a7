//! The miniport: what the port driver calls, for one adapter.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use dirql::{Dispatch, Irql, Passive, Serviced};
use dirql_video::{
    Child, ChildKind, ChildQuery, DISPLAY_ADAPTER_HW_ID, DeviceId, Discovery, Found,
    InterruptContext, Miniport, PowerState, VideoAdapter, VideoRequest, VpStatus,
};

use crate::{registers::Registers, requests, shared::Shared};

/// The resident part of one adapter: what is reached without the shared state.
pub(crate) struct Probe {
    pub(crate) registers: Registers,
    /// `BusInterruptLevel` and `BusInterruptVector`, when the adapter was found.
    pub(crate) interrupt: (u32, u32),
    pub(crate) counters: Counters,
}

/// What is counted outside of the shared state.
#[derive(Default)]
pub(crate) struct Counters {
    /// Interrupts that were claimed.
    pub(crate) claimed: AtomicU64,
    pub(crate) not_mine: AtomicU64,
    pub(crate) without_state: AtomicU64,
    pub(crate) dpcs: AtomicU64,
    pub(crate) violations: AtomicU64,
    /// Causes that were dismissed.
    pub(crate) causes: AtomicU32,
}

impl Probe {
    /// Dismisses what the adapter interrupts for; none where that is another device.
    #[inline]
    fn dismiss(&self) -> Option<u32> {
        let pending = self.registers.pending();
        if pending == 0 || pending == u32::MAX {
            self.counters.not_mine.fetch_add(1, Relaxed);
            return None;
        }
        self.registers.acknowledge(pending);
        self.counters.causes.fetch_or(pending, Relaxed);
        self.counters.claimed.fetch_add(1, Relaxed);
        Some(pending)
    }
}

impl Miniport for Probe {
    type State = Shared;
    const HANDLES_INTERRUPTS: bool = true;

    fn find_adapter(discovery: &mut Discovery<'_>) -> Result<Found<Self>, VpStatus> {
        Ok(Found {
            miniport: Self {
                registers: Registers::find(discovery)?,
                interrupt: discovery.interrupt(),
                counters: Counters::default(),
            },
            state: Shared::new(),
        })
    }

    fn initialize(&self, _: &VideoAdapter<Shared>, _: &mut Irql<'_, Passive>) -> bool {
        // Whatever an earlier owner has left pending belongs to nothing.
        self.registers.acknowledge(u32::MAX);
        true
    }

    fn start_io(
        &self,
        adapter: &VideoAdapter<Shared>,
        irql: &mut Irql<'_, Dispatch>,
        request: &mut VideoRequest<'_>,
    ) -> Result<usize, VpStatus> {
        requests::serve(self, adapter, irql, request)
    }

    fn interrupt(&self, state: &mut Shared, cx: &InterruptContext<'_, Self>) -> Serviced {
        if self.dismiss().is_none() {
            return Serviced::NotMine;
        }
        if !state.serve() {
            self.counters.violations.fetch_add(1, Relaxed);
        }
        cx.queue_dpc();
        Serviced::Claimed
    }

    fn interrupt_contended(&self, cx: &InterruptContext<'_, Self>) -> Serviced {
        // The line has to fall, or the closure that is on the state would never go on.
        if self.dismiss().is_none() {
            return Serviced::NotMine;
        }
        self.counters.without_state.fetch_add(1, Relaxed);
        cx.queue_dpc();
        Serviced::Claimed
    }

    fn dpc(&self, adapter: &VideoAdapter<Shared>, irql: &mut Irql<'_, Dispatch>) {
        self.counters.dpcs.fetch_add(1, Relaxed);
        if let Ok(witness) = adapter.witness() {
            // Contention, where there is any, is counted by the adapter.
            let _ = witness.synchronize(irql, |state| {
                state.transfer(1);
                state.transfer(1_u64.wrapping_neg());
            });
        }
    }

    fn child(&self, query: &mut ChildQuery<'_>) -> Child {
        match query.index {
            DISPLAY_ADAPTER_HW_ID => Child::Found {
                kind: ChildKind::VideoChip,
                id: DISPLAY_ADAPTER_HW_ID,
            },
            _ => Child::NoMore,
        }
    }

    fn can_set_power(&self, device: DeviceId, _: PowerState) -> Result<(), VpStatus> {
        if device.0 == DISPLAY_ADAPTER_HW_ID {
            Ok(())
        } else {
            Err(VpStatus::INVALID_PARAMETER)
        }
    }

    fn set_power(
        &self,
        _: &VideoAdapter<Shared>,
        _: &mut Irql<'_, Dispatch>,
        device: DeviceId,
        state: PowerState,
    ) {
        if device.0 == DISPLAY_ADAPTER_HW_ID && state != PowerState::On {
            self.registers.acknowledge(u32::MAX);
        }
    }
}
