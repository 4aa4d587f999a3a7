//! What a run depends on, and the token that names all of it.
//!
//! A run is a function of the image, of what the host asks, and of a [`Config`]. The token is the
//! configuration in a few characters: the same token gives the same event log, in any process.

use alloc::{borrow::ToOwned, format, string::String, vec::Vec};
use core::{fmt, str::FromStr};

use crate::{
    policy::{Policy, VideoPolicy},
    rule::Rules,
};

/// Who decides which processor goes on, and when an interrupt arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// A processor goes on until it blocks; an interrupt arrives as soon as it can.
    RunUntilBlocked,
    /// A seeded generator may switch processors, preempt threads and deliver interrupts at any
    /// instruction boundary.
    Random,
}

/// The interrupt resource that the `PnP` manager assigns to the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InterruptResource {
    /// A level-triggered line (INTx).
    Line,
    /// One message (MSI).
    Message,
}

/// What a run depends on besides the image and the host's requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The number of virtual processors, 1 to 8.
    pub cpus: u8,
    /// Who schedules.
    pub strategy: Strategy,
    /// The seed of every random decision; without effect on [`Strategy::RunUntilBlocked`].
    pub seed: u64,
    /// The seed of those that are made behind the start of the device, where it is another one.
    pub behind: Option<u64>,
    /// What interrupt the device is given.
    pub interrupt: InterruptResource,
    /// What holds where NT's documentation leaves a choice.
    pub policy: Policy,
    /// The rules that are checked.
    pub rules: Rules,
    /// The same, for the video port driver.
    pub video: VideoPolicy,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            cpus: 2,
            strategy: Strategy::RunUntilBlocked,
            seed: 1,
            behind: None,
            interrupt: InterruptResource::Line,
            policy: Policy::default(),
            rules: Rules::ALL,
            video: VideoPolicy::default(),
        }
    }
}

/// The version of the replay tokens that this simulator makes and reads, as text: that of the token's form, of every
/// decision that follows from it, and of what the event log says of the run.
#[macro_export]
macro_rules! token_version {
    () => {
        "4"
    };
}

/// The version of the program that is compiled, and which replay tokens it reads; `$after` follows.
#[macro_export]
macro_rules! program_version {
    ($($after:literal)?) => {
        ::core::concat!(
            ::core::env!("CARGO_PKG_VERSION"),
            " (replay tokens of version ",
            $crate::token_version!(),
            ")"
            $(, $after)?
        )
    };
}

const TOKEN_VERSION: &str = token_version!();

/// The largest number of virtual processors.
pub const CPUS_MAX: u8 = 8;

impl Config {
    /// The replay token of this configuration.
    #[must_use]
    pub fn token(&self) -> String {
        let strategy = match self.strategy {
            Strategy::RunUntilBlocked => 'b',
            Strategy::Random => 'r',
        };
        let interrupt = match self.interrupt {
            InterruptResource::Line => 'l',
            InterruptResource::Message => 'm',
        };
        // The policies stand in a token only where they are not the default ones.
        let policy = match self.policy {
            policy if policy == Policy::default() => String::new(),
            policy => format!("-p{}", policy.number()),
        };
        let rules = match self.rules.off_bits() {
            0 => String::new(),
            off => format!("-x{off:x}"),
        };
        let video = match self.video {
            video if video == VideoPolicy::default() => String::new(),
            video => format!("-v{}", video.number()),
        };
        let behind = match self.behind {
            None => String::new(),
            Some(seed) => format!("-s{seed:016x}"),
        };
        format!(
            "{TOKEN_VERSION}-{strategy}-{}-{interrupt}-{:016x}{behind}{policy}{video}{rules}",
            self.cpus, self.seed
        )
    }

    /// The configuration that a token names.
    ///
    /// # Errors
    ///
    /// [`TokenError`] where the text is no token, or one of another version.
    pub fn from_token(token: &str) -> Result<Self, TokenError> {
        token.parse()
    }
}

/// Why a text is not a replay token of this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// The text does not have the form of a token.
    Malformed(String),
    /// The token was made by another version of the simulator, whose runs differ.
    Version(String),
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(token) => write!(
                f,
                "'{token}' is not a replay token (one looks like {})",
                Config::default().token()
            ),
            Self::Version(token) => {
                let version = token.split('-').next().unwrap_or_default();
                write!(
                    f,
                    "the replay token '{token}' is of version {version}, whose runs are others, and this simulator reads version {TOKEN_VERSION}: a simulator that reads version {version} replays it, and --version says which one does"
                )
            }
        }
    }
}

