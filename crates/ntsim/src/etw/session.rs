//! The session: what it listens to, and how providers are told.

use std::collections::VecDeque;

use nt_model::{Failure, Status};

use crate::{
    etw::Tracing,
    guest::Guest,
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
};

/// `EVENT_CONTROL_CODE_DISABLE_PROVIDER`.
const DISABLE: u64 = 0;
/// `EVENT_CONTROL_CODE_ENABLE_PROVIDER`.
pub(super) const ENABLE: u64 = 1;

/// What a session listens to, of every provider: as `EnableTraceEx2` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceSession {
    /// The highest level; 0 for every one.
    pub level: u8,
    /// An event's keywords must have one of these; 0 for any.
    pub any: u64,
    /// And all of these.
    pub all: u64,
}

impl TraceSession {
    /// Everything.
    pub const ALL: Self = Self {
        level: 0,
        any: 0,
        all: 0,
    };

    /// Whether it hears an event. One without keywords is heard whatever the session's.
    pub(super) const fn hears(self, level: u8, keyword: u64) -> bool {
        let of_level = self.level == 0 || level <= self.level;
        let any = self.any == 0 || keyword & self.any != 0;
        of_level && (keyword == 0 || (any && keyword & self.all == self.all))
    }
}

/// What event tracing was doing when it called the driver or paused.
#[derive(Clone, Debug)]
pub(crate) enum EtwFrame {
    /// In `EtwRegister`, which told the provider of a session.
    Registered(u64),
    /// In `EtwUnregister`, which waits for a callback.
    Unregister(u64),
    /// On a thread of the system, which tells these providers that the session has begun or stopped; the first was
    /// called.
    Tell {
        control: u64,
        providers: VecDeque<u64>,
        called: bool,
    },
}

impl<A: Holds<EtwFrame>> Tracing<'_, A> {
    /// The host listens, or stops: providers are told on a thread of the system.
    pub(crate) fn listen(
        &mut self,
        guest: &mut Guest,
        session: Option<TraceSession>,
    ) -> Result<(), Failure> {
        self.etw.session = session;
        let told = self.etw.providers.iter();
        let told = told.filter(|(_, provider)| provider.callback != 0);
        let providers: VecDeque<u64> = told.map(|(handle, _)| *handle).collect();
        if providers.is_empty() {
            return Ok(());
        }
        let frame = EtwFrame::Tell {
            control: if session.is_some() { ENABLE } else { DISABLE },
            providers,
            called: false,
        };
        self.kernel
            .spawn(guest, "ETW", Frame::above(frame))
            .map(drop)
    }

    /// Calls a provider's callback, with what the session listens to, and goes on with `frame`.
    pub(super) fn tell(&mut self, handle: u64, control: u64, frame: EtwFrame) -> Flow<A> {
        let session = self.etw.session.unwrap_or(TraceSession::ALL);
        let Some(provider) = self.etw.providers.get_mut(&handle) else {
            return Flow::status(Status::SUCCESS);
        };
        provider.in_callback += 1;
        Flow::Call {
            what: "EnableCallback",
            target: provider.callback,
            arguments: vec![
                // No session of NT's has a GUID here.
                0,
                control,
                u64::from(session.level),
                session.any,
                session.all,
                0,
                provider.context,
            ],
            frame: Frame::above(frame),
        }
    }

    /// Goes on with what event tracing was doing.
    pub(crate) fn resume_etw(&mut self, frame: EtwFrame) -> Flow<A> {
        match frame {
            EtwFrame::Registered(handle) => {
                self.told(handle);
                Flow::status(Status::SUCCESS)
            }
            EtwFrame::Unregister(handle) => self.unregister(handle),
            EtwFrame::Tell {
                control,
                mut providers,
                called,
            } => {
                if called && let Some(handle) = providers.pop_front() {
                    self.told(handle);
                }
                // One may have been unregistered meanwhile.
                while let Some(handle) = providers.front().copied() {
                    if self.etw.providers.contains_key(&handle) {
                        let frame = EtwFrame::Tell {
                            control,
                            providers,
                            called: true,
                        };
                        return self.tell(handle, control, frame);
                    }
                    providers.pop_front();
                }
                Flow::Finish
            }
        }
    }

    fn told(&mut self, handle: u64) {
        if let Some(provider) = self.etw.providers.get_mut(&handle) {
            provider.in_callback -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_hears_what_it_asks_for() {
        let session = TraceSession {
            level: 4,
            any: 0b0110,
            all: 0b0100,
        };
        assert!(session.hears(4, 0b0100));
        assert!(session.hears(2, 0b1110));
        assert!(!session.hears(5, 0b0100), "the level is too high");
        assert!(!session.hears(4, 0b1000), "none of the keywords");
        assert!(!session.hears(4, 0b0010), "not all of the keywords");
        assert!(session.hears(4, 0), "no keyword at all");
        assert!(TraceSession::ALL.hears(255, 1 << 47));
    }
}
