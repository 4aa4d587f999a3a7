//! The kinds of connection that an interrupt can have.

use dirql_ioctl::connection::Kind;

use super::Bench;
use crate::target::Resource;

impl Bench<'_> {
    /// The kinds that a resource serves, by the contract, and that the system knows.
    #[must_use]
    pub fn kinds(&self, resource: Resource) -> Vec<Kind> {
        let unknown = self.facts.unknown_kind;
        let known = Kind::ALL.into_iter().filter(|kind| match (kind, resource) {
            (Kind::Line, Resource::Message) => false,
            // What a message-based connect of a line falls back to.
            (Kind::Message, Resource::Line) if unknown == Some(Kind::Line) => false,
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
