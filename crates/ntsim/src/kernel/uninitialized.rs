//! Memory that nothing initialized, and what comes of it.
//!
//! What a stack or fresh pool holds is chance, and a run gives it one value. A second run of the same schedule gives it
//! another, and is compared with the first, use by use: where the two part, the driver lets out what it never wrote.

use nt_model::{Cause, Failure, Rule};

use crate::{
    declared::Parameter,
    guest::{Guest, layout},
    kernel::{
        Kernel,
        state::{
            log::{Argument, Event, EventKind},
            uses::{Parting, Shown, Use},
        },
    },
};

/// What fresh pool holds that was not asked to be zeroed.
const POOL: u8 = 0xCD;
/// What a stack holds beyond what is used of it.
const STACK: u8 = 0;
/// How much of the room below the driver's frames a routine of the kernel's is taken to have used.
const OF_A_ROUTINE: u64 = 0x800;

impl<A> Kernel<A> {
    /// A byte of uninitialized memory that an ordinary run has as `byte`: the other run has no bit of it in common.
    fn chance(&self, byte: u8) -> u8 {
        if self.watch.compares() { !byte } else { byte }
    }

    /// What fresh pool holds that was not asked to be zeroed.
    pub(crate) fn uninitialized_pool(&self) -> u8 {
        self.chance(POOL)
    }

    /// Puts into a new stack what it holds by chance.
    pub(super) fn fill_new_stack(&self, guest: &mut Guest, base: u64) -> Result<(), Failure> {
        match self.chance(STACK) {
            // It is mapped so.
            STACK => Ok(()),
            byte => guest.write(base, &vec![byte; layout::STACK_SIZE as usize]),
        }
    }

    /// The driver is called, or gets back from a routine: what is below its frames belongs to nothing, and the kernel may
    /// have used it, all or a part.
    pub(super) fn fill_below(
        &self,
        guest: &mut Guest,
        pointer: u64,
        all: bool,
    ) -> Result<(), Failure> {
        let byte = self.chance(STACK);
        let stacks = layout::STACK_BASE..layout::STACK_END;
        if byte == STACK || !stacks.contains(&pointer) {
            return Ok(());
        }
        let base = pointer - (pointer - layout::STACK_BASE) % layout::STACK_STRIDE;
        let used = if all { u64::MAX } else { OF_A_ROUTINE };
        let length = (pointer - base).min(layout::STACK_SIZE).min(used);
        guest.write(pointer - length, &vec![byte; length as usize])
    }

    /// What an event of the log shows of the driver.
    pub(super) fn watch_event(&mut self, event: &Event) {
        if !self.watch.is_on() {
            return;
        }
        match &event.kind {
            EventKind::Callback { what, target } => {
                self.watch.show(Shown::Callback { what }, *target);
            }
            EventKind::Trace(trace) => {
                self.watch.show(Shown::Line(trace.to_string().into()), 0);
            }
            EventKind::Note(text) => self.watch.show(Shown::Line(text.as_str().into()), 0),
            // Arguments are shown one by one, and the rest is the kernel's answer to what the driver did.
            EventKind::Call { .. }
            | EventKind::Return { .. }
            | EventKind::Interrupt { .. }
            | EventKind::Thread { .. } => {}
        }
    }

    /// A call passes these.
    pub(crate) fn watch_arguments(
        &mut self,
        routine: &'static str,
        parameters: &[Parameter],
        arguments: &[Argument],
    ) -> Result<(), Failure> {
        if self.watch.is_on() {
            for (parameter, argument) in parameters.iter().zip(arguments) {
                let parameter = *parameter;
                self.watch
                    .show(Shown::Argument { routine, parameter }, argument.bits);
            }
        }
        self.check_parting()
    }

    /// A store to a register of the device.
    pub(super) fn watch_register(
        &mut self,
        bar: u8,
        offset: u64,
        value: u64,
    ) -> Result<(), Failure> {
        if self.watch.is_on() {
            self.watch.show(Shown::Register { bar, offset }, value);
        }
        self.check_parting()
    }

