//! The union at the end of a descriptor, by its tag: each member as plain values.

use core::{marker::PhantomData, mem::offset_of, ptr::NonNull};

use super::{
    NotificationType,
    kind::tag,
    layout::{self, INFO_SIZE},
};

/// `WHEA_NOTIFICATION_DESCRIPTOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification {
    /// How the source notifies.
    pub kind: NotificationType,
    /// How often it is polled, in milliseconds, where it is polled.
    pub poll_interval: u32,
    /// The vector, where it interrupts.
    pub vector: u32,
}

/// `WHEA_XPF_MC_BANK_DESCRIPTOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bank {
    /// The number of the bank.
    pub number: u8,
    /// The format of its status: IA32 0, Intel64 1, AMD64 2.
    pub status_format: u8,
    /// The register with its status.
    pub status_msr: u32,
    /// The register with its address.
    pub address_msr: u32,
}

/// What AER descriptors have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aer {
    /// Whether the source is enabled.
    pub enabled: bool,
    /// The bus.
    pub bus: u32,
    /// The slot: device and function as PCI numbers them.
    pub slot: u32,
    /// `UncorrectableErrorMask`.
    pub uncorrectable_mask: u32,
    /// `CorrectableErrorMask`.
    pub correctable_mask: u32,
}

/// What generic descriptors have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generic {
    /// Whether the source is enabled.
    pub enabled: bool,
    /// Bytes of its status block.
    pub status_block_length: u32,
    /// The related source, 0xFFFF for none.
    pub related_source: u32,
    /// How it notifies.
    pub notification: Notification,
}

/// What a descriptor says of a source of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SourceInfo {
    /// `WHEA_XPF_MCE_DESCRIPTOR`.
    MachineCheck {
        /// Whether the source is enabled.
        enabled: bool,
        /// How many banks it has.
        banks: u8,
        /// The value of the capability register.
        capability: u64,
        /// The first bank, where there is one.
        first: Option<Bank>,
    },
    /// `WHEA_XPF_CMC_DESCRIPTOR`.
    CorrectedMachineCheck {
        /// Whether the source is enabled.
        enabled: bool,
        /// How many banks it has.
        banks: u8,
        /// How it notifies.
        notification: Notification,
        /// The first bank, where there is one.
        first: Option<Bank>,
    },
    /// `WHEA_XPF_NMI_DESCRIPTOR`.
    Nmi {
        /// Whether the source is enabled.
        enabled: bool,
    },
    /// One of the three for IPF.
    Ipf {
        /// Whether the source is enabled.
        enabled: bool,
    },
    /// `WHEA_AER_ROOTPORT_DESCRIPTOR`, with its `RootErrorCommand`.
    AerRootPort(Aer, u32),
    /// `WHEA_AER_ENDPOINT_DESCRIPTOR`.
    AerEndpoint(Aer),
    /// `WHEA_AER_BRIDGE_DESCRIPTOR`, with its `SecondaryUncorrectableErrorMask`.
    AerBridge(Aer, u32),
    /// `WHEA_GENERIC_ERROR_DESCRIPTOR`.
    Generic(Generic),
    /// `WHEA_GENERIC_ERROR_DESCRIPTOR_V2`, with its `ReadAckAddress`.
    GenericV2(Generic, i64),
    /// A member that this crate does not read, by its tag.
    Other(u16),
}

/// The first byte of the union, of which all 932 may be read for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Start<'a>(NonNull<u8>, PhantomData<&'a [u8]>);

impl Start<'_> {
    /// # Safety
    ///
    /// The bytes are live and nothing writes them for `'a`.
    pub(crate) unsafe fn new(start: *const [u8; INFO_SIZE]) -> Self {
        // SAFETY: A live place is not null.
        let start = unsafe { NonNull::new_unchecked(start.cast_mut().cast()) };
        Self(start, PhantomData)
    }

    /// A copy of the member `T`, of numbers only.
    fn member<T: Copy>(self) -> T {
        const {
            assert!(size_of::<T>() <= INFO_SIZE);
        };
        // SAFETY: The bytes are live and enough (the assertion); the members are packed structures of
        // numbers, so that every bit pattern is a value and none needs to be aligned.
        unsafe { self.0.cast::<T>().read_unaligned() }
    }

    /// A copy of a part of a member, where the part is inside the union.
    fn member_at<T: Copy>(self, offset: usize) -> Option<T> {
        if offset.checked_add(size_of::<T>())? > INFO_SIZE {
            return None;
        }
        // SAFETY: The offset is inside the bytes.
        let part = unsafe { self.0.add(offset) };
        // SAFETY: The bytes are live and enough; otherwise as for a member.
        Some(unsafe { part.cast::<T>().read_unaligned() })
    }
}

