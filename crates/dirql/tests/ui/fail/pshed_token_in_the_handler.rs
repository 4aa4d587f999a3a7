//! No callback that may run in the handler has a token: each of the four beside `retrieve` is refused one.

use dirql::{
    Dispatch, Irql,
    pshed::{
        Descriptor, ErrorInfoRetrieval, ErrorPacket, ErrorRecord, ErrorRecordPersistence,
        ErrorRecovery, NotRead, PshedPlugin, ReadRecord, Refusal,
    },
};

struct Taker;

impl PshedPlugin for Taker {}

impl ErrorInfoRetrieval for Taker {
    fn retrieve(&self, _: &Descriptor<'_>, _: &mut ErrorPacket<'_>) -> Result<(), Refusal> {
        Ok(())
    }
    fn finalize(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
        Ok(())
    }
    fn clear_status(&self, _: &mut Irql<'_, Dispatch>, _: &Descriptor<'_>, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

impl ErrorRecordPersistence for Taker {
    fn write(&self, _: &mut Irql<'_, Dispatch>, _: bool, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
        Ok(())
    }
    fn read(&self, _: &mut Irql<'_, Dispatch>, _: u64, _: &mut [u8]) -> Result<ReadRecord, NotRead> {
        Err(NotRead::Refused(Refusal::NotFound))
    }
    fn clear(&self, _: &mut Irql<'_, Dispatch>, _: u64) -> Result<(), Refusal> {
        Ok(())
    }
}

impl ErrorRecovery for Taker {
    fn attempt(&self, _: &mut Irql<'_, Dispatch>, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

fn main() {}