    /// What a request's sender gets.
    pub(crate) fn watch_output(&mut self, request: u32, output: &[u8]) -> Result<(), Failure> {
        if self.watch.is_on() {
            for (index, chunk) in output.chunks(8).enumerate() {
                let mut bytes = [0; 8];
                bytes[..chunk.len()].copy_from_slice(chunk);
                let offset = 8 * index;
                self.watch
                    .show(Shown::Output { request, offset }, u64::from_le_bytes(bytes));
            }
        }
        self.check_parting()
    }

    /// Fails where the runs have parted.
    #[inline]
    pub(crate) fn check_parting(&mut self) -> Result<(), Failure> {
        if self.watch.has_parted() {
            self.report_parting()
        } else {
            Ok(())
        }
    }

    #[cold]
    fn report_parting(&mut self) -> Result<(), Failure> {
        let Some(parting) = self.watch.take_parting() else {
            return Ok(());
        };
        self.watch.end();
        let failure = self.describe_parting(&parting);
        self.unless_off(failure)
    }

    fn describe_parting(&self, Parting { other, this }: &Parting) -> Failure {
        // Both went the same way up to there: what has the lower address came first.
        let first = match other {
            Some(other) if other.at < this.at => other,
            _ => this,
        };
        let shows = |shown: &Option<Use>| match shown {
            Some(shown) if shown.at == first.at => self.describe_use(shown),
            Some(_) => "the driver goes on behind that instruction".to_owned(),
            None => "the driver is done".to_owned(),
        };
        let (in_other, in_this) = match other.as_ref().and_then(|other| byte_of(other, this)) {
            Some(bytes) => bytes,
            None => (shows(other), shows(&Some(this.clone()))),
        };
        let failure = Failure::new(
            Rule::Uninitialized,
            format!(
                "two runs that differ in nothing but what uninitialized memory holds part here: with {STACK:#04x} in stacks and {POOL:#04x} in pool {in_other}; with {:#04x} and {:#04x} {in_this}",
                !STACK, !POOL
            ),
        );
        // The routine that a call is of has its caller in any report.
        match first.shown {
            Shown::Way | Shown::Register { .. } => failure.at(self.locate(first.at)),
            _ => failure,
        }
    }

    fn describe_use(&self, shown: &Use) -> String {
        let Use { shown, value, .. } = shown;
        match shown {
            Shown::Way => match self.locate(*value) {
                Some(place) => format!("the driver goes on at {place}"),
                None => format!("the driver goes on at {value:#x}"),
            },
            Shown::Argument { routine, parameter } => {
                format!("`{}` of {routine} is {value:#x}", parameter.name)
            }
            Shown::Register { bar, offset } => {
                format!("{value:#x} goes to the register at {offset:#x} of BAR {bar}")
            }
            Shown::Output { request, offset } => {
                format!("the output of request {request} goes on at byte {offset}")
            }
            Shown::Callback { what } => format!("{what} is at {value:#x}"),
            Shown::Line(line) => format!("the event log has '{line}'"),
        }
    }

    /// A rule that is broken in this run alone is broken by what uninitialized memory holds.
    pub(super) fn due_to_chance(&self, failure: Failure) -> Failure {
        match failure.cause {
            Cause::Rule(rule)
                if rule != Rule::Uninitialized
                    && self.watch.other_goes_on()
                    && self.config.rules.checks(Rule::Uninitialized) =>
            {
                Failure {
                    message: format!(
                        "a rule is broken with what uninitialized memory holds in this run, and not with what it holds in another: rule {rule}: {}",
                        failure.message
                    ),
                    cause: Rule::Uninitialized.into(),
                    ..failure
                }
            }
            _ => failure,
        }
    }
}

/// The first byte that differs, where both are the same bytes of one output: what each run has.
fn byte_of(other: &Use, this: &Use) -> Option<(String, String)> {
    let (Shown::Output { request, offset }, true) = (&this.shown, other.shown == this.shown) else {
        return None;
    };
    let byte = (other.value ^ this.value).trailing_zeros() / 8;
    let of = |value: u64| {
        format!(
            "byte {} of the output of request {request} is {:#04x}",
            offset + byte as usize,
            value >> (8 * byte) & 0xFF
        )
    };
    Some((of(other.value), of(this.value)))
}
