//! A handler that stays in its block: connected, refused, connected again, disconnected and dropped there.

use std::{
    ptr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use dirql::{
    ConnectFailure, HandlerBlock, Interrupt, InterruptHandler, Irql, Passive, ServiceContext,
    Serviced,
    mock::{self, Device, Faults},
};

use crate::common::{DEVICE_LEVEL, Twin, fully_specified, stops, thread as as_thread};

const REFUSED: i32 = 0xc000_009a_u32.cast_signed();

/// A handler of more than may be moved.
struct Large {
    heard: u32,
    bytes: [u8; 4096],
}

impl InterruptHandler for Large {
    fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
        self.heard += 1;
        self.bytes[4095] = 1;
        Serviced::Claimed
    }
}

/// A [`Large`] that was written field by field, with 2 in each byte.
fn large(irql: &mut Irql<'_, Passive>) -> Result<HandlerBlock<Large>, ConnectFailure> {
    let write = |place: &mut core::mem::MaybeUninit<Large>| {
        let large = place.as_mut_ptr();
        // SAFETY: The place is that of a `Large`.
        let heard = unsafe { &raw mut (*large).heard };
        // SAFETY: As above.
        let bytes = unsafe { &raw mut (*large).bytes };
        // SAFETY: The place is aligned.
        assert_eq!(unsafe { heard.read() }, 0, "the memory is zero");
        // SAFETY: As above.
        unsafe { heard.write(40) };
        // SAFETY: As above; the bytes are inside of the place.
        unsafe { bytes.cast::<u8>().write_bytes(2, 4096) };
    };
    // SAFETY: Both fields are written.
    unsafe { HandlerBlock::in_place(irql, write) }
}

#[test]
fn a_large_handler_is_connected_and_disconnected_where_it_is() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        let mut block = large(irql).unwrap();
        let place = ptr::from_mut(&mut *block).addr();
        block.heard += 1;
        // SAFETY: The device outlives the interrupt, which is disconnected.
        let connected =
            unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), block) };
        let interrupt = connected.unwrap();
        assert_eq!(device.fire(), Some(true));
        let seen = interrupt.synchronize(irql, |large| {
            assert_eq!(ptr::from_mut(large).addr(), place);
            (large.heard, large.bytes[0], large.bytes[4095])
        });
        assert_eq!(seen, Ok((42, 2, 1)));

        let error = mock::at_irql(2, || interrupt.disconnect_in_place(irql).unwrap_err());
        assert_eq!(device.fire(), Some(true), "still connected");
        let block = error.interrupt.disconnect_in_place(irql).unwrap();
        assert_eq!((device.fire(), device.disconnects()), (None, 1));
        assert_eq!(ptr::from_ref(&*block).addr(), place);
        assert_eq!(block.heard, 43);
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_refused_handler_stays_in_its_block_and_is_connected_again() {
    let device = Device::with_line(DEVICE_LEVEL);
    device.set_faults(Faults {
        connect_status: Some(REFUSED),
        interrupt_during_connect: true,
        ..Faults::default()
    });
    as_thread(|irql| {
        let block = large(irql).unwrap();
        let place = ptr::from_ref(&*block).addr();
        // SAFETY: Nothing stays connected.
        let refused = unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), block) };
        let mut error = refused.unwrap_err();
        assert_eq!(error.failure, ConnectFailure::Refused(REFUSED));
        assert_eq!(error.to_string(), error.failure.to_string());
        assert_eq!(ptr::from_ref(&*error.block).addr(), place);
        assert_eq!(error.block.heard, 41, "as the interrupt left it");
        error.block.heard = 7;

        let above = mock::at_irql(2, || {
            // SAFETY: As above.
            unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), error.block) }
        });
        let error = above.unwrap_err();
        assert_eq!(error.failure, ConnectFailure::AbovePassive);

        device.set_faults(Faults::default());
        // SAFETY: The device outlives the interrupt, which is disconnected.
        let connected =
            unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), error.block) };
        let interrupt = connected.unwrap();
        assert_eq!(mock::live_allocations(), 1, "no other block was made");
        assert_eq!(device.fire(), Some(true));
        let block = interrupt.disconnect_in_place(irql).unwrap();
        assert_eq!(block.heard, 8);
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_level_that_is_refused_leaves_the_block_alone() {
    let device = Device::with_line(0);
    as_thread(|irql| {
        let block = large(irql).unwrap();
        // SAFETY: Nothing is connected.
        let refused = unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), block) };
        let error = refused.unwrap_err();
        assert_eq!(error.failure, ConnectFailure::NotADeviceLevel(0));
        assert_eq!(error.block.heard, 40);
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn a_handler_goes_in_by_value_and_comes_out_in_place_and_the_other_way() {
    let device = Device::with_line(DEVICE_LEVEL);
    as_thread(|irql| {
        // SAFETY: The device outlives the interrupt, which is disconnected.
        let interrupt =
            unsafe { Interrupt::connect(irql, fully_specified(&device), Twin::default()) }.unwrap();
        assert_eq!(device.fire(), Some(true));
        let block = interrupt.disconnect_in_place(irql).unwrap();
        // SAFETY: As above.
        let connected =
            unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), block) };
        assert_eq!(device.fire(), Some(true));
        assert_eq!(connected.unwrap().disconnect(irql).unwrap().one, 2);

        let block = HandlerBlock::new(irql, Twin::default()).unwrap();
        assert_eq!(block.into_handler(irql), Twin::default());
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn without_memory_there_is_no_block_and_a_moved_handler_comes_back() {
    as_thread(|irql| {
        mock::fail_allocations(2);
        assert_eq!(large(irql).unwrap_err(), ConnectFailure::NoMemory);
        let handler = Twin {
            one: 5,
            other: 5,
            last_message: None,
        };
        let error = HandlerBlock::new(irql, handler).unwrap_err();
        assert_eq!(error.failure, ConnectFailure::NoMemory);
        assert_eq!(error.handler.one, 5);
    });
    assert_eq!(mock::live_allocations(), 0);
}

