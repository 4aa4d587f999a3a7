//! Self-managed I/O (`FxSelfManagedIoMachine`): what a driver does by itself while its device is in D0.

use crate::wdf::state::device::PnpCallbacks;

/// Where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SelfManaged {
    #[default]
    Created,
    InitFailed,
    Started,
    Stopped,
    /// A suspension or a restart has failed.
    Failed,
    Flushed,
    Final,
}

/// What the `PnP` and power machines tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SelfManagedEvent {
    /// The device is in D0, and its queues give requests out.
    Start,
    /// The device is about to leave D0.
    Suspend,
    /// The device is removed, or about to be.
    Flush,
    Cleanup,
}

/// A callback, and where it leads.
pub(in crate::wdf) struct SelfManagedCall {
    pub(in crate::wdf) what: &'static str,
    pub(in crate::wdf) target: u64,
    pub(in crate::wdf) done: SelfManaged,
    pub(in crate::wdf) failed: SelfManaged,
}

impl SelfManaged {
    /// What an event leads to; nothing where it is none here.
    pub(in crate::wdf) fn on(
        self,
        event: SelfManagedEvent,
        callbacks: &PnpCallbacks,
    ) -> Option<SelfManagedCall> {
        let call = |what, target, done, failed| {
            Some(SelfManagedCall {
                what,
                target,
                done,
                failed,
            })
        };
        match (self, event) {
            (Self::Created, SelfManagedEvent::Start) => call(
                "EvtDeviceSelfManagedIoInit",
                callbacks.self_managed_init,
                Self::Started,
                Self::InitFailed,
            ),
            (Self::Started, SelfManagedEvent::Suspend) => call(
                "EvtDeviceSelfManagedIoSuspend",
                callbacks.self_managed_suspend,
                Self::Stopped,
                Self::Failed,
            ),
            (Self::Stopped | Self::Flushed, SelfManagedEvent::Start) => call(
                "EvtDeviceSelfManagedIoRestart",
                callbacks.self_managed_restart,
                Self::Started,
                Self::Failed,
            ),
            (Self::InitFailed | Self::Stopped | Self::Failed, SelfManagedEvent::Flush) => call(
                "EvtDeviceSelfManagedIoFlush",
                callbacks.self_managed_flush,
                Self::Flushed,
                Self::Flushed,
            ),
            (Self::Flushed, SelfManagedEvent::Cleanup) => call(
                "EvtDeviceSelfManagedIoCleanup",
                callbacks.self_managed_cleanup,
                Self::Final,
                Self::Final,
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_started_is_neither_flushed_nor_cleaned_up() {
        let callbacks = PnpCallbacks::default();
        for event in [
            SelfManagedEvent::Suspend,
            SelfManagedEvent::Flush,
            SelfManagedEvent::Cleanup,
        ] {
            assert!(SelfManaged::Created.on(event, &callbacks).is_none());
        }
    }

    #[test]
    fn what_is_flushed_is_not_flushed_again() {
        let callbacks = PnpCallbacks::default();
        let again = SelfManaged::Flushed.on(SelfManagedEvent::Flush, &callbacks);
        assert!(again.is_none());
        let end = SelfManaged::Flushed.on(SelfManagedEvent::Cleanup, &callbacks);
        assert_eq!(end.map(|call| call.done), Some(SelfManaged::Final));
    }
}
