//! The common configuration structure: features, status, and the queue that is selected.

use crate::device::access::{Access, AccessWidth, Direction};

use super::queue::{Queue, SIZE_MAX};

/// The number of no vector.
pub(super) const NO_VECTOR: u16 = 0xFFFF;

/// The bits of the device's status.
pub mod status {
    /// The driver has seen the device.
    pub const ACKNOWLEDGE: u8 = 1;
    /// It knows how to drive it.
    pub const DRIVER: u8 = 2;
    /// It is ready: the device works.
    pub const DRIVER_OK: u8 = 4;
    /// Both have agreed on features.
    pub const FEATURES_OK: u8 = 8;
    /// The driver has given up.
    pub const FAILED: u8 = 128;
}

/// `VIRTIO_F_VERSION_1`: the interface is the one of version 1.
pub const VERSION_1: u64 = 1 << 32;
/// What the device offers.
const FEATURES: u64 = VERSION_1;

/// Offsets.
pub mod register {
    /// Which half of the device's features is read.
    pub const DEVICE_FEATURE_SELECT: u64 = 0x00;
    /// That half.
    pub const DEVICE_FEATURE: u64 = 0x04;
    /// Which half of the driver's features is accessed.
    pub const DRIVER_FEATURE_SELECT: u64 = 0x08;
    /// That half.
    pub const DRIVER_FEATURE: u64 = 0x0C;
    /// The vector of changes of configuration.
    pub const CONFIG_VECTOR: u64 = 0x10;
    /// How many queues there are.
    pub const QUEUES: u64 = 0x12;
    /// The status; zero resets the device.
    pub const STATUS: u64 = 0x14;
    /// Counts changes of configuration.
    pub const GENERATION: u64 = 0x15;
    /// Which queue the registers below are of.
    pub const QUEUE_SELECT: u64 = 0x16;
    /// How many descriptors it has.
    pub const QUEUE_SIZE: u64 = 0x18;
    /// Its vector.
    pub const QUEUE_VECTOR: u64 = 0x1A;
    /// Whether it is enabled.
    pub const QUEUE_ENABLE: u64 = 0x1C;
    /// Where it is notified, in steps of the capability's multiplier.
    pub const QUEUE_NOTIFY_OFFSET: u64 = 0x1E;
    /// Its descriptors, two halves.
    pub const QUEUE_DESCRIPTORS: u64 = 0x20;
    /// Its driver's area, two halves.
    pub const QUEUE_AVAILABLE: u64 = 0x28;
    /// Its device's area, two halves.
    pub const QUEUE_USED: u64 = 0x30;
    /// Where the structure ends.
    pub const END: u64 = 0x38;
}

/// The registers, and the one queue.
#[derive(Debug, Clone)]
pub(super) struct Common {
    /// How many vectors the device has.
    vectors: u16,
    device_feature_select: u32,
    driver_feature_select: u32,
    driver_features: u64,
    config_vector: u16,
    pub(super) status: u8,
    queue_select: u16,
    pub(super) queue: Queue,
}

/// Which half of a number of 64 bits a selector is of; none beyond.
fn half(number: u64, select: u32) -> u32 {
    match select {
        0 => number as u32,
        1 => (number >> 32) as u32,
        _ => 0,
    }
}

/// `number` with one of its halves replaced.
const fn with_half(number: u64, high: bool, value: u32) -> u64 {
    if high {
        number & 0xFFFF_FFFF | (value as u64) << 32
    } else {
        number & !0xFFFF_FFFF | value as u64
    }
}

impl Common {
    pub(super) const fn new(vectors: u16) -> Self {
        Self {
            vectors,
            device_feature_select: 0,
            driver_feature_select: 0,
            driver_features: 0,
            config_vector: NO_VECTOR,
            status: 0,
            queue_select: 0,
            queue: Queue::new(NO_VECTOR),
        }
    }

