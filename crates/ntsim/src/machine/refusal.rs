//! Refused calls, as the host asks for them: which calls may fail, and which one is to.

use crate::{
    declared::refusals::Refusal,
    kernel::state::refused::FailableCall,
    machine::{Machine, sites::CallSite},
    system::accounts::Accounts,
};

impl Machine {
    /// Notes, from here on, each call that may be refused although its caller has done nothing wrong.
    pub fn watch_calls(&mut self) {
        self.system_mut().kernel.refused.watch();
    }

    /// The calls that were noted, in their order.
    #[must_use]
    pub fn watched_calls(&self) -> &[FailableCall] {
        self.system().kernel.refused.made()
    }

    /// Refuses a call once. Its ordinal counts from here.
    ///
    /// # Panics
    ///
    /// Where the refusal is another routine's.
    pub fn refuse(&mut self, call: &FailableCall, refusal: &Refusal) {
        assert_eq!(call.routine, refusal.routine, "a refusal is a routine's");
        let answer = refusal.answer.value();
        self.system_mut().kernel.refused.plan(call.clone(), answer);
    }

    /// How many calls were refused.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.system().kernel.refused.met()
    }

    /// What the driver has of the system now.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        self.system().accounts()
    }

    /// Every instruction of the image that calls a routine which may be refused, in the order of addresses: to be asked once
    /// the driver is bound to the framework, whose functions are called through a table.
    #[must_use]
    pub fn call_sites(&self) -> Vec<CallSite> {
        CallSite::all(&self.image, self.system().wdf.driver.functions)
    }
}
