//! Synchronize: one closure under the interrupt lock, seen from all sides.
//!
//! Each operation is a closure with a result type of its own, from unit to 256 bytes, so that a request
//! exercises the adapter as a driver would use it.

use core::{arch::x86_64::_rdtsc, ptr::null_mut};

use dirql::{Dispatch, Irql, Passive};
use dirql_ioctl::synchronize::{
    CALLER_IRQL_MAX, Operation, REPEAT_MAX, SynchronizeReply, SynchronizeRequest,
};
use wdk_sys::{
    NTSTATUS,
    ntddk::{KeGetCurrentIrql, KeGetCurrentProcessorNumberEx},
};

use crate::{
    call::{Call, Immediate},
    counters::Counters,
    device::Device,
    interrupt::Connected,
    shared::Shared,
    status::ntstatus,
    trace,
};

/// Where the caller of the adapter stands.
#[derive(Clone, Copy)]
enum Caller {
    Passive,
    Apc,
    Dispatch,
}

const _: () = assert!(CALLER_IRQL_MAX == 2, "the three callers are all there are");

/// `dirql_ioctl::code::SYNCHRONIZE`.
#[derive(Clone, Copy)]
pub(crate) struct Synchronize {
    operation: Operation,
    caller: Caller,
    repeat: u32,
    argument: u64,
}

impl Call for Synchronize {
    type Input = SynchronizeRequest;
    type Reply = SynchronizeReply;
    type Checked = Self;

    fn check(input: SynchronizeRequest) -> Option<Self> {
        let operation = Operation::from_u32(input.operation)?;
        let caller = match input.caller_irql {
            0 => Caller::Passive,
            1 => Caller::Apc,
            2 => Caller::Dispatch,
            _ => return None,
        };
        let takes_argument = match operation {
            Operation::Add | Operation::Transfer | Operation::Fill => true,
            Operation::Snapshot | Operation::ReturnFalse | Operation::Nothing => false,
        };
        let good = (1..=REPEAT_MAX).contains(&input.repeat)
            && input.reserved == 0
            && (takes_argument || input.argument == 0);
        good.then_some(Self {
            operation,
            caller,
            repeat: input.repeat,
            argument: input.argument,
        })
    }
}

impl Immediate for Synchronize {
    fn serve(
        call: Self,
        device: &Device,
        irql: &mut Irql<'_, Passive>,
        reply: &mut SynchronizeReply,
    ) -> Result<(), NTSTATUS> {
        device
            .with_interrupt(irql, |interrupt, irql| {
                let mut target = Target {
                    interrupt,
                    counters: &device.base.counters,
                    reply,
                };
                let target = &mut target;
                for _ in 0..call.repeat {
                    // Lowered again after each repetition, so that DPCs get their turn.
                    match call.caller {
                        Caller::Passive => irql.as_dispatch(|irql| call.run(irql, target)),
                        Caller::Apc => irql.raise_to_apc(|irql| call.run(irql, target)),
                        Caller::Dispatch => irql.raise_to_dispatch(|irql| call.run(irql, target)),
                    }
                }
                trace::synchronized(call.operation as u32, call.caller as u32, target.reply);
            })
            .map_err(ntstatus)
    }
}

impl Synchronize {
    /// Runs the operation's closure once.
    fn run(self, irql: &mut Irql<'_, Dispatch>, target: &mut Target<'_>) {
        let argument = self.argument;
        match self.operation {
            Operation::Add => target.observe(
                irql,
                |shared| {
                    shared.ledger.counter = shared.ledger.counter.wrapping_add(argument);
                    shared.ledger.counter
                },
                |reply, value| reply.value = value,
            ),
            // What every closure sees is the snapshot.
            Operation::Snapshot => target.observe(
                irql,
                |shared| shared.ledger.counter,
                |reply, value| reply.value = value,
            ),
            Operation::Transfer => target.observe(
                irql,
                |shared| shared.ledger.transfer(argument),
                |reply, value| reply.value = value,
            ),
            Operation::Fill => {
                target.observe(irql, |_| fill(argument), |reply, bytes| reply.bytes = bytes);
            }
            Operation::ReturnFalse => {
                target.observe(irql, |_| false, |reply, said| reply.said = u32::from(said));
            }
            Operation::Nothing => target.observe(irql, |_| (), |_, ()| {}),
        }
    }
}

/// What a repetition works on.
struct Target<'a> {
    interrupt: &'a Connected,
    counters: &'a Counters,
    reply: &'a mut SynchronizeReply,
}

/// What a closure brings out from under the lock as its result; what it sees it writes into the reply.
struct Inside<R> {
    result: R,
    entered: u64,
    done: u64,
}

impl Target<'_> {
    /// Runs `body` under the lock, writes down what was seen, and hands its result to `keep`.
    fn observe<R>(
        &mut self,
        irql: &mut Irql<'_, Dispatch>,
        body: impl Fn(&mut Shared) -> R + Copy,
        keep: impl FnOnce(&mut SynchronizeReply, R),
    ) {
        let reply = &mut *self.reply;
        reply.irql_before = u32::from(current_irql());
        let called = time_stamp();
        let outcome = self.interrupt.synchronize_observed(irql, |shared| {
            let entered = time_stamp();
            let result = body(shared);
            look_around(reply, shared);
            Inside {
                result,
                entered,
                done: time_stamp(),
            }
        });
        reply.irql_after = u32::from(current_irql());
        reply.raw_boolean = u32::from(outcome.raw);
        match outcome.result {
            Ok(inside) => {
                self.count(called, inside.entered, inside.done);
                keep(self.reply, inside.result);
            }
            Err(not_run) => {
                self.counters.count_not_run(not_run);
                reply.not_run += 1;
            }
        }
    }

    /// Counts a repetition that ran, by its time stamps: the same for every operation.
    fn count(&mut self, called: u64, entered: u64, done: u64) {
        // Time stamps of two processors may differ, and a thread may move between the first two.
        let waited = entered.saturating_sub(called);
        let took = done.saturating_sub(entered);
        self.counters.count_synchronized(waited, took);
        self.reply.ran += 1;
        self.reply.cycles_waited = self.reply.cycles_waited.wrapping_add(waited);
        self.reply.cycles_inside = self.reply.cycles_inside.wrapping_add(took);
        self.reply.said = 1;
    }
}

/// Writes down what is seen under the lock.
fn look_around(reply: &mut SynchronizeReply, shared: &Shared) {
    reply.irql_inside = u32::from(current_irql());
    reply.processor = current_processor();
    reply.counter = shared.ledger.counter;
    reply.sequence = shared.ledger.newest.sequence;
    reply.left = shared.ledger.left;
    reply.right = shared.ledger.right;
}

/// Byte `i` is the low byte of `first + i`.
fn fill(first: u64) -> [u8; 256] {
    let [mut next, ..] = first.to_le_bytes();
    let mut bytes = [0; 256];
    for byte in &mut bytes {
        *byte = next;
        next = next.wrapping_add(1);
    }
    bytes
}

fn current_irql() -> u8 {
    // SAFETY: At any IRQL (nf-wdm-kegetcurrentirql).
    unsafe { KeGetCurrentIrql() }
}

fn current_processor() -> u32 {
    // SAFETY: At any IRQL; no processor number is asked for (nf-wdm-kegetcurrentprocessornumberex).
    unsafe { KeGetCurrentProcessorNumberEx(null_mut()) }
}

fn time_stamp() -> u64 {
    // SAFETY: The instruction is allowed in kernel mode on every x64 processor.
    unsafe { _rdtsc() }
}
