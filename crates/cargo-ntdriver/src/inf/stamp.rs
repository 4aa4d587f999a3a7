//! Stamping: from an `.inx` to an `.inf`, as `stampinf -d DATE -a amd64 -v VERSION -k FRAMEWORK` does.

use super::text::{lines, without_comment};

/// What is filled in.
#[derive(Debug, Clone)]
pub struct Stamp {
    /// The date of `DriverVer`, `mm/dd/yyyy`.
    pub date: String,
    /// The version of `DriverVer`, four numbers.
    pub version: String,
    /// The framework's version that the driver binds, `1.31`; none for a driver without a framework.
    pub framework: Option<String>,
}

/// Fills in the architecture, the framework's version and `DriverVer`, and ends lines as Windows does.
#[must_use]
pub fn stamp(inx: &str, stamp: &Stamp) -> String {
    let mut text = inx.replace("$ARCH$", "amd64");
    if let Some(framework) = &stamp.framework {
        text = text.replace("$KMDFVERSION$", framework);
    }
    let mut inf = String::new();
    for line in lines(&text) {
        match line.split_once('=') {
            Some((key, value))
                if key.trim().eq_ignore_ascii_case("DriverVer")
                    && without_comment(value).trim().is_empty() =>
            {
                let stamped = format!("{} = {},{}", key.trim_end(), stamp.date, stamp.version);
                inf.push_str(&stamped);
            }
            _ => inf.push_str(line),
        }
        inf.push_str("\r\n");
    }
    inf
}
