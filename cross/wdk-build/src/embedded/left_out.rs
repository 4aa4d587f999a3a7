//! What a driver asks `wdk_sys` for and does not get: the name, its header, and the way out.
//!
//! rustc says of such a name that it is not found, and no more. The driver's build script runs before rustc, so cargo prints
//! what is said here above the error.

use std::collections::HashMap;

use super::{
    asked::{Asked, Place},
    data::{self, Item, Malformed},
};

/// The newest version of the framework that the data holds: each of its items is known, whichever version a driver binds.
const NEWEST: u8 = 33;

/// What `wdk-sys` declares by itself.
const OWN: [&str; 7] = [
    "NT_SUCCESS",
    "NT_INFORMATION",
    "NT_WARNING",
    "NT_ERROR",
    "PAGED_CODE",
    "call_unsafe_wdf_function_binding",
    "macros",
];
/// How the names of its constants begin.
const OWN_PREFIXES: [&str; 3] = ["STATUS_", "POOL_FLAG_", "WDF_NO_"];

/// A family of headers: its data file, and the feature of `wdk-sys` that asks for it.
pub(crate) struct Family<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) feature: Option<&'a str>,
    /// Whether the driver has it: the feature is on, and the driver model has the framework.
    pub(crate) is_bound: bool,
}

/// Why a name is not to be had, or not to be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why<'a> {
    /// It is there.
    Bound,
    /// A routine that no module is known to export.
    NotExported,
    /// A macro or an inline function.
    Inline,
    /// Deprecated, with what takes its place.
    Deprecated(&'a str),
    /// Of a feature that is not on.
    Feature(&'a str),
    /// Of the framework, which the driver model has not.
    NoFramework,
    /// Of another version of the framework.
    OtherVersion(u8),
}

/// Lines about what `asked` asks for, for a driver that binds version 1.`minor` of the framework, or none.
///
/// # Errors
/// A data file that cannot be read.
pub(crate) fn lines(
    asked: &Asked,
    families: &[Family<'_>],
    left_out: &str,
    minor: Option<u8>,
) -> Result<Vec<String>, Malformed> {
    let known = known(families, left_out, minor)?;
    let mut lines = Vec::new();
    for (name, place) in &asked.named {
        lines.extend(match known.get(&**name) {
            Some((header, why)) => line(name, place, header, *why),
            None => unknown(name, place),
        });
    }
    for (name, place) in asked.called() {
        if !asked.named.contains_key(name)
            && let Some((header, why)) = known.get(&**name)
        {
            lines.extend(line(name, place, header, *why));
        }
    }
    Ok(lines)
}

type Known<'a> = HashMap<&'a str, (&'a str, Why<'a>)>;

/// Each name with its header, and why a driver lacks it.
fn known<'a>(
    families: &[Family<'a>],
    left_out: &'a str,
    minor: Option<u8>,
) -> Result<Known<'a>, Malformed> {
    let mut known = Known::new();
    let mut header = "";
    for line in left_out.lines() {
        if let Some(name) = line.strip_prefix('[') {
            header = name.trim_end_matches(']');
        } else if !line.is_empty() && !line.starts_with('#') {
            let (name, why) = match line.split_once(" use ") {
                Some((name, instead)) => (name, Why::Deprecated(instead)),
                None => (line, Why::Inline),
            };
            known.insert(name, (header, why));
        }
    }
    for family in families {
        let why = match (family.feature, minor) {
            (Some(feature), _) if !family.is_bound => Why::Feature(feature),
            (_, None) => Why::NoFramework,
            (_, Some(minor)) => Why::OtherVersion(minor),
        };
        for (header, item) in data::read(family.file, family.text, Some(NEWEST))? {
            known.entry(item.key().1).or_insert((header, why));
        }
        if family.is_bound {
            for (header, item) in data::read(family.file, family.text, minor)? {
                bound(&mut known, header, &item);
            }
        }
    }
    Ok(known)
}

/// Takes note of an item that the driver has: it counts, whatever else declares the name.
fn bound<'a>(known: &mut Known<'a>, header: &'a str, item: &Item<'a>) {
    let is_exported = match item {
        Item::Routine { module, .. } => module.is_some(),
        _ => true,
    };
    let name = item.key().1;
    // One family may name the module of what another declares without.
    let was_bound = known.get(name).is_some_and(|(_, why)| *why == Why::Bound);
    if is_exported {
        known.insert(name, (header, Why::Bound));
    } else if !was_bound {
        known.insert(name, (header, Why::NotExported));
    }
}

fn line(name: &str, (file, line): &Place, header: &str, why: Why<'_>) -> Option<String> {
    let text = match why {
        Why::Bound => return None,
        Why::NotExported => {
            "is declared, and no module is known to export it: the linker takes it from a library, of a kit that \
             WDKContentRoot names or of the driver's own, unless it is an intrinsic function, which core::arch has"
                .to_owned()
        }
        Why::Inline => "is a macro or an inline function, which the bindings of wdk-sys leave out, over a kit too: \
                        write it in Rust, or call it from C"
            .to_owned(),
        Why::Deprecated(instead) => format!(
            "is deprecated, and the bindings of wdk-sys leave it out, over a kit too: call {instead}"
        ),
        Why::Feature(feature) => format!("takes the feature \"{feature}\" of wdk-sys"),
        Why::NoFramework => "takes a framework: driver-type = \"KMDF\"".to_owned(),
        Why::OtherVersion(minor) => format!(
            "is not in KMDF 1.{minor}: target-kmdf-version-minor names another version"
        ),
    };
    Some(format!("{file}:{line}: `{name}` of {header} {text}"))
}

fn unknown(name: &str, (file, line): &Place) -> Option<String> {
    let is_own = OWN.contains(&name) || OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    // What bindgen needs besides.
    (!is_own && !name.starts_with("__")).then(|| {
        format!(
            "{file}:{line}: `{name}` is in no header of WDK 10.0.22621 that wdk-sys binds: a newer kit may have it, which \
             WDKContentRoot names"
        )
    })
}
