//! Descriptors: which sources an IRQL masks, and what the getters read.

use std::sync::{Mutex, atomic::Ordering};

use dirql::{
    Dispatch, Irql, NotRun,
    mock::{Control, Whea},
    pshed::{
        Areas, Descriptor, ErrorSourceControl, NotificationType, PshedPlugin, Refusal,
        Registration, SourceInfo, SourceType,
    },
};

use super::{LEVEL, NOT_SUPPORTED, OWN, own, register};
use crate::common::thread as as_thread;

#[test]
fn what_no_irql_masks_is_refused_before_nt_is_asked() {
    let whea = Whea::new();
    // Type, tag and notification, as ntddk.h numbers them.
    let unmaskable = [
        (0, 0, None),       // MCE
        (3, 2, None),       // NMI
        (6, 2, None),       // INIT
        (7, 9, Some(0)),    // BOOT
        (9, 3, None),       // IPF MCA
        (5, 9, Some(4)),    // generic, by NMI
        (5, 9, Some(6)),    // generic, by MCE
        (12, 10, Some(8)),  // generic, by SEA
        (12, 10, Some(9)),  // generic, by SEI
        (13, 10, Some(11)), // generic, by SDEI
        (5, 9, Some(12)),   // generic, by something newer
        (1, 1, Some(6)),    // corrected, by MCE
        (1, 9, Some(5)),    // corrected, with the information of another type
        (16, 0, None),      // a driver's: it has no handler
        (17, 9, Some(8)),   // SEA
        (99, 9, Some(1)),   // newer than this
    ];
    as_thread(|irql| {
        let registration = register(irql);
        for (kind, tag, notification) in unmaskable {
            let source = whea.add_source(OWN, kind, tag, notification, 15);
            let said = source.control(Control::Set, 2);
            assert_eq!(said, Some(NOT_SUPPORTED), "{kind} {tag} {notification:?}");
            let said = source.control(Control::Enable, 2);
            assert_eq!(said, Some(NOT_SUPPORTED), "{kind} {tag} {notification:?}");
        }
        let plugin = registration.plugin();
        assert!(plugin.adopted.lock().unwrap().is_none());
        let results = plugin.results.lock().unwrap();
        assert!(results.iter().all(|said| *said == Err(NotRun::NotMaskable)));
    });
}

#[test]
fn what_an_irql_masks_is_served() {
    let whea = Whea::new();
    let maskable = [
        (1, 1, Some(0)),
        (1, 1, Some(5)),
        (4, 6, None),
        (4, 7, None),
        (4, 8, None),
        (5, 9, Some(1)),
        (5, 9, Some(3)),
        (8, 9, Some(3)),
        (12, 10, Some(7)),
        (13, 10, Some(10)),
    ];
    as_thread(|irql| {
        let registration = register(irql);
        for (kind, tag, notification) in maskable {
            let source = whea.add_source(OWN, kind, tag, notification, 9);
            let said = source.control(Control::Set, 2);
            assert_eq!(said, Some(0), "{kind} {tag} {notification:?}");
        }
        drop(registration);
    });
}

#[test]
fn a_callback_above_its_level_is_refused_and_counted() {
    let whea = Whea::new();
    let source = own(&whea);
    as_thread(|irql| {
        let registration = register(irql);
        assert_eq!(source.control(Control::Set, 3), Some(NOT_SUPPORTED));
        assert_eq!(registration.above_level(), 1);
        assert!(registration.plugin().results.lock().unwrap().is_empty());
        assert_eq!(source.control(Control::Set, 0), Some(0));
    });
}

#[test]
fn injection_arrives_with_all_its_bits() {
    let whea = Whea::new();
    as_thread(|irql| {
        assert_eq!(whea.inject(8, [0; 4]), None, "nothing injects");
        let registration = register(irql);
        assert_eq!(whea.capabilities(), Some((0, 0x249)));
        assert_eq!(whea.inject(8, [0, 0, 0, 1 << 40]), Some(0));
        assert_eq!(
            whea.inject(1 << 32, [0; 4]),
            Some(0xc000_000d_u32.cast_signed())
        );
        assert_eq!(
            whea.inject(0x18, [0; 4]),
            Some(0xc000_000d_u32.cast_signed())
        );
        assert_eq!(whea.inject(0x20, [0; 4]), Some(NOT_SUPPORTED));
        let plugin = registration.plugin();
        assert_eq!(plugin.injected.load(Ordering::Relaxed), 1 << 40);
    });
}

#[test]
fn getters_read_the_descriptor_where_it_lies() {
    /// Looks at each source that it is asked to configure.
    struct Looker(Mutex<Vec<SourceInfo>>);
    impl PshedPlugin for Looker {}
    impl ErrorSourceControl for Looker {
        fn set_info(
            &self,
            _: &mut Irql<'_, Dispatch>,
            source: &Descriptor<'_>,
        ) -> Result<(), Refusal> {
            assert_eq!((source.length(), source.version()), (972, 11));
            assert_eq!(source.kind(), SourceType::GENERIC_V2);
            assert_eq!((source.state(), source.flags()), (2, 4));
            assert_eq!(source.max_raw_data_length(), 256);
            assert_eq!(source.records_to_preallocate(), 1);
            assert_eq!(source.max_sections_per_record(), 3);
            assert_eq!((source.id(), source.platform_id()), (OWN, 0x1234));
            self.0.lock().unwrap().push(source.info());
            Ok(())
        }
        fn enable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
            Err(Refusal::NotSupported)
        }
        fn disable(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>) -> Result<(), Refusal> {
            Err(Refusal::NotSupported)
        }
    }
    let whea = Whea::new();
    as_thread(|irql| {
        let areas = Areas::none().with_error_source_control();
        // SAFETY: As in `register`.
        let registration =
            unsafe { Registration::register(irql, Looker(Mutex::default()), &areas) }.unwrap();
        let source = whea.add_source(OWN, 12, 10, Some(1), LEVEL);
        source.set_info(3, &[1]);
        source.set_info(4, &77_u32.to_le_bytes());
        source.set_info(8, &0xffff_u32.to_le_bytes());
        source.set_info(24 + 8, &0x91_u32.to_le_bytes());
        source.set_info(56, &(-3_i64).to_le_bytes());
        for tag in 0..=11_u16 {
            source.set_info(0, &tag.to_le_bytes());
            assert_eq!(source.control(Control::Set, 2), Some(0));
        }
        let seen = registration.plugin().0.lock().unwrap();
        assert_eq!(seen.len(), 12);
        assert_eq!(seen[11], SourceInfo::Other(11));
        assert!(matches!(seen[2], SourceInfo::Nmi { .. }));
        assert!(matches!(seen[6], SourceInfo::AerRootPort(..)));
        let SourceInfo::GenericV2(generic, acknowledge) = seen[10] else {
            panic!("{:?}", seen[10]);
        };
        assert!(generic.enabled);
        assert_eq!((generic.status_block_length, acknowledge), (77, -3));
        assert_eq!(generic.related_source, 0xffff);
        assert_eq!(
            generic.notification.kind,
            NotificationType::EXTERNAL_INTERRUPT
        );
        assert_eq!(generic.notification.vector, 0x91);
        drop(seen);
    });
}
