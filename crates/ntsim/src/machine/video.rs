//! The host's side of the video port driver: a miniport's adapter, and the requests of its display driver.

use nt_model::{Failure, Rule};

use crate::{
    machine::{Machine, Summary},
    system::Goal,
    video_port::{Stimulus, VideoCompletion, VideoRequestId, VideoRun},
};

impl Machine {
    /// Makes the port driver an older one, which knows `HwInitDataSize` up to this. Before the start.
    pub fn limit_video_initialization(&mut self, size: u32) {
        let done = self.with(|system, _| {
            system.video_port.init_size_max = Some(size);
            Ok(())
        });
        debug_assert!(done.is_ok(), "nothing can fail");
    }

    /// Loads the miniport, has its adapter found and initialised.
    ///
    /// # Errors
    ///
    /// A [`Failure`]; afterwards the machine is of no more use, but for [`Self::end_failed_start`].
    pub fn start_video(&mut self) -> Result<(), Failure> {
        self.with(|system, guest| system.port_driver().begin_video_start(guest))?;
        self.run(Goal::Quiescence)?;
        self.with(|system, _| match system.video_port.start_failure.take() {
            Some(failure) => Err(failure),
            None => Ok(()),
        })?;
        if self.system().video_port.is_started() {
            self.end_start();
            Ok(())
        } else {
            Err(self.hang("the adapter does not start"))
        }
    }

    /// Submits a request of the display driver. Several wait for one another in the port driver.
    ///
    /// # Errors
    ///
    /// A [`Failure`] where the adapter is not started.
    pub fn submit_video(
        &mut self,
        code: u32,
        input: &[u8],
        output_length: u32,
    ) -> Result<VideoRequestId, Failure> {
        self.with(|system, guest| {
            if !system.video_port.is_started() {
                return Err(Failure::new(
                    Rule::StartFailed,
                    "a video request was submitted to an adapter that is not started",
                ));
            }
            system
                .port_driver()
                .submit_video_request(guest, code, input, output_length)
        })
    }

    /// Runs the guests until nothing can go on, and takes the completion of a request.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the miniport's; rule `hang` where the request is not complete then.
    pub fn wait_video(&mut self, request: VideoRequestId) -> Result<VideoCompletion, Failure> {
        self.run(Goal::Quiescence)?;
        match self.with(|system, _| Ok(system.video_port.take_completed(request)))? {
            Some(completion) => Ok(completion),
            None => Err(self.hang("the video request that is waited for is not complete")),
        }
    }

    /// Arms something that happens to the adapter inside of the next synchronize routine, or disarms it.
    pub fn arm_video(&mut self, stimulus: Option<Stimulus>) {
        let done = self.with(|system, _| {
            system.video_port.arm(stimulus);
            Ok(())
        });
        debug_assert!(done.is_ok(), "nothing can fail");
    }

    /// Whether the armed stimulus has not happened yet.
    #[must_use]
    pub fn video_is_armed(&self) -> bool {
        self.system().video_port.is_armed()
    }

    /// The routines that have ended since this was asked for, in the order of their ends.
    pub fn take_video_runs(&mut self) -> Vec<VideoRun> {
        self.with(|system, _| Ok(system.video_port.take_runs()))
            .unwrap_or_default()
    }

    /// How many stimuli have happened.
    #[must_use]
    pub fn video_stimuli(&self) -> u64 {
        self.system().video_port.stimuli()
    }

    /// Removes the adapter, and checks that nothing of the miniport's is left.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: of the miniport's while it is removed, or a leak.
    pub fn remove_video(mut self) -> Result<Summary, Failure> {
        self.unload_video()
    }

    /// As [`Self::remove_video`], for a host that still looks at the log. It can ask for nothing else any more.
    ///
    /// # Errors
    ///
    /// As for [`Self::remove_video`].
    pub fn unload_video(&mut self) -> Result<Summary, Failure> {
        self.with(|system, guest| system.port_driver().begin_video_remove(guest))?;
        self.run(Goal::Quiescence)?;
        if !self.system().video_port.is_removed() {
            return Err(self.hang("the adapter is not removed"));
        }
        self.with(|system, guest| {
            system.check_leaks(guest)?;
            system.kernel.check_parting()
        })?;
        let system = self.system();
        Ok(Summary {
            instructions: system.kernel.instructions,
            events: system.kernel.log.total(),
            digest: system.kernel.log.digest(),
            requests: system.video_port.request_count(),
        })
    }
}
