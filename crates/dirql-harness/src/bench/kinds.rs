//! The kinds of connection that an interrupt can have.

use dirql_ioctl::connection::Kind;
use nt_model::InterruptResource;

use super::Bench;

impl Bench<'_> {
    /// The kinds that a resource serves, by the contract, and that the system knows.
    #[must_use]
    pub fn kinds(&self, resource: InterruptResource) -> Vec<Kind> {
        let unknown = self.facts.unknown_kind();
        let known = Kind::ALL.into_iter().filter(|kind| match (kind, resource) {
            (Kind::Line, InterruptResource::Message) => false,
            // What a message-based connect of a line falls back to.
            (Kind::Message, InterruptResource::Line) if unknown == Some(Kind::Line) => false,
            (kind, _) => Some(*kind) != unknown,
        });
        known.collect()
    }

    /// A kind by which this interrupt can be connected.
    #[must_use]
    pub fn any_kind(&self) -> Kind {
        self.kinds(self.variant.resource)[0]
    }
}
