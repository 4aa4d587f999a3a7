//! Posted writes: a write reaches the device at any moment between the store and the next read from that device, and
//! never after that read; writes arrive in their order.

use crate::{
    device::AccessWidth,
    kernel::{
        Kernel,
        state::io_space::{PostedWrite, Presence},
    },
};

impl<A> Kernel<A> {
    /// A write that the device permits, and that it would take, has left the processor.
    pub(super) fn post_write(&mut self, bar: u8, offset: u64, width: AccessWidth, value: u64) {
        let delay = match self.delay_of_write() {
            0 => self.scheduler.post(),
            injected => injected,
        };
        let before = self.io_space.posted.back().map_or(0, |write| write.due);
        let write = PostedWrite {
            bar,
            offset,
            width,
            value: width.truncate(value),
            due: before.max(self.cycles + delay),
        };
        if write.due > self.cycles {
            self.io_space.posted.push_back(write);
        } else {
            self.take_posted_writes();
            self.take_write(&write);
        }
        self.find_deadline();
    }

    /// A write that the processor waits for, and that the device would take: it arrives behind those before it.
    pub(super) fn write_at_once(&mut self, bar: u8, offset: u64, width: AccessWidth, value: u64) {
        self.take_posted_writes();
        let write = PostedWrite {
            bar,
            offset,
            width,
            value: width.truncate(value),
            due: self.cycles,
        };
        self.take_write(&write);
        self.find_deadline();
    }

    fn take_write(&mut self, write: &PostedWrite) {
        let now = self.device_time();
        self.device.store(write.bar, write.offset, write.value, now);
        self.collect_device_interrupts();
    }

    /// The device takes every write that is on its way to it.
    pub(super) fn take_posted_writes(&mut self) {
        while let Some(write) = self.io_space.posted.pop_front() {
            self.take_write(&write);
        }
    }

    /// The device takes the writes that have been on their way for as long as they may be.
    pub(super) fn take_due_writes(&mut self) {
        while let Some(write) = self.io_space.posted.front().copied() {
            if write.due > self.cycles {
                break;
            }
            self.io_space.posted.pop_front();
            self.take_write(&write);
        }
    }

    /// When the device takes the next write at the latest.
    pub(super) fn next_posted(&self) -> Option<u64> {
        self.io_space.posted.front().map(|write| write.due)
    }

    /// What is on its way to a device that is gone is lost.
    pub(super) fn lose_posted_writes(&mut self) {
        debug_assert_eq!(self.io_space.presence, Presence::Gone);
        self.io_space.posted.clear();
    }
}
