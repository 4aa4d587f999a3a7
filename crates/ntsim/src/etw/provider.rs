//! Registering a provider, naming it, unregistering it.

use nt_model::{Failure, Rule, Status};

use crate::{
    etw::{EtwFrame, Provider, Tracing, decode, session::ENABLE},
    guest::Guest,
    kernel::state::{
        activation::Flow,
        frame::{Frame, Holds},
    },
};

/// The first registration; the others follow it.
const FIRST: u64 = 0x0001_0000_0000_0000;
/// `EventProviderSetTraits`, the one class that is modelled (ne-evntprov-event_info_class).
const SET_TRAITS: u32 = 2;

/// `MaxEventInfo`.
const CLASSES: u32 = 4;

impl super::Etw {
    /// What a driver that is unloaded has not unregistered, and the registration's handle.
    pub(crate) fn leak(&self) -> Option<(String, u64)> {
        let (handle, provider) = self.providers.first_key_value()?;
        let name = provider.name.as_deref().unwrap_or("without a name");
        let what = format!(
            "the event provider {name} is still registered: its callback would run code that is gone"
        );
        Some((what, *handle))
    }
}

impl<A: Holds<EtwFrame>> Tracing<'_, A> {
    /// `EtwRegister`. A session that listens already is told of by the callback, before this returns.
    pub(crate) fn etw_register(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (id, out) = (guest.argument(0)?, guest.argument(3)?);
        if id == 0 || out == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        let mut provider = Provider {
            id: [0; 16],
            callback: guest.argument(1)?,
            context: guest.argument(2)?,
            name: None,
            in_callback: 0,
        };
        guest.read(id, &mut provider.id)?;
        self.etw.registered += 1;
        let handle = FIRST + self.etw.registered;
        guest.write_u64(out, handle)?;
        self.kernel.note_origin(guest, handle);
        let callback = provider.callback;
        self.etw.providers.insert(handle, provider);
        if callback == 0 || self.etw.session.is_none() {
            return Ok(Flow::status(Status::SUCCESS));
        }
        Ok(self.tell(handle, ENABLE, EtwFrame::Registered(handle)))
    }

    /// `EtwSetInformation`.
    pub(crate) fn etw_set_information(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (handle, class) = (guest.argument(0)?, guest.argument_u32(1)?);
        let (information, length) = (guest.argument(2)?, guest.argument_u32(3)?);
        if !self.etw.providers.contains_key(&handle) {
            return Ok(Flow::status(Status::INVALID_HANDLE));
        }
        if class >= CLASSES || information == 0 {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        }
        if class != SET_TRAITS {
            return Err(Failure::not_modelled(format!(
                "EtwSetInformation with the class {class}"
            )));
        }
        let traits = guest.read_vec(information, length as usize)?;
        let Ok(name) = decode::provider_name(&traits) else {
            return Ok(Flow::status(Status::INVALID_PARAMETER));
        };
        if let Some(provider) = self.etw.providers.get_mut(&handle) {
            provider.name = Some(name);
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// `EtwUnregister`. It waits for callbacks, which would run unloaded code otherwise.
    pub(crate) fn etw_unregister(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let handle = guest.argument(0)?;
        if !self.etw.providers.contains_key(&handle) {
            return Err(no_registration("EtwUnregister", handle));
        }
        Ok(self.unregister(handle))
    }

    /// Unregisters a provider as soon as none of its callbacks runs.
    pub(super) fn unregister(&mut self, handle: u64) -> Flow<A> {
        let provider = self.etw.providers.get(&handle);
        if provider.is_some_and(|provider| provider.in_callback > 0) {
            return Flow::Yield {
                frame: Frame::above(EtwFrame::Unregister(handle)),
            };
        }
        self.etw.providers.remove(&handle);
        Flow::status(Status::SUCCESS)
    }
}

/// "No tracing calls should be made that fall outside of the code bounded by the `EtwRegister` and `EtwUnregister`
/// functions" (nf-wdm-etwregister).
pub(super) fn no_registration(routine: &str, handle: u64) -> Failure {
    Failure::new(
        Rule::BadArgument,
        format!("{routine} was given {handle:#x}, which is no registration, or no more"),
    )
}
