//! The report of a fault sweep for people.

use std::io::{self, Write};

use super::super::explore::resource;
use super::{answers, by_site, place, unreached};
use crate::explore::images::Images;
use crate::explore::scenarios::Subject;
use crate::faults::sweep::Swept;

/// Writes the table, what no workload reaches, and what was broken.
pub(super) fn write(
    out: &mut dyn Write,
    images: &Images,
    swept: &Swept,
    is_all: bool,
) -> io::Result<()> {
    for subject in Subject::ALL {
        let Some(image) = images.of(subject) else {
            continue;
        };
        let sites = by_site(swept, subject);
        if sites.is_empty() {
            continue;
        }
        writeln!(out, "{subject}, {}:", image.name())?;
        for ((routine, at), of_site) in sites {
            let place = at.map_or_else(
                || "called by the framework".to_owned(),
                |rva| {
                    let (function, line) = place(image, rva);
                    format!("{line}, {function}")
                },
            );
            writeln!(out, "  {routine} at {place}")?;
            for (with, tried) in of_site {
                let repeated: usize = tried
                    .iter()
                    .filter_map(|it| it.repeated.map(|it| it.refused))
                    .sum();
                writeln!(
                    out,
                    "    {with}: refused {} times, and {repeated} more in repetitions ({})",
                    tried.len(),
                    tried[0].refusal.page
                )?;
                for (answer, times) in answers(&tried) {
                    writeln!(out, "      {times:4} {answer}")?;
                }
            }
        }
        let never = unreached(swept, subject);
        if is_all && !never.is_empty() {
            writeln!(out, "  no workload reaches:")?;
            for (site, is_behind) in never {
                let (function, line) = place(image, site.rva);
                let but = if is_behind {
                    " (but behind a refusal of another call)"
                } else {
                    ""
                };
                writeln!(out, "    {} at {line}, {function}{but}", site.routine)?;
            }
        }
    }
    for call in &swept.unlisted {
        writeln!(
            out,
            "a call of {} at {:#x} is not among those that were found in the image",
            call.routine, call.calls[0]
        )?;
    }
    let broken: Vec<_> = swept
        .tried
        .iter()
        .filter_map(|it| Some((it, it.failure.as_ref()?)))
        .collect();
    for (tried, failure) in &broken {
        writeln!(out)?;
        writeln!(
            out,
            "{} ({}): call {} of {} by this way was refused with {}:",
            tried.workload,
            resource(tried.interrupt),
            tried.call.ordinal,
            tried.call.routine,
            tried.refusal.answer
        )?;
        if let Some(image) = images.of(tried.subject) {
            for call in &tried.call.calls {
                let (function, line) = place(image, *call);
                writeln!(out, "    {line}, {function}")?;
            }
        }
        writeln!(out, "{failure}")?;
    }
    let repeated: usize = swept
        .tried
        .iter()
        .filter_map(|it| it.repeated.map(|it| it.refused))
        .sum();
    writeln!(
        out,
        "\n{} refusals, {repeated} more in repetitions, {} broken",
        swept.tried.len(),
        broken.len()
    )
}
