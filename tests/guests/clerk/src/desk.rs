//! What is done with the device: the selector and the data that follows it are one thing, and the structure in memory another
//! that takes one operation at a time. One lock has both.

use core::{
    ptr,
    sync::atomic::{AtomicU32, Ordering},
};

use guest::{
    status::{self, check},
    structure::size,
};
use wdk_sys::{
    _WDF_DMA_PROFILE, NTSTATUS, WDF_DMA_ENABLER_CONFIG, WDFCOMMONBUFFER, WDFDEVICE, WDFDMAENABLER,
    call_unsafe_wdf_function_binding, ntddk::KeStallExecutionProcessor,
};

use crate::{
    port,
    protocol::{DELETE_EARLY, INTO_CONSTANT, LOOK_EARLY, NO_MEMORY, ROOM, TOUCH, WIDE},
};

/// Keys of items.
pub(crate) mod key {
    pub(crate) const ID: u16 = 1;
    pub(crate) const DIRECTORY: u16 = 0x19;
    /// The second file.
    pub(crate) const SECOND: u16 = 0x21;
}

/// Bits of the word of control.
pub(crate) mod control {
    pub(crate) const ERROR: u32 = 1;
    pub(crate) const READ: u32 = 2;
    pub(crate) const SELECT: u32 = 8;
    pub(crate) const WRITE: u32 = 0x10;
}

const DATA: u16 = 1;
const DMA_HIGH: u16 = 4;
const DMA_LOW: u16 = 8;
/// The structure stands in front of the buffer.
const BUFFER: usize = 64;
/// Far behind everything that was made for the device.
const FAR: u64 = 1 << 40;
/// How often the word of control is looked at, once a microsecond.
const LOOKS: u32 = 1000;

/// A constant, in a section that is only read.
static CONSTANT: [u8; 16] = *b"is never written";

/// What an operation of direct memory access works on.
#[repr(C)]
struct Access {
    control: AtomicU32,
    length: u32,
    address: u64,
}

/// The device's ports, and its memory.
pub(crate) struct Desk {
    pub(crate) first: u16,
    enabler: WDFDMAENABLER,
    memory: WDFCOMMONBUFFER,
    /// Where the memory is, for the driver and for the device.
    place: *mut u8,
    bus: u64,
    /// Where strings of bytes are read to.
    pub(crate) scratch: [u8; ROOM],
}

// SAFETY: The handles are the framework's and may be used anywhere; the memory is reached with the desk alone.
unsafe impl Send for Desk {}

impl Desk {
    pub(crate) const NONE: Self = Self {
        first: 0,
        enabler: ptr::null_mut(),
        memory: ptr::null_mut(),
        place: ptr::null_mut(),
        bus: 0,
        scratch: [0; ROOM],
    };

    /// Reads the beginning of an item into the scratch by ports.
    ///
    /// # Safety
    ///
    /// The device is in D0, and nothing else has the desk.
    pub(crate) unsafe fn read(&mut self, key: u16, length: usize, setup: u32) {
        let length = length.min(ROOM);
        // SAFETY: The first port is the selector.
        unsafe { port::write_16(self.first, key) };
        let to = if setup & INTO_CONSTANT == 0 {
            self.scratch.as_mut_ptr()
        } else {
            CONSTANT.as_ptr().cast_mut()
        };
        if setup & WIDE != 0 {
            // SAFETY: The port is the device's; the width is what is broken.
            // breaks: wide
            unsafe { port::read_16(self.first + DATA) };
        }
        // SAFETY: The second port is the data register, and the scratch has room.
        unsafe { port::read_bytes(self.first + DATA, to, length) };
    }

    /// Reads four bytes of an item, one by one.
    ///
    /// # Safety
    ///
    /// As for [`Self::read`].
    pub(crate) unsafe fn read_number(&self, key: u16) -> u32 {
        // SAFETY: The first port is the selector.
        unsafe { port::write_16(self.first, key) };
        // SAFETY: The second port is the data register.
        u32::from_le_bytes([(); 4].map(|()| unsafe { port::read_8(self.first + DATA) }))
    }

    /// What the address for direct memory access reads as.
    ///
    /// # Safety
    ///
    /// As for [`Self::read`].
    pub(crate) unsafe fn signature(&self) -> [u32; 2] {
        // SAFETY: The ports are those of the two halves.
        [DMA_HIGH, DMA_LOW].map(|half| unsafe { port::read_32(self.first + half) })
    }

    /// Writes the scratch to the data register, which has no effect.
    ///
    /// # Safety
    ///
    /// As for [`Self::read`].
    pub(crate) unsafe fn write(&mut self, length: usize) {
        let from = self.scratch.as_ptr();
        // SAFETY: The second port is the data register, and the scratch has the bytes.
        unsafe { port::write_bytes(self.first + DATA, from, length.min(ROOM)) };
    }

