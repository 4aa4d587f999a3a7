//! Everything that the driver tells of its state, to see that a refused request left it alone.

use dirql_ioctl::connection::{ConnectionInfo, QueryReply};
use dirql_ioctl::statistics::StatisticsReply;
use nt_model::InterruptResource;

use super::Bench;
use crate::check::Stop;

/// The replies of query and statistics at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportedState {
    /// What the driver says of itself.
    pub query: QueryReply,
    /// Its counters.
    pub statistics: StatisticsReply,
}

impl ReportedState {
    /// The first field in which `after` differs, as a clause, where one does.
    #[must_use]
    pub fn difference(&self, after: &Self) -> Option<String> {
        let fields = self.fields().into_iter().zip(after.fields());
        fields.into_iter().find_map(|((name, was), (_, is))| {
            (was != is).then(|| format!("{name} went from {was} to {is}"))
        })
    }

    fn fields(&self) -> Vec<(String, u64)> {
        let QueryReply {
            contract_version,
            driver_version,
            device_identification,
            reserved,
            connection,
        } = self.query;
        let ConnectionInfo {
            kind_asked,
            kind_got,
            vector,
            irql,
            synchronize_irql,
            mode,
            message_count,
            active,
            generation,
            resource_is_message,
        } = connection;
        let mut fields: Vec<(String, u64)> = [
            ("contract_version", contract_version),
            ("driver_version", driver_version),
            ("device_identification", device_identification),
            ("reserved", reserved),
            ("kind_asked", kind_asked),
            ("kind_got", kind_got),
            ("vector", vector),
            ("irql", irql),
            ("synchronize_irql", synchronize_irql),
            ("mode", mode),
            ("message_count", message_count),
            ("active", active),
            ("generation", generation),
            ("resource_is_message", resource_is_message),
        ]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into();
        let StatisticsReply {
            sequence,
            claimed,
            not_mine,
            dpc,
            synchronized,
            not_run,
            raised,
            drain_bound_reached,
            causes,
            waited,
            inside,
        } = self.statistics;
        let counters = [
            ("sequence", sequence),
            ("claimed", claimed),
            ("not_mine", not_mine),
            ("dpc", dpc),
            ("synchronized", synchronized),
            ("not_run", not_run),
            ("raised", raised),
            ("drain_bound_reached", drain_bound_reached),
        ];
        fields.extend(counters.map(|(name, value)| (name.to_owned(), value)));
        for (name, values) in [("causes", causes), ("waited", waited), ("inside", inside)] {
            let numbered = values.into_iter().enumerate();
            fields.extend(numbered.map(|(index, value)| (format!("{name}[{index}]"), value)));
        }
        fields
    }
}

impl Bench<'_> {
    /// Everything that the driver tells of its state.
    ///
    /// On a real machine the line is shared: interrupts of others may pass through the ISR at any
    /// time, so that what it did not claim is left out there.
    ///
    /// # Errors
    ///
    /// [`Stop::Failed`] where a request fails.
    #[track_caller]
    pub fn reported_state(&mut self) -> Result<ReportedState, Stop> {
        let query = self.query()?;
        let mut statistics = self.statistics()?;
        if !self.facts.fresh_per_test && self.variant.resource == InterruptResource::Line {
            statistics.not_mine = 0;
        }
        Ok(ReportedState { query, statistics })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_field_that_changes_is_found() {
        let before = ReportedState {
            query: QueryReply::default(),
            statistics: zerocopy::FromZeros::new_zeroed(),
        };
        assert_eq!(before.difference(&before), None);
        let mut after = before;
        after.query.connection.generation = 2;
        assert_eq!(
            before.difference(&after).as_deref(),
            Some("generation went from 0 to 2")
        );
        let mut after = before;
        after.statistics.inside[31] = 1;
        assert_eq!(
            before.difference(&after).as_deref(),
            Some("inside[31] went from 0 to 1")
        );
    }
}