/// The tag, and how the source notifies where its member says it.
pub(crate) fn tag_and_notification(start: Start<'_>) -> (u16, Option<NotificationType>) {
    let tag = start.member::<u16>();
    let notification = match tag {
        tag::XPF_CMC => Some(start.member::<layout::CorrectedMachineCheck>().notify.kind),
        tag::GENERIC | tag::GENERIC_V2 => Some(start.member::<layout::Generic>().notify.kind),
        _ => None,
    };
    (tag, notification.map(NotificationType))
}

/// The member that the tag names.
pub(crate) fn read(start: Start<'_>) -> SourceInfo {
    match start.member::<u16>() {
        tag::XPF_MCE => {
            let member = start.member::<layout::MachineCheck>();
            SourceInfo::MachineCheck {
                enabled: member.enabled != 0,
                banks: member.bank_count,
                capability: member.capability,
                first: first_bank(
                    member.bank_count,
                    start,
                    offset_of!(layout::MachineCheck, banks),
                ),
            }
        }
        tag::XPF_CMC => {
            let member = start.member::<layout::CorrectedMachineCheck>();
            SourceInfo::CorrectedMachineCheck {
                enabled: member.enabled != 0,
                banks: member.bank_count,
                notification: notification(member.notify),
                first: first_bank(
                    member.bank_count,
                    start,
                    offset_of!(layout::CorrectedMachineCheck, banks),
                ),
            }
        }
        tag::XPF_NMI => SourceInfo::Nmi {
            enabled: start.member::<layout::Nmi>().enabled != 0,
        },
        tag::IPF_MCA | tag::IPF_CMC | tag::IPF_CPE => SourceInfo::Ipf {
            enabled: start.member::<layout::Ipf>().enabled != 0,
        },
        tag::AER_ROOT_PORT => {
            let member = start.member::<layout::AerRootPort>();
            SourceInfo::AerRootPort(aer(member.aer), member.root_error_command)
        }
        tag::AER_ENDPOINT => SourceInfo::AerEndpoint(aer(start.member())),
        tag::AER_BRIDGE => {
            let member = start.member::<layout::AerBridge>();
            SourceInfo::AerBridge(aer(member.aer), member.secondary_uncorrectable_mask)
        }
        tag::GENERIC => SourceInfo::Generic(generic(start.member())),
        tag::GENERIC_V2 => {
            let member = start.member::<layout::GenericV2>();
            SourceInfo::GenericV2(generic(member.generic), member.acknowledge_address)
        }
        other => SourceInfo::Other(other),
    }
}

fn notification(member: layout::Notification) -> Notification {
    Notification {
        kind: NotificationType(member.kind),
        poll_interval: member.poll_interval,
        vector: member.vector,
    }
}

/// The first of the banks that stand at `offset`.
fn first_bank(count: u8, start: Start<'_>, offset: usize) -> Option<Bank> {
    let bank = start.member_at::<layout::Bank>(offset)?;
    (count != 0).then_some(Bank {
        number: bank.number,
        status_format: bank.status_format,
        status_msr: bank.status_msr,
        address_msr: bank.address_msr,
    })
}

fn aer(member: layout::Aer) -> Aer {
    Aer {
        enabled: member.enabled != 0,
        bus: member.bus,
        slot: member.slot,
        uncorrectable_mask: member.uncorrectable_mask,
        correctable_mask: member.correctable_mask,
    }
}

fn generic(member: layout::Generic) -> Generic {
    Generic {
        enabled: member.enabled != 0,
        status_block_length: member.status_block_length,
        related_source: member.related_source,
        notification: notification(member.notify),
    }
}