impl core::error::Error for TokenError {}

impl FromStr for Config {
    type Err = TokenError;

    fn from_str(token: &str) -> Result<Self, TokenError> {
        let malformed = || TokenError::Malformed(token.to_owned());
        let parts: Vec<&str> = token.split('-').collect();
        let [version, strategy, cpus, interrupt, seed, ref rest @ ..] = parts[..] else {
            return Err(malformed());
        };
        let (mut policy, mut rules) = (Policy::default(), Rules::ALL);
        let mut video = VideoPolicy::default();
        let mut behind = None;
        for part in rest {
            if let Some(bits) = part.strip_prefix('p') {
                policy = bits
                    .parse()
                    .ok()
                    .and_then(Policy::from_number)
                    .ok_or_else(malformed)?;
            } else if let Some(bits) = part.strip_prefix('x') {
                rules = u64::from_str_radix(bits, 16)
                    .ok()
                    .and_then(Rules::from_off_bits)
                    .ok_or_else(malformed)?;
            } else if let Some(seed) = part.strip_prefix('s') {
                behind = Some(u64::from_str_radix(seed, 16).map_err(|_| malformed())?);
            } else if let Some(number) = part.strip_prefix('v') {
                let number = number.parse().ok().and_then(VideoPolicy::from_number);
                video = number.ok_or_else(malformed)?;
            } else {
                return Err(malformed());
            }
        }
        if version != TOKEN_VERSION {
            return Err(TokenError::Version(token.to_owned()));
        }
        let config = Self {
            strategy: match strategy {
                "b" => Strategy::RunUntilBlocked,
                "r" => Strategy::Random,
                _ => return Err(malformed()),
            },
            cpus: cpus
                .parse()
                .ok()
                .filter(|n| (1..=CPUS_MAX).contains(n))
                .ok_or_else(malformed)?,
            interrupt: match interrupt {
                "l" => InterruptResource::Line,
                "m" => InterruptResource::Message,
                _ => return Err(malformed()),
            },
            seed: u64::from_str_radix(seed, 16).map_err(|_| malformed())?,
            behind,
            policy,
            rules,
            video,
        };
        if config.token() == token {
            Ok(config)
        } else {
            Err(malformed())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::Rule;

    #[test]
    fn a_token_names_exactly_one_configuration() {
        for strategy in [Strategy::RunUntilBlocked, Strategy::Random] {
            for interrupt in [InterruptResource::Line, InterruptResource::Message] {
                let videos = VideoPolicy::all().cycle();
                let behind = [None, Some(0), Some(0xF00D)].into_iter().cycle();
                for ((policy, video), behind) in Policy::all().zip(videos).zip(behind) {
                    let config = Config {
                        cpus: 3,
                        strategy,
                        seed: 0xDEAD_BEEF,
                        behind,
                        interrupt,
                        policy,
                        rules: Rules::ALL.without(Rule::Race),
                        video,
                    };
                    assert_eq!(Config::from_token(&config.token()), Ok(config));
                }
            }
        }
    }

    #[test]
    fn a_damaged_token_is_refused() {
        let token = Config::default().token();
        for end in 0..token.len() {
            assert!(
                Config::from_token(&token[..end]).is_err(),
                "{}",
                &token[..end]
            );
        }
        assert!(Config::from_token(&format!("{token}0")).is_err());
        assert!(Config::from_token("4-r-9-m-0000000000000001").is_err());
        assert!(Config::from_token("4-r-2-m-0000000000000001-p524288").is_err());
        assert!(Config::from_token("4-r-2-m-0000000000000001-v12").is_err());
        assert!(Config::from_token("4-r-2-m-0000000000000001-v1-v1").is_err());
        assert!(Config::from_token("4-r-2-m-0000000000000001-s1").is_err());
        assert!(Config::from_token("4-r-2-m-0000000000000001-v1-s0000000000000002").is_err());
        assert!(Config::from_token("4-r-2-m-0000000000000001-v1-p1").is_err());
        assert_eq!(
            Config::from_token("0-r-2-m-0000000000000001"),
            Err(TokenError::Version("0-r-2-m-0000000000000001".to_owned()))
        );
        for version in ["1", "2", "3"] {
            let old = Config::from_token(&format!("{version}-r-2-m-0000000000000001"));
            let told = format!("{}", old.expect_err("it is of an older version"));
            let reader = format!("a simulator that reads version {version} replays it");
            assert!(told.contains(&reader), "{told}");
        }
    }
}
