//! The handler's lock is held while it retrieves, so that there is no token to take it again with.

use dirql::pshed::{Descriptor, ErrorInfoRetrieval, ErrorPacket, ErrorRecord, ErrorSource, PshedPlugin, Refusal};

struct Counter(ErrorSource<u32>);

impl PshedPlugin for Counter {}

impl ErrorInfoRetrieval for Counter {
    fn retrieve(&self, source: &Descriptor<'_>, _: &mut ErrorPacket<'_>) -> Result<(), Refusal> {
        let _ = self.0.synchronize(source.source(), |count| *count += 1);
        Ok(())
    }
    fn finalize(&self, _: &Descriptor<'_>, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
        Ok(())
    }
    fn clear_status(&self, _: &Descriptor<'_>, _: &ErrorRecord<'_>) -> Result<(), Refusal> {
        Ok(())
    }
}

fn main() {}
