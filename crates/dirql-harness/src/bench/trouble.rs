//! Trouble: what the system refuses the driver, and what the device does by itself.

use std::panic::Location;

use super::Bench;
use crate::check::{Stop, Verdict, equal, that};
use crate::message::name;
use crate::suites::errors::valid::valid_requests;
use dirql_ioctl::Status;
use nt_model::InjectedFailure;

impl Bench<'_> {
    /// Makes `times` calls of the driver fail, after `after` more of the same routine that do not. Whatever is
    /// on its way has arrived before, so that the calls which follow are those of the next request.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the system is a real one.
    #[track_caller]
    pub fn system_refuses(&mut self, failure: InjectedFailure, after: u32, times: u32) -> Verdict {
        self.settle()?;
        self.simulated()?.inject(failure, after, times);
        self.troubles
            .push(format!("{failure:?} injected {times} times after {after}"));
        Ok(())
    }

    /// Makes the device raise causes by itself, now, whatever is on its way: nothing asked for them, and whether
    /// anything hears of them is the driver's matter.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the device is a real one.
    #[track_caller]
    pub fn device_raises(&mut self, causes: u32) -> Verdict {
        let at = Location::caller();
        let raised = self.simulated()?.raise_causes(causes);
        raised.map_err(|failure| Stop::failed(failure, at))
    }

    /// Makes the device raise causes by itself while the driver looks at others: `first` after the next read of
    /// its status, the bit above it after the read that follows, `reads` in all.
    ///
    /// # Errors
    ///
    /// [`Stop::Skipped`] where the device is a real one.
    #[track_caller]
    pub fn device_joins_causes(&mut self, first: u32, reads: u32) -> Verdict {
        self.settle()?;
        self.simulated()?.join_causes(first, reads);
        self.troubles.push(format!(
            "{reads} causes from {first:#x} joined those pending"
        ));
        Ok(())
    }

    /// The driver has no interrupt any more: every valid request is answered with `DEVICE_NOT_READY`, from here
    /// to the end of the test.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where one is not.
    #[track_caller]
    pub fn interrupt_is_lost(&mut self) -> Verdict {
        self.lost = true;
        for (code, input, reply_len) in valid_requests() {
            let answer = self.request(self.main, code, &input, reply_len)?.answer;
            that(
                answer.is(Status::DEVICE_NOT_READY),
                format_args!("{} without an interrupt ended with {answer}", name(code)),
            )?;
        }
        Ok(())
    }

    /// How often closures did not run since `before`.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where it is not `wanted`.
    #[track_caller]
    pub fn counted_as_not_run(&mut self, before: u64, wanted: u64) -> Verdict {
        let counted = self.statistics()?.not_run - before;
        equal("closures that did not run", counted, wanted)
    }
}
