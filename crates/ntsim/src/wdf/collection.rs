//! Collections: objects in an order, each referenced as long as it is in one (`FxCollection`).

use nt_model::{Failure, Rule, Status};

use crate::{
    guest::Guest,
    kernel::state::{activation::Flow, frame::Holds},
    wdf::{
        Framework,
        attributes::{Allowed, Attributes},
        state::{frame::WdfFrame, object::Kind},
    },
};

impl<A: Holds<WdfFrame>> Framework<'_, A> {
    /// `WdfCollectionCreate`.
    pub(crate) fn wdf_collection_create(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (attributes, out) = (guest.argument(1)?, guest.argument(2)?);
        let attributes = match Attributes::read_for(guest, attributes, Allowed::Neither)? {
            Ok(attributes) => attributes,
            Err(status) => return Ok(Flow::status(status)),
        };
        let parent = self.parent_of(&attributes, self.wdf.driver.handle)?;
        let handle = self.new_wdf_object(guest, Kind::Collection, parent, &attributes)?;
        self.wdf.collections.insert(handle, Vec::new());
        guest.write_u64(out, handle)?;
        Ok(Flow::status(Status::SUCCESS))
    }

    fn collection(&self, guest: &Guest) -> Result<(u64, &[u64]), Failure> {
        let handle = self.wdf_handle(guest, 1, Kind::Collection)?;
        Ok((handle, &self.wdf.collections[&handle]))
    }

    /// `WdfCollectionGetCount`.
    pub(crate) fn wdf_collection_get_count(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        Ok(Flow::Return(self.collection(guest)?.1.len() as u64))
    }

    /// `WdfCollectionAdd`.
    pub(crate) fn wdf_collection_add(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let (handle, _) = self.collection(guest)?;
        let item = self.any_handle(guest, 2)?;
        if let Some(object) = self.wdf.objects.get_mut(&item) {
            object.references += 1;
        }
        if let Some(items) = self.wdf.collections.get_mut(&handle) {
            items.push(item);
        }
        Ok(Flow::status(Status::SUCCESS))
    }

    /// Takes an item out, whose reference goes with it.
    fn remove_at(
        &mut self,
        guest: &mut Guest,
        handle: u64,
        place: Option<usize>,
    ) -> Result<Flow<A>, Failure> {
        let items = self.wdf.collections.get_mut(&handle);
        let items = items.expect("a collection's handle names it");
        let Some(place) = place.filter(|place| *place < items.len()) else {
            // `STATUS_NOT_FOUND` is traced, and the verifier breaks in.
            self.kernel.unless_off(Failure::new(
                Rule::WdfVerifier,
                "an item is removed from a collection that does not have it: nothing is removed",
            ))?;
            return Ok(Flow::Return(0));
        };
        let item = items.remove(place);
        self.release_item(guest, item)
    }

    fn release_item(&mut self, guest: &mut Guest, item: u64) -> Result<Flow<A>, Failure> {
        let Some(object) = self.wdf.objects.get_mut(&item) else {
            return Ok(Flow::Return(0));
        };
        object.references = object.references.saturating_sub(1);
        if object.deleted && object.references == 0 {
            return self.destroy_released(guest, item);
        }
        Ok(Flow::Return(0))
    }

    /// `WdfCollectionRemove`.
    pub(crate) fn wdf_collection_remove(&mut self, guest: &mut Guest) -> Result<Flow<A>, Failure> {
        let item = guest.argument(2)?;
        let (handle, items) = self.collection(guest)?;
        let place = items.iter().position(|other| *other == item);
        self.remove_at(guest, handle, place)
    }

    /// `WdfCollectionRemoveItem`.
    pub(crate) fn wdf_collection_remove_item(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let index = guest.argument_u32(2)? as usize;
        let (handle, _) = self.collection(guest)?;
        self.remove_at(guest, handle, Some(index))
    }

    /// `WdfCollectionGetItem`: 0 beyond the end.
    pub(crate) fn wdf_collection_get_item(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let index = guest.argument_u32(2)? as usize;
        let (_, items) = self.collection(guest)?;
        Ok(Flow::Return(items.get(index).copied().unwrap_or(0)))
    }

    /// `WdfCollectionGetFirstItem`.
    pub(crate) fn wdf_collection_get_first_item(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (_, items) = self.collection(guest)?;
        Ok(Flow::Return(items.first().copied().unwrap_or(0)))
    }

    /// `WdfCollectionGetLastItem`.
    pub(crate) fn wdf_collection_get_last_item(
        &mut self,
        guest: &mut Guest,
    ) -> Result<Flow<A>, Failure> {
        let (_, items) = self.collection(guest)?;
        Ok(Flow::Return(items.last().copied().unwrap_or(0)))
    }

    /// A collection goes, and with it its references: an item that is deleted goes as well.
    pub(super) fn free_collection(
        &mut self,
        guest: &mut Guest,
        handle: u64,
    ) -> Result<(), Failure> {
        for item in self.wdf.collections.remove(&handle).unwrap_or_default() {
            let Some(object) = self.wdf.objects.get_mut(&item) else {
                continue;
            };
            object.references = object.references.saturating_sub(1);
            if object.deleted && object.references == 0 {
                if object.has_end_callbacks() {
                    self.end_by_work_item(guest, item)?;
                } else {
                    self.free_wdf_object(guest, item)?;
                }
            }
        }
        Ok(())
    }
}
