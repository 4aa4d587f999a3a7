//! The device as a target: many handles and requests on the one driver that runs.

#[cfg(test)]
mod tests;

use std::time::Duration;

use dirql_ioctl::ControlCode;
use dirql_ioctl::connection::QueryReply;
use nt_model::{Failure, Finding, InterruptResource};
use zerocopy::FromBytes;

use super::absence::{explain, other_contract};
use super::cancel;
use super::discovery::{device_interfaces, edu_devices};
use super::file::{self, Owned};
use super::request::Overlapped;
use crate::message::{Query, Request};
use crate::seed::Seeds;
use crate::target::{
    Completion, Facts, Handle, OpenAccess, SelectError, Session, Target, Ticket, Variant,
};

/// How long a poll lets a real machine go on before it looks.
const SETTLED: Duration = Duration::from_millis(50);

/// How long the first query may take.
const FIRST_ANSWER: Duration = Duration::from_secs(10);

/// The first device that the driver serves on this machine.
struct DeviceTarget {
    facts: Facts,
    link: Vec<u16>,
}

/// Finds the device and asks it for the resource that its interrupt has.
pub(in crate::target) fn find() -> Result<Box<dyn Target>, SelectError> {
    let found = edu_devices();
    let links = match device_interfaces() {
        Ok(links) => links,
        // A system that has never heard of the interface may refuse to list it; the absent device says more.
        Err(_) if found.is_empty() => Vec::new(),
        Err(error) => {
            let code = error.0;
            return Err(SelectError::Missing(format!(
                "the configuration manager cannot list device interfaces (CONFIGRET {code:#x})"
            )));
        }
    };
    let Some(link) = links.into_iter().next() else {
        return Err(SelectError::Missing(explain(&found)));
    };
    let resource = resource(&link).map_err(|fault| SelectError::Missing(fault.message))?;
    cancel::on_interrupt();
    Ok(Box::new(DeviceTarget {
        facts: Facts {
            name: "device",
            variants: vec![Variant::real(resource)],
            fresh_per_test: false,
            policy: None,
            processors: None,
            replayed: None,
        },
        link,
    }))
}

/// Which interrupt resource the device was assigned, as the driver tells it.
fn resource(link: &[u16]) -> Result<InterruptResource, Failure> {
    let device = file::open(link, OpenAccess::READ)?;
    let mut request = Overlapped::submit(&device, Query::CODE, &[], size_of::<QueryReply>())?;
    if !request.wait(FIRST_ANSWER)? {
        request.cancel(&device);
        return Err(timed_out(FIRST_ANSWER));
    }
    let completion = request.completion();
    if let Some(message) = other_contract(&completion.output, dirql_ioctl::CONTRACT_VERSION) {
        return Err(Failure::new(Finding::Contract, message));
    }
    let reply =
        completion.answer.is_success() && completion.output.len() == size_of::<QueryReply>();
    let reply = reply.then(|| QueryReply::read_from_bytes(&completion.output));
    match reply {
        Some(Ok(reply)) if reply.connection.resource_is_message == 0 => Ok(InterruptResource::Line),
        Some(Ok(_)) => Ok(InterruptResource::Message),
        _ => Err(Failure::new(
            Finding::Contract,
            format!(
                "the driver answers a query with {} and {} bytes, which is not the contract of \
                 this dirql",
                completion.answer, completion.information
            ),
        )),
    }
}

fn timed_out(bound: Duration) -> Failure {
    Failure::new(
        Finding::Time,
        format!("a request did not complete within {} s", bound.as_secs()),
    )
}

fn misuse(message: &str) -> Failure {
    Failure::new(Finding::Suite, message)
}

impl Target for DeviceTarget {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn token(&self, _variant: Variant, _seeds: Seeds) -> Option<String> {
        None
    }

    fn interrupted(&self) -> bool {
        cancel::interrupted()
    }

    fn begin(&self, _variant: Variant, _seeds: Seeds) -> Result<Box<dyn Session>, Failure> {
        Ok(Box::new(DeviceSession {
            link: self.link.clone(),
            devices: Vec::new(),
            requests: Vec::new(),
        }))
    }
}

/// One test's handles and requests. Handles and tickets are indices; what is spent is `None`.
struct DeviceSession {
    link: Vec<u16>,
    devices: Vec<Option<Owned>>,
    requests: Vec<Option<(Handle, Overlapped)>>,
}

impl DeviceSession {
    fn device(&self, handle: Handle) -> Result<&Owned, Failure> {
        self.devices
            .get(handle.0)
            .and_then(Option::as_ref)
            .ok_or_else(|| misuse("a handle was used that is not open"))
    }

    /// The completion of the request if it ends within `bound`; the ticket is then spent.
    fn take(&mut self, ticket: Ticket, bound: Duration) -> Result<Option<Completion>, Failure> {
        let slot = self.requests.get_mut(ticket.0);
        let Some((slot, request)) = slot.and_then(|slot| {
            let request = slot.take()?;
            Some((slot, request))
        }) else {
            return Err(misuse("a request was used after its completion was taken"));
        };
        let (handle, mut request) = request;
        let ended = request.wait(bound);
        if let Ok(true) = ended {
            return Ok(Some(request.completion()));
        }
        *slot = Some((handle, request));
        ended.map(|_| None)
    }
}

impl Session for DeviceSession {
    fn open(&mut self, access: OpenAccess) -> Result<Handle, Failure> {
        self.devices.push(Some(file::open(&self.link, access)?));
        Ok(Handle(self.devices.len() - 1))
    }

    fn close(&mut self, handle: Handle) -> Result<(), Failure> {
        self.device(handle)?;
        self.devices[handle.0] = None;
        Ok(())
    }

    fn submit(
        &mut self,
        handle: Handle,
        code: ControlCode,
        input: &[u8],
        output_len: usize,
    ) -> Result<Ticket, Failure> {
        let request = Overlapped::submit(self.device(handle)?, code, input, output_len)?;
        self.requests.push(Some((handle, request)));
        Ok(Ticket(self.requests.len() - 1))
    }

    fn wait(&mut self, ticket: Ticket, bound: Duration) -> Result<Completion, Failure> {
        self.take(ticket, bound)?.ok_or_else(|| timed_out(bound))
    }

    fn poll(&mut self, ticket: Ticket) -> Result<Option<Completion>, Failure> {
        self.take(ticket, SETTLED)
    }

    fn advance(&mut self, _instructions: u32) -> Result<(), Failure> {
        std::thread::yield_now();
        Ok(())
    }

    fn cancel(&mut self, ticket: Ticket) -> Result<(), Failure> {
        let Some((handle, request)) = self.requests.get(ticket.0).and_then(Option::as_ref) else {
            return Err(misuse("a request was used after its completion was taken"));
        };
        request.cancel(self.device(*handle)?);
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}

impl Drop for DeviceSession {
    fn drop(&mut self) {
        // A request that is freed has ended first, and none ends by itself in time.
        for (handle, request) in self.requests.iter().flatten() {
            if let Ok(device) = self.device(*handle) {
                request.cancel(device);
            }
        }
    }
}
