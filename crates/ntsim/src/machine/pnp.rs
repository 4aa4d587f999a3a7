//! `PnP` and power: the device is started, changes its state, and is removed.

use nt_model::{DeviceState, Failure, Transition};

use crate::{
    kernel::race::Edge,
    machine::{
        Machine, Summary,
        emulator::{Emulator, Used},
        handle::FileId,
    },
    system::{Goal, Stop},
};

impl Machine {
    /// Loads the driver and starts its device, up to D0.
    ///
    /// # Errors
    ///
    /// A [`Failure`]; afterwards the machine is of no more use, but for [`Self::end_failed_start`].
    pub fn start(&mut self) -> Result<(), Failure> {
        self.with(|system, guest| system.framework().begin_start(guest))?;
        self.finish("the device does not start")?;
        self.with(|system, _| match system.wdf.take_start_failure() {
            Some(failure) => Err(failure),
            None => Ok(()),
        })?;
        self.end_start();
        Ok(())
    }

    /// Runs the guests until nothing can go on after a start that a callback has refused, and checks that nothing of the
    /// driver's is left. The host can ask for nothing else any more.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: of the driver's, or a leak.
    pub fn end_failed_start(&mut self) -> Result<(), Failure> {
        self.run(Goal::Quiescence)?;
        self.with(|system, guest| {
            system.check_leaks(guest)?;
            system.kernel.check_parting()
        })
    }

    /// Where the device stands; during a transition, where that began.
    #[must_use]
    pub fn device_state(&self) -> DeviceState {
        self.system().wdf.pnp.state
    }

    /// Whether the `PnP` or power manager would begin this with the device now, rather than wait for what it is at.
    #[must_use]
    pub fn may_begin(&self, transition: Transition) -> bool {
        self.system().wdf.may_begin(transition)
    }

    /// Begins a transition. It goes on whenever the guests run; [`Self::end_transition`] waits for
    /// its end.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the simulator's own.
    ///
    /// # Panics
    ///
    /// Where another is on, unless the device goes away while it changes its power state, or the device is not where this
    /// one begins.
    pub fn begin_transition(&mut self, transition: Transition) -> Result<(), Failure> {
        self.with(|system, guest| system.framework().begin_transition(guest, transition))
    }

    /// Runs the guests until the transition has ended, and says where the device is then.
    ///
    /// # Errors
    ///
    /// A [`Failure`]; rule `hang` where nothing can go on and the transition has not ended.
    pub fn end_transition(&mut self) -> Result<DeviceState, Failure> {
        if !self.system().wdf.transition_ended() {
            self.finish("the transition of the device has not ended")?;
        }
        Ok(self.device_state())
    }

    /// Begins a transition and waits for its end.
    ///
    /// # Errors
    ///
    /// As for [`Self::end_transition`].
    ///
    /// # Panics
    ///
    /// As for [`Self::begin_transition`].
    pub fn transition(&mut self, transition: Transition) -> Result<DeviceState, Failure> {
        self.begin_transition(transition)?;
        self.end_transition()
    }

    pub(super) fn finish(&mut self, what: &str) -> Result<(), Failure> {
        match self.run(Goal::Transition)? {
            Stop::Reached => self.with(|system, _| {
                system.kernel.host_acquires(Edge::Transition);
                Ok(())
            }),
            _ => Err(self.hang(what)),
        }
    }

    /// Takes the device out of the machine, now. Its registers read all ones from here on; that the
    /// bus finds it gone is [`Transition::SurpriseRemoval`], which may come later.
    ///
    /// # Errors
    ///
    /// None of its own.
    pub fn unplug(&mut self) -> Result<(), Failure> {
        self.with(|system, _| {
            system.kernel.unplug();
            Ok(())
        })
    }

    /// Whether the `PnP` manager would remove the device in good order now: not while a handle is
    /// open ("Handling a `GUID_TARGET_DEVICE_QUERY_REMOVE` Event"), and then the driver is not asked.
    #[must_use]
    pub fn may_be_removed(&self) -> bool {
        self.files.is_empty()
    }

    /// Ends the program with its threads and its handles, removes the device, unloads the driver, and checks that nothing of the
    /// driver's is left.
    ///
    /// # Errors
    ///
    /// A [`Failure`]: of the driver's while it is removed, or a leak.
    pub fn remove(mut self) -> Result<Summary, Failure> {
        let summary = self.unload()?;
        self.recycle();
        Ok(summary)
    }

    /// Keeps what this thread's next machine of the same image has use for: the emulator with its translations. For a
    /// machine that has been unloaded, and has been looked at.
    pub fn recycle(self) {
        let Some(system) = self.system else {
            return;
        };
        let kernel = system.kernel;
        let used = Used {
            pool: kernel.pool.used(),
            stacks_end: kernel.stacks_end(),
        };
        if let Some(pristine) = kernel.pristine {
            Emulator::give_back(
                &self.image,
                kernel.code,
                self.uc,
                self.slot,
                pristine,
                &used,
            );
        }
    }

    /// As [`Self::remove`], for a host that still looks at the log. It can ask for nothing else any more.
    ///
    /// # Errors
    ///
    /// As for [`Self::remove`].
    pub fn unload(&mut self) -> Result<Summary, Failure> {
        self.exit_program()?;
        self.forget_senders()?;
        let files: Vec<u32> = self.files.keys().copied().collect();
        for file in files {
            self.close(FileId(file))?;
        }
        self.with(|system, guest| system.framework().begin_remove(guest))?;
        self.end_removal()
    }

    /// Begins to remove the device and to unload the driver, and says whether it does: the `PnP` manager waits for a
    /// transition that is on, and while a handle is open or about to be closed. [`Self::end_removal`] waits for the end.
    ///
    /// # Errors
    ///
    /// A [`Failure`] of the simulator's own.
    pub fn begin_removal(&mut self) -> Result<bool, Failure> {
        let wdf = &self.system().wdf;
        let may = self.files.is_empty() && wdf.files.is_empty() && wdf.transition_ended();
        if may {
            self.with(|system, guest| system.framework().begin_remove(guest))?;
        }
        Ok(may)
    }

    /// Runs the guests until the device is removed, and checks that nothing of the driver's is left.
    ///
    /// # Errors
    ///
    /// As for [`Self::remove`].
    pub fn end_removal(&mut self) -> Result<Summary, Failure> {
        if !self.system().wdf.transition_ended() {
            self.finish("the device is not removed")?;
        }
        self.run(Goal::Quiescence)?;
        self.with(|system, guest| {
            system.check_leaks(guest)?;
            system.kernel.check_parting()
        })?;
        let system = self.system();
        Ok(Summary {
            instructions: system.kernel.instructions,
            events: system.kernel.log.total(),
            digest: system.kernel.log.digest(),
            requests: system.wdf.next_request,
        })
    }
}
