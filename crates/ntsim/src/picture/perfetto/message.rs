//! The messages of Perfetto's format that a trace here has, with the fields that it sets.
//!
//! Numbers and types are those of Perfetto's `trace_packet.proto`, `track_descriptor.proto`, `track_event.proto` and
//! what they name; what a reader does not know it passes over, and so does this one.

use super::wire::{DecodeError, Decoder, Encoder, Field, Value, WIRE_TYPE_LEN, messages};

messages! {
    /// A trace: packets, one behind the other.
    Trace {
        /// The packets.
        packet: Vec<TracePacket> = 1,
    }

    /// One packet.
    TracePacket {
        /// When, in nanoseconds.
        timestamp: Option<u64> = 8,
        /// Who wrote it: packets of one writer are in the order in which it wrote them.
        trusted_packet_sequence_id: Option<u32> = 10,
        /// What happened.
        track_event: Option<TrackEvent> = 11,
        /// Bits of [`TracePacket::STATE_CLEARED`].
        sequence_flags: Option<u32> = 13,
        /// What a track is.
        track_descriptor: Option<TrackDescriptor> = 60,
    }

    /// What a track is.
    TrackDescriptor {
        /// What events name it by.
        uuid: Option<u64> = 1,
        /// What people call it.
        name: Option<String> = 2,
        /// The track that it is shown below.
        parent_uuid: Option<u64> = 5,
        /// Where the track is one of numbers.
        counter: Option<CounterDescriptor> = 8,
        /// How the tracks below it are ordered.
        child_ordering: Option<i32> = 11,
        /// Its place among those below the same track.
        sibling_order_rank: Option<i32> = 12,
    }

    /// What the numbers of a track are.
    CounterDescriptor {
        /// Their unit, in words.
        unit_name: Option<String> = 6,
    }

    /// Something that happens on a track.
    TrackEvent {
        /// What is to know of it, by names.
        debug_annotations: Vec<DebugAnnotation> = 4,
        /// Which way it happens.
        kind: Option<i32> = 9,
        /// The track.
        track_uuid: Option<u64> = 11,
        /// Words by which it can be filtered.
        categories: Vec<String> = 22,
        /// Its name.
        name: Option<String> = 23,
        /// The number, on a track of numbers.
        counter_value: Option<i64> = 30,
        /// The line of the source.
        source_location: Option<SourceLocation> = 33,
    }

    /// A name and what stands behind it.
    DebugAnnotation {
        /// A number.
        uint_value: Option<u64> = 3,
        /// A text.
        string_value: Option<String> = 6,
        /// The name.
        name: Option<String> = 10,
    }

    /// A line of the source.
    SourceLocation {
        /// The file.
        file_name: Option<String> = 2,
        /// The function.
        function_name: Option<String> = 3,
        /// The line.
        line_number: Option<u32> = 4,
    }
}

impl TracePacket {
    /// `SEQ_INCREMENTAL_STATE_CLEARED`: nothing that came before is referred to.
    pub const STATE_CLEARED: u32 = 1;
}

/// `EXPLICIT`: the tracks below one are ordered by their ranks.
pub(super) const BY_RANK: i32 = 3;

/// Which way an event happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum EventType {
    /// A slice begins.
    SliceBegin = 1,
    /// The slice that began last ends.
    SliceEnd = 2,
    /// It takes no time.
    Instant = 3,
    /// The number of a track is another one.
    Counter = 4,
}

impl EventType {
    const ALL: [Self; 4] = [
        Self::SliceBegin,
        Self::SliceEnd,
        Self::Instant,
        Self::Counter,
    ];
}

impl TrackEvent {
    /// Which way it happens, where it says so.
    #[must_use]
    pub fn event_type(&self) -> Option<EventType> {
        let kind = self.kind?;
        EventType::ALL.into_iter().find(|it| *it as i32 == kind)
    }
}
