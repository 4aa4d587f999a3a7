//! The messages of Perfetto's format that a trace here has, with the fields that it sets.
//!
//! Numbers and types are those of Perfetto's `trace_packet.proto`, `track_descriptor.proto`, `track_event.proto` and
//! what they name; what a reader does not know it passes over, and so does this one.

/// A trace: packets, one behind the other.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct Trace {
    /// The packets.
    #[prost(message, repeated, tag = "1")]
    pub packet: Vec<TracePacket>,
}

/// One packet.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct TracePacket {
    /// When, in nanoseconds.
    #[prost(uint64, optional, tag = "8")]
    pub timestamp: Option<u64>,
    /// Who wrote it: packets of one writer are in the order in which it wrote them.
    #[prost(uint32, optional, tag = "10")]
    pub trusted_packet_sequence_id: Option<u32>,
    /// What happened.
    #[prost(message, optional, tag = "11")]
    pub track_event: Option<TrackEvent>,
    /// Bits of [`TracePacket::STATE_CLEARED`].
    #[prost(uint32, optional, tag = "13")]
    pub sequence_flags: Option<u32>,
    /// What a track is.
    #[prost(message, optional, tag = "60")]
    pub track_descriptor: Option<TrackDescriptor>,
}

impl TracePacket {
    /// `SEQ_INCREMENTAL_STATE_CLEARED`: nothing that came before is referred to.
    pub const STATE_CLEARED: u32 = 1;
}

/// What a track is.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct TrackDescriptor {
    /// What events name it by.
    #[prost(uint64, optional, tag = "1")]
    pub uuid: Option<u64>,
    /// What people call it.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// The track that it is shown below.
    #[prost(uint64, optional, tag = "5")]
    pub parent_uuid: Option<u64>,
    /// Where the track is one of numbers.
    #[prost(message, optional, tag = "8")]
    pub counter: Option<CounterDescriptor>,
    /// How the tracks below it are ordered.
    #[prost(enumeration = "ChildOrdering", optional, tag = "11")]
    pub child_ordering: Option<i32>,
    /// Its place among those below the same track.
    #[prost(int32, optional, tag = "12")]
    pub sibling_order_rank: Option<i32>,
}

/// How tracks below one are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum ChildOrdering {
    /// Perfetto chooses.
    Unknown = 0,
    /// By `sibling_order_rank`.
    Explicit = 3,
}

/// What the numbers of a track are.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct CounterDescriptor {
    /// Their unit, in words.
    #[prost(string, optional, tag = "6")]
    pub unit_name: Option<String>,
}

/// Something that happens on a track.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct TrackEvent {
    /// What is to know of it, by names.
    #[prost(message, repeated, tag = "4")]
    pub debug_annotations: Vec<DebugAnnotation>,
    /// Which way it happens.
    #[prost(enumeration = "EventType", optional, tag = "9")]
    pub r#type: Option<i32>,
    /// The track.
    #[prost(uint64, optional, tag = "11")]
    pub track_uuid: Option<u64>,
    /// Words by which it can be filtered.
    #[prost(string, repeated, tag = "22")]
    pub categories: Vec<String>,
    /// Its name.
    #[prost(string, optional, tag = "23")]
    pub name: Option<String>,
    /// The number, on a track of numbers.
    #[prost(int64, optional, tag = "30")]
    pub counter_value: Option<i64>,
    /// The line of the source.
    #[prost(message, optional, tag = "33")]
    pub source_location: Option<SourceLocation>,
}

/// Which way an event happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum EventType {
    /// It does not say.
    Unspecified = 0,
    /// A slice begins.
    SliceBegin = 1,
    /// The slice that began last ends.
    SliceEnd = 2,
    /// It takes no time.
    Instant = 3,
    /// The number of a track is another one.
    Counter = 4,
}

/// A name and what stands behind it.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct DebugAnnotation {
    /// A number.
    #[prost(uint64, optional, tag = "3")]
    pub uint_value: Option<u64>,
    /// A text.
    #[prost(string, optional, tag = "6")]
    pub string_value: Option<String>,
    /// The name.
    #[prost(string, optional, tag = "10")]
    pub name: Option<String>,
}

/// A line of the source.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub struct SourceLocation {
    /// The file.
    #[prost(string, optional, tag = "2")]
    pub file_name: Option<String>,
    /// The function.
    #[prost(string, optional, tag = "3")]
    pub function_name: Option<String>,
    /// The line.
    #[prost(uint32, optional, tag = "4")]
    pub line_number: Option<u32>,
}