    /// Makes the memory that the device reads and writes.
    ///
    /// # Safety
    ///
    /// The device is live and has none.
    pub(crate) unsafe fn make(&mut self, device: WDFDEVICE) -> Result<(), NTSTATUS> {
        let mut config = WDF_DMA_ENABLER_CONFIG {
            Size: size::<WDF_DMA_ENABLER_CONFIG>(),
            Profile: _WDF_DMA_PROFILE::WdfDmaProfilePacket64,
            MaximumLength: BUFFER + ROOM,
            ..WDF_DMA_ENABLER_CONFIG::default()
        };
        // SAFETY: The device is live, and what is handed over lives through the call
        // (nf-wdfdmaenabler-wdfdmaenablercreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfDmaEnablerCreate,
                device,
                &raw mut config,
                ptr::null_mut(),
                &raw mut self.enabler
            )
        })?;
        // SAFETY: The enabler is live (nf-wdfcommonbuffer-wdfcommonbuffercreate).
        check(unsafe {
            call_unsafe_wdf_function_binding!(
                WdfCommonBufferCreate,
                self.enabler,
                BUFFER + ROOM,
                ptr::null_mut(),
                &raw mut self.memory
            )
        })?;
        // SAFETY: The buffer is live (nf-wdfcommonbuffer-wdfcommonbuffergetalignedvirtualaddress).
        let place = unsafe {
            call_unsafe_wdf_function_binding!(WdfCommonBufferGetAlignedVirtualAddress, self.memory)
        };
        // SAFETY: As above (nf-wdfcommonbuffer-wdfcommonbuffergetalignedlogicaladdress).
        let bus = unsafe {
            call_unsafe_wdf_function_binding!(WdfCommonBufferGetAlignedLogicalAddress, self.memory)
        };
        self.place = place.cast();
        // SAFETY: Every view of the union holds.
        self.bus = unsafe { bus.QuadPart }.cast_unsigned();
        Ok(())
    }

    /// The enabler, and nothing of the desk any more.
    pub(crate) fn take(&mut self) -> WDFDMAENABLER {
        core::mem::replace(self, Self::NONE).enabler
    }

    /// The buffer of what is transferred.
    fn buffer(&self) -> *mut u8 {
        self.place.wrapping_add(BUFFER)
    }

    /// Has the device do an operation on so many bytes of the buffer, which `bytes` are put into first, and copies the buffer
    /// to the scratch; the word of control.
    ///
    /// # Safety
    ///
    /// As for [`Self::read`]; the memory is there.
    pub(crate) unsafe fn operate(
        &mut self,
        asked: u32,
        length: usize,
        bytes: &[u8],
        setup: u32,
    ) -> Result<u32, NTSTATUS> {
        let length = length.min(ROOM);
        #[expect(
            clippy::cast_ptr_alignment,
            reason = "a common buffer is aligned as a page is"
        )]
        let access = self.place.cast::<Access>();
        // SAFETY: The buffer has room for what the desk has room for.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.buffer(), bytes.len().min(ROOM)) };
        let to = self.bus + BUFFER as u64;
        let begun = Access {
            control: AtomicU32::new(asked.to_be()),
            length: u32::try_from(length).unwrap_or(0).to_be(),
            address: to.to_be(),
        };
        // SAFETY: The structure stands at the beginning of the memory, and the device is not at work.
        unsafe { access.write(begun) };
        let at = if setup & NO_MEMORY == 0 {
            self.bus
        } else {
            FAR
        };
        // The first half that the register takes is the upper one, in big-endian order.
        let [h0, h1, h2, h3, l0, l1, l2, l3] = at.to_be_bytes();
        let [high, low] = [[h0, h1, h2, h3], [l0, l1, l2, l3]].map(u32::from_le_bytes);
        // SAFETY: The port is that of the upper half.
        unsafe { port::write_32(self.first + DMA_HIGH, high) };
        // SAFETY: The port is that of the lower half.
        unsafe { port::write_32(self.first + DMA_LOW, low) };
        if setup & TOUCH != 0 {
            // SAFETY: The structure is there; that it is the device's is what is broken.
            let length = unsafe { &raw mut (*access).length };
            // SAFETY: As above.
            // breaks: touch
            unsafe { length.write_volatile(0) };
        }
        if setup & DELETE_EARLY != 0 {
            return Ok(0);
        }
        if setup & LOOK_EARLY != 0 {
            // SAFETY: The buffer is there; that it is the device's is what is broken.
            // breaks: look-early
            unsafe { self.buffer().read_volatile() };
        }
        // SAFETY: The structure is there.
        let control = unsafe { &(*access).control };
        let mut looks = 0;
        let word = loop {
            let word = u32::from_be(control.load(Ordering::Acquire));
            if word & !control::ERROR == 0 {
                break word;
            }
            if looks == LOOKS {
                return Err(status::DEVICE_NOT_READY);
            }
            looks += 1;
            // SAFETY: It may be called at any IRQL (nf-ntifs-kestallexecutionprocessor).
            unsafe { KeStallExecutionProcessor(1) };
        };
        // SAFETY: The device is done with the buffer, and the scratch has room.
        unsafe { ptr::copy_nonoverlapping(self.buffer(), self.scratch.as_mut_ptr(), length) };
        Ok(word)
    }

    /// The common buffer.
    pub(crate) const fn memory(&self) -> WDFCOMMONBUFFER {
        self.memory
    }
}
