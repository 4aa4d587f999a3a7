//! What requests were answered in one run or in many, and how often each answer came.

use std::{collections::BTreeMap, fmt};

use ntsim::{Completion, EventKind, EventLog};
use serde_json::{Value, json};

/// How many different answers are told in full.
const MOST_TOLD: usize = 16;

/// An answer: how it ended, and the bytes that came back.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Answer {
    what: String,
    reply: Vec<u8>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.reply.is_empty() {
            return Ok(());
        }
        write!(f, ": {}", Reply(&self.reply))
    }
}

/// The bytes of a reply, as the command line takes those of a request.
struct Reply<'a>(&'a [u8]);

impl fmt::Display for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Each answer, and how often it came; how often the driver's service routines and DPCs ran meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    each: BTreeMap<Answer, u64>,
    service_routines: u64,
    dpcs: u64,
}

impl Answers {
    /// Notes an answer without a reply.
    pub(crate) fn note(&mut self, what: impl Into<String>) {
        self.add(what.into(), Vec::new());
    }

    /// Notes how a request was completed.
    pub(crate) fn completed(&mut self, completion: Completion) {
        let (status, information) = (completion.status, completion.information);
        self.add(
            format!("{status:#010x}, {information} bytes"),
            completion.output,
        );
    }

    fn add(&mut self, what: String, reply: Vec<u8>) {
        *self.each.entry(Answer { what, reply }).or_default() += 1;
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.each.is_empty()
    }

    /// Counts the service routines and the DPCs of a run.
    pub(crate) fn count(&mut self, events: &EventLog) {
        for event in events.iter() {
            let EventKind::Callback { what, .. } = event.kind else {
                continue;
            };
            match what {
                "ISR" | "EvtInterruptIsr" => self.service_routines += 1,
                "DPC" | "EvtInterruptDpc" | "EvtDpcFunc" => self.dpcs += 1,
                _ => {}
            }
        }
    }

    /// Adds those of another run.
    pub(crate) fn join(&mut self, other: &Self) {
        for (answer, times) in &other.each {
            *self.each.entry(answer.clone()).or_default() += times;
        }
        self.service_routines += other.service_routines;
        self.dpcs += other.dpcs;
    }

    /// One run's, on a line and without the bytes.
    pub(crate) fn on_a_line(&self) -> String {
        let mut short: BTreeMap<&str, u64> = BTreeMap::new();
        for (answer, times) in &self.each {
            *short.entry(&answer.what).or_default() += times;
        }
        let several = short.len() > 1;
        let told = short.into_iter().map(|(what, times)| {
            if several {
                format!("{what} ({times} times)")
            } else {
                what.to_owned()
            }
        });
        told.collect::<Vec<_>>().join("; ")
    }

    /// What many runs had in common, a line for each answer.
    pub(crate) fn of_many(&self) -> String {
        let told = self.each.iter().take(MOST_TOLD);
        let mut lines: Vec<String> = told
            .map(|(answer, times)| format!("{answer} ({times} times)\n"))
            .collect();
        let more = self.each.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            lines.push(format!("and {more} other answers: --format json has all\n"));
        }
        lines.push(format!(
            "service routines ran {} times, DPCs {} times\n",
            self.service_routines, self.dpcs
        ));
        lines.concat()
    }

    /// Those of the run of `token`, as programs read them.
    pub(crate) fn for_programs(&self, token: &str) -> Value {
        let each = self.each.iter().map(|(answer, times)| {
            let reply = Reply(&answer.reply).to_string();
            json!({ "answer": answer.what, "reply": reply, "times": times })
        });
        json!({
            "token": token,
            "answer": self.on_a_line(),
            "answers": each.collect::<Vec<_>>(),
            "service_routines": self.service_routines,
            "dpcs": self.dpcs,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_runs_had_in_common_is_told_with_the_bytes_of_each_reply() {
        let mut all = Answers::default();
        for (reply, times) in [(vec![1, 0], 2), (vec![2, 0], 1)] {
            for _ in 0..times {
                let mut one = Answers::default();
                one.add("0x00000000, 2 bytes".to_owned(), reply.clone());
                one.dpcs = 1;
                assert_eq!(one.on_a_line(), "0x00000000, 2 bytes");
                all.join(&one);
            }
        }
        assert_eq!(
            all.of_many(),
            "0x00000000, 2 bytes: 0100 (2 times)\n0x00000000, 2 bytes: 0200 (1 times)\n\
             service routines ran 0 times, DPCs 3 times\n"
        );
        all.note("opened");
        assert_eq!(
            all.on_a_line(),
            "0x00000000, 2 bytes (3 times); opened (1 times)"
        );
    }
}
