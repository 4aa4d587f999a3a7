//! `DriverVer`: the date and the version of a package and of its images, from git.

use std::{
    env,
    path::Path,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use crate::{Error, command::capture};

/// When a package was made, as far as it says.
#[derive(Debug, Clone)]
pub struct Version {
    /// Seconds after 1970: the commit's, or now if that lies in the future.
    pub seconds: u64,
    /// The date of `DriverVer`, `mm/dd/yyyy`.
    pub date: String,
    /// The version of `DriverVer`, four numbers.
    pub number: String,
    /// Whether the date is a commit's, or the environment's; else it is today's.
    pub dated: bool,
}

/// The version of the commit that `folder` is at, of a package whose manifest says `release`.
///
/// Windows prefers the package of the later date, then of the higher version; that ends in the number of commits. A date
/// in the future would keep every later package from being installed, so it is never written, whatever the commit says.
/// `SOURCE_DATE_EPOCH` gives another date than the commit's. Without either the date is today's.
///
/// # Errors
/// `SOURCE_DATE_EPOCH` is no number of seconds.
pub fn version(folder: &Path, release: &str) -> Result<Version, Error> {
    let git =
        |arguments: &[&str]| capture(Command::new("git").arg("-C").arg(folder).args(arguments));
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let named = env::var("SOURCE_DATE_EPOCH").ok();
    let text = named.or_else(|| git(&["log", "-1", "--format=%ct"]).ok());
    let commit = text.map(|text| {
        text.trim().parse::<u64>().map_err(|_| {
            Error::Usage(format!(
                "{text:?} is no date in seconds: look at SOURCE_DATE_EPOCH"
            ))
        })
    });
    let commit = commit.transpose()?;
    // Each field of a version has 16 bits.
    let count: u64 = git(&["rev-list", "--count", "HEAD"])
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    let version = of(commit.unwrap_or(now).min(now), release, count.min(65_535));
    Ok(Version {
        dated: commit.is_some(),
        ..version
    })
}

/// The version that images of a package are given, whose manifest says `release`: that of [`version`].
#[must_use]
pub fn of_images(folder: &Path, release: &str) -> String {
    version(folder, release).map_or_else(|_| of(0, release, 0).number, |version| version.number)
}

fn of(seconds: u64, release: &str, count: u64) -> Version {
    let (year, month, day) = date(seconds / 86_400);
    Version {
        seconds,
        date: format!("{month:02}/{day:02}/{year:04}"),
        number: format!("{release}.{count}"),
        dated: true,
    }
}

/// The Gregorian date of a day after 1970-01-01.
fn date(mut day: u64) -> (u64, u64, u64) {
    let leap = |year: u64| {
        (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
    };
    let mut year = 1970;
    loop {
        let length = 365 + u64::from(leap(year));
        if day < length {
            break;
        }
        day -= length;
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    for (month, length) in (1..).zip([31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        if day < length {
            return (year, month, day + 1);
        }
        day -= length;
    }
    unreachable!("a year has twelve months")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "01/01/1970"),
            (951_782_399, "02/28/2000"),
            (951_782_400, "02/29/2000"),
            (1_709_251_199, "02/29/2024"),
            (4_107_542_399, "02/28/2100"),
            (4_107_542_400, "03/01/2100"),
        ] {
            assert_eq!(of(seconds, "0.1.0", 7).date, expected);
        }
        assert_eq!(of(0, "0.1.0", 7).number, "0.1.0.7");
    }
}
