//! The trace: a track for each processor with what it has begun and ended, and below it one with its IRQL.
//!
//! A slice is a span of the timeline, an instant an event, an act, a choice or an access. The spans that are open at the
//! trace's end are ended there, and the last instant says how the run ended.

pub mod message;
mod wire;

use crate::{
    kernel::state::timeline::{Entry, Lane, Span, What},
    picture::{Picture, Place},
};

use message::{
    BY_RANK, CounterDescriptor, DebugAnnotation, EventType, SourceLocation, Trace, TracePacket,
    TrackDescriptor, TrackEvent,
};

/// Nanoseconds of the trace for each cycle.
const CYCLE: u64 = 1000;

/// The track that has all the others below it.
const ROOT: u64 = 1;

/// The writer of all packets.
const SEQUENCE: u32 = 1;

/// The track with what a processor does.
fn spans_of(cpu: u8) -> u64 {
    0x100 + 2 * u64::from(cpu)
}

/// The track with its IRQL.
fn level_of(cpu: u8) -> u64 {
    spans_of(cpu) + 1
}

pub(super) fn encode(picture: &Picture<'_>) -> Vec<u8> {
    let mut writer = Writer {
        picture,
        lanes: picture.timeline.first().to_vec(),
        packets: Vec::new(),
        now: 0,
    };
    writer.describe();
    writer.begin();
    for entry in picture.timeline.iter() {
        writer.pass(entry);
    }
    writer.end();
    let trace = Trace {
        packet: writer.packets,
    };
    trace.encode()
}

struct Writer<'a> {
    picture: &'a Picture<'a>,
    lanes: Vec<Lane>,
    packets: Vec<TracePacket>,
    /// The time of the last packet.
    now: u64,
}

impl Writer<'_> {
    fn cpus(&self) -> impl Iterator<Item = u8> + use<> {
        (0..=u8::MAX).take(self.lanes.len())
    }

    /// The tracks.
    fn describe(&mut self) {
        let mut name = format!(
            "{}: {}",
            self.picture.image.symbols().module(),
            self.picture.title
        );
        if let Some(token) = self.picture.token {
            name = format!("{name}, {token}");
        }
        self.track(TrackDescriptor {
            uuid: Some(ROOT),
            name: Some(name),
            child_ordering: Some(BY_RANK),
            ..TrackDescriptor::default()
        });
        for cpu in self.cpus() {
            self.track(TrackDescriptor {
                uuid: Some(level_of(cpu)),
                name: Some(format!("CPU {cpu} IRQL")),
                parent_uuid: Some(ROOT),
                counter: Some(CounterDescriptor {
                    unit_name: Some("IRQL".to_owned()),
                }),
                sibling_order_rank: Some(2 * i32::from(cpu)),
                ..TrackDescriptor::default()
            });
            self.track(TrackDescriptor {
                uuid: Some(spans_of(cpu)),
                name: Some(format!("CPU {cpu}")),
                parent_uuid: Some(ROOT),
                sibling_order_rank: Some(2 * i32::from(cpu) + 1),
                ..TrackDescriptor::default()
            });
        }
    }

    /// What is open before the first entry.
    fn begin(&mut self) {
        self.now = self
            .picture
            .timeline
            .iter()
            .next()
            .map_or(0, |entry| entry.cycles * CYCLE);
        for (cpu, lane) in self.cpus().zip(self.lanes.clone()) {
            self.level(cpu, lane.irql);
            for span in &lane.open {
                self.slice(cpu, span);
            }
        }
    }

    fn pass(&mut self, entry: &Entry) {
        self.now = (entry.cycles * CYCLE).max(self.now + 1);
        let cpu = entry.cpu;
        match &entry.what {
            What::Level => self.level(cpu, entry.irql),
            What::Begin(span) => self.slice(cpu, span),
            What::End(_) => self.event(TrackEvent {
                kind: Some(EventType::SliceEnd as i32),
                track_uuid: Some(spans_of(cpu)),
                ..TrackEvent::default()
            }),
            What::Event(_) => self.instant(entry, "event"),
            What::Act(_) => self.instant(entry, "act"),
            What::Choice(_) => self.instant(entry, "choice"),
            What::EarlierAccess => self.instant(entry, "access"),
        }
        self.lanes[usize::from(cpu)].pass(entry);
    }

    /// Ends what is still open.
    fn end(&mut self) {
        self.now += 1;
        for (cpu, lane) in self.cpus().zip(self.lanes.clone()) {
            for _ in &lane.open {
                self.event(TrackEvent {
                    kind: Some(EventType::SliceEnd as i32),
                    track_uuid: Some(spans_of(cpu)),
                    ..TrackEvent::default()
                });
            }
        }
    }

    fn level(&mut self, cpu: u8, irql: u8) {
        self.event(TrackEvent {
            kind: Some(EventType::Counter as i32),
            track_uuid: Some(level_of(cpu)),
            counter_value: Some(irql.into()),
            ..TrackEvent::default()
        });
    }

    fn slice(&mut self, cpu: u8, span: &Span) {
        let place = match span {
            Span::Callback { target, .. } => Place::function(self.picture.image, *target),
            _ => None,
        };
        let name = match &place {
            Some(place) => format!("{span}: {}", place.function),
            None => span.to_string(),
        };
        self.event(TrackEvent {
            kind: Some(EventType::SliceBegin as i32),
            track_uuid: Some(spans_of(cpu)),
            name: Some(name),
            categories: vec![span.kind().name().to_owned()],
            source_location: place.and_then(located),
            ..TrackEvent::default()
        });
    }

    fn instant(&mut self, entry: &Entry, category: &str) {
        let number = |name: &str, value: u64| DebugAnnotation {
            name: Some(name.to_owned()),
            uint_value: Some(value),
            string_value: None,
        };
        let mut annotations = vec![
            number("irql", entry.irql.into()),
            number("cycles", entry.cycles),
            number("instructions", entry.instructions),
        ];
        let stack = entry.calls.iter();
        let mut stack = stack.flat_map(|address| Place::of(self.picture.image, *address));
        if let Some(place) = stack.next() {
            annotations.push(DebugAnnotation {
                name: Some("at".to_owned()),
                uint_value: None,
                string_value: Some(match place.file_line() {
                    Some(line) => format!("{} ({line})", place.function),
                    None => place.function,
                }),
            });
        }
        self.event(TrackEvent {
            kind: Some(EventType::Instant as i32),
            track_uuid: Some(spans_of(entry.cpu)),
            name: Some(entry.what.to_string()),
            categories: vec![category.to_owned()],
            debug_annotations: annotations,
            ..TrackEvent::default()
        });
    }

    fn event(&mut self, event: TrackEvent) {
        self.packets.push(TracePacket {
            timestamp: Some(self.now),
            trusted_packet_sequence_id: Some(SEQUENCE),
            track_event: Some(event),
            ..TracePacket::default()
        });
    }

    fn track(&mut self, track: TrackDescriptor) {
        let cleared = self
            .packets
            .is_empty()
            .then_some(TracePacket::STATE_CLEARED);
        self.packets.push(TracePacket {
            trusted_packet_sequence_id: Some(SEQUENCE),
            sequence_flags: cleared,
            track_descriptor: Some(track),
            ..TracePacket::default()
        });
    }
}

fn located(place: Place) -> Option<SourceLocation> {
    let (file, line) = place.line?;
    Some(SourceLocation {
        file_name: Some(file),
        function_name: Some(place.function),
        line_number: Some(line),
    })
}
