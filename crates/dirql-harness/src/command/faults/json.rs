//! The report of a fault sweep for programs: one JSON object.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::explore::resource;
use super::{answers, by_site, place, unreached};
use crate::explore::images::Images;
use crate::explore::scenarios::Subject;
use crate::faults::sweep::{Swept, Tried};

fn violation(images: &Images, tried: &Tried) -> Option<Value> {
    let failure = tried.failure.as_ref()?;
    let image = images.of(tried.subject)?;
    let calls = tried.call.calls.iter();
    let calls: Vec<String> = calls.map(|call| place(image, *call).1).collect();
    Some(json!({
        "workload": tried.workload,
        "interrupt": resource(tried.interrupt),
        "routine": tried.call.routine,
        "calls": calls,
        "ordinal": tried.call.ordinal,
        "refused_with": tried.refusal.answer.to_string(),
        "rule": failure.cause.name(),
        "message": failure.message,
        "location": failure.location,
    }))
}

/// Writes what was tried of each image, and what was broken.
pub(super) fn write(out: &mut dyn Write, images: &Images, swept: &Swept) -> io::Result<()> {
    let mut reports = Vec::new();
    for subject in Subject::ALL {
        let Some(image) = images.of(subject) else {
            continue;
        };
        let mut sites = Vec::new();
        for ((routine, at), of_site) in by_site(swept, subject) {
            let (function, line) = at.map(|rva| place(image, rva)).unzip();
            let refused: Vec<Value> = of_site
                .iter()
                .map(|(with, tried)| {
                    let repeated = tried.iter().filter_map(|it| it.repeated);
                    json!({
                        "with": with,
                        "page": tried[0].refusal.page,
                        "times": tried.len(),
                        "repeated": repeated.map(|it| it.refused).sum::<usize>(),
                        "answers": answers(tried),
                    })
                })
                .collect();
            sites.push(json!({
                "routine": routine,
                "rva": at,
                "function": function,
                "line": line,
                "refused": refused,
            }));
        }
        let never = unreached(swept, subject);
        let never = never.iter().map(|(site, is_behind)| {
            let (function, line) = place(image, site.rva);
            json!({
                "routine": site.routine,
                "rva": site.rva,
                "function": function,
                "line": line,
                "behind_a_refusal": is_behind,
            })
        });
        reports.push(json!({
            "image": image.name(),
            "sites": sites,
            "unreached": never.collect::<Vec<_>>(),
        }));
    }
    let broken = swept.tried.iter().filter_map(|it| violation(images, it));
    let report = json!({
        "images": reports,
        "refusals": swept.tried.len(),
        "unlisted": swept.unlisted.len(),
        "violations": broken.collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &report)?;
    writeln!(out)
}
