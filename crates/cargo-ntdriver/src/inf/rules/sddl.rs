//! Security descriptors as text ("Security Descriptor String Format" and "ACE Strings"): whether one can be read.

/// Types of ACEs.
const TYPES: &[&str] = &[
    "A", "D", "OA", "OD", "AU", "AL", "OU", "OL", "ML", "XA", "XD", "ZA", "XU", "RA", "SP", "TL",
    "FL",
];
/// Flags of ACEs.
const FLAGS: &[&str] = &["CI", "OI", "NP", "IO", "ID", "SA", "FA", "TP", "CR"];
/// Rights by their letters.
const RIGHTS: &[&str] = &[
    "GA", "GR", "GW", "GX", "RC", "SD", "WD", "WO", "RP", "WP", "CC", "DC", "LC", "SW", "LO", "DT",
    "CR", "FA", "FR", "FW", "FX", "KA", "KR", "KW", "KX", "NR", "NW", "NX",
];
/// Accounts by their letters ("SID Strings").
const ACCOUNTS: &[&str] = &[
    "AA", "AC", "AN", "AO", "AP", "AS", "AU", "BA", "BG", "BO", "BU", "CA", "CD", "CG", "CN", "CO",
    "CY", "DA", "DC", "DD", "DG", "DU", "EA", "ED", "EK", "ER", "ES", "HA", "HI", "HO", "IS", "IU",
    "KA", "LA", "LG", "LS", "LU", "LW", "ME", "MP", "MS", "MU", "NO", "NS", "NU", "OW", "PA", "PO",
    "PS", "PU", "RA", "RC", "RD", "RE", "RM", "RO", "RS", "RU", "SA", "SI", "SO", "SS", "SU", "SY",
    "UD", "WD", "WR",
];

/// What keeps `text` from being a security descriptor.
///
/// # Errors
/// The first part that cannot be read.
pub(super) fn read(text: &str) -> Result<(), String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("it is empty".to_owned());
    }
    let mut allowed = "OGDS";
    while !rest.is_empty() {
        let part = rest.chars().next().unwrap_or(' ').to_ascii_uppercase();
        let colon = rest.get(1..).is_some_and(|after| after.starts_with(':'));
        let Some(at) = allowed.find(part).filter(|_| colon) else {
            return Err(format!(
                "{rest} begins with none of O:, G:, D: and S:, in this order"
            ));
        };
        allowed = &allowed[at + 1..];
        rest = &rest[2..];
        rest = match part {
            'O' | 'G' => account_ahead(rest)?,
            _ => list(rest)?,
        };
    }
    Ok(())
}

/// Behind the account at the beginning of `text`.
fn account_ahead(text: &str) -> Result<&str, String> {
    // The next part begins with a letter before a colon.
    let end = text
        .find(':')
        .map_or(text.len(), |colon| colon.saturating_sub(1));
    let (sid, rest) = text
        .split_at_checked(end)
        .ok_or_else(|| format!("{text} begins with no account"))?;
    account(sid)?;
    Ok(rest)
}

/// Behind the flags and ACEs at the beginning of `text`.
fn list(text: &str) -> Result<&str, String> {
    let end = text.find(['(', ':']).unwrap_or(text.len());
    let whole = text.as_bytes().get(end) == Some(&b':');
    let end = if whole { end.saturating_sub(1) } else { end };
    let (flags, mut rest) = text
        .split_at_checked(end)
        .ok_or_else(|| format!("{text} is no list of ACEs"))?;
    let mut left = flags.to_ascii_uppercase();
    if left == "NO_ACCESS_CONTROL" {
        return Ok(rest);
    }
    while !left.is_empty() {
        let known = ["AR", "AI", "P"]
            .iter()
            .find(|flag| left.starts_with(**flag));
        let Some(known) = known else {
            return Err(format!("{flags} are no flags of an ACL"));
        };
        left.drain(..known.len());
    }
    while let Some(inside) = rest.strip_prefix('(') {
        // The condition of a conditional ACE has parentheses of its own.
        let mut depth = 1_usize;
        let end = inside.find(|character| {
            match character {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some(end) = end else {
            return Err(format!("({inside} has no closing parenthesis"));
        };
        ace(&inside[..end])?;
        rest = &inside[end + 1..];
    }
    Ok(rest)
}

fn ace(text: &str) -> Result<(), String> {
    let fields: Vec<&str> = text.splitn(7, ';').map(str::trim).collect();
    let [kind, flags, rights, object, inherited, sid, ..] = fields[..] else {
        return Err(format!("({text}) has fewer than six fields"));
    };
    if !TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Err(format!("({text}): {kind} is no type of an ACE"));
    }
    pairs(flags, FLAGS).map_err(|bad| format!("({text}): {bad} is no flag of an ACE"))?;
    let digits = rights
        .strip_prefix("0x")
        .or_else(|| rights.strip_prefix("0X"));
    let number = match digits {
        Some(digits) => u32::from_str_radix(digits, 16).is_ok(),
        None => !rights.is_empty() && rights.bytes().all(|byte| byte.is_ascii_digit()),
    };
    if !number {
        pairs(rights, RIGHTS).map_err(|bad| format!("({text}): {bad} is no right"))?;
    }
    for guid in [object, inherited] {
        if !guid.is_empty() && !super::version::is_guid(&format!("{{{guid}}}")) {
            return Err(format!("({text}): {guid} is no GUID"));
        }
    }
    account(sid).map_err(|bad| format!("({text}): {bad}"))
}

/// Whether `text` is made of two letters each that are `known`.
fn pairs<'a>(text: &'a str, known: &[&str]) -> Result<(), &'a str> {
    let mut rest = text;
    while !rest.is_empty() {
        let (pair, after) = rest.split_at_checked(2).ok_or(rest)?;
        if !known.iter().any(|own| pair.eq_ignore_ascii_case(own)) {
            return Err(pair);
        }
        rest = after;
    }
    Ok(())
}

fn account(sid: &str) -> Result<(), String> {
    let mut parts = sid.split('-');
    let number = parts.next().is_some_and(|s| s.eq_ignore_ascii_case("S"))
        && sid.matches('-').count() >= 2
        && parts.all(|part| {
            let hexadecimal = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
            hexadecimal.map_or_else(
                || part.parse::<u64>().is_ok(),
                |digits| u64::from_str_radix(digits, 16).is_ok(),
            )
        });
    if number || ACCOUNTS.iter().any(|known| sid.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(format!("{sid:?} is no account"))
}