/// Counts its drops.
struct Dropped(Arc<AtomicU32>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl InterruptHandler for Dropped {
    const PLAIN: bool = false;

    fn service(&mut self, _: &ServiceContext<'_>) -> Serviced {
        Serviced::Claimed
    }
}

#[test]
fn a_handler_is_dropped_once_wherever_its_block_ends() {
    let device = Device::with_line(DEVICE_LEVEL);
    let drops = Arc::new(AtomicU32::new(0));
    let dropped = || drops.swap(0, Ordering::Relaxed);
    as_thread(|irql| {
        let block = |irql: &mut Irql<'_, Passive>| {
            HandlerBlock::new(irql, Dropped(Arc::clone(&drops))).unwrap()
        };
        drop(block(irql));
        assert_eq!(dropped(), 1, "a block that was never connected");

        let handler = block(irql).into_handler(irql);
        assert_eq!(dropped(), 0, "a handler that was taken out");
        drop(handler);
        assert_eq!(dropped(), 1);

        let own = block(irql);
        // SAFETY: The device outlives the interrupt, which is dropped.
        let connected = unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), own) };
        drop(connected.unwrap());
        assert_eq!(dropped(), 1, "an interrupt that was dropped");

        device.set_faults(Faults {
            connect_status: Some(REFUSED),
            ..Faults::default()
        });
        let own = block(irql);
        // SAFETY: Nothing stays connected.
        let refused = unsafe { Interrupt::connect_in_place(irql, fully_specified(&device), own) };
        drop(refused.unwrap_err());
        assert_eq!(dropped(), 1, "an error that was dropped");
    });
    assert_eq!(mock::live_allocations(), 0);
}

#[test]
fn the_owner_of_a_block_frees_it_at_or_below_dispatch_level() {
    as_thread(|irql| {
        let block = large(irql).unwrap();
        mock::at_irql(2, || drop(block));
        assert_eq!(mock::live_allocations(), 0);

        let block = large(irql).unwrap();
        stops(|| mock::at_irql(DEVICE_LEVEL, || drop(block)));
        assert_eq!(mock::live_allocations(), 1, "the machine has stopped");
    });
}
