//! Writing an event.

use nt_model::{Failure, Rule, Status};

use crate::{
    etw::{EtwFrame, Tracing, decode, provider::no_registration},
    guest::Guest,
    kernel::{
        irql,
        state::{activation::Flow, frame::Holds, log::EventKind, trace_event::TraceEvent},
    },
};

/// `EVENT_DESCRIPTOR` and `EVENT_DATA_DESCRIPTOR` both have 16 bytes.
const DESCRIPTOR: u64 = 16;
/// `MAX_EVENT_DATA_DESCRIPTORS`.
const DATA_MAX: u32 = 128;
/// The longest event, headers and all (nf-evntprov-eventwritetransfer).
const EVENT_MAX: u64 = 64 << 10;
/// Where system space begins.
const SYSTEM_SPACE: u64 = 0xFFFF_8000_0000_0000;
/// `EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA`.
const DESCRIBES_EVENT: u8 = 1;
/// `EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA`.
const DESCRIBES_PROVIDER: u8 = 2;

impl<A: Holds<EtwFrame>> Tracing<'_, A> {
    /// `EtwWriteTransfer`. At any IRQL; what it is given is checked whether anybody listens or not.
    pub(crate) fn etw_write_transfer(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (handle, descriptor) = (guest.argument(0)?, guest.argument(1)?);
        let (count, data) = (guest.argument_u32(4)?, guest.argument(5)?);
        let Some(provider) = self.etw.providers.get(&handle) else {
            return Err(no_registration("EtwWriteTransfer", handle));
        };
        let provider_id = provider.guid();
        let provider = provider.name.clone().unwrap_or_default();
        if count > DATA_MAX || (count > 0 && data == 0) {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        self.check_event_data(descriptor, DESCRIPTOR)?;
        self.check_event_data(data, DESCRIPTOR * u64::from(count))?;
        let (mut described, mut values, mut total) = (None, Vec::new(), 0);
        for index in 0..u64::from(count) {
            let at = data + DESCRIPTOR * index;
            let (address, length) = (guest.read_u64(at)?, guest.read_u32(at + 8)?);
            total += u64::from(length);
            if total > EVENT_MAX {
                return Err(Failure::not_modelled("an event of more than 64 KiB"));
            }
            self.check_event_data(address, length.into())?;
            let bytes = guest.read_vec(address, length as usize)?;
            match guest.read_u8(at + 12)? {
                DESCRIBES_EVENT => described = Some(bytes),
                DESCRIBES_PROVIDER => {}
                _ => values.extend(bytes),
            }
        }
        let (level, keyword) = (
            guest.read_u8(descriptor + 4)?,
            guest.read_u64(descriptor + 8)?,
        );
        let heard = self.etw.session;
        if heard.is_some_and(|session| session.hears(level, keyword)) {
            let decoded = match described {
                Some(description) => decode::event(&description, &values),
                None => Err("it does not say what it is, as TraceLogging does".to_owned()),
            };
            match decoded {
                Ok((name, fields)) => {
                    self.kernel.event(EventKind::Trace(Box::new(TraceEvent {
                        provider,
                        provider_id,
                        name,
                        level,
                        keyword,
                        fields,
                    })));
                    if self.etw.tells {
                        let event = self.kernel.log.iter().next_back();
                        self.etw.untold.extend(event.cloned());
                    }
                }
                Err(why) => self.kernel.note(format!(
                    "an event of the provider {provider} cannot be decoded: {why}"
                )),
            }
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// "Data passed [...] must reside in system-space memory, regardless of what the IRQL is", and above `APC_LEVEL`
    /// it "must not be pageable" (nf-wdm-etwwritetransfer).
    fn check_event_data(&mut self, address: u64, length: u64) -> Result<(), Failure> {
        if length == 0 {
            return Ok(());
        }
        if address < SYSTEM_SPACE {
            return Err(Failure::new(
                Rule::BadArgument,
                format!(
                    "EtwWriteTransfer was given {length} bytes at {address:#x}, which is not in system space"
                ),
            ));
        }
        let level = self.kernel.cpu().irql;
        if level > irql::APC
            && (self.kernel.is_pageable(address) || self.kernel.is_paged_pool(address))
        {
            self.kernel.unless_off(Failure::new(
                Rule::Pageable,
                format!("EtwWriteTransfer was given {length} bytes at {address:#x}, which are pageable, at IRQL {level}"),
            ))?;
        }
        Ok(())
    }
}