    /// What the specification says against an access: "the driver MUST access each field using the natural access method",
    /// halves of a field of 64 bits included.
    pub(super) fn refuses(access: Access) -> Option<&'static str> {
        let width = match access.offset {
            register::STATUS | register::GENERATION => AccessWidth::Byte,
            0x10..0x14 | 0x16..register::QUEUE_DESCRIPTORS => AccessWidth::Word,
            _ => AccessWidth::Dword,
        };
        let read_only = matches!(
            access.offset,
            register::DEVICE_FEATURE
                | register::QUEUES
                | register::GENERATION
                | register::QUEUE_NOTIFY_OFFSET
        );
        if access.offset >= register::END {
            Some("the common configuration structure ends before")
        } else if access.width != width || !access.offset.is_multiple_of(width.bytes()) {
            Some("each field takes accesses of its own width, and one of 64 bits by its halves")
        } else if read_only && access.direction == Direction::Write {
            Some("the field is read-only for the driver")
        } else {
            None
        }
    }

    /// Whether the driver has agreed with the device on features and is ready.
    pub(super) const fn works(&self) -> bool {
        let needed = status::FEATURES_OK | status::DRIVER_OK;
        self.status & needed == needed
    }

    pub(super) fn load(&self, offset: u64) -> u64 {
        let selected = self.queue_select == 0;
        let of_queue = |value: u16| if selected { value.into() } else { 0 };
        match offset {
            register::DEVICE_FEATURE_SELECT => self.device_feature_select.into(),
            register::DEVICE_FEATURE => half(FEATURES, self.device_feature_select).into(),
            register::DRIVER_FEATURE_SELECT => self.driver_feature_select.into(),
            register::DRIVER_FEATURE => {
                half(self.driver_features, self.driver_feature_select).into()
            }
            register::CONFIG_VECTOR => self.config_vector.into(),
            register::QUEUES => 1,
            register::STATUS => self.status.into(),
            register::QUEUE_SELECT => self.queue_select.into(),
            register::QUEUE_SIZE => of_queue(self.queue.size),
            register::QUEUE_VECTOR if selected => self.queue.vector.into(),
            register::QUEUE_VECTOR => NO_VECTOR.into(),
            register::QUEUE_ENABLE => of_queue(self.queue.enabled.into()),
            register::QUEUE_DESCRIPTORS.. if selected => {
                let number = match offset & !7 {
                    register::QUEUE_DESCRIPTORS => self.queue.descriptors,
                    register::QUEUE_AVAILABLE => self.queue.available,
                    _ => self.queue.used,
                };
                half(number, u32::from(offset & 4 != 0)).into()
            }
            // The generation, the one queue's place of notification, and fields of a queue that is none.
            _ => 0,
        }
    }

    pub(super) fn store(&mut self, offset: u64, value: u64) {
        let (word, double_word) = (value as u16, value as u32);
        // A vector that the device does not have reads back as none.
        let vector = if word < self.vectors { word } else { NO_VECTOR };
        let configured = self.queue_select == 0 && !self.queue.enabled;
        match offset {
            register::DEVICE_FEATURE_SELECT => self.device_feature_select = double_word,
            register::DRIVER_FEATURE_SELECT => self.driver_feature_select = double_word,
            register::DRIVER_FEATURE if self.status & status::FEATURES_OK == 0 => {
                if let select @ 0..=1 = self.driver_feature_select {
                    let features = self.driver_features;
                    self.driver_features = with_half(features, select == 1, double_word);
                }
            }
            register::CONFIG_VECTOR => self.config_vector = vector,
            register::STATUS => self.set_status(value as u8),
            register::QUEUE_SELECT => self.queue_select = word,
            register::QUEUE_VECTOR if self.queue_select == 0 => self.queue.vector = vector,
            register::QUEUE_SIZE if configured && word.is_power_of_two() && word <= SIZE_MAX => {
                self.queue.size = word;
            }
            register::QUEUE_ENABLE if configured => self.queue.enabled = word == 1,
            register::QUEUE_DESCRIPTORS.. if configured => {
                let number = match offset & !7 {
                    register::QUEUE_DESCRIPTORS => &mut self.queue.descriptors,
                    register::QUEUE_AVAILABLE => &mut self.queue.available,
                    _ => &mut self.queue.used,
                };
                *number = with_half(*number, offset & 4 != 0, double_word);
            }
            _ => {}
        }
    }

    /// Zero resets the device. Features that it does not offer, or an older interface, are not agreed on.
    fn set_status(&mut self, value: u8) {
        if value == 0 {
            *self = Self::new(self.vectors);
            return;
        }
        let agreed = self.driver_features & !FEATURES == 0 && self.driver_features & VERSION_1 != 0;
        let refused = if agreed { 0 } else { status::FEATURES_OK };
        self.status = value & !refused;
    }
}
