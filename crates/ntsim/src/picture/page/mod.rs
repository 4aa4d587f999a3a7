//! The page: lanes of the processors with their IRQL, and what is to see at one moment of the run.
//!
//! Text, style and program are inlined, and the run is data in the page that the program draws. No text of the run is ever
//! taken for markup: the data has no `<`, and the program sets text only.

mod source;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    kernel::state::{
        log::EventKind,
        timeline::{Entry, Lane, Span, What},
    },
    picture::{Picture, Place},
};

use source::Sources;

/// How many entries a page has: the newest.
const MOST: usize = 3000;

const FRAME: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const PROGRAM: &str = include_str!("page.js");

pub(super) fn write(picture: &Picture<'_>) -> String {
    let data = in_markup(&Data::new(picture).value());
    let title = escaped(&heading(picture));
    // The data comes last: nothing in it is looked through for another place.
    FRAME
        .replace("{{title}}", &title)
        .replace("{{style}}", STYLE)
        .replace("{{program}}", PROGRAM)
        .replace("{{data}}", &data)
}

fn heading(picture: &Picture<'_>) -> String {
    match picture.failure {
        Some(failure) => format!("{}: {}", failure.cause.heading(), picture.title),
        None => format!("nothing broken: {}", picture.title),
    }
}

/// JSON that ends no element and begins none, wherever a text in it comes from.
fn in_markup(value: &Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// What the page's program draws, as it is put together.
struct Data<'a> {
    picture: &'a Picture<'a>,
    /// Stacks that were seen, and which of the page's they are.
    known: HashMap<Vec<u64>, usize>,
    stacks: Vec<Value>,
    sources: Sources,
}

impl<'a> Data<'a> {
    fn new(picture: &'a Picture<'a>) -> Self {
        Self {
            picture,
            known: HashMap::new(),
            stacks: Vec::new(),
            sources: Sources::default(),
        }
    }

    fn value(mut self) -> Value {
        let Picture {
            title,
            failure,
            token,
            again,
            image,
            ..
        } = *self.picture;
        let timeline = self.picture.timeline.newest(MOST);
        let first: Vec<Value> = timeline.first().iter().map(|it| self.lane(it)).collect();
        let entries: Vec<Value> = timeline.iter().map(|entry| self.entry(entry)).collect();
        let failure = failure.map(|failure| {
            json!({
                "heading": failure.cause.heading(),
                "message": failure.message,
                "place": failure.place(),
                "check": failure.check,
                "calls": failure.backtrace,
            })
        });
        json!({
            "title": title,
            "module": image.symbols().module(),
            "failure": failure,
            "token": token,
            "again": again,
            "dropped": timeline.dropped(),
            "first": first,
            "entries": entries,
            "sources": self.sources.read(image),
            "stacks": self.stacks,
        })
    }

    fn lane(&mut self, lane: &Lane) -> Value {
        let open: Vec<Value> = lane.open.iter().map(|span| self.span(span)).collect();
        json!({ "irql": lane.irql, "open": open })
    }

    fn span(&mut self, span: &Span) -> Value {
        let place = match span {
            Span::Callback { target, .. } => Place::function(self.picture.image, *target),
            _ => None,
        };
        json!({
            "kind": span.kind().name(),
            "name": span.to_string(),
            "function": place.as_ref().map(|place| &place.function),
            "place": place.as_ref().and_then(Place::file_line),
        })
    }

    fn entry(&mut self, entry: &Entry) -> Value {
        let stack = self.stack(&entry.calls);
        let mut value = json!({
            "cycles": entry.cycles,
            "instructions": entry.instructions,
            "cpu": entry.cpu,
            "irql": entry.irql,
            "stack": stack,
            "kind": kind(&entry.what),
            "text": self.text(&entry.what),
        });
        match &entry.what {
            What::Begin(span) | What::End(span) => value["span"] = self.span(span),
            What::Choice(decision) => {
                value["choice"] = json!({
                    "offered": decision.offered,
                    "turn": decision.turn.map(|(at, take)| format!("{at}.{take}")),
                    "preemption": decision.is_preemption,
                });
            }
            _ => {}
        }
        value
    }

    /// What is said of an entry, with the driver's functions by their names.
    fn text(&self, what: &What) -> String {
        match what {
            What::Event(EventKind::Callback { what, target }) => {
                match Place::function(self.picture.image, *target) {
                    Some(place) => format!("callback {what}: {}", place.function),
                    None => format!("callback {what} at {target:#x}"),
                }
            }
            other => other.to_string(),
        }
    }

    /// Which of the page's stacks it is.
    fn stack(&mut self, calls: &[u64]) -> usize {
        if let Some(known) = self.known.get(calls) {
            return *known;
        }
        let places = calls
            .iter()
            .flat_map(|address| Place::of(self.picture.image, *address));
        let places: Vec<Value> = places
            .map(|place| {
                if let Some((file, line)) = &place.line {
                    self.sources.want(file, *line);
                }
                json!({
                    "function": place.function,
                    "file": place.line.as_ref().map(|(file, _)| file),
                    "line": place.line.as_ref().map(|(_, line)| line),
                    "inlined": place.inlined,
                })
            })
            .collect();
        let number = self.stacks.len();
        self.stacks.push(places.into());
        self.known.insert(calls.to_vec(), number);
        number
    }
}

/// What the page's program tells entries apart by.
const fn kind(what: &What) -> &'static str {
    match what {
        What::Event(EventKind::Call { .. }) => "call",
        What::Event(EventKind::Return { .. }) => "return",
        What::Event(EventKind::Callback { .. }) => "callback",
        What::Event(EventKind::Interrupt { .. }) => "interrupt",
        What::Event(EventKind::Thread { .. }) => "thread",
        What::Event(EventKind::Trace(_)) => "trace",
        What::Event(EventKind::Note(_)) => "note",
        What::Level => "level",
        What::Begin(_) => "begin",
        What::End(_) => "end",
        What::Act(_) => "act",
        What::Choice(_) => "choice",
        What::EarlierAccess => "earlier",
    }
}
