//! Raising and lowering IRQL, and critical regions.

use nt_model::{Failure, Rule};

use crate::{
    guest::Guest,
    kernel::{Kernel, irql, state::activation::Flow},
};

impl<A> Kernel<A> {
    /// `KeGetCurrentIrql`.
    pub(crate) fn ke_get_current_irql(&mut self, _guest: &mut Guest) -> Result<Flow<A>, Failure> {
        Ok(Flow::Return(u64::from(self.cpu().irql)))
    }

    /// `KfRaiseIrql`, which `KeRaiseIrql` is a macro over.
    pub(crate) fn kf_raise_irql(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (new, old) = (guest.argument_u8(0)?, self.cpu().irql);
        if new < old || new > irql::HIGH {
            return Err(Failure::new(
                Rule::Irql,
                format!("KfRaiseIrql was called to go from IRQL {old} to {new}"),
            ));
        }
        self.cpu_mut().irql = new;
        Ok(Flow::Return(u64::from(old)))
    }

    /// `KeLowerIrql`.
    pub(crate) fn ke_lower_irql(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (new, old) = (guest.argument_u8(0)?, self.cpu().irql);
        if new > old {
            return Err(Failure::new(
                Rule::Irql,
                format!("KeLowerIrql was called to go from IRQL {old} to {new}"),
            ));
        }
        self.check_lowering("KeLowerIrql was called", new)?;
        self.cpu_mut().irql = new;
        self.attention = true;
        Ok(self.return_or_move())
    }

    /// A write to CR8, by which x64 headers raise and lower IRQL without a call.
    pub(crate) fn write_irql(&mut self, value: u64) -> Result<(), Failure> {
        let old = self.cpu().irql;
        let Some(new) = u8::try_from(value).ok().filter(|new| *new <= irql::HIGH) else {
            return Err(Failure::new(
                Rule::Irql,
                format!("the driver wrote {value:#x} to CR8, which is no IRQL"),
            ));
        };
        if new < old {
            self.check_lowering("CR8 was written", new)?;
        }
        self.cpu_mut().irql = new;
        self.attention = true;
        if new < old && self.has_to_move() {
            return Err(Failure::not_modelled(
                "the driver lowers IRQL by CR8 on a processor that its thread's affinity no longer has",
            ));
        }
        Ok(())
    }

    /// The driver goes down to IRQL `new`, and `how` says by what: not below the level of a lock that the
    /// processor holds, nor below that at which the driver was called. Whatever the callback
    /// interrupted would go on, or be entered again, on top of it.
    pub(crate) fn check_lowering(&mut self, how: &str, new: u8) -> Result<(), Failure> {
        let cpu = self.cpu_index();
        let locks = &self.spin_locks;
        let above = locks.levels_held_by(cpu).find(|(_, level)| new < *level);
        if let Some((lock, level)) = above {
            return Err(Failure::new(
                Rule::LockMisuse,
                format!(
                    "{how} to go to IRQL {new} with the spin lock {lock:#x} held, whose level is {level}"
                ),
            ));
        }
        let activation = self.top(cpu).expect("a live processor has an activation");
        let entered = activation.frames.iter().rev().find_map(|frame| frame.irql);
        match entered {
            Some(entered) if new < entered => Err(Failure::new(
                Rule::Irql,
                format!("{how} to go to IRQL {new} in a callback that was entered at {entered}"),
            )),
            _ => Ok(()),
        }
    }

    /// `KeEnterCriticalRegion`.
    pub(crate) fn ke_enter_critical_region(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let calls = self.calls_kept(guest);
        if let Some(thread) = self.current_thread() {
            thread.critical_regions.push(calls);
        }
        Ok(Flow::Return(0))
    }

    /// `KeLeaveCriticalRegion`.
    pub(crate) fn ke_leave_critical_region(
        &mut self,
        _guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let Some(thread) = self.current_thread() else {
            return Ok(Flow::Return(0));
        };
        match thread.critical_regions.pop() {
            Some(_) => Ok(Flow::Return(0)),
            None => Err(Failure::new(
                Rule::BadArgument,
                "KeLeaveCriticalRegion was called by a thread that is in no critical region",
            )),
        }
    }
}
