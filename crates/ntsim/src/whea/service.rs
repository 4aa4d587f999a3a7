//! What PSHED asks of a plug-in outside the handling of an error: a source is configured, an error
//! injected, a record read. A thread of the system does it, at `DISPATCH_LEVEL`.

use std::collections::VecDeque;

use nt_model::{Failure, Order, OrderOutcome, Status};

use crate::{
    guest::Guest,
    kernel::{
        irql,
        race::Edge,
        state::{
            activation::Flow,
            frame::{Frame, Holds},
        },
    },
    whea::{
        HardwareErrors,
        handler::note_service,
        state::{
            frame::{ServiceFrame, WheaFrame},
            plugin::Callback,
        },
    },
};

/// Bytes of memory for what callbacks write.
const SCRATCH: u64 = 256;
/// Where a record goes in it, and how long it may be.
const RECORD_AT: u64 = 64;

impl super::Whea {
    /// Whether an order is done.
    pub(crate) fn order_is_done(&self, number: u64) -> bool {
        self.orders.done.contains_key(&number)
    }
}

impl<A: Holds<WheaFrame>> HardwareErrors<'_, A> {
    /// Has a thread carry out an order, and answers the order's number.
    pub(crate) fn begin_order(&mut self, guest: &mut Guest, order: Order) -> Result<u64, Failure> {
        self.begin_orders(guest, VecDeque::from([order]))
    }

    /// Has a thread configure and enable a source that was added.
    pub(super) fn configure_source(&mut self, guest: &mut Guest, id: u32) -> Result<(), Failure> {
        self.begin_orders(guest, VecDeque::from([Order::Set(id), Order::Enable(id)]))
            .map(drop)
    }

    fn begin_orders(&mut self, guest: &mut Guest, orders: VecDeque<Order>) -> Result<u64, Failure> {
        self.whea.orders.next += 1;
        let number = self.whea.orders.next;
        let scratch = match self.whea.orders.scratch.pop_front() {
            Some(scratch) => scratch,
            None => self.kernel.kernel_allocate(guest, SCRATCH)?,
        };
        let frame = ServiceFrame {
            number,
            orders,
            called: false,
            scratch,
        };
        self.kernel
            .spawn(guest, "WHEA", Frame::above(WheaFrame::Service(frame)))?;
        Ok(number)
    }

    /// Takes the outcome of an order, if it is done.
    pub(crate) fn take_outcome(&mut self, number: u64) -> Option<OrderOutcome> {
        self.whea.orders.done.remove(&number)
    }

    /// Goes on with an order.
    pub(crate) fn resume_service(
        &mut self,
        guest: &mut Guest,
        mut frame: ServiceFrame,
        value: u64,
    ) -> Result<Flow<A>, Failure> {
        if core::mem::take(&mut frame.called) {
            self.kernel.cpu_mut().irql = irql::PASSIVE;
            self.order_done(guest, &mut frame, Some(value))?;
        }
        loop {
            let Some(order) = frame.orders.front().copied() else {
                self.whea.orders.scratch.push_back(frame.scratch);
                return Ok(Flow::Finish);
            };
            let (callback, arguments) = self.prepare_order(guest, &frame, order)?;
            if let Some((target, context)) = self.plugin_callback(callback) {
                self.kernel.cpu_mut().irql = irql::DISPATCH;
                self.kernel.acquires(Edge::IsrBegin(context));
                frame.called = true;
                return Ok(Flow::Call {
                    what: callback.name(),
                    target,
                    arguments: core::iter::once(context).chain(arguments).collect(),
                    frame: Frame::above(WheaFrame::Service(frame)),
                });
            }
            self.order_done(guest, &mut frame, None)?;
        }
    }

    /// The callback for an order, and its arguments after the context.
    fn prepare_order(
        &self,
        guest: &mut Guest,
        frame: &ServiceFrame,
        order: Order,
    ) -> Result<(Callback, Vec<u64>), Failure> {
        let scratch = frame.scratch;
        guest.write(scratch, &[0; SCRATCH as usize])?;
        let descriptor = |id| {
            let place = self.whea.error_source(id);
            vec![place.map_or(0, |place| self.whea.sources[place].descriptor)]
        };
        Ok(match order {
            Order::Set(id) => (Callback::Set, descriptor(id)),
            Order::Enable(id) => (Callback::Enable, descriptor(id)),
            Order::Disable(id) => (Callback::Disable, descriptor(id)),
            Order::Inject {
                error_type,
                parameters: [first, second, third, fourth],
            } => (
                Callback::Inject,
                vec![error_type, first, second, third, fourth],
            ),
            Order::Capabilities => (Callback::Capabilities, vec![scratch]),
            Order::WriteDummy => {
                guest.write(scratch + RECORD_AT, b"CPER")?;
                guest.write(scratch + RECORD_AT + 6, &[0xFF; 4])?;
                guest.write_u32(scratch + RECORD_AT + 20, 128)?;
                (Callback::Write, vec![1, 128, scratch + RECORD_AT])
            }
            Order::Read(number, room) => {
                guest.write_u32(scratch + 8, room.min((SCRATCH - RECORD_AT) as u32))?;
                let places = [scratch, scratch + 8, scratch + RECORD_AT];
                let mut arguments = vec![0, number];
                arguments.extend(places);
                (Callback::Read, arguments)
            }
            Order::Clear(number) => (Callback::ClearRecord, vec![0, number]),
        })
    }

    /// Notes the outcome of the order that is being carried out; without an answer no plug-in took part.
    fn order_done(
        &mut self,
        guest: &Guest,
        frame: &mut ServiceFrame,
        answer: Option<u64>,
    ) -> Result<(), Failure> {
        let Some(order) = frame.orders.pop_front() else {
            return Ok(());
        };
        let said = answer.map(Status::of_register);
        let mut outcome = OrderOutcome {
            status: said.unwrap_or(Status::NOT_SUPPORTED),
            by_plugin: said.is_some(),
            value: match order {
                Order::Capabilities => guest.read_u32(frame.scratch)?.into(),
                Order::Read(..) => guest.read_u32(frame.scratch + 8)?.into(),
                _ => 0,
            },
        };
        if let Order::Set(id) | Order::Enable(id) | Order::Disable(id) = order
            && let Some(place) = self.whea.error_source(id)
        {
            let source = &mut self.whea.sources[place];
            if let Some(said) = said {
                note_service(source, said);
            }
            // What the plug-in leaves PSHED does by itself.
            if said.is_none_or(|said| said == Status::NOT_SUPPORTED) {
                outcome.status = Status::SUCCESS;
                outcome.by_plugin = false;
                match order {
                    Order::Enable(_) => source.report.enabled = true,
                    Order::Disable(_) => source.report.enabled = false,
                    _ => {}
                }
            }
        }
        let other = |callback| self.other_plugin_serves(callback);
        if said.is_none() && matches!(order, Order::Inject { .. }) && other(Callback::Inject) {
            outcome.status = Status::SUCCESS;
        }
        if frame.orders.is_empty() {
            self.whea.orders.done.insert(frame.number, outcome);
        }
        Ok(())
    }
}
